/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2).
 */
#include "fs/fdtable.h"
#include "ipc/userfaultfd.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "vm/userfault.h"

long sys_userfaultfd(unsigned int flags)
{
	bool user_only = flags & UFFD_USER_MODE_ONLY;

	/* Who can hold up the kernel's own accesses to memory can hold up much else. */
	if (!user_only && !userfault_unprivileged && !capable(CAP_SYS_PTRACE))
		return -EPERM;
	if (flags & ~(unsigned int)(UFFD_USER_MODE_ONLY | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	return fd_add(userfaultfd_create(user_only, flags), flags & O_CLOEXEC);
}
