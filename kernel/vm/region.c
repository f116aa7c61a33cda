/* SPDX-License-Identifier: MIT */
/*
 * The regions of an address space (region.h).
 *
 * A red-black tree by start. G1: region->hole is the distance to the end of the region before (or
 * to address 0).
 * G2: region->gap is the largest hole in the subtree, so the highest hole of a size is found in
 * one descent.
 * G3: the space's counts of pages are the sums over its regions.
 *
 * Locks: mm->lock for all of it; the object's spinlock for mapping_link and visit. Tested by
 * tests/unit/test_region.c against a plain array of pages.
 */
#include "vm/region.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "vm/commit.h"
#include "vm/vmo.h"

struct file *(*vm_file_get)(struct file *file);
void (*vm_file_put)(struct file *file);

static struct kmem_cache *region_cache;

static struct region *region_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct region, node) : NULL;
}

struct region *vm_first_region(struct mm_struct *mm)
{
	return region_of(rb_first(&mm->regions));
}

struct region *region_last(struct mm_struct *mm)
{
	return region_of(rb_last(&mm->regions));
}

struct region *vm_next_region(struct region *region)
{
	return region_of(rb_next(&region->node));
}

struct region *region_before(struct region *region)
{
	return region_of(rb_prev(&region->node));
}

/* --- holes --- */

/* For the tree: recomputes gap (G2). */
static bool gap_update(struct rb_node *node)
{
	struct region *region = region_of(node);
	u64 gap = region->hole;

	if (node->left)
		gap = MAX(gap, region_of(node->left)->gap);
	if (node->right)
		gap = MAX(gap, region_of(node->right)->gap);
	if (gap == region->gap)
		return false;
	region->gap = gap;
	return true;
}

/* Sets the hole before a region that is in the tree. */
static void set_hole(struct region *region, u64 hole)
{
	region->hole = hole;
	rb_propagate(&region->node, gap_update);
}

/* The highest fit in a hole of the subtree, or 0. Holes at its borders may stick out of [low,
 * high). */
static uaddr_t gap_descend(struct rb_node *node, u64 length, uaddr_t low, uaddr_t high)
{
	while (node && region_of(node)->gap >= length) {
		struct region *region = region_of(node);
		uaddr_t bottom = region->start - region->hole;

		if (bottom < high) {
			uaddr_t found = gap_descend(node->right, length, low, high);
			uaddr_t top = MIN(region->start, high);

			if (found)
				return found;
			bottom = MAX(bottom, low);
			if (top > bottom && top - bottom >= length)
				return top - length;
		}
		if (region->start <= low)
			return 0;
		node = node->left;
	}
	return 0;
}

uaddr_t region_find_gap(struct mm_struct *mm, u64 length, uaddr_t low, uaddr_t high)
{
	struct region *last = region_last(mm);
	uaddr_t bottom = last ? MAX(last->end, low) : low;

	if (high > bottom && high - bottom >= length)
		return high - length;
	return gap_descend(mm->regions.node, length, low, high);
}

/* --- finding --- */

struct region *vm_find_region(struct mm_struct *mm, uaddr_t address)
{
	struct region *region = mm->last_found;
	struct region *found = NULL;
	struct rb_node *node = mm->regions.node;

	if (likely(region && region->start <= address && address < region->end))
		return region;
	while (node) {
		region = region_of(node);
		if (address >= region->end) {
			node = node->right;
			continue;
		}
		found = region;
		if (address >= region->start) {
			mm->last_found = region;
			break;
		}
		node = node->left;
	}
	return found;
}

struct region *region_overlapping(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = vm_find_region(mm, start);

	return region && region->start < end ? region : NULL;
}

/* --- counts --- */

static void account(struct mm_struct *mm, u32 flags, s64 pages)
{
	mm->pages_mapped += pages;
	if (flags & REGION_STACK)
		mm->stack_pages += pages;
	else if ((flags & (REGION_WRITE | REGION_SHARED)) == REGION_WRITE)
		mm->data_pages += pages;
	else if (flags & REGION_EXEC)
		mm->exec_pages += pages;
	if (flags & REGION_LOCKED)
		mm->locked_pages += pages;
	if (flags & REGION_COMMITTED) {
		mm->committed_pages += pages;
		commit_add(pages);
	}
}

/* It is about to become less. */
static void keep_most(struct mm_struct *mm)
{
	if (mm->pages_mapped > mm->most_mapped)
		mm->most_mapped = mm->pages_mapped;
}

static s64 page_count(u64 bytes)
{
	return (s64)bytes / PAGE_SIZE;
}

/* --- life --- */

static void link_to_object(struct region *region, u64 visit)
{
	struct vmo *object = region->object;

	spin_lock(&object->lock);
	region->visit = visit == ~(u64)0 ? object->truncations : visit;
	list_add_tail(&region->mapping_link, &object->mappings);
	spin_unlock(&object->lock);
}

static void unlink_from_object(struct region *region)
{
	spin_lock(&region->object->lock);
	list_del(&region->mapping_link);
	spin_unlock(&region->object->lock);
}

/* A copy of a region must be looked at by the truncation that has not looked at its origin yet. */
static u64 visit_of(const struct region *origin)
{
	return origin ? READ_ONCE(origin->visit) : ~(u64)0;
}

static struct region *create(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			     const struct region_spec *spec, const struct region *origin)
{
	struct region *region = kmem_cache_alloc(region_cache);

	if (!region)
		return NULL;
	region->mm = mm;
	region->start = start;
	region->end = end;
	region->flags = spec->flags;
	region->object = spec->object;
	region->offset = spec->offset;
	region->userfault = spec->userfault;
	region->file = spec->file ? vm_file_get(spec->file) : NULL;
	list_init(&region->mapping_link);
	if (spec->object) {
		vmo_get(spec->object);
		link_to_object(region, visit_of(origin));
		if (spec->object->watcher)
			spec->object->watcher->mapped(spec->object);
	}
	return region;
}

struct region *region_create(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			     const struct region_spec *spec)
{
	return create(mm, start, end, spec, NULL);
}

struct region *region_copy(struct mm_struct *mm, const struct region *origin, uaddr_t start,
			   uaddr_t end)
{
	struct region_spec spec = region_spec(origin);

	spec.offset = region_offset(origin, start);
	return create(mm, start, end, &spec, origin);
}

/* Links a region that has its place in the tree, and sets its hole and the next one's. */
static void link_node(struct mm_struct *mm, struct region *region, struct rb_node *parent,
		      struct rb_node **link, struct region *before, struct region *after)
{
	region->hole = region->start - (before ? before->end : 0);
	region->gap = region->hole;
	rb_insert(&mm->regions, &region->node, parent, link, gap_update);
	if (after)
		set_hole(after, after->start - region->end);
	mm->region_count++;
}

/* Finds the place of a region and links it; counts are the caller's. */
static void tree_insert(struct mm_struct *mm, struct region *region)
{
	struct rb_node **link = &mm->regions.node;
	struct rb_node *parent = NULL;
	struct region *before = NULL, *after = NULL;

	while (*link) {
		struct region *at = region_of(*link);

		parent = *link;
		if (region->start < at->start) {
			after = at;
			link = &parent->left;
		} else {
			before = at;
			link = &parent->right;
		}
	}
	link_node(mm, region, parent, link, before, after);
}

static void tree_erase(struct mm_struct *mm, struct region *region)
{
	struct region *after = vm_next_region(region);

	rb_erase(&mm->regions, &region->node, gap_update);
	if (after)
		set_hole(after, after->hole + region_size(region) + region->hole);
	mm->region_count--;
	if (mm->last_found == region)
		mm->last_found = NULL;
}

void region_insert(struct mm_struct *mm, struct region *region)
{
	tree_insert(mm, region);
	account(mm, region->flags, page_count(region_size(region)));
}

void region_append(struct mm_struct *mm, struct region *region, struct region *after)
{
	struct rb_node *parent = after ? &after->node : NULL;

	link_node(mm, region, parent, after ? &parent->right : &mm->regions.node, after, NULL);
	account(mm, region->flags, page_count(region_size(region)));
}

void region_remove(struct mm_struct *mm, struct region *region, struct list_head *removed)
{
	keep_most(mm);
	account(mm, region->flags, -page_count(region_size(region)));
	tree_erase(mm, region);
	if (region->object)
		unlink_from_object(region);
	list_add_tail(&region->mapping_link, removed);
}

void regions_remove_all(struct mm_struct *mm, struct list_head *removed)
{
	struct region *region = vm_first_region(mm);

	/* The links of the tree stay as they are until all have been visited. */
	for (; region; region = vm_next_region(region)) {
		if (region->object)
			unlink_from_object(region);
		list_add_tail(&region->mapping_link, removed);
	}
	mm->regions = RB_ROOT;
	mm->last_found = NULL;
	mm->region_count = 0;
	commit_add(-mm->committed_pages);
	mm->committed_pages = 0;
}

struct region_backing region_backing_get(const struct region *region)
{
	if (region->file)
		vm_file_get(region->file);
	return (struct region_backing){ vmo_get(region->object), region->file };
}

void region_backing_put(struct region_backing backing)
{
	vmo_put(backing.object);
	if (backing.file)
		vm_file_put(backing.file);
}

static void release(struct region *region)
{
	if (region->object && region->object->watcher)
		region->object->watcher->unmapped(region->object);
	if (region->object)
		region_backing_put((struct region_backing){ region->object, region->file });
	else if (region->file)
		vm_file_put(region->file);
	kmem_cache_free(region_cache, region);
}

void regions_release(struct list_head *removed)
{
	struct region *region, *after;
	unsigned int count = 0;

	list_for_each_entry_safe (region, after, removed, mapping_link) {
		release(region);
		if (++count % RESCHED_REGIONS == 0)
			cond_resched();
	}
	list_init(removed);
}

void region_abandon(struct region *region, struct list_head *removed)
{
	if (region->object)
		unlink_from_object(region);
	list_add_tail(&region->mapping_link, removed);
}

/* --- changing --- */

void region_set_start(struct mm_struct *mm, struct region *region, uaddr_t start)
{
	s64 moved = (s64)(start - region->start);

	keep_most(mm);
	account(mm, region->flags, -moved / PAGE_SIZE);
	region->offset += moved;
	region->start = start;
	set_hole(region, region->hole + moved);
}

void region_set_end(struct mm_struct *mm, struct region *region, uaddr_t end)
{
	struct region *after = vm_next_region(region);

	keep_most(mm);
	account(mm, region->flags, (s64)(end - region->end) / PAGE_SIZE);
	region->end = end;
	if (after)
		set_hole(after, after->start - end);
}

void region_set_flags(struct mm_struct *mm, struct region *region, u32 flags)
{
	s64 pages = page_count(region_size(region));

	account(mm, region->flags, -pages);
	region->flags = flags;
	account(mm, flags, pages);
}

struct region *region_split(struct mm_struct *mm, struct region *region, uaddr_t at)
{
	struct region *upper;

	assert(region->start < at && at < region->end);
	if (mm->region_count >= MAX_REGIONS)
		return NULL;
	upper = region_copy(mm, region, at, region->end);
	if (!upper)
		return NULL;
	region_set_end(mm, region, at);
	region_insert(mm, upper);
	return upper;
}

static int cut_at(struct mm_struct *mm, uaddr_t at)
{
	struct region *region = vm_find_region(mm, at);

	if (!region || region->start >= at)
		return 0;
	return region_split(mm, region, at) ? 0 : -ENOMEM;
}

int regions_cut(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	int error = cut_at(mm, start);

	return error ? error : cut_at(mm, end);
}

void region_init(void)
{
	region_cache = kmem_cache_create("region", sizeof(struct region), 0, NULL);
}
