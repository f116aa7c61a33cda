/* SPDX-License-Identifier: MIT */
/*
 * What the files of fs/ share with each other and with nobody else.
 */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include "base/lock.h"
#include "fs/component.h"
#include "fs/vfs.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "uapi/statfs.h"

/* --- dentry.c --- */

extern spinlock_t namespace_lock; /* RANK_NAMESPACE */

/* Under namespace_lock: the hashed child of that name which somebody still refers to, without a
 * reference; or NULL. */
struct dentry *dentry_find(struct dentry *parent, const struct component *part);
/* The hashed child of that name with a reference; NULL. */
struct dentry *dentry_get_child(struct dentry *parent, const char *name, size_t length) must_check;
/* A new negative dentry, not hashed, with one reference; takes one to the parent. NULL. */
struct dentry *dentry_create(struct dentry *parent, const char *name, size_t length) must_check;
/* A dentry without parent and file system: the name of a pipe or the like. NULL. */
struct dentry *dentry_create_anonymous(const char *name, struct inode *inode) must_check;
/* Adds the reference that stands for the name's existence, until dentry_unhash(). */
void dentry_pin(struct dentry *dentry);
/* Takes a reference to a dentry found under namespace_lock; false: it is being freed. */
static inline bool dentry_try_get(struct dentry *dentry)
{
	return refcount_inc_not_zero(&dentry->refs);
}
static inline struct dentry *dentry_get(struct dentry *dentry)
{
	refcount_inc(&dentry->refs);
	return dentry;
}
void dentry_release(struct dentry *dentry);	     /* slow part of dentry_put */
static inline void dentry_put(struct dentry *dentry) /* may sleep; no spinlock held */
{
	if (unlikely(refcount_dec_and_test(&dentry->refs)))
		dentry_release(dentry);
}
/* Gives from the place and name of to, which is negative, or leaves the hash. storage: memory for a
 * name that is too long for the dentry (see dentry_name_storage), taken over. */
void dentry_move(struct dentry *from, struct dentry *to, char *storage);
/* Memory that dentry_move() will need: NULL when none, ERR_PTR(-ENOMEM). */
char *dentry_name_storage(const struct dentry *to) must_check;
void dentry_exchange(struct dentry *a, struct dentry *b);
/* Unpins everything below root: the end of a file system that lives in its dentries. */
void dentry_prune(struct dentry *root);
/* Under MUTEX_RENAME: is ancestor the dentry itself or above it? */
bool dentry_is_below(struct dentry *dentry, const struct dentry *ancestor);
void dentry_init(void);

/* --- inode.c --- */

static inline bool inode_is_dir(const struct inode *inode)
{
	return S_ISDIR(inode->mode);
}
void inode_touch(struct inode *inode); /* content changed: mtime and ctime are now */
void inode_stat(struct inode *inode, struct kstat *stat); /* inode_ops.getattr when there is none */
/* Sets what attr->valid names but the size: for inode_ops.setattr. */
void inode_set_attributes(struct inode *inode, const struct iattr *attr);
/* Changes the count of links under inode->lock or while nobody else has the inode. */
void inode_link(struct inode *inode);
void inode_unlink(struct inode *inode);
bool inode_owner_or_capable(const struct inode *inode); /* current owns it, or has CAP_FOWNER */
void inode_init(void);

/* Counts a writer, unless the file is being executed: -ETXTBSY. */
int inode_get_write(struct inode *inode) must_check;
void inode_put_write(struct inode *inode);

/* --- mount.c --- */

extern struct path namespace_root; /* [I] after vfs_init */
extern struct mutex mount_lock;	   /* MUTEX_MOUNT: held while mounts join or leave a tree */
/* [mount_lock and namespace_lock to change, either to read] struct mount in any tree */
extern struct list_head mounts;

/* A mount that shows a file system from root on, not in the tree; takes over the reference to
 * super. NULL: no memory (super is put then). */
struct mount *mount_create(struct super *super, struct dentry *root, const char *source,
			   u32 flags) must_check;
void mount_release(struct mount *mount);
static inline void mount_put(struct mount *mount)
{
	if (unlikely(refcount_dec_and_test(&mount->refs)))
		mount_release(mount);
}
/* Under namespace_lock: may the mount be put at a place? 0, -EINVAL, -ENOENT, -ENOTDIR, -EBUSY. */
int mount_check_place(const struct mount *mount, const struct path *at) must_check;
/* Is it the ancestor, or mounted somewhere below it? */
bool mount_is_below(const struct mount *mount, const struct mount *ancestor);
/* Under both locks: takes a mount out of the tree; *was is its place, whose references are the
 * caller's then. */
void mount_unlink(struct mount *mount, struct path *was);
/* mount_tree.c. Under mount_lock: forgets which copy is whose (mount->copy), and frees them unless
 * they are in use. */
void mount_end_copies(bool free);
/* As mount_bind(), with all that is mounted below. */
int mount_bind_tree(const struct path *at, const struct path *from) must_check;
/* Under both locks: puts a mount into the tree at a place, NULL for a root; finds one of a name
 * space that has no others below it. */
void mount_link(struct mount *mount, const struct path *at);
struct mount *mount_leaf_of(const struct mnt_ns *ns);
/* Releases both locks, after it has taken a mount without others below (NULL: none) out of the
 * tree; the tree's reference to it is dropped. May sleep. */
void mount_remove_unlock(struct mount *leaf);
/* Under namespace_lock: goes down to the topmost mount at path. */
void path_cross_mounts(struct path *path);
/* 0, or -EROFS when nothing may be changed through this mount. */
static inline int mount_want_write(const struct mount *mount)
{
	return unlikely((mount->flags | mount->super->mount_flags) & MS_RDONLY) ? -EROFS : 0;
}
void mount_init(void);

/* --- path_name.c --- */

/* path_name(); *reached tells whether the task's root is above the path. */
char *path_name_reached(const struct path *path, char *buffer, size_t size, bool *reached);
/* A dentry's name within its file system. ERR_PTR(-ENAMETOOLONG). */
char *dentry_name(struct dentry *dentry, char *buffer, size_t size);

/* --- name.c --- */

void name_init(void);

/* --- super.c --- */

/* The one of that name; NULL. They stay for ever. Takes namespace_lock. */
struct file_system *file_system_find(const char *name);

/* --- file.c --- */

/* A file on path, whose references it takes over when it is opened for good; without operations and
 * mode. ERR_PTR(-ENOMEM). */
struct file *file_alloc(const struct path *path, u32 flags) must_check;
void file_free(struct file *file); /* one that was never opened: the path stays the caller's */
void file_init(void);

/* --- fdtable.c --- */

/* Waits until nobody tries to take a reference to a file that has none (FD4). */
void fget_wait(const struct file *file);

/* --- locks.c --- */

void locks_release_file(struct file *file); /* last fput: flock and open-file-description locks */
/* close(2): the record locks on the file that belong to the table of descriptors. */
void locks_release_owner(struct file *file, const void *owner);
void locks_free(struct inode *inode);

/* --- lease.c --- */

/* Asks whoever holds a lease that an open with those flags conflicts with to give it up, and waits.
 * The inode is counted as open so. 0, -EAGAIN (O_NONBLOCK), -ERESTARTSYS. */
int lease_break_slow(struct inode *inode, u32 flags) must_check;
static inline int must_check lease_break(struct inode *inode, u32 flags)
{
	return unlikely(READ_ONCE(inode->locks)) ? lease_break_slow(inode, flags) : 0;
}

/* --- devices and other files of the kernel's own --- */

const struct file_ops *chrdev_find(dev_t dev); /* chrdev.c; NULL: no such device */
/* devfs.c: a node in every devtmpfs. name may start with directories. May sleep. */
void devfs_add(const char *name, umode_t mode, dev_t dev);
void devfs_init(void);
void mem_devices_init(void); /* mem_devices.c */
void kmsg_init(void);	     /* kmsg.c */
void anon_init(void);	     /* anon.c */
void sysfs_init(void);	     /* sysfs.c */
void nsfs_init(void);	     /* nsfs.c */
void files_init(void);	     /* fdtable.c */
void memfd_init(void);	     /* memfd.c */

#endif
