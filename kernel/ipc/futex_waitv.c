/* SPDX-License-Identifier: MIT */
/*
 * Waiting on several futexes at once: futex_waitv(2). A waiter for each word; the first wake-up of
 * any ends the sleep. FX1 of futex.c holds for each of them.
 */
#include "ipc/futex.h"
#include "ipc/futex_internal.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/waitq.h"
#include "uapi/futex.h"

static int find_keys(struct futex_waiter *waiters, const struct futex_value *words, u32 count)
{
	int error = 0;

	for (u32 i = 0; i < count && !error; i++) {
		error = futex_key(words[i].word.address, words[i].word.shared, &waiters[i].key);
		waiters[i].task = current;
		waiters[i].bitset = FUTEX_BITSET_MATCH_ANY;
	}
	return error;
}

/* Takes the first count waiters off: the index of the last one that was woken, or -1. */
static int unqueue_all(struct futex_waiter *waiters, u32 count)
{
	int woken = -1;

	for (u32 i = 0; i < count; i++)
		if (!futex_unqueue(&waiters[i]))
			woken = (int)i;
	return woken;
}

/* Enters all; 0, or why the call does not sleep, with *queued of them entered. */
static int queue_all(struct futex_waiter *waiters, const struct futex_value *words, u32 count,
		     u32 *queued)
{
	for (u32 i = 0; i < count; i++) {
		u32 now;

		futex_queue(&waiters[i]);
		*queued = i + 1;
		if (get_user32(&now, words[i].word.address))
			return -EFAULT;
		if (now != words[i].value)
			return -EAGAIN;
	}
	return 0;
}

static bool any_woken(const struct futex_waiter *waiters, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (!load_acquire(&waiters[i].bucket))
			return true;
	return false;
}

int futex_wait_many(const struct futex_value *words, u32 count, nsec_t expires)
{
	struct futex_waiter *waiters = kmalloc(count * sizeof(*waiters));
	u32 queued = 0;
	int result, woken;

	if (!waiters)
		return -ENOMEM;
	result = find_keys(waiters, words, count);
	if (!result)
		result = queue_all(waiters, words, count, &queued);
	if (!result)
		result = wait_for_waker(any_woken(waiters, count), expires);
	woken = unqueue_all(waiters, queued);
	kfree(waiters);
	return woken >= 0 ? woken : result;
}
