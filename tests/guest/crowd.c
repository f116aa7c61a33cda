/* SPDX-License-Identifier: MIT */
/*
 * Many at once: processes and threads by the thousand, all alive together, all gone afterwards, and
 * their memory back.
 */
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "guest.h"

enum {
	PROCESSES = 2000,
	THREADS = 3000,
	STACK = 1024,
	SLACK_KIB = 6 << 10, /* of free memory that caches may have kept */
	THREAD_FLAGS =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
};

static pid_t crowd[PROCESSES];

static void processes(void)
{
	int gate[2];
	char byte;

	CHECK(!pipe(gate));
	for (int i = 0; i < PROCESSES; i++) {
		crowd[i] = fork();
		if (!crowd[i]) {
			close(gate[1]);
			_exit(read(gate[0], &byte, 1) == 0 ? i % 100
							   : 111); /* until the gate is shut */
		}
		CHECK(crowd[i] > 0);
	}
	close(gate[1]);
	for (int i = 0; i < PROCESSES; i++) {
		int status = status_of(crowd[i]);

		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
	}
	close(gate[0]);
	CHECK(wait(NULL) < 0 && errno == ECHILD);
}

static volatile int gate_word, alive;

static int sleeper(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
	while (!gate_word)
		syscall(SYS_futex, &gate_word, FUTEX_WAIT, 0, NULL);
	__atomic_sub_fetch(&alive, 1, __ATOMIC_RELAXED);
	return 0;
}

static void threads(void)
{
	char *stacks = mmap(NULL, (size_t)THREADS * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	CHECK(stacks != MAP_FAILED);
	pid = fork();
	if (!pid) {
		for (int i = 0; i < THREADS; i++)
			CHILD_CHECK(clone(sleeper, stacks + (size_t)(i + 1) * STACK, THREAD_FLAGS,
					  NULL) > 0);
		while (alive < THREADS)
			sleep_ms(10);
		gate_word = 1;
		syscall(SYS_futex, &gate_word, FUTEX_WAKE, THREADS);
		while (alive > THREADS / 2)
			sleep_ms(1);
		_exit(0); /* and takes the rest along */
	}
	CHECK(ended_well(pid));
	munmap(stacks, (size_t)THREADS * STACK);
}

/* After the first round, which fills caches, further rounds take no more memory. */
static void nothing_is_lost(void)
{
	long before = meminfo("MemFree"), after;

	for (int round = 0; round < 3; round++) {
		processes();
		threads();
	}
	for (int i = 0; i < 100; i++) {
		after = meminfo("MemFree");
		if (before - after < SLACK_KIB)
			return;
		sleep_ms(50);
	}
	CHECK(before - after < SLACK_KIB);
}

int main(void)
{
	RUN(processes);
	RUN(threads);
	RUN(nothing_is_lost);
	return guest_result();
}
