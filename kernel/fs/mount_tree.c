/* SPDX-License-Identifier: MIT */
/*
 * Changes of the mount tree that concern many mounts: a bind mount with all that is mounted below
 * it, and the exchange of the root, pivot_root(2).
 *
 * Locks: mount_lock all along, so that no mount comes or goes; namespace_lock for the change.
 * mount->copy of a mount that is copied is its copy meanwhile.
 */
#include "fs/fdtable.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "mm/slab.h"
#include "task/pid.h"
#include "task/process.h"

/* Can a place be reached from another one by going down? namespace_lock held. */
static bool is_reachable(const struct path *place, const struct path *from)
{
	const struct mount *mount = place->mount;
	struct dentry *dentry = place->dentry;

	while (mount != from->mount && mount->parent) {
		dentry = mount->mountpoint;
		mount = mount->parent;
	}
	return mount == from->mount && dentry_is_below(dentry, from->dentry);
}

/* --- bind mounts of trees; mount_lock is held --- */

/* Whether a mount is below a place; the place's own mount is. */
static bool is_in_tree(const struct mount *mount, const struct path *top)
{
	bool result;

	if (mount == top->mount)
		return true;
	if (!mount_is_below(mount, top->mount))
		return false;
	spin_lock(&namespace_lock);
	result = is_reachable(&(struct path){ mount->parent, mount->mountpoint }, top);
	spin_unlock(&namespace_lock);
	return result;
}

static struct mount *copy_mount(struct mount *mount, struct dentry *root)
{
	refcount_inc(&mount->super->refs);
	return mount_create(mount->super, root, mount->source, mount->flags);
}

static int copy_tree(const struct path *from)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link) {
		if (!is_in_tree(mount, from))
			continue;
		mount->copy = copy_mount(mount, mount == from->mount ? from->dentry : mount->root);
		if (!mount->copy)
			return -ENOMEM;
	}
	/* what is not in the tree any more is shown by itself */
	if (!from->mount->copy)
		from->mount->copy = copy_mount(from->mount, from->dentry);
	return from->mount->copy ? 0 : -ENOMEM;
}

/* Links the copies as the old ones are, the first one at the place. New entries come behind the old
 * ones, so the walk meets them, too: they have no copies. */
static int link_tree(const struct path *from, const struct path *place)
{
	struct mount *top = from->mount->copy, *mount;
	struct path at = *place;
	int error;

	spin_lock(&namespace_lock);
	path_cross_mounts(&at);
	error = mount_check_place(top, &at);
	if (!error)
		mount_link(top, &at);
	list_for_each_entry (mount, &mounts, link)
		if (!error && mount->copy && mount->copy != top)
			mount_link(mount->copy,
				   &(struct path){ mount->parent->copy, mount->mountpoint });
	spin_unlock(&namespace_lock);
	return error;
}

void mount_end_copies(bool free)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link) {
		if (free && mount->copy)
			mount_put(mount->copy);
		mount->copy = NULL;
	}
}

/* The same for one that may be in no tree. */
static void end_copy(struct mount *mount, bool free)
{
	if (free && mount->copy)
		mount_put(mount->copy);
	mount->copy = NULL;
}

int mount_bind_tree(const struct path *at, const struct path *from)
{
	int error;

	mutex_lock(&mount_lock);
	error = copy_tree(from);
	if (!error)
		error = link_tree(from, at);
	end_copy(from->mount, error);
	mount_end_copies(error);
	mutex_unlock(&mount_lock);
	return error;
}

/* --- pivot_root --- */

static bool is_root_of_mount(const struct path *path)
{
	return path->dentry == path->mount->root;
}

/* Both locks are held. */
static int check_pivot(const struct path *root, const struct path *fresh, const struct path *old)
{
	if (!root->mount->ns || fresh->mount->ns != root->mount->ns)
		return -EINVAL;
	if (fresh->dentry->flags & DENTRY_UNHASHED && !is_root_of_mount(fresh))
		return -ENOENT;
	if (fresh->mount == root->mount || old->mount == root->mount)
		return -EBUSY;
	if (!is_root_of_mount(root) || !root->mount->parent || !is_root_of_mount(fresh) ||
	    !fresh->mount->parent)
		return -EINVAL;
	return is_reachable(old, fresh) && is_reachable(fresh, root) ? 0 : -EINVAL;
}

/* Puts fresh into a place where root is; false: it is another. */
static bool replace_place(struct path *place, const struct path *root, const struct path *fresh)
{
	if (place->mount != root->mount || place->dentry != root->dentry)
		return false;
	path_get(fresh);
	*place = *fresh;
	return true;
}

/* One process's or thread's root and working directory; how many were changed. */
static u32 move_fs(struct task_struct *task, const struct path *root, const struct path *fresh)
{
	struct fs_struct *fs = get_task_fs(task);
	u32 changed = 0;

	if (!fs)
		return 0;
	spin_lock(&namespace_lock);
	spin_lock(&fs->lock);
	changed += replace_place(&fs->root, root, fresh);
	changed += replace_place(&fs->cwd, root, fresh);
	spin_unlock(&fs->lock);
	spin_unlock(&namespace_lock);
	for (u32 i = 0; i < changed; i++)
		path_put(root);
	fs_put(fs);
	return changed;
}

/* Moves all tasks. Who forks meanwhile may do so unseen, from a parent that has not moved yet: so
 * they are gone through until none had to be moved. */
static void move_all(const struct path *root, const struct path *fresh)
{
	u32 changed;

	do {
		changed = 0;
		for (pid_t id = next_pid(1); id > 0; id = next_pid(id + 1)) {
			struct task_struct *task = get_task_by_id(id);

			if (!task)
				continue;
			changed += move_fs(task, root, fresh);
			put_task_struct(task);
			cond_resched();
		}
	} while (changed);
}

int mount_pivot(const struct path *fresh, const struct path *old_place)
{
	struct path root, was_root, was_fresh, old = *old_place;
	int error;

	mutex_lock(&mount_lock);
	spin_lock(&namespace_lock);
	path_cross_mounts(&old);
	root = current->fs->root;
	error = check_pivot(&root, fresh, &old);
	if (!error) {
		path_get(&root);
		mount_unlink(fresh->mount, &was_fresh);
		mount_unlink(root.mount, &was_root);
		mount_link(root.mount, &old);
		mount_link(fresh->mount, &was_root);
	}
	spin_unlock(&namespace_lock);
	mutex_unlock(&mount_lock);
	if (error)
		return error;
	path_put(&was_fresh);
	path_put(&was_root);
	move_all(&root, fresh);
	path_put(&root);
	return 0;
}
