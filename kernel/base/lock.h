/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks: ticket locks, fair in order of arrival, with a rank each.
 *
 * The kernel runs with interrupts off, so a spinlock is held by a hart that nothing interrupts: it
 * needs no irq-saving variant. Between spin_lock() and spin_unlock() nothing may sleep, call
 * schedule(), or touch user memory.
 *
 * Rank order (docs/locking.md): a lock is taken only while all held ones have a lower rank; two of
 * one rank only through spin_lock_nested(), in the order that the rank's comment tells. Debug
 * builds check it per hart, and that the owner unlocks.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "lib/assert.h"
#include "lib/atomic.h"
#include "lib/types.h"

enum lock_rank {
	RANK_NONE,
	RANK_NAMESPACE, /* dentry tree, mount table: fs/ */
	RANK_TASKLIST,	/* family tree, pid table, groups and sessions: task/ */
	RANK_FILES,	/* a table of descriptors: fs/fdtable */
	RANK_SIGHAND,	/* signal actions and pending signals of a process: task/signal */
	RANK_TTY,	/* line discipline buffers */
	RANK_USER,	/* table of what users use: task/user */
	RANK_TIMERFD,  /* a timer with a descriptor; the list of those that clock setting cancels */
	RANK_SYSV_IDS, /* table of System V IPC objects of a kind */
	RANK_SYSV,     /* a System V IPC object, a POSIX message queue */
	RANK_FUTEX,    /* futex hash buckets, lower address first */
	RANK_PI,       /* priority inheritance: owners and waiters */
	RANK_OBJECT,   /* pages of a memory object; inode sizes */
	RANK_PAGETABLE, /* page tables where no address-space lock is held */
	RANK_MUTEX,	/* the inner lock of a sleeping mutex */
	RANK_WATCH,	/* who watches a file: links between files and what waits for them */
	RANK_WAITQ,	/* a wait queue */
	RANK_EPOLL,	/* an epoll set's queue and ready list, inner set first */
	RANK_WORK,	/* a hart's queue of work */
	RANK_WAKE,	/* a task's wake-up lock */
	RANK_RUNQUEUE,	/* a hart's run queue, lower hart first */
	RANK_TIMER,	/* a hart's timer queue */
	RANK_ASID,	/* address-space identifiers */
	RANK_TASKHASH,	/* buckets of tasks by id, lower address first */
	RANK_SLAB,	/* shared layer of a slab cache */
	RANK_PAGE,	/* the buddy allocator's free lists */
	RANK_KERNELMAP, /* page tables of the kernel's own stack area */
	RANK_IRQ,	/* interrupt controllers */
	RANK_CONSOLE,	/* log ring and console output: last, so that anybody may print */
	RANK_COUNT,
};

typedef struct spinlock {
	union {
		u32 word; /* both halves at once */
		struct {
			u16 serving; /* ticket that holds the lock */
			u16 next;    /* ticket that the next one to come draws */
		};
	};
	u8 rank;  /* [I] enum lock_rank */
	u8 owner; /* debug: logical hart that holds it, plus 1; 0 when free */
} spinlock_t;

#define SPINLOCK_INIT(lock_rank_)                                                                  \
	{                                                                                          \
		.rank = (lock_rank_)                                                               \
	}

static inline void spin_init(spinlock_t *lock, enum lock_rank rank)
{
	*lock = (spinlock_t)SPINLOCK_INIT(rank);
}

/* The debug build's rank checks; base/lockdep.c. */
void lock_check_acquire(spinlock_t *lock, bool nested);
void lock_check_acquired(spinlock_t *lock);
void lock_check_release(spinlock_t *lock);
/* Panics when this hart holds any spinlock: first line of what may sleep, in debug builds. */
void lock_check_may_sleep(void);

/* Spins until the lock's turn comes to the given ticket. */
void spin_wait_turn(spinlock_t *lock, u16 ticket);

static inline void spin_lock_raw(spinlock_t *lock)
{
	u32 seen = __atomic_fetch_add(&lock->word, 1u << 16, __ATOMIC_ACQUIRE);

	if (unlikely((u16)seen != (u16)(seen >> 16)))
		spin_wait_turn(lock, (u16)(seen >> 16));
}

static inline void spin_lock(spinlock_t *lock)
{
	if (CONFIG_DEBUG)
		lock_check_acquire(lock, false);
	spin_lock_raw(lock);
	if (CONFIG_DEBUG)
		lock_check_acquired(lock);
}

/* Takes a second lock of the rank that is held, in the order that the rank's comment tells. */
static inline void spin_lock_nested(spinlock_t *lock)
{
	if (CONFIG_DEBUG)
		lock_check_acquire(lock, true);
	spin_lock_raw(lock);
	if (CONFIG_DEBUG)
		lock_check_acquired(lock);
}

/* Takes the lock if it is free; true when it did. Needs no rank order, as it never waits. */
static inline bool spin_trylock(spinlock_t *lock)
{
	u32 seen = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	if ((u16)seen != (u16)(seen >> 16) ||
	    !__atomic_compare_exchange_n(&lock->word, &seen, seen + (1u << 16), false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	if (CONFIG_DEBUG)
		lock_check_acquired(lock);
	return true;
}

static inline void spin_unlock(spinlock_t *lock)
{
	if (CONFIG_DEBUG)
		lock_check_release(lock);
	__atomic_store_n(&lock->serving, (u16)(lock->serving + 1), __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(const spinlock_t *lock)
{
	u32 seen = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	return (u16)seen != (u16)(seen >> 16);
}

#endif
