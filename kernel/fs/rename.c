/* SPDX-License-Identifier: MIT */
/*
 * rename(2), renameat2(2).
 *
 * Locks, in this order: rename_lock when the directories differ, so that no other rename changes
 * who is below whom; the two directories, the upper one first, else by address; the victim.
 */
#include "fs/file.h"
#include "fs/namei.h"
#include "fs/notify.h"
#include "mm/slab.h"

static struct mutex rename_lock = MUTEX_INIT(rename_lock, MUTEX_RENAME);

struct renaming {
	struct walk from_walk, to_walk;
	struct dentry *from, *to;
	u32 flags;
};

static struct dentry *from_directory(const struct renaming *r)
{
	return r->from_walk.at.dentry;
}

static struct dentry *to_directory(const struct renaming *r)
{
	return r->to_walk.at.dentry;
}

static void lock_directories(const struct renaming *r)
{
	struct dentry *first = from_directory(r);
	struct dentry *second = to_directory(r);

	if (first == second) {
		mutex_lock(&first->inode->lock);
		return;
	}
	mutex_lock(&rename_lock);
	if (dentry_is_below(first, second) ||
	    (!dentry_is_below(second, first) && second->inode < first->inode)) {
		first = second;
		second = from_directory(r);
	}
	mutex_lock(&first->inode->lock);
	mutex_lock_nested(&second->inode->lock);
}

static void unlock_directories(const struct renaming *r)
{
	mutex_unlock(&from_directory(r)->inode->lock);
	if (from_directory(r) == to_directory(r))
		return;
	mutex_unlock(&to_directory(r)->inode->lock);
	mutex_unlock(&rename_lock);
}

/* --- checks, in the order in which Linux gives their errors --- */

static int check_existence(const struct renaming *r)
{
	if (!r->from->inode)
		return -ENOENT;
	if (r->flags & RENAME_NOREPLACE && r->to->inode)
		return -EEXIST;
	if (r->flags & RENAME_EXCHANGE && !r->to->inode)
		return -ENOENT;
	if (!inode_is_dir(r->from->inode) &&
	    (r->from_walk.last.slash || (!(r->flags & RENAME_EXCHANGE) && r->to_walk.last.slash)))
		return -ENOTDIR;
	if (r->flags & RENAME_EXCHANGE && !inode_is_dir(r->to->inode) && r->to_walk.last.slash)
		return -ENOTDIR;
	return 0;
}

/* rename_lock keeps the tree as it is meanwhile; within one directory there is no loop. */
static int check_loops(const struct renaming *r)
{
	if (from_directory(r) == to_directory(r))
		return 0;
	if (dentry_is_below(to_directory(r), r->from))
		return -EINVAL;
	if (r->to->inode && dentry_is_below(from_directory(r), r->to))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int check_permission(const struct renaming *r)
{
	int error = mount_want_write(r->from_walk.at.mount);

	if (!error)
		error = may_delete(from_directory(r), r->from);
	if (error)
		return error;
	if (r->to->inode)
		error = may_delete(to_directory(r), r->to);
	else
		error = may_create(to_directory(r));
	/* A directory that moves is written to: its "..". */
	if (!error && from_directory(r) != to_directory(r) && inode_is_dir(r->from->inode))
		error = inode_permission(r->from->inode, MAY_WRITE);
	return error;
}

static int check_types(const struct renaming *r)
{
	bool from_dir = inode_is_dir(r->from->inode);

	if (r->to->inode && !(r->flags & RENAME_EXCHANGE)) {
		bool to_dir = inode_is_dir(r->to->inode);

		if (from_dir && !to_dir)
			return -ENOTDIR;
		if (!from_dir && to_dir)
			return -EISDIR;
	}
	if ((r->from->flags | r->to->flags) & DENTRY_MOUNTPOINT)
		return -EBUSY;
	return from_directory(r)->inode->ops->rename ? 0 : -EPERM;
}

static int check_all(const struct renaming *r)
{
	int error = check_existence(r);

	if (!error)
		error = check_loops(r);
	if (!error)
		error = check_permission(r);
	return error ? error : check_types(r);
}

/* --- the act --- */

/* The directories are locked, all was checked. */
static int commit(struct renaming *r)
{
	struct inode *directory = from_directory(r)->inode;
	struct inode *victim = r->flags & RENAME_EXCHANGE ? NULL : r->to->inode;
	char *storage = dentry_name_storage(r->to);
	int error;

	if (IS_ERR(storage))
		return -ENOMEM;
	if (victim)
		lock_victim(victim);
	error = directory->ops->rename(directory, r->from, to_directory(r)->inode, r->to, r->flags);
	if (error) {
		kfree(storage);
	} else if (r->flags & RENAME_EXCHANGE) {
		kfree(storage);
		dentry_exchange(r->from, r->to);
	} else {
		dentry_move(r->from, r->to, storage);
	}
	if (victim)
		mutex_unlock(&victim->lock);
	return error;
}

/* One inode has moved from one name to another; victim: what lost its name by that, or NULL. */
static void tell_move(struct inode *inode, struct inode *from, const struct component *from_name,
		      struct inode *to, const struct component *to_name, struct inode *victim)
{
	u32 cookie = notify_cookie();

	notify_name_slow(from, IN_MOVED_FROM, inode, from_name->name, from_name->length, cookie);
	notify_name_slow(to, IN_MOVED_TO, inode, to_name->name, to_name->length, cookie);
	if (victim)
		notify_inode(victim, IN_ATTRIB);
	notify_inode(inode, IN_MOVE_SELF);
}

static void tell_renamed(const struct renaming *r)
{
	struct inode *from = from_directory(r)->inode, *to = to_directory(r)->inode;
	const struct component *from_name = &r->from_walk.last, *to_name = &r->to_walk.last;
	bool exchange = r->flags & RENAME_EXCHANGE;

	tell_move(r->from->inode, from, from_name, to, to_name, exchange ? NULL : r->to->inode);
	if (exchange)
		tell_move(r->to->inode, to, to_name, from, from_name, NULL);
}

static int rename_locked(struct renaming *r)
{
	int error;

	r->from = directory_lookup(from_directory(r), &r->from_walk.last);
	if (IS_ERR(r->from))
		return (int)PTR_ERR(r->from);
	r->to = directory_lookup(to_directory(r), &r->to_walk.last);
	if (IS_ERR(r->to)) {
		dentry_put(r->from);
		return (int)PTR_ERR(r->to);
	}
	error = check_all(r);
	if (error || r->from->inode == r->to->inode) /* two names of one file: nothing to do */
		return error;
	error = commit(r);
	if (!error && notify_wanted())
		tell_renamed(r);
	return error;
}

static int rename_between(struct renaming *r)
{
	int error;

	if (r->from_walk.at.mount != r->to_walk.at.mount)
		return -EXDEV;
	if (component_is_special(&r->from_walk.last))
		return -EBUSY;
	if (component_is_special(&r->to_walk.last))
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	r->from = ERR_PTR(-ENOENT);
	r->to = ERR_PTR(-ENOENT);
	lock_directories(r);
	error = rename_locked(r);
	unlock_directories(r);
	if (!IS_ERR(r->from) && !IS_ERR(r->to)) {
		dentry_put(r->from);
		dentry_put(r->to);
	}
	return error;
}

int name_rename(int from_fd, const char *from, int to_fd, const char *to, u32 flags)
{
	struct renaming r = { .flags = flags };
	int error;

	if (flags & ~(u32)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	error = walk_parent(&r.from_walk, from_fd, from, 0);
	if (error)
		return error;
	error = walk_parent(&r.to_walk, to_fd, to, 0);
	if (!error) {
		error = rename_between(&r);
		walk_end(&r.to_walk);
	}
	walk_end(&r.from_walk);
	return error;
}
