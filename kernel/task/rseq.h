/* SPDX-License-Identifier: MIT */
/*
 * Restartable sequences: rseq(2).
 */
#ifndef TASK_RSEQ_H
#define TASK_RSEQ_H

#include "arch/frame.h"
#include "task/task.h"
#include "uapi/rseq.h"

/* Registers current's structure, whose address and length the caller has checked, or forgets it:
 * then it is reset first; 0 or -EFAULT. May sleep. */
void rseq_register(uaddr_t rseq, u32 length, u32 signature);
int rseq_unregister(void) must_check;
/* exec: the structure is gone with the space. */
void rseq_forget(struct task_struct *task);
/* clone: a thread has none, a process its parent's. */
void rseq_inherit(struct task_struct *child, bool shares_space);

/* On the way to user mode (TIF_RSEQ_WORK), and before a signal's frame is made: sends a critical
 * section to its abort handler, and writes where the thread runs. A bad structure is SIGSEGV. May
 * sleep. */
void rseq_update(struct trap_frame *frame);

#endif
