/* SPDX-License-Identifier: MIT */
/*
 * The upcalls: all ways from the trap code up into the kernel. Interrupts are off in each.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "arch/frame.h"
#include "lib/types.h"

typedef long (*syscall_fn)(long, long, long, long, long, long);

/* Handlers by system-call number; absent ones count themselves. The trap entry calls
 * them itself, with the user's a0 .. a5 in the registers where they are. */
enum { SYSCALL_COUNT = 512 };
extern const syscall_fn syscall_table[SYSCALL_COUNT];

/* Counts a call that does not exist, and answers it: -ENOSYS. */
long syscall_absent(unsigned long number);

/* The slow way: number out of range, or the task is traced. Returns the value for a0. */
long entry_syscall_slow(struct trap_frame *frame);

enum fault_access {
	FAULT_READ = 1 << 0,
	FAULT_WRITE = 1 << 1,
	FAULT_EXEC = 1 << 2,
	FAULT_USER = 1 << 3, /* it was the program's own access */
};

/* Page fault in user mode: resolves it or sends SIGSEGV/SIGBUS. May sleep. */
void entry_page_fault(struct trap_frame *frame, uaddr_t address, enum fault_access access);

/* Page fault of a user access in the kernel: 0 when resolved, -EFAULT for the fixup. May sleep. */
int entry_kernel_fault(uaddr_t address, enum fault_access access);

/* Any other exception in user mode, by its cause (privileged specification, table 4.2): illegal
 * instruction, breakpoint, misaligned or denied access. Sends the signal that Linux sends. */
void entry_exception(struct trap_frame *frame, u64 cause);

/* Interrupts; from user mode, idle or an interrupt window. They wake and set flags, no more. */
void entry_timer(bool user_mode); /* it came while the program ran, not the kernel */
void entry_ipi(void);
void entry_external(void);

/* Before the return to user mode while TIF_WORK flags are set: schedule, signals. */
void entry_return_work(struct trap_frame *frame);

/* First C code of a hart: boot hart with the early map, and the others on their idle task. */
void noreturn kernel_main(u64 hartid, u64 device_tree);
void noreturn secondary_main(void);

#endif
