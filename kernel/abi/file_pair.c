/* SPDX-License-Identifier: MIT */
/*
 * Two new open files at once (file_pair.h): reserve, tell, install.
 */
#include "abi/file_pair.h"

#include "fs/fdtable.h"
#include "vm/usercopy.h"

int install_file_pair(struct file *const ends[2], uaddr_t to, bool cloexec)
{
	s32 fds[2];
	int error;

	fds[0] = fd_reserve(0, cloexec);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_reserve(0, cloexec);
	error = fds[1];
	if (error < 0)
		goto unreserve_first;
	error = copy_to_user(to, fds, sizeof(fds));
	if (error)
		goto unreserve_both;
	fd_install(fds[0], ends[0]);
	fd_install(fds[1], ends[1]);
	return 0;

unreserve_both:
	fd_unreserve(fds[1]);
unreserve_first:
	fd_unreserve(fds[0]);
	return error;
}
