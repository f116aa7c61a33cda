/* SPDX-License-Identifier: MIT */
/*
 * semctl(2): looking at a set of System V semaphores, setting their values, removing it.
 *
 * Setting a value voids what processes are to undo, and lets those operations go on that can then.
 *
 * Locks: those of sysv.h. Tested by tests/guest/sysvsem.c.
 */
#include "ipc/sysv_sem.h"
#include "lib/errno.h"
#include "task/task.h"

/* The set with its lock held, if current may do with it what mode says. ERR_PTR. */
static struct sem_set *lock_set_for(int id, int mode)
{
	struct sem_set *set = sem_set_lock(id);
	int error;

	if (IS_ERR(set))
		return set;
	error = sysv_permission(&set->object, mode);
	if (!error)
		return set;
	sem_set_unlock(set);
	return ERR_PTR(error);
}

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
	sem_set_destroy(object);
	return 0;
}

int sem_set_perm(int id, const struct ipc64_perm *perm)
{
	struct sem_set *set = sem_set_lock(id);
	int error;

	if (IS_ERR(set))
		return (int)PTR_ERR(set);
	error = sysv_may_control(&set->object);
	if (!error)
		error = sysv_set_perm(&set->object, perm);
	if (!error)
		set->ctime = sysv_time();
	sem_set_unlock(set);
	return error;
}

int sem_stat(int id, int command, struct semid64_ds *stat)
{
	return sysv_stat(&current_ipc()->sem, &sem_kind, id, command, command == SEM_STAT_ANY,
			 stat);
}

bool sem_next(u64 *index, struct semid64_ds *stat)
{
	return sysv_next(&current_ipc()->sem, &sem_kind, index, stat);
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
	case GETPID: return pid_note_vnr(set->sem[number].pid);
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
	sem_set_unlock(set);
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
		pid_note_set(&set->sem[first + i].pid, current_note());
	}
	set->ctime = sysv_time();
	sem_update(set, &finished);
	sem_set_unlock(set);
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
	sem_set_unlock(set);
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
	sem_set_unlock(set);
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
	sem_set_unlock(set);
	return error;
}
