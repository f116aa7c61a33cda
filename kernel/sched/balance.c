/* SPDX-License-Identifier: MIT */
/*
 * Balancing: tasks move from harts with more work to harts with less.
 *
 * - An idle hart pulls: in its idle loop, when it runs out of work or is kicked by an IPI. A busy
 *   hart's tick kicks an idle one when it has a task waiting that may run there.
 * - A busy hart pulls: its tick compares loads every BALANCE_PERIOD, and wakes migration/N of the
 *   hart when another has so much more that moving a task of average weight makes the two more
 *   equal; or when a task waits there that is more urgent than the one that runs here. What
 *   deadline and real-time tasks take of a hart makes its fair tasks' load count for more. Every
 *   ROTATION_ROUNDS periods, moving one that only swaps the roles is enough: so three equal tasks
 * on two harts take turns at sharing a hart.
 *
 * Who moves a task holds both queues' locks, lower hart first, so a task is never between queues
 * for anybody who looks with the lock (RQ1). on_rq stays set: the task does not stop being queued.
 * The running task is never moved. migration/N also moves those whose affinity has changed
 * (affinity.c).
 */
#include "lib/errno.h"
#include "sched/internal.h"
#include "task/kthread.h"

enum { BALANCE_PERIOD = 20000000, ROTATION_ROUNDS = 8 };

/* Waiting tasks of a hart that are looked at, and moved, at a time: queues' locks are held
 * meanwhile. */
enum { SCAN_LIMIT = 16, MOVE_LIMIT = 8 };

/* --- loads --- */

/* A hart's time, and the least part of it that others leave to fair tasks (reserve.c). */
enum { WHOLE_HART = 1024, LEAST_PART = WHOLE_HART / RESERVE_SHARE };

/* `taken` follows what others take over so many periods. */
enum { TAKEN_PERIODS = 8 };

/* The part of a hart that fair tasks may share. Without a lock, as all looks here: a hint. */
static u64 fair_part(const struct runqueue *rq)
{
	if (READ_ONCE(rq->current_task) == rq->idle)
		return WHOLE_HART;
	return WHOLE_HART - MIN(READ_ONCE(rq->taken), (u32)(WHOLE_HART - LEAST_PART));
}

/* The load of fair tasks; a hart of which they have half counts twice. */
static u64 fair_load(const struct runqueue *rq)
{
	return READ_ONCE(rq->load) * WHOLE_HART / fair_part(rq);
}

/* How much more load this hart could have if the other's fair tasks were as well off here. */
static u64 room_beside(const struct runqueue *rq, const struct runqueue *busiest)
{
	u64 equal = fair_load(busiest) * fair_part(rq) / WHOLE_HART, mine = READ_ONCE(rq->load);

	return equal > mine ? equal - mine : 0;
}

static void sample_taken(struct runqueue *rq)
{
	u64 elapsed = rq->clock - rq->next_balance + BALANCE_PERIOD;
	u64 spent = rq->reserve.others_ns - rq->others_sampled;
	s64 share = (s64)(MIN(spent, elapsed) * WHOLE_HART / elapsed);
	s64 periods = (s64)MIN(elapsed / BALANCE_PERIOD, (u64)TAKEN_PERIODS);

	rq->others_sampled = rq->reserve.others_ns;
	rq->taken = (u32)(rq->taken + (share - rq->taken) * periods / TAKEN_PERIODS);
}

/* The hart where fair tasks share the least, among those that have a task waiting; NULL: none has.
 */
static struct runqueue *find_busiest(const struct runqueue *rq)
{
	struct runqueue *busiest = NULL;
	u64 most = 0;
	unsigned int hart;

	for_each_hart_in (hart, READ_ONCE(harts_online) & ~hartmask_of(rq->hart)) {
		struct runqueue *other = hart_rq(hart);

		if (READ_ONCE(other->count) >= 2 && fair_load(other) > most) {
			busiest = other;
			most = fair_load(other);
		}
	}
	return busiest;
}

/* --- moving --- */

bool move_task(struct runqueue *from, struct runqueue *to, struct task_struct *task)
{
	assert(from->current_task != task && task->se.on_rq);
	rq_remove(from, task, ENQUEUE_MIGRATED);
	rq_add(to, task, ENQUEUE_MIGRATED);
	return rq_preempt_for(to, task, ENQUEUE_MIGRATED);
}

/* A waiting task of the class, of at most that weight, that may run on the hart. */
static struct task_struct *find_movable(const struct sched_class *class, struct runqueue *from,
					unsigned int hart, u64 weight)
{
	for (unsigned int n = 0; n < SCAN_LIMIT; n++) {
		struct sched_entity *entity = class->candidate(from, n);

		if (!entity)
			break;
		if ((entity_task(entity)->affinity & hartmask_of(hart)) && entity->weight <= weight)
			return entity_task(entity);
	}
	return NULL;
}

/* Pulls up to limit fair tasks to this hart. With swap, one may move though it makes the loads no
 * more equal. */
static bool pull_fair(struct runqueue *rq, struct runqueue *busiest, unsigned int limit, bool swap)
{
	bool moved = false;

	rq_lock_pair(rq, busiest);
	rq_charge(rq);
	rq_charge(busiest);
	while (limit--) {
		u64 room = room_beside(rq, busiest);
		struct task_struct *task = NULL;

		if (room && busiest->count >= 2)
			task = find_movable(&fair_class, busiest, rq->hart, room - !swap);
		if (!task)
			break;
		move_task(busiest, rq, task); /* to this hart: no IPI */
		moved = true;
	}
	rq_unlock_pair(rq, busiest);
	return moved;
}

/* --- deadline and real-time tasks --- */

/* Those that wait run wherever somebody less urgent does: loads do not matter. Deadlines among
 * each other are not compared. */
enum { DEADLINE_URGENCY = RT_PRIO_MAX + 1 };

static unsigned int urgency_of(const struct sched_entity *entity)
{
	return READ_ONCE(entity->class) == &deadline_class ? DEADLINE_URGENCY
							   : READ_ONCE(entity->urgency);
}

/* Urgency of the most urgent task that waits on the hart. */
static unsigned int waiting_urgency(const struct runqueue *rq)
{
	unsigned long level;

	if (READ_ONCE(rq->deadline.ready.node))
		return DEADLINE_URGENCY;
	level = bitmap_find_set(rq->rt.bitmap, RT_LEVELS, 0);
	return level < RT_LEVELS ? (unsigned int)(RT_PRIO_MAX - level) : 0;
}

/* The hart with the most urgent waiting task, of those that have one above that urgency. */
static struct runqueue *find_urgent(const struct runqueue *rq, unsigned int urgency)
{
	struct runqueue *found = NULL;
	unsigned int hart;

	for_each_hart_in (hart, READ_ONCE(harts_online) & ~hartmask_of(rq->hart)) {
		unsigned int waiting = waiting_urgency(hart_rq(hart));

		if (waiting > urgency) {
			found = hart_rq(hart);
			urgency = waiting;
		}
	}
	return found;
}

/* Pulls a task that is more urgent than those that wait here; the running one is idle, or is this
 * hart's migration/N. */
static bool pull_urgent(struct runqueue *rq)
{
	struct runqueue *from = find_urgent(rq, waiting_urgency(rq));
	struct task_struct *task;

	if (likely(!from))
		return false;
	rq_lock_pair(rq, from);
	rq_charge(rq);
	rq_charge(from);
	task = find_movable(&deadline_class, from, rq->hart, 0);
	if (!task)
		task = find_movable(&rt_class, from, rq->hart, 0);
	if (task && urgency_of(&task->se) <= waiting_urgency(rq))
		task = NULL;
	if (task)
		move_task(from, rq, task); /* to this hart: no IPI */
	rq_unlock_pair(rq, from);
	return task;
}

bool balance_idle(struct runqueue *rq)
{
	struct runqueue *busiest;

	if (pull_urgent(rq))
		return true;
	busiest = find_busiest(rq);
	return busiest && pull_fair(rq, busiest, 1, true);
}

/* --- the tick --- */

/* Idle harts that could run one of the tasks that wait here: one of them. */
static hartmask_t find_helper(struct runqueue *rq)
{
	hartmask_t idle = READ_ONCE(harts_idle) & READ_ONCE(harts_online);
	hartmask_t helpers = 0;

	for (unsigned int i = 0; idle && i < SCHED_CLASS_COUNT && !helpers; i++) {
		for (unsigned int n = 0; n < SCAN_LIMIT && !helpers; n++) {
			struct sched_entity *entity = sched_classes[i]->candidate(rq, n);

			if (!entity)
				break;
			helpers = entity_task(entity)->affinity & idle;
		}
	}
	return helpers & -helpers;
}

/* Is a task that waits elsewhere more urgent than the running one? */
static bool urgent_one_waits(const struct runqueue *rq)
{
	unsigned int urgency = urgency_of(&rq->current_task->se);

	return find_urgent(rq, MAX(urgency, waiting_urgency(rq)));
}

static bool pull_is_due(struct runqueue *rq)
{
	struct runqueue *busiest;
	u64 gain, theirs;

	if (!rq->migration || rq->clock < rq->next_balance)
		return false;
	sample_taken(rq);
	rq->next_balance = rq->clock + BALANCE_PERIOD;
	rq->balance_round++;
	if (urgent_one_waits(rq))
		return true;
	busiest = find_busiest(rq);
	if (!busiest)
		return false;
	gain = room_beside(rq, busiest) * READ_ONCE(busiest->fair.count);
	theirs = READ_ONCE(busiest->load);
	return gain > theirs || (gain == theirs && rq->balance_round % ROTATION_ROUNDS == 0);
}

struct balance_action balance_tick(struct runqueue *rq)
{
	struct balance_action action = { 0 };

	if (rq->count > 1)
		action.kick = find_helper(rq);
	action.pull = pull_is_due(rq);
	rq->balance_wanted |= action.pull;
	return action;
}

/* --- migration/N --- */

static bool has_work(struct runqueue *rq)
{
	return READ_ONCE(rq->balance_wanted) || !list_empty(&rq->migrate_requests);
}

static void pull_work(struct runqueue *rq)
{
	struct runqueue *busiest;

	WRITE_ONCE(rq->balance_wanted, false);
	if (pull_urgent(rq))
		return;
	busiest = find_busiest(rq);
	if (!busiest || pull_fair(rq, busiest, MOVE_LIMIT, false))
		return;
	if (rq->balance_round % ROTATION_ROUNDS == 0)
		pull_fair(rq, busiest, 1, true);
}

static int migration_main(void *data)
{
	struct runqueue *rq = data;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!has_work(rq)) {
			schedule();
			continue;
		}
		WRITE_ONCE(current->state, TASK_RUNNING);
		affinity_serve(rq);
		if (READ_ONCE(rq->balance_wanted))
			pull_work(rq);
	}
	return 0;
}

void sched_start_balancing(void)
{
	const struct sched_param_all urgent = { .policy = SCHED_FIFO, .rt_priority = RT_PRIO_MAX };
	unsigned int hart;

	for_each_hart_in (hart, harts_online) {
		struct runqueue *rq = hart_rq(hart);
		struct task_struct *thread =
			kthread_create_on_hart(migration_main, rq, hart, "migration/%u", hart);

		if (IS_ERR(thread))
			panic("no memory for migration/%u", hart);
		rq->migration = thread;
		thread->se.is_stopper = true;
		(void)!sched_set_params(thread, &urgent); /* cannot fail */
		wake_up_process(thread);
	}
}
