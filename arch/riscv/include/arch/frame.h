/* SPDX-License-Identifier: MIT */
/*
 * Registers of a task as the trap entry saves them, at the top of its kernel stack.
 *
 * The first 32 words are Linux's struct user_regs_struct (pc, then x1 .. x31), so that signal
 * frames and ptrace copy them as they are.
 */
#ifndef ARCH_FRAME_H
#define ARCH_FRAME_H

#include "arch/current.h"
#include "arch/layout.h"
#include "lib/assert.h"
#include "lib/types.h"

struct trap_frame {
	u64 pc, ra, sp, gp, tp, t0, t1, t2, s0, s1;
	u64 a0, a1, a2, a3, a4, a5, a6, a7;
	u64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	u64 t3, t4, t5, t6;
	u64 status;  /* sstatus at the trap */
	u64 badaddr; /* stval at the trap (faults) */
	s64 syscall; /* number of the system call that is being done, -1 when the trap is none */
	u64 orig_a0; /* first argument of that system call, for restarts and ptrace */
};

static_assert(sizeof(struct trap_frame) % 16 == 0, "the stack pointer stays 16-byte aligned");

/* Registers of the running task's user mode. Not for kernel threads. */
static inline struct trap_frame *current_frame(void)
{
	return (struct trap_frame *)current_thread_info()->kernel_sp - 1;
}

/* The same of another task, which is not running in user mode. */
static inline struct trap_frame *thread_frame(const struct thread_info *info)
{
	return (struct trap_frame *)info->kernel_sp - 1;
}

/* True when the frame was saved by a trap from user mode (sstatus.SPP is 0). */
static inline bool frame_from_user(const struct trap_frame *frame)
{
	return !(frame->status & 0x100);
}

#endif
