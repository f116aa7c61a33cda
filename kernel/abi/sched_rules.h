/* SPDX-License-Identifier: MIT */
/*
 * Who may change whose scheduling parameters (sched(7), setpriority(2), capabilities(7)).
 */
#ifndef ABI_SCHED_RULES_H
#define ABI_SCHED_RULES_H

#include "sched/sched.h"
#include "task/task.h"

/* Current runs for the task's owner: its effective user is the task's effective or real one. Takes
 * no lock: tasklist_lock or a reference keeps the task. */
bool same_owner(const struct task_struct *task);
/* May current give the task that nice value: RLIMIT_NICE of the task, or CAP_SYS_NICE. */
bool may_nice(const struct task_struct *task, int nice);
/* May current change the task's parameters from old to new? 0 or -EPERM. */
int may_set_params(const struct task_struct *task, const struct sched_param_all *old,
		   const struct sched_param_all *new) must_check;
/* The thread with that id (0: current) with a reference. ERR_PTR(-EINVAL) for a negative id,
 * (-ESRCH). */
struct task_struct *sched_target(int pid) must_check;

#endif
