/* SPDX-License-Identifier: MIT */
/*
 * Threads by the ten thousand, as many as memory is meant to hold (100,000 in 4 GiB; a quarter of
 * that in less, for the sake of time): all alive together, all joined, and nothing lost. Notes what
 * a sleeping thread costs the kernel.
 */
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "leaks.h"

enum {
	KIB_PER_THREAD = 40,
	MOST = 100000,
	STACK = 1024,
	FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
};

static int count;
static volatile int gate, arrived;
static int ids[MOST]; /* of the threads alive: the kernel stores and clears them */
static char *stacks;

static void futex_wait(volatile int *word, int value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL);
}

static int sleeper(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&arrived, 1, __ATOMIC_RELAXED);
	while (!gate)
		futex_wait(&gate, 0);
	return 0;
}

static void join(volatile int *id)
{
	int value;

	while ((value = *id))
		futex_wait(id, value);
}

static void start_all(void)
{
	gate = arrived = 0;
	for (int i = 0; i < count; i++)
		CHECK(clone(sleeper, stacks + (size_t)(i + 1) * STACK, FLAGS, NULL, &ids[i], NULL,
			    &ids[i]) > 0);
	while (arrived < count)
		sleep_ms(10);
}

static int threads_alive(void)
{
	char line[128];
	int alive = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Threads: %d", &alive) == 1)
			break;
	if (file)
		fclose(file);
	return alive;
}

/* A thread whose id is cleared has left the address space, but not yet the system. */
static void join_all(void)
{
	gate = 1;
	syscall(SYS_futex, &gate, FUTEX_WAKE, count);
	for (int i = 0; i < count; i++)
		join(&ids[i]);
	while (threads_alive() > 1)
		sleep_ms(10);
}

static void live_and_die(void)
{
	start_all();
	join_all();
}

/* What is lost goes in each round; a cache that fills does not in all of them. */
static void nothing_is_lost(void)
{
	static struct memory_use before, alive, after;

	look_at_memory(&after);
	for (int round = 0; round < LEAKS_ROUNDS; round++) {
		before = after;
		start_all();
		look_at_memory(&alive);
		join_all();
		look_at_memory(&after);
		printf("note: %ld bytes of memory per thread\n",
		       (after.free_kib - alive.free_kib) * 1024 / count);
		if (guest_why || nothing_grew(&before, &after, count / 2, count / 4))
			return;
	}
	CHECK(!"memory is lost in each round");
}

int main(void)
{
	size_t size;

	count = (int)(meminfo("MemTotal") / KIB_PER_THREAD);
	count = count < MOST * 3 / 4 ? count / 4 : MOST;
	size = (size_t)count * STACK;
	stacks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stacks == MAP_FAILED)
		return 1;
	memset(stacks, 1, size);
	if (!allow_tasks(count))
		printf("note: the limits of the system could not be raised\n");
	printf("note: %d threads\n", count);
	RUN(live_and_die);
	RUN(nothing_is_lost);
	return guest_result();
}
