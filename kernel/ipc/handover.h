/* SPDX-License-Identifier: MIT */
/*
 * Handing over: a task that sleeps until another one has done its work for it.
 *
 * A waiter lives on its task's stack, in a queue under its owner's spinlock. Whoever makes it
 * possible does the sleeper's operation (takes its message, changes its semaphores), moves the
 * waiter to a list of its own, and, after the lock is released, finishes all of that list. So a
 * task that wakes has what it came for: nobody overtakes it, and no lock is taken a second time.
 *
 * H1: the waiter stays valid until `done` is set, the last access to it; its task may be gone right
 *     after that, so it is referenced before.
 * H2: a sleeper that gives up (signal, time) takes itself off the queue under the lock. If it is no
 *     longer there, somebody is about to finish it, and it waits for that.
 */
#ifndef IPC_HANDOVER_H
#define IPC_HANDOVER_H

#include "lib/list.h"
#include "lib/types.h"

struct task_struct;

struct handover {
	struct list_head link;	  /* [owner's lock] then the finisher's */
	struct task_struct *task; /* [I] who sleeps */
	bool taken;		  /* [owner's lock] off the queue, to be finished */
	int result;		  /* by the finisher, before done */
	bool done;		  /* [a] H1 */
};

/* For current; then link it into the queue. */
void handover_init(struct handover *waiter);

/* Sleeps, with no lock held, until the waiter is done (0, its result holds), a signal comes
 * (-EINTR) or the monotonic clock reaches expires (-ETIMEDOUT; NSEC_NEVER: no limit). */
int handover_sleep(struct handover *waiter, nsec_t expires) must_check;

/* H2: takes a sleeper that gives up off its queue; false: it was taken already, and is to be
 * joined. The queue's lock is held. */
bool handover_leave(struct handover *waiter) must_check;

/* H2: waits until a waiter that was taken off its queue is done; its result. */
int handover_join(struct handover *waiter);

/* Takes a waiter off its queue, to be finished with that result. The queue's lock is held. */
void handover_take(struct handover *waiter, int result, struct list_head *finished);

/* Takes all of a queue. The queue's lock is held. */
void handover_take_all(struct list_head *queue, int result, struct list_head *finished);

/* Wakes all that were taken. No lock of rank WAKE or above is held. */
void handover_finish(struct list_head *finished);

#endif
