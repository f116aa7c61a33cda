/* SPDX-License-Identifier: MIT */
/*
 * Priority-inheritance futexes: FUTEX_LOCK_PI and its relatives (futex(2)).
 *
 * The word holds its owner's thread id, in the name space of those who share it, and FUTEX_WAITERS
 * when the kernel knows of waiters; taking and giving back one without waiters is the program's own
 * affair. The kernel keeps a state of a word while there are waiters: a pi_mutex (sched/pimutex.h).
 *
 * Word and state must agree, and the word may be touched only where a fault may sleep. So whoever
 * works on a word holds a mutex, that of the word's bucket, and changes the word by
 * compare-and-swap against the program. An unlock writes the next owner's id into the word before
 * that one wakes, which finds all done.
 *
 * An owner that dies cannot do so, as it may not know the word's address any more. It makes the
 * next waiter the owner of the state, and that one mends the word (PI_DIED).
 *
 * Locks: bucket mutex (MUTEX_FUTEX), under it pi_lock. Tested by tests/guest/pifutex.c.
 */
#include "ipc/futex.h"
#include "ipc/futex_internal.h"
#include "ipc/futex_pi.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/pimutex.h"
#include "sched/waitq.h"
#include "task/pid_ns.h"
#include "uapi/futex.h"

struct pi_state {
	struct list_head link;	/* [bucket's lock] */
	struct futex_place key; /* [I] */
	struct pi_mutex mutex;
};

enum { PI_BUCKETS = 64 };

struct pi_bucket {
	struct mutex lock;	 /* MUTEX_FUTEX */
	struct list_head states; /* [lock] */
};

static struct pi_bucket pi_buckets[PI_BUCKETS];

struct pi_bucket *pi_lock_bucket(const struct futex_place *key)
{
	struct pi_bucket *bucket = &pi_buckets[futex_hash(key) % PI_BUCKETS];

	mutex_lock(&bucket->lock);
	return bucket;
}

void pi_unlock_bucket(struct pi_bucket *bucket)
{
	mutex_unlock(&bucket->lock);
}

/* --- states; the bucket is locked --- */

static struct pi_state *find_state(struct pi_bucket *bucket, const struct futex_place *key)
{
	struct pi_state *state;

	list_for_each_entry (state, &bucket->states, link)
		if (same_key(&state->key, key))
			return state;
	return NULL;
}

static struct pi_state *make_state(struct pi_bucket *bucket, const struct futex_place *key)
{
	struct pi_state *state = kmalloc(sizeof(*state));

	if (!state)
		return NULL;
	state->key = *key;
	pi_mutex_init(&state->mutex);
	list_add(&state->link, &bucket->states);
	return state;
}

static void drop_state(struct pi_state *state)
{
	list_del(&state->link);
	kfree(state);
}

/* Nobody waits any more, and no word is to be mended: the kernel need not know of the word. */
static void drop_if_idle(struct pi_state *state)
{
	bool more;

	if (!pi_next(&state->mutex, &more) && list_empty(&state->mutex.held))
		drop_state(state);
}

/* --- the word; the bucket is locked --- */

/* Changes the word from *value to new: 0; -EAGAIN: it was another, which is in *value now; -EFAULT.
 */
static int change_word(uaddr_t address, u32 *value, u32 new)
{
	u32 seen;

	if (arch_user_cmpxchg32(address, *value, new, &seen))
		return -EFAULT;
	if (seen == *value)
		return 0;
	*value = seen;
	return -EAGAIN;
}

/* The task that a word names, referenced. ERR_PTR(-ESRCH), (-EPERM): a kernel thread. */
static struct task_struct *get_owner(u32 value)
{
	struct task_struct *task = get_task_by_pid((pid_t)(value & FUTEX_TID_MASK));

	if (!task)
		return ERR_PTR(-ESRCH);
	if (task->flags & PF_KTHREAD) {
		put_task_struct(task);
		return ERR_PTR(-EPERM);
	}
	return task;
}

/* An owner that ended may have changed the word last: -EAGAIN, look again; or what was found. */
static int owner_gone(uaddr_t address, u32 value, int error)
{
	u32 now;

	if (get_user32(&now, address))
		return -EFAULT;
	return now == value ? error : -EAGAIN;
}

/* --- taking; the bucket is locked --- */

/* The kernel knows of waiters already. PI_WAITING, or -errno. */
static int join_waiters(struct pi_state *state, struct pi_request *request, u32 value)
{
	pid_t owner = pi_owner(&state->mutex);
	int error;

	if (owner && pid_from_vnr((pid_t)(value & FUTEX_TID_MASK)) != owner)
		return -EINVAL;
	if (request->try_only)
		return -EAGAIN;
	error = pi_wait(&state->mutex, request->waiter, request->task, NULL);
	return error ? error : PI_WAITING;
}

/* The first to wait for the word's owner. */
static int wait_for_owner(struct pi_bucket *bucket, struct pi_request *request,
			  struct task_struct *owner)
{
	struct pi_state *state = make_state(bucket, &request->key);
	int error;

	if (!state)
		return -ENOMEM;
	error = pi_wait(&state->mutex, request->waiter, request->task, owner);
	if (error)
		drop_state(state);
	return error ? error : PI_WAITING;
}

/* Another task owns the word, and nobody waits. 0 is not possible; -EAGAIN with *again: look anew.
 */
static int be_first_waiter(struct pi_bucket *bucket, struct pi_request *request, u32 value,
			   bool *again)
{
	struct task_struct *owner = get_owner(value);
	int error = IS_ERR(owner) ? (int)PTR_ERR(owner) : 0;

	if (!error)
		error = change_word(request->address, &value, value | FUTEX_WAITERS);
	*again = error == -EAGAIN;
	if (!error && request->try_only) {
		error = READ_ONCE(owner->pi_gone) ? -ESRCH : -EAGAIN;
		*again = false;
	} else if (!error) {
		error = wait_for_owner(bucket, request, owner);
		value |= FUTEX_WAITERS;
	}
	if (!IS_ERR(owner))
		put_task_struct(owner);
	if (error == -ESRCH) {
		error = owner_gone(request->address, value, error);
		*again = error == -EAGAIN;
	}
	return error;
}

/* One look at the word: 0 (it is taken), PI_WAITING, -errno; *again: look anew. */
static int take_step(struct pi_bucket *bucket, struct pi_request *request, bool *again)
{
	struct pi_state *state = find_state(bucket, &request->key);
	u32 value;
	int error;

	*again = false;
	if (get_user32(&value, request->address))
		return -EFAULT;
	if ((value & FUTEX_TID_MASK) == (u32)task_pid_vnr(request->task))
		return -EDEADLK;
	if (state)
		return join_waiters(state, request, value);
	if (value & FUTEX_TID_MASK)
		return be_first_waiter(bucket, request, value, again);
	error = change_word(request->address, &value,
			    (value & FUTEX_OWNER_DIED) | (u32)task_pid_vnr(request->task));
	*again = error == -EAGAIN;
	return error;
}

int pi_take(struct pi_bucket *bucket, struct pi_request *request)
{
	bool again;
	int result;

	do {
		result = take_step(bucket, request, &again);
	} while (again);
	return result;
}

/* --- waiting --- */

int pi_sleep(struct pi_waiter *waiter, nsec_t expires)
{
	int result = wait_for_waker(load_acquire(&waiter->grant) != PI_WAITS, expires);

	return result == -ERESTARTSYS ? -ERESTARTNOINTR : result;
}

bool pi_give_up(struct pi_waiter *waiter)
{
	if (!pi_stop_waiting(waiter))
		return false;
	drop_if_idle(container_of(waiter->mutex, struct pi_state, mutex));
	return true;
}

/* Gives up, unless it has been granted meanwhile. */
static int give_up(struct pi_request *request, int result)
{
	struct pi_bucket *bucket = pi_lock_bucket(&request->key);

	if (!pi_give_up(request->waiter))
		result = 0;
	pi_unlock_bucket(bucket);
	return result;
}

/* Current has got the mutex of a dead owner, and writes itself into the word. Cannot it do that,
 * the next waiter gets the mutex. */
static int mend(uaddr_t address, const struct futex_place *key)
{
	struct pi_bucket *bucket = pi_lock_bucket(key);
	struct pi_state *state = find_state(bucket, key);
	struct pi_waiter *next;
	u32 value;
	bool more;
	int error = get_user32(&value, address);

	next = pi_next(&state->mutex, &more);
	while (!error) {
		error = change_word(address, &value,
				    (u32)current->vpid | FUTEX_OWNER_DIED |
					    (next ? FUTEX_WAITERS : 0));
		if (error != -EAGAIN)
			break;
		error = 0;
	}
	if (error && next)
		pi_hand_over(&state->mutex, next, PI_DIED);
	else
		pi_mended(&state->mutex);
	drop_if_idle(state);
	pi_unlock_bucket(bucket);
	return error;
}

int pi_granted(const struct pi_waiter *waiter, uaddr_t address, const struct futex_place *key)
{
	return load_acquire(&waiter->grant) == PI_DIED ? mend(address, key) : 0;
}

int futex_lock_pi(uaddr_t address, bool shared, nsec_t expires, bool try_only)
{
	struct pi_waiter waiter;
	struct pi_request request = {
		.address = address, .task = current, .try_only = try_only, .waiter = &waiter
	};
	struct pi_bucket *bucket;
	int result = futex_key(address, shared, &request.key);

	if (result)
		return result;
	bucket = pi_lock_bucket(&request.key);
	result = pi_take(bucket, &request);
	pi_unlock_bucket(bucket);
	if (result != PI_WAITING)
		return result;
	result = pi_sleep(&waiter, expires);
	if (result)
		result = give_up(&request, result);
	return result ? result : pi_granted(&waiter, address, &request.key);
}

/* --- giving back; the bucket is locked --- */

/* Hands a word with waiters to the next one. value: the word, which names current. */
static int hand_over(struct pi_state *state, uaddr_t address, u32 value)
{
	struct pi_waiter *next;
	bool more;
	int error;

	if (pi_owner(&state->mutex) != current->pid)
		return -EINVAL;
	next = pi_next(&state->mutex, &more);
	do {
		if ((value & FUTEX_TID_MASK) != (u32)current->vpid)
			return -EINVAL;
		error = change_word(address, &value,
				    (u32)task_pid_vnr(next->task) | (more ? FUTEX_WAITERS : 0));
	} while (error == -EAGAIN);
	if (error)
		return error;
	pi_hand_over(&state->mutex, next, PI_GRANTED);
	drop_if_idle(state);
	return 0;
}

static int give_back(struct pi_bucket *bucket, uaddr_t address, const struct futex_place *key)
{
	struct pi_state *state = find_state(bucket, key);
	u32 value;
	int error;

	if (get_user32(&value, address))
		return -EFAULT;
	if (state && (value & FUTEX_TID_MASK) == (u32)current->vpid)
		return hand_over(state, address, value);
	do {
		if ((value & FUTEX_TID_MASK) != (u32)current->vpid)
			return -EPERM;
		error = change_word(address, &value, 0);
	} while (error == -EAGAIN);
	return error;
}

int futex_unlock_pi(uaddr_t address, bool shared)
{
	struct pi_bucket *bucket;
	struct futex_place key;
	u32 value;
	int error;

	if (get_user32(&value, address))
		return -EFAULT;
	if ((value & FUTEX_TID_MASK) != (u32)current->vpid)
		return -EPERM;
	error = futex_key(address, shared, &key);
	if (error)
		return error;
	bucket = pi_lock_bucket(&key);
	error = give_back(bucket, address, &key);
	pi_unlock_bucket(bucket);
	return error;
}

void futex_pi_init(void)
{
	for (unsigned int i = 0; i < PI_BUCKETS; i++) {
		mutex_init(&pi_buckets[i].lock, MUTEX_FUTEX);
		list_init(&pi_buckets[i].states);
	}
}
