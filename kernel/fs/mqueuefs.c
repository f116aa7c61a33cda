/* SPDX-License-Identifier: MIT */
/*
 * The file system of POSIX message queues' names: mqueue, usually at /dev/mqueue (mq_overview(7)).
 *
 * One directory, there from boot on, mounted somewhere or not; mq_open(2) and mq_unlink(2) look
 * names up in it. A queue is a regular file without content, its inode's `private` the queue
 * (ipc/mqueue.c). Names are pinned dentries, as in tmpfs.
 *
 * Locks: the directory's.
 */
#include "fs/internal.h"
#include "fs/namei.h"
#include "fs/tmpfs.h"
#include "ipc/mqueue.h"

enum { MQUEUE_MAGIC = 0x19800202, FILE_SIZE = 80, ENTRY_SIZE = 20 };

static struct mount *mqueue_mount; /* [I] after mqueuefs_init: for mq_open, not in the tree */

static const struct inode_ops mqueue_inode_ops;

static int mqueue_getattr(struct inode *inode, struct kstat *stat)
{
	inode_stat(inode, stat);
	stat->size = FILE_SIZE;
	return 0;
}

static int directory_getattr(struct inode *inode, struct kstat *stat)
{
	const struct dentry *root = mqueue_mount->root;
	struct list_head *name;

	inode_stat(inode, stat);
	stat->size = 0;
	spin_lock(&namespace_lock);
	for (name = root->children.next; name != &root->children; name = name->next)
		stat->size += ENTRY_SIZE;
	spin_unlock(&namespace_lock);
	return 0;
}

static int mqueue_setattr(struct inode *inode, const struct iattr *attr)
{
	inode_set_attributes(inode, attr);
	return 0;
}

static void mqueue_inode_destroy(struct inode *inode)
{
	if (inode->private)
		mqueue_destroy(inode->private);
}

/* Makes a queue with attributes (NULL: the default ones); the directory is locked. */
static int make_queue(struct inode *directory, struct dentry *dentry, umode_t mode,
		      const struct mq_attr *attr)
{
	struct mqueue *queue = mqueue_create(attr);
	struct inode *inode;

	if (IS_ERR(queue))
		return (int)PTR_ERR(queue);
	inode = inode_create(directory->super, S_IFREG | (mode & 07777));
	if (!inode) {
		mqueue_destroy(queue);
		return -ENOMEM;
	}
	inode->ops = &mqueue_inode_ops;
	inode->file_ops = &mqueue_file_ops;
	inode->private = queue;
	inode_touch(directory);
	dentry_pin(dentry);
	dentry_instantiate(dentry, inode);
	return 0;
}

/* open(2) with O_CREAT, mknod(2). */
static int mqueue_create_node(struct inode *directory, struct dentry *dentry, umode_t mode,
			      dev_t dev)
{
	return S_ISREG(mode) ? make_queue(directory, dentry, mode, NULL) : -EPERM;
}

static int mqueue_unlink_node(struct inode *directory, struct dentry *dentry)
{
	inode_unlink(dentry->inode);
	inode_touch(directory);
	return 0;
}

static const struct inode_ops mqueue_inode_ops = {
	.getattr = mqueue_getattr,
	.setattr = mqueue_setattr,
	.destroy = mqueue_inode_destroy,
};

static const struct inode_ops mqueue_directory_ops = {
	.create = mqueue_create_node,
	.unlink = mqueue_unlink_node,
	.getattr = directory_getattr,
	.setattr = mqueue_setattr,
};

/* --- mq_open, mq_unlink --- */

/* The name as a component. 0, -EACCES. */
static int parse_name(const char *name, struct component *part)
{
	component_scan(name, part);
	return part->slash || component_is_special(part) ? -EACCES : 0;
}

/* A queue that has the name already: may current open it so? */
static int check_existing(struct dentry *dentry, u32 flags)
{
	static const int masks[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE };

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return inode_permission(dentry->inode, masks[flags & O_ACCMODE]);
}

/* The directory is locked. */
static int find_or_make(struct dentry *dentry, u32 flags, umode_t mode, const struct mq_attr *attr)
{
	struct dentry *root = mqueue_mount->root;
	int error;

	if (dentry->inode)
		return check_existing(dentry, flags);
	if (!(flags & O_CREAT))
		return -ENOENT;
	error = may_create(root);
	return error ? error : make_queue(root->inode, dentry, apply_umask(mode), attr);
}

struct file *mqueue_open(const char *name, u32 flags, umode_t mode, const struct mq_attr *attr)
{
	struct dentry *root = mqueue_mount->root;
	struct component part;
	struct path path = { .mount = mqueue_mount };
	struct file *file;
	int error = parse_name(name, &part);

	if (error)
		return ERR_PTR(error);
	mutex_lock(&root->inode->lock);
	path.dentry = directory_lookup(root, &part);
	error = IS_ERR(path.dentry) ? (int)PTR_ERR(path.dentry)
				    : find_or_make(path.dentry, flags, mode, attr);
	mutex_unlock(&root->inode->lock);
	file = error ? ERR_PTR(error) : file_open_path(&path, flags & (O_ACCMODE | O_NONBLOCK));
	if (!IS_ERR(path.dentry))
		dentry_put(path.dentry);
	return file;
}

/* The directory is locked. */
static int unlink_locked(struct dentry *victim)
{
	struct dentry *root = mqueue_mount->root;
	int error = victim->inode ? may_delete(root, victim) : -ENOENT;

	if (error)
		return error;
	lock_victim(victim->inode);
	error = mqueue_unlink_node(root->inode, victim);
	dentry_unhash(victim);
	mutex_unlock(&victim->inode->lock);
	return error;
}

int mqueue_unlink(const char *name)
{
	struct dentry *root = mqueue_mount->root;
	struct component part;
	struct dentry *victim;
	int error = parse_name(name, &part);

	if (error)
		return error;
	mutex_lock(&root->inode->lock);
	victim = directory_lookup(root, &part);
	error = IS_ERR(victim) ? (int)PTR_ERR(victim) : unlink_locked(victim);
	mutex_unlock(&root->inode->lock);
	if (!IS_ERR(victim))
		dentry_put(victim);
	return error;
}

/* --- the file system --- */

static struct super *mqueue_get_super(const char *source, u32 flags, const char *options)
{
	refcount_inc(&mqueue_mount->super->refs);
	return mqueue_mount->super;
}

static struct file_system mqueue_file_system = {
	.name = "mqueue",
	.nodev = true,
	.mount = mqueue_get_super,
};

void mqueuefs_init(void)
{
	struct super *super = super_create("mqueue", MQUEUE_MAGIC);
	struct inode *root = super ? inode_create(super, S_IFDIR | S_ISVTX | 0777) : NULL;

	if (root) {
		root->ops = &mqueue_directory_ops;
		root->file_ops = &tmpfs_directory_ops;
		root->nlink = 2;
		super->root = dentry_create_root(super, root);
	}
	if (root && super->root)
		mqueue_mount = mount_create(super, super->root, "mqueue", 0);
	if (!mqueue_mount)
		panic("no memory for the file system of message queues");
	file_system_register(&mqueue_file_system);
}
