/* SPDX-License-Identifier: MIT */
/*
 * nanosleep(2) and clock_nanosleep(2).
 *
 * A relative sleep that a signal interrupts goes on to the same end when it is restarted
 * (restart_syscall(2)), and tells what is left when it is not. An absolute one is simply called
 * again. A sleep until a time of CLOCK_REALTIME does not follow when the clock is set meanwhile.
 */
#include "abi/clocks.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "task/task.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* Sleeps until the monotonic clock reaches expires. 0, or -EINTR when a signal came first. */
static int sleep_until(nsec_t expires)
{
	int result = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (current_signal_pending()) {
			result = -EINTR;
			break;
		}
		if (!schedule_timeout_until(expires))
			break;
	}
	set_current_state(TASK_RUNNING);
	return result;
}

static long sleep_restart(struct restart_block *block);

static long sleep_relative(nsec_t expires, uaddr_t remaining)
{
	struct restart_block *block = &current->restart;
	struct timespec left;

	if (!sleep_until(expires))
		return 0;
	left = ns_to_timespec(MAX(expires - clock_monotonic(), (nsec_t)0));
	if (remaining && copy_to_user(remaining, &left, sizeof(left)))
		return -EFAULT;
	block->function = sleep_restart;
	block->argument[0] = (u64)expires;
	block->argument[1] = remaining;
	return -ERESTART_RESTARTBLOCK;
}

static long sleep_restart(struct restart_block *block)
{
	return sleep_relative((nsec_t)block->argument[0], block->argument[1]);
}

static long sleep_for(nsec_t length, uaddr_t remaining)
{
	nsec_t now = clock_monotonic();

	return sleep_relative(length < NSEC_NEVER - now ? now + length : NSEC_NEVER, remaining);
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

/* Whether one can sleep on a clock: 0, -EINVAL, -EOPNOTSUPP. */
static int check_sleep_clock(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM: return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE: return -EOPNOTSUPP;
	}
	return -EINVAL;
}

static bool is_realtime(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_TAI || clock == CLOCK_REALTIME_ALARM;
}

/* clock_nanosleep(2). */
long sys_clock_nanosleep(long clock_word, long flags, uaddr_t request, uaddr_t remaining)
{
	int clock = (int)clock_word, error = check_sleep_clock(clock);
	struct timespec time;
	nsec_t expires;

	if (!error)
		error = get_timespec(&time, request);
	if (error)
		return error;
	expires = timespec_to_ns(&time);
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(expires, remaining);
	if (is_realtime(clock) && expires != NSEC_NEVER)
		expires -= clock_realtime_offset();
	return sleep_until(expires) ? -ERESTARTNOHAND : 0;
}
