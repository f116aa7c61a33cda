/* SPDX-License-Identifier: MIT */
/* Names of system calls, from kernel/abi/syscalls.tbl. The table itself is declared in entry.h. */
#ifndef ABI_TABLE_H
#define ABI_TABLE_H

/* Linux's name of a system call, or NULL. */
const char *syscall_name(unsigned long number);

#endif
