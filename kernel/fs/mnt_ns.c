/* SPDX-License-Identifier: MIT */
/*
 * Mount name spaces (fs/mnt_ns.h).
 *
 * All mounts of all name spaces are in one list; mount->ns says whose each is. A copy has a mount
 * for each of the old one's, seen at the same place.
 *
 * Copying takes two passes, so that the order of the list does not matter: first the copies are
 * made, one at a time as that needs memory, and remembered in the old ones; then, under
 * namespace_lock, they are linked to each other as the old ones are.
 *
 * Locks: mount_lock, under which no mount comes or goes, for mount->copy; namespace_lock for the
 * tree.
 */
#include "fs/mnt_ns.h"

#include "fs/fdtable.h"
#include "fs/internal.h"
#include "mm/slab.h"
#include "task/process.h"

/* --- the end --- */

/* Takes the name space's mounts out of the tree, leaves first; true when none is left. */
static bool detach_one(struct mnt_ns *ns)
{
	struct mount *leaf;

	mutex_lock(&mount_lock);
	spin_lock(&namespace_lock);
	leaf = mount_leaf_of(ns);
	mount_remove_unlock(leaf);
	return !leaf;
}

static void mnt_ns_destroy(struct ns_common *common)
{
	struct mnt_ns *ns = container_of(common, struct mnt_ns, common);

	while (!detach_one(ns))
		;
	kfree(ns);
}

static const struct ns_kind mnt_kind = {
	.name = "mnt",
	.flag = CLONE_NEWNS,
	.destroy = mnt_ns_destroy,
};

struct mnt_ns init_mnt_ns = {
	.common = { .refs = REFCOUNT_INIT(1), .ino = NS_INO_MNT, .kind = &mnt_kind },
};

/* --- copying --- */

static int make_copies(const struct mnt_ns *from)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link) {
		if (mount->ns != from)
			continue;
		refcount_inc(&mount->super->refs);
		mount->copy = mount_create(mount->super, mount->root, mount->source, mount->flags);
		if (!mount->copy)
			return -ENOMEM;
	}
	return 0;
}

/* Gives a place in the old tree up for the same in the new one; *old must be put. */
static void move_place(struct path *place, struct path *old)
{
	if (!place->mount->copy)
		return;
	*old = *place;
	place->mount = old->mount->copy;
	path_get(place);
}

/* Links the copies into the list; namespace_lock held. New entries come behind the old ones, so the
 * walk meets them too: they have no copies. */
static void link_copies(struct mnt_ns *ns, struct mnt_ns *from)
{
	struct mount *mount;

	list_for_each_entry (mount, &mounts, link) {
		struct mount *copy = mount->copy;

		if (mount->ns != from)
			continue;
		mount_link(copy, mount->parent
					 ? &(struct path){ mount->parent->copy, mount->mountpoint }
					 : NULL);
		copy->ns = ns;
		if (mount == from->root)
			ns->root = copy;
	}
}

struct mnt_ns *mnt_ns_copy(struct mnt_ns *from, struct fs_struct *fs)
{
	struct mnt_ns *ns = kmalloc(sizeof(*ns));
	struct path old_root = { NULL, NULL }, old_cwd = { NULL, NULL };
	int error;

	if (!ns)
		return ERR_PTR(-ENOMEM);
	ns_common_init(&ns->common, &mnt_kind);
	mutex_lock(&mount_lock);
	error = make_copies(from);
	if (!error) {
		spin_lock(&namespace_lock);
		link_copies(ns, from);
		spin_lock(&fs->lock);
		move_place(&fs->root, &old_root);
		move_place(&fs->cwd, &old_cwd);
		spin_unlock(&fs->lock);
		spin_unlock(&namespace_lock);
	}
	mount_end_copies(error);
	mutex_unlock(&mount_lock);
	if (old_root.mount)
		path_put(&old_root);
	if (old_cwd.mount)
		path_put(&old_cwd);
	if (error) {
		kfree(ns);
		return ERR_PTR(error);
	}
	return ns;
}

void mnt_ns_enter(struct mnt_ns *ns, struct fs_struct *fs)
{
	struct path root = { ns->root, ns->root->root }, old_root, old_cwd;

	spin_lock(&namespace_lock);
	path_cross_mounts(&root);
	path_get(&root);
	path_get(&root);
	spin_lock(&fs->lock);
	old_root = fs->root;
	old_cwd = fs->cwd;
	fs->root = fs->cwd = root;
	spin_unlock(&fs->lock);
	spin_unlock(&namespace_lock);
	path_put(&old_root);
	path_put(&old_cwd);
}
