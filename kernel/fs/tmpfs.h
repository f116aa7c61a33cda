/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: what its three files share, and how the kernel makes one for itself.
 */
#ifndef FS_TMPFS_H
#define FS_TMPFS_H

#include "fs/vfs.h"

/* A superblock that is a tmpfs, whose root has mode, and which may have limit pages and as many
 * inodes; 0: no limit. ERR_PTR(-ENOMEM). */
struct super *tmpfs_create(const char *type, u32 magic, umode_t mode, u64 limit) must_check;
/* Without options a tmpfs may fill half of the memory: pages, and as many inodes. */
u64 tmpfs_default_limit(void);
/* From now on it may have half of the memory beside what it has. */
void tmpfs_limit_rest(struct super *super);
/* An entry of any type in a directory of a tmpfs, made by the kernel itself. 0, -EEXIST, -ENOMEM.
 */
int tmpfs_add(struct dentry *directory, const char *name, size_t length, umode_t mode,
	      dev_t dev) must_check;
/* A regular file without a name, nlink 1. ERR_PTR. */
struct inode *tmpfs_make_file(struct super *super, umode_t mode) must_check;
struct dentry *tmpfs_make_root(struct super *super, umode_t mode) must_check; /* NULL: no memory */
int tmpfs_setattr(struct inode *inode, const struct iattr *attr); /* as inode_ops.setattr */
void tmpfs_init(void);						  /* registers tmpfs */

extern const struct file_ops tmpfs_file_ops, tmpfs_directory_ops; /* tmpfs_file.c, readdir.c */

#endif
