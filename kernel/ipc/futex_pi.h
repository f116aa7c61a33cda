/* SPDX-License-Identifier: MIT */
/*
 * What the files of priority-inheritance futexes share: futex_pi.c, futex_requeue_pi.c. Nobody else
 * includes it.
 */
#ifndef IPC_FUTEX_PI_H
#define IPC_FUTEX_PI_H

#include "ipc/futex_internal.h"
#include "sched/pimutex.h"

struct pi_bucket;

/* What a task, not always current, wants of a word of current's space. */
struct pi_request {
	uaddr_t address;
	struct futex_place key;
	struct task_struct *task;
	struct pi_waiter *waiter; /* the task's */
	bool try_only;
};

/* The word's bucket: held for all work on the word and its state. */
struct pi_bucket *pi_lock_bucket(const struct futex_place *key);
void pi_unlock_bucket(struct pi_bucket *bucket);

/* Takes the word for the task (0), enters its waiter (PI_WAITING), or -errno. The bucket is locked.
 */
enum { PI_WAITING = 1 };
int pi_take(struct pi_bucket *bucket, struct pi_request *request) must_check;
/* Takes a waiter that was entered out again; false: it has been granted the word. The bucket is
 * locked. */
bool pi_give_up(struct pi_waiter *waiter) must_check;

/* Current sleeps until its waiter is granted the word (0), the time is up (-ETIMEDOUT), or a signal
 * comes (-ERESTARTNOINTR). No lock held. */
int pi_sleep(struct pi_waiter *waiter, nsec_t expires) must_check;
/* Current has been granted the word: mends it if its last owner died. 0, -EFAULT: the next waiter
 * has it now. No lock held. */
int pi_granted(const struct pi_waiter *waiter, uaddr_t address,
	       const struct futex_place *key) must_check;

#endif
