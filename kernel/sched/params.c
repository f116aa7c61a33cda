/* SPDX-License-Identifier: MIT */
/*
 * Scheduling parameters of tasks: policy, priority, nice; times that follow from them. Affinity is
 * in affinity.c, as it moves tasks.
 *
 * What SCHED_DEADLINE promises is counted over all harts in `promised`: a task is admitted only
 * while all shares together stay below `promise_limit`, 95 % of them unless it was set. The rest is
 * for everybody else. Such tasks may run on every hart.
 *
 * A task's parameters change under the lock of its queue, while it is off the policy's lists: taken
 * off, changed, put back. Permission, and the form of the user's request, are checked above.
 */
#include "arch/hart.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "sched/internal.h"
#include "sched/mutex.h"
#include "sched/pimutex.h"
#include "uapi/sched.h"

enum { SHARE_BITS = 20 };

/* Least and greatest period, least run time, ns. */
#define PERIOD_MIN 100000UL
#define PERIOD_MAX (4194304 * 1000UL)
#define RUNTIME_MIN 1024UL

/* Sum of the shares of all SCHED_DEADLINE tasks, in 1/2^SHARE_BITS of a hart. */
static u64 promised; /* [a] */

/* The most that may be promised of each hart, as it was set: time of a period. -1: no limit. */
int sched_rt_runtime_us = 950000;
int sched_rt_period_us = 1000000;
static struct mutex limit_lock = MUTEX_INIT(limit_lock, MUTEX_LEAF); /* for changing the two */

/* 1024 / 1.25^nice, rounded: one step of nice is about 10 % of the hart between two tasks. */
static const u32 nice_weight[NICE_MAX - NICE_MIN + 1] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537,  7629,  6104,  4883,  3906,  3125,  2500,	 2000,	1600,  1280,
	1024,  819,   655,   524,   419,   336,	  268,	 215,	172,   137,
	110,   88,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

void sched_entity_update(struct sched_entity *entity)
{
	bool deadline = entity->policy == SCHED_DEADLINE;

	entity->urgency = MAX(entity->rt_priority, entity->inherited);
	entity->weight = 0;
	if (unlikely(entity->is_stopper)) {
		entity->class = &stop_class;
		return;
	}
	if (entity->urgency || deadline) {
		entity->class = deadline ? &deadline_class : &rt_class;
		return;
	}
	entity->class = &fair_class;
	entity->weight = entity->policy == SCHED_IDLE ? IDLE_POLICY_WEIGHT
						      : nice_weight[entity->nice - NICE_MIN];
}

/* --- SCHED_DEADLINE's promises --- */

static u64 share_of_hart(u64 runtime, u64 period)
{
	return period ? (runtime << SHARE_BITS) / period : 0;
}

/* What may be promised of all harts together. */
static u64 promise_limit(int runtime_us, int period_us)
{
	return runtime_us < 0 ? UINT64_MAX
			      : nr_harts * share_of_hart((u64)runtime_us, (u64)period_us);
}

/* Exchanges one promise for another. False: that would be too much. */
static bool promise(u64 before, u64 after)
{
	u64 limit = promise_limit(READ_ONCE(sched_rt_runtime_us), READ_ONCE(sched_rt_period_us));
	u64 seen = READ_ONCE(promised);

	do {
		if (after > before && seen - before + after > limit)
			return false;
	} while (!atomic_cmpxchg(&promised, &seen, seen - before + after));
	return true;
}

/* A task may be admitted by the old limit while it changes. */
int sched_limit_promises(int runtime_us, int period_us)
{
	int error = 0;

	if (runtime_us > period_us)
		return -EINVAL;
	mutex_lock(&limit_lock);
	if (READ_ONCE(promised) > promise_limit(runtime_us, period_us)) {
		error = -EBUSY;
	} else {
		WRITE_ONCE(sched_rt_runtime_us, runtime_us);
		WRITE_ONCE(sched_rt_period_us, period_us);
	}
	mutex_unlock(&limit_lock);
	return error;
}

/* The queue's lock is held, so nobody else changes what the task was promised. A task that ends
 * gets no more promises (sched_exit()). */
static int change_promise(struct task_struct *task, const struct sched_param_all *params)
{
	const struct deadline_server *server = &task->se.server;
	hartmask_t all = READ_ONCE(harts_online);
	bool deadline = params->policy == SCHED_DEADLINE;

	if (likely(!deadline && !server->runtime))
		return 0;
	if (deadline && (task->affinity & all) != all)
		return -EPERM;
	if (deadline && READ_ONCE(task->flags) & PF_EXITING)
		return -ESRCH;
	return promise(share_of_hart(server->runtime, server->period),
		       share_of_hart(params->runtime, params->period))
		       ? 0
		       : -EBUSY;
}

/* Other promises begin anew; the same ones leave the server as it is. */
static void store_promise(struct deadline_server *server, const struct sched_param_all *params)
{
	server->flags = params->deadline_flags;
	if (server->runtime == params->runtime && server->deadline == params->deadline &&
	    server->period == params->period)
		return;
	*server = (struct deadline_server){
		.runtime = params->runtime,
		.deadline = params->deadline,
		.period = params->period,
		.flags = params->deadline_flags,
	};
}

bool sched_take_overrun(void)
{
	struct runqueue *rq;
	bool overrun;

	if (likely(!READ_ONCE(current->se.server.overrun)))
		return false;
	rq = task_rq_lock(current);
	overrun = current->se.server.overrun && current->se.server.flags & SCHED_FLAG_DL_OVERRUN;
	current->se.server.overrun = false;
	spin_unlock(&rq->lock);
	return overrun;
}

/* --- all policies --- */

static void store_params(struct sched_entity *entity, const void *value)
{
	const struct sched_param_all *params = value;

	entity->policy = params->policy;
	entity->nice = params->nice;
	entity->rt_priority = params->rt_priority;
	entity->reset_on_fork = params->reset_on_fork;
	entity->slice = params->slice;
	store_promise(&entity->server, params);
	sched_entity_update(entity);
}

static void store_inherited(struct sched_entity *entity, const void *value)
{
	entity->inherited = *(const u8 *)value;
	sched_entity_update(entity);
}

/* Takes the task off its lists, changes it, puts it back; its hart picks anew. The queue's lock is
 * held. True: the hart is to be told. */
static bool change(struct runqueue *rq, struct task_struct *task,
		   void (*store)(struct sched_entity *entity, const void *value), const void *value)
{
	bool running = rq->current_task == task;

	if (!task->se.on_rq) {
		store(&task->se, value);
		return false;
	}
	rq_remove(rq, task, 0);
	store(&task->se, value);
	rq_add(rq, task, 0);
	if (running)
		task->se.class->set_current(rq, &task->se);
	return rq_resched(rq);
}

static int change_params(struct task_struct *task, const struct sched_param_all *params)
{
	struct runqueue *rq;
	bool tell = false;
	int error;

	spin_lock(&task->wake_lock);
	rq = task_rq_lock(task);
	rq_charge(rq);
	error = change_promise(task, params);
	if (!error)
		tell = change(rq, task, store_params, params);
	spin_unlock(&rq->lock);
	spin_unlock(&task->wake_lock);
	if (tell)
		arch_send_ipi(rq->hart);
	if (!error)
		pi_priority_changed(task);
	return error;
}

void sched_set_inherited(struct task_struct *task, u8 priority)
{
	struct runqueue *rq;
	bool tell;

	spin_lock(&task->wake_lock);
	rq = task_rq_lock(task);
	rq_charge(rq);
	tell = change(rq, task, store_inherited, &priority);
	spin_unlock(&rq->lock);
	spin_unlock(&task->wake_lock);
	if (tell)
		arch_send_ipi(rq->hart);
}

u32 sched_slice(u64 wanted)
{
	enum { SLICE_MIN = 100000, SLICE_MAX = 100000000 }; /* ns, as Linux's */

	if (!wanted)
		return FAIR_SLICE;
	return (u32)MAX(MIN(wanted, (u64)SLICE_MAX), (u64)SLICE_MIN);
}

static bool deadline_valid(const struct sched_param_all *params)
{
	return params->rt_priority == 0 && params->runtime >= RUNTIME_MIN &&
	       params->runtime <= params->deadline && params->deadline <= params->period &&
	       params->period >= PERIOD_MIN && params->period <= PERIOD_MAX;
}

static bool params_valid(const struct sched_param_all *params)
{
	bool real_time = params->policy == SCHED_FIFO || params->policy == SCHED_RR;

	if (params->nice < NICE_MIN || params->nice > NICE_MAX)
		return false;
	if (params->policy == SCHED_DEADLINE)
		return deadline_valid(params);
	if (real_time)
		return params->rt_priority >= 1 && params->rt_priority <= RT_PRIO_MAX;
	return params->rt_priority == 0 &&
	       (params->policy == SCHED_NORMAL || params->policy == SCHED_BATCH ||
		params->policy == SCHED_IDLE);
}

int sched_set_params(struct task_struct *task, const struct sched_param_all *params)
{
	if (!params_valid(params))
		return -EINVAL;
	return change_params(task, params);
}

void sched_exit(void)
{
	struct sched_param_all params;

	if (likely(current->se.policy != SCHED_DEADLINE))
		return;
	params = (struct sched_param_all){ .nice = current->se.nice, .slice = current->se.slice };
	(void)!change_params(current, &params); /* less is never too much */
}

void sched_get_params(struct task_struct *task, struct sched_param_all *params)
{
	struct runqueue *rq = task_rq_lock(task);

	*params = (struct sched_param_all){
		.policy = task->se.policy,
		.nice = task->se.nice,
		.rt_priority = task->se.rt_priority,
		.reset_on_fork = task->se.reset_on_fork,
		.slice = task->se.slice,
		.deadline_flags = task->se.server.flags,
		.runtime = task->se.server.runtime,
		.deadline = task->se.server.deadline,
		.period = task->se.server.period,
	};
	spin_unlock(&rq->lock);
}

void sched_set_nice(struct task_struct *task, int nice)
{
	struct sched_param_all params;

	sched_get_params(task, &params);
	params.nice = (s8)MAX(NICE_MIN, MIN(NICE_MAX, nice));
	(void)!change_params(task, &params); /* promises stay as they are */
}

nsec_t sched_rr_interval(struct task_struct *task)
{
	switch (READ_ONCE(task->se.policy)) {
	case SCHED_DEADLINE:
	case SCHED_FIFO: return 0;
	case SCHED_RR: return RR_SLICE;
	default: return READ_ONCE(task->se.slice);
	}
}

/* Run time up to now; the queue's lock is held. */
static u64 runtime_locked(struct runqueue *rq, struct task_struct *task)
{
	if (rq->current_task == task)
		rq_charge(rq);
	return task->se.sum_exec;
}

u64 sched_task_runtime(struct task_struct *task)
{
	struct runqueue *rq = task_rq_lock(task);
	u64 runtime = runtime_locked(rq, task);

	spin_unlock(&rq->lock);
	return runtime;
}

/* whole * part / total, without overflow of the product; part <= total. */
static u64 share_of(u64 whole, u64 part, u64 total)
{
	return whole / total * part + whole % total * part / total;
}

/* Neither time ever goes back, though the ratio of the samples does: what was told once is the
 * least. */
void sched_task_times(struct task_struct *task, u64 *user_ns, u64 *system_ns)
{
	struct runqueue *rq = task_rq_lock(task);
	struct sched_entity *entity = &task->se;
	u64 runtime = runtime_locked(rq, task);
	u64 user = READ_ONCE(task->ticks_user), samples = user + READ_ONCE(task->ticks_system);

	user = samples ? share_of(runtime, user, samples) : runtime;
	user = MAX(user, entity->user_shown);
	user = MIN(user, runtime - entity->system_shown);
	entity->user_shown = *user_ns = user;
	entity->system_shown = *system_ns = runtime - user;
	spin_unlock(&rq->lock);
}
