/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: tasks that wait for a condition, woken by who makes it true.
 *
 *	wait_event_interruptible(&pipe->readers, pipe_has_data(pipe))
 *
 * The waiter is on the queue and in its sleeping state before it tests the condition; the waker
 * makes the condition true before it looks at the queue. So one of them sees the other (store, full
 * fence, load on both sides). waitq_active() is a waker's cheap test; it contains that fence.
 */
#ifndef SCHED_WAITQ_H
#define SCHED_WAITQ_H

#include "base/lock.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "sched/sched.h"

struct wait_queue {
	spinlock_t lock;	  /* RANK_WAITQ, or RANK_EPOLL */
	bool watched;		  /* [a] a lasting waiter came: tell of each event */
	struct list_head waiters; /* [lock] struct waiter: exclusive ones after the others */
};

struct waiter {
	struct list_head link;	  /* [queue lock] */
	struct task_struct *task; /* [I] who waits */
	/* [I] called under the queue's lock instead of waking the task; true counts as one woken.
	 * Poll and epoll use it. */
	bool (*wake)(struct waiter *waiter, unsigned long key);
	bool exclusive; /* [I] wake one of these at a time */
	bool woken;	/* [a] taken off by a waker, which does not touch it after that */
};

#define WAIT_QUEUE_INIT(name)                                                                      \
	{                                                                                          \
		.lock = SPINLOCK_INIT(RANK_WAITQ), .waiters = LIST_HEAD_INIT((name).waiters)       \
	}

/* An empty queue, with a lock of RANK_WAITQ or another rank. */
void waitq_init(struct wait_queue *queue);
void waitq_init_rank(struct wait_queue *queue, enum lock_rank rank);

/* Puts current on the queue (once) and sets its state; then test the condition, then schedule(). */
void waitq_prepare(struct wait_queue *queue, struct waiter *waiter, unsigned int state);
void waitq_prepare_exclusive(struct wait_queue *queue, struct waiter *waiter, unsigned int state);
/* Back to TASK_RUNNING, off the queue. After it waiter->woken tells whether a waker chose it. */
void waitq_finish(struct wait_queue *queue, struct waiter *waiter);
/* For waiters with a wake function: no state is changed. */
void waitq_add(struct wait_queue *queue, struct waiter *waiter);
/* The same for one that stays, and is to see each event: also those that change no state that a
 * sleeper waits for, as one more byte where some are already. */
void waitq_watch(struct wait_queue *queue, struct waiter *waiter);
void waitq_remove(struct wait_queue *queue, struct waiter *waiter);

/* Wakes all non-exclusive waiters and up to count exclusive ones (0: all), in states. key: for wake
 * functions (poll events), 0: unknown. Any context. */
void waitq_wake(struct wait_queue *queue, unsigned int states, int count, unsigned long key);
/* The same with the queue's lock held. */
void waitq_wake_locked(struct wait_queue *queue, unsigned int states, int count, unsigned long key);

/* In a key: nothing new came, somebody who waits is to take what is left. */
enum { WAKE_NEXT = 1 << 24 };

static inline bool waitq_active(struct wait_queue *queue)
{
	fence_full();
	return !list_empty(&queue->waiters);
}

static inline void wake_up(struct wait_queue *queue) /* all, or one exclusive */
{
	if (waitq_active(queue))
		waitq_wake(queue, TASK_NORMAL, 1, 0);
}

static inline void wake_up_all(struct wait_queue *queue)
{
	if (waitq_active(queue))
		waitq_wake(queue, TASK_NORMAL, 0, 0);
}

/* The same, with the poll events (POLLIN, ...) that became true. */
static inline void wake_up_poll(struct wait_queue *queue, unsigned long events)
{
	if (waitq_active(queue))
		waitq_wake(queue, TASK_NORMAL, 1, events);
}

/* A signal is pending for current: any (interruptible waits), or a fatal one (killable ones;
 * task/sigpick.c). */
static inline bool current_signal_pending(void)
{
	return __atomic_load_n(&current_thread_info()->flags, __ATOMIC_RELAXED) & TIF_SIGPENDING;
}
bool current_fatal_signal_pending(void);

/*
 * The loop of all waits. After a sleep the condition is tested before the waiter queues again: most
 * waits end there, and a waker that took the waiter off has saved it the queue's lock.
 *
 * Who takes one of several things after an exclusive wait, and sees that more are left, wakes the
 * queue again: a waker may have chosen it for another one while it found its own before it slept.
 *
 * A waker may choose an exclusive waiter that a signal interrupts at the same time. It must not
 * swallow that wake-up, which was meant for one of them: if the condition holds, it takes what it
 * was woken for.
 */
#define WAIT_LOOP(queue, condition, state_, prepare, interrupted, sleep)                           \
	({                                                                                         \
		struct waiter wait_waiter = { 0 };                                                 \
		long wait_result = 0;                                                              \
		do {                                                                               \
			prepare(queue, &wait_waiter, state_);                                      \
			if (condition)                                                             \
				break;                                                             \
			if (interrupted) {                                                         \
				wait_result = -ERESTARTSYS;                                        \
				break;                                                             \
			}                                                                          \
			sleep;                                                                     \
		} while (!(condition));                                                            \
		waitq_finish(queue, &wait_waiter);                                                 \
		if (wait_result && wait_waiter.woken && (condition))                               \
			wait_result = 0;                                                           \
		wait_result;                                                                       \
	})

/* Sleep until the condition holds. 0, or -ERESTARTSYS when a signal came first. */
#define wait_event(queue, condition)                                                               \
	((void)((condition) ? 0                                                                    \
			    : WAIT_LOOP(queue, condition, TASK_UNINTERRUPTIBLE, waitq_prepare,     \
					false, schedule())))
#define wait_event_interruptible(queue, condition)                                                 \
	((condition) ? 0                                                                           \
		     : WAIT_LOOP(queue, condition, TASK_INTERRUPTIBLE, waitq_prepare,              \
				 current_signal_pending(), schedule()))
#define wait_event_interruptible_exclusive(queue, condition)                                       \
	((condition) ? 0                                                                           \
		     : WAIT_LOOP(queue, condition, TASK_INTERRUPTIBLE, waitq_prepare_exclusive,    \
				 current_signal_pending(), schedule()))
#define wait_event_killable(queue, condition)                                                      \
	((condition) ? 0                                                                           \
		     : WAIT_LOOP(queue, condition, TASK_KILLABLE, waitq_prepare,                   \
				 current_fatal_signal_pending(), schedule()))

/* Sleeps without a queue until the condition holds: whoever makes it true knows the task, and wakes
 * it by wake_up_process() after that. expires: on the monotonic clock, NSEC_NEVER for no limit. 0,
 * -ETIMEDOUT, -ERESTARTSYS. */
#define wait_for_waker(condition, expires)                                                         \
	({                                                                                         \
		int wait_result = 0;                                                               \
		do {                                                                               \
			set_current_state(TASK_INTERRUPTIBLE);                                     \
			if (condition)                                                             \
				break;                                                             \
			if (current_signal_pending())                                              \
				wait_result = -ERESTARTSYS;                                        \
			else if ((expires) == NSEC_NEVER)                                          \
				schedule();                                                        \
			else if (!schedule_timeout_until(expires))                                 \
				wait_result = -ETIMEDOUT;                                          \
		} while (!wait_result && !(condition));                                            \
		set_current_state(TASK_RUNNING);                                                   \
		wait_result;                                                                       \
	})

#endif
