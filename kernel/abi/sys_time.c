/* SPDX-License-Identifier: MIT */
/*
 * System calls of clocks: reading and setting them (clock_gettime(2) and relatives). Sleeping is in
 * sys_sleep.c, adjusting in sys_adjtime.c. Time itself is sched/timer.h's.
 */
#include "abi/clocks.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/cpuclock.h"
#include "task/cred.h"
#include "task/task.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* --- reading --- */

static int read_cpu_clock(int id, nsec_t *now)
{
	struct cpu_clock clock;
	int error = cpu_clock_is_file(id) ? -EINVAL : cpu_clock_open(id, true, &clock);

	if (error)
		return error;
	spin_lock(&tasklist_lock);
	*now = cpu_clock_read(&clock);
	spin_unlock(&tasklist_lock);
	cpu_clock_close(&clock);
	return 0;
}

/* The time on a clock, ns, CPU clocks of other processes and threads included. 0 or -EINVAL. Takes
 * tasklist_lock. */
static int clock_read(int clock, nsec_t *now)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE: *now = clock_realtime(); return 0;
	case CLOCK_TAI: *now = clock_realtime() + clock_tai_offset() * NSEC_PER_SEC; return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME: *now = clock_monotonic(); return 0;
	case CLOCK_THREAD_CPUTIME_ID: *now = (nsec_t)sched_task_runtime(current); return 0;
	case CLOCK_PROCESS_CPUTIME_ID: return read_cpu_clock(clock, now);
	}
	return clock < 0 ? read_cpu_clock(clock, now) : -EINVAL;
}

/* clock_gettime(2). */
long sys_clock_gettime(long clock, uaddr_t to)
{
	struct timespec time;
	nsec_t now;
	int error = clock_read((int)clock, &now);

	if (error)
		return error;
	time = ns_to_timespec(now);
	return copy_to_user(to, &time, sizeof(time));
}

/* clock_getres(2). The coarse clocks are as fine as the others; programs are told what Linux's are.
 */
long sys_clock_getres(long clock, uaddr_t to)
{
	bool coarse = (int)clock == CLOCK_REALTIME_COARSE || (int)clock == CLOCK_MONOTONIC_COARSE;
	const struct timespec resolution = { 0, coarse ? 4 * NSEC_PER_MSEC : 1 };
	nsec_t now;
	int error = clock_read((int)clock, &now);

	if (error || !to)
		return error;
	return copy_to_user(to, &resolution, sizeof(resolution));
}

struct timezone {
	s32 minutes_west;
	s32 dst_time;
};

/* gettimeofday(2). */
long sys_gettimeofday(uaddr_t to, uaddr_t zone_to)
{
	const struct timezone zone = { 0, 0 };
	struct timeval time;

	if (to) {
		time = ns_to_timeval(clock_realtime());
		if (copy_to_user(to, &time, sizeof(time)))
			return -EFAULT;
	}
	return zone_to ? copy_to_user(zone_to, &zone, sizeof(zone)) : 0;
}

/* --- setting --- */

static long set_realtime(const struct timespec *time)
{
	nsec_t now = timespec_to_ns(time);

	if (!timespec_valid(time) || now == INT64_MAX)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return clock_set(now);
}

/* clock_settime(2). Clocks of CPU time that exist cannot be set. */
long sys_clock_settime(long clock_word, uaddr_t from)
{
	int clock = (int)clock_word;
	struct timespec time;
	nsec_t now;

	if (clock > CLOCK_REALTIME || (clock < 0 && cpu_clock_is_file(clock)))
		return -EINVAL;
	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (clock < 0)
		return read_cpu_clock(clock, &now) ? -EINVAL : -EPERM;
	return set_realtime(&time);
}

/* settimeofday(2). There is no time zone in the kernel: one is taken and forgotten. */
long sys_settimeofday(uaddr_t from, uaddr_t zone_from)
{
	struct timezone zone;
	struct timeval time;

	if (from && copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (from && (time.tv_usec < 0 || time.tv_usec >= 1000000))
		return -EINVAL;
	if (zone_from && copy_from_user(&zone, zone_from, sizeof(zone)))
		return -EFAULT;
	if (from)
		return set_realtime(&(struct timespec){ time.tv_sec, time.tv_usec * 1000 });
	return capable(CAP_SYS_TIME) ? 0 : -EPERM;
}
