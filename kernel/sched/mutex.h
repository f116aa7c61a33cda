/* SPDX-License-Identifier: MIT */
/*
 * Sleeping mutexes. The fast path is one atomic operation each way. A waiter spins while the owner
 * runs on another hart, else sleeps; wake-ups are in order of arrival. Not from interrupts; no
 * spinlock held.
 *
 * Order among mutexes (docs/locking.md): each has a level; debug builds check that levels grow.
 */
#ifndef SCHED_MUTEX_H
#define SCHED_MUTEX_H

#include "base/lock.h"
#include "lib/list.h"
#include "lib/types.h"

struct task_struct;

enum mutex_level {
	MUTEX_NONE,
	MUTEX_TASK,	 /* a process's exec/ptrace exclusion */
	MUTEX_MOUNT,	 /* the mount tree */
	MUTEX_RENAME,	 /* renames over directories */
	MUTEX_DIRECTORY, /* a directory's inode: parent before child, lower address first */
	MUTEX_PIPE,	 /* a pipe: lower address first. splice moves to and from files under it */
	MUTEX_FILE,	 /* a file's position */
	MUTEX_INODE,	 /* an inode's content and attributes */
	MUTEX_OWNER,	 /* who is signalled about files */
	MUTEX_NEST,	 /* epoll sets that watch each other */
	MUTEX_EPOLL,	 /* an epoll set: outer before inner */
	MUTEX_TTY,	 /* a terminal's readers, writers, settings */
	MUTEX_SOCKET,	 /* a socket, a pair of them: lower address first */
	MUTEX_FUTEX,	 /* words of priority-inheritance futexes */
	MUTEX_SPACE,	 /* an address space: parent before child */
	MUTEX_OBJECT,	 /* a memory object while it finds a page */
	MUTEX_LEAF,	 /* under it nothing is locked but spinlocks */
	MUTEX_LEVELS,
};

enum mutex_bits {
	MUTEX_WAITERS = 1 << 0, /* the list is not empty */
	MUTEX_HANDOFF = 1 << 1, /* the first waiter has been overtaken once: it is the next owner */
};

struct mutex {
	unsigned long owner;	  /* [a] the owner's task_struct; MUTEX_WAITERS, MUTEX_HANDOFF */
	spinlock_t lock;	  /* RANK_MUTEX */
	u8 level;		  /* [I] enum mutex_level */
	struct list_head waiters; /* [lock] */
};

#define MUTEX_INIT(name, level_)                                                                   \
	{                                                                                          \
		.lock = SPINLOCK_INIT(RANK_MUTEX), .level = (level_),                              \
		.waiters = LIST_HEAD_INIT((name).waiters)                                          \
	}

/* A mutex is released by who locked it. All but mutex_trylock() may sleep: no spinlock held. */
void mutex_init(struct mutex *mutex, enum mutex_level level);
void mutex_lock(struct mutex *mutex);
void mutex_lock_nested(struct mutex *mutex); /* second one of its level, in the level's order */
int mutex_lock_interruptible(struct mutex *mutex) must_check; /* -ERESTARTSYS on a signal */
int mutex_lock_killable(struct mutex *mutex) must_check;      /* -EINTR on a fatal signal */
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_is_mine(const struct mutex *mutex); /* for assertions */

#endif
