/* SPDX-License-Identifier: MIT */
/*
 * sysfs: one tree, however often it is mounted (fs/sysfs.h).
 *
 * Like tmpfs it is nothing but its dentries, each pinned for good; so the walk finds all names in
 * the hash, and listing is tmpfs's. What a user may do is to read and write the files.
 *
 * Locks: the directory's, while a name enters it.
 */
#include "fs/sysfs.h"

#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

/* What stands behind a name: inode->private. */
struct sysfs_node {
	const struct sysfs_attribute *attribute; /* [I] files */
	void *object;				 /* [I] files: for the attribute's functions */
	const char *target;			 /* [I] links */
};

static struct super *sysfs_super; /* [I] after sysfs_init; with a reference of its own */

static const struct sysfs_node *node_of(const struct inode *inode)
{
	return inode->private;
}

/* --- files --- */

static int sysfs_open(struct inode *inode, struct file *file)
{
	if ((file->flags & O_ACCMODE) != O_RDONLY && !node_of(inode)->attribute->store)
		return -EACCES;
	return text_file_open(file);
}

static int make_text(struct file *file, struct text *text)
{
	const struct sysfs_node *node = node_of(file->inode);

	return node->attribute->show ? node->attribute->show(text, node->object) : -EIO;
}

static ssize_t sysfs_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return text_file_read(file, uio, pos, make_text);
}

static int store_value(struct file *file, char *value, size_t length)
{
	const struct sysfs_node *node = node_of(file->inode);

	return node->attribute->store(node->object, value, length);
}

static ssize_t sysfs_write(struct file *file, struct uio *uio, loff_t *pos)
{
	return text_file_write(file, uio, pos, store_value);
}

static const struct file_ops sysfs_file_ops = {
	.read = sysfs_read,
	.write = sysfs_write,
	.open = sysfs_open,
	.release = text_file_release,
};

/* --- inodes --- */

static ssize_t sysfs_readlink(struct dentry *dentry, char *buffer, size_t size)
{
	const char *target = node_of(dentry->inode)->target;
	size_t length = MIN(strlen(target), size);

	memcpy(buffer, target, length);
	return (ssize_t)length;
}

/* Truncation, as a shell's redirection asks for, changes nothing; the rest is not the user's. */
static int sysfs_setattr(struct inode *inode, const struct iattr *attr)
{
	return attr->valid & ~(u32)(ATTR_SIZE | ATTR_MTIME) ? -EPERM : 0;
}

/* A file says it is as long as a page, the most that it may be. */
static int sysfs_getattr(struct inode *inode, struct kstat *stat)
{
	inode_stat(inode, stat);
	if (S_ISREG(inode->mode))
		stat->size = PAGE_SIZE;
	return 0;
}

static void sysfs_destroy(struct inode *inode)
{
	kfree(inode->private);
}

static const struct inode_ops sysfs_ops = {
	.readlink = sysfs_readlink,
	.setattr = sysfs_setattr,
	.getattr = sysfs_getattr,
	.destroy = sysfs_destroy,
};

static struct inode *make_inode(umode_t mode, struct sysfs_node node)
{
	struct sysfs_node *copy = kmalloc(sizeof(*copy));
	struct inode *inode = copy ? inode_create(sysfs_super, mode) : NULL;

	if (!inode) {
		kfree(copy);
		return NULL;
	}
	*copy = node;
	inode->private = copy;
	inode->ops = &sysfs_ops;
	inode->file_ops = inode_is_dir(inode) ? &tmpfs_directory_ops : &sysfs_file_ops;
	inode->nlink = inode_is_dir(inode) ? 2 : 1;
	return inode;
}

/* --- the tree --- */

/* The directory's lock is held. */
static struct dentry *make_name(struct dentry *directory, const char *name, size_t length,
				umode_t mode, struct sysfs_node node)
{
	struct inode *inode = make_inode(mode, node);
	struct dentry *dentry = inode ? dentry_create(directory, name, length) : NULL;

	if (!dentry) {
		if (inode)
			inode_put(inode);
		return NULL;
	}
	if (inode_is_dir(inode))
		directory->inode->nlink++;
	dentry_pin(dentry);
	dentry_instantiate(dentry, inode);
	return dentry;
}

/* The entry of that name, made if it is not there. NULL: no memory. */
static struct dentry *add(struct dentry *directory, const char *name, size_t length, umode_t mode,
			  struct sysfs_node node)
{
	struct dentry *dentry;

	mutex_lock(&directory->inode->lock);
	dentry = dentry_get_child(directory, name, length);
	if (!dentry)
		dentry = make_name(directory, name, length, mode, node);
	mutex_unlock(&directory->inode->lock);
	if (dentry)
		dentry_put(dentry); /* it is pinned */
	return dentry;
}

struct dentry *sysfs_directory(struct dentry *parent, const char *path)
{
	struct dentry *directory = parent ? parent : sysfs_super->root;

	while (directory && *path) {
		struct component part;

		path = component_scan(path, &part);
		directory = add(directory, part.name, part.length, S_IFDIR | 0755,
				(struct sysfs_node){ 0 });
	}
	return directory;
}

void sysfs_add_files(struct dentry *directory, const struct sysfs_attribute *table, void *object)
{
	for (; directory && table->name; table++)
		add(directory, table->name, strlen(table->name),
		    S_IFREG | (table->mode ? table->mode : 0444),
		    (struct sysfs_node){ .attribute = table, .object = object });
}

void sysfs_add_link(struct dentry *directory, const char *name, const char *target)
{
	if (directory)
		add(directory, name, strlen(name), S_IFLNK | 0777,
		    (struct sysfs_node){ .target = target });
}

static struct super *sysfs_mount(const char *source, u32 flags, const char *options)
{
	refcount_inc(&sysfs_super->refs);
	return sysfs_super;
}

static struct file_system sysfs = { .name = "sysfs", .nodev = true, .mount = sysfs_mount };

void sysfs_init(void)
{
	struct inode *root;

	sysfs_super = super_create("sysfs", SYSFS_MAGIC);
	root = sysfs_super ? make_inode(S_IFDIR | 0555, (struct sysfs_node){ 0 }) : NULL;
	if (root)
		sysfs_super->root = dentry_create_root(sysfs_super, root);
	if (!root || !sysfs_super->root)
		panic("no memory for sysfs");
	file_system_register(&sysfs);
}
