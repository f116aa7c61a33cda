/* SPDX-License-Identifier: MIT */
/*
 * Linux's riscv64 signal frame: struct rt_sigframe { siginfo, ucontext } on the user's stack.
 */
#ifndef ARCH_SIGFRAME_H
#define ARCH_SIGFRAME_H

#include "arch/frame.h"

struct signal_stack { /* stack_t */
	u64 sp;
	s32 flags;
	u32 spare;
	u64 size;
};

struct sigframe_setup {
	int signal; /* its number */
	uaddr_t handler;
	const void *info;	   /* 128 bytes: siginfo_t */
	u64 old_mask;		   /* signal mask that rt_sigreturn puts back */
	struct signal_stack stack; /* the alternate stack's state, saved in uc_stack */
	uaddr_t frame_top;	   /* the frame is built below this address */
	uaddr_t trampoline;	   /* user address of the code that calls rt_sigreturn */
};

/* Builds the frame and redirects the registers to the handler. 0, or -EFAULT with nothing changed
 * in the registers. May sleep. */
int arch_sigframe_push(struct trap_frame *frame, const struct sigframe_setup *setup) must_check;

/* rt_sigreturn: restores registers and FPU from the frame at sp; gives back mask and stack.
 * 0 or -EFAULT / -EINVAL (frame malformed): the caller kills by SIGSEGV. */
int arch_sigframe_pop(struct trap_frame *frame, u64 *mask, struct signal_stack *stack) must_check;

/* Bytes that a frame of current's takes now; and the most that any takes, for AT_MINSIGSTKSZ. */
size_t arch_sigframe_size(void);
size_t arch_sigframe_size_max(void);

#endif
