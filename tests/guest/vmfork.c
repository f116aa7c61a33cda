/* SPDX-License-Identifier: MIT */
/* fork(2) and address spaces: what madvise keeps from the child, deep and wide trees, races of
 * fork with other calls, cost. */
#include "guest.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

#define RW (PROT_READ | PROT_WRITE)

static char *map(size_t size, int flags)
{
	return mmap(NULL, size, RW, flags | MAP_ANONYMOUS, -1, 0);
}

static bool is_mapped(char *page)
{
	unsigned char vector;

	return mincore(page, PAGE, &vector) == 0;
}

static void advice_for_fork(void)
{
	char *memory = map(6 * PAGE, MAP_PRIVATE);
	pid_t pid;

	memset(memory, 5, 6 * PAGE);
	CHECK(madvise(memory + PAGE, PAGE, MADV_DONTFORK) == 0);
	CHECK(madvise(memory + 3 * PAGE, PAGE, MADV_WIPEONFORK) == 0);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(memory[0] == 5 && !is_mapped(memory + PAGE) && memory[2 * PAGE] == 5);
		CHILD_CHECK(memory[3 * PAGE] == 0 && memory[4 * PAGE] == 5);
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(memory[PAGE] == 5 && memory[3 * PAGE] == 5);
	CHECK(madvise(memory + PAGE, PAGE, MADV_DOFORK) == 0);
	CHECK(madvise(memory + 3 * PAGE, PAGE, MADV_KEEPONFORK) == 0);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(memory[PAGE] == 5 && memory[3 * PAGE] == 5);
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(munmap(memory, 6 * PAGE) == 0);
}

static void a_space_only_for_itself(void)
{
	size_t size = 16 << 20;
	char *memory = map(size, MAP_PRIVATE);
	pid_t pid;

	memset(memory, 1, size);
	CHECK(madvise(memory, size, MADV_DONTFORK) == 0);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(!is_mapped(memory) && !is_mapped(memory + size - PAGE));
		_exit(0);
	}
	CHECK(ended_well(pid) && memory[size - 1] == 1);
	CHECK(munmap(memory, size) == 0);
}

static void many_children_at_once(void)
{
	enum { CHILDREN = 40, PAGES = 256 };
	char *memory = map(PAGES * PAGE, MAP_PRIVATE);
	pid_t pids[CHILDREN];

	for (int i = 0; i < PAGES; i++)
		memory[i * PAGE] = 1;
	for (int c = 0; c < CHILDREN; c++) {
		pids[c] = fork();
		CHECK(pids[c] >= 0);
		if (!pids[c]) {
			for (int i = 0; i < PAGES; i++)
				memory[i * PAGE] = (char)(c + 2);
			sleep_ms(1);
			for (int i = 0; i < PAGES; i++)
				CHILD_CHECK(memory[i * PAGE] == (char)(c + 2));
			_exit(0);
		}
		memory[c * PAGE] = 100;
	}
	for (int c = 0; c < CHILDREN; c++)
		CHECK(ended_well(pids[c]));
	for (int i = 0; i < PAGES; i++)
		CHECK(memory[i * PAGE] == (i < CHILDREN ? 100 : 1));
	CHECK(munmap(memory, PAGES * PAGE) == 0);
}

/* A chain of forks without writes between shares one set of tables; each end of the chain goes
 * first once. */
static void chains(void)
{
	char *memory = map(64 * PAGE, MAP_PRIVATE);
	pid_t first;

	memset(memory, 8, 64 * PAGE);
	first = fork();
	if (!first) {
		for (int depth = 0; depth < 20; depth++) {
			pid_t pid = fork();

			if (pid) {
				bool well = depth % 2 ? ended_well(pid) : true;

				CHILD_CHECK(memory[63 * PAGE] == 8 && well);
				_exit(0);
			}
		}
		memset(memory, 0, 64 * PAGE);
		_exit(0);
	}
	CHECK(ended_well(first) && memory[0] == 8);
	CHECK(munmap(memory, 64 * PAGE) == 0);
}

static volatile bool stop;

static void *mapper(void *argument)
{
	(void)argument;
	while (!stop) {
		char *memory = map(32 * PAGE, MAP_PRIVATE);

		memory[7 * PAGE] = 1;
		mprotect(memory, 16 * PAGE, PROT_READ);
		munmap(memory + 4 * PAGE, 8 * PAGE);
		munmap(memory, 32 * PAGE);
	}
	return NULL;
}

static void fork_while_others_map(void)
{
	pthread_t threads[3];

	stop = false;
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, mapper, NULL) == 0);
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		CHECK(ended_well(pid));
	}
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static void truncation_reaches_the_children(void)
{
	char name[] = "/tmp/vmforkXXXXXX";
	int fd = mkstemp(name), ready[2], go[2];
	char *memory, byte;
	pid_t pid;

	CHECK(fd >= 0 && unlink(name) == 0 && ftruncate(fd, 8 * PAGE) == 0);
	CHECK(pipe(ready) == 0 && pipe(go) == 0);
	memory = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
	memset(memory, 4, 8 * PAGE);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(memory[7 * PAGE] == 4);
		CHILD_CHECK(write(ready[1], "r", 1) == 1 && read(go[0], &byte, 1) == 1);
		CHILD_CHECK(memory[0] == 4 && memory[7 * PAGE] == 0);
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(ftruncate(fd, PAGE) == 0 && ftruncate(fd, 8 * PAGE) == 0);
	CHECK(write(go[1], "x", 1) == 1 && ended_well(pid));
	CHECK(munmap(memory, 8 * PAGE) == 0 && close(fd) == 0);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(go[i]);
	}
}

/* Time of some forks of a process that has that much memory in small pages. */
static long fork_time(size_t size)
{
	char *memory = map(size, MAP_PRIVATE);
	long start;

	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += PAGE)
		memory[at] = 1;
	start = now_ms();
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		status_of(pid);
	}
	start = now_ms() - start;
	munmap(memory, size);
	return start;
}

/* No judgement here (Linux is slow at it): the figure for the log. */
static void fork_of_much_memory(void)
{
	long small = fork_time(PAGE), large = fork_time(64 << 20);

	printf("30 forks: %ld ms with little memory, %ld ms with 64 MiB\n", small, large);
	CHECK(small >= 0 && large >= 0);
}

int main(void)
{
	RUN(advice_for_fork);
	RUN(a_space_only_for_itself);
	RUN(many_children_at_once);
	RUN(chains);
	RUN(fork_while_others_map);
	RUN(truncation_reaches_the_children);
	RUN(fork_of_much_memory);
	return guest_result();
}
