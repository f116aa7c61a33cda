/* SPDX-License-Identifier: MIT */
/*
 * A scheduling policy is one C file behind this table of operations.
 *
 * Classes stand in order of precedence: stop, deadline, rt, fair, idle. All
 * operations run with the run queue's lock held and interrupts off, and touch nothing but the run
 * queue, the entities on it and the clock that they are given; so a policy also compiles in the
 * host's unit tests and simulator.
 */
#ifndef SCHED_CLASS_H
#define SCHED_CLASS_H

#include "sched/runqueue.h"
#include "sched/sched.h"

/* Times that entities are given, ns; weights are relative to a fair entity of nice 0. */
enum {
	FAIR_SLICE = 3000000,
	RR_SLICE = 100000000, /* as Linux's default, sched_rr_get_interval(2) */
	NICE_0_WEIGHT = 1024,
	IDLE_POLICY_WEIGHT = 3, /* SCHED_IDLE */
	RESERVE_SHARE = 20,	/* one in so many parts of a hart is the fair tasks' (reserve.c) */
	RESERVE_PATIENCE = 950000000, /* fair tasks that waited while others ran so long go first */
};

enum enqueue_flags {
	ENQUEUE_WAKEUP = 1 << 0,   /* after sleep */
	ENQUEUE_NEW = 1 << 1,	   /* first time */
	ENQUEUE_MIGRATED = 1 << 2, /* from another hart's queue */
	DEQUEUE_SLEEP = 1 << 3,	   /* goes to sleep; else it moves or changes parameters */
};

struct sched_class {
	const char *name;
	u8 precedence; /* higher runs first */

	/* Adds, takes out an entity. The running one is on the queue too, though a policy need not
	 * keep it in its tree (set_current, put_current tell). */
	void (*enqueue)(struct runqueue *rq, struct sched_entity *entity, unsigned int flags);
	void (*dequeue)(struct runqueue *rq, struct sched_entity *entity, unsigned int flags);

	/* The entity to run next of this class, maybe the running one, or NULL. Another than the
	 * running one becomes it by put_current and set_current. */
	struct sched_entity *(*pick)(struct runqueue *rq);
	void (*set_current)(struct runqueue *rq, struct sched_entity *entity);
	void (*put_current)(struct runqueue *rq, struct sched_entity *entity);

	/* Charges the running entity with delta ns of run time. */
	void (*charge)(struct runqueue *rq, struct sched_entity *entity, u64 delta);
	/* At the tick, after charge: should the running entity make way? */
	bool (*tick)(struct runqueue *rq, struct sched_entity *entity);
	/* Should a newly runnable entity of the same class take the hart from the running one? */
	bool (*preempts)(struct runqueue *rq, struct sched_entity *newcomer);
	/* sched_yield(2). */
	void (*yield)(struct runqueue *rq, struct sched_entity *entity);
	/* Entity for the balancer to take away: the n-th candidate in the policy's own order, or
	 * NULL. Never the running one. */
	struct sched_entity *(*candidate)(struct runqueue *rq, unsigned int n);
};

extern const struct sched_class stop_class;
extern const struct sched_class deadline_class;
extern const struct sched_class rt_class;
extern const struct sched_class fair_class;
extern const struct sched_class idle_class;

/* --- reserve.c --- */

/* The running task, fair or of a more urgent policy, has run for that long. */
void reserve_fair_ran(struct runqueue *rq, u64 delta);
void reserve_others_ran(struct runqueue *rq, u64 delta);
/* Do fair tasks go before real-time ones for now? */
static inline bool fair_goes_first(const struct runqueue *rq)
{
	return rq->reserve.goes_first && rq->fair.count;
}
/* The same for a deadline task with that deadline. */
bool fair_before_deadline(const struct runqueue *rq, u64 until);
/* When, by the queue's clock, that is over if a fair task runs all the time; UINT64_MAX: now. */
u64 reserve_next_event(const struct runqueue *rq);

/* --- deadline.c --- */

/* When, by the queue's clock, pick() has to be called again for the deadline policy's sake, while
 * that entity runs, which may be of any class and need not have been made the current one yet.
 * UINT64_MAX: at no time. */
u64 deadline_next_event(const struct runqueue *rq, const struct sched_entity *running);

#endif
