/* SPDX-License-Identifier: MIT */
/*
 * munmap(2), and whatever else takes pages out of a space: truncation, MADV_DONTNEED.
 *
 * Reserve, then commit: first the regions are cut and the tables at the edges made the space's
 * own, which may fail and means nothing to the program; then entries and regions go, which cannot
 * fail. A table that lies wholly in the range is let go as a whole by its one entry, shared or
 * not, so the cost is that of the tables, not of the pages that other spaces still map.
 *
 * Entry points: vm_unmap, unmap_locked, zap_*, vm_unmap_object. Tested by tests/guest/mmap.c,
 * tests/guest/cow.c.
 */
#include "vm/unmap.h"

#include "lib/errno.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "task/task.h"
#include "vm/map.h"
#include "vm/pagetable.h"
#include "vm/region.h"
#include "vm/vmo.h"

/* --- entries --- */

/* Empties one leaf entry in use. */
static void zap_leaf_entry(struct mm_struct *mm, struct page *leaf, pte_t *at,
			   struct gather *gather)
{
	pte_t entry = *at;
	struct page *page = pte_special(entry) ? NULL : page_head(entry_page(entry));

	WRITE_ONCE(at->value, 0);
	leaf->present--;
	leaf->owner_word -= table_kind(page);
	if (!page)
		return;
	if (page->flags & PG_OBJECT)
		mm->rss_file--;
	else
		mm->rss_anon--;
	gather_page(gather, page);
}

/* Empties [start, end) of an owned leaf table. Afterwards the range counts as flushed only by the
 * gather's owner. */
static void zap_leaf(struct mm_struct *mm, struct page *leaf, uaddr_t start, uaddr_t end,
		     struct gather *gather)
{
	pte_t *entries = table_entries(leaf);
	unsigned int last = pte_index(end - 1, LEVEL_LEAF);
	unsigned int i = table_next_used(entries, pte_index(start, LEVEL_LEAF));

	for (; i <= last && leaf->present; i = table_next_used(entries, i + 1)) {
		gather_range(gather, start, end);
		zap_leaf_entry(mm, leaf, entries + i, gather);
	}
}

/* Takes a whole entry of a middle table away, with all below. */
static void drop_middle_entry(struct mm_struct *mm, struct page *middle, pte_t *at,
			      struct gather *gather)
{
	pte_t entry = *at;

	rss_add_below(mm, entry, LEVEL_MIDDLE, -1);
	WRITE_ONCE(at->value, 0);
	middle->present--;
	gather_table(gather, entry_page(entry));
}

static void zap_middle(struct mm_struct *mm, struct page *middle, pte_t *entries, uaddr_t start,
		       uaddr_t end, struct gather *gather)
{
	for (uaddr_t at = start, next; at < end && middle->present; at = next) {
		pte_t *entry = entries + pte_index(at, LEVEL_MIDDLE);
		struct page *leaf;

		next = span_end(at, end, LEVEL_MIDDLE);
		if (entry_none(*entry))
			continue;
		if (span_is_whole(at, next, LEVEL_MIDDLE)) {
			drop_middle_entry(mm, middle, entry, gather);
			continue;
		}
		leaf = entry_page(*entry);
		zap_leaf(mm, leaf, at, next, gather);
		if (!leaf->present)
			drop_middle_entry(mm, middle, entry, gather);
	}
}

void zap_range(struct mm_struct *mm, uaddr_t start, uaddr_t end, struct gather *gather)
{
	for (uaddr_t at = start, next; at < end; at = next) {
		pte_t *root = root_entry(mm, at);
		pte_t entry = *root;
		struct page *middle;

		next = span_end(at, end, LEVEL_ROOT);
		if (entry_none(entry))
			continue;
		middle = entry_page(entry);
		if (span_is_whole(at, next, LEVEL_ROOT))
			rss_add_below(mm, entry, LEVEL_ROOT, -1);
		else
			zap_middle(mm, middle, entry_table(entry), at, next, gather);
		if (!middle->present || span_is_whole(at, next, LEVEL_ROOT)) {
			WRITE_ONCE(root->value, 0);
			gather_table(gather, middle);
		}
		cond_resched();
	}
}

/* As zap_range(), for pages of objects only: copies that a private mapping has made stay. All of
 * the range is owned (tables_own_range). */
static void zap_object_pages(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			     struct gather *gather)
{
	struct table_path path;
	unsigned int level;

	for (uaddr_t at = start; at < end; at += PAGE_SIZE) {
		pte_t *entry = table_peek(mm, at, &level);

		if (!entry || entry_none(*entry) || level != LEVEL_LEAF || pte_special(*entry) ||
		    !(entry_page(*entry)->flags & PG_OBJECT))
			continue;
		/* Owned already: this finds the table, and cannot fail. */
		if (table_own_middle(mm, at, false, gather, &path) ||
		    table_own_leaf(at, false, gather, &path))
			continue;
		gather_range(gather, at, at + PAGE_SIZE);
		zap_leaf_entry(mm, path.leaf, path.leaf_entry, gather);
	}
}

int zap_owned(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct gather gather;
	int error;

	gather_begin(&gather, mm);
	error = tables_own_edges(mm, start, end, &gather);
	if (!error)
		zap_range(mm, start, end, &gather);
	gather_end(&gather);
	return error;
}

/* Tables are found by regions (PT4), as these are few and a root has 256 entries. */
void zap_tables_of(struct mm_struct *mm, struct mm_struct *of)
{
	struct region *region = vm_first_region(of);

	for (; region; region = vm_next_region(region)) {
		uaddr_t at = ALIGN_DOWN(region->start, MIDDLE_SPAN);

		for (; at < region->end; at += MIDDLE_SPAN) {
			pte_t *root = root_entry(mm, at);
			pte_t entry = *root;

			if (entry_none(entry))
				continue;
			root->value = 0;
			table_put(entry_page(entry));
		}
	}
}

/* --- regions --- */

/* True when the range is one end of a single region, which only shrinks. */
static bool shrinks_one(struct mm_struct *mm, const struct region *region, uaddr_t start,
			uaddr_t end)
{
	if (end < region->end)
		return start <= region->start;
	return start > region->start && !region_overlapping(mm, region->end, end);
}

/* Takes the regions of the range, of which first is the lowest, out; none crosses its ends. */
static void remove_regions(struct mm_struct *mm, struct region *first, uaddr_t end,
			   struct list_head *removed)
{
	struct region *region = first, *after;

	for (; region && region->start < end; region = after) {
		after = vm_next_region(region);
		region_remove(mm, region, removed);
		cond_resched();
	}
}

int unmap_locked(struct mm_struct *mm, uaddr_t start, uaddr_t end, struct list_head *removed)
{
	struct region *region = region_overlapping(mm, start, end);
	bool shrink;
	int error;

	if (!region)
		return 0;
	if (range_is_sealed(mm, start, end))
		return -EPERM;
	shrink = shrinks_one(mm, region, start, end);
	if (!shrink) {
		error = regions_cut(mm, start, end);
		if (error)
			return error;
	}
	error = zap_owned(mm, start, end);
	if (error)
		return error;
	if (!shrink)
		remove_regions(mm, region_overlapping(mm, start, end), end, removed);
	else if (end < region->end)
		region_set_start(mm, region, end);
	else
		region_set_end(mm, region, start);
	return 0;
}

int vm_unmap(struct mm_struct *mm, uaddr_t start, u64 length)
{
	LIST_HEAD(removed);
	int error;

	if (start % PAGE_SIZE || !length || start > USER_END || length > USER_END - start)
		return -EINVAL;
	mutex_lock(&mm->lock);
	error = unmap_locked(mm, start, start + ALIGN_UP(length, (u64)PAGE_SIZE), &removed);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	return error;
}

/* --- truncation --- */

enum { UNMAP_RETRIES = 1000 };

static void sleep_a_moment(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_timeout_until(clock_monotonic() + NSEC_PER_MSEC);
}

/* Takes [first, last) of a space's addresses out; copies of private mappings too, if all. Without
 * memory for the tables it waits for some; in the end it gives up, which leaves a mapping of a
 * page that the object has lost: safe, if stale. */
static void unmap_part(struct mm_struct *mm, uaddr_t first, uaddr_t last, bool all)
{
	struct gather gather;

	for (int attempt = 0; attempt < UNMAP_RETRIES; attempt++) {
		int error;

		gather_begin(&gather, mm);
		error = tables_own_range(mm, first, last, &gather);
		if (!error && all)
			zap_range(mm, first, last, &gather);
		else if (!error)
			zap_object_pages(mm, first, last, &gather);
		gather_end(&gather);
		if (!error)
			return;
		vm_out_of_memory();
		sleep_a_moment();
	}
}

/* Unmaps bytes [start, end) of the object from a region. */
static void unmap_from_region(struct region *region, u64 start, u64 end)
{
	u64 from = MAX(start, region->offset);
	u64 to = MIN(end, region->offset + region_size(region));

	if (from < to)
		unmap_part(region->mm, region->start + (from - region->offset),
			   region->start + (to - region->offset), end == ~(u64)0);
}

static void unmap_from_space(struct mm_struct *mm, struct vmo *object, u64 start, u64 end)
{
	struct region *region;

	mutex_lock(&mm->lock);
	for (region = vm_first_region(mm); region; region = vm_next_region(region)) {
		if (region->object != object)
			continue;
		unmap_from_region(region, start, end);
		spin_lock(&object->lock);
		region->visit = object->truncations;
		spin_unlock(&object->lock);
	}
	mutex_unlock(&mm->lock);
}

/* A space that has a region which this truncation has not looked at, with a reference; NULL at
 * the end. */
static struct mm_struct *next_space(struct vmo *object)
{
	struct mm_struct *mm = NULL;
	struct region *region;

	spin_lock(&object->lock);
	list_for_each_entry (region, &object->mappings, mapping_link) {
		if (region->visit != object->truncations) {
			mm = region->mm;
			mm_get(mm);
			break;
		}
	}
	spin_unlock(&object->lock);
	return mm;
}

/* Begins a truncation once no other one of the object is at work; false when nobody maps it. */
static bool truncation_begin(struct vmo *object)
{
	for (;;) {
		bool busy;

		spin_lock(&object->lock);
		if (list_empty(&object->mappings)) {
			spin_unlock(&object->lock);
			return false;
		}
		busy = object->truncating;
		if (!busy) {
			object->truncating = true;
			object->truncations++;
		}
		spin_unlock(&object->lock);
		if (!busy)
			return true;
		sleep_a_moment();
	}
}

void vm_unmap_object(struct vmo *object, u64 start, u64 end)
{
	struct mm_struct *mm;

	if (!truncation_begin(object))
		return;
	while ((mm = next_space(object))) {
		unmap_from_space(mm, object, start, end);
		mm_put(mm);
		cond_resched();
	}
	spin_lock(&object->lock);
	object->truncating = false;
	spin_unlock(&object->lock);
}
