/* SPDX-License-Identifier: MIT */
/*
 * Who may change whose scheduling parameters (sched_rules.h).
 */
#include "abi/sched_rules.h"

#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid.h"

static bool real_time(const struct sched_param_all *params)
{
	return params->policy == SCHED_FIFO || params->policy == SCHED_RR;
}

bool same_owner(const struct task_struct *task)
{
	const struct cred *cred = READ_ONCE(task->cred);

	return current_cred()->euid == cred->euid || current_cred()->euid == cred->uid;
}

bool may_nice(const struct task_struct *task, int nice)
{
	/* RLIMIT_NICE 1 .. 40 stands for nice 19 .. -20: getrlimit(2). */
	u64 lowest = task->signal->limits[RLIMIT_NICE].soft;

	return (u64)(20 - nice) <= lowest || capable(CAP_SYS_NICE);
}

int may_set_params(const struct task_struct *task, const struct sched_param_all *old,
		   const struct sched_param_all *new)
{
	u64 highest = task->signal->limits[RLIMIT_RTPRIO].soft;

	if (capable(CAP_SYS_NICE))
		return 0;
	if (new->policy == SCHED_DEADLINE)
		return -EPERM;
	if (real_time(new)) {
		if (new->policy != old->policy && !highest)
			return -EPERM;
		if (new->rt_priority > old->rt_priority &&new->rt_priority > highest)
			return -EPERM;
	} else if (new->nice < old->nice && !may_nice(task, new->nice)) {
		return -EPERM;
	}
	if (old->policy == SCHED_IDLE && new->policy != SCHED_IDLE && !may_nice(task, old->nice))
		return -EPERM;
	if (!same_owner(task) || (old->reset_on_fork && !new->reset_on_fork))
		return -EPERM;
	return 0;
}

struct task_struct *sched_target(int pid)
{
	struct task_struct *task;

	if (pid < 0)
		return ERR_PTR(-EINVAL);
	task = pid ? get_task_by_pid(pid) : get_task_struct(current);
	return task ? task : ERR_PTR(-ESRCH);
}
