/* SPDX-License-Identifier: MIT */
/*
 * devtmpfs: one tmpfs, however often it is mounted, in which registered devices appear. Users may
 * change it like any tmpfs.
 */
#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "lib/string.h"

static struct super *devfs_super; /* [I] after devfs_init; with a reference of its own */

/* The directory of that name, made if need be, with a reference; NULL. */
static struct dentry *get_directory(struct dentry *parent, const char *name, size_t length)
{
	int error = tmpfs_add(parent, name, length, S_IFDIR | 0755, 0);
	struct dentry *dentry;

	if (error && error != -EEXIST)
		return NULL;
	dentry = dentry_get_child(parent, name, length);
	if (dentry && !inode_is_dir(dentry->inode)) {
		dentry_put(dentry);
		dentry = NULL;
	}
	return dentry;
}

void devfs_add(const char *name, umode_t mode, dev_t dev)
{
	struct dentry *directory = dentry_get(devfs_super->root);
	const char *slash;

	while (directory && (slash = strchr(name, '/'))) {
		struct dentry *parent = directory;

		directory = get_directory(parent, name, (size_t)(slash - name));
		dentry_put(parent);
		name = slash + 1;
	}
	if (!directory)
		return;
	/* A name that is there already stays as its maker wanted it. */
	if (tmpfs_add(directory, name, strlen(name), mode, dev) == -ENOMEM)
		panic("no memory for /dev/%s", name);
	dentry_put(directory);
}

static struct super *devfs_mount(const char *source, u32 flags, const char *options)
{
	refcount_inc(&devfs_super->refs);
	return devfs_super;
}

static struct file_system devfs = { .name = "devtmpfs", .nodev = true, .mount = devfs_mount };

void devfs_init(void)
{
	devfs_super = tmpfs_create("devtmpfs", TMPFS_MAGIC, 0755, tmpfs_default_limit());
	if (IS_ERR(devfs_super))
		panic("no memory for devtmpfs");
	file_system_register(&devfs);
}
