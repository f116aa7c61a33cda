/* SPDX-License-Identifier: MIT */
/*
 * Regions of an address space: the tree, holes, splitting and merging. Private to vm/.
 *
 * All functions want mm->lock held, unless they say otherwise; none sleeps.
 */
#ifndef VM_REGION_H
#define VM_REGION_H

#include "mm/page.h"
#include "vm/space.h"

enum {
	MMAP_MIN_ADDRESS = 65536,	   /* as Linux's vm.mmap_min_addr */
	MAX_REGIONS = 65530,		   /* as Linux's vm.max_map_count */
	RESCHED_REGIONS = 64,		   /* so many are worth a look at the scheduler */
	STACK_GUARD_GAP = 256 * PAGE_SIZE, /* kept free below a stack that grows */
};

/* What a region shows, for comparing and creating. */
struct region_spec {
	u32 flags;
	struct file *file;
	struct vmo *object;
	u64 offset;
	struct userfault *userfault;
};

static inline u64 region_size(const struct region *region)
{
	return region->end - region->start;
}

static inline struct region_spec region_spec(const struct region *region)
{
	return (struct region_spec){ region->flags, region->file, region->object, region->offset,
				     region->userfault };
}

/* Byte of the object that stands at address. */
static inline u64 region_offset(const struct region *region, uaddr_t address)
{
	return region->offset + (address - region->start);
}

/* A region that is in no tree yet, with references of its own to file and object, known to the
 * object. NULL: no memory. */
struct region *region_create(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			     const struct region_spec *spec) must_check;
/* The same: a copy of part of another region, maybe for another space or (remap) to be moved
 * before it is inserted. */
struct region *region_copy(struct mm_struct *mm, const struct region *origin, uaddr_t start,
			   uaddr_t end) must_check;
/* Undoes region_create() of one that never went into the tree: onto a list for regions_release().
 */
void region_abandon(struct region *region, struct list_head *removed);
/* Into the tree and the space's counts. Its range is free. */
void region_insert(struct mm_struct *mm, struct region *region);
/* The same for regions that come in ascending order (fork): after is the last one, or NULL. */
void region_append(struct mm_struct *mm, struct region *region, struct region *after);
/* Out of the tree, the counts and the object's list, onto a list for regions_release(). */
void region_remove(struct mm_struct *mm, struct region *region, struct list_head *removed);
/* All of them, faster; the counts are void then. */
void regions_remove_all(struct mm_struct *mm, struct list_head *removed);
/* Drops what removed regions refer to and frees them. No locks held; may sleep. */
void regions_release(struct list_head *removed);

/* Moves an end of a region; the other end's offset in the object is adjusted. */
void region_set_start(struct mm_struct *mm, struct region *region, uaddr_t start);
void region_set_end(struct mm_struct *mm, struct region *region, uaddr_t end);
void region_set_flags(struct mm_struct *mm, struct region *region, u32 flags);

/* Cuts a region in two at an address inside it; returns the upper one. NULL: no memory, or too
 * many regions. */
struct region *region_split(struct mm_struct *mm, struct region *region, uaddr_t at) must_check;
/* Splits regions so that none crosses start or end; -ENOMEM. What it did stays (it changes no
 * meaning). */
int regions_cut(struct mm_struct *mm, uaddr_t start, uaddr_t end) must_check;
/* Makes one region of this and its neighbours, where they continue each other; returns what holds
 * region's start then. */
struct region *region_merge(struct mm_struct *mm, struct region *region);
/* Lets a neighbour that the new range [start, end) continues grow over it; NULL when there is
 * none. */
struct region *region_extend(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			     const struct region_spec *spec);

/* The first region that overlaps [start, end); NULL. */
struct region *region_overlapping(struct mm_struct *mm, uaddr_t start, uaddr_t end);
struct region *region_before(struct region *region);
struct region *region_last(struct mm_struct *mm); /* NULL: there is none */

/* The highest free range of length bytes in [low, high): its address, or 0. low > 0. */
uaddr_t region_find_gap(struct mm_struct *mm, u64 length, uaddr_t low, uaddr_t high);

void region_init(void);

/* A region's memory object, held while the space's lock is not. The file is held too, since the
 * object may count its pages in the file system that the file keeps mounted: it is put last. */
struct region_backing {
	struct vmo *object;
	struct file *file; /* NULL: none */
};
struct region_backing region_backing_get(const struct region *region); /* it has an object */
void region_backing_put(struct region_backing backing); /* may sleep; without locks */

#endif
