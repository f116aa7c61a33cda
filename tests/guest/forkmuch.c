/* SPDX-License-Identifier: MIT */
/* fork(2) beside much memory: parent, children and grandchildren keep their own contents, whoever
 * reads, writes, maps or exits first, and the pages come back. */
#include "guest.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>

enum { PAGE = 4096, TABLE = 2 << 20 };
#define SIZE ((size_t)48 << 20)
#define PAGES (SIZE / PAGE)
#define RW (PROT_READ | PROT_WRITE)

static char *memory;

static uint64_t *word(size_t page)
{
	return (uint64_t *)(memory + page * PAGE + page % 500 * 8);
}

static void fill(uint64_t value)
{
	for (size_t i = 0; i < PAGES; i++)
		*word(i) = value + i;
}

static bool holds(uint64_t value)
{
	for (size_t i = 0; i < PAGES; i++)
		if (*word(i) != value + i)
			return false;
	return true;
}

static void setup(uint64_t value)
{
	memory = mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
	fill(value);
}

static void finish(void)
{
	CHECK(munmap(memory, SIZE) == 0);
}

/* A child and its parent write at many places, the child in every `step`-th page. */
static void write_here_and_there(size_t step)
{
	pid_t pid;

	setup(1000);
	pid = fork();
	if (!pid) {
		for (size_t i = 0; i < PAGES; i += step)
			*word(i) = i;
		for (size_t i = 0; i < PAGES; i++)
			CHILD_CHECK(*word(i) == (i % step ? 1000 + i : i));
		_exit(0);
	}
	for (size_t i = step / 2; i < PAGES; i += step)
		*word(i) = 7 + i;
	CHECK(ended_well(pid));
	for (size_t i = 0; i < PAGES; i++)
		CHECK(*word(i) == (i % step == step / 2 ? 7 + i : 1000 + i));
	fill(5);
	CHECK(holds(5));
	finish();
}

static void writes_at_many_places(void)
{
	static const size_t steps[] = { 1, 3, 64, 700, 5000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !guest_why; i++)
		write_here_and_there(steps[i]);
}

/* Memory that was not touched since a fork is written after the child's exit: by the parent, in
 * place; a child that is still there must not see it. */
static void some_children_stay(void)
{
	enum { CHILDREN = 6 };
	pid_t pids[CHILDREN];
	int go[2];
	char byte;

	setup(0);
	CHECK(pipe(go) == 0);
	for (int c = 0; c < CHILDREN; c++) {
		fill((uint64_t)c << 32);
		pids[c] = fork();
		if (!pids[c]) {
			if (c % 2)
				_exit(0);
			CHILD_CHECK(close(go[1]) == 0 && read(go[0], &byte, 1) == 0);
			CHILD_CHECK(holds((uint64_t)c << 32));
			fill(9);
			CHILD_CHECK(holds(9));
			_exit(0);
		}
		if (c % 2)
			CHECK(ended_well(pids[c]));
	}
	fill(77);
	close(go[0]);
	close(go[1]);
	for (int c = 0; c < CHILDREN; c += 2)
		CHECK(ended_well(pids[c]));
	CHECK(holds(77));
	finish();
}

/* All read, then write the same tables at once. */
static void readers_and_writers_at_once(void)
{
	enum { CHILDREN = 5 };
	pid_t pids[CHILDREN];

	for (int round = 0; round < 2; round++) {
		setup(4);
		for (int c = 0; c < CHILDREN; c++) {
			pids[c] = fork();
			if (!pids[c]) {
				CHILD_CHECK(holds(4));
				for (size_t i = c; i < PAGES; i += 37)
					*word(i) += c;
				for (size_t i = c; i < PAGES; i += 37)
					CHILD_CHECK(*word(i) == 4 + i + c);
				_exit(0);
			}
		}
		for (size_t i = 0; i < PAGES; i += 5)
			*word(i) = i;
		for (int c = 0; c < CHILDREN; c++)
			CHECK(ended_well(pids[c]));
		for (size_t i = 0; i < PAGES; i++)
			CHECK(*word(i) == (i % 5 ? 4 + i : i));
		finish();
	}
}

/* Generations: each reads all, writes a part, and is the next one's parent. */
static void descend(int depth)
{
	pid_t pid;

	for (size_t i = depth; i < PAGES; i += 6)
		*word(i) = 1;
	pid = depth ? fork() : -1;
	if (!pid) {
		descend(depth - 1);
		_exit(0);
	}
	CHILD_CHECK(!depth || ended_well(pid));
	for (size_t i = 0; i < PAGES; i++)
		CHILD_CHECK(*word(i) == (i % 6 >= (size_t)depth ? 1 : 50 + i));
}

static void generations(void)
{
	pid_t pid;

	setup(50);
	pid = fork();
	if (!pid) {
		descend(5);
		_exit(0);
	}
	CHECK(ended_well(pid) && holds(50));
	finish();
}

/* The kernel's own writes. */
static void kernel_writes(void)
{
	uint64_t value = 123;
	int pipes[2], go[2];
	struct iovec local = { &value, 8 }, remote;
	char byte;
	pid_t pid;

	setup(10);
	CHECK(pipe(pipes) == 0 && pipe(go) == 0);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(close(go[1]) == 0 && read(go[0], &byte, 1) == 0);
		for (size_t i = 0; i < PAGES; i++)
			CHILD_CHECK(*word(i) == (i % 600 ? 10 + i : 123));
		_exit(0);
	}
	for (size_t i = 0; i < PAGES; i += 600) {
		remote = (struct iovec){ word(i), 8 };
		CHECK(process_vm_writev(pid, &local, 1, &remote, 1, 0) == 8);
		CHECK(*word(i) == 10 + i);
	}
	for (size_t i = 100; i < PAGES; i += 600) {
		CHECK(write(pipes[1], &value, 8) == 8 && read(pipes[0], word(i), 8) == 8);
		CHECK(*word(i) == 123);
	}
	close(go[0]);
	close(go[1]);
	CHECK(ended_well(pid));
	for (size_t i = 0; i < PAGES; i++)
		CHECK(*word(i) == (i % 600 == 100 ? 123 : 10 + i));
	close(pipes[0]);
	close(pipes[1]);
	finish();
}

/* Calls that change part of what fork left alone, in child and parent. */
static void change_mappings(uint64_t value)
{
	char *moved;

	CHILD_CHECK(mprotect(memory + 3 * TABLE / 2, 4 * TABLE, PROT_READ) == 0);
	CHILD_CHECK(munmap(memory + 8 * TABLE + 5 * PAGE, TABLE) == 0);
	CHILD_CHECK(madvise(memory + 11 * TABLE + 9 * PAGE, TABLE, MADV_DONTNEED) == 0);
	CHILD_CHECK(memory[12 * TABLE] == 0);
	moved = mremap(memory + 14 * TABLE, 2 * TABLE, 2 * TABLE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       memory + 18 * TABLE);
	CHILD_CHECK(moved == memory + 18 * TABLE);
	moved = mremap(memory + 20 * TABLE, TABLE / 2, TABLE / 2, MREMAP_MAYMOVE | MREMAP_FIXED,
		       memory + 15 * TABLE + 7 * PAGE);
	CHILD_CHECK(moved == memory + 15 * TABLE + 7 * PAGE);
	CHILD_CHECK(mprotect(memory + 3 * TABLE / 2, 4 * TABLE, RW) == 0);
	for (size_t i = 0; i < 6 * TABLE / PAGE; i++) {
		CHILD_CHECK(*word(i) == value + i);
		*word(i) = i;
	}
	for (size_t i = 0; i < 2 * TABLE / PAGE; i++) {
		size_t from = 14 * TABLE / PAGE + i;

		CHILD_CHECK(*(uint64_t *)(memory + 18 * TABLE + i * PAGE + from % 500 * 8) ==
			    value + from);
	}
}

static void mappings_change_after_fork(void)
{
	pid_t pids[2];

	setup(600);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			change_mappings(600);
			_exit(0);
		}
	}
	CHECK(ended_well(pids[0]) && ended_well(pids[1]));
	CHECK(holds(600));
	change_mappings(600);
	CHECK(munmap(memory, SIZE) == 0);
}

/* --- threads write while one forks --- */

enum { WRITERS = 3, STRIDE = 97 };

static volatile bool stop;

/* Counts in every STRIDE-th page, one after the other. */
static void *writer(void *argument)
{
	size_t first = (size_t)argument;

	for (uint64_t count = 1; !stop; count++)
		for (size_t i = first; i < PAGES; i += STRIDE)
			*word(i) = count;
	return NULL;
}

/* In the child nobody writes: a count never grows again, and is one of two along the memory. */
static void check_counts(size_t first)
{
	uint64_t count = *word(first);

	for (size_t i = first; i < PAGES; i += STRIDE)
		CHILD_CHECK(*word(i) == count || *word(i) + 1 == count);
	sleep_ms(1);
	CHILD_CHECK(*word(first) == count);
}

static void fork_and_look(void)
{
	pid_t pid = fork();

	if (!pid) {
		for (size_t t = 0; t < WRITERS; t++)
			check_counts(t);
		for (size_t i = 50; i < PAGES; i += STRIDE)
			CHILD_CHECK(*word(i) == i);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

static void threads_write_meanwhile(void)
{
	pthread_t threads[WRITERS];

	setup(0);
	stop = false;
	for (size_t t = 0; t < WRITERS; t++) {
		for (size_t i = t; i < PAGES; i += STRIDE)
			*word(i) = 0;
		CHECK(pthread_create(&threads[t], NULL, writer, (void *)t) == 0);
	}
	for (int round = 0; round < 20 && !guest_why; round++)
		fork_and_look();
	stop = true;
	for (size_t t = 0; t < WRITERS; t++)
		pthread_join(threads[t], NULL);
	munmap(memory, SIZE);
}

/* --- counts --- */

enum { SLACK = 512 }; /* pages: Linux's count is inexact */

static long resident_pages(void)
{
	long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = -1;
	if (file)
		fclose(file);
	return resident;
}

/* The counts are the same after each round, in the child and in the parent. */
static void pages_come_back(void)
{
	long before = 0, resident, after;

	setup(1);
	resident = resident_pages();
	for (int round = 0; round < 6; round++) {
		pid_t pid = fork();

		if (!pid) {
			for (size_t i = 0; i < PAGES; i += 1 + round)
				*word(i) = 2;
			CHILD_CHECK(resident_pages() > resident - SLACK);
			CHILD_CHECK(munmap(memory, SIZE - 4 * TABLE - PAGE) == 0);
			CHILD_CHECK(resident_pages() < 3000);
			_exit(0);
		}
		CHECK(ended_well(pid));
		CHECK(labs(resident_pages() - resident) < SLACK);
		fill(round);
		if (round == 1)
			before = meminfo("MemFree");
	}
	after = meminfo("MemFree");
	CHECK(after > before - 8192);
	finish();
	CHECK(resident_pages() < resident - (long)PAGES + SLACK);
}

int main(void)
{
	RUN(writes_at_many_places);
	RUN(some_children_stay);
	RUN(readers_and_writers_at_once);
	RUN(generations);
	RUN(kernel_writes);
	RUN(mappings_change_after_fork);
	RUN(threads_write_meanwhile);
	RUN(pages_come_back);
	return guest_result();
}
