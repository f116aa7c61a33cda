/* SPDX-License-Identifier: MIT */
/*
 * What the files of task/ share about the memory of tasks. Nobody else includes it.
 */
#ifndef TASK_INTERNAL_H
#define TASK_INTERNAL_H

#include "lib/types.h"

struct kmem_cache;
struct sighand_struct;
struct signal_struct;

extern struct kmem_cache *task_cache, *signal_cache, *sighand_cache; /* [I] after task_init() */

/* Drop a reference of a task; the last one frees. Do not sleep. */
void sighand_put(struct sighand_struct *sighand);
void signal_put(struct signal_struct *signal);

/* Limits that a first process has, once threads_max is known. task/rlimit.c */
void rlimits_init(void);

#endif
