/* SPDX-License-Identifier: MIT */
/*
 * From waiting on a plain word to waiting for a priority-inheritance futex: FUTEX_WAIT_REQUEUE_PI
 * and FUTEX_CMP_REQUEUE_PI (futex(2)). They are a condition variable whose mutex inherits: a waiter
 * that is moved wakes as the owner of the second word, so no two of them wake to fight for it.
 *
 * A waiter stands in the plain word's bucket as others do (futex.c), but no wake-up takes it, as
 * its bitset is 0. Who moves it takes the second word for it, or enters it as a waiter for that
 * (futex_pi.c), and then takes it out of the bucket.
 *
 * RP1: both the move and the waiter's own leaving happen under the mutex of the second word's
 *	bucket. So while that is held no waiter for the word comes loose, and one that leaves is
 *	either still in its plain bucket, or moved with all done.
 * RP2: a waiter sleeps for the grant of the second word alone. It gets that from who moves it, or,
 *	once moved, from an owner.
 *
 * Locks: bucket mutex of the second word (MUTEX_FUTEX), under it bucket locks of plain words and
 * pi_lock. Model: tests/model/requeue.pml. Tested by tests/guest/requeuepi.c.
 */
#include "ipc/futex.h"
#include "ipc/futex_internal.h"
#include "ipc/futex_pi.h"
#include "lib/errno.h"

/* On the waiting task's stack. */
struct requeue_waiter {
	struct futex_waiter plain; /* bitset 0 */
	struct futex_place target; /* [I] of the second word */
	struct pi_waiter pi;
};

/* --- waiting --- */

static int check_word(uaddr_t address, u32 value)
{
	u32 now;

	if (get_user32(&now, address))
		return -EFAULT;
	return now == value ? 0 : -EAGAIN;
}

/* Ends the wait with a result, unless it is over already: then 0. A moved waiter cannot start anew
 * after a signal, as the plain word has changed. RP1 */
static int leave(struct requeue_waiter *waiter, int result)
{
	struct pi_bucket *bucket = pi_lock_bucket(&waiter->target);

	if (!futex_unqueue(&waiter->plain)) {
		if (!pi_give_up(&waiter->pi))
			result = 0;
		else if (result == -ERESTARTNOINTR)
			result = -EAGAIN;
	}
	pi_unlock_bucket(bucket);
	return result;
}

int futex_wait_requeue_pi(const struct futex_word *word, u32 value, nsec_t expires,
			  const struct futex_word *second)
{
	struct requeue_waiter waiter = { .plain = { .task = current } };
	int result;

	if (word->address == second->address)
		return -EINVAL;
	result = futex_key(second->address, second->shared, &waiter.target);
	if (!result)
		result = futex_key(word->address, word->shared, &waiter.plain.key);
	if (!result)
		result = check_word(word->address, value);
	if (!result && same_key(&waiter.plain.key, &waiter.target))
		result = -EINVAL;
	if (result)
		return result;
	waiter.plain.target = &waiter.target;
	waiter.pi.grant = PI_WAITS;
	futex_queue(&waiter.plain);
	result = check_word(word->address, value); /* FX1 */
	if (!result)
		result = pi_sleep(&waiter.pi, expires);
	if (result)
		result = leave(&waiter, result);
	return result ? result : pi_granted(&waiter.pi, second->address, &waiter.target);
}

/* --- moving; the bucket of the second word is locked --- */

/* The second word was taken for the waiter. */
static void grant(struct requeue_waiter *waiter)
{
	struct task_struct *task = get_task_struct(waiter->plain.task);

	store_release(&waiter->pi.grant, (u32)PI_GRANTED);
	wake_up_process(task);
	put_task_struct(task);
}

/* Moves one waiter: 0, or -errno and it stays. */
static int move(struct pi_bucket *bucket, struct requeue_waiter *waiter, uaddr_t address)
{
	struct pi_request request = {
		.address = address,
		.key = waiter->target,
		.task = waiter->plain.task,
		.waiter = &waiter->pi,
	};
	int result = pi_take(bucket, &request);

	if (result < 0)
		return result;
	if (!futex_unqueue(&waiter->plain)) /* RP1 */
		panic("RP1: a waiter has left while it was moved");
	if (result != PI_WAITING)
		grant(waiter);
	return 0;
}

/* The most urgent waiter is the first to get the word, or to be asked for it; among the moved ones
 * urgency decides anyway. */
static int move_up_to(struct pi_bucket *bucket, const struct futex_place *from,
		      const struct futex_place *to, uaddr_t address, int most)
{
	int moved = 0, error = 0;

	while (moved < most && !error) {
		struct futex_waiter *plain = futex_first_to_move(from, to, !moved);

		if (!plain)
			break;
		error = IS_ERR(plain)
				? (int)PTR_ERR(plain)
				: move(bucket, container_of(plain, struct requeue_waiter, plain),
				       address);
		moved += !error;
	}
	return error ? error : moved;
}

int futex_requeue_pi(const struct futex_word *from, const struct futex_word *to, int wake, int more,
		     u32 expected)
{
	struct futex_place from_key, to_key;
	struct pi_bucket *bucket;
	int result;

	if (from->address == to->address || wake != 1)
		return -EINVAL;
	result = futex_key(from->address, from->shared, &from_key);
	if (!result)
		result = futex_key(to->address, to->shared, &to_key);
	if (!result && same_key(&from_key, &to_key))
		result = -EINVAL;
	if (!result)
		result = check_word(from->address, expected);
	if (result)
		return result;
	bucket = pi_lock_bucket(&to_key);
	result = move_up_to(bucket, &from_key, &to_key, to->address,
			    more < INT32_MAX ? more + 1 : more);
	pi_unlock_bucket(bucket);
	return result;
}
