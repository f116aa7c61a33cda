/* SPDX-License-Identifier: MIT */
/* Clocks by the numbers that programs give them: for the system calls of time (sys_time.c). */
#ifndef ABI_CLOCKS_H
#define ABI_CLOCKS_H

#include "lib/types.h"

/* The time on a clock, ns: clock_gettime(2), CPU clocks of other processes and threads included.
 * 0 or -EINVAL. Takes tasklist_lock. */
int clock_read(int clock, nsec_t *now) must_check;

/* Sets CLOCK_REALTIME, with all that follows: sys_adjtime.c. 0, -EINVAL: the machine would have
 * started before 1970. */
int clock_set(nsec_t now) must_check;

#endif
