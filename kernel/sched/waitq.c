/* SPDX-License-Identifier: MIT */
/*
 * Wait queues. The protocol stands in waitq.h and docs/waiting.md.
 *
 * WQ1: a waiter is on its queue's list from prepare (add) until finish (remove), or until a waker
 *	has woken its task and taken it off; then `woken` is set, with release order, as the waker's
 *	last access to the waiter and the task. So who sees woken need not take the lock before its
 *	stack frame goes away; who does not see it takes the lock and so waits for the waker.
 * WQ2: exclusive waiters stand after all others, in order of arrival.
 *
 * Locks: the queue's lock, under it wake_lock and a run queue's.
 */
#include "sched/waitq.h"
#include "task/task.h"

void waitq_init_rank(struct wait_queue *queue, enum lock_rank rank)
{
	spin_init(&queue->lock, rank);
	queue->watched = false;
	list_init(&queue->waiters);
}

void waitq_init(struct wait_queue *queue)
{
	waitq_init_rank(queue, RANK_WAITQ);
}

static bool is_linked(const struct waiter *waiter)
{
	return waiter->link.next && !waiter->woken;
}

/* Queue's lock held. */
static void link_waiter(struct wait_queue *queue, struct waiter *waiter)
{
	waiter->woken = false;
	if (waiter->exclusive)
		list_add_tail(&waiter->link, &queue->waiters);
	else
		list_add(&waiter->link, &queue->waiters);
}

static void prepare(struct wait_queue *queue, struct waiter *waiter, unsigned int state)
{
	waiter->task = current;
	spin_lock(&queue->lock);
	if (!is_linked(waiter))
		link_waiter(queue, waiter);
	spin_unlock(&queue->lock);
	set_current_state(state);
}

void waitq_prepare(struct wait_queue *queue, struct waiter *waiter, unsigned int state)
{
	prepare(queue, waiter, state);
}

void waitq_prepare_exclusive(struct wait_queue *queue, struct waiter *waiter, unsigned int state)
{
	waiter->exclusive = true;
	prepare(queue, waiter, state);
}

void waitq_finish(struct wait_queue *queue, struct waiter *waiter)
{
	WRITE_ONCE(current->state, TASK_RUNNING);
	if (load_acquire(&waiter->woken))
		return;
	spin_lock(&queue->lock);
	if (is_linked(waiter))
		list_del(&waiter->link);
	spin_unlock(&queue->lock);
}

void waitq_add(struct wait_queue *queue, struct waiter *waiter)
{
	spin_lock(&queue->lock);
	link_waiter(queue, waiter);
	spin_unlock(&queue->lock);
	fence_full();
}

void waitq_watch(struct wait_queue *queue, struct waiter *waiter)
{
	WRITE_ONCE(queue->watched, true);
	waitq_add(queue, waiter);
}

void waitq_remove(struct wait_queue *queue, struct waiter *waiter)
{
	spin_lock(&queue->lock);
	if (is_linked(waiter))
		list_del(&waiter->link);
	spin_unlock(&queue->lock);
}

/* Queue's lock held. True: it counts as woken. */
static inline bool wake_waiter(struct waiter *waiter, unsigned int states, unsigned long key)
{
	if (waiter->wake)
		return waiter->wake(waiter, key);
	if (!try_to_wake_up(waiter->task, states))
		return false;
	list_del(&waiter->link);
	store_release(&waiter->woken, true);
	return true;
}

static inline void wake_waiters(struct wait_queue *queue, unsigned int states, int count,
				unsigned long key)
{
	struct waiter *waiter, *after;

	list_for_each_entry_safe (waiter, after, &queue->waiters, link) {
		bool exclusive = waiter->exclusive;

		if (wake_waiter(waiter, states, key) && exclusive && --count == 0)
			break;
	}
}

void waitq_wake(struct wait_queue *queue, unsigned int states, int count, unsigned long key)
{
	spin_lock(&queue->lock);
	wake_waiters(queue, states, count, key);
	spin_unlock(&queue->lock);
}

void waitq_wake_locked(struct wait_queue *queue, unsigned int states, int count, unsigned long key)
{
	wake_waiters(queue, states, count, key);
}
