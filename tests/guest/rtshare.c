/* SPDX-License-Identifier: MIT */
/* Who has which hart while real-time and deadline tasks want them all: nobody is left without. */
#include "guest.h"
#include "schedattr.h"

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { MOST_HARTS = 16, MS = 1000000, LOW = 10, HIGH = 99 };

static int harts;

static bool bind_to(pid_t pid, int hart)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hart, &set);
	return sched_setaffinity(pid, sizeof(set), &set) == 0;
}

static bool make_fifo(pid_t pid, int priority)
{
	struct sched_param parameter = { .sched_priority = priority };

	return sched_setscheduler(pid, SCHED_FIFO, &parameter) == 0;
}

static bool make_deadline(pid_t pid, uint64_t runtime, uint64_t period)
{
	return set_deadline(pid, runtime, period, period, 0) == 0;
}

/* A child that spins; what it is else, its parent sets, as it might not run yet. */
static pid_t spinner(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			;
	return pid;
}

/* Of that priority (0: none), on one hart (-1: any). -1: failed. */
static pid_t hog(int priority, int hart)
{
	pid_t pid = spinner();

	if ((hart >= 0 && !bind_to(pid, hart)) || (priority && !make_fifo(pid, priority)))
		return -1;
	return pid;
}

static pid_t deadline_hog(void)
{
	pid_t pid = spinner();

	return make_deadline(pid, 85 * MS, 100 * MS) ? pid : -1;
}

/* Ends a child; the run time that it had, in ms, or -1. */
static long end(pid_t pid)
{
	struct rusage usage;
	int status;

	if (pid <= 0 || kill(pid, SIGKILL) || wait4(pid, &status, 0, &usage) != pid ||
	    !WIFSIGNALED(status))
		return -1;
	return usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 +
	       usage.ru_stime.tv_sec * 1000 + usage.ru_stime.tv_usec / 1000;
}

static void stop_all(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGSTOP);
}

/* On each hart a real-time task that never sleeps, and deadline tasks that want most: an
 * ordinary task has a twentieth all the same. */
static void ordinary_tasks_have_a_twentieth(void)
{
	pid_t pids[3 * MOST_HARTS];

	for (int i = 0; i < harts; i++)
		pids[i] = hog(0, i);
	for (int i = 0; i < harts; i++)
		pids[harts + i] = hog(LOW, i);
	for (int i = 0; i < harts; i++)
		pids[2 * harts + i] = deadline_hog();
	sleep_ms(4000);
	stop_all(pids, 3 * harts);
	for (int i = 0; i < harts; i++) {
		long ran = end(pids[i]);

		CHECK(ran >= 80 && end(pids[harts + i]) >= 0 && end(pids[2 * harts + i]) >= 0);
	}
}

/* A real-time task that never sleeps has one hart; ordinary ones share the others evenly. */
static void ordinary_tasks_leave_that_hart(void)
{
	int count = 2 * harts;
	long least = 1000000, all = 0;
	pid_t pids[2 * MOST_HARTS] = { 0 }, greedy;

	if (harts == 1)
		return;
	greedy = hog(LOW, 0);
	for (int i = 0; i < count; i++)
		pids[i] = hog(0, -1);
	sleep_ms(3000);
	stop_all(pids, count);
	CHECK(end(greedy) > 0);
	for (int i = 0; i < count; i++) {
		long ran = end(pids[i]);

		CHECK(ran >= 0);
		all += ran;
		least = ran < least ? ran : least;
	}
	CHECK(least * count * 3 > all);
}

/* As many real-time tasks as harts: each has one, however many ordinary ones there are. */
static void urgent_tasks_spread(void)
{
	pid_t ordinary[4 * MOST_HARTS], urgent[MOST_HARTS];
	long most = 0;

	for (int i = 0; i < 4 * harts; i++)
		ordinary[i] = hog(0, -1);
	for (int i = 0; i < harts; i++)
		urgent[i] = hog(LOW, -1);
	sleep_ms(2000);
	stop_all(urgent, harts);
	for (int i = 0; i < 4 * harts; i++)
		CHECK(end(ordinary[i]) >= 0);
	for (int i = 0; i < harts; i++) {
		long ran = end(urgent[i]);

		CHECK(ran > 0);
		most = ran > most ? ran : most;
		CHECK(ran * 2 > most);
	}
}

/* The most urgent task can be moved off its hart while it runs, and makes this one go elsewhere. */
static void most_urgent_task_can_be_moved(void)
{
	pid_t pid;

	if (harts == 1)
		return;
	pid = hog(HIGH, 0);
	CHECK(pid > 0);
	sleep_ms(50);
	for (int i = 0; i < 20; i++)
		CHECK(bind_to(pid, 1 - i % 2));
	CHECK(end(pid) > 0);
}

int main(void)
{
	struct sched_param parameter = { .sched_priority = HIGH - 1 };
	cpu_set_t set;

	harts = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	if (harts > MOST_HARTS)
		harts = MOST_HARTS;
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameter))
		return 1;
	RUN(ordinary_tasks_have_a_twentieth);
	RUN(ordinary_tasks_leave_that_hart);
	RUN(urgent_tasks_spread);
	RUN(most_urgent_task_can_be_moved);
	return guest_result();
}
