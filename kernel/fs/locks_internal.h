/* SPDX-License-Identifier: MIT */
/*
 * What the files of advisory locks share: locks.c, locks_show.c. Nobody else includes it.
 */
#ifndef FS_LOCKS_INTERNAL_H
#define FS_LOCKS_INTERNAL_H

#include "fs/vfs.h"
#include "lib/list.h"

struct pid_ns;

struct range_lock {
	struct list_head link; /* [lock] in one of the two lists */
	const void *owner;     /* [I] */
	loff_t start, end;     /* [lock] the last byte is included */
	pid_t pid;	       /* [I] who made it; -1: of an open file description */
	s16 type;	       /* [I] F_RDLCK or F_WRLCK */
};

struct lease {
	struct list_head link;		    /* [lock] */
	struct file *file;		    /* [I] whose it is; ends with it */
	int fd;				    /* [I] by which it was taken */
	pid_t pid;			    /* [I] who took it */
	s16 type;			    /* [lock] F_RDLCK or F_WRLCK */
	bool unlocking, downgrading;	    /* [lock] somebody waits for that */
	nsec_t unlock_time, downgrade_time; /* [lock] by when; 0: whenever */
};

struct file_locks {
	struct list_head link;	  /* [all_locks_lock] in all_locks */
	struct inode *inode;	  /* [I] which they are of, and which frees them */
	struct mutex lock;	  /* MUTEX_LEAF */
	struct list_head records; /* [lock] */
	struct list_head flocks;  /* [lock] */
	struct list_head leases;  /* [lock] */
	u64 releases;		  /* [lock] to change; waiters read it */
	struct wait_queue wait;
};

extern struct list_head all_locks; /* [all_locks_lock] struct file_locks */
extern struct mutex all_locks_lock;

/* The inode's locks, made when there are none; NULL: no memory. */
struct file_locks *locks_of(struct inode *inode) must_check;
/* Tells waiters to look again. locks->lock is held. */
void locks_announce(struct file_locks *locks);
/* The id of who made a lock, as a name space has it; 0: it is not seen from there. */
pid_t lock_pid_nr(pid_t pid, const struct pid_ns *ns);

/* lease.c: what a lease is, or is to become. locks->lock is held. */
int lease_target(const struct lease *lease);
/* The last fput. */
void lease_release_file(struct file_locks *locks, const struct file *file);

#endif
