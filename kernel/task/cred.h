/* SPDX-License-Identifier: MIT */
/*
 * Credentials: immutable once published, shared by reference; a change makes a new one.
 */
#ifndef TASK_CRED_H
#define TASK_CRED_H

#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/types.h"
#include "task/task.h"

/* What one user id uses, whoever has it. */
struct user_counts {
	refcount_t refs;       /* credentials */
	uid_t uid;	       /* [I] */
	s32 tasks;	       /* [a] not yet released: RLIMIT_NPROC */
	u32 signals;	       /* [a] entries of signal queues, and timers: RLIMIT_SIGPENDING */
	u64 epoll_items;       /* [a] files that the user's epoll sets watch */
	u32 files_in_flight;   /* [a] in messages of local sockets: RLIMIT_NOFILE */
	u64 mqueue_bytes;      /* [a] of POSIX message queues: RLIMIT_MSGQUEUE */
	u32 inotify_instances; /* [a] */
	u32 inotify_watches;   /* [notify_lock] */
	struct list_head link; /* [table lock] task/user.c */
};

struct cred {
	refcount_t refs;
	struct user_counts *user;     /* [I] of uid, referenced */
	uid_t uid, euid, suid, fsuid; /* [I] */
	gid_t gid, egid, sgid, fsgid; /* [I] */
	u64 cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient; /* [I] */
	u32 ngroups;								      /* [I] */
	gid_t *groups;	/* [I] sorted; NULL when none */
	u32 securebits; /* [I] SECBIT_* */
};

#define CAP_ALL (((u64)1 << (CAP_LAST + 1)) - 1)
enum {					     /* capabilities(7); the bit above each locks it */
       SECBIT_NOROOT = 1 << 0,		     /* root ids give nothing at exec */
       SECBIT_NO_SETUID_FIXUP = 1 << 2,	     /* changing ids changes no capabilities */
       SECBIT_KEEP_CAPS = 1 << 4,	     /* leaving root for good keeps the permitted ones */
       SECBIT_NO_CAP_AMBIENT_RAISE = 1 << 6, /* the ambient set does not grow */
       SECBIT_ALL = 0x55,
       SECBIT_LOCKS = 0xaa,
};

enum capability {
	CAP_CHOWN = 0,
	CAP_DAC_OVERRIDE = 1,
	CAP_DAC_READ_SEARCH = 2,
	CAP_FOWNER = 3,
	CAP_FSETID = 4,
	CAP_KILL = 5,
	CAP_SETGID = 6,
	CAP_SETUID = 7,
	CAP_SETPCAP = 8,
	CAP_LINUX_IMMUTABLE = 9,
	CAP_NET_BIND_SERVICE = 10,
	CAP_NET_ADMIN = 12,
	CAP_IPC_LOCK = 14,
	CAP_IPC_OWNER = 15,
	CAP_SYS_CHROOT = 18,
	CAP_SYS_PTRACE = 19,
	CAP_SYS_ADMIN = 21,
	CAP_SYS_BOOT = 22,
	CAP_SYS_NICE = 23,
	CAP_SYS_RESOURCE = 24,
	CAP_SYS_TIME = 25,
	CAP_SYS_TTY_CONFIG = 26,
	CAP_MKNOD = 27,
	CAP_LEASE = 28,
	CAP_AUDIT_CONTROL = 30,
	CAP_SYSLOG = 34,
	CAP_WAKE_ALARM = 35,
	CAP_CHECKPOINT_RESTORE = 40,
	CAP_LAST = 40,
};

static inline const struct cred *current_cred(void)
{
	return current->cred;
}

static inline bool capable(enum capability capability)
{
	return current->cred->cap_effective >> capability & 1;
}

bool in_group(const struct cred *cred, gid_t gid); /* fsgid or a supplementary one */
void cred_put(struct cred *cred);		   /* any context; the last one frees */
static inline struct cred *cred_get(struct cred *cred)
{
	refcount_inc(&cred->refs);
	return cred;
}
/* Another task's, with a reference. Takes tasklist_lock. */
struct cred *get_task_cred(struct task_struct *task);
/* Makes current act as another for a while, without what goes with a change of ids: the old one,
 * to be put back the same way. The references go with the pointers. */
struct cred *cred_override(struct cred *cred) must_check;
/* enum dumpable of programs that run with other ids than their caller's: 0 to 2. */
extern int suid_dumpable; /* [a] */
/* A private copy to change, then cred_commit() makes it current's. ERR_PTR(-ENOMEM). */
struct cred *cred_prepare(void) must_check;
void cred_commit(struct cred *cred);
/* Gives a copy, before it is committed, the supplementary groups (sorted here; taken over, kfree'd
 * with it). */
void cred_set_groups(struct cred *cred, gid_t *groups, u32 count);
/* Finds, or makes, the counts of the copy's uid after that changed; -ENOMEM. */
int cred_set_user(struct cred *cred) must_check;
/* What happens to the capabilities when user ids change: capabilities(7). old: before. */
void cred_fix_capabilities(struct cred *cred, const struct cred *old);
extern struct cred init_cred; /* root with all capabilities */

/* May current signal, trace or set limits of a task with those credentials, by its user ids? */
bool cred_same_user(const struct cred *target);
/* ptrace(2)'s access check: may current look into the task, being of its process, of the same ids
 * all through, or privileged? real: by its real ids, else by those for files. tasklist_lock held.
 */
bool may_inspect(const struct task_struct *task, bool real);

/* The counts of a user id with a reference, or NULL: no memory. task/user.c */
struct user_counts *user_get(uid_t uid) must_check;
void user_put(struct user_counts *user);
/* One more task of the user: false when the limit forbids it. */
bool user_charge_task(struct user_counts *user, u64 limit) must_check;
void user_uncharge_task(struct user_counts *user);
/* Has a user, other than root, more tasks than that? */
bool user_exceeds(const struct user_counts *user, u64 limit);
/* One more entry of a signal queue, the same way; the user's counts live as long as it. Any
 * context. */
bool user_charge_signal(struct user_counts *user, u64 limit) must_check;
void user_uncharge_signal(struct user_counts *user);

#endif
