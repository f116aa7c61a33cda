/* SPDX-License-Identifier: MIT */
/*
 * /sys: a tree of directories that stand for objects of the kernel, and in them files of one value
 * each. Whoever has such an object adds to the tree; nothing is taken away.
 */
#ifndef FS_SYSFS_H
#define FS_SYSFS_H

#include "fs/text.h"
#include "lib/types.h"

struct dentry;

struct sysfs_attribute {
	const char *name; /* NULL ends a table */
	umode_t mode;	  /* permissions; 0: 0444 */
	/* Writes the value; 0 or -errno. May sleep. */
	int (*show)(struct text *text, void *object);
	/* Takes what a write(2) brings, terminated; 0 or -errno. NULL: cannot be written. */
	int (*store)(void *object, char *value, size_t length);
};

/* The directory at a path below parent (NULL: the root), made with those on the way to it where
 * they do not exist. It lasts. NULL: no memory. May sleep. */
struct dentry *sysfs_directory(struct dentry *parent, const char *path);
/* Files for all attributes of a table, in a directory; object is what their functions get. Nothing
 * happens when the directory is NULL. The table, names included, must last. May sleep. */
void sysfs_add_files(struct dentry *directory, const struct sysfs_attribute *table, void *object);
/* A symbolic link; target must last. */
void sysfs_add_link(struct dentry *directory, const char *name, const char *target);

#endif
