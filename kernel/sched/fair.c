/* SPDX-License-Identifier: MIT */
/*
 * The fair policy: EEVDF (earliest eligible virtual deadline first; Stoica and Abdel-Wahab, 1995).
 *
 * Virtual time. An entity that runs for d ns ages by d * 1024 / weight: its vruntime. The average V
 * of all runnable entities' vruntimes, weighted, is where each would stand had the hart been shared
 * ideally. lag = V - vruntime is what an entity is owed (positive) or has had too much (negative).
 *
 * An entity is eligible when it is owed something (vruntime <= V). Each asks for slices of run
 * time, FAIR_SLICE unless sched_setattr(2) chose another: with shorter ones it has its turn sooner
 * and more often, not more in all. Its deadline is the virtual time at which the ideal hart would
 * have served the current slice. The eligible entity with the earliest deadline runs. So nobody's
 * lag goes beyond a slice and a tick, whatever the number of entities (tests/unit/test_fair.c).
 *
 * FAIR1: base + weighted_sum / total_weight is the average over the tree; the running entity, which
 *	  is not in the tree, is added where the average over all is needed.
 * FAIR2: the tree is ordered by vruntime, and min_deadline is the least deadline in a subtree: the
 *	  eligible entities are a prefix of the order, and the earliest deadline of a prefix is
 *	  found in one descent.
 * FAIR3: lag survives sleep, migration and changes of weight: dequeue keeps it in vlag, enqueue
 *	  gives it back. Sleeping pays off debts, as V would have gone on.
 *
 * Virtual times wrap; they are compared by signed difference. All functions run under the queue's
 * lock.
 */
#include "sched/class.h"

/* V's distance from base at which base follows; far below where distance * weights overflows. */
enum { REBASE_DISTANCE = 1 << 28 };

/* A running entity is not preempted by a newcomer of its like before it has had this, ns: two that
 * wake each other alternate when they sleep, not at each wake-up. */
enum { MIN_RUN = 750000 };

/* Debts older than this are paid. */
enum { DEBT_HORIZON = 1000000000 };

static inline bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline s64 key(const struct fair_queue *fair, const struct sched_entity *entity)
{
	return (s64)(entity->vruntime - fair->base);
}

/* Run time to virtual time. */
static inline u64 scaled(u64 ns, u32 weight)
{
	return likely(weight == NICE_0_WEIGHT) ? ns : ns * NICE_0_WEIGHT / weight;
}

static inline u64 queue_weight(const struct fair_queue *fair)
{
	return fair->total_weight + (fair->current_entity ? fair->current_entity->weight : 0);
}

static inline s64 queue_sum(const struct fair_queue *fair)
{
	const struct sched_entity *running = fair->current_entity;

	return fair->weighted_sum + (running ? key(fair, running) * running->weight : 0);
}

/* V. Without entities, where the next one is to begin. */
static u64 average(const struct fair_queue *fair)
{
	s64 sum, weight;

	if (!fair->tree.node)
		return fair->current_entity ? fair->current_entity->vruntime : fair->base;
	sum = queue_sum(fair);
	weight = (s64)queue_weight(fair);
	if (sum < 0)
		sum -= weight - 1; /* division rounds down */
	return fair->base + (u64)(sum / weight);
}

static bool update_min_deadline(struct rb_node *node)
{
	struct sched_entity *entity = rb_entry(node, struct sched_entity, node);
	u64 least = entity->deadline;

	if (node->left) {
		u64 left = rb_entry(node->left, struct sched_entity, node)->min_deadline;

		least = before(left, least) ? left : least;
	}
	if (node->right) {
		u64 right = rb_entry(node->right, struct sched_entity, node)->min_deadline;

		least = before(right, least) ? right : least;
	}
	if (entity->min_deadline == least)
		return false;
	entity->min_deadline = least;
	return true;
}

static void tree_insert(struct fair_queue *fair, struct sched_entity *entity)
{
	struct rb_node **link = &fair->tree.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = before(entity->vruntime,
			      rb_entry(parent, struct sched_entity, node)->vruntime)
			       ? &parent->left
			       : &parent->right;
	}
	entity->min_deadline = entity->deadline;
	rb_insert(&fair->tree, &entity->node, parent, link, parent ? update_min_deadline : NULL);
	fair->weighted_sum += key(fair, entity) * entity->weight;
	fair->total_weight += entity->weight;
}

static void tree_remove(struct fair_queue *fair, struct sched_entity *entity)
{
	bool alone = fair->total_weight == entity->weight;

	rb_erase(&fair->tree, &entity->node, alone ? NULL : update_min_deadline);
	fair->weighted_sum -= key(fair, entity) * entity->weight;
	fair->total_weight -= entity->weight;
}

static void rebase(struct fair_queue *fair)
{
	s64 shift = (s64)(average(fair) - fair->base);

	fair->weighted_sum -= shift * (s64)fair->total_weight;
	fair->base += (u64)shift;
}

static inline bool eligible(const struct fair_queue *fair, const struct sched_entity *entity,
			    s64 sum, s64 weight)
{
	return key(fair, entity) * weight <= sum;
}

/* The earliest deadline of a subtree is that of one of its entities: goes down to it. */
static struct sched_entity *find_min_deadline(struct rb_node *node)
{
	for (;;) {
		struct sched_entity *entity = rb_entry(node, struct sched_entity, node);

		if (entity->deadline == entity->min_deadline)
			return entity;
		if (node->left && rb_entry(node->left, struct sched_entity, node)->min_deadline ==
					  entity->min_deadline)
			node = node->left;
		else
			node = node->right;
	}
}

/* The eligible entity of the tree with the earliest deadline; NULL: none is eligible. */
static struct sched_entity *tree_pick(const struct fair_queue *fair, s64 sum, s64 weight)
{
	struct rb_node *node = fair->tree.node, *subtree = NULL;
	struct sched_entity *best = NULL;
	u64 earliest = 0;

	while (node) {
		struct sched_entity *entity = rb_entry(node, struct sched_entity, node);

		if (!eligible(fair, entity, sum, weight)) {
			node = node->left;
			continue;
		}
		if (!best || before(entity->deadline, earliest)) {
			best = entity;
			earliest = entity->deadline;
			subtree = NULL;
		}
		if (node->left) {
			u64 left = rb_entry(node->left, struct sched_entity, node)->min_deadline;

			if (before(left, earliest)) {
				earliest = left;
				subtree = node->left;
			}
		}
		node = node->right;
	}
	return subtree ? find_min_deadline(subtree) : best;
}

static struct sched_entity *fair_pick(struct runqueue *rq)
{
	struct fair_queue *fair = &rq->fair;
	struct sched_entity *running = fair->current_entity, *best;
	struct rb_node *root = fair->tree.node;
	s64 sum, weight;

	if (!root)
		return running;
	if (!running && !root->left && !root->right)
		return rb_entry(root, struct sched_entity, node);
	sum = queue_sum(fair);
	weight = (s64)queue_weight(fair);
	best = tree_pick(fair, sum, weight);
	if (!running || (best && !eligible(fair, running, sum, weight)))
		return best;
	return best && before(best->deadline, running->deadline) ? best : running;
}

/* Puts the entity where its lag says: after it has joined, V - vruntime shall be what it was owed.
 * As V moves towards the newcomer when it joins, its distance is stretched by that share. */
static void place(struct fair_queue *fair, struct sched_entity *entity, unsigned int flags)
{
	u64 start = average(fair), slice = scaled(entity->slice, entity->weight);

	if (entity->vlag && fair->count) {
		s64 weight = (s64)queue_weight(fair);

		start -= (u64)(entity->vlag * (weight + entity->weight) / weight);
	}
	entity->vruntime = start;
	/* A newcomer gets half a slice first, so that it neither waits long nor is favoured. */
	entity->deadline = start + (flags & ENQUEUE_NEW ? slice / 2 : slice);
}

/* What a sleeper had too much shrinks at the pace at which V advances without it. */
static void pay_debt(struct runqueue *rq, struct sched_entity *entity)
{
	u64 slept = rq->clock - entity->exec_start;
	u64 weight = queue_weight(&rq->fair);

	if (!weight || slept > DEBT_HORIZON)
		entity->vlag = 0;
	else
		entity->vlag = MIN(0, entity->vlag + (s64)(slept * NICE_0_WEIGHT / weight));
}

static void fair_enqueue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	if (flags & ENQUEUE_NEW)
		entity->vlag = 0;
	else if ((flags & ENQUEUE_WAKEUP) && entity->vlag < 0)
		pay_debt(rq, entity);
	place(&rq->fair, entity, flags);
	rq->fair.count++;
	tree_insert(&rq->fair, entity);
}

static s64 clamped_lag(const struct fair_queue *fair, const struct sched_entity *entity)
{
	s64 limit = (s64)scaled(2 * (u64)entity->slice, entity->weight);
	s64 lag = (s64)(average(fair) - entity->vruntime);

	return MAX(-limit, MIN(limit, lag));
}

static void fair_dequeue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	struct fair_queue *fair = &rq->fair;

	entity->vlag = fair->count == 1 ? 0 : clamped_lag(fair, entity);
	if (entity == fair->current_entity)
		fair->current_entity = NULL;
	else
		tree_remove(fair, entity);
	if (!--fair->count)
		fair->base = entity->vruntime;
}

static void fair_set_current(struct runqueue *rq, struct sched_entity *entity)
{
	tree_remove(&rq->fair, entity);
	rq->fair.current_entity = entity;
	rq->fair.current_since = rq->clock;
}

static void fair_put_current(struct runqueue *rq, struct sched_entity *entity)
{
	rq->fair.current_entity = NULL;
	tree_insert(&rq->fair, entity);
}

static void fair_charge(struct runqueue *rq, struct sched_entity *entity, u64 delta)
{
	struct fair_queue *fair = &rq->fair;

	if (unlikely(rq->reserve.waited))
		reserve_fair_ran(rq, delta);
	entity->vruntime += scaled(delta, entity->weight);
	if (!before(entity->vruntime, entity->deadline))
		entity->deadline = entity->vruntime + scaled(entity->slice, entity->weight);
	if (key(fair, entity) > REBASE_DISTANCE)
		rebase(fair);
}

static bool fair_tick(struct runqueue *rq, struct sched_entity *entity)
{
	return fair_pick(rq) != entity;
}

/* SCHED_IDLE makes way for everybody; SCHED_BATCH and SCHED_IDLE do not preempt. Else the newcomer
 * takes the hart when it has received no more than the running one, and that one has run a while,
 * or has received a slice more; which of the two goes on, schedule() decides by deadlines. */
static bool fair_preempts(struct runqueue *rq, struct sched_entity *newcomer)
{
	struct sched_entity *running = rq->fair.current_entity;
	s64 lead;

	if (running->policy == SCHED_IDLE && newcomer->policy != SCHED_IDLE)
		return true;
	if (newcomer->policy != SCHED_NORMAL)
		return false;
	lead = (s64)(running->vruntime - newcomer->vruntime);
	if (rq->clock - rq->fair.current_since < MIN_RUN)
		return lead >= FAIR_SLICE || (lead >= 0 && newcomer->slice < running->slice);
	return lead >= 0;
}

/* Gives up what it is owed: it goes behind the average of the others, so one of them is eligible
 * and it is not. */
static void fair_yield(struct runqueue *rq, struct sched_entity *entity)
{
	struct fair_queue *fair = &rq->fair;
	s64 sum = fair->weighted_sum;
	u64 behind;

	if (!fair->tree.node)
		return;
	if (sum < 0)
		sum -= (s64)fair->total_weight - 1;
	behind = fair->base + (u64)(sum / (s64)fair->total_weight) + 1;
	if (before(entity->vruntime, behind))
		entity->vruntime = behind;
	entity->deadline = entity->vruntime + scaled(entity->slice, entity->weight);
}

/* From the end of the order: who has had the most runs here last, and loses the least by moving. */
static struct sched_entity *fair_candidate(struct runqueue *rq, unsigned int n)
{
	struct rb_node *node = rb_last(&rq->fair.tree);

	while (node && n--)
		node = rb_prev(node);
	return node ? rb_entry(node, struct sched_entity, node) : NULL;
}

const struct sched_class fair_class = {
	.name = "fair",
	.precedence = 1,
	.enqueue = fair_enqueue,
	.dequeue = fair_dequeue,
	.pick = fair_pick,
	.set_current = fair_set_current,
	.put_current = fair_put_current,
	.charge = fair_charge,
	.tick = fair_tick,
	.preempts = fair_preempts,
	.yield = fair_yield,
	.candidate = fair_candidate,
};
