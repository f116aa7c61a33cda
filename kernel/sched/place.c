/* SPDX-License-Identifier: MIT */
/*
 * Placement: on which hart a task is to run, when it wakes or starts.
 *
 * A waking task goes to the hart where it ran last, if that idles (its cache may still be warm);
 * else to any idle one; else it queues where it ran, or, when it may not run there, at its waker. A
 * new task starts at its parent's hart, whose cache holds what it inherits, unless others wait
 * there and another hart idles. Idle harts that should have been used, and are not, take their part
 * themselves (balance.c).
 *
 * All looks at other harts are without locks, so they are hints; a wrong one costs a detour only.
 */
#include "sched/internal.h"

hartmask_t harts_idle;

/* Claims one of the idle harts of the set, first choice preferred. False: there is none. */
static bool claim_idle(hartmask_t allowed, unsigned int preferred, unsigned int *hart)
{
	for (;;) {
		hartmask_t idle = READ_ONCE(harts_idle) & allowed, bit;

		if (!idle)
			return false;
		*hart = idle & hartmask_of(preferred) ? preferred : lowest_bit(idle);
		bit = hartmask_of(*hart);
		if (atomic_fetch_and(&harts_idle, ~bit) & bit)
			return true;
	}
}

static hartmask_t allowed_harts(const struct task_struct *task)
{
	hartmask_t allowed = task->affinity & READ_ONCE(harts_online);

	return likely(allowed) ? allowed : hartmask_of(0);
}

/* May the entity take the hart from the running one? Without a lock: a hint. */
static bool is_less_urgent(const struct sched_entity *running, const struct sched_entity *entity)
{
	const struct sched_class *class = READ_ONCE(running->class);

	if (class != entity->class)
		return class->precedence < entity->class->precedence;
	if (class == &deadline_class)
		return READ_ONCE(running->server.until) > entity->server.until;
	return READ_ONCE(running->urgency) < entity->urgency;
}

/* A hart whose running task a task of a more urgent policy may take it from; false: none. */
static bool find_less_urgent(hartmask_t allowed, const struct sched_entity *entity,
			     unsigned int *hart)
{
	unsigned int candidate;

	for_each_hart_in (candidate, allowed) {
		const struct task_struct *running = READ_ONCE(hart_rq(candidate)->current_task);

		if (is_less_urgent(&running->se, entity)) {
			*hart = candidate;
			return true;
		}
	}
	return false;
}

static unsigned int busy_hart(const struct task_struct *task, hartmask_t allowed)
{
	unsigned int hart;

	if (task->se.class != &fair_class) {
		if (allowed & hartmask_of(task->hart) &&
		    find_less_urgent(hartmask_of(task->hart), &task->se, &hart))
			return hart;
		if (find_less_urgent(allowed, &task->se, &hart))
			return hart;
	}
	if (allowed & hartmask_of(task->hart))
		return task->hart;
	if (allowed & hartmask_of(this_hart()))
		return this_hart();
	return lowest_bit(allowed);
}

unsigned int place_task(struct task_struct *task)
{
	hartmask_t allowed = allowed_harts(task);
	unsigned int hart;

	if (allowed == hartmask_of(task->hart))
		return task->hart;
	if (claim_idle(allowed, task->hart, &hart))
		return hart;
	return busy_hart(task, allowed);
}

unsigned int place_queued_task(const struct task_struct *task)
{
	hartmask_t allowed = allowed_harts(task);
	hartmask_t idle = READ_ONCE(harts_idle) & allowed;

	return lowest_bit(idle ? idle : allowed);
}

unsigned int place_new_task(struct task_struct *task)
{
	hartmask_t allowed = allowed_harts(task);
	unsigned int hart = this_hart();

	if ((allowed & hartmask_of(hart)) && READ_ONCE(this_rq()->count) <= 1)
		return hart;
	if (claim_idle(allowed, hart, &hart))
		return hart;
	return busy_hart(task, allowed);
}
