/* SPDX-License-Identifier: MIT */
/*
 * What a new task gets of its maker (fork.c, step 6): each thing is shared with it, copied, or, for
 * a kernel thread, not had at all. All of it or nothing.
 *
 * Memory is shared by page tables (vm/share.c), so none of this depends on a process's size.
 *
 * Locks: each object's own, one at a time. May sleep.
 */
#include "arch/fpu.h"
#include "arch/switch.h"
#include "arch/vector.h"
#include "fs/fdtable.h"
#include "ipc/sysv_sem.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/internal.h"
#include "task/kthread.h"
#include "task/nsproxy.h"
#include "task/process.h"
#include "vm/space.h"

static int copy_files(struct task_struct *child, u64 flags)
{
	if (!current->files)
		return 0;
	if (flags & CLONE_FILES)
		child->files = files_get(current->files);
	else
		child->files = files_dup(current->files);
	return IS_ERR(child->files) ? (int)PTR_ERR(child->files) : 0;
}

static int copy_fs(struct task_struct *child, u64 flags)
{
	if (!current->fs)
		return 0;
	if (flags & CLONE_FS)
		child->fs = fs_get(current->fs);
	else
		child->fs = fs_dup(current->fs);
	return IS_ERR(child->fs) ? (int)PTR_ERR(child->fs) : 0;
}

static int copy_sighand(struct task_struct *child, u64 flags)
{
	struct sighand_struct *from = current->sighand, *sighand;

	if (flags & CLONE_SIGHAND) {
		refcount_inc(&from->refs);
		return 0;
	}
	sighand = sighand_create();
	if (!sighand)
		return -ENOMEM;
	spin_lock(&from->lock);
	memcpy(sighand->action, from->action, sizeof(sighand->action));
	spin_unlock(&from->lock);
	child->sighand = sighand;
	if (flags & CLONE_CLEAR_SIGHAND)
		flush_signal_handlers(child, false);
	return 0;
}

static int copy_signal(struct task_struct *child, u64 flags)
{
	struct signal_struct *from = current->signal, *signal;

	if (flags & CLONE_THREAD) {
		refcount_inc(&from->refs);
		return 0;
	}
	signal = kmem_cache_alloc(signal_cache);
	if (!signal)
		return -ENOMEM;
	*signal = (struct signal_struct){
		.refs = REFCOUNT_INIT(1),
		.live = 1,
		.group_flags = child->kthread ? SIGNAL_UNKILLABLE : 0,
		.oom_score_adj = from->oom_score_adj,
		.oom_score_adj_min = from->oom_score_adj_min,
	};
	list_init(&signal->threads);
	list_init(&signal->pending.queue);
	waitq_init(&signal->child_wait);
	itimers_init(signal);
	spin_lock(&current->sighand->lock);
	memcpy(signal->limits, from->limits, sizeof(signal->limits));
	spin_unlock(&current->sighand->lock);
	child->signal = signal;
	return 0;
}

static int copy_mm(struct task_struct *child, u64 flags)
{
	struct mm_struct *mm = current->mm;

	if (!mm)
		return 0;
	if (flags & CLONE_VM)
		mm_get_user(mm);
	else
		mm = mm_fork(mm);
	if (IS_ERR(mm))
		return (int)PTR_ERR(mm);
	child->mm = mm;
	return 0;
}

/* The child's registers: the parent's, with 0 as the call's result. */
static int copy_thread(struct task_struct *child, const struct clone_args_kernel *args)
{
	struct trap_frame *frame = thread_frame(&child->ti);
	int error;

	if (args->function) {
		arch_prepare_task(child, kthread_start, NULL);
		return 0;
	}
	error = arch_fpu_fork(child);
	if (error)
		return error;
	*frame = *current_frame();
	frame->a0 = 0;
	frame->syscall = -1;
	arch_vector_fork(child);
	if (args->stack)
		frame->sp = args->stack;
	if (args->flags & CLONE_SETTLS)
		frame->tp = args->tls;
	arch_prepare_task(child, NULL, NULL);
	return 0;
}

int copy_resources(struct task_struct *child, const struct clone_args_kernel *args)
{
	u64 flags = args->flags;
	int error = sem_undo_fork(child, flags & CLONE_SYSVSEM);

	if (error)
		return error;
	error = copy_files(child, flags);
	if (error)
		goto out_sem;
	error = copy_fs(child, flags);
	if (error)
		goto out_files;
	error = copy_namespaces(child, flags);
	if (error)
		goto out_fs;
	error = copy_sighand(child, flags);
	if (error)
		goto out_namespaces;
	error = copy_signal(child, flags);
	if (error)
		goto out_sighand;
	error = copy_mm(child, flags);
	if (error)
		goto out_signal;
	error = copy_thread(child, args);
	if (error)
		goto out_mm;
	return 0;

out_mm:
	if (child->mm)
		mm_put_user(child->mm);
out_signal:
	signal_put(child->signal);
out_sighand:
	sighand_put(child->sighand);
out_namespaces:
	nsproxy_put(child->nsproxy);
out_fs:
	if (child->fs)
		fs_put(child->fs);
out_files:
	if (child->files)
		files_put(child->files);
out_sem:
	exit_sem(child);
	return error;
}

void drop_resources(struct task_struct *child)
{
	arch_fpu_drop(child);
	if (child->mm)
		mm_put_user(child->mm);
	signal_put(child->signal);
	sighand_put(child->sighand);
	nsproxy_put(child->nsproxy);
	if (child->fs)
		fs_put(child->fs);
	if (child->files)
		files_put(child->files);
	exit_sem(child);
}
