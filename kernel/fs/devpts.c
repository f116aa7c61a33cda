/* SPDX-License-Identifier: MIT */
/*
 * devpts (fs/devpts.h). Like tmpfs it is nothing but its dentries, each pinned while the name
 * exists; but only the kernel makes and removes them.
 *
 * Locks: devpts_lock (RANK_FILES) protects the numbers of all instances and which terminal a node
 * leads to. The root directory's lock serializes names.
 */
#include "fs/devpts.h"

#include "fs/internal.h"
#include "fs/options.h"
#include "fs/tmpfs.h"
#include "lib/bitmap.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/cred.h"

enum {
	PTMX_MAJOR = 5,
	PTMX_MINOR = 2,
	MAX_LIMIT = 1 << 20, /* what max= may say */
};

struct devpts_options {
	bool has_uid, has_gid; /* else a slave belongs to who opens the master */
	uid_t uid;
	gid_t gid;
	umode_t mode, ptmx_mode;
	u32 max;
};

struct instance {
	struct devpts_options options;	   /* [devpts_lock] */
	struct inode *ptmx;		   /* [I] */
	u64 used[BITMAP_WORDS(PTY_LIMIT)]; /* [devpts_lock] numbers */
};

unsigned int pty_max = PTY_LIMIT;

static spinlock_t devpts_lock = SPINLOCK_INIT(RANK_FILES);
static unsigned int count; /* [devpts_lock] numbers that are used, of all instances */

static struct instance *instance_of(const struct super *super)
{
	return super->private;
}

/* --- options --- */

static bool parse_option(void *data, const char *name, const char *value)
{
	struct devpts_options *options = data;
	u64 number = 0;

	if (strcmp(name, "newinstance") == 0)
		return true;
	if (strcmp(name, "uid") == 0) {
		options->has_uid = option_number(value, &number, 10);
		options->uid = (uid_t)number;
		return options->has_uid;
	}
	if (strcmp(name, "gid") == 0) {
		options->has_gid = option_number(value, &number, 10);
		options->gid = (gid_t)number;
		return options->has_gid;
	}
	if (strcmp(name, "max") == 0) {
		bool valid = option_number(value, &number, 10) && number <= MAX_LIMIT;

		options->max = (u32)number;
		return valid;
	}
	if (!option_number(value, &number, 8))
		return false;
	if (strcmp(name, "mode") == 0)
		options->mode = number & 07777;
	else if (strcmp(name, "ptmxmode") == 0)
		options->ptmx_mode = number & 07777;
	else
		return false;
	return true;
}

static size_t show_options(const struct super *super, char *buffer, size_t size)
{
	const struct devpts_options *options = &instance_of(super)->options;
	int used = 0;

	if (options->has_uid)
		used += scnprintf(buffer, size, ",uid=%u", options->uid);
	if (options->has_gid)
		used += scnprintf(buffer + used, size - (size_t)used, ",gid=%u", options->gid);
	used += scnprintf(buffer + used, size - (size_t)used, ",mode=%03o,ptmxmode=%03o",
			  options->mode, options->ptmx_mode);
	if (options->max < MAX_LIMIT)
		used += scnprintf(buffer + used, size - (size_t)used, ",max=%u", options->max);
	return (size_t)used;
}

/* --- numbers --- */

/* Reserves the lowest free number. -ENOSPC. */
static int alloc_index(struct instance *instance)
{
	unsigned int limit = MIN(instance->options.max, (u32)PTY_LIMIT);
	unsigned long index;

	spin_lock(&devpts_lock);
	index = bitmap_find_clear(instance->used, limit, 0);
	if (index < limit && count < pty_max) {
		bitmap_set(instance->used, index);
		count++;
	} else {
		index = PTY_LIMIT;
	}
	spin_unlock(&devpts_lock);
	return index < PTY_LIMIT ? (int)index : -ENOSPC;
}

void devpts_free(struct devpts_slave *slave)
{
	spin_lock(&devpts_lock);
	bitmap_clear(instance_of(slave->instance)->used, slave->index);
	count--;
	spin_unlock(&devpts_lock);
	super_put(slave->instance);
}

unsigned int pty_count(void)
{
	return READ_ONCE(count);
}

/* --- nodes --- */

/* Who owns a node may change its rights and owner, as grantpt(3) does. */
static int devpts_setattr(struct inode *inode, const struct iattr *attr)
{
	inode_set_attributes(inode, attr);
	return 0;
}

static const struct inode_ops devpts_ops = { .setattr = devpts_setattr };

static struct inode *make_inode(struct super *super, umode_t mode, dev_t dev)
{
	struct inode *inode = inode_create(super, mode);

	if (!inode)
		return NULL;
	inode->ops = &devpts_ops;
	inode->rdev = dev;
	if (inode_is_dir(inode)) {
		inode->file_ops = &tmpfs_directory_ops;
		inode->nlink = 2;
	}
	return inode;
}

/* Gives the inode, whose reference is taken over, a name in the root. NULL: no memory. */
static struct dentry *enter(struct super *super, const char *name, struct inode *inode)
{
	struct inode *root = super->root->inode;
	struct dentry *dentry;

	if (!inode)
		return NULL;
	mutex_lock(&root->lock);
	dentry = dentry_create(super->root, name, strlen(name));
	if (dentry) {
		dentry_pin(dentry);
		dentry_instantiate(dentry, inode);
		inode_touch(root);
	}
	mutex_unlock(&root->lock);
	if (!dentry)
		inode_put(inode);
	return dentry;
}

/* The name of a slave, which leads to a terminal. NULL: no memory. */
static struct dentry *add_node(struct super *super, unsigned int index, void *terminal)
{
	const struct devpts_options *options = &instance_of(super)->options;
	struct inode *inode =
		make_inode(super, S_IFCHR | options->mode, MKDEV(UNIX98_SLAVE_MAJOR, index));
	char name[16];

	if (!inode)
		return NULL;
	if (options->has_uid)
		inode->uid = options->uid;
	if (options->has_gid)
		inode->gid = options->gid;
	inode->private = terminal;
	scnprintf(name, sizeof(name), "%u", index);
	return enter(super, name, inode);
}

void devpts_remove(struct devpts_slave *slave)
{
	struct inode *root = slave->instance->root->inode;
	struct inode *inode = slave->node->inode;

	spin_lock(&devpts_lock);
	inode->private = NULL;
	spin_unlock(&devpts_lock);
	mutex_lock(&root->lock);
	inode_unlink(inode);
	inode_touch(root);
	dentry_unhash(slave->node);
	mutex_unlock(&root->lock);
	dentry_put(slave->node);
}

void *devpts_terminal(const struct inode *inode, void (*get)(void *terminal))
{
	void *terminal;

	if (inode->ops != &devpts_ops)
		return NULL;
	spin_lock(&devpts_lock);
	terminal = inode->private;
	if (terminal)
		get(terminal);
	spin_unlock(&devpts_lock);
	return terminal;
}

/* --- instances --- */

static bool is_root(const struct path *path)
{
	return path->dentry == path->mount->super->root && path->dentry->inode->ops == &devpts_ops;
}

/* The root of the instance that a ptmx node stands for, with references. 0 or -ENODEV. */
static int find_root(const struct path *ptmx, struct path *root)
{
	static const char name[] = "pts";
	struct component part = { .name = name,
				  .length = sizeof(name) - 1,
				  .hash = hash_name(name, sizeof(name) - 1) };
	bool found;

	*root = *ptmx;
	spin_lock(&namespace_lock);
	if (root->dentry->inode->ops == &devpts_ops)
		root->dentry = root->dentry->parent;
	else
		root->dentry = dentry_find(root->dentry->parent, &part);
	if (root->dentry)
		path_cross_mounts(root);
	found = root->dentry && is_root(root);
	if (found)
		path_get(root);
	spin_unlock(&namespace_lock);
	return found ? 0 : -ENODEV;
}

int devpts_peer(const struct path *ptmx, const struct devpts_slave *slave, struct path *path)
{
	struct path root;
	int error = find_root(ptmx, &root);

	if (error)
		return error;
	if (root.mount->super == slave->instance) {
		*path = (struct path){ root.mount, slave->node };
		path_get(path);
	} else {
		error = -ENODEV;
	}
	path_put(&root);
	return error;
}

/* A slave in the instance, to which it takes a reference. */
static int add_slave(struct super *super, void *terminal, struct devpts_slave *slave)
{
	int index = alloc_index(instance_of(super));

	if (index < 0)
		return index;
	refcount_inc(&super->refs);
	slave->instance = super;
	slave->index = (unsigned int)index;
	slave->node = add_node(super, slave->index, terminal);
	if (!slave->node) {
		devpts_free(slave);
		return -ENOMEM;
	}
	return 0;
}

int devpts_add(const struct path *ptmx, void *terminal, struct devpts_slave *slave)
{
	struct path root;
	int error = find_root(ptmx, &root);

	if (error)
		return error;
	error = add_slave(root.mount->super, terminal, slave);
	path_put(&root);
	return error;
}

static void devpts_destroy(struct super *super)
{
	kfree(super->private);
}

/* Root and ptmx of a fresh superblock. 0 or -ENOMEM. */
static int fill_super(struct super *super)
{
	struct instance *instance = instance_of(super);
	struct inode *root = make_inode(super, S_IFDIR | 0755, 0);
	struct dentry *ptmx;

	if (!root)
		return -ENOMEM;
	super->root = dentry_create_root(super, root);
	if (!super->root)
		return -ENOMEM;
	root->uid = 0;
	root->gid = 0;
	instance->ptmx = make_inode(super, S_IFCHR | instance->options.ptmx_mode,
				    MKDEV(PTMX_MAJOR, PTMX_MINOR));
	ptmx = enter(super, "ptmx", instance->ptmx);
	if (!ptmx)
		return -ENOMEM;
	dentry_put(ptmx);
	return 0;
}

static struct super *devpts_mount(const char *source, u32 flags, const char *text)
{
	struct instance *instance = kzalloc(sizeof(*instance));
	struct super *super;
	int error;

	if (!instance)
		return ERR_PTR(-ENOMEM);
	instance->options = (struct devpts_options){ .mode = 0600, .max = MAX_LIMIT };
	error = options_parse(text, parse_option, &instance->options);
	super = error ? NULL : super_create("devpts", DEVPTS_MAGIC);
	if (!super) {
		kfree(instance);
		return ERR_PTR(error ? error : -ENOMEM);
	}
	super->private = instance;
	super->destroy = devpts_destroy;
	error = fill_super(super);
	if (error) {
		super_put(super);
		return ERR_PTR(error);
	}
	return super;
}

static int devpts_remount(struct super *super, const char *text)
{
	struct instance *instance = instance_of(super);
	struct devpts_options options = { .mode = 0600, .max = MAX_LIMIT };
	int error = options_parse(text, parse_option, &options);

	if (error)
		return error;
	spin_lock(&devpts_lock);
	instance->options = options;
	instance->ptmx->mode = S_IFCHR | options.ptmx_mode;
	spin_unlock(&devpts_lock);
	return 0;
}

static struct file_system devpts = {
	.name = "devpts",
	.nodev = true,
	.mount = devpts_mount,
	.remount = devpts_remount,
	.show_options = show_options,
};

void devpts_init(void)
{
	file_system_register(&devpts);
}
