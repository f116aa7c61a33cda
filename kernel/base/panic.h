/* SPDX-License-Identifier: MIT */
/*
 * A panic in steps, for code that has more to say than one line. panic() itself is in
 * lib/assert.h.
 */
#ifndef BASE_PANIC_H
#define BASE_PANIC_H

#include "lib/types.h"

/* Makes this hart the one that panics; stops it here when another one is. From now on the log and
 * the console do not wait for locks. May be called again by panic(). */
void panic_begin(void);
bool panic_in_progress(void);

void panic_init(void); /* reads panic= of the command line */

#endif
