/* SPDX-License-Identifier: MIT */
#ifndef TASK_SELFTEST_H
#define TASK_SELFTEST_H

/* In debug builds, when the command line says "selftest": tests from inside what no program can
 * reach; logs a line for each and "selftest: N passed, N failed". From init's thread, before
 * the first program. "selftest=stack" overflows the kernel stack instead, which is reported. */
void selftest_run(void);

#endif
