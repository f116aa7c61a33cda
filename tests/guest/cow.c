/* SPDX-License-Identifier: MIT */
/* Copy on write: what one process writes no other sees, over forks, grandchildren and threads;
 * shared memory is seen by all. */
#include "guest.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 1200, HUGE = 2 << 20 };

#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t size, int flags)
{
	char *memory = mmap(NULL, size, RW, flags | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static char *small_pages(void)
{
	char *memory = map(PAGES * PAGE, MAP_PRIVATE);

	if (memory)
		madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE);
	return memory;
}

static void fill(char *memory, size_t pages, uint32_t value)
{
	for (size_t i = 0; i < pages; i++)
		*(uint32_t *)(memory + i * PAGE) = value + (uint32_t)i;
}

static bool holds(const char *memory, size_t pages, uint32_t value)
{
	for (size_t i = 0; i < pages; i++)
		if (*(const uint32_t *)(memory + i * PAGE) != value + (uint32_t)i)
			return false;
	return true;
}

static void child_writes(void)
{
	char *memory = small_pages();
	pid_t pid;

	fill(memory, PAGES, 100);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(holds(memory, PAGES, 100));
		fill(memory, PAGES, 5000);
		CHILD_CHECK(holds(memory, PAGES, 5000));
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(holds(memory, PAGES, 100));
	munmap(memory, PAGES * PAGE);
}

static void parent_writes(void)
{
	char *memory = small_pages();
	int go[2];
	char byte;
	pid_t pid;

	fill(memory, PAGES, 100);
	CHECK(pipe(go) == 0);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(read(go[0], &byte, 1) == 1);
		CHILD_CHECK(holds(memory, PAGES, 100));
		_exit(0);
	}
	fill(memory, PAGES, 9000);
	CHECK(write(go[1], "x", 1) == 1);
	CHECK(ended_well(pid));
	CHECK(holds(memory, PAGES, 9000));
	close(go[0]);
	close(go[1]);
	munmap(memory, PAGES * PAGE);
}

/* Each generation writes a third of the pages and forks. */
static void generation(char *memory, uint32_t depth)
{
	uint32_t value = 1000 * depth;
	pid_t pid;

	if (!depth)
		return;
	for (size_t i = depth % 3; i < PAGES; i += 3)
		*(uint32_t *)(memory + i * PAGE) = value + (uint32_t)i;
	pid = fork();
	if (!pid) {
		generation(memory, depth - 1);
		_exit(0);
	}
	CHILD_CHECK(ended_well(pid));
	for (size_t i = depth % 3; i < PAGES; i += 3)
		CHILD_CHECK(*(uint32_t *)(memory + i * PAGE) == value + i);
}

static void grandchildren(void)
{
	char *memory = small_pages();
	pid_t pid;

	fill(memory, PAGES, 7);
	pid = fork();
	if (!pid) {
		generation(memory, 12);
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(holds(memory, PAGES, 7));
	munmap(memory, PAGES * PAGE);
}

static void orphans_keep_their_pages(void)
{
	char *memory = small_pages();
	int done[2];
	char byte = 0;
	pid_t pid;

	fill(memory, PAGES, 3);
	CHECK(pipe(done) == 0);
	pid = fork();
	if (!pid) {
		fill(memory, PAGES, 30);
		if (!fork()) {
			sleep_ms(50);
			CHILD_CHECK(holds(memory, PAGES, 30));
			CHILD_CHECK(write(done[1], "y", 1) == 1);
		}
		_exit(0);
	}
	CHECK(ended_well(pid));
	close(done[1]);
	fill(memory, PAGES, 4);
	CHECK(read(done[0], &byte, 1) == 1 && byte == 'y');
	CHECK(holds(memory, PAGES, 4));
	close(done[0]);
	munmap(memory, PAGES * PAGE);
}

static void huge_pages(void)
{
	size_t size = 6 * HUGE, pages = size / PAGE;
	char *memory = map(size, MAP_PRIVATE);
	pid_t pid;

	fill(memory, pages, 100);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(holds(memory, pages, 100));
		for (size_t i = 0; i < pages; i += 37)
			*(uint32_t *)(memory + i * PAGE) = 0;
		CHILD_CHECK(munmap(memory + HUGE / 2, HUGE) == 0);
		_exit(0);
	}
	for (size_t i = 5; i < pages; i += 37)
		*(uint32_t *)(memory + i * PAGE) = (uint32_t)i + 100;
	CHECK(ended_well(pid));
	CHECK(holds(memory, pages, 100));
	fill(memory, pages, 200);
	CHECK(holds(memory, pages, 200));
	munmap(memory, size);
}

static void shared_memory_is_shared(void)
{
	char *memory = map(PAGES * PAGE, MAP_SHARED);
	pid_t pid;

	fill(memory, PAGES / 2, 1);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(holds(memory, PAGES / 2, 1));
		fill(memory, PAGES, 600);
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(holds(memory, PAGES, 600));
	munmap(memory, PAGES * PAGE);
}

/* The page of zeros must never be written, however it came to be mapped. */
static void zeros_stay_zeros(void)
{
	char *memory = small_pages(), *other = small_pages();
	pid_t pid;

	CHECK(memory[0] == 0 && other[0] == 0);
	pid = fork();
	if (!pid) {
		for (int i = 0; i < PAGES; i++)
			memory[i * PAGE]++;
		CHILD_CHECK(other[0] == 0);
		_exit(0);
	}
	CHECK(ended_well(pid));
	other[0] = 1;
	CHECK(memory[0] == 0 && memory[PAGE] == 0);
	munmap(memory, PAGES * PAGE);
	munmap(other, PAGES * PAGE);
}

static void system_calls_break_cow_too(void)
{
	char *memory = small_pages();
	int pipes[2];
	pid_t pid;

	fill(memory, PAGES, 100);
	CHECK(pipe(pipes) == 0);
	CHECK(write(pipes[1], "data", 4) == 4);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(read(pipes[0], memory + 3 * PAGE, 4) == 4);
		CHILD_CHECK(!memcmp(memory + 3 * PAGE, "data", 4));
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(holds(memory, PAGES, 100));
	close(pipes[0]);
	close(pipes[1]);
	munmap(memory, PAGES * PAGE);
}

static void protection_is_each_ones_own(void)
{
	char *memory = small_pages();
	pid_t pid;

	fill(memory, PAGES, 100);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(mprotect(memory, PAGES * PAGE, PROT_READ) == 0);
		CHILD_CHECK(mprotect(memory + 8 * PAGE, 4 * PAGE, RW) == 0);
		memory[9 * PAGE] = 1;
		CHILD_CHECK(munmap(memory + 100 * PAGE, 100 * PAGE) == 0);
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(holds(memory, PAGES, 100));
	fill(memory, PAGES, 1);
	CHECK(holds(memory, PAGES, 1));
	munmap(memory, PAGES * PAGE);
}

/* --- threads write while another one forks --- */

enum { WRITERS = 3, FORKS = 30, AREA = 64 };

static char *area;
static volatile bool stop;

static void *writer(void *argument)
{
	uintptr_t number = (uintptr_t)argument;
	volatile uint64_t *word = (uint64_t *)(area + number * AREA * PAGE);

	/* All words of a thread's area hold the same count, but for the step that is being made. */
	for (uint64_t count = 1; !stop; count++)
		for (size_t i = 0; i < AREA; i++)
			word[i * PAGE / 8] = count;
	return NULL;
}

/* In the child nobody writes: a count never grows again, and is one of two along the area. */
static void check_area(void)
{
	for (size_t t = 0; t < WRITERS; t++) {
		const uint64_t *word = (uint64_t *)(area + t * AREA * PAGE);
		uint64_t first = word[0];

		for (size_t i = 0; i < AREA; i++)
			CHILD_CHECK(word[i * PAGE / 8] == first || word[i * PAGE / 8] + 1 == first);
		sleep_ms(1);
		CHILD_CHECK(word[0] == first);
	}
}

static void threads_write_while_one_forks(void)
{
	pthread_t threads[WRITERS];

	area = map(WRITERS * AREA * PAGE, MAP_PRIVATE);
	stop = false;
	for (uintptr_t t = 0; t < WRITERS; t++)
		CHECK(pthread_create(&threads[t], NULL, writer, (void *)t) == 0);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (!pid) {
			check_area();
			_exit(0);
		}
		if (!ended_well(pid)) {
			stop = true;
			CHECK(!"the child saw a write of the parent");
		}
	}
	stop = true;
	for (int t = 0; t < WRITERS; t++)
		pthread_join(threads[t], NULL);
	munmap(area, WRITERS * AREA * PAGE);
}

/* Memory comes back: many rounds would not fit otherwise. */
static void nothing_leaks(void)
{
	size_t size = 32 << 20;
	char *memory = map(size, MAP_PRIVATE);
	long before = 0, after;

	madvise(memory, size, MADV_NOHUGEPAGE);
	fill(memory, size / PAGE, 1);
	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (!pid) {
			fill(memory, size / PAGE, 2);
			_exit(0);
		}
		CHECK(ended_well(pid));
		if (round == 2)
			before = meminfo("MemFree");
	}
	after = meminfo("MemFree");
	CHECK(before > 0 && after > before - 8192);
	CHECK(holds(memory, size / PAGE, 1));
	munmap(memory, size);
}

int main(void)
{
	RUN(child_writes);
	RUN(parent_writes);
	RUN(grandchildren);
	RUN(orphans_keep_their_pages);
	RUN(huge_pages);
	RUN(shared_memory_is_shared);
	RUN(zeros_stay_zeros);
	RUN(system_calls_break_cow_too);
	RUN(protection_is_each_ones_own);
	RUN(threads_write_while_one_forks);
	RUN(nothing_leaks);
	return guest_result();
}
