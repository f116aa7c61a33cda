/* SPDX-License-Identifier: MIT */
/*
 * Stand-in for the host tests: the running task is a variable, which host.c defines. A test may
 * play several harts by changing hart and perhart in it.
 */
#ifndef ARCH_CURRENT_H
#define ARCH_CURRENT_H

#include "lib/types.h"

struct task_struct;

struct thread_info {
	unsigned long flags;
	unsigned long kernel_sp;
	unsigned long user_sp;
	unsigned long perhart;
	u32 hart;
	u32 fpu_hart;
};

enum {
	TIF_NEED_RESCHED = 1 << 0,
	TIF_SIGPENDING = 1 << 1,
	TIF_NOTIFY = 1 << 2,
	TIF_SYSCALL_TRACE = 1 << 3,
	TIF_FPU_USED = 1 << 4,
	TIF_RESTORE_SIGMASK = 1 << 5,

	TIF_WORK = TIF_NEED_RESCHED | TIF_SIGPENDING | TIF_NOTIFY,
};

extern struct thread_info *host_current;

static inline struct thread_info *current_thread_info(void)
{
	return host_current;
}

#define current ((struct task_struct *)current_thread_info())

#endif
