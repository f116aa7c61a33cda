/* SPDX-License-Identifier: MIT */
/*
 * The machine's clock of real time, which goes on while the machine is off.
 */
#ifndef BASE_RTC_H
#define BASE_RTC_H

#include "lib/types.h"

/* Nanoseconds since 1970-01-01 00:00:00 UTC; 0 when there is no clock, or it tells none. */
u64 rtc_read(void);

#endif
