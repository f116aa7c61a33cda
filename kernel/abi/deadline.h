/* SPDX-License-Identifier: MIT */
/* Absolute time limits as programs give them: sys_futex2.c, sys_mqueue.c. */
#ifndef ABI_DEADLINE_H
#define ABI_DEADLINE_H

#include "lib/errno.h"
#include "sched/timer.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* The limit at `from` on a clock, as the monotonic clock's; NSEC_NEVER for NULL. 0, -EINVAL,
 * -EFAULT. */
static inline int deadline_get(uaddr_t from, int clock, nsec_t *expires)
{
	struct timespec time;

	*expires = NSEC_NEVER;
	if (!from)
		return 0;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (!timespec_valid(&time))
		return -EINVAL;
	*expires = timespec_to_ns(&time);
	if (clock == CLOCK_REALTIME && *expires < NSEC_NEVER)
		*expires = MAX(*expires - clock_realtime_offset(), (nsec_t)0);
	return 0;
}

#endif
