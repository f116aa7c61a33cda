/* SPDX-License-Identifier: MIT */
/*
 * Futexes: sleeping on a word of user memory.
 */
#ifndef IPC_FUTEX_H
#define IPC_FUTEX_H

#include "lib/types.h"

struct task_struct;

/* A word, and how its waiters are found. */
struct futex_word {
	uaddr_t address;
	bool shared; /* as without FUTEX_PRIVATE_FLAG: by its memory object */
};

/* The operations of futex(2), on words of current's space at addresses that are multiples of 4.
 * shared: as without FUTEX_PRIVATE_FLAG, the word is found by its memory object. All may sleep;
 * -EFAULT for addresses that are not the user's (wait, wake_op: not mapped), -EINVAL for a bad
 * alignment. */

/* Sleeps while the word is value, until a wake-up whose bitset shares a bit with this one.
 * expires is on the monotonic clock, ns; NSEC_NEVER: no limit. 0, -EAGAIN (it is not),
 * -ETIMEDOUT, -ERESTARTSYS. */
int futex_wait(uaddr_t address, bool shared, u32 value, nsec_t expires, u32 bitset);
/* Wakes up to count (at least 1) waiters in order of arrival; returns how many. */
int futex_wake(uaddr_t address, bool shared, int count, u32 bitset);
/* Wakes up to wake waiters of one word and moves up to move of the rest to another, in order.
 * expected is NULL or what the first word must hold, else -EAGAIN. Returns how many were woken
 * and moved. */
int futex_requeue(const struct futex_word *from, const struct futex_word *to, int wake, int move,
		  const u32 *expected);
/* Does encoded (ipc/futex_op.h) to the second word, then wakes up to count waiters of the first
 * and, if the old value passes the test, up to second_count of the second. Returns how many;
 * -ENOSYS. */
int futex_wake_op(uaddr_t first, uaddr_t second, bool shared, int count, int second_count,
		  u32 encoded);

/* Sleeps while each of count words (at most FUTEX_WAITV_MAX) has its value, until one of them is
 * woken: its index, or as futex_wait(). futex_waitv.c */
struct futex_value {
	struct futex_word word;
	u32 value;
};
int futex_wait_many(const struct futex_value *words, u32 count, nsec_t expires);

/* --- priority-inheritance futexes: futex_pi.c --- */

/* FUTEX_LOCK_PI, with try_only FUTEX_TRYLOCK_PI: takes the word, or waits for its owner, which runs
 * with the priority of the most urgent waiter meanwhile. 0, -EAGAIN (try_only), -EDEADLK, -ESRCH
 * (the owner is no more), -EPERM, -EINVAL, -ETIMEDOUT, -ERESTARTNOINTR. */
int futex_lock_pi(uaddr_t address, bool shared, nsec_t expires, bool try_only);
/* FUTEX_WAIT_REQUEUE_PI: sleeps while the word is value, until it is moved to the second word and
 * has been made the owner of that. 0, -EAGAIN, -EINVAL (one word), -ETIMEDOUT, -ERESTARTNOINTR.
 * futex_requeue_pi.c */
int futex_wait_requeue_pi(const struct futex_word *word, u32 value, nsec_t expires,
			  const struct futex_word *second);
/* FUTEX_CMP_REQUEUE_PI: moves one and up to `more` such waiters; how many. wake must be 1. -EAGAIN:
 * the first word is not what was expected. -EINVAL: who waits there does not wait for the second
 * word. Or what futex_lock_pi() says to a waiter. */
int futex_requeue_pi(const struct futex_word *from, const struct futex_word *to, int wake, int more,
		     u32 expected);
/* FUTEX_UNLOCK_PI. -EPERM: current is not the owner. */
int futex_unlock_pi(uaddr_t address, bool shared);
void futex_pi_init(void);

/* FUTEX_WAKE from inside the kernel on a word of current's space: clear_child_tid. Returns the
 * number woken. */
int futex_wake_word(uaddr_t address, bool shared, int count);
/* A thread ends (or execs): marks the robust futexes it holds with FUTEX_OWNER_DIED, wakes a
 * waiter each. May sleep. */
void futex_exit_robust(struct task_struct *task);
void futex_init(void);

#endif
