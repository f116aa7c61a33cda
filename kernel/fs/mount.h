/* SPDX-License-Identifier: MIT */
/*
 * mount(2) and umount(2) on paths that were found already. All may sleep; paths stay the caller's.
 * Who may mount is the caller's to check.
 */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include "fs/vfs.h"

/* A file system of a type, by its source and options, at a path. 0, -ENODEV (no such type), -EBUSY
 * (it is mounted right there already), -ENOTDIR, -ENOMEM, or what the file system answers. */
int mount_new(const struct path *at, const char *type, const char *source, u32 flags,
	      const char *options) must_check;
/* MS_BIND: what from shows, also at another path; with MS_REC in flags mounts below it are taken
 * along. */
int mount_bind(const struct path *at, const struct path *from, u32 flags) must_check;
/* MS_REMOUNT, with MS_BIND in flags for this mount only. at must be a mount's root: -EINVAL. */
int mount_remount(const struct path *at, u32 flags, const char *options) must_check;
/* MS_MOVE: a whole mount, from is its root, to another place. */
int mount_move(const struct path *at, const struct path *from) must_check;
/* pivot_root(2): the mount at fresh, its root, takes the place of the one that current's root
 * directory is, which goes to old, below fresh; and so do roots and working directories that were
 * there. 0, -EINVAL, -ENOENT, -EBUSY. */
int mount_pivot(const struct path *fresh, const struct path *old) must_check;
/* -EINVAL when path is not a mount's root, -EBUSY while it is in use and lazy is not set. */
int mount_detach(const struct path *path, bool lazy) must_check;

#endif
