/* SPDX-License-Identifier: MIT */
/*
 * Making and removing names: mknod(2), mkdir(2), symlink(2), link(2), unlink(2), rmdir(2).
 *
 * Each walks to the directory, locks it, looks the last component up, checks, and lets the file
 * system do it. A victim's lock is taken after its directory's. Renaming is in fs/rename.c.
 */
#include "fs/namei.h"

#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/notify.h"
#include "task/cred.h"

bool component_is_special(const struct component *part)
{
	return part->length == 0 || component_is_dot(part) || component_is_dotdot(part);
}

int may_create(struct dentry *directory)
{
	if (directory->flags & DENTRY_UNHASHED)
		return -ENOENT;
	return inode_permission(directory->inode, MAY_WRITE | MAY_EXEC);
}

/* In a directory with the sticky bit only the owner, of it or of the victim, may remove a name. */
static bool sticky_forbids(const struct inode *directory, const struct inode *victim)
{
	uid_t uid = current_cred()->fsuid;

	return directory->mode & S_ISVTX && uid != victim->uid && uid != directory->uid &&
	       !capable(CAP_FOWNER);
}

int may_delete(struct dentry *directory, struct dentry *victim)
{
	int error = inode_permission(directory->inode, MAY_WRITE | MAY_EXEC);

	if (error)
		return error;
	return sticky_forbids(directory->inode, victim->inode) ? -EPERM : 0;
}

/* --- making --- */

/* A name that is about to be made: its directory is locked, the dentry negative. */
struct creation {
	struct walk walk;
	struct dentry *dentry;
};

static void creation_end(struct creation *new)
{
	dentry_put(new->dentry);
	mutex_unlock(&new->walk.at.dentry->inode->lock);
	walk_end(&new->walk);
}

/* Is the name free, and may current make it? A path for a directory may end with slashes. */
static int creation_check(struct creation *new, bool directory)
{
	int error;

	if (new->dentry->inode)
		return -EEXIST;
	if (new->walk.last.slash && !directory)
		return -ENOENT;
	error = mount_want_write(new->walk.at.mount);
	return error ? error : may_create(new->walk.at.dentry);
}

static int creation_begin(struct creation *new, int dirfd, const char *name, bool directory)
{
	struct walk *walk = &new->walk;
	int error = walk_parent(walk, dirfd, name, 0);

	if (error)
		return error;
	if (component_is_special(&walk->last)) {
		walk_end(walk);
		return -EEXIST;
	}
	mutex_lock(&walk->at.dentry->inode->lock);
	new->dentry = directory_lookup(walk->at.dentry, &walk->last);
	if (IS_ERR(new->dentry)) {
		mutex_unlock(&walk->at.dentry->inode->lock);
		walk_end(walk);
		return (int)PTR_ERR(new->dentry);
	}
	error = creation_check(new, directory);
	if (error)
		creation_end(new);
	return error;
}

/* The directory is locked, so the name stays. */
static void tell_created(const struct creation *new)
{
	const struct dentry *dentry = new->dentry;

	notify_name(new->walk.at.dentry->inode, IN_CREATE, dentry->inode, dentry->name,
		    dentry->length);
}

umode_t apply_umask(umode_t mode)
{
	return current->fs ? mode & ~current->fs->umask : mode;
}

int node_create(int dirfd, const char *name, umode_t mode, dev_t dev, struct path *path)
{
	struct creation new;
	struct inode *directory;
	int error = creation_begin(&new, dirfd, name, S_ISDIR(mode));

	if (error)
		return error;
	directory = new.walk.at.dentry->inode;
	if (S_ISDIR(mode))
		mode &= S_IFDIR | S_ISVTX | 0777; /* set-id bits are the directory's to give on */
	error = -EPERM;
	if (directory->ops->create)
		error = directory->ops->create(directory, new.dentry, apply_umask(mode), dev);
	if (!error)
		tell_created(&new);
	if (!error && path) {
		*path = (struct path){ new.walk.at.mount, new.dentry };
		path_get(path);
	}
	creation_end(&new);
	return error;
}

int name_symlink(const char *target, int dirfd, const char *name)
{
	struct creation new;
	struct inode *directory;
	int error = creation_begin(&new, dirfd, name, false);

	if (error)
		return error;
	directory = new.walk.at.dentry->inode;
	error = -EPERM;
	if (directory->ops->symlink)
		error = directory->ops->symlink(directory, new.dentry, target);
	if (!error)
		tell_created(&new);
	creation_end(&new);
	return error;
}

/* The new name's directory is locked; the inode's lock protects its count. */
static int link_locked(struct creation *new, const struct path *from)
{
	struct inode *directory = new->walk.at.dentry->inode;
	struct inode *inode = from->dentry->inode;
	int error = -EPERM;

	if (from->mount != new->walk.at.mount)
		return -EXDEV;
	if (inode_is_dir(inode) || !directory->ops->link)
		return -EPERM;
	mutex_lock(&inode->lock);
	if (!inode->nlink)
		error = -ENOENT;
	else
		error = directory->ops->link(directory, new->dentry, inode);
	mutex_unlock(&inode->lock);
	return error;
}

int name_link(const struct path *from, int dirfd, const char *name)
{
	struct creation new;
	int error = creation_begin(&new, dirfd, name, false);

	if (error)
		return error;
	error = link_locked(&new, from);
	if (!error) {
		notify_inode(from->dentry->inode, IN_ATTRIB);
		tell_created(&new);
	}
	creation_end(&new);
	return error;
}

/* --- removing --- */

static int check_victim(const struct walk *walk, struct dentry *victim, bool directory)
{
	int error;

	if (!victim->inode)
		return -ENOENT;
	if (walk->last.slash && !directory)
		return inode_is_dir(victim->inode) ? -EISDIR : -ENOTDIR;
	error = mount_want_write(walk->at.mount);
	if (!error)
		error = may_delete(walk->at.dentry, victim);
	if (error)
		return error;
	if (inode_is_dir(victim->inode) != directory)
		return directory ? -ENOTDIR : -EISDIR;
	if (victim->flags & DENTRY_MOUNTPOINT)
		return -EBUSY;
	return walk->at.dentry->inode->ops->unlink ? 0 : -EPERM;
}

void lock_victim(struct inode *victim)
{
	if (inode_is_dir(victim))
		mutex_lock_nested(&victim->lock);
	else
		mutex_lock(&victim->lock);
}

/* The directory is locked. The victim's end comes before the news of its name, unless somebody uses
 * it still. */
static void tell_removed(struct inode *directory, struct dentry *victim)
{
	struct inode *inode = victim->inode;

	if (!inode_is_dir(inode))
		notify_inode(inode, IN_ATTRIB);
	if (inode->watches && !inode->nlink && refcount_read(&victim->refs) == 1)
		notify_inode_gone(inode);
	notify_name(directory, IN_DELETE, inode, victim->name, victim->length);
}

/* The directory is locked. */
static int remove_locked(struct walk *walk, struct dentry *victim, bool directory)
{
	struct inode *parent = walk->at.dentry->inode;
	struct inode *inode = victim->inode;
	int error = check_victim(walk, victim, directory);

	if (error)
		return error;
	lock_victim(inode);
	error = parent->ops->unlink(parent, victim);
	if (!error)
		dentry_unhash(victim);
	mutex_unlock(&inode->lock);
	if (!error && notify_wanted())
		tell_removed(parent, victim);
	return error;
}

/* What "/", "." and ".." answer to those who want to remove them. */
static int special_error(const struct component *last, bool directory)
{
	if (!directory)
		return -EISDIR;
	if (last->length == 0)
		return -EBUSY;
	return component_is_dot(last) ? -EINVAL : -ENOTEMPTY;
}

static int remove_name(int dirfd, const char *name, bool directory)
{
	struct walk walk;
	struct dentry *victim;
	int error = walk_parent(&walk, dirfd, name, 0);

	if (error)
		return error;
	if (component_is_special(&walk.last)) {
		error = special_error(&walk.last, directory);
		walk_end(&walk);
		return error;
	}
	mutex_lock(&walk.at.dentry->inode->lock);
	victim = directory_lookup(walk.at.dentry, &walk.last);
	error = IS_ERR(victim) ? (int)PTR_ERR(victim) : remove_locked(&walk, victim, directory);
	mutex_unlock(&walk.at.dentry->inode->lock);
	if (!IS_ERR(victim))
		dentry_put(victim);
	walk_end(&walk);
	return error;
}

int name_unlink(int dirfd, const char *name)
{
	return remove_name(dirfd, name, false);
}

int name_rmdir(int dirfd, const char *name)
{
	return remove_name(dirfd, name, true);
}
