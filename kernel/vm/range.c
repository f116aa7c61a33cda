/* SPDX-License-Identifier: MIT */
/*
 * What the calls that change regions share (map.h): checks of ranges and limits, places for new
 * mappings.
 *
 * No locks of its own; mm->lock where map.h says so. Nothing here sleeps.
 */
#include "lib/errno.h"
#include "mm/page.h"
#include "task/task.h"
#include "vm/commit.h"
#include "vm/map.h"

int data_limit_check(const struct mm_struct *mm, u64 bytes)
{
	return mm->data_pages + bytes / PAGE_SIZE > rlimit(RLIMIT_DATA) / PAGE_SIZE ? -ENOMEM : 0;
}

int limits_check(const struct mm_struct *mm, u32 flags, u64 bytes)
{
	u64 pages = bytes / PAGE_SIZE;

	if (mm->pages_mapped + pages > rlimit(RLIMIT_AS) / PAGE_SIZE)
		return -ENOMEM;
	if (counts_as_data(flags) && data_limit_check(mm, bytes))
		return -ENOMEM;
	return flags & REGION_COMMITTED ? commit_check(mm, pages) : 0;
}

int range_check(uaddr_t start, u64 length, uaddr_t *end)
{
	u64 size = ALIGN_UP(length, (u64)PAGE_SIZE);

	if (start % PAGE_SIZE || size < length || start + size < start)
		return -EINVAL;
	*end = start + size;
	return 0;
}

static bool hint_is_free(struct mm_struct *mm, uaddr_t hint, u64 length)
{
	struct region *region;

	if (hint < MMAP_MIN_ADDRESS || hint > USER_END - length)
		return false;
	region = vm_find_region(mm, hint);
	if (!region)
		return true;
	if (region->flags & REGION_STACK)
		return hint + length + STACK_GUARD_GAP <= region->start;
	return hint + length <= region->start;
}

/* The highest free place below top; 0. */
static inline uaddr_t place_below(struct mm_struct *mm, uaddr_t top, u64 length, u64 phase)
{
	u64 slack = length >= HUGE_SIZE ? HUGE_SIZE - PAGE_SIZE : 0;
	uaddr_t place = region_find_gap(mm, length + slack, MMAP_MIN_ADDRESS, top);

	if (!place)
		return region_find_gap(mm, length, MMAP_MIN_ADDRESS, top);
	return slack ? place + slack - (place + slack - phase) % HUGE_SIZE : place;
}

/* From that size on a mapping is placed so far below the others that it shares no middle table with
 * libraries and their data, which a process writes to after each fork (docs/memory.md). */
static const u64 large_mapping = 32 * MiB, room_for_others = 8 * GiB;

uaddr_t place_find(struct mm_struct *mm, uaddr_t hint, u64 length, u64 phase)
{
	uaddr_t place = 0;

	hint = ALIGN_DOWN(hint, (uaddr_t)PAGE_SIZE);
	if (length > USER_END)
		return 0;
	if (hint && hint_is_free(mm, hint, length))
		return hint;
	if (length >= large_mapping)
		place = place_below(mm, mm->mmap_top - room_for_others, length, phase);
	if (!place)
		place = place_below(mm, mm->mmap_top, length, phase);
	if (!place)
		place = region_find_gap(mm, length, MMAP_MIN_ADDRESS, USER_END);
	return place;
}

bool range_is_mapped(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = vm_find_region(mm, start);
	uaddr_t at = start;

	for (; region && region->start <= at; region = vm_next_region(region)) {
		at = region->end;
		if (at >= end)
			return true;
	}
	return start >= end;
}

bool range_is_sealed(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = region_overlapping(mm, start, end);

	for (; region && region->start < end; region = vm_next_region(region))
		if (unlikely(region->flags & REGION_SEALED))
			return true;
	return false;
}

int range_set_flags(struct mm_struct *mm, uaddr_t start, uaddr_t end, u32 clear, u32 set)
{
	struct region *region;
	int error = regions_cut(mm, start, end);

	if (error)
		return error;
	region = region_overlapping(mm, start, end);
	for (; region && region->start < end; region = vm_next_region(region)) {
		region_set_flags(mm, region, (region->flags & ~clear) | set);
		region = region_merge(mm, region);
	}
	if (region)
		region_merge(mm, region);
	return 0;
}
