/* SPDX-License-Identifier: MIT */
/*
 * System calls of scheduling policies, affinity and the like (sched(7)), decoded. Who may set
 * what is in sched_rules.c, nice values are in sys_priority.c. The parameters take effect in
 * sched/.
 */
#include "abi/sched_rules.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "task/cred.h"
#include "uapi/sched.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* sched_yield(2). */
long sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* getcpu(2): there is one memory node. */
long sys_getcpu(uaddr_t hart, uaddr_t node)
{
	if (hart && put_user32(this_hart(), hart))
		return -EFAULT;
	return node ? put_user32(0, node) : 0;
}

/* --- affinity --- */

/* sched_setaffinity(2). Bits of harts that do not exist are ignored. */
long sys_sched_setaffinity(long pid, u64 size, uaddr_t from)
{
	struct task_struct *task;
	hartmask_t harts = 0;
	int error = -EPERM;

	if (copy_from_user(&harts, from, MIN((size_t)(u32)size, sizeof(harts))))
		return -EFAULT;
	task = sched_target((int)pid);
	if (IS_ERR(task))
		return (int)pid < 0 ? -ESRCH : PTR_ERR(task);
	if (task->flags & PF_KTHREAD && task->kthread)
		error = -EINVAL;
	else if (same_owner(task) || capable(CAP_SYS_NICE))
		error = sched_set_affinity(task, harts);
	put_task_struct(task);
	return error;
}

/* sched_getaffinity(2): the bytes of the mask. */
long sys_sched_getaffinity(long pid, u64 size_word, uaddr_t to)
{
	u32 size = (u32)size_word;
	struct task_struct *task;
	hartmask_t harts;

	if (size % sizeof(u64) || (u64)size * 8 < nr_harts)
		return -EINVAL;
	task = sched_target((int)pid);
	if (IS_ERR(task))
		return (int)pid < 0 ? -ESRCH : PTR_ERR(task);
	harts = READ_ONCE(task->affinity) & READ_ONCE(harts_online);
	put_task_struct(task);
	if (copy_to_user(to, &harts, sizeof(harts)))
		return -EFAULT;
	return sizeof(harts);
}

/* --- policies --- */

/* What is to change of a task's parameters. */
struct params_request {
	struct sched_param_all params;
	bool keep_policy;   /* sched_setparam(2), SCHED_FLAG_KEEP_POLICY */
	bool keep_priority; /* SCHED_FLAG_KEEP_PARAMS */
	bool keep_nice;	    /* the calls that are older than sched_setattr(2) */
};

static bool policy_is_real_time(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool policy_is_fair(int policy)
{
	return policy != SCHED_DEADLINE && !policy_is_real_time(policy);
}

static int set_params_of(struct task_struct *task, struct params_request *request)
{
	struct sched_param_all old, *new = &request->params;
	int error;

	sched_get_params(task, &old);
	if (request->keep_policy) {
		new->policy = old.policy;
		new->reset_on_fork = old.reset_on_fork;
	}
	if (request->keep_priority) {
		new->rt_priority = old.rt_priority;
		new->runtime = old.runtime;
		new->deadline = old.deadline;
		new->period = old.period;
		new->deadline_flags = old.deadline_flags;
	}
	/* The nice value of a real-time task waits for its return to another policy. */
	if (request->keep_nice || request->keep_priority || !policy_is_fair(new->policy)) {
		new->nice = old.nice;
		new->slice = old.slice;
	} else {
		new->slice = sched_slice(new->runtime);
	}
	if (new->policy != SCHED_DEADLINE) {
		new->runtime = new->deadline = new->period = 0;
		new->deadline_flags = 0;
	}
	if ((new->rt_priority != 0) != policy_is_real_time(new->policy))
		return -EINVAL;
	error = may_set_params(task, &old, new);
	return error ? error : sched_set_params(task, new);
}

static long set_params(int pid, struct params_request *request)
{
	struct task_struct *task = sched_target(pid);
	int error;

	if (IS_ERR(task))
		return PTR_ERR(task);
	error = set_params_of(task, request);
	put_task_struct(task);
	return error;
}

/* The policy number of a request: 0, or -EINVAL for what does not exist. */
static int decode_policy(int policy, struct sched_param_all *params)
{
	params->reset_on_fork = (policy & SCHED_RESET_ON_FORK) != 0;
	policy &= ~SCHED_RESET_ON_FORK;
	params->policy = (u8)policy;
	switch (policy) {
	case SCHED_NORMAL:
	case SCHED_FIFO:
	case SCHED_RR:
	case SCHED_BATCH:
	case SCHED_IDLE: return 0;
	}
	return -EINVAL;
}

static int get_priority(uaddr_t from, struct sched_param_all *params)
{
	struct sched_param param;

	if (!from)
		return -EINVAL;
	if (copy_from_user(&param, from, sizeof(param)))
		return -EFAULT;
	if (param.sched_priority < 0 || param.sched_priority > RT_PRIO_MAX)
		return -EINVAL;
	params->rt_priority = (u8)param.sched_priority;
	return 0;
}

/* sched_setscheduler(2). */
long sys_sched_setscheduler(long pid, long policy, uaddr_t param)
{
	struct params_request request = { .keep_nice = true };
	int error;

	if ((int)policy < 0 || (int)pid < 0)
		return -EINVAL;
	error = get_priority(param, &request.params);
	if (!error)
		error = decode_policy((int)policy, &request.params);
	return error ? error : set_params((int)pid, &request);
}

/* sched_setparam(2). */
long sys_sched_setparam(long pid, uaddr_t param)
{
	struct params_request request = { .keep_nice = true, .keep_policy = true };
	int error = (int)pid < 0 ? -EINVAL : get_priority(param, &request.params);

	return error ? error : set_params((int)pid, &request);
}

static int read_params(int pid, struct sched_param_all *params)
{
	struct task_struct *task = sched_target(pid);

	if (IS_ERR(task))
		return (int)PTR_ERR(task);
	sched_get_params(task, params);
	put_task_struct(task);
	return 0;
}

/* sched_getscheduler(2). */
long sys_sched_getscheduler(long pid)
{
	struct sched_param_all params;
	int error = read_params((int)pid, &params);

	if (error)
		return error;
	return params.policy | (params.reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

/* sched_getparam(2). */
long sys_sched_getparam(long pid, uaddr_t to)
{
	struct sched_param_all params;
	struct sched_param param;
	int error = to ? read_params((int)pid, &params) : -EINVAL;

	if (error)
		return error;
	param.sched_priority = params.rt_priority;
	return copy_to_user(to, &param, sizeof(param));
}

/* --- sched_setattr, sched_getattr --- */

/* A structure of any length, as extensible system calls have it: what we do not know must be 0. */
static int get_attr(struct sched_attr *attr, uaddr_t from)
{
	u8 rest[PAGE_SIZE / 16];
	u32 size;

	if (get_user32(&size, from))
		return -EFAULT;
	size = size ? size : SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		goto unknown_size;
	memset(attr, 0, sizeof(*attr));
	if (copy_from_user(attr, from, MIN((size_t)size, sizeof(*attr))))
		return -EFAULT;
	for (u32 at = sizeof(*attr); at < size;) {
		u32 bytes = MIN(size - at, (u32)sizeof(rest));

		if (copy_from_user(rest, from + at, bytes))
			return -EFAULT;
		for (u32 i = 0; i < bytes; i++)
			if (rest[i])
				goto unknown_size;
		at += bytes;
	}
	attr->size = size;
	return 0;

unknown_size:
	return put_user32(sizeof(*attr), from) ? -EFAULT : -E2BIG;
}

static int decode_attr(const struct sched_attr *attr, struct params_request *request)
{
	const u64 known = SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN |
			  SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS;
	int error = 0;

	if (attr->sched_flags & (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX))
		return -EOPNOTSUPP;
	if (attr->sched_flags & ~known || (s32)attr->sched_policy < 0)
		return -EINVAL;
	request->keep_policy = attr->sched_flags & SCHED_FLAG_KEEP_POLICY;
	request->keep_priority = attr->sched_flags & SCHED_FLAG_KEEP_PARAMS;
	if (!request->keep_policy && attr->sched_policy == SCHED_DEADLINE)
		request->params.policy = SCHED_DEADLINE;
	else if (!request->keep_policy)
		error = decode_policy((int)attr->sched_policy, &request->params);
	if (error || attr->sched_policy & SCHED_RESET_ON_FORK)
		return -EINVAL;
	if (attr->sched_priority > RT_PRIO_MAX)
		return -EINVAL;
	request->params.reset_on_fork = attr->sched_flags & SCHED_FLAG_RESET_ON_FORK;
	request->params.rt_priority = (u8)attr->sched_priority;
	request->params.nice = (s8)MAX(NICE_MIN, MIN(NICE_MAX, attr->sched_nice));
	request->params.runtime = attr->sched_runtime;
	request->params.deadline = attr->sched_deadline;
	request->params.period = attr->sched_period ? attr->sched_period : attr->sched_deadline;
	request->params.deadline_flags =
		(u32)attr->sched_flags & (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN);
	return 0;
}

/* sched_setattr(2). */
long sys_sched_setattr(long pid, uaddr_t from, long flags)
{
	struct params_request request = { 0 };
	struct sched_attr attr;
	int error;

	if (!from || (int)pid < 0 || (int)flags)
		return -EINVAL;
	error = get_attr(&attr, from);
	if (!error)
		error = decode_attr(&attr, &request);
	return error ? error : set_params((int)pid, &request);
}

/* sched_getattr(2). */
long sys_sched_getattr(long pid, uaddr_t to, u64 size_word, u64 flags)
{
	u32 size = (u32)size_word;
	struct sched_param_all params;
	struct sched_attr attr = { 0 };
	int error;

	if (!to || (int)pid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 || (u32)flags)
		return -EINVAL;
	error = read_params((int)pid, &params);
	if (error)
		return error;
	attr.size = MIN(size, (u32)sizeof(attr));
	attr.sched_policy = params.policy;
	attr.sched_flags = params.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	attr.sched_flags |= params.deadline_flags;
	attr.sched_runtime = params.runtime;
	attr.sched_deadline = params.deadline;
	attr.sched_period = params.period;
	if (policy_is_real_time(params.policy))
		attr.sched_priority = params.rt_priority;
	if (policy_is_fair(params.policy)) {
		attr.sched_nice = params.nice;
		attr.sched_runtime = params.slice;
	}
	return copy_to_user(to, &attr, attr.size);
}

/* --- limits of policies --- */

static long priority_limit(int policy, long real_time)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR: return real_time;
	case SCHED_NORMAL:
	case SCHED_BATCH:
	case SCHED_IDLE:
	case SCHED_DEADLINE: return 0;
	}
	return -EINVAL;
}

/* sched_get_priority_max(2). */
long sys_sched_get_priority_max(long policy)
{
	return priority_limit((int)policy, RT_PRIO_MAX);
}

/* sched_get_priority_min(2). */
long sys_sched_get_priority_min(long policy)
{
	return priority_limit((int)policy, 1);
}

/* sched_rr_get_interval(2). */
long sys_sched_rr_get_interval(long pid, uaddr_t to)
{
	struct task_struct *task = sched_target((int)pid);
	struct timespec interval;

	if (IS_ERR(task))
		return PTR_ERR(task);
	interval = ns_to_timespec(sched_rr_interval(task));
	put_task_struct(task);
	return copy_to_user(to, &interval, sizeof(interval));
}
