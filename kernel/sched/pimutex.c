/* SPDX-License-Identifier: MIT */
/*
 * Priority inheritance (pimutex.h).
 *
 * Locks: pi_lock, under it those of sched_set_inherited() and of waking. Tested by
 * tests/guest/pifutex.c.
 */
#include "sched/pimutex.h"

#include "base/lock.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "task/task.h"

static spinlock_t pi_lock = SPINLOCK_INIT(RANK_PI);

static struct pi_waiter *first_waiter(struct pi_mutex *mutex)
{
	if (list_empty(&mutex->waiters))
		return NULL;
	return list_first_entry(&mutex->waiters, struct pi_waiter, link);
}

/* --- urgency; pi_lock is held --- */

/* A task with a deadline lends the highest real-time priority. */
u8 pi_urgency(const struct task_struct *task)
{
	if (READ_ONCE(task->se.policy) == SCHED_DEADLINE)
		return RT_PRIO_MAX;
	return MAX(READ_ONCE(task->se.rt_priority), READ_ONCE(task->se.inherited));
}

/* PI3 */
static u8 highest_held(const struct task_struct *task)
{
	struct pi_mutex *mutex;
	u8 highest = 0;

	list_for_each_entry (mutex, &task->pi_held, held) {
		const struct pi_waiter *waiter = first_waiter(mutex);

		if (waiter)
			highest = MAX(highest, waiter->urgency);
	}
	return highest;
}

/* PI2 */
static void enter(struct pi_mutex *mutex, struct pi_waiter *waiter)
{
	struct pi_waiter *other;

	waiter->urgency = pi_urgency(waiter->task);
	list_for_each_entry (other, &mutex->waiters, link)
		if (other->urgency < waiter->urgency)
			break;
	list_add_tail(&waiter->link, &other->link);
}

/* Brings a task up to date that may have become more or less urgent, then, while that changes
 * something, the owner of what it waits for, and so on. */
static void follow_chain(struct task_struct *task)
{
	while (task) {
		struct pi_waiter *waiter = task->pi_waits;

		if (highest_held(task) != task->se.inherited)
			sched_set_inherited(task, highest_held(task));
		if (!waiter || waiter->urgency == pi_urgency(task))
			break;
		list_del(&waiter->link);
		enter(waiter->mutex, waiter);
		task = waiter->mutex->owner;
	}
}

/* PI4: does the task, at the end of the chain, wait for itself? */
static bool closes_cycle(const struct task_struct *owner, const struct task_struct *task)
{
	while (owner && owner != task && owner->pi_waits)
		owner = owner->pi_waits->mutex->owner;
	return owner == task;
}

/* --- waiting --- */

/* PI1 */
static void hold(struct pi_mutex *mutex, struct task_struct *owner)
{
	mutex->owner = owner;
	list_add(&mutex->held, &owner->pi_held);
}

/* Makes a task that may be ending the owner; -ESRCH. Either pi_exit() finds the mutex in the list,
 * or this finds the mark that it set before. */
static int hold_if_alive(struct pi_mutex *mutex, struct task_struct *owner)
{
	hold(mutex, owner);
	fence_full();
	if (likely(!READ_ONCE(owner->pi_gone)))
		return 0;
	list_del(&mutex->held);
	mutex->owner = NULL;
	return -ESRCH;
}

void pi_mutex_init(struct pi_mutex *mutex)
{
	mutex->owner = NULL;
	mutex->died = false;
	list_init(&mutex->waiters);
	list_init(&mutex->held);
}

int pi_wait(struct pi_mutex *mutex, struct pi_waiter *waiter, struct task_struct *task,
	    struct task_struct *owner)
{
	int error = 0;

	waiter->task = task;
	waiter->mutex = mutex;
	waiter->grant = PI_WAITS;
	spin_lock(&pi_lock);
	if (closes_cycle(owner ? owner : mutex->owner, task))
		error = -EDEADLK;
	else if (owner)
		error = hold_if_alive(mutex, owner);
	if (!error) {
		task->pi_waits = waiter;
		enter(mutex, waiter);
		follow_chain(mutex->owner);
	}
	spin_unlock(&pi_lock);
	return error;
}

/* Takes a waiter off its mutex. */
static void leave(struct pi_waiter *waiter)
{
	list_del(&waiter->link);
	waiter->task->pi_waits = NULL;
}

bool pi_stop_waiting(struct pi_waiter *waiter)
{
	bool waits;

	spin_lock(&pi_lock);
	waits = waiter->grant == PI_WAITS;
	if (waits) {
		struct pi_mutex *mutex = waiter->mutex;
		struct task_struct *owner = mutex->owner;

		leave(waiter);
		if (list_empty(&mutex->waiters) && !mutex->died)
			list_del(&mutex->held);
		follow_chain(owner);
	}
	spin_unlock(&pi_lock);
	return waits;
}

struct pi_waiter *pi_next(struct pi_mutex *mutex, bool *more)
{
	struct pi_waiter *waiter;

	spin_lock(&pi_lock);
	waiter = first_waiter(mutex);
	*more = waiter && waiter->link.next != &mutex->waiters;
	spin_unlock(&pi_lock);
	return waiter;
}

pid_t pi_owner(struct pi_mutex *mutex)
{
	pid_t pid;

	spin_lock(&pi_lock);
	pid = mutex->owner && !mutex->died ? mutex->owner->pid : 0;
	spin_unlock(&pi_lock);
	return pid;
}

/* --- handing over --- */

/* The waiter's task becomes the owner; it inherits from those that still wait. pi_lock is held. */
static void hand_over(struct pi_mutex *mutex, struct pi_waiter *waiter, enum pi_grant grant)
{
	struct task_struct *task = get_task_struct(waiter->task);

	leave(waiter);
	list_del(&mutex->held);
	mutex->owner = NULL;
	mutex->died = grant == PI_DIED;
	if (mutex->died || !list_empty(&mutex->waiters))
		hold(mutex, task);
	follow_chain(task);
	store_release(&waiter->grant, (u32)grant);
	wake_up_process(task);
	put_task_struct(task);
}

void pi_hand_over(struct pi_mutex *mutex, struct pi_waiter *waiter, enum pi_grant grant)
{
	struct task_struct *owner;

	spin_lock(&pi_lock);
	owner = mutex->owner;
	hand_over(mutex, waiter, grant);
	follow_chain(owner);
	spin_unlock(&pi_lock);
}

void pi_mended(struct pi_mutex *mutex)
{
	spin_lock(&pi_lock);
	mutex->died = false;
	if (list_empty(&mutex->waiters))
		list_del(&mutex->held);
	spin_unlock(&pi_lock);
}

void pi_exit(struct task_struct *task, bool for_good)
{
	if (for_good)
		WRITE_ONCE(task->pi_gone, true);
	fence_full(); /* hold_if_alive() */
	if (likely(list_empty(&task->pi_held)))
		return;
	spin_lock(&pi_lock);
	while (!list_empty(&task->pi_held)) {
		struct pi_mutex *mutex = list_first_entry(&task->pi_held, struct pi_mutex, held);

		hand_over(mutex, first_waiter(mutex), PI_DIED);
	}
	follow_chain(task);
	spin_unlock(&pi_lock);
}

void pi_priority_changed(struct task_struct *task)
{
	if (likely(!READ_ONCE(task->pi_waits)))
		return;
	spin_lock(&pi_lock);
	follow_chain(task);
	spin_unlock(&pi_lock);
}

void pi_init_task(struct task_struct *task)
{
	list_init(&task->pi_held);
	task->pi_waits = NULL;
	task->pi_gone = false;
}
