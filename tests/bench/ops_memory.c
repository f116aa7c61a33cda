/* SPDX-License-Identifier: MIT */
/* Operations: page faults and mappings. */
#include "op.h"

#include <fcntl.h>

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

static int64_t op_map_touch_64m(uint64_t n)
{
	return map_and_unmap(n, 64 * MIB, 64 * MIB);
}

static int64_t protections_timed(uint64_t n, long memory, size_t size)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_mprotect, memory, size, PROT_READ));
		TRY(sys(SYS_mprotect, memory, size, PROT_READ | PROT_WRITE));
	});
}

static int64_t protect_part(uint64_t n, size_t offset, size_t size)
{
	long memory = TRY(map_small_pages(2 * MIB));

	touch_pages(memory, 2 * MIB);
	int64_t spent = protections_timed(n, memory + offset, size);
	sys(SYS_munmap, memory, 2 * MIB);
	return spent;
}

static int64_t op_protect_4k(uint64_t n)
{
	return protect_part(n, MIB, PAGE);
}

static int64_t op_protect_1m(uint64_t n)
{
	return protect_part(n, 0, MIB);
}

static int64_t discards_timed(uint64_t n, long memory)
{
	TIMED_LOOP(n, {
		touch_pages(memory, 16 * PAGE);
		TRY(sys(SYS_madvise, memory, 16 * PAGE, MADV_DONTNEED));
	});
}

static int64_t op_discard(uint64_t n)
{
	long memory = TRY(map_small_pages(MIB));
	int64_t spent = discards_timed(n, memory);

	sys(SYS_munmap, memory, MIB);
	return spent;
}

static int64_t op_brk(uint64_t n)
{
	long top = sys(SYS_brk, 0);

	TIMED_LOOP(n, {
		TRY(sys(SYS_brk, top + 16 * PAGE));
		TRY(sys(SYS_brk, top));
	});
}

/* Moves between two sizes, with pages in it. */
static int64_t moves_timed(uint64_t n, long memory)
{
	TIMED_LOOP(n, {
		memory = TRY(sys(SYS_mremap, memory, MIB, 2 * MIB, MREMAP_MAYMOVE));
		memory = TRY(sys(SYS_mremap, memory, 2 * MIB, MIB, MREMAP_MAYMOVE));
	});
}

static int64_t op_remap(uint64_t n)
{
	long memory = TRY(map_small_pages(MIB));

	touch_pages(memory, MIB);
	return moves_timed(n, memory);
}

/* Sixteen pages of this program, mapped, read and unmapped. */
static int64_t file_maps_timed(uint64_t n, long fd)
{
	TIMED_LOOP(n, {
		long memory = TRY(sys(SYS_mmap, 0, 16 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
		for (size_t at = 0; at < 16 * PAGE; at += PAGE)
			(void)*(volatile char *)(memory + at);
		TRY(sys(SYS_munmap, memory, 16 * PAGE));
	});
}

static int64_t op_map_file(uint64_t n)
{
	long fd = TRY(sys(SYS_openat, AT_FDCWD, self, O_RDONLY));
	int64_t spent = file_maps_timed(n, fd);

	sys(SYS_close, fd);
	return spent;
}

const struct operation memory_operations[] = {
	{ "fault_anon_4k", op_fault_small, 1 },	       /* a page */
	{ "fault_anon_default", op_fault_default, 1 }, /* a page, huge pages allowed */
	{ "fault_cow_4k", op_fault_cow, 1 },
	{ "mmap_munmap_4k", op_map_4k, 1 },
	{ "mmap_touch_munmap_4k", op_map_touch_4k, 1 },
	{ "mmap_munmap_1m", op_map_1m, 1 },
	{ "mmap_touch_munmap_1m", op_map_touch_1m, 1 },
	{ "mmap_touch_munmap_64m", op_map_touch_64m, 1 },
	{ "mmap_file_read_munmap", op_map_file, 1 },
	{ "mprotect_4k", op_protect_4k, 2 },
	{ "mprotect_1m", op_protect_1m, 2 },
	{ "mremap_1m", op_remap, 2 },
	{ "madvise_dontneed_64k", op_discard, 1 },
	{ "brk_64k", op_brk, 2 },
	{ 0 },
};
