/* SPDX-License-Identifier: MIT */
/*
 * prctl(2): operations on a process or thread that have no call of their own.
 */
#include "abi/capability.h"
#include "abi/seccomp.h"
#include "arch/vector.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "task/cred.h"
#include "task/signal.h"
#include "vm/space.h"
#include "vm/usercopy.h"

enum prctl_option {
	PR_SET_PDEATHSIG = 1,
	PR_GET_PDEATHSIG = 2,
	PR_GET_DUMPABLE = 3,
	PR_SET_DUMPABLE = 4,
	PR_GET_KEEPCAPS = 7,
	PR_SET_KEEPCAPS = 8,
	PR_GET_TIMING = 13,
	PR_SET_TIMING = 14,
	PR_SET_NAME = 15,
	PR_GET_NAME = 16,
	PR_GET_SECCOMP = 21,
	PR_SET_SECCOMP = 22,
	PR_CAPBSET_READ = 23,
	PR_CAPBSET_DROP = 24,
	PR_GET_SECUREBITS = 27,
	PR_SET_SECUREBITS = 28,
	PR_SET_TIMERSLACK = 29,
	PR_GET_TIMERSLACK = 30,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_GET_CHILD_SUBREAPER = 37,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS = 39,
	PR_GET_TID_ADDRESS = 40,
	PR_SET_THP_DISABLE = 41,
	PR_GET_THP_DISABLE = 42,
	PR_CAP_AMBIENT = 47,
	PR_RISCV_V_SET_CONTROL = 69,
	PR_RISCV_V_GET_CONTROL = 70,
};

enum { DEFAULT_TIMER_SLACK = 50000 };

static long set_name(uaddr_t name)
{
	char buffer[TASK_COMM_LEN];
	long length = copy_string_from_user(buffer, name, sizeof(buffer));

	if (length == -EFAULT)
		return length;
	buffer[sizeof(buffer) - 1] = '\0'; /* a longer name is cut */
	strlcpy(current->comm, buffer, sizeof(current->comm));
	return 0;
}

static long set_death_signal(unsigned long signal)
{
	if (signal > SIGRTMAX)
		return -EINVAL;
	current->pdeath_signal = (u8)signal;
	return 0;
}

static long set_dumpable(unsigned long dumpable)
{
	if (dumpable > DUMP_USER)
		return -EINVAL;
	current->mm->dumpable = (u8)dumpable;
	return 0;
}

static long set_no_new_privs(unsigned long set, unsigned long b, unsigned long c, unsigned long d)
{
	if (set != 1 || b || c || d)
		return -EINVAL;
	current->no_new_privs = true;
	return 0;
}

long sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	switch (option) {
	case PR_SET_PDEATHSIG: return set_death_signal(a);
	case PR_GET_PDEATHSIG: return put_user32(current->pdeath_signal, a);
	case PR_GET_DUMPABLE: return current->mm->dumpable;
	case PR_SET_DUMPABLE: return set_dumpable(a);
	case PR_GET_KEEPCAPS: return !!(current_cred()->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS: return prctl_set_keepcaps(a);
	case PR_GET_TIMING: return 0;
	case PR_SET_TIMING: return a ? -EINVAL : 0;
	case PR_SET_NAME: return set_name(a);
	case PR_GET_NAME: return copy_to_user(a, current->comm, sizeof(current->comm));
	case PR_GET_SECCOMP: return current->seccomp_mode;
	case PR_SET_SECCOMP: return prctl_set_seccomp(a, b);
	case PR_CAPBSET_READ: return prctl_read_bounding(a);
	case PR_CAPBSET_DROP: return prctl_drop_bounding(a);
	case PR_GET_SECUREBITS: return current_cred()->securebits;
	case PR_SET_SECUREBITS: return prctl_set_securebits(a);
	case PR_CAP_AMBIENT: return prctl_ambient(a, b, c, d);
	case PR_SET_TIMERSLACK: current->timer_slack = a ? a : DEFAULT_TIMER_SLACK; return 0;
	case PR_GET_TIMERSLACK:
		return (long)(current->timer_slack ? current->timer_slack : DEFAULT_TIMER_SLACK);
	case PR_SET_CHILD_SUBREAPER: current->signal->subreaper = a; return 0;
	case PR_GET_CHILD_SUBREAPER: return put_user32(current->signal->subreaper, a);
	case PR_SET_NO_NEW_PRIVS: return set_no_new_privs(a, b, c, d);
	case PR_GET_NO_NEW_PRIVS: return a || b || c || d ? -EINVAL : current->no_new_privs;
	case PR_SET_THP_DISABLE:
		if (b || c || d)
			return -EINVAL;
		current->mm->no_huge_pages = a;
		return 0;
	case PR_GET_THP_DISABLE: return a || b || c || d ? -EINVAL : current->mm->no_huge_pages;
	case PR_RISCV_V_SET_CONTROL: return arch_vector_set_control(a);
	case PR_RISCV_V_GET_CONTROL: return arch_vector_get_control();
	case PR_GET_TID_ADDRESS: return put_user64(current->clear_child_tid, a);
	}
	return -EINVAL;
}
