/* SPDX-License-Identifier: MIT */
/*
 * Which process ids are in use: a bitmap of up to 4194304 bits in pages that are allocated when
 * they are first needed, and stay.
 *
 * PIDMAP1: a set bit is an id that alloc_pid() gave and free_pid() has not taken back; what uses
 * it, a task, a group
 *	    or a session, is pid.c's matter.
 * PIDMAP2: ids are given in rising order, and from PID_RESERVED on again past pid_max, so that an
 * id
 *	    comes back as late as possible.
 *
 * One spinlock, taken alone or under tasklist_lock; it has the rank of descriptor tables, with
 * which it is never held together. Pure but for that: tests/unit/test_pid.c.
 */
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/pid.h"

enum {
	PID_LIMIT = 4194304,
	PID_MAX_LEAST = 301,
	PID_MAX_DEFAULT = 32768,
	PID_RESERVED = 300, /* after the wrap, ids below stay with the first processes */
	MAP_PAGE_SIZE = 4096,
	IDS_PER_PAGE = MAP_PAGE_SIZE * 8,
	MAP_PAGES = PID_LIMIT / IDS_PER_PAGE,
};

static struct {
	spinlock_t lock;
	pid_t last;	      /* [lock] given most recently */
	u64 *page[MAP_PAGES]; /* [lock] NULL: none of its ids was ever in use */
	u32 used[MAP_PAGES];  /* [lock] set bits of the page */
} map = { .lock = SPINLOCK_INIT(RANK_FILES) };

int pid_max = PID_MAX_DEFAULT;

static int page_ensure(unsigned int index)
{
	if (!map.page[index])
		map.page[index] = kzalloc(MAP_PAGE_SIZE);
	return map.page[index] ? 0 : -ENOMEM;
}

/* The first free id in [from, end), -EAGAIN when there is none, -ENOMEM. Full pages are passed over
 * whole. */
static pid_t find_free(pid_t from, pid_t end)
{
	while (from < end) {
		unsigned int index = (unsigned int)from / IDS_PER_PAGE;
		pid_t base = (pid_t)index * IDS_PER_PAGE;
		unsigned long bits = (unsigned long)MIN(end - base, (pid_t)IDS_PER_PAGE);
		unsigned long bit;

		if (page_ensure(index))
			return -ENOMEM;
		if (map.used[index] < IDS_PER_PAGE) {
			bit = bitmap_find_clear(map.page[index], bits,
						(unsigned long)(from - base));
			if (bit < bits)
				return base + (pid_t)bit;
		}
		from = base + IDS_PER_PAGE;
	}
	return -EAGAIN;
}

static pid_t find_next(void)
{
	pid_t end = READ_ONCE(pid_max), next = map.last + 1, pid;

	if (next < end && map.page[next / IDS_PER_PAGE] &&
	    !bitmap_test(map.page[next / IDS_PER_PAGE], (unsigned long)next % IDS_PER_PAGE))
		return next;
	pid = find_free(next, end);
	return pid == -EAGAIN ? find_free(PID_RESERVED, MIN(next, end)) : pid;
}

pid_t alloc_pid(void)
{
	pid_t pid;

	spin_lock(&map.lock);
	pid = find_next();
	if (pid > 0) {
		bitmap_set(map.page[pid / IDS_PER_PAGE], (unsigned long)pid % IDS_PER_PAGE);
		map.used[pid / IDS_PER_PAGE]++;
		map.last = pid;
	}
	spin_unlock(&map.lock);
	return pid;
}

void free_pid(pid_t pid)
{
	unsigned int index = (unsigned int)pid / IDS_PER_PAGE;
	unsigned long bit = (unsigned long)pid % IDS_PER_PAGE;

	spin_lock(&map.lock);
	assert(pid > 0 && bitmap_test(map.page[index], bit)); /* PIDMAP1 */
	bitmap_clear(map.page[index], bit);
	map.used[index]--;
	spin_unlock(&map.lock);
}

static pid_t find_used(pid_t from)
{
	unsigned int first = (unsigned int)from / IDS_PER_PAGE;

	for (unsigned int index = first; index < MAP_PAGES; index++) {
		unsigned long start = index == first ? (unsigned long)from % IDS_PER_PAGE : 0;
		unsigned long bit;

		if (!map.page[index])
			continue;
		bit = bitmap_find_set(map.page[index], IDS_PER_PAGE, start);
		if (bit < IDS_PER_PAGE)
			return (pid_t)(index * IDS_PER_PAGE + bit);
	}
	return -1;
}

pid_t next_pid(pid_t from)
{
	pid_t pid;

	if (from < 0 || from >= PID_LIMIT)
		return -1;
	spin_lock(&map.lock);
	pid = find_used(from);
	spin_unlock(&map.lock);
	return pid;
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
	return READ_ONCE(map.last);
}
