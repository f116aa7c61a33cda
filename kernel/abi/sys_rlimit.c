/* SPDX-License-Identifier: MIT */
/*
 * System calls of resource limits and use: prlimit(2), getrusage(2), times(2).
 */
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "task/itimer.h"
#include "task/pid.h"
#include "task/process.h"
#include "task/signal.h"
#include "task/wait.h"
#include "uapi/process.h"
#include "vm/usercopy.h"

enum { NR_OPEN = 1 << 20 };

/* May current see or set the limits of that task? The same user ids throughout, or a capability. */
static bool may_limit(struct task_struct *task)
{
	const struct cred *mine = current_cred();
	struct cred *other;
	bool same;

	if (task->signal == current->signal || capable(CAP_SYS_RESOURCE))
		return true;
	other = get_task_cred(task);
	same = mine->uid == other->uid && mine->uid == other->euid && mine->uid == other->suid &&
	       mine->gid == other->gid && mine->gid == other->egid && mine->gid == other->sgid;
	cred_put(other);
	return same;
}

static int check_limit(const struct rlimit *old, const struct rlimit *limit, unsigned int which)
{
	if (limit->soft > limit->hard)
		return -EINVAL;
	if (which == RLIMIT_NOFILE && limit->hard > NR_OPEN)
		return -EPERM;
	if (limit->hard > old->hard && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

/* Exchanges a limit: reads the old one, and sets the new one when there is one. */
static int exchange_limit(struct task_struct *task, unsigned int which, const struct rlimit *limit,
			  struct rlimit *old)
{
	struct sighand_struct *sighand;
	struct rlimit *place = &task->signal->limits[which];
	int error = 0;

	spin_lock(&tasklist_lock);
	sighand = task->sighand;
	spin_lock(&sighand->lock);
	*old = *place;
	if (limit)
		error = check_limit(old, limit, which);
	if (limit && !error) {
		*place = *limit;
		if (which == RLIMIT_CPU)
			cpu_limit_changed(task->signal);
	}
	spin_unlock(&sighand->lock);
	spin_unlock(&tasklist_lock);
	return error;
}

long sys_prlimit64(pid_t pid, unsigned int which, uaddr_t new_limit, uaddr_t old_limit)
{
	struct task_struct *task;
	struct rlimit limit, old;
	long error;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (new_limit && copy_from_user(&limit, new_limit, sizeof(limit)))
		return -EFAULT;
	task = pid ? get_task_by_pid(pid) : get_task_struct(current);
	if (!task)
		return -ESRCH;
	error = may_limit(task) ? exchange_limit(task, which, new_limit ? &limit : NULL, &old)
				: -EPERM;
	put_task_struct(task);
	if (!error && old_limit)
		error = copy_to_user(old_limit, &old, sizeof(old));
	return error;
}

long sys_getrlimit(unsigned int which, uaddr_t limit)
{
	if (which < RLIM_NLIMITS && !limit)
		return -EFAULT;
	return sys_prlimit64(0, which, 0, limit);
}

long sys_setrlimit(unsigned int which, uaddr_t limit)
{
	if (which < RLIM_NLIMITS && !limit)
		return -EFAULT;
	return sys_prlimit64(0, which, limit, 0);
}

long sys_getrusage(int who, uaddr_t result)
{
	struct rusage usage;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	get_rusage(who, &usage);
	return copy_to_user(result, &usage, sizeof(usage));
}

static s64 user_ticks(u64 ns)
{
	return (s64)(ns / (NSEC_PER_SEC / USER_HZ));
}

long sys_times(uaddr_t result)
{
	u64 user_ns, system_ns;
	struct tms tms;

	spin_lock(&tasklist_lock);
	process_times(current->signal, &user_ns, &system_ns);
	spin_unlock(&tasklist_lock);
	tms.utime = user_ticks(user_ns);
	tms.stime = user_ticks(system_ns);
	tms.cutime = user_ticks(current->signal->children_user_ns);
	tms.cstime = user_ticks(current->signal->children_system_ns);
	if (result && copy_to_user(result, &tms, sizeof(tms)))
		return -EFAULT;
	return user_ticks((u64)clock_monotonic());
}
