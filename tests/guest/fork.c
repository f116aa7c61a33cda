/* SPDX-License-Identifier: MIT */
/* Fork trees, exit statuses, and that memory is copied, not shared. */
#include "guest.h"

#include <sys/mman.h>

/* Forks a binary tree; the exit status of each node is the number of nodes below and it. */
static int tree(int depth)
{
	int nodes = 1;

	if (depth == 0)
		return nodes;
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			_exit(255);
		if (pid == 0)
			_exit(tree(depth - 1));
		nodes += WEXITSTATUS(status_of(pid));
	}
	return nodes;
}

static void binary_tree(void)
{
	CHECK(tree(6) == 127);
}

static void statuses(void)
{
	for (int i = 0; i < 256; i += 15) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(i);
		int status = status_of(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i);
	}
}

static void many_children(void)
{
	enum { CHILDREN = 100 };
	pid_t pids[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			sleep_ms(20);
			_exit(i);
		}
	}
	for (int i = CHILDREN - 1; i >= 0; i--)
		CHECK(WEXITSTATUS(status_of(pids[i])) == i);
	CHECK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
}

static void memory_is_private(void)
{
	static int value = 1;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(value == 1);
		value = 2;
		sleep_ms(50);
		CHILD_CHECK(value == 2);
		_exit(0);
	}
	value = 3;
	CHECK(ended_well(pid));
	CHECK(value == 3);
}

/* Both halves of a pair write each page; a third generation still sees the first's. */
static void three_generations(void)
{
	enum { PAGES = 64, SIZE = PAGES * 4096 };
	unsigned char *memory =
		mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	for (int i = 0; i < PAGES; i++)
		memory[i * 4096] = i;
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		pid_t grandchild = fork();

		CHILD_CHECK(grandchild >= 0);
		for (int i = 0; i < PAGES; i++)
			CHILD_CHECK(memory[i * 4096] == i);
		for (int i = 0; i < PAGES; i++)
			memory[i * 4096] += grandchild ? 100 : 200;
		if (grandchild == 0)
			_exit(memory[4096] == 201 ? 0 : 1);
		CHILD_CHECK(memory[4096] == 101);
		_exit(ended_well(grandchild) ? 0 : 1);
	}
	for (int i = 0; i < PAGES; i++)
		memory[i * 4096] += 50;
	CHECK(ended_well(pid));
	CHECK(memory[4096] == 51 && memory[63 * 4096] == 113);
	munmap(memory, SIZE);
}

/* A forked child takes next to no memory until it writes. */
static void copies_are_late(void)
{
	enum { MIB = 1 << 20, SIZE = 32 * MIB };
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int go[2], done[2];
	char token = 0;

	CHECK(memory != MAP_FAILED && !pipe(go) && !pipe(done));
	madvise(memory, SIZE, MADV_NOHUGEPAGE);
	memset(memory, 1, SIZE);
	long before = meminfo("MemFree");
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(read(go[0], &token, 1) == 1);
		memset(memory, 2, SIZE);
		CHILD_CHECK(write(done[1], &token, 1) == 1);
		CHILD_CHECK(read(go[0], &token, 1) == 1);
		_exit(0);
	}
	long forked = meminfo("MemFree");
	CHECK(write(go[1], &token, 1) == 1 && read(done[0], &token, 1) == 1);
	long written = meminfo("MemFree");
	CHECK(write(go[1], &token, 1) == 1);
	CHECK(ended_well(pid));
	CHECK(before - forked < 8 * 1024);
	CHECK(forked - written > 16 * 1024);
	CHECK(memory[0] == 1 && memory[SIZE - 1] == 1);
	munmap(memory, SIZE);
}

static void vfork_shares(void)
{
	static volatile int value = 1;
	pid_t pid = vfork();

	if (pid == 0) {
		value = 2;
		_exit(3);
	}
	CHECK(pid > 0 && value == 2);
	CHECK(WEXITSTATUS(status_of(pid)) == 3);
}

int main(void)
{
	RUN(binary_tree);
	RUN(statuses);
	RUN(many_children);
	RUN(memory_is_private);
	RUN(three_generations);
	RUN(copies_are_late);
	RUN(vfork_shares);
	return guest_result();
}
