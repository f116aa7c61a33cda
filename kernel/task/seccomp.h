/* SPDX-License-Identifier: MIT */
/*
 * seccomp(2): a thread gives up system calls, for itself and its descendants, for good.
 *
 * Filters are programs (task/bpf.h) that judge each call; they form a chain that only grows, and
 * that forks share by reference: all are asked, the strictest answer counts. A thread's chain is
 * changed by itself, or, with TSYNC, by another thread whose chain extends it; so the filters that
 * it may be running stay referenced. task->seccomp and task->seccomp_mode: under sighand->lock to
 * change.
 */
#ifndef TASK_SECCOMP_H
#define TASK_SECCOMP_H

#include "arch/frame.h"
#include "lib/types.h"
#include "uapi/seccomp.h"

struct seccomp_filter;
struct task_struct;

/* Current's call that is to begin, by its frame: false when it is not to be done; a0 is its result
 * then. May not return (death), may stop for a tracer, which may change the call. */
bool seccomp_enter(struct trap_frame *frame);

/* The rest of seccomp(2). 0, -EINVAL (another mode is set). */
int seccomp_set_strict(void) must_check;
/* Adds a filter of length instructions, which are taken over; 0, -EINVAL, -EACCES, -ENOMEM, or with
 * TSYNC the id of a thread that has another chain (-ESRCH with TSYNC_ESRCH). */
int seccomp_may_filter(void) must_check;
int seccomp_add_filter(uaddr_t instructions, u32 length, unsigned long flags) must_check;
bool seccomp_action_known(u32 action);

/* fork: the child has what current has. sighand->lock held. */
void seccomp_inherit(struct task_struct *child);
void seccomp_free(struct task_struct *task);
u32 seccomp_filter_count(const struct task_struct *task);

#endif
