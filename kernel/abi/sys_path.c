/* SPDX-License-Identifier: MIT */
/*
 * System calls on names: openat(2), making, removing, renaming, links, working directory.
 *
 * Names are copied from user memory once (name_get), and the copy is given back at the end of each
 * call.
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "task/cred.h"
#include "vm/usercopy.h"

/* --- open --- */

/* Opens a name and gives the file a number. */
static long open_name(int dirfd, uaddr_t user_name, u32 flags, umode_t mode, unsigned int lookup)
{
	char *name = name_get(user_name);
	struct file *file;
	int fd;

	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = fd_reserve(0, flags & O_CLOEXEC);
	if (fd < 0)
		goto put_name;
	file = file_open_how(dirfd, name, flags, mode, lookup);
	if (IS_ERR(file)) {
		fd_unreserve(fd);
		fd = (int)PTR_ERR(file);
		goto put_name;
	}
	fd_install(fd, file);
put_name:
	name_put(name);
	return fd;
}

long sys_openat(int dirfd, uaddr_t name, u32 flags, umode_t mode)
{
	return open_name(dirfd, name, flags, mode, 0);
}

/* Flags that openat2(2) knows; openat ignores others. */
enum {
	OPEN_FLAGS_KNOWN = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
			   O_NONBLOCK | O_DSYNC | O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY |
			   O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_SYNC | O_PATH | O_TMPFILE,
	RESOLVE_KNOWN = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
			RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED,
	PERMISSION_BITS = 07777,
};

static int check_open_how(const struct open_how *how)
{
	if (how->flags & ~(u64)OPEN_FLAGS_KNOWN || how->resolve & ~(u64)RESOLVE_KNOWN)
		return -EINVAL;
	if (how->mode & ~(u64)PERMISSION_BITS || (how->mode && !(how->flags & O_CREAT)))
		return -EINVAL;
	if ((how->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) ==
	    (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return -EINVAL;
	if (how->flags & O_PATH &&
	    how->flags & ~(u64)(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
		return -EINVAL;
	return how->resolve & RESOLVE_CACHED ? -EAGAIN : 0;
}

static unsigned int resolve_to_lookup(u64 resolve)
{
	unsigned int lookup = 0;

	if (resolve & RESOLVE_NO_XDEV)
		lookup |= LOOKUP_NO_XDEV;
	if (resolve & RESOLVE_NO_MAGICLINKS)
		lookup |= LOOKUP_NO_MAGICLINKS;
	if (resolve & RESOLVE_NO_SYMLINKS)
		lookup |= LOOKUP_NO_SYMLINKS;
	if (resolve & RESOLVE_BENEATH)
		lookup |= LOOKUP_BENEATH;
	if (resolve & RESOLVE_IN_ROOT)
		lookup |= LOOKUP_IN_ROOT;
	return lookup;
}

long sys_openat2(int dirfd, uaddr_t name, uaddr_t user_how, size_t size)
{
	struct open_how how;
	int error;

	if (size < sizeof(how))
		return -EINVAL;
	if (size > sizeof(how))
		return -E2BIG;
	if (copy_from_user(&how, user_how, sizeof(how)))
		return -EFAULT;
	error = check_open_how(&how);
	if (error)
		return error;
	return open_name(dirfd, name, (u32)how.flags, (umode_t)how.mode,
			 resolve_to_lookup(how.resolve));
}

/* --- making --- */

static long make_node(int dirfd, uaddr_t user_name, umode_t mode, dev_t dev)
{
	char *name = name_get(user_name);
	long result;

	if (IS_ERR(name))
		return PTR_ERR(name);
	result = node_create(dirfd, name, mode, dev, NULL);
	name_put(name);
	return result;
}

long sys_mkdirat(int dirfd, uaddr_t name, umode_t mode)
{
	return make_node(dirfd, name, S_IFDIR | (mode & PERMISSION_BITS), 0);
}

long sys_mknodat(int dirfd, uaddr_t name, umode_t mode, u32 dev)
{
	umode_t type = mode & S_IFMT;

	if (!type)
		mode |= S_IFREG;
	if (type == S_IFDIR)
		return -EPERM;
	if (type && type != S_IFREG && type != S_IFIFO && type != S_IFSOCK && type != S_IFCHR &&
	    type != S_IFBLK)
		return -EINVAL;
	if ((type == S_IFCHR || type == S_IFBLK) && !capable(CAP_MKNOD))
		return -EPERM;
	return make_node(dirfd, name, mode & (S_IFMT | PERMISSION_BITS), dev);
}

long sys_symlinkat(uaddr_t user_target, int dirfd, uaddr_t user_name)
{
	char *target = name_get(user_target);
	char *name;
	long result;

	if (IS_ERR(target))
		return PTR_ERR(target);
	name = name_get(user_name);
	result = PTR_ERR(name);
	if (!IS_ERR(name)) {
		result = name_symlink(target, dirfd, name);
		name_put(name);
	}
	name_put(target);
	return result;
}

long sys_linkat(int from_fd, uaddr_t from, int dirfd, uaddr_t user_name, unsigned int flags)
{
	unsigned int lookup = 0;
	struct path path;
	char *name;
	long result;

	if (flags & ~(u32)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_SYMLINK_FOLLOW)
		lookup |= LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	result = user_path_lookup(from_fd, from, lookup, &path);
	if (result)
		return result;
	name = name_get(user_name);
	result = PTR_ERR(name);
	if (!IS_ERR(name)) {
		result = name_link(&path, dirfd, name);
		name_put(name);
	}
	path_put(&path);
	return result;
}

/* --- removing and renaming --- */

long sys_unlinkat(int dirfd, uaddr_t user_name, unsigned int flags)
{
	char *name;
	long result;

	if (flags & ~(u32)AT_REMOVEDIR)
		return -EINVAL;
	name = name_get(user_name);
	if (IS_ERR(name))
		return PTR_ERR(name);
	result = flags & AT_REMOVEDIR ? name_rmdir(dirfd, name) : name_unlink(dirfd, name);
	name_put(name);
	return result;
}

long sys_renameat2(int from_fd, uaddr_t user_from, int to_fd, uaddr_t user_to, unsigned int flags)
{
	char *from = name_get(user_from);
	char *to;
	long result;

	if (IS_ERR(from))
		return PTR_ERR(from);
	to = name_get(user_to);
	result = PTR_ERR(to);
	if (!IS_ERR(to)) {
		result = name_rename(from_fd, from, to_fd, to, flags);
		name_put(to);
	}
	name_put(from);
	return result;
}

/* --- symbolic links --- */

static long read_link(const struct path *path, uaddr_t buffer, size_t size)
{
	const struct inode *inode = path->dentry->inode;
	char *target;
	ssize_t length;

	if (!S_ISLNK(inode->mode) || !inode->ops->readlink)
		return -EINVAL;
	target = name_alloc();
	if (!target)
		return -ENOMEM;
	length = inode->ops->readlink(path->dentry, target, PATH_MAX);
	if (length > 0) {
		length = MIN(length, (ssize_t)size);
		if (copy_to_user(buffer, target, (size_t)length))
			length = -EFAULT;
	}
	name_put(target);
	return length;
}

long sys_readlinkat(int dirfd, uaddr_t name, uaddr_t buffer, int size)
{
	struct path path;
	long result;

	if (size <= 0)
		return -EINVAL;
	result = user_path_lookup(dirfd, name, LOOKUP_EMPTY, &path);
	if (result)
		return result;
	result = read_link(&path, buffer, (size_t)size);
	path_put(&path);
	return result;
}

/* --- working directory and root --- */

/* May current make that directory its own? */
static int check_directory(const struct path *path)
{
	if (!S_ISDIR(path->dentry->inode->mode))
		return -ENOTDIR;
	return inode_permission(path->dentry->inode, MAY_EXEC);
}

long sys_chdir(uaddr_t name)
{
	struct path path;
	long error = user_path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (error)
		return error;
	error = check_directory(&path);
	if (error)
		path_put(&path);
	else
		fs_set_cwd(path);
	return error;
}

long sys_fchdir(unsigned int fd)
{
	struct fd file = fdget_raw(fd);
	long error;

	if (!file.file)
		return -EBADF;
	error = check_directory(&file.file->path);
	if (!error) {
		path_get(&file.file->path);
		fs_set_cwd(file.file->path);
	}
	fdput(file);
	return error;
}

long sys_chroot(uaddr_t name)
{
	struct path path;
	long error = user_path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (error)
		return error;
	error = check_directory(&path);
	if (!error && !capable(CAP_SYS_CHROOT))
		error = -EPERM;
	if (error)
		path_put(&path);
	else
		fs_set_root(path);
	return error;
}

long sys_getcwd(uaddr_t buffer, size_t size)
{
	char *room = name_alloc();
	char *name;
	long length;

	if (!room)
		return -ENOMEM;
	name = cwd_name(room, PATH_MAX);
	if (IS_ERR(name)) {
		length = PTR_ERR(name);
	} else {
		length = (long)strlen(name) + 1;
		if ((size_t)length > size)
			length = -ERANGE;
		else if (copy_to_user(buffer, name, (size_t)length))
			length = -EFAULT;
	}
	name_put(room);
	return length;
}

long sys_umask(umode_t mask)
{
	struct fs_struct *fs = current->fs;
	umode_t old;

	spin_lock(&fs->lock);
	old = fs->umask;
	fs->umask = mask & 0777;
	spin_unlock(&fs->lock);
	return old;
}
