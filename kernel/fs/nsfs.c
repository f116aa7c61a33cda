/* SPDX-License-Identifier: MIT */
/*
 * nsfs: inodes for name spaces (fs/nsfs.h). It is mounted nowhere: links in /proc/pid/ns lead to
 * its files. Each look at such a link makes an inode of its own, with the number of the name space;
 * the number and the device tell that two are the same.
 */
#include "fs/nsfs.h"

#include "fs/fdtable.h"
#include "fs/internal.h"
#include "lib/format.h"
#include "task/process.h"

enum {
	NSFS_MAGIC = 0x6e736673,
	NS_GET_USERNS = 0xb701,
	NS_GET_PARENT = 0xb702,
	NS_GET_NSTYPE = 0xb703,
};

static struct mount *nsfs_mount;      /* [I] after nsfs_init */
static u64 last_ino = NS_INO_DYNAMIC; /* [a] */

#define ONLY_NS(kind_, flag_, ino_)                                                                \
	static const struct ns_kind kind_##_kind = { .name = #kind_, .flag = (flag_) };            \
	struct ns_common init_##kind_##_ns = {                                                     \
		.refs = REFCOUNT_INIT(1),                                                          \
		.ino = (ino_),                                                                     \
		.kind = &kind_##_kind,                                                             \
	}

ONLY_NS(user, CLONE_NEWUSER, NS_INO_USER);
ONLY_NS(ipc, CLONE_NEWIPC, NS_INO_IPC);
ONLY_NS(net, CLONE_NEWNET, NS_INO_NET);
ONLY_NS(cgroup, CLONE_NEWCGROUP, NS_INO_CGROUP);
ONLY_NS(time, CLONE_NEWTIME, NS_INO_TIME);

void ns_common_init(struct ns_common *ns, const struct ns_kind *kind)
{
	refcount_set(&ns->refs, 1);
	ns->ino = __atomic_add_fetch(&last_ino, 1, __ATOMIC_RELAXED);
	ns->kind = kind;
}

/* A descriptor for a name space; takes over the reference. */
static long open_ns(struct ns_common *ns)
{
	struct path path;
	struct file *file;
	int error = ns_path(ns, &path);

	if (error)
		return error;
	file = file_open_path(&path, O_RDONLY);
	path_put(&path);
	return fd_add(file, true);
}

/* -EPERM: there is none, or none that may be seen. */
static long open_parent(struct ns_common *ns)
{
	struct ns_common *parent;

	if (ns == &init_user_ns)
		return -EPERM;
	if (!ns->kind->parent)
		return -EINVAL;
	parent = ns->kind->parent(ns);
	return parent ? open_ns(parent) : -EPERM;
}

/* ioctl_ns(2). */
static long nsfs_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct ns_common *ns = file->inode->private;

	switch (command) {
	case NS_GET_PARENT: return open_parent(ns);
	case NS_GET_NSTYPE: return (long)ns->kind->flag;
	case NS_GET_USERNS:
		if (ns == &init_user_ns)
			return -EPERM;
		ns_get(&init_user_ns);
		return open_ns(&init_user_ns);
	default: return -ENOTTY;
	}
}

static const struct file_ops nsfs_file_ops = { .ioctl = nsfs_ioctl };

static void nsfs_destroy(struct inode *inode)
{
	if (inode->private)
		ns_put(inode->private);
}

static const struct inode_ops nsfs_inode_ops = { .destroy = nsfs_destroy };

int ns_path(struct ns_common *ns, struct path *path)
{
	struct inode *inode = inode_create(nsfs_mount->super, S_IFREG | 0444);
	char name[48];

	if (!inode) {
		ns_put(ns);
		return -ENOMEM;
	}
	inode->uid = inode->gid = 0;
	inode->ino = ns->ino;
	inode->ops = &nsfs_inode_ops;
	inode->file_ops = &nsfs_file_ops;
	inode->private = ns;
	snprintf(name, sizeof(name), "%s:[%lu]", ns->kind->name, ns->ino);
	path->dentry = dentry_create_anonymous(name, inode);
	if (!path->dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	path->mount = nsfs_mount;
	refcount_inc(&nsfs_mount->refs);
	return 0;
}

struct ns_common *ns_of_file(const struct file *file)
{
	return file->inode->ops == &nsfs_inode_ops ? file->inode->private : NULL;
}

void nsfs_init(void)
{
	struct super *super = super_create("nsfs", NSFS_MAGIC);
	struct inode *root = super ? inode_create(super, S_IFDIR | 0500) : NULL;

	if (root) {
		root->ops = &nsfs_inode_ops;
		super->root = dentry_create_root(super, root);
	}
	if (root && super->root)
		nsfs_mount = mount_create(super, super->root, "nsfs", 0);
	if (!nsfs_mount)
		panic("no memory for nsfs");
}
