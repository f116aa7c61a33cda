/* SPDX-License-Identifier: MIT */
/*
 * The real-time policies SCHED_FIFO and SCHED_RR (sched(7)): 99 levels, the most urgent runs;
 * within a level in order of arrival, with SCHED_RR for RR_SLICE in turn.
 *
 * RT1: the running entity is in no list. When it is preempted it goes back to the head of its
 *	level, so it keeps its turn; when its turn is over (slice_left 0: RR's slice ran out, or it
 *	yielded), to the tail, with a new slice.
 * RT2: a level's bit is set exactly when its list is not empty.
 *
 * All functions run under the queue's lock. Tested by tests/unit/test_rt.c.
 */
#include "sched/class.h"

static inline unsigned int level_of(const struct sched_entity *entity)
{
	return RT_PRIO_MAX - entity->urgency;
}

static void list_insert(struct rt_queue *rt, struct sched_entity *entity, bool first)
{
	unsigned int level = level_of(entity);

	if (first)
		list_add(&entity->link, &rt->level[level]);
	else
		list_add_tail(&entity->link, &rt->level[level]);
	bitmap_set(rt->bitmap, level);
}

static void list_remove(struct rt_queue *rt, struct sched_entity *entity)
{
	unsigned int level = level_of(entity);

	list_del(&entity->link);
	if (list_empty(&rt->level[level]))
		bitmap_clear(rt->bitmap, level);
}

static void rt_enqueue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	entity->slice_left = RR_SLICE;
	if (flags & (ENQUEUE_WAKEUP | ENQUEUE_NEW))
		entity->awake_ns = 0;
	list_insert(&rq->rt, entity, false);
	rq->rt.count++;
}

static void rt_dequeue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	if (entity == rq->rt.current_entity)
		rq->rt.current_entity = NULL;
	else
		list_remove(&rq->rt, entity);
	rq->rt.count--;
}

/* The running one goes on while nobody is more urgent, and nobody of its level waits when its turn
 * is over. */
static struct sched_entity *rt_pick(struct runqueue *rq)
{
	struct rt_queue *rt = &rq->rt;
	struct sched_entity *running = rt->current_entity;
	unsigned long level;

	if (!rt->count || unlikely(fair_goes_first(rq)))
		return NULL;
	level = bitmap_find_set(rt->bitmap, RT_LEVELS, 0);
	if (running &&
	    (level > level_of(running) || (level == level_of(running) && running->slice_left)))
		return running;
	return list_first_entry(&rt->level[level], struct sched_entity, link);
}

static void rt_set_current(struct runqueue *rq, struct sched_entity *entity)
{
	list_remove(&rq->rt, entity);
	rq->rt.current_entity = entity;
}

static void rt_put_current(struct runqueue *rq, struct sched_entity *entity)
{
	bool keeps_turn = entity->slice_left != 0;

	if (!keeps_turn)
		entity->slice_left = RR_SLICE;
	list_insert(&rq->rt, entity, keeps_turn);
	rq->rt.current_entity = NULL;
}

static void rt_charge(struct runqueue *rq, struct sched_entity *entity, u64 delta)
{
	reserve_others_ran(rq, delta);
	entity->awake_ns += delta;
	if (entity->policy == SCHED_RR)
		entity->slice_left -= (u32)MIN(delta, (u64)entity->slice_left);
}

static bool rt_tick(struct runqueue *rq, struct sched_entity *entity)
{
	if (unlikely(fair_goes_first(rq)))
		return true;
	if (entity->slice_left)
		return false;
	if (!list_empty(&rq->rt.level[level_of(entity)]))
		return true;
	entity->slice_left = RR_SLICE;
	return false;
}

static bool rt_preempts(struct runqueue *rq, struct sched_entity *newcomer)
{
	return newcomer->urgency > rq->rt.current_entity->urgency;
}

static void rt_yield(struct runqueue *rq, struct sched_entity *entity)
{
	if (!list_empty(&rq->rt.level[level_of(entity)]))
		entity->slice_left = 0;
}

static struct sched_entity *rt_candidate(struct runqueue *rq, unsigned int n)
{
	unsigned long level = bitmap_find_set(rq->rt.bitmap, RT_LEVELS, 0);
	struct sched_entity *entity;

	for (; level < RT_LEVELS; level = bitmap_find_set(rq->rt.bitmap, RT_LEVELS, level + 1))
		list_for_each_entry (entity, &rq->rt.level[level], link)
			if (n-- == 0)
				return entity;
	return NULL;
}

const struct sched_class rt_class = {
	.name = "rt",
	.precedence = 2,
	.enqueue = rt_enqueue,
	.dequeue = rt_dequeue,
	.pick = rt_pick,
	.set_current = rt_set_current,
	.put_current = rt_put_current,
	.charge = rt_charge,
	.tick = rt_tick,
	.preempts = rt_preempts,
	.yield = rt_yield,
	.candidate = rt_candidate,
};
