/* SPDX-License-Identifier: MIT */
/*
 * Nice values of processes, groups and users (setpriority(2)), and I/O priorities
 * (ioprio_set(2)), which are checked and have no effect: there is no block device in the kernel
 * to schedule.
 */
#include "abi/sched_rules.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "uapi/sched.h"

/* One visit to each thread that a call is about. */
struct priority_walk {
	bool set;    /* else get */
	int nice;    /* set: what to */
	uid_t user;  /* PRIO_USER */
	long result; /* set: 0 or the last error; get: best 20 - nice so far; -ESRCH: none yet */
};

static int set_nice(struct task_struct *task, int nice)
{
	struct sched_param_all params;

	if (!same_owner(task) && !capable(CAP_SYS_NICE))
		return -EPERM;
	sched_get_params(task, &params);
	if (nice < params.nice && !may_nice(task, nice))
		return -EACCES;
	sched_set_nice(task, nice);
	return 0;
}

static void visit_thread(struct priority_walk *walk, struct task_struct *task)
{
	struct sched_param_all params;
	int error;

	if (walk->set) {
		error = set_nice(task, walk->nice);
		if (error || walk->result == -ESRCH)
			walk->result = error;
		return;
	}
	sched_get_params(task, &params);
	walk->result = MAX(walk->result, (long)(20 - params.nice));
}

static bool visit_process(struct task_struct *leader, void *data)
{
	struct task_struct *thread;

	for_each_thread (leader, thread)
		visit_thread(data, thread);
	return true;
}

static void visit_user(struct priority_walk *walk)
{
	struct task_struct *leader, *thread;

	for_each_process (leader)
		for_each_thread (leader, thread)
			if (thread->cred->uid == walk->user)
				visit_thread(walk, thread);
}

/* All under tasklist_lock, which lies above the locks of the run queues. */
static void walk_priorities(struct priority_walk *walk, int which, u32 who)
{
	struct task_struct *task;

	spin_lock(&tasklist_lock);
	switch (which) {
	case PRIO_PROCESS:
		task = who ? find_task_by_pid((pid_t)who) : current;
		if (task)
			visit_thread(walk, task);
		break;
	case PRIO_PGRP:
		for_each_in_group (who ? pid_from_vnr_locked((pid_t)who) : current->signal->pgid,
				   visit_process, walk)
			;
		break;
	default: walk->user = who ? who : current_cred()->uid; visit_user(walk);
	}
	spin_unlock(&tasklist_lock);
}

/* setpriority(2). */
long sys_setpriority(long which, long who, long nice)
{
	struct priority_walk walk = { .set = true, .result = -ESRCH };

	if ((int)which < PRIO_PROCESS || (int)which > PRIO_USER)
		return -EINVAL;
	walk.nice = MAX(NICE_MIN, MIN(NICE_MAX, (int)nice));
	walk_priorities(&walk, (int)which, (u32)who);
	return walk.result;
}

/* getpriority(2): 20 - nice, so that it is not negative. */
long sys_getpriority(long which, long who)
{
	struct priority_walk walk = { .result = -ESRCH };

	if ((int)which < PRIO_PROCESS || (int)which > PRIO_USER)
		return -EINVAL;
	walk_priorities(&walk, (int)which, (u32)who);
	return walk.result;
}

/* --- I/O priorities --- */

static int check_ioprio_target(int which, int who)
{
	bool found;

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	if (!who || which == IOPRIO_WHO_USER)
		return 0;
	spin_lock(&tasklist_lock);
	found = which == IOPRIO_WHO_PROCESS ? find_task_by_pid(who) != NULL
					    : group_exists(pid_from_vnr_locked(who));
	spin_unlock(&tasklist_lock);
	return found ? 0 : -ESRCH;
}

/* ioprio_set(2). */
long sys_ioprio_set(long which, long who, long priority)
{
	int class = (int)priority >> IOPRIO_CLASS_SHIFT;
	int level = (int)priority & ((1 << IOPRIO_CLASS_SHIFT) - 1);

	if (class == IOPRIO_CLASS_RT && !capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (class < IOPRIO_CLASS_NONE || class > IOPRIO_CLASS_IDLE || level >= IOPRIO_LEVELS ||
	    (class == IOPRIO_CLASS_NONE && level))
		return -EINVAL;
	return check_ioprio_target((int)which, (int)who);
}

/* ioprio_get(2): none was set. */
long sys_ioprio_get(long which, long who)
{
	return check_ioprio_target((int)which, (int)who);
}
