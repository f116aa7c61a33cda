/* SPDX-License-Identifier: MIT */
/*
 * nanosleep(2) and clock_nanosleep(2).
 *
 * A relative sleep that a signal interrupts goes on to the same end when it is restarted
 * (restart_syscall(2)), and tells what is left when it is not. An absolute one is simply called
 * again. A sleep until a time of CLOCK_REALTIME follows when the clock is set meanwhile.
 */
#include "lib/errno.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "task/cpuclock.h"
#include "task/posix_timer.h"
#include "task/task.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* Sleeps by one of schedule_timeout_*() until its clock reaches expires. 0, or -EINTR when a signal
 * came first. */
static int sleep_until(nsec_t (*sleep)(nsec_t expires), nsec_t expires)
{
	int result = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (current_signal_pending()) {
			result = -EINTR;
			break;
		}
		if (!sleep(expires))
			break;
	}
	set_current_state(TASK_RUNNING);
	return result;
}

/* What an interrupted relative sleep leaves behind: the time left in user memory, and how it goes
 * on to the same end when it is restarted. */
static long interrupted(nsec_t left, uaddr_t remaining, nsec_t end, u64 clock,
			long (*restart)(struct restart_block *block))
{
	struct restart_block *block = &current->restart;
	struct timespec time = ns_to_timespec(MAX(left, (nsec_t)0));

	if (remaining && copy_to_user(remaining, &time, sizeof(time)))
		return -EFAULT;
	block->function = restart;
	block->argument[0] = (u64)end;
	block->argument[1] = remaining;
	block->argument[2] = clock;
	return -ERESTART_RESTARTBLOCK;
}

static long sleep_restart(struct restart_block *block);

static long sleep_relative(nsec_t expires, uaddr_t remaining)
{
	if (!sleep_until(schedule_timeout_until, expires))
		return 0;
	return interrupted(expires - clock_monotonic(), remaining, expires, 0, sleep_restart);
}

static long sleep_restart(struct restart_block *block)
{
	return sleep_relative((nsec_t)block->argument[0], block->argument[1]);
}

static long sleep_for(nsec_t length, uaddr_t remaining)
{
	nsec_t now = clock_monotonic();

	return sleep_relative(nsec_add(now, length), remaining);
}

static int get_timespec(struct timespec *time, uaddr_t from)
{
	if (copy_from_user(time, from, sizeof(*time)))
		return -EFAULT;
	return timespec_valid(time) ? 0 : -EINVAL;
}

/* nanosleep(2). */
long sys_nanosleep(uaddr_t request, uaddr_t remaining)
{
	struct timespec time;
	int error = get_timespec(&time, request);

	return error ? error : sleep_for(timespec_to_ns(&time), remaining);
}

/* --- on clocks of CPU time --- */

static nsec_t cpu_clock_now(const struct cpu_clock *clock)
{
	nsec_t now;

	spin_lock(&tasklist_lock);
	now = cpu_clock_read(clock);
	spin_unlock(&tasklist_lock);
	return now;
}

/* When to look at the clock again; 0: it has reached end. */
static nsec_t next_look(const struct cpu_clock *clock, nsec_t end)
{
	nsec_t look = 0, left;

	spin_lock(&tasklist_lock);
	left = end - cpu_clock_read(clock);
	if (left > 0)
		look = cpu_clock_runs(clock) ? cpu_clock_next_look(clock, left) : NSEC_NEVER;
	spin_unlock(&tasklist_lock);
	return look;
}

static int sleep_until_cpu(const struct cpu_clock *clock, nsec_t end)
{
	nsec_t look;

	while ((look = next_look(clock, end)) != 0) {
		int error = sleep_until(schedule_timeout_until, look);

		if (error)
			return error;
	}
	return 0;
}

/* To a time of the clock, or for a length of it. */
static long cpu_sleep(int id, nsec_t time, bool absolute, uaddr_t remaining);

static long cpu_sleep_restart(struct restart_block *block)
{
	struct cpu_clock clock;
	nsec_t end = (nsec_t)block->argument[0], now;

	if (cpu_clock_open((int)block->argument[2], false, &clock))
		return -EINVAL;
	now = cpu_clock_now(&clock);
	cpu_clock_close(&clock);
	return cpu_sleep((int)block->argument[2], MAX(end - now, (nsec_t)0), false,
			 block->argument[1]);
}

static long cpu_sleep(int id, nsec_t time, bool absolute, uaddr_t remaining)
{
	struct cpu_clock clock;
	nsec_t end = time, now = 0;
	int error = cpu_clock_open(id, false, &clock);

	if (error)
		return error;
	if (!absolute) {
		now = cpu_clock_now(&clock);
		end = nsec_add(now, time);
	}
	if (clock.thread && clock.task == current)
		error = -EINVAL; /* it would never wake */
	else
		error = sleep_until_cpu(&clock, end);
	if (error == -EINTR)
		now = cpu_clock_now(&clock);
	cpu_clock_close(&clock);
	if (error != -EINTR)
		return error;
	if (absolute)
		return -ERESTARTNOHAND;
	return interrupted(end - now, remaining, end, (u32)id, cpu_sleep_restart);
}

/* --- clock_nanosleep --- */

/* How one sleeps on a clock: 0 and *sleep, NULL for a CPU clock; -EINVAL, -EOPNOTSUPP. */
static int clock_sleeper(int clock, nsec_t (**sleep)(nsec_t expires))
{
	enum timer_base base;
	int error = clock == CLOCK_THREAD_CPUTIME_ID ? -EOPNOTSUPP : base_of_clock(clock, &base);

	*sleep = NULL;
	if (error)
		return error;
	if (base == BASE_MONOTONIC)
		*sleep = schedule_timeout_until;
	else if (base != BASE_CPU)
		*sleep = schedule_timeout_realtime;
	return 0;
}

/* clock_nanosleep(2). */
long sys_clock_nanosleep(long clock_word, long flags, uaddr_t request, uaddr_t remaining)
{
	nsec_t (*sleep)(nsec_t expires);
	int clock = (int)clock_word, error = clock_sleeper(clock, &sleep);
	bool absolute = flags & TIMER_ABSTIME;
	struct timespec time;
	nsec_t expires;

	if (!error)
		error = get_timespec(&time, request);
	if (error)
		return error;
	expires = timespec_to_ns(&time);
	if (!sleep)
		return cpu_sleep(clock, expires, absolute, remaining);
	if (!absolute)
		return sleep_for(expires, remaining);
	if (clock == CLOCK_TAI && expires != NSEC_NEVER)
		expires -= clock_tai_offset() * NSEC_PER_SEC;
	return sleep_until(sleep, expires) ? -ERESTARTNOHAND : 0;
}
