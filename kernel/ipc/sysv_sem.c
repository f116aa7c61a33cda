/* SPDX-License-Identifier: MIT */
/*
 * System V semaphore sets (sysv_sem.h).
 *
 * A semop(2) is done whole or not at all. One that cannot be done waits in the set's queue, and
 * whoever changes the set tries all that wait, in order of arrival, and does those operations that
 * can be done now (handover.h): a task that wakes has had its operations done.
 *
 * Locks: those of sysv.h. Sleepers hold neither, and find their set anew by its identifier, as it
 * may be removed meanwhile. Tested by tests/guest/sysvsem.c.
 */
#include "ipc/sysv_sem.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "task/task.h"

enum { BLOCKED = 1 };

/* --- making --- */

static int set_fits(const struct sysv_object *object, u64 count)
{
	return count > ((const struct sem_set *)object)->count ? -EINVAL : 0;
}

void sem_set_destroy(struct sysv_object *object)
{
	struct sem_set *set = sem_set_of(object);

	atomic_fetch_add_relaxed(&current_ipc()->sem_used, -set->count);
	for (u32 i = 0; i < set->count; i++)
		pid_note_put(set->sem[i].pid);
	kfree(set);
}

static struct sysv_object *set_create(key_t key, u64 count, int flags)
{
	struct ipc_namespace *ipc = current_ipc();
	struct sem_set *set;

	if (!count)
		return ERR_PTR(-EINVAL);
	set = kzalloc(sizeof(*set) + count * sizeof(set->sem[0]));
	if (!set)
		return ERR_PTR(-ENOMEM);
	set->count = (u32)count;
	set->ctime = sysv_time();
	list_init(&set->waiters);
	list_init(&set->undos);
	if (atomic_fetch_add_relaxed(&ipc->sem_used, (u32)count) + count >
	    READ_ONCE(ipc->sem_all)) {
		sem_set_destroy(&set->object);
		return ERR_PTR(-ENOSPC);
	}
	return &set->object;
}

static void set_fill_stat(const struct sysv_object *object, void *stat)
{
	const struct sem_set *set = (const struct sem_set *)object;

	*(struct semid64_ds *)stat = (struct semid64_ds){
		.otime = set->otime,
		.ctime = set->ctime,
		.count = set->count,
	};
}

const struct sysv_kind sem_kind = {
	.fits = set_fits,
	.create = set_create,
	.destroy = sem_set_destroy,
	.fill_stat = set_fill_stat,
};

int sem_get(key_t key, int count, int flags)
{
	struct ipc_namespace *ipc = current_ipc();

	if (count < 0 || (u32)count > READ_ONCE(ipc->sem_max))
		return -EINVAL;
	return sysv_get(&ipc->sem, &sem_kind, key, (u64)count, flags);
}

/* --- operations; the set's lock is held --- */

/* Does one operation: 0, BLOCKED, -ERANGE. */
static int do_one(struct sem_set *set, const struct sembuf *operation, struct sem_undo *undo)
{
	struct semaphore *sem = &set->sem[operation->number];
	s32 value = sem->value + operation->operation;
	s32 adjust;

	if (value < 0 || (!operation->operation && value))
		return BLOCKED;
	if (value > SEMVMX)
		return -ERANGE;
	if (operation->flags & SEM_UNDO) {
		adjust = undo->adjust[operation->number] - operation->operation;
		if (adjust < -SEMAEM - 1 || adjust > SEMAEM)
			return -ERANGE;
		undo->adjust[operation->number] = (s16)adjust;
	}
	sem->value = value;
	return 0;
}

static void take_back(struct sem_set *set, const struct sembuf *operation, struct sem_undo *undo)
{
	set->sem[operation->number].value -= operation->operation;
	if (operation->flags & SEM_UNDO)
		undo->adjust[operation->number] =
			(s16)(undo->adjust[operation->number] + operation->operation);
}

/* Does all operations of a waiter, or none: 0, BLOCKED, -EAGAIN (it does not wait), -ERANGE. */
static int do_all(struct sem_set *set, struct sem_waiter *waiter)
{
	u32 done = 0;
	int result = 0;

	for (; done < waiter->count; done++) {
		result = do_one(set, &waiter->operations[done], waiter->undo);
		if (result)
			break;
	}
	if (likely(!result)) {
		for (u32 i = 0; i < waiter->count; i++)
			pid_note_set(&set->sem[waiter->operations[i].number].pid, waiter->pid);
		return 0;
	}
	waiter->blocked_on = done;
	if (result == BLOCKED && waiter->operations[done].flags & IPC_NOWAIT)
		result = -EAGAIN;
	while (done)
		take_back(set, &waiter->operations[--done], waiter->undo);
	return result;
}

static bool alters(const struct sembuf *operations, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (operations[i].operation)
			return true;
	return false;
}

void sem_update(struct sem_set *set, struct list_head *finished)
{
	struct sem_waiter *waiter, *next;
	bool again;

	do {
		again = false;
		list_for_each_entry_safe (waiter, next, &set->waiters, handover.link) {
			int result = do_all(set, waiter);

			if (result == BLOCKED)
				continue;
			if (!result && alters(waiter->operations, waiter->count))
				again = true;
			handover_take(&waiter->handover, result, finished);
		}
	} while (again);
	set->otime = list_empty(finished) ? set->otime : sysv_time();
}

/* --- semop --- */

/* The set, locked, with the undo that the waiter needs. ERR_PTR. */
static struct sem_set *lock_set_with_undo(int id, struct sem_waiter *waiter)
{
	struct sysv_ids *ids = &current_ipc()->sem;
	struct sem_undo *spare = NULL;
	struct sem_set *set;
	u32 count;

	if (sem_undo_prepare())
		return ERR_PTR(-ENOMEM);
	for (;;) {
		set = sem_set_of(sysv_lock_both(ids, id));
		if (IS_ERR(set))
			break;
		waiter->undo = sem_undo_find(set);
		if (!waiter->undo && spare) {
			waiter->undo = spare;
			sem_undo_enter(set, spare);
			spare = NULL;
		}
		count = set->count;
		spin_unlock(&ids->lock);
		if (waiter->undo)
			break;
		sem_set_unlock(set);
		spare = sem_undo_alloc(count);
		if (!spare)
			return ERR_PTR(-ENOMEM);
	}
	kfree(spare);
	return set;
}

/* Do the operations name semaphores of the set, and may current do them? 0, -EFBIG, -EACCES. */
static int check_operations(const struct sem_set *set, const struct sem_waiter *waiter)
{
	for (u32 i = 0; i < waiter->count; i++)
		if (waiter->operations[i].number >= set->count)
			return -EFBIG;
	return sysv_permission(&set->object,
			       alters(waiter->operations, waiter->count) ? 0222 : 0444);
}

/* A sleeper gives up, unless it was served: a set that is gone has told it so. */
static int stop_waiting(int id, struct sem_waiter *waiter, int result)
{
	struct sem_set *set = sem_set_lock(id);
	bool left = false;

	if (!IS_ERR(set)) {
		left = handover_leave(&waiter->handover);
		sem_set_unlock(set);
	}
	return left ? result : handover_join(&waiter->handover);
}

static int wait_for_turn(int id, struct sem_waiter *waiter, nsec_t expires)
{
	int result = handover_sleep(&waiter->handover, expires);

	if (!result)
		return waiter->handover.result;
	return stop_waiting(id, waiter, result == -ETIMEDOUT ? -EAGAIN : result);
}

static bool any_undo(const struct sembuf *operations, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (operations[i].flags & SEM_UNDO)
			return true;
	return false;
}

int sem_operate(int id, const struct sembuf *operations, u32 count, nsec_t expires)
{
	struct sem_waiter waiter = { .operations = operations, .count = count };
	struct sem_set *set;
	LIST_HEAD(finished);
	int result;

	set = any_undo(operations, count) ? lock_set_with_undo(id, &waiter) : sem_set_lock(id);
	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	waiter.pid = current_note();
	result = check_operations(set, &waiter);
	if (!result)
		result = do_all(set, &waiter);
	if (!result) {
		set->otime = sysv_time();
		if (!list_empty(&set->waiters))
			sem_update(set, &finished);
	} else if (result == BLOCKED) {
		handover_init(&waiter.handover);
		list_add_tail(&waiter.handover.link, &set->waiters);
	}
	sem_set_unlock(set);
	if (!list_empty(&finished))
		handover_finish(&finished);
	return result == BLOCKED ? wait_for_turn(id, &waiter, expires) : result;
}
