/* SPDX-License-Identifier: MIT */
/*
 * System V semaphore sets: semget(2), semop(2), semctl(2).
 */
#ifndef IPC_SYSV_SEM_H
#define IPC_SYSV_SEM_H

#include "ipc/handover.h"
#include "ipc/sysv.h"
#include "task/pid_ns.h"

struct sem_undo_list;

struct semaphore {
	s32 value;	     /* [set's lock] 0..SEMVMX */
	struct pid_note pid; /* [set's lock] process that changed it last */
};

struct sem_set {
	struct sysv_object object;
	s64 otime, ctime;	  /* [lock] */
	u32 count;		  /* [I] */
	struct list_head waiters; /* [lock] struct sem_waiter, in order of arrival */
	struct list_head undos;	  /* [ids lock] struct sem_undo of all processes */
	struct semaphore sem[];
};

/* What a process gives back when it ends (SEM_UNDO), for one set. */
struct sem_undo {
	struct list_head set_link;  /* [ids lock] */
	struct list_head list_link; /* [ids lock] */
	struct sem_set *set;	    /* [I] */
	s16 adjust[];		    /* [set's lock] one for each semaphore */
};

/* A semop(2): on its caller's stack. */
struct sem_waiter {
	struct handover handover;
	const struct sembuf *operations; /* [I] */
	u32 count;			 /* [I] */
	u32 blocked_on;	       /* [set's lock] index of the operation that cannot be done */
	struct pid_note pid;   /* [I] */
	struct sem_undo *undo; /* [I] NULL: none of them with SEM_UNDO */
};

int sem_get(key_t key, int count, int flags); /* semget(2) */
/* semop(2): expires on the monotonic clock, NSEC_NEVER: no limit. */
int sem_operate(int id, const struct sembuf *operations, u32 count, nsec_t expires);

/* semctl(2), each with its rights and errors. */
int sem_remove(int id);
int sem_set_perm(int id, const struct ipc64_perm *perm);
/* command: IPC_STAT, SEM_STAT, SEM_STAT_ANY. Returns 0, or the identifier for an index. */
int sem_stat(int id, int command, struct semid64_ds *stat);
int sem_info(int command, struct seminfo *info);
/* GETVAL, GETPID, GETNCNT, GETZCNT */
int sem_query(int id, int number, int command);
int sem_set_value(int id, int number, int value);
/* The number of semaphores, if current may do with them what mode says. */
int sem_count(int id, int mode);
int sem_get_all(int id, u16 *values, u32 count);
int sem_set_all(int id, const u16 *values, u32 count);

/* --- inside: sysv_sem.c, sysv_semctl.c and sysv_undo.c --- */

static inline struct sem_set *sem_set_of(struct sysv_object *object)
{
	return (struct sem_set *)object; /* its first member */
}

/* The set of an identifier, with its lock held. ERR_PTR(-EINVAL). */
static inline struct sem_set *sem_set_lock(int id)
{
	return sem_set_of(sysv_lock(&current_ipc()->sem, id));
}

static inline void sem_set_unlock(struct sem_set *set)
{
	sysv_unlock(&set->object);
}

extern const struct sysv_kind sem_kind;

/* Frees a set that is in no table. */
void sem_set_destroy(struct sysv_object *object);
/* The undo of current's process for a set; NULL: not yet. Both locks are held. */
struct sem_undo *sem_undo_find(struct sem_set *set);
/* Room for one; false: no memory. */
struct sem_undo *sem_undo_alloc(u32 semaphores) must_check;
/* Enters it. Both locks are held; current has a list. */
void sem_undo_enter(struct sem_set *set, struct sem_undo *undo);
/* Gives current a list of undos; -ENOMEM. */
int sem_undo_prepare(void) must_check;
/* The set goes: its undos move to a list, to be freed. Both locks are held. */
void sem_undo_drop_all(struct sem_set *set, struct list_head *dropped);
void sem_undo_free_all(struct list_head *dropped);
/* Semaphores were set: what was to be undone is void. The set's and ids' locks are held. */
void sem_undo_clear(struct sem_set *set, u32 first, u32 count);
/* Lets those operations go on that can now. The set's lock is held. */
void sem_update(struct sem_set *set, struct list_head *finished);

/* --- the process model --- */

/* fork: with CLONE_SYSVSEM the child shares current's list, else it has none. -ENOMEM. */
int sem_undo_fork(struct task_struct *child, bool share) must_check;
/* exit_sem(), and unshare(CLONE_SYSVSEM): gives up the task's list; the last one undoes it. */
void exit_sem(struct task_struct *task);

/* --- /proc/sysvipc/sem --- */

/* The set with the least index >= *index, which is stored back; false: none. */
bool sem_next(u64 *index, struct semid64_ds *stat);

#endif
