/* SPDX-License-Identifier: MIT */
/*
 * prctl(2): operations on a process or thread that have no call of their own.
 */
#include "abi/capability.h"
#include "abi/prctl_mm.h"
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
	PR_TASK_PERF_EVENTS_DISABLE = 31,
	PR_TASK_PERF_EVENTS_ENABLE = 32,
	PR_MCE_KILL = 33,
	PR_MCE_KILL_GET = 34,
	PR_SET_MM = 35,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_GET_CHILD_SUBREAPER = 37,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS = 39,
	PR_GET_TID_ADDRESS = 40,
	PR_SET_THP_DISABLE = 41,
	PR_GET_THP_DISABLE = 42,
	PR_CAP_AMBIENT = 47,
	PR_SET_IO_FLUSHER = 57,
	PR_GET_IO_FLUSHER = 58,
	PR_SET_MDWE = 65,
	PR_GET_MDWE = 66,
	PR_SET_MEMORY_MERGE = 67,
	PR_GET_MEMORY_MERGE = 68,
	PR_RISCV_V_SET_CONTROL = 69,
	PR_RISCV_V_GET_CONTROL = 70,
	PR_GET_AUXV = 0x41555856,
};
enum { PR_MCE_KILL_CLEAR, PR_MCE_KILL_SET };
enum { PR_MCE_KILL_LATE, PR_MCE_KILL_EARLY, PR_MCE_KILL_DEFAULT };

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

/* When to be told of broken memory. It is kept: no machine tells the kernel of any. */
static long set_memory_failure(unsigned long what, unsigned long policy, unsigned long c,
			       unsigned long d)
{
	u32 flags = 0;

	if (c || d)
		return -EINVAL;
	if (what == PR_MCE_KILL_CLEAR)
		return policy ? -EINVAL : (current->flags &= ~(u32)PF_MCE_PROCESS, 0);
	if (what != PR_MCE_KILL_SET || policy > PR_MCE_KILL_DEFAULT)
		return -EINVAL;
	if (policy != PR_MCE_KILL_DEFAULT)
		flags = PF_MCE_PROCESS | (policy == PR_MCE_KILL_EARLY ? PF_MCE_EARLY : 0);
	current->flags = (current->flags & ~(u32)(PF_MCE_PROCESS | PF_MCE_EARLY)) | flags;
	return 0;
}

static long get_memory_failure(void)
{
	if (!(current->flags & PF_MCE_PROCESS))
		return PR_MCE_KILL_DEFAULT;
	return current->flags & PF_MCE_EARLY ? PR_MCE_KILL_EARLY : PR_MCE_KILL_LATE;
}

/* Who serves as a file system's storage. Kept: nothing here is written out under pressure. */
static long set_io_flusher(unsigned long on, bool more)
{
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (more || on > 1)
		return -EINVAL;
	current->flags = (current->flags & ~(u32)PF_IO_FLUSHER) | (on ? PF_IO_FLUSHER : 0);
	return 0;
}

static long get_io_flusher(bool more)
{
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return more ? -EINVAL : (current->flags & PF_IO_FLUSHER) == PF_IO_FLUSHER;
}

enum { MDWE_BITS = SPACE_NO_EXEC_GAIN | SPACE_NOT_INHERITED }; /* they are the call's, too */

/* It cannot be taken back. */
static long set_no_exec_gain(unsigned long bits, bool more)
{
	struct mm_struct *mm = current->mm;
	int error = 0;
	u8 old;

	if (more || bits & ~(unsigned long)MDWE_BITS || bits == SPACE_NOT_INHERITED)
		return -EINVAL;
	mutex_lock(&mm->lock);
	old = mm->traits & MDWE_BITS;
	if (old && old != bits)
		error = -EPERM;
	else
		WRITE_ONCE(mm->traits, (u8)(mm->traits | bits));
	mutex_unlock(&mm->lock);
	return error;
}

static long set_merging(unsigned long on, bool more)
{
	struct mm_struct *mm = current->mm;

	if (more)
		return -EINVAL;
	mutex_lock(&mm->lock);
	WRITE_ONCE(mm->traits, (u8)((mm->traits & ~SPACE_MERGES) | (on ? SPACE_MERGES : 0)));
	mutex_unlock(&mm->lock);
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
	case PR_TASK_PERF_EVENTS_DISABLE:
	case PR_TASK_PERF_EVENTS_ENABLE: return 0; /* it has none */
	case PR_MCE_KILL: return set_memory_failure(a, b, c, d);
	case PR_MCE_KILL_GET: return a || b || c || d ? -EINVAL : get_memory_failure();
	case PR_SET_MM: return prctl_set_mm(a, b, c, d);
	case PR_SET_IO_FLUSHER: return set_io_flusher(a, b || c || d);
	case PR_GET_IO_FLUSHER: return get_io_flusher(a || b || c || d);
	case PR_SET_MDWE: return set_no_exec_gain(a, b || c || d);
	case PR_GET_MDWE: return a || b || c || d ? -EINVAL : current->mm->traits & MDWE_BITS;
	case PR_SET_MEMORY_MERGE: return set_merging(a, b || c || d);
	case PR_GET_MEMORY_MERGE:
		return a || b || c || d ? -EINVAL : !!(current->mm->traits & SPACE_MERGES);
	case PR_GET_AUXV: return c || d ? -EINVAL : prctl_get_auxv(a, b);
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
