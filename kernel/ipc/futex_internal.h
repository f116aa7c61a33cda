/* SPDX-License-Identifier: MIT */
/*
 * What the files of futexes share, and nobody else: the key of a word, and who waits for one.
 */
#ifndef IPC_FUTEX_INTERNAL_H
#define IPC_FUTEX_INTERNAL_H

#include "lib/list.h"
#include "task/task.h"
#include "vm/space.h"
#include "vm/usercopy.h"

/* The key of a word; shared: by its memory object. 0, -EINVAL, -EFAULT. May sleep if shared. */
static inline int futex_key(uaddr_t address, bool shared, struct futex_place *key)
{
	if (address & 3)
		return -EINVAL;
	if (!access_ok(address, sizeof(u32)))
		return -EFAULT;
	if (unlikely(shared))
		return vm_futex_place(current->mm, address, true, key);
	key->owner = current->mm;
	key->offset = address;
	return 0;
}

static inline u64 futex_hash(const struct futex_place *key)
{
	return (((u64)key->owner >> 4) + key->offset / 4) * 0x9e3779b97f4a7c15UL >> 40;
}

static inline bool same_key(const struct futex_place *a, const struct futex_place *b)
{
	return a->offset == b->offset && a->owner == b->owner;
}

struct futex_bucket;

struct futex_waiter {
	struct list_head link;	     /* [bucket lock] */
	struct futex_bucket *bucket; /* [bucket lock] FX3 */
	struct futex_place key;	     /* [bucket lock] requeue changes it */
	struct task_struct *task;    /* [I] */
	u32 bitset;		     /* [I] 0: no wake-up takes it, futex_requeue_pi.c moves it */
	const struct futex_place *target; /* [I] with bitset 0: where it is to be moved to */
};

/* Enters a waiter, whose key, task and bitset are set, into its bucket; then read the word (FX1).
 */
void futex_queue(struct futex_waiter *waiter);
/* The first waiter of a word in order of arrival, or the first of the most urgent ones; NULL: none;
 * ERR_PTR(-EINVAL): it does not wait to be moved to the target. It stays while the caller keeps
 * those that do from leaving. */
struct futex_waiter *futex_first_to_move(const struct futex_place *key,
					 const struct futex_place *target, bool most_urgent);
/* Off the bucket, whichever it is by now. False: a waker has taken it off. */
bool futex_unqueue(struct futex_waiter *waiter);

#endif
