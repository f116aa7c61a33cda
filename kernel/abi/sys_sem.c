/* SPDX-License-Identifier: MIT */
/*
 * System calls of System V semaphores, decoded: semget(2), semop(2), semctl(2). The work is in
 * ipc/sysv_sem.c.
 */
#include "ipc/sysv_sem.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

long sys_semget(key_t key, int count, int flags)
{
	return sem_get(key, count, flags);
}

/* --- semop --- */

enum { FEW_OPERATIONS = 16 }; /* so many need no memory */

static long operate(int id, uaddr_t from, u32 count, struct sembuf *operations,
		    const struct timespec *timeout)
{
	nsec_t expires = NSEC_NEVER;

	if (copy_from_user(operations, from, count * sizeof(*operations)))
		return -EFAULT;
	if (id < 0)
		return -EINVAL;
	if (timeout) {
		nsec_t now = clock_monotonic();

		if (!timespec_valid(timeout))
			return -EINVAL;
		expires = timespec_to_ns(timeout);
		expires = nsec_add(now, expires);
	}
	return sem_operate(id, operations, count, expires);
}

static long operate_many(int id, uaddr_t from, u32 count, const struct timespec *timeout)
{
	struct sembuf *operations;
	long result;

	if (count > READ_ONCE(current_ipc()->sem_operations))
		return -E2BIG;
	operations = kmalloc(count * sizeof(*operations));
	if (!operations)
		return -ENOMEM;
	result = operate(id, from, count, operations, timeout);
	kfree(operations);
	return result;
}

static long do_semtimedop(int id, uaddr_t from, u32 count, const struct timespec *timeout)
{
	struct sembuf few[FEW_OPERATIONS];

	if (count > MIN((u32)FEW_OPERATIONS, READ_ONCE(current_ipc()->sem_operations)))
		return operate_many(id, from, count, timeout);
	if (!count)
		return -EINVAL;
	return operate(id, from, count, few, timeout);
}

long sys_semop(int id, uaddr_t operations, u32 count)
{
	return do_semtimedop(id, operations, count, NULL);
}

long sys_semtimedop(int id, uaddr_t operations, u32 count, uaddr_t timeout)
{
	struct timespec time;

	if (!timeout)
		return do_semtimedop(id, operations, count, NULL);
	if (copy_from_user(&time, timeout, sizeof(time)))
		return -EFAULT;
	return do_semtimedop(id, operations, count, &time);
}

/* --- semctl --- */

static long stat_call(int id, int command, uaddr_t to)
{
	struct semid64_ds stat;
	int result = sem_stat(id, command, &stat);

	if (result >= 0 && copy_to_user(to, &stat, sizeof(stat)))
		return -EFAULT;
	return result;
}

static long info_call(int command, uaddr_t to)
{
	struct seminfo info;
	int highest = sem_info(command, &info);

	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : highest;
}

static long set_call(int id, uaddr_t from)
{
	struct semid64_ds stat;

	if (copy_from_user(&stat, from, sizeof(stat)))
		return -EFAULT;
	return sem_set_perm(id, &stat.perm);
}

/* GETALL, SETALL: the values as an array of 16-bit numbers. */
static long all_call(int id, int command, uaddr_t array)
{
	int count = sem_count(id, command == GETALL ? 0444 : 0222);
	u16 *values;
	size_t size;
	long result;

	if (count < 0)
		return count;
	size = (size_t)count * sizeof(*values);
	values = kmalloc(size);
	if (!values)
		return -ENOMEM;
	if (command == GETALL) {
		result = sem_get_all(id, values, (u32)count);
		if (!result && copy_to_user(array, values, size))
			result = -EFAULT;
	} else {
		result = -EFAULT;
		if (!copy_from_user(values, array, size))
			result = sem_set_all(id, values, (u32)count);
	}
	kfree(values);
	return result;
}

long sys_semctl(int id, int number, int command, u64 argument)
{
	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case SEM_INFO: return info_call(command, argument);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY: return stat_call(id, command, argument);
	case GETALL:
	case SETALL: return all_call(id, command, argument);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT: return sem_query(id, number, command);
	case SETVAL: return sem_set_value(id, number, (int)argument);
	case IPC_SET: return set_call(id, argument);
	case IPC_RMID: return sem_remove(id);
	}
	return -EINVAL;
}
