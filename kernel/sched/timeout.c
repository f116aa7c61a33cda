/* SPDX-License-Identifier: MIT */
/*
 * Sleeping with a limit: a timer on the sleeper's stack wakes it, unless somebody else did before.
 *
 * timer_cancel() waits for the timer's function if that runs on another hart at the moment, so the
 * timer is nobody's when the sleeper goes on.
 */
#include "sched/sched.h"
#include "sched/timer.h"
#include "task/task.h"

struct sleep_timer {
	struct timer timer;
	struct task_struct *task;
};

static void sleep_timer_fires(struct timer *timer)
{
	wake_up_process(container_of(timer, struct sleep_timer, timer)->task);
}

nsec_t schedule_timeout_until(nsec_t expires)
{
	struct sleep_timer sleeper = { .task = current };
	nsec_t left;

	if (expires == NSEC_NEVER) {
		schedule();
		return NSEC_NEVER;
	}
	timer_init(&sleeper.timer, sleep_timer_fires);
	timer_start(&sleeper.timer, expires);
	schedule();
	timer_cancel(&sleeper.timer);
	left = expires - clock_monotonic();
	return MAX(left, (nsec_t)0);
}

nsec_t schedule_timeout_realtime(nsec_t expires)
{
	struct sleep_timer sleeper = { .task = current };
	nsec_t left;

	timer_init(&sleeper.timer, sleep_timer_fires);
	timer_start_realtime(&sleeper.timer, expires);
	schedule();
	timer_cancel(&sleeper.timer);
	left = expires - clock_realtime();
	return MAX(left, (nsec_t)0);
}
