/* SPDX-License-Identifier: MIT */
/*
 * Nice values of processes, groups and users (setpriority(2)), and I/O priorities
 * (ioprio_set(2)), which are kept and have no effect: there is no block device in the kernel to
 * schedule.
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
		group_visit(who ? pid_from_vnr_locked((pid_t)who) : current->signal->pgid,
			    visit_process, walk);
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

static bool may_set_ioprio(const struct task_struct *task)
{
	uid_t uid = task->cred->uid;

	return uid == current_cred()->euid || uid == current_cred()->uid || capable(CAP_SYS_NICE);
}

/* As it counts among others: who has set none has what fits its policy and nice value. */
static u16 effective_ioprio(struct task_struct *task)
{
	struct sched_param_all params;
	int class = IOPRIO_CLASS_BE;

	if (task->ioprio >> IOPRIO_CLASS_SHIFT)
		return task->ioprio;
	sched_get_params(task, &params);
	if (params.policy == SCHED_IDLE)
		class = IOPRIO_CLASS_IDLE;
	else if (params.policy == SCHED_FIFO || params.policy == SCHED_RR)
		class = IOPRIO_CLASS_RT;
	return (u16)(class << IOPRIO_CLASS_SHIFT | (params.nice - NICE_MIN) / 5);
}

/* One visit to each thread that ioprio_set(2) or ioprio_get(2) is about. */
struct ioprio_walk {
	bool set;     /* else get */
	u16 priority; /* set: what to */
	uid_t user;   /* IOPRIO_WHO_USER */
	/* set: 0 or the error that ended it; get: the most urgent so far; -ESRCH: none yet */
	long result;
};

/* False: it ends here. */
static bool visit_ioprio(struct ioprio_walk *walk, struct task_struct *task)
{
	u16 priority;

	if (walk->set && !may_set_ioprio(task)) {
		walk->result = -EPERM;
		return false;
	}
	if (walk->set) {
		task->ioprio = walk->priority;
		walk->result = 0;
		return true;
	}
	priority = effective_ioprio(task);
	if (walk->result < 0 || priority < walk->result)
		walk->result = priority;
	return true;
}

static bool visit_ioprio_process(struct task_struct *leader, void *data)
{
	struct task_struct *thread;

	for_each_thread (leader, thread)
		if (!visit_ioprio(data, thread))
			return false;
	return true;
}

static void visit_ioprio_user(struct ioprio_walk *walk)
{
	struct task_struct *leader, *thread;

	for_each_process (leader)
		for_each_thread (leader, thread)
			if (thread->cred->uid == walk->user && !visit_ioprio(walk, thread))
				return;
}

static long walk_ioprio(struct ioprio_walk *walk, int which, int who)
{
	struct task_struct *task;

	walk->result = -ESRCH;
	spin_lock(&tasklist_lock);
	switch (which) {
	case IOPRIO_WHO_PROCESS:
		task = who ? find_task_by_pid(who) : current;
		if (task)
			visit_ioprio(walk, task);
		if (task && !walk->set)
			walk->result = task->ioprio;
		break;
	case IOPRIO_WHO_PGRP:
		group_visit(who ? pid_from_vnr_locked(who) : current->signal->pgid,
			    visit_ioprio_process, walk);
		break;
	case IOPRIO_WHO_USER:
		/* 0 is the caller's user only for who asks. */
		walk->user = who || walk->set ? (uid_t)who : current_cred()->uid;
		visit_ioprio_user(walk);
		break;
	default: walk->result = -EINVAL;
	}
	spin_unlock(&tasklist_lock);
	return walk->result;
}

/* ioprio_set(2). Bits between class and level are hints to disks. */
long sys_ioprio_set(long which, long who, long priority)
{
	unsigned int class = (unsigned int)priority >> IOPRIO_CLASS_SHIFT & (IOPRIO_LEVELS - 1);
	unsigned int level = (unsigned int)priority & (IOPRIO_LEVELS - 1);
	struct ioprio_walk walk = { .set = true, .priority = (u16)priority };

	if (class == IOPRIO_CLASS_RT && !capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (class > IOPRIO_CLASS_IDLE || (class == IOPRIO_CLASS_NONE && level))
		return -EINVAL;
	return walk_ioprio(&walk, (int)which, (int)who);
}

/* ioprio_get(2): of several threads, the most urgent. */
long sys_ioprio_get(long which, long who)
{
	struct ioprio_walk walk = { .set = false };

	return walk_ioprio(&walk, (int)which, (int)who);
}
