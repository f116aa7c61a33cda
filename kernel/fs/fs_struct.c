/* SPDX-License-Identifier: MIT */
/*
 * fs_struct: root, working directory and umask of a process, which its threads (CLONE_FS) share.
 *
 * Root and cwd change under namespace_lock and fs->lock, so the walk may use them under the first
 * without a reference, and others may read them under the second.
 */
#include "fs/fdtable.h"
#include "fs/internal.h"
#include "mm/slab.h"

enum { UMASK_DEFAULT = 022 };

struct fs_struct *fs_create(void)
{
	struct fs_struct *fs = kzalloc(sizeof(*fs));

	if (!fs)
		return ERR_PTR(-ENOMEM);
	refcount_set(&fs->users, 1);
	spin_init(&fs->lock, RANK_FILES);
	fs->root = namespace_root;
	fs->cwd = namespace_root;
	fs->umask = UMASK_DEFAULT;
	path_get(&fs->root);
	path_get(&fs->cwd);
	return fs;
}

struct fs_struct *fs_dup(struct fs_struct *from)
{
	struct fs_struct *fs = kmalloc(sizeof(*fs));

	if (!fs)
		return ERR_PTR(-ENOMEM);
	refcount_set(&fs->users, 1);
	spin_init(&fs->lock, RANK_FILES);
	spin_lock(&from->lock);
	fs->root = from->root;
	fs->cwd = from->cwd;
	fs->umask = from->umask;
	path_get(&fs->root);
	path_get(&fs->cwd);
	spin_unlock(&from->lock);
	return fs;
}

struct fs_struct *fs_get(struct fs_struct *fs)
{
	refcount_inc(&fs->users);
	return fs;
}

void fs_put(struct fs_struct *fs)
{
	if (!refcount_dec_and_test(&fs->users))
		return;
	path_put(&fs->cwd);
	path_put(&fs->root);
	kfree(fs);
}

int fs_unshare(void)
{
	struct fs_struct *old = current->fs;
	struct fs_struct *copy;

	if (refcount_read(&old->users) == 1)
		return 0;
	copy = fs_dup(old);
	if (IS_ERR(copy))
		return (int)PTR_ERR(copy);
	spin_lock(&current->wake_lock);
	current->fs = copy;
	spin_unlock(&current->wake_lock);
	fs_put(old);
	return 0;
}

/* Puts path into one of the two places; its old content is released. */
static void replace(struct path *place, struct path path)
{
	struct path old;

	spin_lock(&namespace_lock);
	spin_lock(&current->fs->lock);
	old = *place;
	*place = path;
	spin_unlock(&current->fs->lock);
	spin_unlock(&namespace_lock);
	path_put(&old);
}

void fs_set_cwd(struct path path)
{
	replace(&current->fs->cwd, path);
}

void fs_set_root(struct path path)
{
	replace(&current->fs->root, path);
}
