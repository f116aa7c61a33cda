/* SPDX-License-Identifier: MIT */
/*
 * System V IPC (sysvipc(7)): what semaphore sets, message queues and shared memory segments have in
 * common: identifiers, keys, owners.
 *
 * An object is found by its identifier: index + 32768 * sequence. Indices are used in turn, and the
 * sequence grows each time they begin again, so an old identifier does not soon name a new object.
 *
 * V1: an object in a table is not freed. Its lock is taken while the table's lock is held; so who
 *     removes it, holding both, knows that nobody else waits for its lock.
 *
 * Locks: ids->lock (RANK_SYSV_IDS), then object->lock (RANK_SYSV). Neither is held over memory
 * allocation that may sleep, nor over user memory. Files: sysv.c (this), sysv_sem.c, sysv_semctl.c,
 * sysv_undo.c, sysv_msg.c, sysv_msgctl.c, sysv_shm.c; calls in abi/sys_sem.c, abi/sys_msg.c,
 * abi/sys_shm.c; tables in procfs/proc_ipc.c.
 */
#ifndef IPC_SYSV_H
#define IPC_SYSV_H

#include "base/lock.h"
#include "lib/list.h"
#include "lib/types.h"
#include "uapi/sysv.h"
#include "vm/radix.h"

enum { SYSV_INDEX_BITS = 15, SYSV_MAX = 1 << SYSV_INDEX_BITS, SYSV_KEY_BUCKETS = 64 };

struct sysv_object {
	spinlock_t lock;	   /* RANK_SYSV */
	int id;			   /* [I] */
	key_t key;		   /* [ids lock] IPC_PRIVATE: not found by a key */
	struct list_head key_link; /* [ids lock] */
	uid_t uid, cuid;	   /* [lock], [I] owner, creator */
	gid_t gid, cgid;	   /* [lock], [I] */
	umode_t mode;		   /* [lock] permissions; of a segment: SHM_DEST, SHM_LOCKED too */
};

/* All objects of a kind. */
struct sysv_ids {
	spinlock_t lock;	/* RANK_SYSV_IDS */
	struct radix_tree tree; /* [lock] struct sysv_object by index */
	u32 in_use;		/* [lock] */
	u32 limit;		/* [a] of in_use: the administrator's */
	u32 sequence;		/* [lock] */
	int last_index;		/* [lock] given last */
	int highest;		/* [lock] index in use; 0 also when there is none */
	struct list_head keys[SYSV_KEY_BUCKETS]; /* [lock] those with a key */
};

/* What a name space of IPC objects consists of. There is one, until unshare(CLONE_NEWIPC). */
struct ipc_namespace {
	struct sysv_ids sem, msg, shm;
	u64 shm_max;	    /* [a] bytes of a segment */
	u64 shm_all;	    /* [a] pages of all segments */
	u64 shm_pages;	    /* [a] that segments have */
	u32 sem_max;	    /* [a] semaphores of a set */
	u32 sem_all;	    /* [a] of all sets */
	u32 sem_operations; /* [a] of a semop(2) */
	u32 sem_used;	    /* [a] semaphores of all sets */
	u32 msg_max;	    /* [a] bytes of a message */
	u32 msg_queue_max;  /* [a] bytes of a new queue */
	u64 msg_count;	    /* [a] messages in all queues */
	u64 msg_bytes;	    /* [a] their bytes */
};

extern struct ipc_namespace init_ipc;

/* The name space of the running task. */
static inline struct ipc_namespace *current_ipc(void)
{
	return &init_ipc;
}

/* How a kind of objects answers xxxget(2). */
struct sysv_kind {
	/* May the object that has the key be opened with that request? Its lock is held. 0 or
	 * -EINVAL. */
	int (*fits)(const struct sysv_object *object, u64 request);
	/* A new object; ERR_PTR. */
	struct sysv_object *(*create)(key_t key, u64 request, int flags);
	void (*destroy)(struct sysv_object *object); /* one that is in no table */
	/* Fills the kind's structure of xxxctl(2), but for its first member perm. The lock is held.
	 */
	void (*fill_stat)(const struct sysv_object *object, void *stat);
};

/* --- finding --- */

/* xxxget(2): the identifier of the object that has the key, or of a new one. */
int sysv_get(struct sysv_ids *ids, const struct sysv_kind *kind, key_t key, u64 request, int flags);
/* The object of an identifier, locked. ERR_PTR(-EINVAL). */
struct sysv_object *sysv_lock(struct sysv_ids *ids, int id) must_check;
/* The same, with ids->lock held too on success. */
struct sysv_object *sysv_lock_both(struct sysv_ids *ids, int id) must_check;
static inline void sysv_unlock(struct sysv_object *object)
{
	spin_unlock(&object->lock);
}

/* --- telling; stat is the kind's structure --- */

/* IPC_STAT, by identifier: 0; xxx_STAT and (any) xxx_STAT_ANY, by index: the identifier. -EINVAL,
 * -EACCES. */
int sysv_stat(struct sysv_ids *ids, const struct sysv_kind *kind, int id, int command, bool any,
	      void *stat) must_check;
/* The object with the least index >= *index, which is stored back; false: none. */
bool sysv_next(struct sysv_ids *ids, const struct sysv_kind *kind, u64 *index,
	       void *stat) must_check;
/* The highest index in use, and how many objects there are. */
int sysv_highest(struct sysv_ids *ids, u32 *in_use);

/* --- changing; both locks are held --- */

/* Out of the table: the caller frees it after it has released both locks. */
void sysv_remove(struct sysv_ids *ids, struct sysv_object *object);
/* No key leads to it any more. */
void sysv_forget_key(struct sysv_object *object);

/* --- rights; the object's lock is held --- */

/* May current use it so? mode has the bits of all three classes: 0444, 0222. 0 or -EACCES. */
int sysv_permission(const struct sysv_object *object, int mode) must_check;
/* May current change or remove it? 0 or -EPERM. */
int sysv_may_control(const struct sysv_object *object) must_check;
/* IPC_SET: owner and permissions. 0 or -EINVAL. */
int sysv_set_perm(struct sysv_object *object, const struct ipc64_perm *perm) must_check;

/* Now, in seconds: what the objects' times are kept in. */
s64 sysv_time(void);

void sysv_init(void);

#endif
