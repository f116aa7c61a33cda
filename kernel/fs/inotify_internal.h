/* SPDX-License-Identifier: MIT */
/*
 * What notify.c and inotify.c share. Nobody else includes it.
 *
 * IN1: a watch is in its instance's tree, in its inode's list and in its file system's; all three
 *	go together, under notify_lock. It holds a reference to the inode.
 *
 * Locks: notify_lock (RANK_WATCH) for all watches and queues.
 */
#ifndef FS_INOTIFY_INTERNAL_H
#define FS_INOTIFY_INTERNAL_H

#include "fs/inotify.h"
#include "lib/rbtree.h"

/* What happened, as it is told to one watch after another. */
struct notice {
	u32 events; /* with IN_ISDIR */
	u32 cookie;
	const char *name; /* NULL: to the inode itself */
	size_t length;
	bool unlinked; /* by way of a name that is gone: not for IN_EXCL_UNLINK */
};

struct inotify_watch {
	struct rb_node node;	     /* [notify_lock] */
	struct inotify *inotify;     /* [I] */
	struct inode *inode;	     /* [I] referenced */
	struct inotify_watch *next;  /* [notify_lock] of the same inode; of a chain of ended ones */
	struct list_head super_link; /* [notify_lock] */
	int wd;			     /* [I] */
	u32 mask;		     /* [notify_lock] events, IN_EXCL_UNLINK, IN_ONESHOT */
};

extern spinlock_t notify_lock;

/* notify.c, notify_lock held: */
void watch_link(struct inotify_watch *watch);
/* Takes a watch out of everything, and puts it before *ended. told: its instance gets IN_IGNORED.
 */
void watch_end(struct inotify_watch *watch, bool told, struct inotify_watch **ended);
/* Without it: frees a chain of ended watches. */
void watches_free(struct inotify_watch *ended);

/* inotify.c, notify_lock held: */
void inotify_queue(struct inotify *inotify, int wd, const struct notice *notice);
void inotify_forget(struct inotify_watch *watch); /* takes it out of its instance's tree */

#endif
