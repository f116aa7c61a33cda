/* SPDX-License-Identifier: MIT */
/*
 * Which process ids are in use: a bitmap of up to 4194304 bits in pages that are allocated when
 * they are first needed, and stay. Each name space of processes has one.
 *
 * PIDMAP1: a set bit is an id that alloc_pid() gave and free_pid() has not taken back; what uses
 *	it, a task, a group or a session, is pid.c's matter.
 * PIDMAP2: ids are given in rising order, and from PID_RESERVED on again past pid_max, so that an
 *	id comes back as late as possible.
 *
 * One spinlock, taken alone or under tasklist_lock; it has the rank of descriptor tables, with
 * which it is never held together. Pure but for that: tests/unit/test_pid.c.
 */
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/pid.h"

enum {
	PID_MAX_LEAST = 301,
	PID_MAX_DEFAULT = 32768,
	PID_RESERVED = 300, /* after the wrap, ids below stay with the first processes */
	MAP_PAGE_SIZE = PID_IDS_PER_PAGE / 8,
};

static struct pid_map init_map = { .lock = SPINLOCK_INIT(RANK_FILES) };

int pid_max = PID_MAX_DEFAULT;

static int page_ensure(struct pid_map *map, unsigned int index)
{
	if (!map->page[index])
		map->page[index] = kzalloc(MAP_PAGE_SIZE);
	return map->page[index] ? 0 : -ENOMEM;
}

/* The first free id in [from, end), -EAGAIN when there is none, -ENOMEM. Full pages are passed over
 * whole. */
static pid_t find_free(struct pid_map *map, pid_t from, pid_t end)
{
	while (from < end) {
		unsigned int index = (unsigned int)from / PID_IDS_PER_PAGE;
		pid_t base = (pid_t)index * PID_IDS_PER_PAGE;
		unsigned long bits = (unsigned long)MIN(end - base, (pid_t)PID_IDS_PER_PAGE);
		unsigned long bit;

		if (page_ensure(map, index))
			return -ENOMEM;
		if (map->used[index] < PID_IDS_PER_PAGE) {
			bit = bitmap_find_clear(map->page[index], bits,
						(unsigned long)(from - base));
			if (bit < bits)
				return base + (pid_t)bit;
		}
		from = base + PID_IDS_PER_PAGE;
	}
	return -EAGAIN;
}

static pid_t find_next(struct pid_map *map)
{
	pid_t end = READ_ONCE(pid_max), next = map->last + 1, pid;

	if (next < end && map->page[next / PID_IDS_PER_PAGE] &&
	    !bitmap_test(map->page[next / PID_IDS_PER_PAGE],
			 (unsigned long)next % PID_IDS_PER_PAGE))
		return next;
	pid = find_free(map, next, end);
	return pid == -EAGAIN ? find_free(map, PID_RESERVED, MIN(next, end)) : pid;
}

pid_t pid_map_alloc(struct pid_map *map)
{
	pid_t pid;

	spin_lock(&map->lock);
	pid = find_next(map);
	if (pid > 0) {
		bitmap_set(map->page[pid / PID_IDS_PER_PAGE],
			   (unsigned long)pid % PID_IDS_PER_PAGE);
		map->used[pid / PID_IDS_PER_PAGE]++;
		map->last = pid;
	}
	spin_unlock(&map->lock);
	return pid;
}

void pid_map_free(struct pid_map *map, pid_t pid)
{
	unsigned int index = (unsigned int)pid / PID_IDS_PER_PAGE;
	unsigned long bit = (unsigned long)pid % PID_IDS_PER_PAGE;

	spin_lock(&map->lock);
	assert(pid > 0 && bitmap_test(map->page[index], bit)); /* PIDMAP1 */
	bitmap_clear(map->page[index], bit);
	map->used[index]--;
	spin_unlock(&map->lock);
}

static pid_t find_used(struct pid_map *map, pid_t from)
{
	unsigned int first = (unsigned int)from / PID_IDS_PER_PAGE;

	for (unsigned int index = first; index < PID_MAP_PAGES; index++) {
		unsigned long start = index == first ? (unsigned long)from % PID_IDS_PER_PAGE : 0;
		unsigned long bit;

		if (!map->page[index])
			continue;
		bit = bitmap_find_set(map->page[index], PID_IDS_PER_PAGE, start);
		if (bit < PID_IDS_PER_PAGE)
			return (pid_t)(index * PID_IDS_PER_PAGE + bit);
	}
	return -1;
}

pid_t pid_map_next(struct pid_map *map, pid_t from)
{
	pid_t pid;

	if (from < 0 || from >= PID_LIMIT)
		return -1;
	spin_lock(&map->lock);
	pid = find_used(map, from);
	spin_unlock(&map->lock);
	return pid;
}

pid_t alloc_pid(void)
{
	return pid_map_alloc(&init_map);
}

void free_pid(pid_t pid)
{
	pid_map_free(&init_map, pid);
}

pid_t next_pid(pid_t from)
{
	return pid_map_next(&init_map, from);
}

void pid_map_init(struct pid_map *map)
{
	memset(map, 0, sizeof(*map));
	spin_init(&map->lock, RANK_FILES);
}

void pid_map_fini(struct pid_map *map)
{
	for (unsigned int i = 0; i < PID_MAP_PAGES; i++)
		kfree(map->page[i]);
}

void pid_map_restart(struct pid_map *map)
{
	spin_lock(&map->lock);
	map->last = 0;
	spin_unlock(&map->lock);
}

int set_pid_max(int value)
{
	if (value < PID_MAX_LEAST || value > PID_LIMIT)
		return -EINVAL;
	WRITE_ONCE(pid_max, value);
	return 0;
}

pid_t last_pid(void)
{
	return READ_ONCE(init_map.last);
}
