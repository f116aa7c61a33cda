/* SPDX-License-Identifier: MIT */
/*
 * process_vm_readv(2), process_vm_writev(2): bytes between the caller's memory and another
 * process's, through a page of the kernel's; kcmp(2): do two processes share something?
 */
#include "abi/user_iovec.h"
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/pid.h"
#include "task/ptrace.h"
#include "vm/space.h"

/* --- memory --- */

/* One run of the other's memory. Bytes moved; fewer than size where either side's memory ends. */
static ssize_t move_run(struct mm_struct *mm, uaddr_t address, struct uio *local, char *buffer,
			size_t size, bool write)
{
	ssize_t moved;

	if (write) {
		moved = uio_copy_in(local, buffer, size);
		return moved > 0 ? vm_access(mm, address, buffer, (size_t)moved, true, false)
				 : moved;
	}
	moved = vm_access(mm, address, buffer, size, false, false);
	return moved > 0 ? uio_copy_out(local, buffer, (size_t)moved) : moved;
}

/* All bytes moved, or -errno when there are none. */
static ssize_t move(struct mm_struct *mm, struct uio *remote, struct uio *local, bool write)
{
	char *buffer = kmalloc(PAGE_SIZE);
	ssize_t done = 0, moved = 0;

	if (!buffer)
		return -ENOMEM;
	while (remote->left && local->left) {
		u64 run = MIN(MIN(uio_run(remote), local->left), (u64)PAGE_SIZE);

		moved = move_run(mm, uio_address(remote), local, buffer, run, write);
		if (moved > 0)
			done += moved;
		if (moved != (ssize_t)run)
			break;
		uio_advance(remote, run);
	}
	kfree(buffer);
	return done || moved >= 0 ? done : moved;
}

/* The space of a process that current may trace, with a user reference. ERR_PTR. */
static struct mm_struct *space_of(pid_t pid)
{
	struct task_struct *task = get_task_by_pid(pid);
	struct mm_struct *mm = ERR_PTR(-EPERM);

	if (!task)
		return ERR_PTR(-ESRCH);
	if (ptrace_may_access(task, PTRACE_REALCREDS))
		mm = get_task_mm(task);
	put_task_struct(task);
	return mm ? mm : ERR_PTR(-ESRCH);
}

static long move_with(pid_t pid, struct uio *local, uaddr_t pieces, u64 count, bool write)
{
	struct user_iovec vector;
	struct uio remote;
	struct mm_struct *mm;
	long result = user_iovec_get(&vector, pieces, count, &remote);

	if (result)
		return result;
	if (remote.left) {
		mm = space_of(pid);
		result = PTR_ERR(mm);
		if (!IS_ERR(mm)) {
			result = move(mm, &remote, local, write);
			mm_put_user(mm);
		}
	}
	user_iovec_free(&vector);
	return result;
}

static long process_vm(pid_t pid, uaddr_t local, u64 local_count, uaddr_t remote, u64 remote_count,
		       unsigned long flags, bool write)
{
	struct user_iovec vector;
	struct uio uio;
	long result;

	if (flags)
		return -EINVAL;
	result = user_iovec_get(&vector, local, local_count, &uio);
	if (result)
		return result;
	if (uio.left)
		result = move_with(pid, &uio, remote, remote_count, write);
	user_iovec_free(&vector);
	return result;
}

long sys_process_vm_readv(pid_t pid, uaddr_t local, u64 local_count, uaddr_t remote,
			  u64 remote_count, unsigned long flags)
{
	return process_vm(pid, local, local_count, remote, remote_count, flags, false);
}

long sys_process_vm_writev(pid_t pid, uaddr_t local, u64 local_count, uaddr_t remote,
			   u64 remote_count, unsigned long flags)
{
	return process_vm(pid, local, local_count, remote, remote_count, flags, true);
}

/* --- kcmp --- */

enum kcmp_type {
	KCMP_FILE,
	KCMP_VM,
	KCMP_FILES,
	KCMP_FS,
	KCMP_SIGHAND,
	KCMP_IO,
	KCMP_SYSVSEM,
};

/* 0 equal, 1 and 2: an order that is the same at each question, and tells no addresses. */
static long order(const void *a, const void *b)
{
	static u64 veil;

	if (a == b)
		return 0;
	if (!veil)
		veil = random_u64() | 1;
	return ((u64)a * veil) < ((u64)b * veil) ? 1 : 2;
}

static struct file *file_of(struct task_struct *task, u64 fd)
{
	struct files_struct *files = get_task_files(task);
	struct file *file = NULL;

	if (files && fd <= UINT32_MAX)
		file = fget_shared(files, (unsigned int)fd);
	if (files)
		files_put(files);
	return file;
}

static long compare_files(struct task_struct *a, struct task_struct *b, u64 fd_a, u64 fd_b)
{
	struct file *file_a = file_of(a, fd_a), *file_b = file_of(b, fd_b);
	long result = file_a && file_b ? order(file_a, file_b) : -EBADF;

	if (file_a)
		fput(file_a);
	if (file_b)
		fput(file_b);
	return result;
}

static long compare(struct task_struct *a, struct task_struct *b, int type, u64 fd_a, u64 fd_b)
{
	switch (type) {
	case KCMP_FILE: return compare_files(a, b, fd_a, fd_b);
	case KCMP_VM: return order(a->mm, b->mm);
	case KCMP_FILES: return order(a->files, b->files);
	case KCMP_FS: return order(a->fs, b->fs);
	case KCMP_SIGHAND: return order(a->sighand, b->sighand);
	case KCMP_IO:
	case KCMP_SYSVSEM: return 0; /* nobody has one */
	}
	return -EINVAL;
}

long sys_kcmp(pid_t pid_a, pid_t pid_b, int type, u64 fd_a, u64 fd_b)
{
	struct task_struct *a = get_task_by_pid(pid_a), *b = get_task_by_pid(pid_b);
	long result = -ESRCH;

	if (a && b) {
		result = -EPERM;
		if (ptrace_may_access(a, PTRACE_REALCREDS) &&
		    ptrace_may_access(b, PTRACE_REALCREDS))
			result = compare(a, b, type, fd_a, fd_b);
	}
	if (a)
		put_task_struct(a);
	if (b)
		put_task_struct(b);
	return result;
}
