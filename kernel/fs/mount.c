/* SPDX-License-Identifier: MIT */
/*
 * The mount tree: which file system is seen at which path.
 *
 * A mount in the tree holds references to its parent mount and to the dentry that it covers, and
 * the tree holds one to it (M1). A mount is busy while it has others: open files, working
 * directories, mounts below it. Several mounts at one path lie on each other's roots.
 *
 * Each tree belongs to a mount name space (fs/mnt_ns.h); all of them are in one list.
 *
 * Locks: mount_lock while a tree changes, namespace_lock for each change. What is created before it
 * is attached belongs to its maker alone.
 */
#include "fs/mount.h"

#include "fs/internal.h"
#include "fs/mnt_ns.h"
#include "fs/tmpfs.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/task.h"

struct path namespace_root;
LIST_HEAD(mounts);
struct mutex mount_lock = MUTEX_INIT(mount_lock, MUTEX_MOUNT);
static u32 last_mount_id; /* [a] */

/* --- making and freeing --- */

struct mount *mount_create(struct super *super, struct dentry *root, const char *source, u32 flags)
{
	size_t length = strlen(source) + 1;
	struct mount *mount = kzalloc(sizeof(*mount));
	char *copy = mount ? kmalloc(length) : NULL;

	if (!copy) {
		kfree(mount);
		super_put(super);
		return NULL;
	}
	memcpy(copy, source, length);
	refcount_set(&mount->refs, 1);
	mount->super = super;
	mount->root = dentry_get(root);
	mount->flags = flags & MS_KEPT;
	mount->id = __atomic_add_fetch(&last_mount_id, 1, __ATOMIC_RELAXED);
	mount->source = copy;
	list_init(&mount->link);
	return mount;
}

void mount_release(struct mount *mount)
{
	assert(list_empty(&mount->link));
	spin_lock(&namespace_lock); /* D4: whoever found it under the lock is done with it */
	spin_unlock(&namespace_lock);
	dentry_put(mount->root);
	super_put(mount->super);
	kfree(mount->source);
	kfree(mount);
}

void path_get(const struct path *path)
{
	refcount_inc(&path->mount->refs);
	dentry_get(path->dentry);
}

void path_put(const struct path *path)
{
	dentry_put(path->dentry);
	mount_put(path->mount);
}

bool path_no_exec(const struct path *path)
{
	return (path->mount->flags | path->mount->super->mount_flags) & MS_NOEXEC;
}

bool path_no_suid(const struct path *path)
{
	return (path->mount->flags | path->mount->super->mount_flags) & MS_NOSUID;
}

/* --- the tree --- */

/* The mount that covers path, or NULL. namespace_lock is held. */
static struct mount *mount_covering(const struct path *path)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link)
		if (mount->parent == path->mount && mount->mountpoint == path->dentry)
			return mount;
	return NULL;
}

void path_cross_mounts(struct path *path)
{
	while (path->dentry->flags & DENTRY_MOUNTPOINT) {
		struct mount *mount = mount_covering(path);

		if (!mount)
			return;
		*path = (struct path){ mount, mount->root };
	}
}

static bool is_mountpoint(const struct dentry *dentry)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link)
		if (mount->mountpoint == dentry)
			return true;
	return false;
}

int mount_check_place(const struct mount *mount, const struct path *at)
{
	if (!at->mount->ns)
		return -EINVAL; /* that one was unmounted, or never mounted anywhere */
	if (at->dentry->flags & DENTRY_UNHASHED)
		return -ENOENT;
	if (inode_is_dir(mount->root->inode) != inode_is_dir(at->dentry->inode))
		return -ENOTDIR;
	if (at->mount->super == mount->super && at->dentry == at->mount->root &&
	    at->dentry == mount->root)
		return -EBUSY;
	return 0;
}

void mount_link(struct mount *mount, const struct path *at)
{
	list_add_tail(&mount->link, &mounts);
	if (!at)
		return;
	path_get(at);
	mount->parent = at->mount;
	mount->mountpoint = at->dentry;
	mount->ns = at->mount->ns;
	at->dentry->flags |= DENTRY_MOUNTPOINT;
}

void mount_unlink(struct mount *mount, struct path *was)
{
	*was = (struct path){ mount->parent, mount->mountpoint };
	mount->parent = NULL;
	mount->mountpoint = NULL;
	mount->ns = NULL;
	list_del(&mount->link);
	if (was->dentry && !is_mountpoint(was->dentry))
		was->dentry->flags &= (u16)~DENTRY_MOUNTPOINT;
}

/* Puts a mount into the tree, on top of what is at the path; takes over the reference to it. */
static int attach(struct mount *mount, const struct path *place)
{
	struct path at = *place;
	int error;

	mutex_lock(&mount_lock);
	spin_lock(&namespace_lock);
	path_cross_mounts(&at);
	error = mount_check_place(mount, &at);
	if (!error)
		mount_link(mount, &at);
	spin_unlock(&namespace_lock);
	mutex_unlock(&mount_lock);
	if (error)
		mount_put(mount);
	return error;
}

static bool is_root_of_mount(const struct path *path)
{
	return path->dentry == path->mount->root;
}

/* --- the operations --- */

/* Access times are kept lazily unless the caller chose otherwise, as Linux does. */
static u32 with_default_flags(u32 flags)
{
	return flags & (MS_NOATIME | MS_STRICTATIME) ? flags : flags | MS_RELATIME;
}

int mount_new(const struct path *at, const char *type, const char *source, u32 flags,
	      const char *options)
{
	struct file_system *fs = file_system_find(type);
	struct super *super;
	struct mount *mount;

	if (!fs)
		return -ENODEV;
	super = fs->mount(source, flags, options);
	if (IS_ERR(super))
		return (int)PTR_ERR(super);
	mount = mount_create(super, super->root, source, with_default_flags(flags));
	return mount ? attach(mount, at) : -ENOMEM;
}

int mount_bind(const struct path *at, const struct path *from, u32 flags)
{
	struct super *super = from->mount->super;
	struct mount *mount;

	if (flags & MS_REC)
		return mount_bind_tree(at, from);
	refcount_inc(&super->refs);
	mount = mount_create(super, from->dentry, from->mount->source, from->mount->flags);
	return mount ? attach(mount, at) : -ENOMEM;
}

int mount_remount(const struct path *at, u32 flags, const char *options)
{
	struct super *super = at->mount->super;
	struct file_system *fs = file_system_find(super->type);
	int error = 0;

	if (!is_root_of_mount(at))
		return -EINVAL;
	if (!(flags & MS_BIND)) {
		if (fs && fs->remount)
			error = fs->remount(super, options);
		if (error)
			return error;
		WRITE_ONCE(super->mount_flags, flags & MS_RDONLY);
	}
	WRITE_ONCE(at->mount->flags, with_default_flags(flags) & MS_KEPT);
	return 0;
}

bool mount_is_below(const struct mount *mount, const struct mount *ancestor)
{
	while (mount && mount != ancestor)
		mount = mount->parent;
	return mount;
}

int mount_move(const struct path *place, const struct path *from)
{
	struct mount *mount = from->mount;
	struct path at = *place;
	struct path was;
	int error;

	mutex_lock(&mount_lock);
	spin_lock(&namespace_lock);
	path_cross_mounts(&at);
	error = -EINVAL;
	if (!is_root_of_mount(from) || !mount->parent)
		goto unlock;
	error = -ELOOP;
	if (mount_is_below(at.mount, mount))
		goto unlock;
	error = mount_check_place(mount, &at);
	if (error)
		goto unlock;
	mount_unlink(mount, &was);
	mount_link(mount, &at);
unlock:
	spin_unlock(&namespace_lock);
	mutex_unlock(&mount_lock);
	if (!error)
		path_put(&was);
	return error;
}

static bool has_children(const struct mount *mount)
{
	struct mount *other;

	list_for_each_entry (other, &mounts, link)
		if (other->parent == mount)
			return true;
	return false;
}

/* A mount at or below top that has none below it; NULL when somebody else detached top. */
static struct mount *find_leaf(const struct mount *top)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link)
		if (mount_is_below(mount, top) && !has_children(mount))
			return mount;
	return NULL;
}

struct mount *mount_leaf_of(const struct mnt_ns *ns)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link)
		if (mount->ns == ns && !has_children(mount))
			return mount;
	return NULL;
}

void mount_remove_unlock(struct mount *leaf)
{
	struct path was = { 0 };

	if (leaf)
		mount_unlink(leaf, &was);
	spin_unlock(&namespace_lock);
	mutex_unlock(&mount_lock);
	if (was.mount)
		path_put(&was);
	if (leaf)
		mount_put(leaf);
}

/* Detaches one leaf of the tree at or below top; true when nothing of it is left. */
static bool detach_leaf(const struct mount *top)
{
	struct mount *leaf;

	mutex_lock(&mount_lock);
	spin_lock(&namespace_lock);
	leaf = find_leaf(top);
	mount_remove_unlock(leaf);
	return !leaf || leaf == top;
}

int mount_detach(const struct path *path, bool lazy)
{
	struct mount *mount = path->mount;
	struct path was;
	int error = 0;

	mutex_lock(&mount_lock);
	spin_lock(&namespace_lock);
	if (!is_root_of_mount(path) || !mount->parent)
		error = -EINVAL;
	else if (!lazy && refcount_read(&mount->refs) > 2) /* the tree's and the caller's */
		error = -EBUSY;
	else if (!lazy)
		mount_unlink(mount, &was);
	spin_unlock(&namespace_lock);
	mutex_unlock(&mount_lock);
	if (error)
		return error;
	if (!lazy) {
		path_put(&was);
		mount_put(mount);
		return 0;
	}
	while (!detach_leaf(mount))
		;
	return 0;
}

void mount_init(void)
{
	/* As much as the initramfs has; initramfs_unpack() limits what comes later. */
	struct super *super = tmpfs_create("rootfs", TMPFS_MAGIC, 0755, page_total_count());
	struct mount *mount = IS_ERR(super) ? NULL : mount_create(super, super->root, "rootfs", 0);

	if (!mount)
		panic("no memory for the root file system");
	namespace_root = (struct path){ mount, super->root };
	path_get(&namespace_root);
	init_mnt_ns.root = mount;
	spin_lock(&namespace_lock);
	mount_link(mount, NULL);
	mount->ns = &init_mnt_ns;
	spin_unlock(&namespace_lock);
}
