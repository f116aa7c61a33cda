/* SPDX-License-Identifier: MIT */
/* Clocks by the numbers that programs give them: for the system calls of time (sys_time.c). */
#ifndef ABI_CLOCKS_H
#define ABI_CLOCKS_H

#include "lib/types.h"

enum { CLOCK_REALTIME_ALARM = 8, CLOCK_BOOTTIME_ALARM = 9 };

/* The time on a clock, ns: clock_gettime(2), CPU clocks of other processes and threads included.
 * 0 or -EINVAL. Takes tasklist_lock. */
int clock_read(int clock, nsec_t *now) must_check;

#endif
