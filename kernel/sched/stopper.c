/* SPDX-License-Identifier: MIT */
/*
 * The policy of migration/N alone: it runs before everybody else on its hart, whatever was promised
 * to deadline tasks and however urgent a real-time one is, since who wants a running task moved
 * waits for it. To programs it looks like SCHED_FIFO of the highest priority.
 *
 * All functions run under the queue's lock.
 */
#include "sched/internal.h"

static void stop_enqueue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	rq->stopper_wanted = true;
	rq->before_rt++;
}

static void stop_dequeue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	rq->stopper_wanted = false;
	rq->before_rt--;
}

static struct sched_entity *stop_pick(struct runqueue *rq)
{
	return rq->stopper_wanted ? &rq->migration->se : NULL;
}

static void stop_current(struct runqueue *rq, struct sched_entity *entity)
{
}

static void stop_charge(struct runqueue *rq, struct sched_entity *entity, u64 delta)
{
}

static bool stop_makes_way(struct runqueue *rq, struct sched_entity *entity)
{
	return false;
}

static struct sched_entity *stop_candidate(struct runqueue *rq, unsigned int n)
{
	return NULL;
}

const struct sched_class stop_class = {
	.name = "stop",
	.precedence = 4,
	.enqueue = stop_enqueue,
	.dequeue = stop_dequeue,
	.pick = stop_pick,
	.set_current = stop_current,
	.put_current = stop_current,
	.charge = stop_charge,
	.tick = stop_makes_way,
	.preempts = stop_makes_way,
	.yield = stop_current,
	.candidate = stop_candidate,
};
