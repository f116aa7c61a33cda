/* SPDX-License-Identifier: MIT */
/*
 * Rank checks of spinlocks, for debug builds: each hart keeps a list of the locks that it holds.
 *
 * What is checked: a hart waits for a lock only if its rank is higher than that of all held ones
 * (equal for spin_lock_nested()); so no circle of harts can wait for each other. Who unlocks is the
 * hart that holds. Who may sleep holds none. A lock may be handed from one task to the
 * next on the same hart, as schedule() does: the list belongs to the hart, not to the task.
 *
 * The lists are per-hart variables. The boot hart's is usable from the first instruction of C on,
 * another's once it exists, which is before the hart starts. The last words of a panic are not
 * checked.
 */
#include "base/lock.h"
#include "base/panic.h"
#include "base/perhart.h"

enum { MAX_HELD = 16 };

struct held_locks {
	unsigned int count;	     /* by the hart itself, as all of it */
	spinlock_t *locks[MAX_HELD]; /* in the order of taking */
};

static DEFINE_PERHART(struct held_locks, held_locks);

static const char *const rank_names[RANK_COUNT] = {
	[RANK_NONE] = "none",	  [RANK_NAMESPACE] = "namespace", [RANK_TASKLIST] = "tasklist",
	[RANK_FILES] = "files",	  [RANK_SIGHAND] = "sighand",	  [RANK_TTY] = "tty",
	[RANK_USER] = "user",	  [RANK_TIMERFD] = "timerfd",	  [RANK_SYSV_IDS] = "sysv_ids",
	[RANK_SYSV] = "sysv",	  [RANK_FUTEX] = "futex",	  [RANK_PI] = "pi",
	[RANK_OBJECT] = "object", [RANK_PAGETABLE] = "pagetable", [RANK_MUTEX] = "mutex",
	[RANK_WATCH] = "watch",	  [RANK_WAITQ] = "waitq",	  [RANK_EPOLL] = "epoll",
	[RANK_WORK] = "work",	  [RANK_WAKE] = "wake",		  [RANK_RUNQUEUE] = "runqueue",
	[RANK_TIMER] = "timer",	  [RANK_ASID] = "asid",		  [RANK_TASKHASH] = "taskhash",
	[RANK_SLAB] = "slab",	  [RANK_PAGE] = "page",		  [RANK_KERNELMAP] = "kernelmap",
	[RANK_IRQ] = "irq",	  [RANK_CONSOLE] = "console",
};

/* The held lock that forbids waiting for one of that rank, or NULL. */
static spinlock_t *find_obstacle(const struct held_locks *held, unsigned int rank, bool nested)
{
	for (unsigned int i = held->count; i-- > 0;)
		if (held->locks[i]->rank > rank || (held->locks[i]->rank == rank && !nested))
			return held->locks[i];
	return NULL;
}

void lock_check_acquire(spinlock_t *lock, bool nested)
{
	struct held_locks *held = this_hart_ptr(held_locks);
	spinlock_t *obstacle;

	if (panic_in_progress())
		return;
	if (lock->rank == RANK_NONE || lock->rank >= RANK_COUNT)
		panic("lock %p has no rank: it was not initialized", lock);
	if (READ_ONCE(lock->owner) == this_hart() + 1)
		panic("lock %p (%s) is taken twice by one hart", lock, rank_names[lock->rank]);
	obstacle = find_obstacle(held, lock->rank, nested);
	if (obstacle)
		panic("lock %p (%s) is taken under %p (%s), against the rank order", lock,
		      rank_names[lock->rank], obstacle, rank_names[obstacle->rank]);
}

void lock_check_acquired(spinlock_t *lock)
{
	struct held_locks *held = this_hart_ptr(held_locks);

	lock->owner = this_hart() + 1;
	if (held->count == MAX_HELD) {
		if (panic_in_progress())
			return;
		panic("a hart holds more than %d spinlocks", MAX_HELD);
	}
	held->locks[held->count++] = lock;
}

void lock_check_release(spinlock_t *lock)
{
	struct held_locks *held = this_hart_ptr(held_locks);
	unsigned int i = held->count;

	while (i-- > 0 && held->locks[i] != lock)
		;
	if (i < held->count) {
		for (held->count--; i < held->count; i++)
			held->locks[i] = held->locks[i + 1];
	} else if (!panic_in_progress()) {
		panic("lock %p (rank %u) is released by a hart that does not hold it", lock,
		      lock->rank);
	}
	lock->owner = 0;
}

void lock_check_may_sleep(void)
{
	const struct held_locks *held = this_hart_ptr(held_locks);

	if (held->count && !panic_in_progress())
		panic("about to sleep with lock %p (%s) held", held->locks[held->count - 1],
		      rank_names[held->locks[held->count - 1]->rank]);
}
