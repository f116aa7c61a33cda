/* SPDX-License-Identifier: MIT */
/*
 * fork: a copy of an address space that shares the original's page tables.
 *
 * The child gets copies of the regions, and of the root's entries: each middle table is from then
 * on referred to by both roots, with all that lies below it. Before that, everything below loses
 * the right to write to private pages, once: tables that are clean already (cow_clean) are not
 * looked at, so a second fork with nothing written between costs nothing per page or per leaf
 * table. Leaf tables of much memory are only closed (PT5), so the first one costs nothing per page
 * either. Whoever writes first copies the tables on its way (pagetable.c).
 *
 * The parent's TLBs are flushed when rights were taken, before the child can run: until then no
 * one but the parent sees the pages.
 *
 * Entry point: mm_fork. Tested by tests/guest/cow.c, vmfork.c and forkmuch.c.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/commit.h"
#include "vm/pagetable.h"
#include "vm/region.h"
#include "vm/unmap.h"

/* The child's region for one of the parent's; NULL: no memory. */
static struct region *inherit_region(struct mm_struct *child, const struct region *region)
{
	struct region *copy = region_copy(child, region, region->start, region->end);

	if (copy) {
		copy->flags &= ~(u32)(REGION_LOCKED | REGION_USERFAULT);
		copy->userfault = NULL;
	}
	return copy;
}

static int inherit_regions(struct mm_struct *child, struct mm_struct *from)
{
	struct region *last = NULL;
	struct region *region = vm_first_region(from);

	for (; region; region = vm_next_region(region)) {
		struct region *copy;

		if (region->flags & REGION_DONTFORK)
			continue;
		copy = inherit_region(child, region);
		if (!copy)
			return -ENOMEM;
		region_append(child, copy, last);
		last = copy;
		if (child->region_count % RESCHED_REGIONS == 0)
			cond_resched();
	}
	return 0;
}

/* Shares the middle table of one root entry; true when rights were taken. */
static bool share_middle(pte_t *to, pte_t entry)
{
	struct page *middle = entry_page(entry);
	bool protected = !middle->cow_clean;

	if (protected)
		table_make_clean(middle);
	refcount_inc(&middle->refs);
	entry_set(to, entry);
	return protected;
}

/* Shares all tables, which lie below regions (PT4); true when rights were taken. */
static bool share_tables(struct mm_struct *child, struct mm_struct *from)
{
	struct region *region = vm_first_region(from);
	uaddr_t done = 0;
	bool protected = false;

	for (; region; region = vm_next_region(region)) {
		uaddr_t at = MAX(ALIGN_DOWN(region->start, MIDDLE_SPAN), done);

		for (; at < region->end; at += MIDDLE_SPAN) {
			pte_t entry = *root_entry(from, at);

			if (!entry_none(entry))
			protected |= share_middle(root_entry(child, at), entry);
			done = at + MIDDLE_SPAN;
		}
	}
	return protected;
}

/* What madvise(2) keeps from the child: its entries go. */
static int drop_unshared_parts(struct mm_struct *child, struct mm_struct *from)
{
	struct region *region = vm_first_region(from);

	for (; region; region = vm_next_region(region)) {
		int error = 0;

		if (region->flags & (REGION_DONTFORK | REGION_WIPEONFORK))
			error = zap_owned(child, region->start, region->end);
		if (error)
			return error;
	}
	return 0;
}

/* All that is not a lock, a count of regions or the hardware's. */
static void inherit_fields(struct mm_struct *child, const struct mm_struct *from)
{
	child->mmap_top = from->mmap_top;
	child->brk_start = from->brk_start;
	child->brk = from->brk;
	child->code_start = from->code_start;
	child->code_end = from->code_end;
	child->data_start = from->data_start;
	child->data_end = from->data_end;
	child->stack_top = from->stack_top;
	child->arg_start = from->arg_start;
	child->arg_end = from->arg_end;
	child->env_start = from->env_start;
	child->env_end = from->env_end;
	child->vdso = from->vdso;
	child->rss_anon = from->rss_anon;
	child->rss_file = from->rss_file;
	child->max_rss = (u64)(from->rss_anon + from->rss_file);
	child->exe = from->exe ? vm_file_get(from->exe) : NULL;
	memcpy(child->auxv, from->auxv, from->auxv_words * sizeof(from->auxv[0]));
	child->auxv_words = from->auxv_words;
	child->dumpable = from->dumpable;
	child->traits = space_traits_inherited(from);
	child->core_filter = READ_ONCE(from->core_filter);
	child->no_huge_pages = from->no_huge_pages;
	child->membarrier = READ_ONCE(from->membarrier);
}

/* Both spaces are locked. */
static int copy_space(struct mm_struct *child, struct mm_struct *from)
{
	int error = commit_is_strict() ? commit_check(from, (u64)from->committed_pages) : 0;

	if (!error)
		error = inherit_regions(child, from);
	if (error)
		return error;
	inherit_fields(child, from);
	if (share_tables(child, from))
		arch_flush_space(&from->arch);
	error = drop_unshared_parts(child, from);
	if (error)
		zap_tables_of(child, from);
	return error;
}

struct mm_struct *mm_fork(struct mm_struct *from)
{
	struct mm_struct *child = mm_create();
	int error;

	if (IS_ERR(child))
		return child;
	error = mutex_lock_killable(&from->lock);
	if (error)
		goto put;
	mutex_lock_nested(&child->lock);
	error = copy_space(child, from);
	mutex_unlock(&child->lock);
	mutex_unlock(&from->lock);
	if (!error)
		return child;
put:
	mm_put_user(child);
	return ERR_PTR(error);
}
