/* SPDX-License-Identifier: MIT */
/*
 * tmpfs: files in memory, tmpfs(5). Also what lies under rootfs and devtmpfs.
 *
 * A directory is nothing but its dentries, each pinned while the name exists, so a name that is not
 * in the hash does not exist. A regular file is a memory object, a symbolic link an allocated text
 * in inode->private. Limits: size (pages of objects, charged by vm/vmo.c) and nr_inodes
 * (fs/inode.c).
 *
 * Locks: the callers' (see inode_ops in fs/vfs.h); none of its own. Reading and writing is in
 * fs/tmpfs_file.c, mounting in fs/tmpfs_mount.c.
 */
#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "uapi/fcntl.h"
#include "vm/vmo.h"

enum { DIRECTORY_SIZE = 40 }; /* what stat(2) says of every directory */

/* --- attributes --- */

static int tmpfs_getattr(struct inode *inode, struct kstat *stat)
{
	inode_stat(inode, stat);
	if (S_ISLNK(inode->mode))
		stat->size = strlen(inode->private);
	else if (inode_is_dir(inode))
		stat->size = DIRECTORY_SIZE;
	return 0;
}

/* memfd_create(2)'s seals against a change. */
static int check_seals(const struct inode *inode, const struct iattr *attr)
{
	const u32 executable = 0111;
	u32 forbidden = 0;

	if (!inode->object)
		return 0;
	if (attr->valid & ATTR_SIZE) {
		forbidden |= (u64)attr->size < inode->object->size ? F_SEAL_SHRINK : 0;
		forbidden |= (u64)attr->size > inode->object->size ? F_SEAL_GROW : 0;
	}
	if (attr->valid & ATTR_MODE && (attr->mode ^ inode->mode) & executable)
		forbidden |= F_SEAL_EXEC;
	return inode->object->seals & forbidden ? -EPERM : 0;
}

int tmpfs_setattr(struct inode *inode, const struct iattr *attr)
{
	int error = check_seals(inode, attr);

	if (error)
		return error;
	if (attr->valid & ATTR_SIZE) {
		error = vmo_set_size(inode->object, (u64)attr->size);
		if (error)
			return error;
		inode->mtime = clock_realtime();
	}
	inode_set_attributes(inode, attr);
	return 0;
}

static void tmpfs_destroy(struct inode *inode)
{
	if (S_ISLNK(inode->mode))
		kfree(inode->private);
}

/* --- names --- */

static const struct inode_ops tmpfs_ops;

/* Gives a regular file its empty memory object. */
static int make_object(struct inode *inode)
{
	struct super *super = inode->super;
	struct vmo *object = vmo_create(0, NULL);

	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	object->owner = inode;
	object->charge = &super->pages_used;
	object->charge_limit = super->pages_limit ? super->pages_limit : ~(u64)0;
	object->seals = F_SEAL_SEAL;
	inode->object = object;
	return 0;
}

/* A new inode for a name in directory, which may be NULL for the root. ERR_PTR. */
static struct inode *make_inode(struct super *super, const struct inode *directory, umode_t mode,
				dev_t dev)
{
	struct inode *inode = inode_create(super, mode);
	int error;

	if (!inode)
		return ERR_PTR(super->inodes_limit ? -ENOSPC : -ENOMEM);
	inode->ops = &tmpfs_ops;
	inode->file_ops = inode_is_dir(inode) ? &tmpfs_directory_ops : &tmpfs_file_ops;
	inode->rdev = dev;
	if (inode_is_dir(inode))
		inode->nlink = 2;
	if (directory && directory->mode & S_ISGID) {
		inode->gid = directory->gid;
		if (inode_is_dir(inode))
			inode->mode |= S_ISGID;
	}
	error = S_ISREG(mode) ? make_object(inode) : 0;
	if (error) {
		inode_put(inode);
		return ERR_PTR(error);
	}
	return inode;
}

/* Makes the name exist. */
static void enter(struct inode *directory, struct dentry *dentry, struct inode *inode)
{
	if (inode_is_dir(inode))
		directory->nlink++;
	inode_touch(directory);
	dentry_pin(dentry);
	dentry_instantiate(dentry, inode);
}

static int tmpfs_create_node(struct inode *directory, struct dentry *dentry, umode_t mode,
			     dev_t dev)
{
	struct inode *inode = make_inode(directory->super, directory, mode, dev);

	if (IS_ERR(inode))
		return (int)PTR_ERR(inode);
	enter(directory, dentry, inode);
	return 0;
}

static int tmpfs_symlink(struct inode *directory, struct dentry *dentry, const char *target)
{
	size_t size = strlen(target) + 1;
	char *text = kmalloc(size);
	struct inode *inode;

	if (!text)
		return -ENOMEM;
	inode = make_inode(directory->super, directory, S_IFLNK | 0777, 0);
	if (IS_ERR(inode)) {
		kfree(text);
		return (int)PTR_ERR(inode);
	}
	memcpy(text, target, size);
	inode->private = text;
	enter(directory, dentry, inode);
	return 0;
}

static int tmpfs_link(struct inode *directory, struct dentry *dentry, struct inode *inode)
{
	inode_link(inode);
	enter(directory, dentry, inode_get(inode));
	return 0;
}

/* Counts the links of a victim that leaves directory; -ENOTEMPTY. */
static int leave(struct inode *directory, struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	if (inode_is_dir(inode)) {
		if (!list_empty(&dentry->children))
			return -ENOTEMPTY;
		directory->nlink--;
		inode_unlink(inode);
	}
	inode_unlink(inode);
	inode_touch(directory);
	return 0;
}

/* Counts a directory's move: its ".." is a link to its parent. */
static void move_dotdot(struct dentry *moved, struct inode *from, struct inode *to)
{
	if (inode_is_dir(moved->inode)) {
		from->nlink--;
		to->nlink++;
	}
}

static int tmpfs_rename(struct inode *from_dir, struct dentry *from, struct inode *to_dir,
			struct dentry *to, unsigned int flags)
{
	int error;

	if (flags & RENAME_EXCHANGE) {
		move_dotdot(to, to_dir, from_dir);
		to->inode->ctime = clock_realtime();
	} else if (to->inode) {
		error = leave(to_dir, to);
		if (error)
			return error;
	}
	move_dotdot(from, from_dir, to_dir);
	from->inode->ctime = clock_realtime();
	inode_touch(from_dir);
	inode_touch(to_dir);
	return 0;
}

static ssize_t tmpfs_readlink(struct dentry *dentry, char *buffer, size_t size)
{
	const char *text = dentry->inode->private;
	size_t length = MIN(strlen(text), size);

	memcpy(buffer, text, length);
	return (ssize_t)length;
}

static const struct inode_ops tmpfs_ops = {
	.create = tmpfs_create_node,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = leave,
	.rename = tmpfs_rename,
	.readlink = tmpfs_readlink,
	.setattr = tmpfs_setattr,
	.getattr = tmpfs_getattr,
	.destroy = tmpfs_destroy,
};

int tmpfs_add(struct dentry *directory, const char *name, size_t length, umode_t mode, dev_t dev)
{
	struct inode *inode = directory->inode;
	struct dentry *dentry, *there;
	int error;

	dentry = dentry_create(directory, name, length);
	if (!dentry)
		return -ENOMEM;
	mutex_lock(&inode->lock);
	there = dentry_get_child(directory, name, length);
	error = there ? -EEXIST : tmpfs_create_node(inode, dentry, mode, dev);
	mutex_unlock(&inode->lock);
	if (there)
		dentry_put(there);
	dentry_put(dentry);
	return error;
}

struct inode *tmpfs_make_file(struct super *super, umode_t mode)
{
	return make_inode(super, NULL, S_IFREG | mode, 0);
}

struct dentry *tmpfs_make_root(struct super *super, umode_t mode)
{
	struct inode *root = make_inode(super, NULL, S_IFDIR | mode, 0);

	return IS_ERR(root) ? NULL : dentry_create_root(super, root);
}
