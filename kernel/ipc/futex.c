/* SPDX-License-Identifier: MIT */
/*
 * Futexes (futex(2)): waiters by the word they wait on, in hashed buckets.
 *
 * The key of a word is (space, address) for private ones, found without any lock, and (memory
 * object, offset) for shared ones. A key holds no reference: the waiter's mapping keeps its
 * object, and where another thread unmaps it meanwhile, a stranger may get the same key, and at
 * worst wakes the waiter for nothing, which futex(2) allows.
 *
 * Reading the word may fault and sleep, so it cannot be done under the bucket's lock. Instead:
 * FX1: a waiter is in its bucket before it reads the word; a waker's program has changed the word
 *      before the waker looks at the bucket. One of them sees the other.
 * FX2: a waiter that then finds another value, and was given a wake-up meanwhile, hands it on to
 *      the next one: it never slept, so the wake-up was not for it.
 * FX3: waiter->bucket changes under the lock of the bucket that it names. NULL: woken, and the
 *      waiter on its owner's stack may vanish at once; so a waker takes a reference to the task
 *      first.
 *
 * Bucket locks (RANK_FUTEX): two of them by requeue only, lower address first. No other lock is
 * taken under them; wakers collect tasks and wake them afterwards.
 */
#include "ipc/futex.h"

#include "base/lock.h"
#include "base/perhart.h"
#include "ipc/futex_internal.h"
#include "ipc/futex_op.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "mm/slab.h"
#include "sched/pimutex.h"
#include "sched/waitq.h"
#include "uapi/futex.h"

struct futex_bucket {
	spinlock_t lock;	  /* RANK_FUTEX */
	struct list_head waiters; /* [lock] in order of arrival */
} __cacheline_aligned;

/* Tasks with references, to be woken when the bucket's lock is released. */
enum { WAKE_BATCH = 16 };
struct wake_batch {
	u32 count;
	struct task_struct *task[WAKE_BATCH];
};

enum { BUCKETS_PER_HART = 64 };

static struct futex_bucket *buckets;
static u32 bucket_mask;

static struct futex_bucket *futex_bucket(const struct futex_place *key)
{
	return &buckets[futex_hash(key) & bucket_mask];
}

/* --- waking --- */

static void wake_batch_flush(struct wake_batch *batch)
{
	for (u32 i = 0; i < batch->count; i++) {
		wake_up_process(batch->task[i]);
		put_task_struct(batch->task[i]);
	}
	batch->count = 0;
}

/* Takes a waiter off for good; FX3. The bucket's lock is held. */
static void futex_take(struct futex_waiter *waiter, struct wake_batch *batch)
{
	batch->task[batch->count++] = get_task_struct(waiter->task);
	list_del(&waiter->link);
	store_release(&waiter->bucket, NULL);
}

/* One pass over a bucket, until count are taken or the batch is full. -EINVAL: there is one that
 * may be moved only. */
static int futex_take_matching(struct futex_bucket *bucket, const struct futex_place *key,
			       int count, u32 bitset, struct wake_batch *batch)
{
	struct futex_waiter *waiter, *after;
	int taken = 0;

	list_for_each_entry_safe (waiter, after, &bucket->waiters, link) {
		if (!same_key(&waiter->key, key))
			continue;
		if (!(waiter->bitset & bitset)) {
			if (unlikely(!waiter->bitset))
				return -EINVAL;
			continue;
		}
		futex_take(waiter, batch);
		if (++taken == count || batch->count == WAKE_BATCH)
			break;
	}
	return taken;
}

static int futex_wake_key(const struct futex_place *key, int count, u32 bitset)
{
	struct futex_bucket *bucket = futex_bucket(key);
	struct wake_batch batch;
	int woken = 0, taken;

	fence_full(); /* FX1: the program's store, then our look */
	if (list_empty(&bucket->waiters))
		return 0;
	batch.count = 0;
	do {
		spin_lock(&bucket->lock);
		taken = futex_take_matching(bucket, key, count - woken, bitset, &batch);
		spin_unlock(&bucket->lock);
		wake_batch_flush(&batch);
		if (unlikely(taken < 0))
			return taken;
		woken += taken;
	} while (taken == WAKE_BATCH && woken < count);
	return woken;
}

int futex_wake(uaddr_t address, bool shared, int count, u32 bitset)
{
	struct futex_place key;
	int error = futex_key(address, shared, &key);

	if (error)
		return error;
	return futex_wake_key(&key, MAX(count, 1), bitset);
}

int futex_wake_word(uaddr_t address, bool shared, int count)
{
	return futex_wake(address, shared, count, FUTEX_BITSET_MATCH_ANY);
}

int futex_wake_op(uaddr_t first, uaddr_t second, bool shared, int count, int second_count,
		  u32 encoded)
{
	struct futex_place first_key, second_key;
	struct futex_op op;
	u32 old;
	int error, woken;

	error = futex_key(first, shared, &first_key);
	if (!error)
		error = futex_key(second, shared, &second_key);
	if (!error)
		error = futex_op_decode(encoded, &op);
	if (!error)
		error = arch_user_fetch_op32(second, (enum user_op)op.op, (u32)op.operand, &old);
	if (error)
		return error;
	woken = futex_wake_key(&first_key, MAX(count, 1), FUTEX_BITSET_MATCH_ANY);
	if (futex_op_compare(&op, (s32)old))
		woken += futex_wake_key(&second_key, MAX(second_count, 1), FUTEX_BITSET_MATCH_ANY);
	return woken;
}

/* --- requeueing --- */

static void lock_two_buckets(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock_nested(a < b ? &b->lock : &a->lock);
}

static void unlock_two_buckets(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a != b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
}

/* Moves up to count waiters: how many; -EINVAL: not all, as one may be moved by
 * FUTEX_CMP_REQUEUE_PI only. Both buckets are locked. */
static int futex_move(const struct futex_place *from, const struct futex_place *to, int count)
{
	struct futex_bucket *source = futex_bucket(from), *target = futex_bucket(to);
	struct futex_waiter *waiter, *after;
	int moved = 0;
	LIST_HEAD(chosen);

	list_for_each_entry_safe (waiter, after, &source->waiters, link) {
		if (moved == count)
			break;
		if (!same_key(&waiter->key, from))
			continue;
		if (unlikely(!waiter->bitset)) {
			moved = -EINVAL;
			break;
		}
		list_move_tail(&waiter->link, &chosen);
		waiter->key = *to;
		waiter->bucket = target;
		moved++;
	}
	list_splice_tail(&chosen, &target->waiters);
	return moved;
}

/*
 * The expected value is tested before the buckets are locked (the read may sleep). A change in
 * between is as if the call had been made a little earlier, but for a waiter that arrives in
 * between too: it is moved with the others, as if it had waited on the second word, and at worst
 * wakes for nothing.
 */
int futex_requeue(const struct futex_word *from, const struct futex_word *to, int wake, int move,
		  const u32 *expected)
{
	struct futex_place from_key, to_key;
	struct futex_bucket *source, *target;
	int error, done = 0, moved;
	u32 value;

	error = futex_key(from->address, from->shared, &from_key);
	if (!error)
		error = futex_key(to->address, to->shared, &to_key);
	if (!error && expected) {
		error = get_user32(&value, from->address);
		if (!error && value != *expected)
			error = -EAGAIN;
	}
	if (error)
		return error;
	if (wake)
		done = futex_wake_key(&from_key, wake, FUTEX_BITSET_MATCH_ANY);
	if (done < wake || !move) /* or an error */
		return done;
	source = futex_bucket(&from_key);
	target = futex_bucket(&to_key);
	lock_two_buckets(source, target);
	moved = futex_move(&from_key, &to_key, move);
	unlock_two_buckets(source, target);
	return moved < 0 ? moved : done + moved;
}

/* --- waiting --- */

void futex_queue(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket = futex_bucket(&waiter->key);

	waiter->bucket = bucket;
	spin_lock(&bucket->lock);
	list_add_tail(&waiter->link, &bucket->waiters);
	spin_unlock(&bucket->lock);
	fence_full(); /* FX1: on the list, then the read */
}

struct futex_waiter *futex_first_to_move(const struct futex_place *key,
					 const struct futex_place *target, bool most_urgent)
{
	struct futex_bucket *bucket = futex_bucket(key);
	struct futex_waiter *waiter, *first = NULL;

	spin_lock(&bucket->lock);
	list_for_each_entry (waiter, &bucket->waiters, link) {
		if (!same_key(&waiter->key, key))
			continue;
		if (!first || pi_urgency(waiter->task) > pi_urgency(first->task))
			first = waiter;
		if (!most_urgent)
			break;
	}
	if (first && (first->bitset || !same_key(first->target, target)))
		first = ERR_PTR(-EINVAL);
	spin_unlock(&bucket->lock);
	return first;
}

bool futex_unqueue(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket;

	while ((bucket = load_acquire(&waiter->bucket)) != NULL) {
		spin_lock(&bucket->lock);
		if (waiter->bucket == bucket) {
			list_del(&waiter->link);
			waiter->bucket = NULL;
			spin_unlock(&bucket->lock);
			return true;
		}
		spin_unlock(&bucket->lock);
	}
	return false;
}

int futex_wait(uaddr_t address, bool shared, u32 value, nsec_t expires, u32 bitset)
{
	struct futex_waiter waiter;
	u32 now;
	int result = futex_key(address, shared, &waiter.key);

	if (result)
		return result;
	waiter.task = current;
	waiter.bitset = bitset;
	futex_queue(&waiter);
	result = get_user32(&now, address);
	if (!result && now != value)
		result = -EAGAIN;
	if (unlikely(result)) {
		if (!futex_unqueue(&waiter)) /* FX2 */
			futex_wake(address, shared, 1, FUTEX_BITSET_MATCH_ANY);
		return result;
	}
	result = wait_for_waker(!load_acquire(&waiter.bucket), expires);
	if (result && !futex_unqueue(&waiter))
		result = 0;
	return result;
}

void futex_init(void)
{
	u32 count = BUCKETS_PER_HART;

	while (count < BUCKETS_PER_HART * nr_harts)
		count *= 2;
	buckets = kmalloc(count * sizeof(*buckets));
	if (!buckets)
		panic("no memory for futex buckets");
	bucket_mask = count - 1;
	for (u32 i = 0; i < count; i++) {
		spin_init(&buckets[i].lock, RANK_FUTEX);
		list_init(&buckets[i].waiters);
	}
}
