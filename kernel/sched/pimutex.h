/* SPDX-License-Identifier: MIT */
/*
 * Priority inheritance: who owns what, who waits for it, and how urgent that makes the owner. What
 * is owned is a priority-inheritance futex (ipc/futex_pi.c), whose word lies in user memory; this
 * is the kernel's half of it. docs/inheritance.md tells of the whole.
 *
 * PI1: while it has waiters, a mutex with an owner is in the owner's `held` list.
 * PI2: waiters stand by falling urgency, those of one urgency in order of arrival. A waiter's
 * urgency is that of its task: its own real-time priority or what it inherits, whichever is higher.
 * PI3: a task inherits the highest urgency of the waiters of all that it holds.
 * PI4: who waits for whom has no cycle: who would close one is refused.
 *
 * One lock, pi_lock (RANK_PI), protects all of it; so a chain of owners that wait themselves is
 * followed in one piece. Only contended mutexes come here.
 */
#ifndef SCHED_PIMUTEX_H
#define SCHED_PIMUTEX_H

#include "lib/list.h"
#include "lib/types.h"

struct task_struct;

struct pi_mutex {
	struct task_struct *owner; /* [pi_lock] */
	struct list_head waiters;  /* [pi_lock] struct pi_waiter, PI2 */
	struct list_head held;	   /* [pi_lock] in owner->pi_held, PI1 */
	bool died; /* [pi_lock] the last owner did, and the new one has not mended the word yet */
};

enum pi_grant {
	PI_WAITS,   /* not yet */
	PI_GRANTED, /* it is the owner, and the word says so */
	PI_DIED,    /* it is the owner, as the last one has died: the word is to be mended */
};

/* A task that waits: on its own stack. */
struct pi_waiter {
	struct list_head link;	  /* [pi_lock] */
	struct task_struct *task; /* [I] */
	struct pi_mutex *mutex;	  /* [pi_lock] */
	u8 urgency;		  /* [pi_lock] PI2 */
	u32 grant; /* [a] enum pi_grant; not PI_WAITS: the last access to the waiter */
};

/* A task's urgency: PI2. No lock needed. */
u8 pi_urgency(const struct task_struct *task);

/* A mutex without owner and waiters. */
void pi_mutex_init(struct pi_mutex *mutex);

/* Enters a waiter, for its task, and lends the owner its urgency. owner is whom a mutex without
 * waiters belongs to; NULL: it has an owner. -EDEADLK: PI4. -ESRCH: the owner has ended. */
int pi_wait(struct pi_mutex *mutex, struct pi_waiter *waiter, struct task_struct *task,
	    struct task_struct *owner) must_check;

/* Takes a waiter out again; false: it has been granted the mutex. */
bool pi_stop_waiting(struct pi_waiter *waiter) must_check;

/* The waiter that is next, NULL: none; and whether there are more. It stays while the caller keeps
 * all others from taking it out. */
struct pi_waiter *pi_next(struct pi_mutex *mutex, bool *more);

/* The owner's id, 0 while the word is to be mended. */
pid_t pi_owner(struct pi_mutex *mutex);

/* The owner hands the mutex to a waiter, and wakes it. */
void pi_hand_over(struct pi_mutex *mutex, struct pi_waiter *waiter, enum pi_grant grant);

/* The new owner has mended the word after its predecessor's death, or gives the mutex up. */
void pi_mended(struct pi_mutex *mutex);

/* A task's end (for_good) or exec: hands over all that it holds, as PI_DIED. */
void pi_exit(struct task_struct *task, bool for_good);

/* A task's own priority has changed. */
void pi_priority_changed(struct task_struct *task);

/* fork: the child waits for nothing and holds nothing. */
void pi_init_task(struct task_struct *task);

#endif
