/* SPDX-License-Identifier: MIT */
/*
 * From path names to paths: path_resolution(7), symlink(7), openat2(2).
 *
 * The walk goes from dentry to dentry under namespace_lock and takes references at its end only. It
 * drops the lock, keeping its place by an anchor, where it has to sleep: to ask a file system for a
 * name that is not in the hash, for the target of a symbolic link, or for a name's validity. A
 * symbolic link's text is put before the rest of the path in a new buffer, and the walk goes on in
 * that.
 *
 * W1: walk->at is valid under namespace_lock (D4 of fs/vfs.h), and while the lock is dropped, by
 *     walk->anchor or walk->pinned.
 * W2: a step that finds a dentry whose last reference is just being dropped answers -ESTALE, and
 *     the whole walk starts anew. Names of tmpfs are pinned, so it happens to names made on
 *     demand only.
 *
 * Entry points: path_lookup of fs/vfs.h, and fs/walk.h.
 */
#include "fs/walk.h"

#include "fs/fdtable.h"
#include "lib/string.h"

/* --- places --- */

/* "/" of the running task, or of the scope. namespace_lock is held. */
static const struct path *walk_root(const struct walk *walk)
{
	if (unlikely(walk->scope.dentry))
		return &walk->scope;
	return likely(current->fs) ? &current->fs->root : &namespace_root;
}

/* Working directory. namespace_lock is held. */
static const struct path *walk_cwd(void)
{
	return likely(current->fs) ? &current->fs->cwd : &namespace_root;
}

static bool path_equal(const struct path *a, const struct path *b)
{
	return a->dentry == b->dentry && a->mount == b->mount;
}

static void put_if_set(const struct path *path)
{
	if (path->dentry)
		path_put(path);
}

/* A reference to where the walk stands; namespace_lock is held. False: it is being freed (W2). */
static bool hold(const struct path *path)
{
	if (unlikely(!dentry_try_get(path->dentry)))
		return false;
	refcount_inc(&path->mount->refs);
	return true;
}

/* Drops namespace_lock; the place stays by the anchor (W1). On an error the lock is still held. */
static int walk_pause(struct walk *walk)
{
	struct path old = walk->anchor;
	struct dentry *pinned = walk->pinned;

	if (unlikely(!hold(&walk->at)))
		return -ESTALE;
	walk->anchor = walk->at;
	walk->pinned = NULL;
	spin_unlock(&namespace_lock);
	put_if_set(&old);
	if (pinned)
		dentry_put(pinned);
	return 0;
}

static void walk_resume(void)
{
	spin_lock(&namespace_lock);
}

/* --- permission to search a directory --- */

static int walk_may_search_slowly(struct walk *walk)
{
	int error = walk_pause(walk);

	if (error)
		return error;
	error = inode_permission(walk->at.dentry->inode, MAY_EXEC);
	walk_resume();
	return error;
}

static inline int walk_may_search(struct walk *walk)
{
	const struct inode *inode = walk->at.dentry->inode;

	if (unlikely(!inode_is_dir(inode)))
		return -ENOTDIR;
	if (unlikely(inode->ops->permission))
		return walk_may_search_slowly(walk);
	if (likely((inode->mode & 0111) == 0111))
		return 0;
	return generic_permission(inode, MAY_EXEC);
}

/* --- names that the file system is asked about --- */

/* Asks the file system for a name that is not in the hash, or not valid. The child is pinned. */
static struct dentry *walk_ask(struct walk *walk, const struct component *part)
{
	struct dentry *child;
	int error = walk_pause(walk);

	if (error)
		return ERR_PTR(error);
	child = lookup_existing(walk->at.dentry, part);
	walk_resume();
	if (!IS_ERR(child))
		walk->pinned = child;
	return child;
}

/* A child whose file system wants to be asked whether the name is still valid: the child, pinned.
 */
static struct dentry *walk_revalidate(struct walk *walk, struct dentry *child,
				      const struct component *part)
{
	struct dentry *valid = child;
	int error;

	if (!dentry_try_get(child))
		return ERR_PTR(-ESTALE);
	error = walk_pause(walk);
	if (error) {
		spin_unlock(&namespace_lock);
		dentry_put(child);
		walk_resume();
		return ERR_PTR(error);
	}
	if (!dentry_is_valid(child)) {
		dentry_unhash(child);
		dentry_put(child);
		valid = lookup_existing(walk->at.dentry, part);
	}
	walk_resume();
	if (!IS_ERR(valid))
		walk->pinned = valid;
	return valid;
}

/* --- symbolic links --- */

/* Makes the link's text, and what is left of the path after it, the path. No lock is held. */
static int walk_take_text(struct walk *walk, struct dentry *link)
{
	char *buffer = name_alloc();
	size_t rest = strlen(walk->rest);
	ssize_t length;
	int error = -ENOMEM;

	if (!buffer)
		return error;
	length = link->inode->ops->readlink(link, buffer, PATH_MAX);
	error = length < 0 ? (int)length : -ENOENT;
	if (length <= 0)
		goto free;
	error = -ENAMETOOLONG;
	if ((size_t)length + 1 + rest + 1 > PATH_MAX)
		goto free;
	if (rest)
		buffer[length++] = '/';
	memcpy(buffer + length, walk->rest, rest + 1);
	if (walk->buffer)
		name_put(walk->buffer);
	walk->buffer = buffer;
	walk->rest = buffer;
	return 0;
free:
	name_put(buffer);
	return error;
}

/* Follows a link that leads to an object: the walk stands there. -EOPNOTSUPP: it has a text. */
static int walk_take_object(struct walk *walk, struct dentry *link)
{
	struct path target;
	int error;

	if (!link->inode->ops->follow)
		return -EOPNOTSUPP;
	error = link->inode->ops->follow(link, &target);
	if (error)
		return error;
	if (walk->flags & (LOOKUP_NO_MAGICLINKS | LOOKUP_BENEATH | LOOKUP_IN_ROOT)) {
		path_put(&target);
		return walk->flags & LOOKUP_NO_MAGICLINKS ? -ELOOP : -EXDEV;
	}
	put_if_set(&walk->anchor);
	walk->anchor = target;
	walk->at = target;
	return 0;
}

/* Follows a link, to which the caller has a reference, found in walk->at; no lock is held, and the
 * place is anchored. */
static int walk_follow(struct walk *walk, struct dentry *link)
{
	int error;

	if (walk->links++ >= SYMLINK_DEPTH_MAX || walk->flags & LOOKUP_NO_SYMLINKS)
		return -ELOOP;
	if (!link->inode->ops->readlink)
		return -EINVAL;
	error = walk_take_object(walk, link);
	if (error != -EOPNOTSUPP)
		return error;
	error = walk_take_text(walk, link);
	if (error || walk->rest[0] != '/')
		return error;
	if (walk->flags & LOOKUP_BENEATH)
		return -EXDEV;
	walk->rest = skip_slashes(walk->rest);
	spin_lock(&namespace_lock);
	walk->at = *walk_root(walk);
	if (!hold(&walk->at))
		error = -ESTALE;
	spin_unlock(&namespace_lock);
	put_if_set(&walk->anchor);
	walk->anchor = error ? (struct path){ 0 } : walk->at;
	return error;
}

/* The same from within the walk, with namespace_lock held before and after. */
static int walk_follow_found(struct walk *walk, struct dentry *link)
{
	int error;

	if (!dentry_try_get(link))
		return -ESTALE;
	error = walk_pause(walk);
	if (error)
		spin_unlock(&namespace_lock);
	else
		error = walk_follow(walk, link);
	dentry_put(link);
	walk_resume();
	return error;
}

/* --- steps --- */

/* ".." from a mount's root leads to the mount's place in its parent; the task's root is its own
 * parent. */
static int walk_up(struct walk *walk)
{
	while (!path_equal(&walk->at, walk_root(walk))) {
		struct mount *mount = walk->at.mount;

		if (walk->at.dentry != mount->root) {
			walk->at.dentry = walk->at.dentry->parent;
			path_cross_mounts(&walk->at);
			return 0;
		}
		if (!mount->parent)
			return 0;
		if (walk->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
		walk->at = (struct path){ mount->parent, mount->mountpoint };
	}
	return walk->flags & LOOKUP_BENEATH ? -EXDEV : 0;
}

static int walk_enter_mount(struct walk *walk)
{
	struct mount *before = walk->at.mount;

	path_cross_mounts(&walk->at);
	if (walk->flags & LOOKUP_NO_XDEV && walk->at.mount != before)
		return -EXDEV;
	return 0;
}

/* Goes to a child that is not negative. */
static int walk_enter(struct walk *walk, struct dentry *child, const struct component *part)
{
	if (unlikely(S_ISLNK(child->inode->mode)) &&
	    (!part->final || part->slash || walk->flags & LOOKUP_FOLLOW))
		return walk_follow_found(walk, child);
	walk->at.dentry = child;
	if (unlikely(child->flags & DENTRY_MOUNTPOINT))
		return walk_enter_mount(walk);
	return 0;
}

static int walk_step(struct walk *walk, const struct component *part)
{
	struct dentry *child;

	if (unlikely(part->name[0] == '.')) {
		if (component_is_dot(part))
			return 0;
		if (component_is_dotdot(part))
			return walk_up(walk);
	}
	if (unlikely(part->length > NAME_MAX))
		return -ENAMETOOLONG;
	child = dentry_find(walk->at.dentry, part);
	if (unlikely(!child)) {
		if (!walk->at.dentry->inode->ops->lookup)
			return -ENOENT;
		child = walk_ask(walk, part);
	} else if (unlikely(child->inode->ops->revalidate)) {
		child = walk_revalidate(walk, child, part);
	}
	if (IS_ERR(child))
		return (int)PTR_ERR(child);
	return walk_enter(walk, child, part);
}

/* Walks to the end, or with LOOKUP_PARENT to the last component. namespace_lock is held. */
static int walk_on(struct walk *walk)
{
	struct component part;
	int error;

	walk->last.length = 0;
	while (*walk->rest) {
		const char *next = component_scan(walk->rest, &part);

		error = walk_may_search(walk);
		if (unlikely(error))
			return error;
		walk->rest = next;
		if (part.final) {
			if (part.slash)
				walk->flags |= LOOKUP_DIRECTORY;
			if (walk->flags & LOOKUP_PARENT) {
				walk->last = part;
				return 0;
			}
		}
		error = walk_step(walk, &part);
		if (unlikely(error))
			return error;
	}
	return 0;
}

/* --- beginning and end --- */

/* Frees what a walk holds but its result. */
static void walk_drop(struct walk *walk)
{
	put_if_set(&walk->anchor);
	if (unlikely(walk->pinned))
		dentry_put(walk->pinned);
	if (unlikely(walk->scope.dentry))
		path_put(&walk->scope);
	if (unlikely(walk->buffer))
		name_put(walk->buffer);
}

/* Stands at a descriptor's directory, anchored. */
static int walk_start_at(struct walk *walk, int dirfd)
{
	struct fd fd = fdget_raw((unsigned int)dirfd);

	if (!fd.file)
		return -EBADF;
	walk->anchor = fd.file->path;
	path_get(&walk->anchor);
	walk->at = walk->anchor;
	fdput(fd);
	return 0;
}

/* openat2's scope is where the walk starts. namespace_lock is held. */
static int walk_set_scope(struct walk *walk)
{
	if (!hold(&walk->at))
		return -ESTALE;
	walk->scope = walk->at;
	return 0;
}

/* Sets a walk up; on success it stands at its start and namespace_lock is held. */
static int walk_begin(struct walk *walk, int dirfd, const char *name, unsigned int flags)
{
	bool absolute = name[0] == '/' && !(flags & LOOKUP_IN_ROOT);
	int error = 0;

	walk->rest = skip_slashes(name);
	walk->buffer = NULL;
	walk->flags = flags;
	walk->links = 0;
	walk->anchor.dentry = NULL;
	walk->pinned = NULL;
	walk->scope.dentry = NULL;
	if (absolute && flags & LOOKUP_BENEATH)
		return -EXDEV;
	if (!absolute && dirfd != AT_FDCWD)
		error = walk_start_at(walk, dirfd);
	if (error)
		return error;
	spin_lock(&namespace_lock);
	if (absolute)
		walk->at = *walk_root(walk);
	else if (dirfd == AT_FDCWD)
		walk->at = *walk_cwd();
	if (unlikely(flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)))
		error = walk_set_scope(walk);
	if (error)
		spin_unlock(&namespace_lock);
	return error;
}

/* The walk is at its end: takes the references for the caller. namespace_lock is held. */
static int walk_result(struct walk *walk, struct path *path)
{
	if (walk->flags & LOOKUP_DIRECTORY && !inode_is_dir(walk->at.dentry->inode))
		return -ENOTDIR;
	if (unlikely(!hold(&walk->at)))
		return -ESTALE;
	*path = walk->at;
	return 0;
}

static int lookup_once(int dirfd, const char *name, unsigned int flags, struct path *path)
{
	struct walk walk;
	int error = walk_begin(&walk, dirfd, name, flags);

	if (!error) {
		error = walk_on(&walk);
		if (likely(!error))
			error = walk_result(&walk, path);
		spin_unlock(&namespace_lock);
	}
	walk_drop(&walk);
	return error;
}

int path_lookup(int dirfd, const char *name, unsigned int flags, struct path *path)
{
	int error;

	if (unlikely(!name[0]) && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	do {
		error = lookup_once(dirfd, name, flags, path);
	} while (unlikely(error == -ESTALE));
	return error;
}

/* Ends the walk to a parent: anchors its place and unlocks. */
static int parent_reached(struct walk *walk)
{
	int error = walk_pause(walk);

	if (error)
		spin_unlock(&namespace_lock);
	return error;
}

static int parent_once(struct walk *walk, int dirfd, const char *name, unsigned int flags)
{
	int error = walk_begin(walk, dirfd, name, flags | LOOKUP_PARENT);

	if (!error) {
		error = walk_on(walk);
		if (error)
			spin_unlock(&namespace_lock);
		else
			error = parent_reached(walk);
	}
	if (error)
		walk_drop(walk);
	return error;
}

int walk_parent(struct walk *walk, int dirfd, const char *name, unsigned int flags)
{
	int error;

	if (!name[0])
		return -ENOENT;
	do {
		error = parent_once(walk, dirfd, name, flags);
	} while (unlikely(error == -ESTALE));
	return error;
}

int walk_follow_last(struct walk *walk, struct dentry *link)
{
	int error = walk_follow(walk, link);

	if (error)
		return error;
	walk_resume();
	error = walk_on(walk);
	if (error)
		spin_unlock(&namespace_lock);
	else
		error = parent_reached(walk);
	return error;
}

void walk_end(struct walk *walk)
{
	walk_drop(walk);
}
