/* SPDX-License-Identifier: MIT */
/*
 * Names of system calls, from kernel/abi/syscalls.tbl, and counts of those that are absent. The
 * table itself is declared in entry.h.
 */
#ifndef ABI_TABLE_H
#define ABI_TABLE_H

#include "lib/types.h"

/* Linux's name of a system call, or NULL. */
const char *syscall_name(unsigned long number);
/* How often an absent call was made, by number; SYSCALL_COUNT: all numbers out of range. */
u64 syscall_absent_count(unsigned long number);

#endif
