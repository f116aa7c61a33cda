/* SPDX-License-Identifier: MIT */
/*
 * System calls of System V shared memory, decoded: shmget(2), shmat(2), shmdt(2), shmctl(2). The
 * work is in ipc/sysv_shm.c.
 */
#include "ipc/sysv_shm.h"
#include "lib/errno.h"
#include "vm/usercopy.h"

long sys_shmget(key_t key, u64 size, int flags)
{
	return shm_get(key, size, flags);
}

long sys_shmat(int id, uaddr_t address, int flags)
{
	return shm_attach(id, address, flags);
}

long sys_shmdt(uaddr_t address)
{
	return shm_detach(address);
}

/* --- shmctl --- */

static long stat_call(int id, int command, uaddr_t to)
{
	struct shmid64_ds stat;
	int result = shm_stat(id, command, &stat);

	if (result >= 0 && copy_to_user(to, &stat, sizeof(stat)))
		return -EFAULT;
	return result;
}

static long limits_call(uaddr_t to)
{
	struct shminfo64 info;
	int highest = shm_limits(&info);

	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : highest;
}

static long usage_call(uaddr_t to)
{
	struct shm_info info;
	int highest = shm_usage(&info);

	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : highest;
}

static long set_call(int id, uaddr_t from)
{
	struct shmid64_ds stat;

	if (copy_from_user(&stat, from, sizeof(stat)))
		return -EFAULT;
	return shm_set_perm(id, &stat.perm);
}

long sys_shmctl(int id, int command, uaddr_t buffer)
{
	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO: return limits_call(buffer);
	case SHM_INFO: return usage_call(buffer);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY: return stat_call(id, command, buffer);
	case IPC_SET: return set_call(id, buffer);
	case IPC_RMID: return shm_remove(id);
	case SHM_LOCK: return shm_lock(id, true);
	case SHM_UNLOCK: return shm_lock(id, false);
	}
	return -EINVAL;
}
