/* SPDX-License-Identifier: MIT */
/* Clocks by the numbers that programs give them: for the system calls of time (sys_time.c). */
#ifndef ABI_CLOCKS_H
#define ABI_CLOCKS_H

#include "lib/types.h"

/* Sets CLOCK_REALTIME, with all that follows: sys_adjtime.c. 0, -EINVAL: the machine would have
 * started before 1970. */
int clock_set(nsec_t now) must_check;

#endif
