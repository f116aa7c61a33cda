/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2): decoding, and moving data between the tracer's memory and what its tracee has. The
 * work on the tracee is task/'s (task/ptrace.h), its registers are arch/regset.h's.
 *
 * But for attaching, interrupting and killing, the tracee has stopped and is frozen while its data
 * is moved; so user memory may be touched, and nothing of the tracee changes under it.
 */
#include "arch/regset.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "task/pid.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "uapi/ptrace.h"
#include "vm/space.h"
#include "vm/uio.h"
#include "vm/usercopy.h"

static bool signal_valid_or_none(u64 signal)
{
	return signal <= SIGRTMAX;
}

/* --- memory --- */

/* One word at an address of the tracee's; -EIO when there is none. */
static int access_word(struct task_struct *task, uaddr_t address, u64 *word, bool write)
{
	struct mm_struct *mm = get_task_mm(task);
	ssize_t moved;

	if (!mm)
		return -EIO;
	moved = vm_access(mm, address, word, sizeof(*word), write, true);
	mm_put_user(mm);
	return moved == sizeof(*word) ? 0 : -EIO;
}

static int peek(struct task_struct *task, uaddr_t address, uaddr_t to)
{
	u64 word;
	int error = access_word(task, address, &word, false);

	return error ? error : put_user64(word, to);
}

/* --- registers --- */

static int get_registers(struct task_struct *task, u64 type, struct iovec user)
{
	struct regset set;
	int error = arch_regset_get(task, type, &set);

	for (unsigned int i = 0; i < ARRAY_SIZE(set.piece) && !error; i++) {
		u64 size = MIN(user.length, (u64)set.piece[i].size);

		error = copy_to_user(user.base, set.piece[i].data, size);
		user.base += size;
		user.length -= size;
	}
	return error;
}

static int set_registers(struct task_struct *task, u64 type, struct iovec user)
{
	void *bytes = kmalloc(user.length);
	int error;

	if (!bytes)
		return -ENOMEM;
	error = copy_from_user(bytes, user.base, user.length);
	if (!error)
		error = arch_regset_set(task, type, bytes, user.length);
	kfree(bytes);
	return error;
}

/* The length of the tracer's buffer becomes how much was moved, or the set's largest size. */
static int access_registers(struct task_struct *task, u64 type, uaddr_t vector, bool set)
{
	size_t size = arch_regset_size(type);
	struct iovec user;
	int error;

	if (copy_from_user(&user, vector, sizeof(user)))
		return -EFAULT;
	if (!size || user.length % arch_regset_unit(type))
		return -EINVAL;
	user.length = MIN(user.length, (u64)size);
	error = set ? set_registers(task, type, user) : get_registers(task, type, user);
	if (error)
		return error;
	return put_user64(user.length, vector + offsetof(struct iovec, length));
}

/* --- system calls --- */

static size_t describe_entry(struct ptrace_syscall_info *info, const struct trap_frame *frame)
{
	info->op = PTRACE_SYSCALL_INFO_ENTRY;
	info->entry.nr = frame->a7;
	info->entry.args[0] = frame->orig_a0;
	memcpy(&info->entry.args[1], &frame->a1, 5 * sizeof(u64));
	return offsetof(struct ptrace_syscall_info, entry) + sizeof(info->entry);
}

static size_t describe_seccomp(struct ptrace_syscall_info *info, const struct trap_frame *frame,
			       u64 data)
{
	describe_entry(info, frame);
	info->op = PTRACE_SYSCALL_INFO_SECCOMP;
	info->seccomp.ret_data = (u32)data;
	return offsetof(struct ptrace_syscall_info, seccomp.ret_data) +
	       sizeof(info->seccomp.ret_data);
}

static size_t describe_exit(struct ptrace_syscall_info *info, const struct trap_frame *frame)
{
	info->op = PTRACE_SYSCALL_INFO_EXIT;
	info->exit.rval = (s64)frame->a0;
	info->exit.is_error = IS_ERR((const void *)frame->a0);
	return offsetof(struct ptrace_syscall_info, exit.is_error) + sizeof(info->exit.is_error);
}

/* What is used of *info, by the stop that the task is in. */
static size_t describe_call(struct task_struct *task, struct ptrace_syscall_info *info)
{
	const struct trap_frame *frame = thread_frame(&task->ti);
	struct siginfo stop;

	*info = (struct ptrace_syscall_info){
		.arch = AUDIT_ARCH_RISCV64,
		.instruction_pointer = frame->pc,
		.stack_pointer = frame->sp,
	};
	if (ptrace_get_siginfo(task, &stop))
		stop.code = 0;
	if (stop.code == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
		return describe_seccomp(info, frame, task->trace_message);
	if (stop.code == (SIGTRAP | SYSCALL_STOP_BIT)) {
		if (task->trace_message == PTRACE_EVENTMSG_SYSCALL_ENTRY)
			return describe_entry(info, frame);
		if (task->trace_message == PTRACE_EVENTMSG_SYSCALL_EXIT)
			return describe_exit(info, frame);
	}
	return offsetof(struct ptrace_syscall_info, entry);
}

static long get_syscall_info(struct task_struct *task, size_t size, uaddr_t to)
{
	struct ptrace_syscall_info info;
	size_t used = describe_call(task, &info);

	return copy_to_user(to, &info, MIN(size, used)) ? -EFAULT : (long)used;
}

/* --- signals --- */

static int get_siginfo(struct task_struct *task, uaddr_t to)
{
	struct siginfo info;
	int error = ptrace_get_siginfo(task, &info);

	return error ? error : copy_to_user(to, &info, sizeof(info));
}

static int set_siginfo(struct task_struct *task, uaddr_t from)
{
	struct siginfo info;

	if (copy_from_user(&info, from, sizeof(info)))
		return -EFAULT;
	return ptrace_set_siginfo(task, &info);
}

/* How many were copied. */
static long peek_siginfo(struct task_struct *task, uaddr_t question, uaddr_t to)
{
	struct ptrace_peeksiginfo_args args;
	struct siginfo info;
	s32 done;

	if (copy_from_user(&args, question, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~(u32)PTRACE_PEEKSIGINFO_SHARED || args.count < 0)
		return -EINVAL;
	if (args.offset > UINT32_MAX)
		return 0;
	for (done = 0; done < args.count && !current_signal_pending(); done++) {
		if (!ptrace_peek_siginfo(task, args.flags & PTRACE_PEEKSIGINFO_SHARED,
					 args.offset + (u64)done, &info))
			break;
		if (copy_to_user(to + (u64)done * sizeof(info), &info, sizeof(info)))
			return done ? done : -EFAULT;
		cond_resched();
	}
	return done;
}

static int get_sigmask(struct task_struct *task, u64 size, uaddr_t to)
{
	return size == sizeof(u64) ? put_user64(ptrace_get_sigmask(task), to) : -EINVAL;
}

static int set_sigmask(struct task_struct *task, u64 size, uaddr_t from)
{
	u64 mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user64(&mask, from))
		return -EFAULT;
	ptrace_set_sigmask(task, mask);
	return 0;
}

/* --- requests --- */

/* Zeros when the task has none. */
static long get_rseq(const struct task_struct *task, u64 size, uaddr_t to)
{
	struct ptrace_rseq_configuration rseq = { .rseq_abi_pointer = task->rseq };

	if (task->rseq) {
		rseq.rseq_abi_size = task->rseq_length;
		rseq.signature = task->rseq_signature;
	}
	if (copy_to_user(to, &rseq, MIN(size, sizeof(rseq))))
		return -EFAULT;
	return sizeof(rseq);
}

static int resume(struct task_struct *task, u64 signal, bool stop_at_syscalls)
{
	if (!signal_valid_or_none(signal))
		return -EIO;
	ptrace_resume(task, (int)signal, stop_at_syscalls);
	return 0;
}

static int detach(struct task_struct *task, u64 signal)
{
	if (!signal_valid_or_none(signal))
		return -EIO;
	ptrace_detach(task, (int)signal);
	return 0;
}

static int set_options(struct task_struct *task, u64 options)
{
	if (options & ~(u64)PTRACE_O_MASK)
		return -EINVAL;
	ptrace_set_options(task, (u32)options);
	return 0;
}

/* Those that need the tracee stopped. EIO: riscv has no such request (PEEKUSER, SINGLESTEP ...). */
static long request_frozen(struct task_struct *task, long request, u64 address, u64 data)
{
	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA: return peek(task, address, data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA: return access_word(task, address, &data, true);
	case PTRACE_CONT: return resume(task, data, false);
	case PTRACE_SYSCALL: return resume(task, data, true);
	case PTRACE_DETACH: return detach(task, data);
	case PTRACE_LISTEN: return ptrace_listen(task);
	case PTRACE_OLDSETOPTIONS:
	case PTRACE_SETOPTIONS: return set_options(task, data);
	case PTRACE_GETEVENTMSG: return put_user64(task->trace_message, data);
	case PTRACE_GETSIGINFO: return get_siginfo(task, data);
	case PTRACE_SETSIGINFO: return set_siginfo(task, data);
	case PTRACE_PEEKSIGINFO: return peek_siginfo(task, address, data);
	case PTRACE_GETSIGMASK: return get_sigmask(task, address, data);
	case PTRACE_SETSIGMASK: return set_sigmask(task, address, data);
	case PTRACE_GETREGSET: return access_registers(task, address, data, false);
	case PTRACE_SETREGSET: return access_registers(task, address, data, true);
	case PTRACE_GET_RSEQ_CONFIGURATION: return get_rseq(task, address, data);
	case PTRACE_GET_SYSCALL_INFO: return get_syscall_info(task, address, data);
	}
	return -EIO;
}

static int attach(struct task_struct *task, long request, u64 address, u64 options)
{
	bool seize = request == PTRACE_SEIZE;

	if (seize && (address || options & ~(u64)PTRACE_O_MASK))
		return -EIO;
	return ptrace_attach(task, seize, seize ? (u32)options : 0);
}

static long request_running(struct task_struct *task, long request)
{
	if (!ptrace_is_mine(task))
		return -ESRCH;
	if (request == PTRACE_INTERRUPT)
		return ptrace_interrupt(task);
	send_signal(SIGKILL, NULL, task);
	return 0;
}

static long request_for(struct task_struct *task, long request, u64 address, u64 data)
{
	long result;

	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		return attach(task, request, address, data);
	if (request == PTRACE_INTERRUPT || request == PTRACE_KILL)
		return request_running(task, request);
	result = ptrace_freeze(task);
	if (result)
		return result;
	result = request_frozen(task, request, address, data);
	ptrace_unfreeze(task);
	return result;
}

long sys_ptrace(long request, pid_t pid, u64 address, u64 data)
{
	struct task_struct *task;
	long result;

	if (request == PTRACE_TRACEME)
		return ptrace_traceme();
	task = get_task_by_pid(pid);
	if (!task)
		return -ESRCH;
	result = request_for(task, request, address, data);
	put_task_struct(task);
	return result;
}
