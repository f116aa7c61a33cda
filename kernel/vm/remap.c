/* SPDX-License-Identifier: MIT */
/*
 * mremap(2): shrink, grow in place, or move.
 *
 * A move reserves first: the source's tables become the space's own, tables for the destination
 * are made. Then entries are moved one by one, or by whole leaf tables and huge pages where
 * source and destination are congruent modulo 2 MiB. Pages keep their one reference: entries
 * move, they are not copied.
 *
 * Takes mm->lock. Tested by tests/guest/mremap.c.
 */
#include "lib/errno.h"
#include "sched/sched.h"
#include "vm/map.h"
#include "vm/pagetable.h"
#include "vm/unmap.h"

enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4 };

struct move {
	struct mm_struct *mm;
	uaddr_t from, to;
	u64 length;
	struct gather gather;
};

/* --- entries --- */

/* True when what one middle entry spans at `at` may move as a whole. */
static bool moves_whole(const struct move *move, uaddr_t at, uaddr_t next)
{
	return span_is_whole(at, next, LEVEL_MIDDLE) &&
	       (move->from - move->to) % level_span(LEVEL_MIDDLE) == 0;
}

static uaddr_t destination(const struct move *move, uaddr_t at)
{
	return move->to + (at - move->from);
}

/* Makes the tables for one destination address. */
static int reserve_to(struct move *move, uaddr_t to, bool whole)
{
	struct table_path path;
	int error = table_own_middle(move->mm, to, true, &move->gather, &path);

	if (error || whole)
		return error;
	return table_own_leaf(to, true, &move->gather, &path);
}

/* Owns the source's tables and makes the destination's for one middle entry of the source. */
static int reserve_part(struct move *move, uaddr_t at, uaddr_t next)
{
	bool whole = moves_whole(move, at, next);
	struct table_path path;
	int error = table_own_middle(move->mm, at, false, &move->gather, &path);

	if (error || !path.middle || entry_none(*path.middle_entry))
		return error;
	if (!whole && entry_is_huge(*path.middle_entry))
		error = table_split_huge(at, &move->gather, &path);
	else if (!whole)
		error = table_own_leaf(at, false, &move->gather, &path);
	if (!error)
		error = reserve_to(move, destination(move, at), whole);
	if (!error && !whole)
		error = reserve_to(move, destination(move, next - PAGE_SIZE), false);
	return error;
}

/* The path to an address whose tables are owned already. */
static void find_path(struct mm_struct *mm, uaddr_t address, struct table_path *path)
{
	pte_t entry = *root_entry(mm, address);

	path->middle = entry_page(entry);
	path->middle_entry = entry_table(entry) + pte_index(address, LEVEL_MIDDLE);
	path->leaf = NULL;
	if (!entry_is_table(*path->middle_entry))
		return;
	path->leaf = entry_page(*path->middle_entry);
	path->leaf_entry = entry_table(*path->middle_entry) + pte_index(address, LEVEL_LEAF);
}

static void move_whole_entry(struct move *move, uaddr_t at)
{
	struct table_path from, to;

	find_path(move->mm, at, &from);
	find_path(move->mm, destination(move, at), &to);
	assert(entry_none(*to.middle_entry));
	to.middle->cow_clean &= from.middle->cow_clean;
	to.middle->present++;
	from.middle->present--;
	entry_set(to.middle_entry, *from.middle_entry);
	from.middle_entry->value = 0;
	move->gather.whole = true;
}

static void move_leaf_entries(struct move *move, uaddr_t at, uaddr_t next)
{
	struct table_path from, to;

	for (; at < next; at += PAGE_SIZE) {
		pte_t entry;
		const struct page *page;

		find_path(move->mm, at, &from);
		entry = *from.leaf_entry;
		if (entry_none(entry))
			continue;
		page = pte_special(entry) ? NULL : page_head(entry_page(entry));
		find_path(move->mm, destination(move, at), &to);
		from.leaf->present--;
		from.leaf->owner_word -= table_kind(page);
		from.leaf_entry->value = 0;
		path_map(&to, entry, page);
		gather_range(&move->gather, at, at + PAGE_SIZE);
	}
}

/* Visits what the source's middle entries cover. */
static int for_each_part(struct move *move,
			 int (*visit)(struct move *move, uaddr_t at, uaddr_t next))
{
	uaddr_t end = move->from + move->length;
	int error = 0;

	for (uaddr_t at = move->from, next; at < end && !error; at = next) {
		if (entry_none(*root_entry(move->mm, at))) {
			next = span_end(at, end, LEVEL_ROOT);
			continue;
		}
		next = span_end(at, end, LEVEL_MIDDLE);
		error = visit(move, at, next);
		cond_resched();
	}
	return error;
}

static int move_part(struct move *move, uaddr_t at, uaddr_t next)
{
	struct table_path path;

	find_path(move->mm, at, &path);
	if (entry_none(*path.middle_entry))
		return 0;
	if (moves_whole(move, at, next))
		move_whole_entry(move, at);
	else
		move_leaf_entries(move, at, next);
	return 0;
}

/* Moves all entries of the source to the empty destination; 0, or -ENOMEM and the source is
 * whole. Tables that become empty are freed by the unmapping of their range. */
static int move_entries(struct move *move)
{
	int error;

	gather_begin(&move->gather, move->mm);
	error = for_each_part(move, reserve_part);
	if (!error)
		error = for_each_part(move, move_part);
	gather_end(&move->gather);
	return error;
}

/* --- regions --- */

struct remap_request {
	uaddr_t old;
	u64 old_length, new_length; /* multiples of PAGE_SIZE */
	unsigned int flags;
	uaddr_t to;
};

/* The region at its new place: a copy of what stands at request->old, longer or shorter, not yet
 * in the tree. */
static struct region *region_moved(struct mm_struct *mm, const struct region *region,
				   const struct remap_request *request, uaddr_t to)
{
	struct region *moved =
		region_copy(mm, region, request->old, request->old + request->new_length);

	if (!moved)
		return NULL;
	moved->flags &= ~(u32)REGION_USERFAULT;
	moved->userfault = NULL;
	moved->start = to;
	moved->end = to + request->new_length;
	return moved;
}

/* What stays at the old place: nothing, but for MREMAP_DONTUNMAP an empty mapping, and for a
 * length of 0 all of it. */
static int leave_source(struct mm_struct *mm, const struct remap_request *request,
			struct list_head *removed)
{
	if (request->flags & MREMAP_DONTUNMAP || !request->old_length)
		return 0;
	return unmap_locked(mm, request->old, request->old + request->old_length, removed);
}

/* Puts a moved region in and moves the entries; undoes it when there is no memory. */
static int move_into(struct mm_struct *mm, struct region *moved,
		     const struct remap_request *request, struct list_head *removed)
{
	struct move move = { .mm = mm,
			     .from = request->old,
			     .to = moved->start,
			     .length = MIN(request->old_length, request->new_length) };
	int error = move_entries(&move);

	if (error) {
		struct gather gather;

		gather_begin(&gather, mm);
		zap_range(mm, move.to, move.to + move.length, &gather);
		gather_end(&gather);
		region_abandon(moved, removed);
		return error;
	}
	region_insert(mm, moved);
	return 0;
}

/* Moves the region at request->old, or its part, to a free place. */
static long move_region(struct mm_struct *mm, const struct remap_request *request, uaddr_t to,
			struct list_head *removed)
{
	struct region *moved;
	int error = 0;

	if (mm->region_count + 3 > MAX_REGIONS)
		return -ENOMEM;
	/* Cutting first: unmapping the source at the end needs no memory then. */
	if (request->old_length)
		error = regions_cut(mm, request->old, request->old + request->old_length);
	if (error)
		return error;
	moved = region_moved(mm, vm_find_region(mm, request->old), request, to);
	if (!moved)
		return -ENOMEM;
	error = move_into(mm, moved, request, removed);
	if (!error)
		error = leave_source(mm, request, removed);
	return error ? error : (long)to;
}

/* --- the cases --- */

static int check_arguments(const struct remap_request *request)
{
	unsigned int flags = request->flags;
	uaddr_t to_end = request->to + request->new_length;

	if (flags & ~(unsigned int)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP && request->old_length != request->new_length)
		return -EINVAL;
	if (request->old % PAGE_SIZE || !request->new_length)
		return -EINVAL;
	if (!(flags & MREMAP_FIXED))
		return 0;
	if (request->to % PAGE_SIZE || request->new_length > USER_END ||
	    request->to > USER_END - request->new_length)
		return -EINVAL;
	if (request->to < MMAP_MIN_ADDRESS)
		return -EPERM;
	return request->to < request->old + request->old_length && request->old < to_end ? -EINVAL
											 : 0;
}

/* The region that the whole old range lies in; ERR_PTR(-EFAULT), (-EINVAL) of mremap(2). */
static struct region *source_region(struct mm_struct *mm, const struct remap_request *request)
{
	struct region *region = vm_find_region(mm, request->old);

	if (!region || region->start > request->old)
		return ERR_PTR(-EFAULT);
	if (!request->old_length && !(region->flags & REGION_SHARED))
		return ERR_PTR(-EINVAL);
	if (region->flags & REGION_SEALED)
		return ERR_PTR(-EPERM);
	if (request->old_length > region->end - request->old)
		return ERR_PTR(-EFAULT);
	if (request->flags & MREMAP_DONTUNMAP && region->flags & REGION_SPECIAL)
		return ERR_PTR(-EINVAL);
	if (region->flags & REGION_SPECIAL && request->new_length > request->old_length)
		return ERR_PTR(-EFAULT);
	return region;
}

/* Longer where it stands; false when something is in the way. */
static bool grow_in_place(struct mm_struct *mm, struct region *region,
			  const struct remap_request *request)
{
	uaddr_t old_end = request->old + request->old_length;
	uaddr_t new_end = request->old + request->new_length;

	if (!request->old_length || old_end != region->end || new_end > USER_END ||
	    new_end < old_end || region_overlapping(mm, old_end, new_end))
		return false;
	region_set_end(mm, region, new_end);
	region_merge(mm, region);
	return true;
}

static long remap_fixed(struct mm_struct *mm, const struct remap_request *request,
			struct list_head *removed)
{
	uaddr_t to = request->to;
	int error = unmap_locked(mm, to, to + request->new_length, removed);
	struct region *region;

	if (error)
		return error;
	region = source_region(mm, request);
	if (IS_ERR(region))
		return PTR_ERR(region);
	return move_region(mm, request, to, removed);
}

static long remap_elsewhere(struct mm_struct *mm, const struct remap_request *request,
			    struct list_head *removed)
{
	uaddr_t to = place_find(mm, 0, request->new_length, request->old);

	return to ? move_region(mm, request, to, removed) : -ENOMEM;
}

static long remap_locked(struct mm_struct *mm, const struct remap_request *request,
			 struct list_head *removed)
{
	struct region *region = source_region(mm, request);
	u64 growth = request->new_length - request->old_length;
	uaddr_t new_end = request->old + request->new_length;
	int error;

	if (IS_ERR(region))
		return PTR_ERR(region);
	if (request->new_length > request->old_length || request->flags & MREMAP_DONTUNMAP) {
		error = limits_check(mm, region->flags, growth ? growth : request->new_length);
		if (error)
			return error;
	}
	if (request->flags & MREMAP_FIXED)
		return remap_fixed(mm, request, removed);
	if (request->flags & MREMAP_DONTUNMAP)
		return remap_elsewhere(mm, request, removed);
	if (request->new_length <= request->old_length) {
		error = unmap_locked(mm, new_end, request->old + request->old_length, removed);
		return error ? error : (long)request->old;
	}
	if (grow_in_place(mm, region, request))
		return (long)request->old;
	if (!(request->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	return remap_elsewhere(mm, request, removed);
}

long vm_remap(struct mm_struct *mm, uaddr_t old, u64 old_length, u64 new_length, unsigned int flags,
	      uaddr_t to)
{
	LIST_HEAD(removed);
	struct remap_request request = {
		.old = old,
		.old_length = ALIGN_UP(old_length, (u64)PAGE_SIZE),
		.new_length = ALIGN_UP(new_length, (u64)PAGE_SIZE),
		.flags = flags,
		.to = to,
	};
	long result = check_arguments(&request);

	if (result)
		return result;
	mutex_lock(&mm->lock);
	result = remap_locked(mm, &request, &removed);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	return result;
}
