/* SPDX-License-Identifier: MIT */
/*
 * epoll_create1(2), epoll_ctl(2), epoll_pwait(2), epoll_pwait2(2), decoded. The work is ipc/'s.
 */
#include "abi/poll_timeout.h"
#include "fs/fdtable.h"
#include "ipc/epoll.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/signal.h"
#include "vm/usercopy.h"

/* epoll_create1(2). */
long sys_epoll_create1(unsigned int flags)
{
	if (flags & ~(u32)EPOLL_CLOEXEC)
		return -EINVAL;
	return fd_add(epoll_create(), flags & EPOLL_CLOEXEC);
}

/* epoll_ctl(2). */
long sys_epoll_ctl(int set_number, int operation, int number, uaddr_t from)
{
	struct epoll_event event = { 0 };
	struct fd set, file;
	long result = -EBADF;

	if (operation != EPOLL_CTL_DEL && copy_from_user(&event, from, sizeof(event)))
		return -EFAULT;
	set = fdget((unsigned int)set_number);
	file = fdget((unsigned int)number);
	if (set.file && file.file)
		result = epoll_control(set.file, (enum epoll_operation)operation, file.file, number,
				       &event);
	fdput(file);
	fdput(set);
	return result;
}

static long wait_on(int number, uaddr_t events, int max, nsec_t expires)
{
	struct fd set;
	long result = -EINVAL;

	if (max <= 0 || max > EPOLL_EVENTS_MAX)
		return -EINVAL;
	if (!access_ok(events, (u64)max * sizeof(struct epoll_event)))
		return -EFAULT;
	set = fdget((unsigned int)number);
	if (!set.file)
		return -EBADF;
	if (file_is_epoll(set.file))
		result = epoll_wait_events(set.file, events, max, expires);
	fdput(set);
	return result;
}

static long wait_with_mask(int number, uaddr_t events, int max, nsec_t expires, uaddr_t mask,
			   size_t mask_size)
{
	long result = set_user_sigmask(mask, mask_size);

	if (result)
		return result;
	result = wait_on(number, events, max, expires);
	restore_saved_sigmask_unless(result == -EINTR);
	return result;
}

/* epoll_pwait(2): timeout in ms, below 0 for none. */
long sys_epoll_pwait(int number, uaddr_t events, int max, int timeout, uaddr_t mask,
		     size_t mask_size)
{
	nsec_t expires = timeout < 0 ? NSEC_NEVER : poll_expires(timeout * NSEC_PER_MSEC);

	return wait_with_mask(number, events, max, expires, mask, mask_size);
}

/* epoll_pwait2(2): timeout is a timespec. */
long sys_epoll_pwait2(int number, uaddr_t events, int max, uaddr_t timeout, uaddr_t mask,
		      size_t mask_size)
{
	nsec_t expires;
	int error = poll_timeout_get(timeout, &expires);

	return error ? error : wait_with_mask(number, events, max, expires, mask, mask_size);
}
