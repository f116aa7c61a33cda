/* SPDX-License-Identifier: MIT */
/*
 * What the files of the scheduler share. Nobody else includes it.
 *
 * Entry points: core.c owns queues and switching, place.c says where a woken task goes, balance.c
 * moves tasks between queues, idle.c is what a hart does without any.
 */
#ifndef SCHED_INTERNAL_H
#define SCHED_INTERNAL_H

#include "base/perhart.h"
#include "sched/class.h"
#include "sched/runqueue.h"
#include "task/task.h"

static inline struct runqueue *this_rq(void)
{
	return this_hart_ptr(runqueue);
}

static inline struct runqueue *hart_rq(unsigned int hart)
{
	return hart_ptr(runqueue, hart);
}

static inline struct task_struct *entity_task(struct sched_entity *entity)
{
	return container_of(entity, struct task_struct, se);
}

/* --- core.c; all with the queue's lock held --- */

/* In order of precedence, the idle class last. */
enum { SCHED_CLASS_COUNT = 5, SCHED_CLASS_RT = 2 };
extern const struct sched_class *const sched_classes[SCHED_CLASS_COUNT];

/* Run time that a wake-up need not know of, ns. */
enum { CHARGE_GRAIN = 50000 };

/* Reads the clock, and charges the running task with the time since it was charged last, unless
 * that is less than grain. */
static inline void rq_charge_from(struct runqueue *rq, s64 grain)
{
	struct sched_entity *entity = &rq->current_task->se;
	u64 now = (u64)clock_monotonic();
	s64 delta = (s64)(now - entity->exec_start);

	rq->clock = now;
	if (delta < grain)
		return;
	entity->exec_start = now;
	entity->sum_exec += (u64)delta;
	entity->class->charge(rq, entity, (u64)delta);
}

static inline void rq_charge(struct runqueue *rq)
{
	rq_charge_from(rq, 1); /* another hart's counter may be behind */
}

/* The task joins or leaves the queue; flags are enum enqueue_flags. */
static inline void rq_add(struct runqueue *rq, struct task_struct *task, unsigned int flags)
{
	rq->count++;
	rq->load += task->se.weight;
	task->hart = rq->hart;
	task->se.class->enqueue(rq, &task->se, flags);
}

static inline void rq_remove(struct runqueue *rq, struct task_struct *task, unsigned int flags)
{
	rq->count--;
	rq->load -= task->se.weight;
	task->se.class->dequeue(rq, &task->se, flags);
}

/* Makes the running task call schedule() soon. True: the caller sends the hart an IPI, best after
 * it has dropped the lock. */
bool must_check rq_resched(struct runqueue *rq);
/* The same if the task, which has just joined with those flags, should run instead. */
bool must_check rq_preempt_for(struct runqueue *rq, struct task_struct *task, unsigned int flags);

/* Locks the queue of the hart that the task is on, or was on last: it stays there while it is
 * locked. Under wake_lock or alone. */
struct runqueue *task_rq_lock(struct task_struct *task);
/* Two queues, in the order of harts. */
void rq_lock_pair(struct runqueue *a, struct runqueue *b);
void rq_unlock_pair(struct runqueue *a, struct runqueue *b);

/* --- place.c --- */

/* Harts in the idle loop. A hint: who places a task on one takes its bit away, so that the next
 * waker looks elsewhere. */
extern hartmask_t harts_idle; /* [a] */
/* Hart for a task that wakes; it must be put there now, as an idle hart may have been claimed for
 * it. wake_lock held. */
unsigned int place_task(struct task_struct *task);
/* The same for a new task. */
unsigned int place_new_task(struct task_struct *task);
/* Hart for a task that is to leave its hart; claims nothing. */
unsigned int place_queued_task(const struct task_struct *task);

/* --- balance.c --- */

/* An idle hart looks for work; true: it found some, schedule() will pick it. */
bool balance_idle(struct runqueue *rq);
/* From the tick, with the queue's lock held: what is to be done once it is dropped. */
struct balance_action {
	bool pull;	 /* wake migration/N of this hart */
	hartmask_t kick; /* idle harts to send an IPI: there is work for them here */
};
struct balance_action balance_tick(struct runqueue *rq);
/* Moves a waiting task from queue to queue; both locks are held. True: the target's hart wants an
 * IPI. */
bool move_task(struct runqueue *from, struct runqueue *to, struct task_struct *task);

/* --- affinity.c --- */

/* migration/N moves all that have to leave its hart. */
void affinity_serve(struct runqueue *rq);

/* --- params.c --- */

/* Class and weight by policy and nice. */
void sched_entity_update(struct sched_entity *entity);

/* --- stats.c --- */

/* Brings the load averages up to date, at most once in five seconds. */
void loadavg_tick(u64 now);

/* --- tick.c --- */

/* A queue that comes up: its tick is not armed. */
void tick_init(struct runqueue *rq);
/* The hart leaves its idle task. Its queue's lock is held. */
void tick_arm(struct runqueue *rq);

#endif
