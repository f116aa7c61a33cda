/* SPDX-License-Identifier: MIT */
/*
 * The machine's end: off, reboot, or all harts halted.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "lib/types.h"

/* Has the other harts halt at their next interrupt. May be called from anywhere, more than once. */
void stop_other_harts(void);
/* At an interrupt from another hart: halts this one when it has been told to. */
void stop_check(void);

/* Stop the other harts and ask the firmware; if it cannot, say so and halt. */
void noreturn stop_power_off(void);
void noreturn stop_reboot(void);
void noreturn stop_halt(void);

#endif
