/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2).
 */
#ifndef IPC_SYSV_SHM_H
#define IPC_SYSV_SHM_H

#include "ipc/sysv.h"

int shm_get(key_t key, u64 size, int flags); /* shmget(2) */
/* Maps a segment into current's space: the address. */
long shm_attach(int id, uaddr_t address, int flags);
int shm_detach(uaddr_t address);

/* shmctl(2), each with its rights and errors. */
int shm_remove(int id);
int shm_set_perm(int id, const struct ipc64_perm *perm);
int shm_lock(int id, bool lock);
/* command: IPC_STAT, SHM_STAT, SHM_STAT_ANY. Returns 0, or the identifier for an index. */
int shm_stat(int id, int command, struct shmid64_ds *stat);
int shm_limits(struct shminfo64 *info); /* IPC_INFO */
int shm_usage(struct shm_info *info);	/* SHM_INFO */

/* --- /proc/sysvipc/shm --- */

struct shm_report {
	struct shmid64_ds stat;
	u64 pages; /* in memory */
};

/* The segment with the least index >= *index, which is stored back; false: none. */
bool shm_next(u64 *index, struct shm_report *report);

#endif
