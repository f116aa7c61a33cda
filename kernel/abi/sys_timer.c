/* SPDX-License-Identifier: MIT */
/*
 * System calls of timers, decoded: timer_create(2) and relatives, timerfd_create(2) and relatives.
 * Interval timers are with the signals (sys_signal.c).
 */
#include "fs/fdtable.h"
#include "ipc/timerfd.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "task/posix_timer.h"
#include "task/signal.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

struct sigevent { /* sigevent(3type) */
	u64 value;
	s32 signo;
	s32 notify;
	s32 thread;
	u32 room[11];
};

static_assert(sizeof(struct sigevent) == 64, "struct sigevent of the ABI");

static int get_itimerspec(uaddr_t from, struct itimerspec *value)
{
	return copy_from_user(value, from, sizeof(*value));
}

static bool itimerspec_valid(const struct itimerspec *value)
{
	return timespec_valid(&value->it_interval) && timespec_valid(&value->it_value);
}

static int put_itimerspec(uaddr_t to, nsec_t left, nsec_t interval)
{
	const struct itimerspec value = { ns_to_timespec(interval), ns_to_timespec(left) };

	return copy_to_user(to, &value, sizeof(value));
}

/* --- timer_create --- */

/* timer_create(2). */
long sys_timer_create(int clock, uaddr_t event_from, uaddr_t id_to)
{
	struct timer_event event = { .notify = SIGEV_SIGNAL, .signal = SIGALRM };
	struct posix_timer *timer;
	struct sigevent given;
	int id;

	if (event_from) {
		if (copy_from_user(&given, event_from, sizeof(given)))
			return -EFAULT;
		event = (struct timer_event){ (enum timer_notify)given.notify, given.signo,
					      given.thread, given.value, true };
	}
	timer = posix_timer_prepare(clock, &event, &id);
	if (IS_ERR(timer))
		return PTR_ERR(timer);
	if (put_user32((u32)id, id_to)) {
		posix_timer_discard(timer);
		return -EFAULT;
	}
	posix_timer_publish(timer);
	return 0;
}

/* timer_settime(2). */
long sys_timer_settime(int id, int flags, uaddr_t from, uaddr_t old_to)
{
	struct itimer_setting setting, old;
	struct itimerspec value;
	int error;

	if (!from)
		return -EINVAL;
	if (get_itimerspec(from, &value))
		return -EFAULT;
	if (!itimerspec_valid(&value))
		return -EINVAL;
	setting = (struct itimer_setting){ timespec_to_ns(&value.it_value),
					   timespec_to_ns(&value.it_interval) };
	error = posix_timer_set(id, &setting, flags & TIMER_ABSTIME, &old);
	if (error)
		return error;
	return old_to ? put_itimerspec(old_to, old.left, old.interval) : 0;
}

/* timer_gettime(2). */
long sys_timer_gettime(int id, uaddr_t to)
{
	struct itimer_setting setting;
	int error = posix_timer_get(id, &setting);

	return error ? error : put_itimerspec(to, setting.left, setting.interval);
}

/* timer_getoverrun(2). */
long sys_timer_getoverrun(int id)
{
	return posix_timer_overrun(id);
}

/* timer_delete(2). */
long sys_timer_delete(int id)
{
	return posix_timer_delete(id);
}

/* --- timerfd_create --- */

/* timerfd_create(2). */
long sys_timerfd_create(int clock, int flags)
{
	bool alarm = clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
	bool realtime = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;

	if (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK) ||
	    (!alarm && !realtime && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME))
		return -EINVAL;
	if (alarm && !capable(CAP_WAKE_ALARM))
		return -EPERM;
	return fd_add(timerfd_create(realtime, alarm, (u32)flags), flags & TFD_CLOEXEC);
}

/* The timer of a descriptor: 0, -EBADF, -EINVAL. */
static int timerfd_find(int number, struct fd *fd)
{
	*fd = fdget((unsigned int)number);
	if (!fd->file)
		return -EBADF;
	if (file_is_timerfd(fd->file))
		return 0;
	fdput(*fd);
	return -EINVAL;
}

/* timerfd_settime(2). */
long sys_timerfd_settime(int number, int flags, uaddr_t from, uaddr_t old_to)
{
	struct timerfd_setting setting, old;
	struct itimerspec value;
	struct fd fd;
	int error;

	if (get_itimerspec(from, &value))
		return -EFAULT;
	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) || !itimerspec_valid(&value))
		return -EINVAL;
	error = timerfd_find(number, &fd);
	if (error)
		return error;
	setting = (struct timerfd_setting){ timespec_to_ns(&value.it_value),
					    timespec_to_ns(&value.it_interval) };
	error = timerfd_set(fd.file, (u32)flags, &setting, &old);
	fdput(fd);
	if (error)
		return error;
	return old_to ? put_itimerspec(old_to, old.left, old.interval) : 0;
}

/* timerfd_gettime(2). */
long sys_timerfd_gettime(int number, uaddr_t to)
{
	struct timerfd_setting setting;
	struct fd fd;
	int error = timerfd_find(number, &fd);

	if (error)
		return error;
	timerfd_get(fd.file, &setting);
	fdput(fd);
	return put_itimerspec(to, setting.left, setting.interval);
}
