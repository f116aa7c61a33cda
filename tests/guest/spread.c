/* SPDX-License-Identifier: MIT */
/*
 * Work spreads over the harts: hogs that start on one hart soon have one each, and as many hogs as
 * harts have all of each. What is soon, in ms of the machine's time, is the argument: a machine
 * whose time stands still when its host is busy can be held to 100. Without it, 20 s.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "guest.h"

enum { MOST = 64, HOGS = 3, ROUNDS = 5, CROWDED_MS = 20, WINDOW_MS = 200, SHARE_PERCENT = 80 };

static long limit_ms = 20000;
static int harts;
static cpu_set_t all, first;
static pid_t hogs[MOST];

static volatile struct {
	bool open;	/* the hogs may run */
	int seat[MOST]; /* where each runs, as it sees it itself; -1 before */
} * shared;

static void hog(int self)
{
	if (sched_setaffinity(0, sizeof(first), &first))
		_exit(1);
	while (!shared->open)
		sleep_ms(5);
	for (;;)
		shared->seat[self] = sched_getcpu();
}

/* Hogs that crowd on hart 0, until they are released. */
static bool start_hogs(int count)
{
	shared->open = false;
	for (int i = 0; i < count; i++) {
		shared->seat[i] = -1;
		hogs[i] = fork();
		if (hogs[i] < 0)
			return false;
		if (hogs[i] == 0)
			hog(i);
	}
	shared->open = true;
	for (int i = 0; i < count; i++)
		while (shared->seat[i] < 0)
			sleep_ms(1);
	sleep_ms(CROWDED_MS);
	return true;
}

static bool release_hogs(int count)
{
	for (int i = 0; i < count; i++)
		if (sched_setaffinity(hogs[i], sizeof(all), &all))
			return false;
	return true;
}

static void end_hogs(int count)
{
	for (int i = 0; i < count; i++) {
		kill(hogs[i], SIGKILL);
		status_of(hogs[i]);
	}
}

static bool all_alone(int count)
{
	for (int i = 0; i < count; i++)
		for (int k = 0; k < i; k++)
			if (shared->seat[k] == shared->seat[i])
				return false;
	return true;
}

static void hogs_leave_a_crowded_hart(void)
{
	int count = harts < HOGS ? harts : HOGS;

	for (int round = 0; round < ROUNDS; round++) {
		bool good = start_hogs(count);
		long begin = now_ms(), took;

		good = good && release_hogs(count);
		while (good && !all_alone(count) && now_ms() - begin <= limit_ms)
			sleep_ms(1);
		took = now_ms() - begin;
		end_hogs(count);
		printf("note: %d hogs on %d harts: alone after %ld ms\n", count, harts, took);
		CHECK(good && took <= limit_ms);
	}
}

static long used_us(pid_t pid)
{
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		return -1;
	return used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* The least that any hog runs in a while, in percent of the while. */
static long least_share(int count)
{
	long before[MOST], least = 100, begin, window;

	for (int i = 0; i < count; i++)
		before[i] = used_us(hogs[i]);
	begin = now_ms();
	sleep_ms(WINDOW_MS);
	window = now_ms() - begin;
	for (int i = 0; i < count; i++) {
		long share = (used_us(hogs[i]) - before[i]) / (window * 10);

		if (share < least)
			least = share;
	}
	return least;
}

static void each_hog_has_a_hart(void)
{
	int count = harts < MOST ? harts : MOST;
	bool good = start_hogs(count) && release_hogs(count);
	long begin = now_ms(), share = 0;

	sleep_ms(limit_ms < 100 ? limit_ms : 100);
	do
		share = least_share(count);
	while (good && share < SHARE_PERCENT && now_ms() - begin <= limit_ms);
	end_hogs(count);
	printf("note: %d hogs on %d harts: each has %ld%% of one or more\n", count, harts, share);
	CHECK(good && share >= SHARE_PERCENT);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		limit_ms = atol(argv[1]);
	CPU_SET(0, &first);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || sched_getaffinity(0, sizeof(all), &all))
		return 1;
	harts = CPU_COUNT(&all);
	RUN(hogs_leave_a_crowded_hart);
	RUN(each_hog_has_a_hart);
	return guest_result();
}
