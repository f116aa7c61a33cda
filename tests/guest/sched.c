/* SPDX-License-Identifier: MIT */
/* Sharing the harts: fairness, affinity, priorities, and spreading. */
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static int harts(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);
}

static void bind_to(int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(1);
}

/* A child that spins for a while of real time and then exits. */
static pid_t hog(int hart, int nice_value, long ms)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (hart >= 0)
			bind_to(hart);
		setpriority(PRIO_PROCESS, 0, nice_value);
		for (long end = now_ms() + ms; now_ms() < end;)
			;
		_exit(0);
	}
	return pid;
}

/* Run time that a child got, in ms, after it has ended; -1 if it did not end well. */
static long run_time(pid_t pid)
{
	struct rusage usage;
	int status;

	if (wait4(pid, &status, 0, &usage) != pid || status)
		return -1;
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void affinity(void)
{
	cpu_set_t all, one;
	int count = harts();

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	for (int hart = 0; hart < count; hart++) {
		CPU_ZERO(&one);
		CPU_SET(hart, &one);
		CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
		CHECK(sched_getcpu() == hart);
	}
	CPU_ZERO(&one);
	CHECK(sched_setaffinity(0, sizeof(one), &one) < 0 && errno == EINVAL);
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
}

static void equal_shares(void)
{
	pid_t first = hog(0, 0, 600), second = hog(0, 0, 600);
	long a = run_time(first), b = run_time(second);

	CHECK(a > 0 && b > 0);
	CHECK(a < b * 2 && b < a * 2);
}

static void nice_shares(void)
{
	pid_t favoured = hog(0, 0, 800), modest = hog(0, 10, 800);
	long a = run_time(favoured), b = run_time(modest);

	CHECK(a > 0 && b >= 0);
	CHECK(a > b * 2);
}

/* As many hogs as harts, all started on one hart: each gets a hart of its own. */
static void spread(void)
{
	int count = harts();
	pid_t pids[64];
	long least = 1000000, begin;

	if (count > 64)
		count = 64;
	begin = now_ms();
	for (int i = 0; i < count; i++)
		pids[i] = hog(-1, 0, 1500);
	for (int i = 0; i < count; i++) {
		long ms = run_time(pids[i]);

		CHECK(ms >= 0);
		if (ms < least)
			least = ms;
	}
	CHECK(now_ms() - begin < 6000);
	CHECK(least > 1500 / 2);
}

static void real_time_goes_first(void)
{
	struct sched_param parameter = { .sched_priority = 10 };
	pid_t modest, urgent;

	CHECK(sched_get_priority_max(SCHED_FIFO) == 99 && sched_get_priority_min(SCHED_RR) == 1);
	modest = hog(0, 0, 400);
	urgent = fork();
	CHECK(urgent >= 0);
	if (urgent == 0) {
		bind_to(0);
		CHILD_CHECK(sched_setscheduler(0, SCHED_FIFO, &parameter) == 0);
		CHILD_CHECK(sched_getscheduler(0) == SCHED_FIFO);
		long begin = now_ms(), worst = 0;
		for (long last = begin, now; (now = now_ms()) < begin + 200; last = now)
			if (now - last > worst)
				worst = now - last;
		CHILD_CHECK(worst < 100);
		_exit(0);
	}
	CHECK(ended_well(urgent) && run_time(modest) >= 0);
}

static void policies(void)
{
	struct sched_param parameter = { .sched_priority = 0 };

	CHECK(sched_getscheduler(0) == SCHED_OTHER);
	CHECK(sched_setscheduler(0, SCHED_BATCH, &parameter) == 0);
	CHECK(sched_getscheduler(0) == SCHED_BATCH);
	CHECK(sched_setscheduler(0, SCHED_IDLE, &parameter) == 0);
	CHECK(sched_setscheduler(0, SCHED_OTHER, &parameter) == 0);
	parameter.sched_priority = 1;
	CHECK(sched_setscheduler(0, SCHED_OTHER, &parameter) < 0 && errno == EINVAL);
	parameter.sched_priority = 100;
	CHECK(sched_setscheduler(0, SCHED_RR, &parameter) < 0 && errno == EINVAL);
	CHECK(sched_setscheduler(-1, SCHED_OTHER, &parameter) < 0 && errno == EINVAL);
}

static void yielding(void)
{
	pid_t pid = hog(0, 0, 200);

	for (int i = 0; i < 10000; i++)
		CHECK(sched_yield() == 0);
	CHECK(run_time(pid) >= 0);
}

int main(void)
{
	RUN(affinity);
	RUN(equal_shares);
	RUN(nice_shares);
	RUN(spread);
	RUN(real_time_goes_first);
	RUN(policies);
	RUN(yielding);
	return guest_result();
}
