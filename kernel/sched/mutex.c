/* SPDX-License-Identifier: MIT */
/*
 * Sleeping mutexes.
 *
 * M1: `owner` is the owner's address with two flag bits; 0 is free. Locking and unlocking one
 *	without waiters is one atomic operation. MUTEX_WAITERS is set exactly while the list is not
 *	empty (but for the instant in which the lock is held to change both), and sends unlock the
 *	slow way.
 * M2: who unlocks frees the mutex and wakes the first waiter; another may take it before that one
 *	runs, which costs less than a switch for each turn. A waiter that has been overtaken sets
 *	MUTEX_HANDOFF, and the next unlock makes it the owner: nobody starves.
 * M3: a waiter is on the list until it has taken the mutex or given up, and leaves under `lock`; so
 *	the unlocker, which wakes it under `lock`, wakes a task that exists.
 *
 * Locks: mutex->lock (RANK_MUTEX), under it the waiter's wake_lock.
 */
#include "arch/hart.h"
#include "lib/errno.h"
#include "sched/mutex.h"
#include "task/task.h"

enum { MUTEX_FLAGS = MUTEX_WAITERS | MUTEX_HANDOFF };

/* Looks at a running owner before the waiter goes to sleep: about what two switches cost. */
enum { SPIN_LIMIT = 500 };

struct mutex_waiter {
	struct list_head link;	  /* [mutex->lock] */
	struct task_struct *task; /* [I] */
};

/* --- the debug build's order check --- */

static void check_order(const struct mutex *mutex, bool nested)
{
	lock_check_may_sleep();
	for (unsigned int level = mutex->level + !!nested; level < MUTEX_LEVELS; level++)
		if (current->mutexes_held[level] && mutex->level != MUTEX_NONE)
			panic("mutex of level %u wanted while one of level %u is held",
			      mutex->level, level);
}

static inline void note_acquired(const struct mutex *mutex)
{
	if (CONFIG_DEBUG)
		current->mutexes_held[mutex->level]++;
}

static inline void note_released(const struct mutex *mutex)
{
	if (!CONFIG_DEBUG)
		return;
	if (!mutex_is_mine(mutex))
		panic("a mutex is unlocked by another task than its owner");
	current->mutexes_held[mutex->level]--;
}

/* --- taking it --- */

static inline struct task_struct *owner_of(unsigned long word)
{
	return (struct task_struct *)(word & ~(unsigned long)MUTEX_FLAGS);
}

static inline bool take_free(struct mutex *mutex)
{
	unsigned long word = 0;

	return __atomic_compare_exchange_n(&mutex->owner, &word, (unsigned long)current, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Takes it if nobody has it, waiters or not; true also when it has been handed to current. */
static bool take(struct mutex *mutex)
{
	unsigned long word = __atomic_load_n(&mutex->owner, __ATOMIC_ACQUIRE);

	for (;;) {
		if (owner_of(word))
			return owner_of(word) == current;
		if (__atomic_compare_exchange_n(&mutex->owner, &word, word | (unsigned long)current,
						true, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
			return true;
	}
}

/* Waits a little while the owner runs on another hart: it will be done soon. The owner may exit
 * meanwhile; its memory then holds something else, but can be read, and the next look ends it. */
static bool spin_for(struct mutex *mutex)
{
	for (unsigned int i = 0; i < SPIN_LIMIT; i++) {
		unsigned long word = READ_ONCE(mutex->owner);
		struct task_struct *owner = owner_of(word);

		if ((word & MUTEX_HANDOFF) || (owner && !READ_ONCE(owner->on_hart)) ||
		    task_has_flag(current, TIF_NEED_RESCHED))
			return false;
		if (!owner && take(mutex))
			return true;
		arch_relax();
	}
	return false;
}

static bool is_first(const struct mutex *mutex, const struct mutex_waiter *waiter)
{
	return mutex->waiters.next == &waiter->link;
}

static void leave_list(struct mutex *mutex, struct mutex_waiter *waiter)
{
	unsigned long clear = is_first(mutex, waiter) ? MUTEX_HANDOFF : 0;

	list_del(&waiter->link);
	if (list_empty(&mutex->waiters))
		clear |= MUTEX_WAITERS;
	if (clear)
		atomic_fetch_and(&mutex->owner, ~clear);
}

static bool gives_up(u32 state)
{
	if (state == TASK_INTERRUPTIBLE)
		return task_has_flag(current, TIF_SIGPENDING);
	return state == TASK_KILLABLE && task_has_flag(current, TIF_SIGPENDING) &&
	       current_fatal_signal_pending();
}

/* 0 with the mutex, or -EINTR when a signal that the state allows came first. */
static noinline int lock_slow(struct mutex *mutex, u32 state)
{
	struct mutex_waiter waiter = { .task = current };
	int error = 0;

	if (spin_for(mutex))
		return 0;
	spin_lock(&mutex->lock);
	list_add_tail(&waiter.link, &mutex->waiters);
	atomic_fetch_or(&mutex->owner, MUTEX_WAITERS);
	for (;;) {
		set_current_state(state);
		if (take(mutex))
			break;
		if (gives_up(state)) {
			error = -EINTR;
			break;
		}
		spin_unlock(&mutex->lock);
		schedule();
		spin_lock(&mutex->lock);
		if (is_first(mutex, &waiter) && owner_of(READ_ONCE(mutex->owner)))
			atomic_fetch_or(&mutex->owner, MUTEX_HANDOFF);
	}
	WRITE_ONCE(current->state, TASK_RUNNING);
	leave_list(mutex, &waiter);
	spin_unlock(&mutex->lock);
	return error;
}

static noinline void unlock_slow(struct mutex *mutex)
{
	struct mutex_waiter *first = NULL;
	unsigned long word;

	spin_lock(&mutex->lock);
	if (!list_empty(&mutex->waiters))
		first = list_first_entry(&mutex->waiters, struct mutex_waiter, link);
	word = READ_ONCE(mutex->owner) & MUTEX_FLAGS;
	if (word & MUTEX_HANDOFF)
		word = (unsigned long)first->task | MUTEX_WAITERS;
	store_release(&mutex->owner, word);
	if (first)
		wake_up_process(first->task);
	spin_unlock(&mutex->lock);
}

/* --- the interface --- */

void mutex_init(struct mutex *mutex, enum mutex_level level)
{
	mutex->owner = 0;
	mutex->level = (u8)level;
	spin_init(&mutex->lock, RANK_MUTEX);
	list_init(&mutex->waiters);
}

bool mutex_is_mine(const struct mutex *mutex)
{
	return owner_of(READ_ONCE(mutex->owner)) == current;
}

static inline int lock_in_state(struct mutex *mutex, u32 state, bool nested)
{
	int error;

	if (CONFIG_DEBUG)
		check_order(mutex, nested);
	if (unlikely(!take_free(mutex))) {
		error = lock_slow(mutex, state);
		if (error)
			return error;
	}
	note_acquired(mutex);
	return 0;
}

void mutex_lock(struct mutex *mutex)
{
	lock_in_state(mutex, TASK_UNINTERRUPTIBLE, false);
}

void mutex_lock_nested(struct mutex *mutex)
{
	lock_in_state(mutex, TASK_UNINTERRUPTIBLE, true);
}

int mutex_lock_interruptible(struct mutex *mutex)
{
	return lock_in_state(mutex, TASK_INTERRUPTIBLE, false) ? -ERESTARTSYS : 0;
}

int mutex_lock_killable(struct mutex *mutex)
{
	return lock_in_state(mutex, TASK_KILLABLE, false);
}

bool mutex_trylock(struct mutex *mutex)
{
	if (!take_free(mutex))
		return false;
	note_acquired(mutex);
	return true;
}

void mutex_unlock(struct mutex *mutex)
{
	unsigned long word = (unsigned long)current;

	note_released(mutex);
	if (unlikely(!__atomic_compare_exchange_n(&mutex->owner, &word, 0, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED)))
		unlock_slow(mutex);
}
