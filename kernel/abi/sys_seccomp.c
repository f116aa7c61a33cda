/* SPDX-License-Identifier: MIT */
/*
 * seccomp(2), and the same by prctl(2): decoding. The work is task/seccomp.c's.
 */
#include "abi/seccomp.h"

#include "lib/errno.h"
#include "task/seccomp.h"
#include "vm/usercopy.h"

#define FLAGS_KNOWN                                                                                \
	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |    \
	 SECCOMP_FILTER_FLAG_TSYNC_ESRCH)

static long set_strict(unsigned long flags, uaddr_t argument)
{
	return flags || argument ? -EINVAL : seccomp_set_strict();
}

static long set_filter(unsigned long flags, uaddr_t argument)
{
	struct sock_fprog program;
	int error;

	if (flags & ~(unsigned long)FLAGS_KNOWN)
		return -EINVAL;
	if (copy_from_user(&program, argument, sizeof(program)))
		return -EFAULT;
	if (!program.length || program.length > BPF_MAXINSNS)
		return -EINVAL;
	error = seccomp_may_filter();
	return error ? error : seccomp_add_filter(program.filter, program.length, flags);
}

static long get_action(unsigned long flags, uaddr_t argument)
{
	u32 action;

	if (flags)
		return -EINVAL;
	if (get_user32(&action, argument))
		return -EFAULT;
	return seccomp_action_known(action) ? 0 : -EOPNOTSUPP;
}

long sys_seccomp(unsigned int operation, unsigned int flags, uaddr_t argument)
{
	switch (operation) {
	case SECCOMP_SET_MODE_STRICT: return set_strict(flags, argument);
	case SECCOMP_SET_MODE_FILTER: return set_filter(flags, argument);
	case SECCOMP_GET_ACTION_AVAIL: return get_action(flags, argument);
	}
	return -EINVAL;
}

long prctl_set_seccomp(unsigned long mode, uaddr_t filter)
{
	switch (mode) {
	case SECCOMP_MODE_STRICT: return set_strict(0, 0);
	case SECCOMP_MODE_FILTER: return set_filter(0, filter);
	}
	return -EINVAL;
}
