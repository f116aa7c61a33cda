/* SPDX-License-Identifier: MIT */
/*
 * System calls of clocks: reading and setting them (clock_gettime(2) and relatives). Sleeping is in
 * sys_sleep.c. Time itself is sched/timer.h's.
 */
#include "abi/clocks.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/task.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* --- clocks of CPU time --- */

/* A dynamic clock id: ~pid in the upper bits, then per thread or process, then what is counted
 * (clock_getcpuclockid(3)). */
enum { CPUCLOCK_THREAD = 4, CPUCLOCK_WHICH = 3, CPUCLOCK_FD = 3 };

/* CPU time of a process: living threads and dead ones. tasklist_lock is held. */
static nsec_t process_runtime(struct task_struct *leader)
{
	const struct signal_struct *process = leader->signal;
	u64 total = process->dead_user_ns + process->dead_system_ns;
	struct task_struct *thread;

	for_each_thread (leader, thread)
		total += sched_task_runtime(thread);
	return (nsec_t)total;
}

/* The task that a dynamic id names, or NULL; tasklist_lock is held. Threads are those of
 * current's own process. */
static struct task_struct *cpu_clock_task(int clock)
{
	pid_t pid = ~(clock >> 3);
	struct task_struct *task;

	if (!(clock & CPUCLOCK_THREAD))
		return pid ? find_process_by_pid(pid) : current->group_leader;
	task = pid ? find_task_by_pid(pid) : current;
	return task && task->tgid == current->tgid ? task : NULL;
}

static int cpu_clock_read(int clock, nsec_t *now)
{
	struct task_struct *task;

	if ((clock & CPUCLOCK_WHICH) == CPUCLOCK_FD)
		return -EINVAL;
	spin_lock(&tasklist_lock);
	task = cpu_clock_task(clock);
	if (task && clock & CPUCLOCK_THREAD)
		*now = (nsec_t)sched_task_runtime(task);
	else if (task)
		*now = process_runtime(task);
	spin_unlock(&tasklist_lock);
	return task ? 0 : -EINVAL;
}

static nsec_t own_process_runtime(void)
{
	nsec_t total;

	spin_lock(&tasklist_lock);
	total = process_runtime(current->group_leader);
	spin_unlock(&tasklist_lock);
	return total;
}

/* --- reading --- */

int clock_read(int clock, nsec_t *now)
{
	if (clock < 0)
		return cpu_clock_read(clock, now);
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI: *now = clock_realtime(); return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM: *now = clock_monotonic(); return 0;
	case CLOCK_PROCESS_CPUTIME_ID: *now = own_process_runtime(); return 0;
	case CLOCK_THREAD_CPUTIME_ID: *now = (nsec_t)sched_task_runtime(current); return 0;
	}
	return -EINVAL;
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

/* clock_getres(2). */
long sys_clock_getres(long clock, uaddr_t to)
{
	const struct timespec resolution = { 0, 1 };
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
	if (!timespec_valid(time) || timespec_to_ns(time) == INT64_MAX)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	clock_set_realtime(timespec_to_ns(time));
	return 0;
}

/* clock_settime(2). */
long sys_clock_settime(long clock, uaddr_t from)
{
	struct timespec time;

	if ((int)clock != CLOCK_REALTIME)
		return -EINVAL;
	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
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

/* --- adjusting: read only --- */

struct timex { /* adjtimex(2) */
	u32 modes, pad1;
	s64 offset, freq, maxerror, esterror;
	s32 status, pad2;
	s64 constant, precision, tolerance;
	struct timeval time;
	s64 tick, ppsfreq, jitter;
	s32 shift, pad3;
	s64 stabil, jitcnt, calcnt, errcnt, stbcnt;
	s32 tai, pad4[11];
};

static_assert(sizeof(struct timex) == 208, "struct timex of the ABI");

enum { STA_UNSYNC = 0x40, TIME_ERROR = 5, NTP_MAX_ERROR_USEC = 16000000 };

/* The clock follows the hardware's counter: nothing to adjust, and never synchronized. */
static long read_timex(uaddr_t address)
{
	struct timex timex;

	if (copy_from_user(&timex, address, sizeof(timex)))
		return -EFAULT;
	if (timex.modes)
		return capable(CAP_SYS_TIME) ? -EOPNOTSUPP : -EPERM;
	timex = (struct timex){
		.maxerror = NTP_MAX_ERROR_USEC,
		.esterror = NTP_MAX_ERROR_USEC,
		.status = STA_UNSYNC,
		.constant = 2,
		.precision = 1,
		.tolerance = 500 << 16, /* parts per million, 16 bits of fraction */
		.time = ns_to_timeval(clock_realtime()),
		.tick = 10000, /* microseconds */
	};
	if (copy_to_user(address, &timex, sizeof(timex)))
		return -EFAULT;
	return TIME_ERROR;
}

/* adjtimex(2). */
long sys_adjtimex(uaddr_t address)
{
	return read_timex(address);
}

/* clock_adjtime(2). */
long sys_clock_adjtime(long clock, uaddr_t address)
{
	return (int)clock == CLOCK_REALTIME ? read_timex(address) : -EINVAL;
}
