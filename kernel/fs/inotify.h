/* SPDX-License-Identifier: MIT */
/* inotify(7): instances, which watch inodes and queue what happens to them. */
#ifndef FS_INOTIFY_H
#define FS_INOTIFY_H

#include "fs/notify.h"

enum inotify_flags { IN_CLOEXEC = O_CLOEXEC, IN_NONBLOCK = O_NONBLOCK };

/* Besides enum inotify_events, for inotify_add_watch(2). */
#define IN_ONLYDIR 0x01000000u
#define IN_DONT_FOLLOW 0x02000000u
#define IN_EXCL_UNLINK 0x04000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD 0x20000000u
#define IN_ONESHOT 0x80000000u
#define IN_KNOWN                                                                                   \
	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ISDIR | IN_ONLYDIR |         \
	 IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT)

struct inotify_event { /* inotify(7) */
	s32 wd;
	u32 mask;
	u32 cookie;
	u32 length; /* of the name that follows, with its padding of NULs */
};

/* An instance. ERR_PTR(-EMFILE): the user has too many; (-ENOMEM). May sleep. */
struct file *inotify_create(u32 flags) must_check;
bool file_is_inotify(const struct file *file);
/* Watches an inode, or changes its watch: the watch's number, -EEXIST (IN_MASK_CREATE), -ENOSPC,
 * -ENOMEM. May sleep. */
int inotify_watch(struct file *file, struct inode *inode, u32 mask) must_check;
int inotify_unwatch(struct file *file, int wd) must_check; /* 0 or -EINVAL */

/* /proc/sys/fs/inotify/max_* */
extern u64 inotify_queued_max, inotify_instances_max, inotify_watches_max;
void inotify_init(void);

#endif
