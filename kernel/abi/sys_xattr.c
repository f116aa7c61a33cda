/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes (xattr(7)): no file has any, and none can be set, as on a file system that
 * does not know them. The calls find their file, and say so.
 */
#include "fs/fdtable.h"
#include "fs/vfs.h"
#include "lib/errno.h"

static long no_attribute_of(uaddr_t name, unsigned int lookup, long answer)
{
	struct path path;
	long error = user_path_lookup(AT_FDCWD, name, lookup, &path);

	if (error)
		return error;
	path_put(&path);
	return answer;
}

static long no_attribute_of_fd(unsigned int fd, long answer)
{
	struct fd file = fdget(fd);

	fdput(file);
	return file.file ? answer : -EBADF;
}

/* --- setxattr(2) --- */

long sys_setxattr(uaddr_t name)
{
	return no_attribute_of(name, LOOKUP_FOLLOW, -EOPNOTSUPP);
}

long sys_lsetxattr(uaddr_t name)
{
	return no_attribute_of(name, 0, -EOPNOTSUPP);
}

long sys_fsetxattr(unsigned int fd)
{
	return no_attribute_of_fd(fd, -EOPNOTSUPP);
}

/* --- getxattr(2) --- */

long sys_getxattr(uaddr_t name)
{
	return no_attribute_of(name, LOOKUP_FOLLOW, -EOPNOTSUPP);
}

long sys_lgetxattr(uaddr_t name)
{
	return no_attribute_of(name, 0, -EOPNOTSUPP);
}

long sys_fgetxattr(unsigned int fd)
{
	return no_attribute_of_fd(fd, -EOPNOTSUPP);
}

/* --- listxattr(2) --- */

long sys_listxattr(uaddr_t name)
{
	return no_attribute_of(name, LOOKUP_FOLLOW, 0);
}

long sys_llistxattr(uaddr_t name)
{
	return no_attribute_of(name, 0, 0);
}

long sys_flistxattr(unsigned int fd)
{
	return no_attribute_of_fd(fd, 0);
}

/* --- removexattr(2) --- */

long sys_removexattr(uaddr_t name)
{
	return no_attribute_of(name, LOOKUP_FOLLOW, -EOPNOTSUPP);
}

long sys_lremovexattr(uaddr_t name)
{
	return no_attribute_of(name, 0, -EOPNOTSUPP);
}

long sys_fremovexattr(unsigned int fd)
{
	return no_attribute_of_fd(fd, -EOPNOTSUPP);
}
