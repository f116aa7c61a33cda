/* SPDX-License-Identifier: MIT */
/*
 * inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2), decoded. The work is fs/'s.
 */
#include "fs/fdtable.h"
#include "fs/inotify.h"
#include "lib/errno.h"

/* inotify_init1(2). */
long sys_inotify_init1(unsigned int flags)
{
	if (flags & ~(u32)(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	return fd_add(inotify_create(flags), flags & IN_CLOEXEC);
}

static int watch_path(struct file *file, uaddr_t name, u32 mask)
{
	unsigned int lookup = (mask & IN_DONT_FOLLOW ? 0 : (unsigned int)LOOKUP_FOLLOW) |
			      (mask & IN_ONLYDIR ? (unsigned int)LOOKUP_DIRECTORY : 0);
	struct path path;
	int result = user_path_lookup(AT_FDCWD, name, lookup, &path);

	if (result)
		return result;
	result = inode_permission(path.dentry->inode, MAY_READ);
	if (!result)
		result = inotify_watch(file, path.dentry->inode, mask);
	path_put(&path);
	return result;
}

/* inotify_add_watch(2). */
long sys_inotify_add_watch(int number, uaddr_t name, u32 mask)
{
	struct fd fd;
	long result = -EINVAL;

	if (mask & ~IN_KNOWN || !mask)
		return -EINVAL;
	fd = fdget((unsigned int)number);
	if (!fd.file)
		return -EBADF;
	if (file_is_inotify(fd.file) && !(mask & IN_MASK_ADD && mask & IN_MASK_CREATE))
		result = watch_path(fd.file, name, mask);
	fdput(fd);
	return result;
}

/* inotify_rm_watch(2). */
long sys_inotify_rm_watch(int number, int wd)
{
	struct fd fd = fdget((unsigned int)number);
	long result = -EINVAL;

	if (!fd.file)
		return -EBADF;
	if (file_is_inotify(fd.file))
		result = inotify_unwatch(fd.file, wd);
	fdput(fd);
	return result;
}
