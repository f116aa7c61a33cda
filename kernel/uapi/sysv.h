/* SPDX-License-Identifier: MIT */
/* System V IPC as programs see it: ipcs(1), sysvipc(7), and asm-generic's layouts for 64 bits. */
#ifndef UAPI_SYSV_H
#define UAPI_SYSV_H

#include "lib/types.h"

enum { IPC_PRIVATE = 0 };

enum sysv_get_flags { IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_NOWAIT = 04000 };

enum sysv_commands {
	IPC_RMID = 0,
	IPC_SET = 1,
	IPC_STAT = 2,
	IPC_INFO = 3,
	MSG_STAT = 11,
	MSG_INFO = 12,
	MSG_STAT_ANY = 13,
	SHM_LOCK = 11,
	SHM_UNLOCK = 12,
	SHM_STAT = 13,
	SHM_INFO = 14,
	SHM_STAT_ANY = 15,
	GETPID = 11,
	GETVAL = 12,
	GETALL = 13,
	GETNCNT = 14,
	GETZCNT = 15,
	SETVAL = 16,
	SETALL = 17,
	SEM_STAT = 18,
	SEM_INFO = 19,
	SEM_STAT_ANY = 20,
};

struct ipc64_perm {
	key_t key;
	uid_t uid;
	gid_t gid;
	uid_t cuid;
	gid_t cgid;
	u32 mode;
	u16 sequence;
	u16 padding;
	u64 unused[2];
};

/* --- semaphores --- */

enum { SEM_UNDO = 0x1000 };
enum { SEMVMX = 32767, SEMAEM = SEMVMX };

struct sembuf {
	u16 number;
	s16 operation;
	s16 flags;
};

struct semid64_ds {
	struct ipc64_perm perm;
	s64 otime;
	s64 ctime;
	u64 count;
	u64 unused[2];
};

struct seminfo {
	s32 semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

/* --- messages --- */

enum msg_flags { MSG_NOERROR = 010000, MSG_EXCEPT = 020000, MSG_COPY = 040000 };

struct msqid64_ds {
	struct ipc64_perm perm;
	s64 stime;
	s64 rtime;
	s64 ctime;
	u64 bytes;
	u64 count;
	u64 limit;
	pid_t lspid;
	pid_t lrpid;
	u64 unused[2];
};

struct msginfo {
	s32 msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	u16 msgseg;
};

/* --- shared memory --- */

enum shm_flags {
	SHM_HUGETLB = 04000,
	SHM_NORESERVE = 010000,
	SHM_HUGE_SHIFT = 26,
	SHM_HUGE_MASK = 0x3f,
	SHM_RDONLY = 010000,
	SHM_RND = 020000,
	SHM_REMAP = 040000,
	SHM_EXEC = 0100000,
	SHM_DEST = 01000, /* in the mode: goes with its last attachment */
	SHM_LOCKED = 02000,
};

struct shmid64_ds {
	struct ipc64_perm perm;
	u64 size;
	s64 atime;
	s64 dtime;
	s64 ctime;
	pid_t cpid;
	pid_t lpid;
	u64 attached;
	u64 unused[2];
};

struct shminfo64 {
	u64 shmmax, shmmin, shmmni, shmseg, shmall;
	u64 unused[4];
};

struct shm_info {
	s32 used_ids;
	u64 shm_tot, shm_rss, shm_swp;
	u64 swap_attempts, swap_successes;
};

#endif
