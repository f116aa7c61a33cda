/* SPDX-License-Identifier: MIT */
/*
 * SCHED_DEADLINE (sched(7)): earliest deadline first, with a constant-bandwidth server for each
 * entity, as Abeni and Buttazzo described it in 1998.
 *
 * An entity asks for `runtime` in each `period`, to be had within `deadline` of the period's
 * begin. Its server has a budget and an absolute deadline (`until`); the entity whose deadline
 * comes first runs and uses up its budget. So who asked for less than there is gets what it asked
 * for, whatever the others do.
 *
 * DL1: an entity without budget does not run: it is *throttled* until its next period begins, when
 *	budget and deadline are renewed. The running one is throttled when it is put back.
 * DL2: an entity that wakes keeps budget and deadline only if running so it would use no more than
 *	its share until then; else it begins a period anew. One with a deadline shorter than its
 *	period begins its next period in time, not earlier.
 * DL3: the running entity is in no tree and no list.
 *
 * DL4: fair tasks whose reserve is due go before those with a later deadline (reserve.c).
 *
 * When the running one's budget ends, or a throttled one's period begins, somebody has to call
 * pick(): the core arms a timer for deadline_next_event(). Admission, that is the sum of all
 * shares, is params.c's.
 *
 * All functions run under the queue's lock. Tested by tests/unit/test_deadline.c.
 */
#include "sched/class.h"

static struct sched_entity *entity_of(struct rb_node *node)
{
	return rb_entry(node, struct sched_entity, node);
}

/* --- the server --- */

/* When the period after the current one begins. */
static u64 next_period(const struct deadline_server *server)
{
	return server->until - server->deadline + server->period;
}

static void begin_period(struct deadline_server *server, u64 now)
{
	server->until = now + server->deadline;
	server->budget = (s64)server->runtime;
	server->throttled = false;
}

/* The next period has begun. What was used beyond the budget is paid back by further periods; who
 * is so late that even the last of them is over begins anew. */
static void renew(struct deadline_server *server, u64 now)
{
	do {
		server->until += server->period;
		server->budget += (s64)server->runtime;
	} while (server->budget <= 0);
	server->budget = MIN(server->budget, (s64)server->runtime);
	server->throttled = false;
	if (server->until <= now)
		begin_period(server, now);
}

/* Would the budget, used up until the deadline, be more than the entity's share of that time? */
static bool exceeds_share(const struct deadline_server *server, u64 now)
{
	u64 left = server->until - now;

	return (unsigned __int128)(u64)server->budget * server->deadline >
	       (unsigned __int128)left * server->runtime;
}

/* DL2. */
static void wake(struct deadline_server *server, u64 now)
{
	if (server->throttled) {
		if (next_period(server) <= now)
			renew(server, now);
		return;
	}
	if (server->until > now && !exceeds_share(server, now))
		return;
	if (server->until && server->deadline < server->period && next_period(server) > now)
		server->throttled = true;
	else
		begin_period(server, now);
}

/* --- the queue --- */

static void ready_insert(struct deadline_queue *queue, struct sched_entity *entity)
{
	struct rb_node **link = &queue->ready.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = entity->server.until < entity_of(parent)->server.until ? &parent->left
									      : &parent->right;
	}
	rb_insert(&queue->ready, &entity->node, parent, link, NULL);
}

static void queue_insert(struct deadline_queue *queue, struct sched_entity *entity)
{
	if (entity->server.throttled)
		list_add_tail(&entity->link, &queue->throttled);
	else
		ready_insert(queue, entity);
}

static void queue_remove(struct deadline_queue *queue, struct sched_entity *entity)
{
	if (entity->server.throttled)
		list_del(&entity->link);
	else
		rb_erase(&queue->ready, &entity->node, NULL);
}

static void throttle_if_spent(struct deadline_server *server, u64 now)
{
	if (server->budget > 0)
		return;
	if (next_period(server) <= now)
		renew(server, now);
	else
		server->throttled = true;
}

static void release_due(struct deadline_queue *queue, u64 now)
{
	struct sched_entity *entity, *next;

	list_for_each_entry_safe (entity, next, &queue->throttled, link) {
		if (next_period(&entity->server) > now)
			continue;
		list_del(&entity->link);
		renew(&entity->server, now);
		ready_insert(queue, entity);
	}
}

u64 deadline_next_event(const struct runqueue *rq, const struct sched_entity *running)
{
	const struct sched_entity *entity, *leaving = rq->deadline.current_entity;
	u64 event = UINT64_MAX;

	if (running->class == &deadline_class)
		event = rq->clock + (u64)MAX(running->server.budget, (s64)0);
	else
		event = reserve_next_event(rq);
	if (leaving && leaving != running && leaving->server.budget <= 0)
		event = MIN(event, next_period(&leaving->server));
	list_for_each_entry (entity, &rq->deadline.throttled, link)
		event = MIN(event, next_period(&entity->server));
	return event;
}

/* --- the policy's operations --- */

static void deadline_enqueue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	if (!(flags & ENQUEUE_MIGRATED))
		wake(&entity->server, rq->clock);
	queue_insert(&rq->deadline, entity);
	rq->deadline.count++;
	rq->before_rt++;
}

static void deadline_dequeue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	if (entity == rq->deadline.current_entity) {
		rq->deadline.current_entity = NULL;
		throttle_if_spent(&entity->server, rq->clock);
	} else {
		queue_remove(&rq->deadline, entity);
	}
	rq->deadline.count--;
	rq->before_rt--;
}

/* Of the running one and the queued ones. */
static struct sched_entity *earliest(struct runqueue *rq)
{
	struct deadline_queue *queue = &rq->deadline;
	struct sched_entity *running = queue->current_entity, *first;
	struct rb_node *node;

	release_due(queue, rq->clock);
	node = rb_first(&queue->ready);
	first = node ? entity_of(node) : NULL;
	if (running && running->server.budget <= 0 && next_period(&running->server) <= rq->clock)
		renew(&running->server, rq->clock);
	if (!running || running->server.budget <= 0)
		return first;
	return first && first->server.until < running->server.until ? first : running;
}

static struct sched_entity *deadline_pick(struct runqueue *rq)
{
	struct sched_entity *entity = earliest(rq);

	return entity && fair_before_deadline(rq, entity->server.until) ? NULL : entity;
}

static void deadline_set_current(struct runqueue *rq, struct sched_entity *entity)
{
	queue_remove(&rq->deadline, entity);
	rq->deadline.current_entity = entity;
}

static void deadline_put_current(struct runqueue *rq, struct sched_entity *entity)
{
	rq->deadline.current_entity = NULL;
	throttle_if_spent(&entity->server, rq->clock);
	queue_insert(&rq->deadline, entity);
}

static void deadline_charge(struct runqueue *rq, struct sched_entity *entity, u64 delta)
{
	struct deadline_server *server = &entity->server;

	if (server->budget > 0 && (s64)delta >= server->budget)
		server->overrun = true;
	server->budget -= (s64)delta;
	reserve_others_ran(rq, delta);
}

static bool deadline_tick(struct runqueue *rq, struct sched_entity *entity)
{
	return entity->server.budget <= 0 || fair_before_deadline(rq, entity->server.until);
}

/* A throttled one does not take the hart, but its period's begin is to be waited for. */
static bool deadline_preempts(struct runqueue *rq, struct sched_entity *newcomer)
{
	return newcomer->server.throttled ||
	       newcomer->server.until < rq->deadline.current_entity->server.until;
}

/* Done for this period: it gives back what is left of its budget (sched_yield(2)). */
static void deadline_yield(struct runqueue *rq, struct sched_entity *entity)
{
	entity->server.budget = MIN(entity->server.budget, (s64)0);
}

static struct sched_entity *deadline_candidate(struct runqueue *rq, unsigned int n)
{
	struct rb_node *node = rb_first(&rq->deadline.ready);

	while (node && n--)
		node = rb_next(node);
	return node ? entity_of(node) : NULL;
}

const struct sched_class deadline_class = {
	.name = "deadline",
	.precedence = 3,
	.enqueue = deadline_enqueue,
	.dequeue = deadline_dequeue,
	.pick = deadline_pick,
	.set_current = deadline_set_current,
	.put_current = deadline_put_current,
	.charge = deadline_charge,
	.tick = deadline_tick,
	.preempts = deadline_preempts,
	.yield = deadline_yield,
	.candidate = deadline_candidate,
};
