/* SPDX-License-Identifier: MIT */
/*
 * execve(2), for the system calls. (For init: kernel_execve() of task/process.h.)
 */
#ifndef TASK_EXEC_H
#define TASK_EXEC_H

#include "lib/types.h"

/* execveat(2). name is the user address of a string, the others of arrays of such addresses, or 0.
 * flags: AT_EMPTY_PATH (then the name may be empty, and dirfd is the file), AT_SYMLINK_NOFOLLOW. 0:
 * current's frame starts the program; or -errno, and the caller goes on. May sleep. */
long user_execve(int dirfd, uaddr_t name, uaddr_t arguments, uaddr_t environment,
		 int flags) must_check;

#endif
