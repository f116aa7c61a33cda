/* SPDX-License-Identifier: MIT */
/*
 * System calls that name a process by a descriptor: pidfd_open(2), pidfd_send_signal(2),
 * pidfd_getfd(2), process_madvise(2), process_mrelease(2). waitid(2) and clone(2) know them too.
 */
#include "abi/kill.h"
#include "abi/user_iovec.h"
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "procfs/procfs.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pidfd.h"
#include "vm/space.h"
#include "vm/usercopy.h"

/* pidfd_open(2). */
long sys_pidfd_open(pid_t pid, unsigned int flags)
{
	struct file *file;

	if (flags & ~(u32)(PIDFD_NONBLOCK | PIDFD_THREAD) || pid <= 0)
		return -EINVAL;
	file = pidfd_open_id(pid, flags);
	return fd_add(file, true);
}

/* The task behind a pidfd, with a reference; ERR_PTR(-EBADF), (-ESRCH). */
static struct task_struct *get_pidfd_task(int number)
{
	struct fd fd = fdget((unsigned int)number);
	struct pid_handle *handle = fd.file ? pidfd_handle(fd.file) : NULL;
	struct task_struct *task = ERR_PTR(-EBADF);

	if (handle) {
		task = pid_handle_task(handle);
		if (!task)
			task = ERR_PTR(-ESRCH);
	}
	fdput(fd);
	return task;
}

/* --- pidfd_send_signal --- */

enum signal_scope {
	PIDFD_SIGNAL_THREAD = 1,
	PIDFD_SIGNAL_THREAD_GROUP = 2,
	PIDFD_SIGNAL_PROCESS_GROUP = 4,
};

struct pidfd_target {
	pid_t id;
	struct task_struct *task; /* referenced; NULL: it was released */
};

/* What a descriptor names: a pidfd's task, or that of an open /proc/pid. -EBADF: nothing. */
static int get_target(struct file *file, struct pidfd_target *target)
{
	struct pid_handle *handle = pidfd_handle(file);

	if (handle) {
		target->id = handle->id;
		target->task = pid_handle_task(handle);
		return 0;
	}
	return proc_directory_task(file, &target->id, &target->task) ? 0 : -EBADF;
}

/* The caller's siginfo, or kill(2)'s. To others no program may pretend that the kernel or kill(2)
 * sent a signal. */
static int get_signal_info(struct siginfo *info, uaddr_t from, int signal, bool to_self, int code)
{
	if (!from) {
		*info = kill_info(signal, code);
		return 0;
	}
	if (copy_from_user(info, from, sizeof(*info)))
		return -EFAULT;
	if (info->signo != signal)
		return -EINVAL;
	return !to_self && (info->code >= 0 || info->code == SI_TKILL) ? -EPERM : 0;
}

static int send_to_target(const struct pidfd_target *target, int signal, const struct siginfo *info,
			  enum signal_scope scope)
{
	int error = -ESRCH;

	if (scope == PIDFD_SIGNAL_PROCESS_GROUP)
		return kill_group(signal, info, target->id);
	if (!target->task)
		return -ESRCH;
	spin_lock(&tasklist_lock);
	if (find_task_by_id(target->task->pid) == target->task)
		error = kill_checked(signal, info, target->task, scope != PIDFD_SIGNAL_THREAD);
	spin_unlock(&tasklist_lock);
	return error;
}

/* pidfd_send_signal(2). flags: 0, or one scope, which else is what the descriptor was opened for.
 */
long sys_pidfd_send_signal(int number, int signal, uaddr_t from, unsigned int flags)
{
	const u32 scopes =
		PIDFD_SIGNAL_THREAD | PIDFD_SIGNAL_THREAD_GROUP | PIDFD_SIGNAL_PROCESS_GROUP;
	enum signal_scope scope = (enum signal_scope)flags;
	struct pidfd_target target;
	struct siginfo info;
	struct fd fd;
	int error;

	if (flags & ~scopes || flags & (flags - 1))
		return -EINVAL;
	fd = fdget((unsigned int)number);
	if (!fd.file)
		return -EBADF;
	if (!flags)
		scope = fd.file->flags & PIDFD_THREAD ? PIDFD_SIGNAL_THREAD
						      : PIDFD_SIGNAL_THREAD_GROUP;
	error = get_target(fd.file, &target);
	fdput(fd);
	if (error)
		return error;
	error = get_signal_info(&info, from, signal,
				target.task == current && scope != PIDFD_SIGNAL_PROCESS_GROUP,
				scope == PIDFD_SIGNAL_THREAD ? SI_TKILL : SI_USER);
	if (!error)
		error = send_to_target(&target, signal, &info, scope);
	if (target.task)
		put_task_struct(target.task);
	return error;
}

/* --- pidfd_getfd --- */

/* The open file behind a descriptor of another task, with a reference. */
static struct file *get_task_file(struct task_struct *task, unsigned int number)
{
	struct files_struct *files;
	struct file *file;
	bool permitted;

	spin_lock(&tasklist_lock);
	permitted = may_inspect(task, true);
	spin_unlock(&tasklist_lock);
	if (!permitted)
		return ERR_PTR(-EPERM);
	files = get_task_files(task);
	file = files ? fget_shared(files, number) : NULL;
	if (files)
		files_put(files);
	if (!file)
		return ERR_PTR(task->flags & PF_EXITING ? -ESRCH : -EBADF);
	return file;
}

/* pidfd_getfd(2). */
long sys_pidfd_getfd(int number, unsigned int wanted, unsigned int flags)
{
	struct task_struct *task;
	struct file *file;

	if (flags)
		return -EINVAL;
	task = get_pidfd_task(number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	file = get_task_file(task, wanted);
	put_task_struct(task);
	return fd_add(file, true);
}

/* --- memory of another process --- */

/* A space that current may look into, with a user reference. */
static struct mm_struct *get_inspected_mm(struct task_struct *task)
{
	struct mm_struct *mm;
	bool permitted;

	spin_lock(&tasklist_lock);
	permitted = may_inspect(task, false);
	spin_unlock(&tasklist_lock);
	if (!permitted)
		return ERR_PTR(-EACCES);
	mm = get_task_mm(task);
	return mm ? mm : ERR_PTR(-ESRCH);
}

/* Takes the advice piece by piece: bytes that were advised, or the first one's error. */
static long advise_pieces(struct mm_struct *mm, struct uio *uio, int advice)
{
	u64 total = uio->left;
	int error = 0;

	while (uio->left && !error) {
		u64 length = MIN(uio->left, uio->pieces->length);

		error = vm_advise(mm, uio_address(uio), length, advice);
		if (!error)
			uio_advance(uio, length);
	}
	return total != uio->left ? (long)(total - uio->left) : error;
}

static long madvise_task(struct task_struct *task, struct uio *uio, int advice)
{
	struct mm_struct *mm;
	long result = -EPERM;

	if (!vm_advice_is_remote(advice))
		return -EINVAL;
	mm = get_inspected_mm(task);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	if (mm == current->mm || capable(CAP_SYS_NICE))
		result = advise_pieces(mm, uio, advice);
	mm_put_user(mm);
	return result;
}

/* process_madvise(2). */
long sys_process_madvise(int number, uaddr_t pieces, u64 count, int advice, unsigned int flags)
{
	struct user_iovec vector;
	struct task_struct *task;
	struct uio uio;
	long result;

	if (flags)
		return -EINVAL;
	result = user_iovec_get(&vector, pieces, count, &uio);
	if (result)
		return result;
	task = get_pidfd_task(number);
	result = PTR_ERR(task);
	if (!IS_ERR(task)) {
		result = madvise_task(task, &uio, advice);
		put_task_struct(task);
	}
	user_iovec_free(&vector);
	return result;
}

/* Does the process use the space, and goes on? tasklist_lock held. */
static bool lives_in(struct task_struct *leader, const struct mm_struct *mm)
{
	struct task_struct *thread;

	if (leader->signal->group_flags & SIGNAL_GROUP_EXIT)
		return false;
	for_each_thread (leader, thread)
		if (READ_ONCE(thread->mm) == mm)
			return true;
	return false;
}

/* Are all processes that use the space ending? */
static bool space_is_dying(const struct mm_struct *mm)
{
	struct task_struct *leader;
	bool dying = true;

	spin_lock(&tasklist_lock);
	for_each_process (leader)
		dying &= !lives_in(leader, mm);
	spin_unlock(&tasklist_lock);
	return dying;
}

/* process_mrelease(2): frees the memory of a process that was killed, while it may still wait for
 * something else before it can end. */
long sys_process_mrelease(int number, unsigned int flags)
{
	struct task_struct *task;
	struct mm_struct *mm;
	int error;

	if (flags)
		return -EINVAL;
	task = get_pidfd_task(number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return -ESRCH;
	error = space_is_dying(mm) ? vm_drop_private(mm) : -EINVAL;
	mm_put_user(mm);
	return error;
}
