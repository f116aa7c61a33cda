/* SPDX-License-Identifier: MIT */
/* mremap(2): shrinking, growing in place, moving small and huge pages, errors. */
#include "guest.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, HUGE = 2 << 20 };

#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t size, int flags)
{
	return mmap(NULL, size, RW, flags | MAP_ANONYMOUS, -1, 0);
}

static void fill(char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(uint32_t *)(memory + i * PAGE) = (uint32_t)i + 1;
}

static bool holds(const char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (*(const uint32_t *)(memory + i * PAGE) != i + 1)
			return false;
	return true;
}

static bool is_mapped(char *page)
{
	unsigned char vector;

	return mincore(page, PAGE, &vector) == 0;
}

static bool fails(void *result, int error)
{
	return result == MAP_FAILED && errno == error;
}

static void errors(void)
{
	char *memory = map(4 * PAGE, MAP_PRIVATE);

	CHECK(fails(mremap(memory + 1, PAGE, PAGE, 0), EINVAL));
	CHECK(fails(mremap(memory, PAGE, 0, 0), EINVAL));
	CHECK(fails(mremap(memory, PAGE, PAGE, 64), EINVAL));
	CHECK(fails(mremap(memory, PAGE, PAGE, MREMAP_FIXED, memory), EINVAL));
	CHECK(fails(mremap(memory, 2 * PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, memory + 1),
		    EINVAL));
	CHECK(fails(
		mremap(memory, 2 * PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, memory + PAGE),
		EINVAL));
	CHECK(fails(mremap(memory, 0, PAGE, MREMAP_MAYMOVE), EINVAL));
	CHECK(munmap(memory + 2 * PAGE, PAGE) == 0);
	CHECK(fails(mremap(memory + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT));
	CHECK(fails(mremap(memory, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), EFAULT));
	CHECK(munmap(memory, 4 * PAGE) == 0);
}

static void shrinks(void)
{
	char *memory = map(8 * PAGE, MAP_PRIVATE);

	fill(memory, 8);
	CHECK(mremap(memory, 8 * PAGE, 3 * PAGE, 0) == memory);
	CHECK(holds(memory, 3) && !is_mapped(memory + 3 * PAGE) && !is_mapped(memory + 7 * PAGE));
	CHECK(munmap(memory, 3 * PAGE) == 0);
}

static void grows_in_place(void)
{
	char *memory = map(8 * PAGE, MAP_PRIVATE);

	fill(memory, 8);
	CHECK(munmap(memory + 2 * PAGE, 6 * PAGE) == 0);
	CHECK(mremap(memory, 2 * PAGE, 5 * PAGE, 0) == memory);
	CHECK(holds(memory, 2) && memory[2 * PAGE] == 0 && memory[4 * PAGE] == 0);
	CHECK(mmap(memory + 5 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) != MAP_FAILED);
	CHECK(fails(mremap(memory, 5 * PAGE, 6 * PAGE, 0), ENOMEM));
	CHECK(munmap(memory, 8 * PAGE) == 0);
}

static void moves(void)
{
	enum { PAGES = 700 };
	char *memory = map((PAGES + 1) * PAGE, MAP_PRIVATE), *moved;

	madvise(memory, (PAGES + 1) * PAGE, MADV_NOHUGEPAGE);
	fill(memory, PAGES);
	CHECK(mprotect(memory + PAGES * PAGE, PAGE, PROT_NONE) == 0);
	moved = mremap(memory, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED && moved != memory);
	CHECK(holds(moved, PAGES) && moved[PAGES * PAGE] == 0);
	CHECK(!is_mapped(memory) && is_mapped(memory + PAGES * PAGE));
	fill(moved, 2 * PAGES);
	CHECK(holds(moved, 2 * PAGES));
	CHECK(munmap(moved, 2 * PAGES * PAGE) == 0 && munmap(memory + PAGES * PAGE, PAGE) == 0);
}

static void moves_to_a_place(void)
{
	char *memory = map(16 * PAGE, MAP_PRIVATE);
	char *place = map(16 * PAGE, MAP_PRIVATE);

	fill(memory, 16);
	memset(place, 9, 16 * PAGE);
	CHECK(mremap(memory + 4 * PAGE, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     place + 2 * PAGE) == place + 2 * PAGE);
	CHECK(*(uint32_t *)(place + 2 * PAGE) == 5 && *(uint32_t *)(place + 5 * PAGE) == 8);
	CHECK(place[PAGE] == 9 && place[6 * PAGE] == 9);
	CHECK(!is_mapped(memory + 4 * PAGE) && holds(memory, 4) &&
	      *(uint32_t *)(memory + 8 * PAGE) == 9);
	CHECK(munmap(memory, 16 * PAGE) == 0 && munmap(place, 16 * PAGE) == 0);
}

static void moves_huge_pages(void)
{
	size_t size = 8 * HUGE, pages = size / PAGE;
	char *memory = map(size, MAP_PRIVATE);
	char *place = map(size + HUGE, MAP_PRIVATE), *to;

	fill(memory, pages);
	/* Once congruent, once not. */
	to = place + (((uintptr_t)memory - (uintptr_t)place) & (HUGE - 1));
	CHECK(mremap(memory, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	CHECK(holds(to, pages));
	memory = map(size + HUGE, MAP_PRIVATE);
	CHECK(mremap(to, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, memory + 5 * PAGE) ==
	      memory + 5 * PAGE);
	memory += 5 * PAGE;
	CHECK(holds(memory, pages));
	munmap(memory - 5 * PAGE, size + HUGE);
	munmap(place, size + HUGE);
}

static void moves_after_fork(void)
{
	size_t size = 3 * HUGE, pages = size / PAGE;
	char *memory = map(size, MAP_PRIVATE);
	pid_t pid;

	fill(memory, pages);
	pid = fork();
	if (!pid) {
		char *moved = mremap(memory, size, 2 * size, MREMAP_MAYMOVE);

		CHILD_CHECK(moved != MAP_FAILED && holds(moved, pages));
		memset(moved, 0, 2 * size);
		_exit(0);
	}
	CHECK(ended_well(pid) && holds(memory, pages));
	CHECK(munmap(memory, size) == 0);
}

static void shared_memory_moves_and_doubles(void)
{
	char *memory = map(4 * PAGE, MAP_SHARED), *moved, *twin;

	fill(memory, 4);
	moved = mremap(memory, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       map(4 * PAGE, MAP_PRIVATE));
	CHECK(moved != MAP_FAILED && holds(moved, 4));
	twin = mremap(moved, 0, 4 * PAGE, MREMAP_MAYMOVE);
	CHECK(twin != MAP_FAILED && twin != moved && holds(twin, 4));
	twin[PAGE + 9] = 33;
	CHECK(moved[PAGE + 9] == 33);
	CHECK(munmap(moved, 4 * PAGE) == 0 && munmap(twin, 4 * PAGE) == 0);
}

static void grows_by_steps(void)
{
	size_t size = PAGE;
	char *memory = map(size, MAP_PRIVATE);

	fill(memory, 1);
	while (size < 16 << 20) {
		char *larger = mremap(memory, size, 2 * size, MREMAP_MAYMOVE);

		CHECK(larger != MAP_FAILED && holds(larger, size / PAGE));
		memory = larger;
		size *= 2;
		fill(memory, size / PAGE);
	}
	CHECK(munmap(memory, size) == 0);
}

int main(void)
{
	RUN(errors);
	RUN(shrinks);
	RUN(grows_in_place);
	RUN(moves);
	RUN(moves_to_a_place);
	RUN(moves_huge_pages);
	RUN(moves_after_fork);
	RUN(shared_memory_moves_and_doubles);
	RUN(grows_by_steps);
	return guest_result();
}
