/* SPDX-License-Identifier: MIT */
/*
 * Unmapping an object as a whole, wherever the program has cut its mapping: shmdt(2).
 *
 * Of an attachment at `start`, byte n of the object stands at start + n, if at all; pieces may have
 * been unmapped or moved away. Takes mm->lock. Tested by tests/guest/sysvshm.c.
 */
#include "lib/errno.h"
#include "vm/object.h"
#include "vm/region.h"
#include "vm/unmap.h"

static bool belongs_to(const struct region *region, uaddr_t start)
{
	return region->start - start == region->offset;
}

/* The first region at or above start that is a piece of an attachment there. */
static struct region *find_attachment(struct mm_struct *mm, uaddr_t start,
				      const struct vmo_watcher *watcher)
{
	struct region *region = vm_find_region(mm, start);

	for (; region; region = vm_next_region(region))
		if (region->start >= start && region->object &&
		    region->object->watcher == watcher && belongs_to(region, start))
			return region;
	return NULL;
}

/* Unmaps all pieces of the attachment; the removed regions keep the
 * object. */
static int unmap_pieces(struct mm_struct *mm, struct region *region, uaddr_t start,
			struct list_head *removed)
{
	const struct vmo *object = region->object;
	uaddr_t end = start + ALIGN_UP(object_size(object), (u64)PAGE_SIZE);

	while (region && region->start < end) {
		uaddr_t from = region->start, to = region->end;
		int error = 0;

		if (region->object == object && belongs_to(region, start))
			error = unmap_locked(mm, from, to, removed);
		if (error)
			return error;
		region = vm_find_region(mm, to);
	}
	return 0;
}

int vm_unmap_watched(struct mm_struct *mm, uaddr_t start, const struct vmo_watcher *watcher)
{
	struct region *region;
	LIST_HEAD(removed);
	int error = -EINVAL;

	mutex_lock(&mm->lock);
	region = find_attachment(mm, start, watcher);
	if (region)
		error = unmap_pieces(mm, region, start, &removed);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	return error;
}
