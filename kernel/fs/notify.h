/* SPDX-License-Identifier: MIT */
/*
 * Telling watchers what happens to files: the hooks of the name space, for inotify(7).
 *
 * A hook is called after the act. While nobody watches anything it is the test of one word.
 */
#ifndef FS_NOTIFY_H
#define FS_NOTIFY_H

#include "fs/vfs.h"

enum inotify_events {
	IN_ACCESS = 0x1,
	IN_MODIFY = 0x2,
	IN_ATTRIB = 0x4,
	IN_CLOSE_WRITE = 0x8,
	IN_CLOSE_NOWRITE = 0x10,
	IN_OPEN = 0x20,
	IN_MOVED_FROM = 0x40,
	IN_MOVED_TO = 0x80,
	IN_CREATE = 0x100,
	IN_DELETE = 0x200,
	IN_DELETE_SELF = 0x400,
	IN_MOVE_SELF = 0x800,
	IN_ALL_EVENTS = 0xfff,
	IN_UNMOUNT = 0x2000,
	IN_Q_OVERFLOW = 0x4000,
	IN_IGNORED = 0x8000,
	IN_ISDIR = 0x40000000,
};

extern u32 notify_watches; /* [notify_lock] how many there are; read as a hint */

static inline bool notify_wanted(void)
{
	return unlikely(READ_ONCE(notify_watches));
}

/* Slow parts of the hooks; they may sleep. */
void notify_dentry_slow(struct dentry *dentry, u32 events);
void notify_name_slow(struct inode *directory, u32 events, const struct inode *inode,
		      const char *name, size_t length, u32 cookie);
void notify_inode_slow(struct inode *inode, u32 events);

/* Something happened to what a name leads to: its directory's watchers are told with the name, its
 * own without. */
static inline void notify_dentry(struct dentry *dentry, u32 events)
{
	if (notify_wanted())
		notify_dentry_slow(dentry, events);
}

static inline void notify_file(const struct file *file, u32 events)
{
	notify_dentry(file->path.dentry, events);
}

/* Something happened to a name of the inode in a directory; the name need not be terminated. */
static inline void notify_name(struct inode *directory, u32 events, const struct inode *inode,
			       const char *name, size_t length)
{
	if (notify_wanted())
		notify_name_slow(directory, events, inode, name, length, 0);
}

/* Only the inode's own watchers are told. */
static inline void notify_inode(struct inode *inode, u32 events)
{
	if (notify_wanted())
		notify_inode_slow(inode, events);
}

/* The number that ties the two names of a move together. */
u32 notify_cookie(void);

/* The last name and the last user of an inode are gone, or its file system is: the watchers' last
 * events. Sleep. */
void notify_inode_gone(struct inode *inode);
void notify_super_gone(struct super *super);

#endif
