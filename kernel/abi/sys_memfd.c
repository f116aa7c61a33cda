/* SPDX-License-Identifier: MIT */
/*
 * System calls that make files of memory: memfd_create(2), memfd_secret(2).
 */
#include "fs/fdtable.h"
#include "fs/memfd.h"
#include "lib/errno.h"
#include "vm/usercopy.h"

long sys_memfd_create(uaddr_t user_name, unsigned int flags)
{
	char name[MEMFD_NAME_MAX + 1];
	int error = memfd_check_flags(flags);
	long length;

	if (error)
		return error;
	length = copy_string_from_user(name, user_name, sizeof(name));
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	return fd_add(memfd_create(name, flags), flags & MFD_CLOEXEC);
}

long sys_memfd_secret(unsigned int flags)
{
	if (flags & ~(unsigned int)O_CLOEXEC)
		return -EINVAL;
	return fd_add(secretmem_create(), flags & O_CLOEXEC);
}
