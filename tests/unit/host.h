/* SPDX-License-Identifier: MIT */
/*
 * What host tests need of the machine under the kernel: memory, panics, harts. Defined in host.c,
 * which a test names among its sources.
 */
#ifndef HOST_H
#define HOST_H

#include <setjmp.h>

#include "lib/types.h"

/* Maps [start, end) as the machine's only memory, filled with junk, and enters it in `machine`
 * without reservations. */
void host_memory(u64 start, u64 end);
/* One more range of the same machine, below 128 GiB. */
void host_memory_add(u64 start, u64 end);
/* Reserves the area of kernel stacks. */
void host_kstacks(void);

/*
 * Whether a statement panics with a message that has that text in it:
 *
 *	expect_panic("freed twice", page_free(page, 0));
 *
 * Locks that the panicking code held stay locked, so a test ends there or makes its world anew. A
 * panic outside of this aborts the test program.
 */
#define expect_panic(text, statement)                                                              \
	do {                                                                                       \
		host_panic_expected = true;                                                        \
		if (!setjmp(host_panic_return)) {                                                  \
			statement;                                                                 \
			fail_msg("no panic");                                                      \
		}                                                                                  \
		host_panic_expected = false;                                                       \
		assert_non_null(host_find(host_panic_message, text));                              \
	} while (0)

extern bool host_panic_expected;
extern jmp_buf host_panic_return;
extern char host_panic_message[512];
char *host_find(const char *text, const char *part);

/* Pseudo-random numbers, the same ones in every run. */
u64 host_random(void);

#endif
