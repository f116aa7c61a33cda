/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: making, using, and taking them apart (space.h).
 *
 * A space is taken apart by the last of its users, when no hart runs it any more. Its pages and
 * tables are then free at once, without a flush: no hart uses its ASID again before a rollover of
 * ASIDs has flushed all (arch/mmu.h). mm->lock is held meanwhile for the sake of a truncation,
 * which finds spaces through their regions (unmap.c).
 *
 * Entry points: mm_create, mm_put_user, mm_put, mm_switch_current, vm_init. fork's part is
 * share.c.
 */
#include "vm/space.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/task.h"
#include "uapi/core.h"
#include "vm/commit.h"
#include "vm/pagetable.h"
#include "vm/region.h"
#include "vm/unmap.h"

static_assert(offsetof(struct mm_struct, arch) == 0,
	      "sched/core.c finds the space through task->mm");

static struct kmem_cache *mm_cache;

enum { STACK_ROOM_MIN = 128 * MiB };

uaddr_t vm_mmap_top(uaddr_t stack_top, u64 stack_limit)
{
	u64 room = MAX(MIN(stack_limit, USER_END / 4) + STACK_GUARD_GAP, (u64)STACK_ROOM_MIN);

	return ALIGN_DOWN(stack_top - room, MIDDLE_SPAN);
}

struct mm_struct *mm_create(void)
{
	struct mm_struct *mm = kmem_cache_alloc(mm_cache);

	if (!mm)
		return ERR_PTR(-ENOMEM);
	memset(mm, 0, offsetof(struct mm_struct, auxv));
	mm->dumpable = DUMP_USER;
	mm->core_filter = CORE_FILTER_DEFAULT;
	if (arch_space_init(&mm->arch)) {
		kmem_cache_free(mm_cache, mm);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&mm->users, 1);
	refcount_set(&mm->refs, 1);
	mutex_init(&mm->lock, MUTEX_SPACE);
	mm->mmap_top = ALIGN_DOWN(USER_END - STACK_ROOM_MIN, MIDDLE_SPAN);
	return mm;
}

void mm_put(struct mm_struct *mm)
{
	if (refcount_dec_and_test(&mm->refs))
		kmem_cache_free(mm_cache, mm);
}

void mm_put_user(struct mm_struct *mm)
{
	LIST_HEAD(removed);

	if (!refcount_dec_and_test(&mm->users))
		return;
	mutex_lock(&mm->lock);
	zap_tables_of(mm, mm);
	regions_remove_all(mm, &removed);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	if (mm->exe)
		vm_file_put(mm->exe);
	arch_space_fini(&mm->arch);
	mm_put(mm);
}

struct mm_struct *mm_switch_current(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm;

	spin_lock(&current->wake_lock);
	current->mm = mm;
	spin_unlock(&current->wake_lock);
	arch_space_switch(old ? &old->arch : NULL, mm ? &mm->arch : NULL);
	return old;
}

void vm_init(void)
{
	commit_init();
	mm_cache = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0, NULL);
	region_init();
}
