/* SPDX-License-Identifier: MIT */
/*
 * What the files of task/ share about the memory of tasks. Nobody else includes it.
 */
#ifndef TASK_INTERNAL_H
#define TASK_INTERNAL_H

#include "lib/types.h"

struct kmem_cache;
struct clone_args_kernel;
struct sighand_struct;
struct signal_struct;
struct task_struct;

extern struct kmem_cache *task_cache, *signal_cache; /* [I] after task_init() */

/* Gives a child, still a copy of current, its files, signal handlers, memory and registers. 0 or
 * -errno, and then it has none of them. May sleep. inherit.c */
int copy_resources(struct task_struct *child, const struct clone_args_kernel *args) must_check;
/* Takes them all from a child that does not come to be. */
void drop_resources(struct task_struct *child);

/* With one reference; the actions are not set yet. NULL: no memory. */
struct sighand_struct *sighand_create(void) must_check;
/* Drop a reference of a task; the last one frees. Do not sleep. */
void sighand_put(struct sighand_struct *sighand);
void signal_put(struct signal_struct *signal);

/* Limits that a first process has, once threads_max is known. task/rlimit.c */
void rlimits_init(void);

#endif
