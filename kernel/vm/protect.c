/* SPDX-License-Identifier: MIT */
/*
 * mprotect(2).
 *
 * The whole range is checked before anything changes, then all tables in it are made the space's
 * own, then regions and entries change, which cannot fail. (Linux changes what lies before the
 * first hole and then reports it; here nothing is changed then.) A private page gets the right to
 * write back at once when it is the space's alone, else at the next write fault.
 *
 * Takes mm->lock. Tested by tests/guest/mmap.c.
 */
#include "lib/errno.h"
#include "sched/sched.h"
#include "vm/commit.h"
#include "vm/fault.h"
#include "vm/map.h"

enum { PROT_SEM = 0x8, PROT_GROWSDOWN = 0x01000000, PROT_GROWSUP = 0x02000000 };

/* Whether a private page's entry may get the right to write at once: the page is the space's
 * alone. */
static bool may_write_at_once(pte_t entry)
{
	const struct page *page = page_head(entry_page(entry));

	return !(page->flags & PG_OBJECT) && load_acquire(&page->refs.count) == 1;
}

/* The entry for the same page under a protection (region_entry_bits). */
static inline pte_t reprotect(u64 protection, pte_t entry)
{
	u64 keep = pte_flags(entry) & (PTE_COW | PTE_SPECIAL);

	if (protection & PTE_W && keep & PTE_COW &&
	    (keep & PTE_SPECIAL || !may_write_at_once(entry)))
		protection &= ~(u64)(PTE_W | PTE_D);
	return pte_make(pte_pfn(entry), protection | keep);
}

/* The part of a region in one entry of a middle table; everything is owned. */
static void protect_part(u64 protection, uaddr_t start, uaddr_t end, struct table_path *path)
{
	pte_t *at = path->middle_entry, *last = at + 1;
	u64 rights = 0;

	path->leaf = NULL;
	if (!entry_is_huge(*at)) {
		path->leaf = entry_page(*at);
		at = table_entries(path->leaf) + pte_index(start, LEVEL_LEAF);
		last = at + (end - start) / PAGE_SIZE;
	}
	for (; at < last; at++) {
		pte_t entry = *at;

		if (entry_none(entry))
			continue;
		entry = reprotect(protection, entry);
		rights |= pte_flags(entry);
		entry_set(at, entry);
	}
	path_mark(path, rights);
}

/* Rewrites the entries of [start, end), which lies in the region and is owned. */
static void protect_entries(struct region *region, uaddr_t start, uaddr_t end)
{
	u64 protection = region_entry_bits(region);
	struct table_path path;

	for (uaddr_t at = start, next; at < end; at = next) {
		pte_t root = *root_entry(region->mm, at);

		if (entry_none(root)) {
			next = span_end(at, end, LEVEL_ROOT);
			continue;
		}
		next = span_end(at, end, LEVEL_MIDDLE);
		path.middle = entry_page(root);
		path.middle_entry = entry_table(root) + pte_index(at, LEVEL_MIDDLE);
		if (!entry_none(*path.middle_entry))
			protect_part(protection, at, next, &path);
		cond_resched();
	}
}

/* True when the entries may hold rights that the new flags do not give. */
static bool loses_rights(u32 old, u32 new)
{
	return old & ~new &PROT_ALL;
}

/* Checks all regions of the range for the new protection; 0, -ENOMEM (a hole, a limit), -EACCES. */
static int check_regions(struct mm_struct *mm, uaddr_t start, uaddr_t end, u32 prot)
{
	struct region *region = region_overlapping(mm, start, end);
	u64 new_data = 0, new_promises = 0;

	if (!range_is_mapped(mm, start, end))
		return -ENOMEM;
	if (range_is_sealed(mm, start, end))
		return -EPERM;
	for (; region && region->start < end; region = vm_next_region(region)) {
		u32 flags = (region->flags & ~(u32)PROT_ALL) | prot;

		if (prot & ~(region->flags >> 4) || gains_exec(mm, region->flags, prot))
			return -EACCES;
		if (counts_as_data(flags) && !counts_as_data(region->flags))
			new_data += MIN(region->end, end) - MAX(region->start, start);
		if (wants_commit(flags))
			new_promises += MIN(region->end, end) - MAX(region->start, start);
	}
	if (new_data && data_limit_check(mm, new_data))
		return -ENOMEM;
	return new_promises ? commit_check(mm, new_promises / PAGE_SIZE) : 0;
}

/* Pages that were promised stay so when they may not be written for a while. */
static u32 flags_with(const struct region *region, u32 prot)
{
	u32 flags = (region->flags & ~(u32)PROT_ALL) | prot;

	return wants_commit(flags) ? flags | REGION_COMMITTED : flags;
}

/* Everything is reserved: changes flags and entries. */
static void commit(struct mm_struct *mm, uaddr_t start, uaddr_t end, u32 prot,
		   struct gather *gather)
{
	struct region *region = region_overlapping(mm, start, end);

	for (; region && region->start < end; region = vm_next_region(region)) {
		uaddr_t from = MAX(region->start, start);
		uaddr_t to = MIN(region->end, end);

		if (loses_rights(region->flags, prot))
			gather_range(gather, from, to);
		region_set_flags(mm, region, flags_with(region, prot));
		protect_entries(region, from, to);
		region = region_merge(mm, region);
	}
	if (region)
		region_merge(mm, region);
}

static int protect_locked(struct mm_struct *mm, uaddr_t start, uaddr_t end, u32 prot)
{
	struct gather gather;
	int error = check_regions(mm, start, end, prot);

	if (!error)
		error = regions_cut(mm, start, end);
	if (error)
		return error;
	gather_begin(&gather, mm);
	error = tables_own_range(mm, start, end, &gather);
	if (!error)
		commit(mm, start, end, prot, &gather);
	gather_end(&gather);
	return error;
}

/* PROT_GROWSDOWN: the change begins where the stack that holds start does. */
static int extend_down(struct mm_struct *mm, uaddr_t *start, uaddr_t end)
{
	struct region *region = region_overlapping(mm, *start, end);

	if (!region)
		return -ENOMEM;
	if (!(region->flags & REGION_STACK))
		return -EINVAL;
	*start = region->start;
	return 0;
}

int vm_protect(struct mm_struct *mm, uaddr_t start, u64 length, int prot)
{
	u32 grows = (u32)prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	uaddr_t end;
	int error;

	if (start % PAGE_SIZE || grows == (PROT_GROWSDOWN | PROT_GROWSUP))
		return -EINVAL;
	if (!length)
		return 0;
	if (range_check(start, length, &end) || end > USER_END)
		return -ENOMEM;
	if ((u32)prot & ~(u32)(PROT_ALL | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP))
		return -EINVAL;
	mutex_lock(&mm->lock);
	error = grows ? extend_down(mm, &start, end) : 0;
	if (!error)
		error = protect_locked(mm, start, end, (u32)prot & PROT_ALL);
	mutex_unlock(&mm->lock);
	return error;
}
