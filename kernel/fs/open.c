/* SPDX-License-Identifier: MIT */
/*
 * open(2), openat2(2): from a name to an open file.
 *
 * Without O_CREAT the path is looked up as any other. With it the walk ends at the directory, which
 * is locked while the last component is looked up and, when there is none, made.
 */
#include "fs/file.h"
#include "fs/namei.h"
#include "fs/notify.h"
#include "ipc/pipe.h"

/* What fcntl(F_GETFL) does not show. */
enum { OPENING_FLAGS = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC };

static const struct file_ops path_only_ops;

/* --- checks --- */

static int access_wanted(u32 flags)
{
	static const u8 masks[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
				    MAY_READ | MAY_WRITE };
	int mask = masks[flags & O_ACCMODE];

	return flags & O_TRUNC ? mask | MAY_WRITE : mask;
}

/* What the type of the file alone forbids. */
static int check_type(const struct path *path, u32 flags, int mask)
{
	umode_t mode = path->dentry->inode->mode;

	switch (mode & S_IFMT) {
	case S_IFLNK: return -ELOOP;
	case S_IFDIR: return mask & MAY_WRITE || flags & O_CREAT ? -EISDIR : 0;
	case S_IFCHR:
	case S_IFBLK: return path->mount->flags & MS_NODEV ? -EACCES : 0;
	case S_IFREG: return mask & MAY_WRITE ? mount_want_write(path->mount) : 0;
	default: return 0;
	}
}

static int may_open(const struct path *path, u32 flags)
{
	struct inode *inode = path->dentry->inode;
	int mask = access_wanted(flags);
	int error = check_type(path, flags, mask);

	if (!error)
		error = inode_permission(inode, mask);
	if (!error && unlikely(flags & O_NOATIME) && !inode_owner_or_capable(inode))
		error = -EPERM;
	return error;
}

/* --- opening what was found --- */

/* Operations by the type of the inode; what it opens for writing is counted. */
static int choose_operations(struct file *file)
{
	struct inode *inode = file->inode;
	int error;

	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		if (file->mode & FMODE_WRITE) {
			error = inode_get_write(inode);
			if (error)
				return error;
			file->mode |= FMODE_WRITER;
		} else {
			atomic_fetch_add(&inode->readers, 1);
			file->mode |= FMODE_READER;
		}
		error = lease_break(inode, file->flags);
		if (error)
			return error;
		file->ops = inode->file_ops;
		break;
	case S_IFDIR: file->ops = inode->file_ops; break;
	case S_IFCHR:
		file->ops = chrdev_find(inode->rdev);
		if (file->ops && !file->ops->seek)
			file->mode |= FMODE_STREAM;
		break;
	default: break;
	}
	return file->ops ? 0 : -ENXIO;
}

static int start(struct file *file, u32 flags)
{
	int error;

	if (unlikely(flags & O_PATH)) {
		file->mode = FMODE_PATH;
		file->ops = &path_only_ops;
		return 0;
	}
	file->mode = (flags + 1) & (FMODE_READ | FMODE_WRITE);
	if (unlikely(S_ISFIFO(file->inode->mode))) {
		file->mode |= FMODE_STREAM;
		return fifo_open(file->inode, file);
	}
	error = choose_operations(file);
	if (!error && file->ops->open)
		error = file->ops->open(file->inode, file);
	return error;
}

/* Opens a path, whose references the file takes over. ERR_PTR: they stay the caller's. */
static struct file *open_found(const struct path *path, u32 flags)
{
	struct file *file = file_alloc(path, flags);
	int error;

	if (IS_ERR(file))
		return file;
	error = start(file, flags);
	if (unlikely(error)) {
		file_free(file);
		return ERR_PTR(error);
	}
	file->flags &= ~(u32)OPENING_FLAGS;
	if (!(flags & O_PATH))
		notify_file(file, IN_OPEN);
	return file;
}

struct file *file_open_path(const struct path *path, u32 flags)
{
	struct file *file;

	path_get(path);
	file = open_found(path, flags);
	if (IS_ERR(file))
		path_put(path);
	return file;
}

/* O_TRUNC writes, also for who opens for reading alone: not to a program that runs. */
static int truncate_opened(const struct file *file)
{
	struct inode *inode = file->inode;
	int error;

	if (file->mode & FMODE_WRITER)
		return path_set_size(&file->path, 0);
	error = inode_get_write(inode);
	if (error)
		return error;
	error = path_set_size(&file->path, 0);
	inode_put_write(inode);
	return error;
}

/* Opens a path that existed before, with permission checks; takes over its references always. */
static struct file *open_existing(const struct path *path, u32 flags)
{
	int error = likely(!(flags & O_PATH)) ? may_open(path, flags) : 0;
	struct file *file = error ? ERR_PTR(error) : open_found(path, flags);

	if (unlikely(IS_ERR(file))) {
		path_put(path);
		return file;
	}
	if (unlikely(flags & O_TRUNC) && S_ISREG(file->inode->mode))
		error = truncate_opened(file);
	if (unlikely(error)) {
		fput(file);
		return ERR_PTR(error);
	}
	return file;
}

/* --- O_CREAT --- */

/* Makes the file; its directory is locked. */
static int create_locked(const struct walk *walk, struct dentry *dentry, umode_t mode)
{
	struct inode *directory = walk->at.dentry->inode;
	int error = mount_want_write(walk->at.mount);

	if (!error)
		error = may_create(walk->at.dentry);
	if (error)
		return error;
	if (!directory->ops->create)
		return -EACCES;
	error = directory->ops->create(directory, dentry, S_IFREG | apply_umask(mode & 07777), 0);
	if (!error)
		notify_name(directory, IN_CREATE, dentry->inode, dentry->name, dentry->length);
	return error;
}

/* The last component's dentry, made if need be. ERR_PTR. */
static struct dentry *find_or_create(const struct walk *walk, umode_t mode, bool *created)
{
	struct inode *directory = walk->at.dentry->inode;
	struct dentry *dentry;
	int error;

	*created = false;
	mutex_lock(&directory->lock);
	dentry = directory_lookup(walk->at.dentry, &walk->last);
	if (!IS_ERR(dentry) && !dentry->inode) {
		error = create_locked(walk, dentry, mode);
		*created = !error;
		if (error) {
			dentry_put(dentry);
			dentry = ERR_PTR(error);
		}
	}
	mutex_unlock(&directory->lock);
	return dentry;
}

/* The path of a dentry in the walk's directory, whose reference it takes over: what is mounted
 * there. */
static struct path path_at(const struct walk *walk, struct dentry *dentry)
{
	struct path path = { walk->at.mount, dentry };

	spin_lock(&namespace_lock);
	path_cross_mounts(&path);
	path_get(&path);
	spin_unlock(&namespace_lock);
	dentry_put(dentry);
	return path;
}

/* Opens or creates where the walk stands. -EOPNOTSUPP, which nothing else gives here: it has
 * followed a symbolic link and stands elsewhere now. */
static struct file *create_step(struct walk *walk, u32 flags, umode_t mode)
{
	struct dentry *dentry;
	struct path path;
	struct file *file;
	bool created;
	int error;

	if (component_is_special(&walk->last) || walk->last.slash)
		return ERR_PTR(-EISDIR);
	dentry = find_or_create(walk, mode, &created);
	if (IS_ERR(dentry))
		return ERR_PTR(PTR_ERR(dentry));
	if (!created && flags & O_EXCL) {
		dentry_put(dentry);
		return ERR_PTR(-EEXIST);
	}
	if (S_ISLNK(dentry->inode->mode) && !(flags & O_NOFOLLOW)) {
		error = walk_follow_last(walk, dentry);
		dentry_put(dentry);
		return ERR_PTR(error ? error : -EOPNOTSUPP);
	}
	path = path_at(walk, dentry);
	if (!created)
		return open_existing(&path, flags);
	file = open_found(&path, flags);
	if (IS_ERR(file))
		path_put(&path);
	return file;
}

static struct file *open_create(int dirfd, const char *name, u32 flags, umode_t mode,
				unsigned int lookup)
{
	struct walk walk;
	struct file *file;
	int error = walk_parent(&walk, dirfd, name, lookup);

	if (error)
		return ERR_PTR(error);
	do {
		file = create_step(&walk, flags, mode);
	} while (IS_ERR(file) && PTR_ERR(file) == -EOPNOTSUPP);
	walk_end(&walk);
	return file;
}

/* --- entry points --- */

struct file *file_open_how(int dirfd, const char *name, u32 flags, umode_t mode,
			   unsigned int lookup)
{
	struct path path;
	int error;

	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	else
		flags |= O_LARGEFILE;
	if (unlikely((flags & O_TMPFILE) == O_TMPFILE))
		return ERR_PTR(-EOPNOTSUPP);
	if (flags & O_CREAT) {
		if (flags & O_DIRECTORY)
			return ERR_PTR(-EINVAL);
		return open_create(dirfd, name, flags, mode, lookup);
	}
	if (!(flags & O_NOFOLLOW))
		lookup |= LOOKUP_FOLLOW;
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	error = path_lookup(dirfd, name, lookup, &path);
	if (unlikely(error))
		return ERR_PTR(error);
	return open_existing(&path, flags);
}

struct file *file_open(int dirfd, const char *name, u32 flags, umode_t mode)
{
	return file_open_how(dirfd, name, flags, mode, 0);
}
