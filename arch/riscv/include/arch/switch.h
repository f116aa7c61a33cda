/* SPDX-License-Identifier: MIT */
/*
 * Switching between tasks, and how a new task starts.
 */
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

#include "arch/frame.h"

struct task_struct;

/* Saves prev's callee-saved registers on its stack and continues next where it switched away.
 * Returns, in next's context, the task that ran before it. tp becomes next. Interrupts off; the
 * run queue's lock is held. switch.S */
struct task_struct *arch_switch(struct task_struct *prev, struct task_struct *next);

/* Prepares a task's stack so that its first switch ends in task_start_hook (schedule_tail(prev))
 * and then: with function: function(argument), which never returns; without: return to user mode
 * through the task's trap frame, which the caller has filled in. */
void arch_prepare_task(struct task_struct *task, void (*function)(void *), void *argument);

/* Clears the frame and sets it to start a program: pc, sp; a0 and all else 0; FPU off. */
void arch_start_program(struct trap_frame *frame, uaddr_t entry, uaddr_t stack);

/* Goes to user mode through the current task's frame. For a kernel thread that has become a
 * program (init). */
void noreturn arch_enter_user(void);

#endif
