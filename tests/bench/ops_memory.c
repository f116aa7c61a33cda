/* SPDX-License-Identifier: MIT */
/* Operations: page faults and mappings. */
#include "op.h"

enum { FAULT_PAGES = 4096, COW_PAGES = 1024 };

static int64_t fault_pages(uint64_t n, long (*map)(size_t))
{
	int64_t spent = 0;

	while (n > 0) {
		uint64_t pages = n < FAULT_PAGES ? n : FAULT_PAGES;
		long memory = TRY(map(pages * PAGE));
		int64_t start = ticks();
		touch_pages(memory, pages * PAGE);
		spent += ticks() - start;
		TRY(sys(SYS_munmap, memory, pages * PAGE));
		n -= pages;
	}
	return spent;
}

static int64_t op_fault_small(uint64_t n)
{
	return fault_pages(n, map_small_pages);
}

static int64_t op_fault_default(uint64_t n)
{
	return fault_pages(n, map_anonymous);
}

/* The ticks a child takes to write to pages that it shares with its parent. */
static int64_t cow_child(long memory, size_t size)
{
	int result[2];
	int64_t spent = -EIO;

	TRY(sys(SYS_pipe2, result, 0));
	long pid = TRY(fork_raw());
	if (pid == 0) {
		int64_t start = ticks();
		touch_pages(memory, size);
		spent = ticks() - start;
		sys(SYS_write, result[1], &spent, sizeof(spent));
		exit_raw(0);
	}
	sys(SYS_close, result[1]);
	sys(SYS_read, result[0], &spent, sizeof(spent));
	sys(SYS_close, result[0]);
	TRY(wait_for(pid));
	return spent;
}

static int64_t op_fault_cow(uint64_t n)
{
	int64_t spent = 0;

	while (n > 0) {
		uint64_t pages = n < COW_PAGES ? n : COW_PAGES;
		long memory = TRY(map_small_pages(pages * PAGE));
		touch_pages(memory, pages * PAGE);
		spent += TRY(cow_child(memory, pages * PAGE));
		TRY(sys(SYS_munmap, memory, pages * PAGE));
		n -= pages;
	}
	return spent;
}

static int64_t map_and_unmap(uint64_t n, size_t size, size_t touched)
{
	TIMED_LOOP(n, {
		long memory = TRY(map_anonymous(size));
		touch_pages(memory, touched);
		TRY(sys(SYS_munmap, memory, size));
	});
}

static int64_t op_map_4k(uint64_t n)
{
	return map_and_unmap(n, PAGE, 0);
}

static int64_t op_map_touch_4k(uint64_t n)
{
	return map_and_unmap(n, PAGE, PAGE);
}

static int64_t op_map_1m(uint64_t n)
{
	return map_and_unmap(n, MIB, 0);
}

static int64_t op_map_touch_1m(uint64_t n)
{
	return map_and_unmap(n, MIB, MIB);
}

const struct operation memory_operations[] = {
	{ "fault_anon_4k", op_fault_small, 1 },	       /* a page */
	{ "fault_anon_default", op_fault_default, 1 }, /* a page, huge pages allowed */
	{ "fault_cow_4k", op_fault_cow, 1 },
	{ "mmap_munmap_4k", op_map_4k, 1 },
	{ "mmap_touch_munmap_4k", op_map_touch_4k, 1 },
	{ "mmap_munmap_1m", op_map_1m, 1 },
	{ "mmap_touch_munmap_1m", op_map_touch_1m, 1 },
	{ 0 },
};
