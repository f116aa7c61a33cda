/* SPDX-License-Identifier: MIT */
/*
 * Regions that continue each other become one: so an address space has no more of them than it has
 * kinds of memory, and /proc/pid/maps shows what Linux's would.
 *
 * Locks: mm->lock. Tested by tests/unit/test_region.c.
 */
#include "vm/region.h"
#include "vm/vmo.h"

/* True when the range at end with that backing continues a region: one protection, and the
 * object's next byte. Stacks, kernel pages and watched objects stay alone. */
static bool continues(const struct region *region, const struct region_spec *spec)
{
	return region->flags == spec->flags && region->object == spec->object &&
	       region->file == spec->file && region->userfault == spec->userfault &&
	       !(spec->flags & (REGION_STACK | REGION_SPECIAL)) &&
	       (!region->object ||
		(!region->object->watcher && region_offset(region, region->end) == spec->offset));
}

/* Joins b, which follows a directly and continues it, to a. */
static void join(struct mm_struct *mm, struct region *a, struct region *b)
{
	LIST_HEAD(removed);
	uaddr_t end = b->end;

	if (a->object) {
		spin_lock(&a->object->lock);
		a->visit = MIN(a->visit, b->visit);
		spin_unlock(&a->object->lock);
	}
	region_remove(mm, b, &removed);
	region_set_end(mm, a, end);
	/* a holds the same file and object, so neither goes here, and nothing sleeps. */
	regions_release(&removed);
}

static bool try_join(struct mm_struct *mm, struct region *a, struct region *b)
{
	struct region_spec spec;

	if (!a || !b || a->end != b->start)
		return false;
	spec = region_spec(b);
	if (!continues(a, &spec))
		return false;
	join(mm, a, b);
	return true;
}

struct region *region_merge(struct mm_struct *mm, struct region *region)
{
	struct region *before = region_before(region);

	try_join(mm, region, vm_next_region(region));
	return try_join(mm, before, region) ? before : region;
}

struct region *region_extend(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			     const struct region_spec *spec)
{
	struct region *after = vm_find_region(mm, start);
	struct region *before = after ? region_before(after) : region_last(mm);

	if (before && before->end == start && continues(before, spec)) {
		region_set_end(mm, before, end);
		try_join(mm, before, after);
		return before;
	}
	if (after && after->start == end) {
		struct region probe = { .start = start,
					.end = end,
					.flags = spec->flags,
					.object = spec->object,
					.file = spec->file,
					.offset = spec->offset,
					.userfault = spec->userfault };
		struct region_spec next = region_spec(after);

		if (continues(&probe, &next)) {
			region_set_start(mm, after, start);
			return after;
		}
	}
	return NULL;
}
