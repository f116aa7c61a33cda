/* SPDX-License-Identifier: MIT */
/*
 * epoll sets that watch other sets: no circles, and bounds for what one wake-up may set in motion.
 *
 * NEST1: a chain of sets, each watched by the next, has at most NEST_MAX steps.
 * NEST2: over sets that are watched themselves, a file's news take no more ways than path_limit
 *	tells for each length.
 *
 * Only sets that watch, or are watched by, sets pay for this: adding to them takes nest_lock, so
 * that no two additions together make what neither would alone.
 *
 * Locks: nest_lock (MUTEX_NEST), before any set's; sets are locked downwards, one inside the other.
 */
#include "ipc/epoll_internal.h"

#include "lib/errno.h"

enum { NEST_MAX = 4 };

static const u32 path_limit[NEST_MAX + 1] = { UINT32_MAX, 500, 100, 50, 10 };

static struct mutex nest_lock = MUTEX_INIT(nest_lock, MUTEX_NEST);
static u64 last_visit; /* [nest_lock] number of the walk */

spinlock_t watchers_lock = SPINLOCK_INIT(RANK_WATCH);

bool nest_matters(const struct epoll *epoll, const struct file *file)
{
	return file_is_epoll(file) || READ_ONCE(epoll->file->watchers);
}

/* --- how deep sets lie in sets; nest_lock held --- */

/* The longest chain of sets below inner: 0 when it watches none. A circle, which is where the walk
 * comes to outer, counts as too long. */
static int depth_below(struct epoll *inner, const struct epoll *outer)
{
	int deepest = 0;

	if (inner == outer)
		return NEST_MAX;
	if (inner->visit == last_visit)
		return inner->depth;
	mutex_lock_nested(&inner->lock);
	for (struct rb_node *node = rb_first(&inner->items); node; node = rb_next(node)) {
		const struct file *file = item_of(node)->file;

		if (file_is_epoll(file))
			deepest = MAX(deepest, 1 + depth_below(file->private, outer));
	}
	mutex_unlock(&inner->lock);
	inner->visit = last_visit;
	inner->depth = deepest;
	return deepest;
}

/* The longest chain of sets above one. watchers_lock held. */
static int depth_above(struct epoll *epoll)
{
	int deepest = 0;

	if (epoll->visit == last_visit)
		return epoll->depth;
	for (struct epoll_item *item = epoll->file->watchers; item; item = item->next_watcher)
		deepest = MAX(deepest, 1 + depth_above(item->epoll));
	epoll->visit = last_visit;
	epoll->depth = deepest;
	return deepest;
}

static bool fits(struct epoll *outer, struct epoll *inner)
{
	int depth;

	last_visit++;
	depth = 1 + depth_below(inner, outer);
	last_visit++;
	spin_lock(&watchers_lock);
	depth += depth_above(outer);
	spin_unlock(&watchers_lock);
	return depth <= NEST_MAX;
}

int nest_enter(struct epoll *epoll, struct file *file)
{
	mutex_lock(&nest_lock);
	if (!file_is_epoll(file) || fits(epoll, file->private))
		return 0;
	mutex_unlock(&nest_lock);
	return -ELOOP;
}

void nest_leave(void)
{
	mutex_unlock(&nest_lock);
}

/* --- how many sets a file wakes; nest_lock held --- */

/* Counts the ways from a file to sets that nobody watches. watchers_lock held. */
static bool too_many_ways(const struct file *file, u32 *counts, int depth)
{
	if (depth > NEST_MAX)
		return true;
	for (struct epoll_item *item = file->watchers; item; item = item->next_watcher) {
		const struct file *outer = item->epoll->file;

		if (outer->watchers ? too_many_ways(outer, counts, depth + 1)
				    : depth && ++counts[depth] > path_limit[depth])
			return true;
	}
	return false;
}

static bool file_has_too_many_ways(const struct file *file)
{
	u32 counts[NEST_MAX + 1] = { 0 };
	bool result;

	spin_lock(&watchers_lock);
	result = too_many_ways(file, counts, 0);
	spin_unlock(&watchers_lock);
	return result;
}

/* The same for all files that a set watches, directly or through others. */
static bool any_file_has(struct epoll *epoll)
{
	bool found = false;

	mutex_lock_nested(&epoll->lock);
	epoll->visit = last_visit;
	for (struct rb_node *node = rb_first(&epoll->items); node && !found; node = rb_next(node)) {
		struct file *file = item_of(node)->file;
		struct epoll *next = file_is_epoll(file) ? file->private : NULL;

		if (!next)
			found = file_has_too_many_ways(file);
		else if (next->visit != last_visit)
			found = any_file_has(next);
	}
	mutex_unlock(&epoll->lock);
	return found;
}

int nest_check_paths(struct epoll_item *item)
{
	struct file *file = item->file;

	last_visit++;
	if (file_is_epoll(file) ? any_file_has(file->private) : file_has_too_many_ways(file))
		return -EINVAL;
	return 0;
}
