/* SPDX-License-Identifier: MIT */
/*
 * Checks that making, removing, renaming and opening names have in common; within fs/.
 */
#ifndef FS_NAMEI_H
#define FS_NAMEI_H

#include "fs/walk.h"

/* "/", "." or "..": no name that can be made or removed. */
bool component_is_special(const struct component *part);
/* May current make names in the directory: 0, -EACCES, or -ENOENT as it was removed itself. */
int may_create(struct dentry *directory) must_check;
/* May current remove that name: 0, -EACCES, -EPERM. */
int may_delete(struct dentry *directory, struct dentry *victim) must_check;
/* Takes the lock of what leaves a locked directory. */
void lock_victim(struct inode *victim);
umode_t apply_umask(umode_t mode);

#endif
