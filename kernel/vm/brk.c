/* SPDX-License-Identifier: MIT */
/*
 * brk(2): the heap, one region from brk_start up (REGION_HEAP).
 *
 * Takes mm->lock. Tested by tests/guest/brk.c.
 */
#include "lib/errno.h"
#include "task/task.h"
#include "vm/map.h"
#include "vm/unmap.h"

/* Room up to the next region; a stack keeps its distance. */
static bool room_above(struct mm_struct *mm, uaddr_t from, uaddr_t to)
{
	struct region *next = vm_find_region(mm, from);
	u64 gap;

	if (!next)
		return true;
	gap = next->flags & REGION_STACK ? (u64)STACK_GUARD_GAP : 0;
	return to + gap <= next->start;
}

static int grow(struct mm_struct *mm, uaddr_t from, uaddr_t to)
{
	const struct region_spec spec = {
		.flags = PROT_READ | PROT_WRITE | REGION_MAY_READ | REGION_MAY_WRITE |
			 REGION_MAY_EXEC | REGION_HEAP | REGION_COMMITTED,
	};
	struct region *region;

	if (to > USER_END || !room_above(mm, from, to) || limits_check(mm, spec.flags, to - from))
		return -ENOMEM;
	if (region_extend(mm, from, to, &spec))
		return 0;
	if (mm->region_count >= MAX_REGIONS)
		return -ENOMEM;
	region = region_create(mm, from, to, &spec);
	if (!region)
		return -ENOMEM;
	region_insert(mm, region);
	return 0;
}

/* The new break is set, or nothing is done and -ENOMEM returned. */
static int set_brk(struct mm_struct *mm, uaddr_t brk, struct list_head *removed)
{
	uaddr_t old_end = ALIGN_UP(mm->brk, (uaddr_t)PAGE_SIZE);
	uaddr_t new_end = ALIGN_UP(brk, (uaddr_t)PAGE_SIZE);
	u64 data = mm->data_end - mm->data_start;
	int error = 0;

	if (brk < mm->brk_start || brk > USER_END ||
	    brk - mm->brk_start + data > rlimit(RLIMIT_DATA))
		return -ENOMEM;
	if (new_end > old_end)
		error = grow(mm, old_end, new_end);
	else if (new_end < old_end)
		error = unmap_locked(mm, new_end, old_end, removed);
	if (!error)
		mm->brk = brk;
	return error;
}

long vm_brk(struct mm_struct *mm, uaddr_t brk)
{
	LIST_HEAD(removed);
	long result;

	mutex_lock(&mm->lock);
	if (brk)
		set_brk(mm, brk, &removed);
	result = (long)mm->brk;
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	return result;
}
