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
#include "sched/timer.h"
#include "task/task.h"

enum { BLOCKED = 1 };

static struct sem_set *lock_set(int id)
{
	return sem_set_of(sysv_lock(&current_ipc()->sem, id));
}

static void unlock_set(struct sem_set *set)
{
	sysv_unlock(&set->object);
}

/* The set with its lock held, if current may do with it what mode says. ERR_PTR. */
static struct sem_set *lock_set_for(int id, int mode)
{
	struct sem_set *set = lock_set(id);
	int error;

	if (IS_ERR(set))
		return set;
	error = sysv_permission(&set->object, mode);
	if (!error)
		return set;
	unlock_set(set);
	return ERR_PTR(error);
}

/* --- making --- */

static int set_fits(const struct sysv_object *object, u64 count)
{
	return count > ((const struct sem_set *)object)->count ? -EINVAL : 0;
}

static void set_destroy(struct sysv_object *object)
{
	atomic_fetch_add_relaxed(&current_ipc()->sem_used, -sem_set_of(object)->count);
	kfree(object);
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
		set_destroy(&set->object);
		return ERR_PTR(-ENOSPC);
	}
	return &set->object;
}

static const struct sysv_kind sem_kind = {
	.fits = set_fits,
	.create = set_create,
	.destroy = set_destroy,
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
			set->sem[waiter->operations[i].number].pid = waiter->pid;
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
		unlock_set(set);
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
	struct sem_set *set = lock_set(id);
	bool left = false;

	if (!IS_ERR(set)) {
		left = handover_leave(&waiter->handover);
		unlock_set(set);
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

	set = any_undo(operations, count) ? lock_set_with_undo(id, &waiter) : lock_set(id);
	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	waiter.pid = current->tgid;
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
	unlock_set(set);
	if (!list_empty(&finished))
		handover_finish(&finished);
	return result == BLOCKED ? wait_for_turn(id, &waiter, expires) : result;
}

/* --- semctl --- */

int sem_remove(int id)
{
	struct sysv_ids *ids = &current_ipc()->sem;
	struct sysv_object *object = sysv_lock_both(ids, id);
	struct sem_set *set = sem_set_of(object);
	LIST_HEAD(finished);
	LIST_HEAD(undos);
	int error;

	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	error = sysv_may_control(object);
	if (!error) {
		sysv_remove(ids, object);
		sem_undo_drop_all(set, &undos);
		handover_take_all(&set->waiters, -EIDRM, &finished);
	}
	sysv_unlock(object);
	spin_unlock(&ids->lock);
	if (error)
		return error;
	handover_finish(&finished);
	sem_undo_free_all(&undos);
	set_destroy(object);
	return 0;
}

int sem_set_perm(int id, const struct ipc64_perm *perm)
{
	struct sem_set *set = lock_set(id);
	int error;

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	error = sysv_may_control(&set->object);
	if (!error)
		error = sysv_set_perm(&set->object, perm);
	if (!error)
		set->ctime = sysv_time();
	unlock_set(set);
	return error;
}

static void fill_stat(const struct sem_set *set, struct semid64_ds *stat)
{
	*stat = (struct semid64_ds){
		.otime = set->otime,
		.ctime = set->ctime,
		.count = set->count,
	};
	sysv_show_perm(&set->object, &stat->perm);
}

int sem_stat(int id, int command, struct semid64_ds *stat)
{
	struct sysv_ids *ids = &current_ipc()->sem;
	struct sysv_object *object =
		command == IPC_STAT ? sysv_lock(ids, id) : sysv_lock_index(ids, id);
	int result;

	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	result = command == SEM_STAT_ANY ? 0 : sysv_permission(object, 0444);
	if (!result) {
		fill_stat(sem_set_of(object), stat);
		result = command == IPC_STAT ? 0 : object->id;
	}
	sysv_unlock(object);
	return result;
}

bool sem_next(u64 *index, struct semid64_ds *stat)
{
	struct sysv_object *object = sysv_lock_next(&current_ipc()->sem, index);

	if (!object)
		return false;
	fill_stat(sem_set_of(object), stat);
	sysv_unlock(object);
	return true;
}

int sem_info(int command, struct seminfo *info)
{
	enum { SEMUSZ = 20, SEMMNS = 1024000000 };
	struct ipc_namespace *ipc = current_ipc();
	u32 in_use;
	int highest = sysv_highest(&ipc->sem, &in_use);
	bool used = command == SEM_INFO;

	*info = (struct seminfo){
		.semmap = SEMMNS,
		.semmni = (s32)READ_ONCE(ipc->sem.limit),
		.semmns = (s32)READ_ONCE(ipc->sem_all),
		.semmnu = SEMMNS,
		.semmsl = (s32)READ_ONCE(ipc->sem_max),
		.semopm = (s32)READ_ONCE(ipc->sem_operations),
		.semume = 500,
		.semusz = used ? (s32)in_use : SEMUSZ,
		.semvmx = SEMVMX,
		.semaem = used ? (s32)READ_ONCE(ipc->sem_used) : SEMAEM,
	};
	return highest;
}

/* How many operations wait for the semaphore to become 0, or to grow. */
static int count_waiting(const struct sem_set *set, u32 number, bool zero)
{
	struct sem_waiter *waiter;
	int count = 0;

	list_for_each_entry (waiter, &set->waiters, handover.link) {
		const struct sembuf *operation = &waiter->operations[waiter->blocked_on];

		if (operation->number == number && !operation->operation == zero)
			count++;
	}
	return count;
}

static int query(const struct sem_set *set, u32 number, int command)
{
	switch (command) {
	case GETVAL: return set->sem[number].value;
	case GETPID: return set->sem[number].pid;
	case GETNCNT: return count_waiting(set, number, false);
	}
	return count_waiting(set, number, true);
}

int sem_query(int id, int number, int command)
{
	struct sem_set *set = lock_set_for(id, 0444);
	int result = -EINVAL;

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	if (number >= 0 && (u32)number < set->count)
		result = query(set, (u32)number, command);
	unlock_set(set);
	return result;
}

/* Sets a run of semaphores; with both locks held on entry, none after. */
static void set_values(struct sem_set *set, u32 first, const u16 *values, u32 count)
{
	LIST_HEAD(finished);

	sem_undo_clear(set, first, count);
	spin_unlock(&current_ipc()->sem.lock);
	for (u32 i = 0; i < count; i++) {
		set->sem[first + i].value = values[i];
		set->sem[first + i].pid = current->tgid;
	}
	set->ctime = sysv_time();
	sem_update(set, &finished);
	unlock_set(set);
	handover_finish(&finished);
}

/* The set to be changed, with both locks held. ERR_PTR. */
static struct sem_set *lock_both_to_write(int id)
{
	struct sysv_ids *ids = &current_ipc()->sem;
	struct sysv_object *object = sysv_lock_both(ids, id);
	int error;

	if (IS_ERR(object))
		return sem_set_of(object);
	error = sysv_permission(object, 0222);
	if (!error)
		return sem_set_of(object);
	sysv_unlock(object);
	spin_unlock(&ids->lock);
	return ERR_PTR(error);
}

static int set_checked(int id, int number, const u16 *values, u32 count, bool all)
{
	struct sem_set *set = lock_both_to_write(id);

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	if (number >= 0 && (u32)number < set->count && (!all || count == set->count)) {
		set_values(set, (u32)number, values, count);
		return 0;
	}
	unlock_set(set);
	spin_unlock(&current_ipc()->sem.lock);
	return -EINVAL;
}

int sem_set_value(int id, int number, int value)
{
	u16 word = (u16)value;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	return set_checked(id, number, &word, 1, false);
}

int sem_set_all(int id, const u16 *values, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (values[i] > SEMVMX)
			return -ERANGE;
	return set_checked(id, 0, values, count, true);
}

int sem_count(int id, int mode)
{
	struct sem_set *set = lock_set_for(id, mode);
	int count;

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	count = (int)set->count;
	unlock_set(set);
	return count;
}

int sem_get_all(int id, u16 *values, u32 count)
{
	struct sem_set *set = lock_set_for(id, 0444);
	int error = 0;

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	if (set->count != count)
		error = -EIDRM; /* another set by now */
	for (u32 i = 0; i < count && !error; i++)
		values[i] = (u16)set->sem[i].value;
	unlock_set(set);
	return error;
}
