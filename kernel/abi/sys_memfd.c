/* SPDX-License-Identifier: MIT */
/*
 * System calls that make files of memory: memfd_create(2).
 */
#include "fs/fdtable.h"
#include "fs/memfd.h"
#include "lib/errno.h"
#include "vm/usercopy.h"

long sys_memfd_create(uaddr_t user_name, unsigned int flags)
{
	char name[MEMFD_NAME_MAX + 1];
	int error = memfd_check_flags(flags);
	struct file *file;
	long length;
	int fd;

	if (error)
		return error;
	length = copy_string_from_user(name, user_name, sizeof(name));
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	file = memfd_create(name, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = fd_add(file, flags & MFD_CLOEXEC);
	if (fd < 0)
		fput(file);
	return fd;
}
