/* SPDX-License-Identifier: MIT */
/*
 * Open files on inodes that no path leads to: pipes, sockets, event counters, and the console
 * before there is a /dev. Their inodes belong to a file system that is mounted nowhere.
 */
#include "fs/internal.h"
#include "lib/format.h"
#include "lib/string.h"

enum { CONSOLE_MAJOR = 5, CONSOLE_MINOR = 1 };

static struct mount *anon_mount; /* [I] after anon_init */
static const struct inode_ops anon_ops;

/* "pipe:" of inode 7 is "pipe:[7]"; other names are as they are. */
static const char *full_name(const char *name, const struct inode *inode, char *buffer, size_t size)
{
	if (name[strlen(name) - 1] != ':')
		return name;
	snprintf(buffer, size, "%s[%lu]", name, inode->ino);
	return buffer;
}

/* A fresh inode under a name of its own; the path has the only references. 0 or -ENOMEM. */
static int make_path(const char *name, umode_t mode, dev_t dev, struct path *path)
{
	struct inode *inode = inode_create(anon_mount->super, mode);
	char numbered[DNAME_INLINE];

	if (!inode)
		return -ENOMEM;
	inode->ops = &anon_ops;
	inode->rdev = dev;
	path->dentry =
		dentry_create_anonymous(full_name(name, inode, numbered, sizeof(numbered)), inode);
	if (!path->dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	path->mount = anon_mount;
	refcount_inc(&anon_mount->refs);
	return 0;
}

struct file *file_create_anonymous(const char *name, umode_t mode, const struct file_ops *ops,
				   void *private, u32 flags, u32 fmode)
{
	struct path path;
	struct file *file;
	int error = make_path(name, mode, 0, &path);

	if (error)
		return ERR_PTR(error);
	file = file_alloc(&path, flags & ~(u32)O_CLOEXEC);
	if (IS_ERR(file)) {
		path_put(&path);
		return file;
	}
	file->mode = fmode;
	file->ops = ops;
	file->private = private;
	return file;
}

struct file *console_open(void)
{
	struct path path;
	struct file *file;
	int error = make_path("/dev/console", S_IFCHR | 0600, MKDEV(CONSOLE_MAJOR, CONSOLE_MINOR),
			      &path);

	if (error)
		return ERR_PTR(error);
	file = file_open_path(&path, O_RDWR | O_NOCTTY);
	path_put(&path);
	return file;
}

void anon_init(void)
{
	struct super *super = super_create("anon_inodefs", ANON_MAGIC);
	struct inode *root = super ? inode_create(super, S_IFDIR | 0700) : NULL;

	if (root) {
		root->ops = &anon_ops;
		super->root = dentry_create_root(super, root);
	}
	if (root && super->root)
		anon_mount = mount_create(super, super->root, "anon_inodefs", 0);
	if (!anon_mount)
		panic("no memory for anonymous inodes");
}
