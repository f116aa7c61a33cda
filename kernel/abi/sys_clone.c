/* SPDX-License-Identifier: MIT */
/*
 * System calls that make, change, end and wait for tasks: clone(2), clone3(2), execve(2), exit(2),
 * wait4(2), unshare(2). Decoding and checks of arguments; the work is task/'s.
 */
#include "fs/fdtable.h"
#include "ipc/sysv_sem.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "task/cred.h"
#include "task/exec.h"
#include "task/nsproxy.h"
#include "task/pid_ns.h"
#include "task/pidfd.h"
#include "task/process.h"
#include "task/signal.h"
#include "task/wait.h"
#include "uapi/process.h"
#include "vm/usercopy.h"

/* --- clone --- */

long sys_clone(u64 flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t tls, uaddr_t child_tid)
{
	struct clone_args_kernel args = {
		.flags = flags & (u32)~CSIGNAL,
		.exit_signal = (int)(flags & CSIGNAL),
		.stack = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
		.pidfd = parent_tid,
	};

	return kernel_clone(&args);
}

/* A structure of the caller's version: shorter ones are filled up with zeros, longer ones must be
 * zero beyond what is known. */
static int get_clone_args(struct clone_args *args, uaddr_t from, size_t size)
{
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	memset(args, 0, sizeof(*args));
	if (copy_from_user(args, from, MIN(size, sizeof(*args))))
		return -EFAULT;
	for (size_t at = sizeof(*args); at < size; at++) {
		u8 byte;

		if (get_user8(&byte, from + at))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return 0;
}

static int check_clone_args(const struct clone_args *args)
{
	const u64 known = CLONE_CLEAR_SIGHAND | UINT32_MAX;

	if (args->flags & ~known || args->flags & (CLONE_DETACHED | CSIGNAL))
		return -EINVAL;
	if (args->exit_signal > SIGRTMAX || !args->stack != !args->stack_size)
		return -EINVAL;
	if (args->flags & (CLONE_THREAD | CLONE_PARENT) && args->exit_signal)
		return -EINVAL;
	if (args->flags & CLONE_CLEAR_SIGHAND && args->flags & CLONE_SIGHAND)
		return -EINVAL;
	if (args->set_tid || args->set_tid_size)
		return -EINVAL; /* choosing ids is not offered */
	return 0;
}

long sys_clone3(uaddr_t from, size_t size)
{
	struct clone_args args;
	struct clone_args_kernel inside;
	int error = get_clone_args(&args, from, size);

	if (!error)
		error = check_clone_args(&args);
	if (error)
		return error;
	inside = (struct clone_args_kernel){
		.flags = args.flags,
		.exit_signal = (int)args.exit_signal,
		.stack = args.stack ? args.stack + args.stack_size : 0,
		.tls = args.tls,
		.parent_tid = args.parent_tid,
		.child_tid = args.child_tid,
		.pidfd = args.pidfd,
	};
	return kernel_clone(&inside);
}

/* --- exec --- */

long sys_execve(uaddr_t name, uaddr_t arguments, uaddr_t environment)
{
	return user_execve(AT_FDCWD, name, arguments, environment, 0);
}

long sys_execveat(int dirfd, uaddr_t name, uaddr_t arguments, uaddr_t environment, int flags)
{
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return user_execve(dirfd, name, arguments, environment, flags);
}

/* --- exit --- */

long noreturn sys_exit(int status)
{
	do_exit((status & 0xff) << 8);
}

long noreturn sys_exit_group(int status)
{
	do_group_exit((status & 0xff) << 8);
}

long sys_set_tid_address(uaddr_t address)
{
	current->clear_child_tid = address;
	return current->vpid;
}

/* --- wait --- */

static pid_t current_pgrp_vnr(void)
{
	return pid_to_vnr(current->signal->pgid);
}

long sys_wait4(pid_t pid, uaddr_t status, unsigned int options, uaddr_t usage)
{
	const unsigned int known =
		WNOHANG | WUNTRACED | WCONTINUED | WAIT_NOTHREAD | WAIT_ALL | WAIT_CLONE;
	struct rusage used;
	struct wait_request request = {
		.type = pid == -1  ? P_ALL
			: pid <= 0 ? P_PGID
				   : P_PID,
		.id = pid == 0	? current_pgrp_vnr()
		      : pid < 0 ? -pid
				: pid,
		.options = options | WEXITED,
		.usage = usage ? &used : NULL,
	};
	pid_t found;

	if (options & ~known)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	found = do_wait(&request);
	if (found <= 0)
		return found;
	if (status && put_user32((u32)request.status, status))
		return -EFAULT;
	if (usage && copy_to_user(usage, &used, sizeof(used)))
		return -EFAULT;
	return found;
}

/* What waitid(2) tells of a status: the exit value, or the signal. */
static int status_value(const struct wait_request *request)
{
	switch (request->code) {
	case CLD_EXITED: return request->status >> 8 & 0xff;
	case CLD_STOPPED:
	case CLD_TRAPPED: return request->status >> 8;
	case CLD_CONTINUED: return SIGCONT;
	default: return request->status & 0x7f;
	}
}

static int put_wait_info(const struct wait_request *request, pid_t found, uaddr_t to)
{
	struct siginfo info;

	memset(&info, 0, sizeof(info));
	if (found > 0) {
		info.signo = SIGCHLD;
		info.code = request->code;
		info.child.pid = found;
		info.child.uid = request->uid;
		info.child.status = status_value(request);
	}
	return copy_to_user(to, &info, sizeof(info));
}

/* A wait for the process of a pidfd; one that does not block answers -EAGAIN instead of nothing. */
static pid_t wait_pidfd(struct wait_request *request, int number)
{
	struct fd fd = fdget((unsigned int)number);
	bool nonblocking = fd.file && fd.file->flags & O_NONBLOCK && !(request->options & WNOHANG);
	pid_t found = -EBADF;

	request->handle = fd.file ? pidfd_handle(fd.file) : NULL;
	if (nonblocking)
		request->options |= WNOHANG;
	if (request->handle)
		found = do_wait(request);
	fdput(fd);
	return found || !nonblocking ? found : -EAGAIN;
}

long sys_waitid(int type, pid_t id, uaddr_t info, unsigned int options, uaddr_t usage)
{
	const unsigned int events = WEXITED | WSTOPPED | WCONTINUED;
	const unsigned int known =
		events | WNOHANG | WNOWAIT | WAIT_NOTHREAD | WAIT_ALL | WAIT_CLONE;
	struct rusage used;
	struct wait_request request = {
		.type = (enum wait_id)type,
		.id = type == P_PGID && !id ? current_pgrp_vnr() : id,
		.options = options,
		.usage = usage ? &used : NULL,
	};
	pid_t found;

	if (options & ~known || !(options & events))
		return -EINVAL;
	if (type < P_ALL || type > P_PIDFD)
		return -EINVAL;
	if ((type == P_PID && id <= 0) || (type != P_ALL && id < 0))
		return -EINVAL;
	found = type == P_PIDFD ? wait_pidfd(&request, id) : do_wait(&request);
	if (found < 0)
		return found;
	if (found > 0 && usage && copy_to_user(usage, &used, sizeof(used)))
		return -EFAULT;
	if (info && put_wait_info(&request, found, info))
		return -EFAULT;
	return 0;
}

/* --- name spaces --- */

long sys_unshare(u64 flags)
{
	const u64 alone = CLONE_FS | CLONE_FILES | CLONE_NEW_HAVE | CLONE_SYSVSEM;
	/* Sharing these cannot be ended while there are other threads; alone there is nothing to
	 * do. */
	const u64 single = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
	int error = 0;

	if (flags & ~(alone | single))
		return -EINVAL;
	if (flags & CLONE_NEWPID)
		flags |= CLONE_THREAD;
	if (flags & CLONE_NEWNS)
		flags |= CLONE_FS;
	if (flags & single && current->signal->nr_threads > 1)
		return -EINVAL;
	if (flags & CLONE_NEW_HAVE && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & CLONE_FS)
		error = fs_unshare();
	if (!error && flags & CLONE_FILES)
		error = files_unshare();
	if (!error && flags & CLONE_SYSVSEM)
		exit_sem(current);
	if (!error && flags & CLONE_NEW_HAVE)
		error = unshare_namespaces(flags);
	return error;
}

/* By a pidfd: any of the name spaces of a process. */
static int setns_pidfd(struct file *file, u32 kinds)
{
	struct pid_handle *handle = pidfd_handle(file);
	struct task_struct *task;
	int error;

	if (!handle || !kinds || kinds & ~(u32)(CLONE_NEW_HAVE | CLONE_NEW_ONLY))
		return -EINVAL;
	task = pid_handle_task(handle);
	if (!task)
		return -ESRCH;
	error = enter_namespaces_of(task, kinds);
	put_task_struct(task);
	return error;
}

long sys_setns(int number, int kinds)
{
	struct fd fd = fdget((unsigned int)number);
	struct ns_common *ns = fd.file ? ns_of_file(fd.file) : NULL;
	long error = -EBADF;

	if (ns && kinds && (u32)kinds != ns->kind->flag)
		error = -EINVAL;
	else if (ns)
		error = enter_namespace(ns);
	else if (fd.file)
		error = setns_pidfd(fd.file, (u32)kinds);
	fdput(fd);
	return error;
}
