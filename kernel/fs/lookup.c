/* SPDX-License-Identifier: MIT */
/*
 * One name in one directory: from the hash, or from the file system.
 *
 * A file system without a lookup operation has all its names in the hash. Another one is asked with
 * the directory's lock held, so two tasks that want the same name get the same dentry.
 *
 * Locks: the directory's lock, and namespace_lock inside it.
 */
#include "fs/walk.h"

bool dentry_is_valid(struct dentry *dentry)
{
	const struct inode_ops *ops = dentry->inode->ops;

	return likely(!ops->revalidate) || ops->revalidate(dentry);
}

/* A hashed, valid child with a reference; NULL: ask the file system. */
static struct dentry *find_valid(struct dentry *directory, const struct component *part)
{
	struct dentry *child;

	spin_lock(&namespace_lock);
	child = dentry_find(directory, part);
	if (child && !dentry_try_get(child))
		child = NULL;
	spin_unlock(&namespace_lock);
	if (!child || dentry_is_valid(child))
		return child;
	dentry_unhash(child);
	dentry_put(child);
	return NULL;
}

struct dentry *directory_lookup(struct dentry *directory, const struct component *part)
{
	struct inode *inode = directory->inode;
	struct dentry *child;
	int error;

	assert(mutex_is_mine(&inode->lock));
	if (part->length > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	child = find_valid(directory, part);
	if (child)
		return child;
	if (directory->flags & DENTRY_UNHASHED)
		return ERR_PTR(-ENOENT);
	child = dentry_create(directory, part->name, part->length);
	if (!child)
		return ERR_PTR(-ENOMEM);
	error = inode->ops->lookup ? inode->ops->lookup(inode, child) : 0;
	if (error) {
		dentry_put(child);
		return ERR_PTR(error);
	}
	return child;
}

struct dentry *lookup_existing(struct dentry *directory, const struct component *part)
{
	struct dentry *child;

	mutex_lock(&directory->inode->lock);
	child = directory_lookup(directory, part);
	mutex_unlock(&directory->inode->lock);
	if (!IS_ERR(child) && !child->inode) {
		dentry_put(child);
		return ERR_PTR(-ENOENT);
	}
	return child;
}
