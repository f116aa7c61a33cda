/* SPDX-License-Identifier: MIT */
/*
 * `current`, the running task, is the register tp; struct thread_info stands first in it.
 *
 * In user mode sscratch holds current and tp belongs to the program; in the kernel tp holds current
 * and sscratch is 0 (arch/riscv/trap.S).
 */
#ifndef ARCH_CURRENT_H
#define ARCH_CURRENT_H

#include "lib/types.h"

struct task_struct;

/* What the trap entry needs of a task. All fields belong to the task's own hart, except flags. */
struct thread_info {
	unsigned long flags;	 /* [a] TIF_*: work before the return to user mode */
	unsigned long kernel_sp; /* [I] top of the kernel stack, where the trap frame ends */
	unsigned long user_sp;	 /* scratch of the trap entry */
	unsigned long perhart;	 /* offset of the running hart's variables; set by the switch */
	u32 hart;		 /* logical index of the running hart; set by the switch */
	u32 fpu_hart;		 /* arch/fpu: logical hart whose FPU last held this task's state */
};

enum {
	TIF_NEED_RESCHED = 1 << 0,    /* call schedule() */
	TIF_SIGPENDING = 1 << 1,      /* look for signals */
	TIF_NOTIFY = 1 << 2,	      /* task work: task/entry_work */
	TIF_SYSCALL_TRACE = 1 << 3,   /* ptrace: stop at system calls */
	TIF_FPU_USED = 1 << 4,	      /* the task has floating-point state (not work) */
	TIF_RESTORE_SIGMASK = 1 << 5, /* put saved_sigmask back after signal delivery (not work) */
	TIF_SYSCALL_EXIT = 1 << 6,    /* ptrace: stop at the end of this call */
	TIF_RSEQ_WORK = 1 << 7,	      /* bring the program's struct rseq up to date: task/rseq.c */
	TIF_RSEQ = 1 << 8,	      /* the thread has one (not work) */
	TIF_SECCOMP = 1 << 9,	      /* seccomp: judges system calls */
	TIF_VECTOR_USED = 1 << 10,    /* the task has vector state (not work) */

	TIF_SYSCALL_WORK = TIF_SYSCALL_TRACE | TIF_SECCOMP, /* the slow path of the entry */

	TIF_STATE = TIF_FPU_USED | TIF_VECTOR_USED | TIF_RSEQ, /* a switch has more to do */
	TIF_WORK =
		TIF_NEED_RESCHED | TIF_SIGPENDING | TIF_NOTIFY | TIF_SYSCALL_EXIT | TIF_RSEQ_WORK,
};

static inline struct thread_info *current_thread_info(void)
{
	struct thread_info *info;

	__asm__("mv %0, tp" : "=r"(info));
	return info;
}

#define current ((struct task_struct *)current_thread_info())

#endif
