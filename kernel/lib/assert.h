/* SPDX-License-Identifier: MIT */
/*
 * panic() and assertions. A panic is a bug of the kernel, never an answer to what a user or a
 * device did. assert() is compiled always and evaluated in debug builds only.
 */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include "lib/types.h"

/* Prints the message, the registers and a backtrace, stops all harts, and powers off or reboots as
 * the command line's panic= tells. Any context. Defined in base/panic.c (host tests: abort). */
void noreturn panic(const char *format, ...) __printf(1, 2);

#define assert(condition)                                                                          \
	do {                                                                                       \
		if (CONFIG_DEBUG && unlikely(!(condition)))                                        \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition);      \
	} while (0)

#define static_assert _Static_assert

#endif
