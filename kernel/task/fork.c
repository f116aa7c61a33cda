/* SPDX-License-Identifier: MIT */
/*
 * How tasks are made: fork, vfork, threads and kernel threads are one clone with different flags.
 *
 * kernel_clone() is the lecture's do_fork(), in its nine steps:
 *
 *	1  it calls copy_process():
 *	2	dup_task_struct(): a task_struct and a kernel stack
 *	3	check_limits(): not too many processes
 *	4	reset_fields(): what a child does not inherit
 *	5	sched_fork(): state TASK_NEW
 *	6	copy_resources() (inherit.c): files, signal handlers, space ...; shared or copied
 *	7	alloc_ids(), and publish_child(): from here on others see the child
 *	8	returns the child
 *	9  wake_up_new_task(): TASK_RUNNING; vfork waits until the child has left the space
 *
 * Everything that may fail comes before publish_child(), each thing with its place in the ladder at
 * the end of copy_process(); so a clone makes a whole child or nothing.
 *
 * publish_child() refuses while a signal waits: who signals a group of processes (under
 * tasklist_lock) must find either the child in it, or a parent that will take the signal before it
 * forks again.
 */
#include "arch/vector.h"
#include "base/perhart.h"
#include "fs/fdtable.h"
#include "fs/file_owner.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "sched/pimutex.h"
#include "task/cred.h"
#include "task/internal.h"
#include "task/itimer.h"
#include "task/kthread.h"
#include "task/nsproxy.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/pidfd.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/rseq.h"
#include "task/seccomp.h"
#include "task/signal.h"
#include "uapi/ptrace.h"
#include "vm/space.h"
#include "vm/usercopy.h"

/* Name spaces that do not exist here. */
#define CLONE_NEW_ABSENT (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWNET)

/* The threads of a process are in one name space of processes. */
static bool may_make_thread(u64 flags)
{
	return !(flags & CLONE_NEWPID) &&
	       current->nsproxy->pid_for_children == task_pid_ns(current);
}

/* Combinations that clone(2) forbids, and what this kernel does not have. */
static int check_flags(const struct clone_args_kernel *args)
{
	u64 flags = args->flags;

	if (flags & CLONE_NEW_ABSENT)
		return -EINVAL;
	if ((flags & CLONE_NEWNS) && (flags & CLONE_FS))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !may_make_thread(flags))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & CLONE_DETACHED))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID) &&
	    args->pidfd == args->parent_tid)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && (flags & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && (current->signal->group_flags & SIGNAL_UNKILLABLE))
		return -EINVAL; /* init's siblings would be nobody's to reap */
	return 0;
}

static struct task_struct *dup_task_struct(void)
{
	struct task_struct *child = kmem_cache_alloc(task_cache);
	void *stack;

	if (!child)
		return NULL;
	stack = kstack_alloc();
	if (!stack) {
		kmem_cache_free(task_cache, child);
		return NULL;
	}
	*child = *current;
	child->stack = stack;
	child->ti.kernel_sp = (unsigned long)stack + KSTACK_SIZE;
	return child;
}

/* Charges the user with the child: -EAGAIN beyond RLIMIT_NPROC or threads-max. */
static int check_limits(const struct cred *cred)
{
	u64 limit = rlimit(RLIMIT_NPROC);

	if (task_count() >= threads_max)
		return -EAGAIN;
	if (current->se.policy == SCHED_DEADLINE && !current->se.reset_on_fork)
		return -EAGAIN; /* a child has no share of its own */
	if (!cred->uid || capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
		limit = RLIM_INFINITY;
	return user_charge_task(cred->user, limit) ? 0 : -EAGAIN;
}

static void reset_fields(struct task_struct *child, const struct clone_args_kernel *args)
{
	u64 flags = args->flags;

	child->ti.flags &= TIF_FPU_USED | TIF_RSEQ;
	child->flags = (child->flags & PF_INHERITED) | PF_FORKNOEXEC;
	child->fpu = NULL;
	child->vector = NULL;
	child->mm = NULL;
	child->kthread = NULL;
	child->pid_handle = NULL;
	child->old_sighand = NULL;
	refcount_set(&child->usage, 2);
	list_init(&child->children);
	list_init(&child->sibling);
	list_init(&child->tasks);
	list_init(&child->dead_link);
	list_init(&child->tracees);
	list_init(&child->trace_link);
	child->ptrace = 0;
	child->trace_info = NULL;
	child->seccomp = NULL;
	child->seccomp_mode = 0;
	child->exit_state = EXIT_ALIVE;
	child->exit_signal = args->exit_signal <= SIGRTMAX ? (s8)args->exit_signal : 0;
	child->exit_code = 0;
	child->real_blocked = 0;
	child->pending.set = 0;
	list_init(&child->pending.queue);
	child->jobctl = 0;
	child->restart.function = NULL;
	child->robust_list = 0;
	rseq_inherit(child, flags & CLONE_VM);
	pi_init_task(child);
	child->vfork_parent = NULL;
	child->pdeath_signal = 0;
	child->min_faults = child->maj_faults = 0;
	child->io = (struct io_counts){ 0 };
	child->start_time = clock_monotonic();
	child->set_child_tid = flags & CLONE_CHILD_SETTID ? args->child_tid : 0;
	child->clear_child_tid = flags & CLONE_CHILD_CLEARTID ? args->child_tid : 0;
	if (child->set_child_tid)
		child->ti.flags |= TIF_NOTIFY; /* the child writes it itself: task_notified() */
	if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) {
		child->altstack_sp = child->altstack_size = 0;
		child->altstack_flags = SS_DISABLE;
	}
}

/* A kernel thread's own part; it shares nothing with who asked for it. */
static int copy_function(struct task_struct *child, const struct clone_args_kernel *args)
{
	struct kthread *kthread;

	if (!args->function)
		return 0;
	kthread = kthread_describe(args->function, args->argument);
	if (IS_ERR(kthread))
		return (int)PTR_ERR(kthread);
	child->kthread = kthread;
	child->flags |= PF_KTHREAD;
	child->affinity =
		args->affinity ? args->affinity : ~(hartmask_t)0 >> (MAX_HARTS - nr_harts);
	strlcpy(child->comm, args->name, sizeof(child->comm));
	return 0;
}

/* The child's place in the family; tasklist_lock and current's sighand->lock held. */
static void link_family(struct task_struct *child, u64 flags, bool traced)
{
	struct task_struct *parent = current;

	if (flags & (CLONE_PARENT | CLONE_THREAD))
		parent = current->real_parent;
	child->real_parent = child->parent = parent;
	if (flags & CLONE_THREAD) {
		child->tgid = current->tgid;
		child->vtgid = current->vtgid;
		child->group_leader = current->group_leader;
		child->exit_signal = -1;
		atomic_fetch_add_relaxed(&child->signal->live, 1);
	} else {
		child->tgid = child->pid;
		child->vtgid = child->vpid;
		child->group_leader = child;
		if (flags & CLONE_PARENT)
			child->exit_signal = current->group_leader->exit_signal;
		child->signal->ppid = task_tgid_nr_ns(parent, task_pid_ns(child));
		if (current->signal->tty)
			child->signal->tty = tty_get(current->signal->tty);
		list_add_tail(&child->sibling, &parent->children);
		list_add_tail(&child->tasks, &init_task.tasks);
		group_join(child->signal, current->signal->group);
		session_join(child->signal, current->signal->session);
		if (unlikely(child->signal->limits[RLIMIT_CPU].soft != RLIM_INFINITY))
			cpu_limit_changed(child->signal);
	}
	list_add_tail(&child->thread_link, &child->signal->threads);
	child->signal->nr_threads++;
	pid_attach(child);
	if (unlikely(current->seccomp_mode))
		seccomp_inherit(child);
	if (unlikely(traced && current->ptrace))
		ptrace_inherit(child);
}

/* The commit: nothing fails after it. */
static int publish_child(struct task_struct *child, u64 flags, int event)
{
	bool traced = event || flags & CLONE_PTRACE;
	int error = 0;

	spin_lock(&tasklist_lock);
	spin_lock(&current->sighand->lock);
	if (unlikely(current_signal_pending()))
		error = current_fatal_signal_pending() ? -EINTR : -ERESTARTNOINTR;
	else if (unlikely(child->numbers))
		error = pid_ns_check_open(child->numbers);
	if (likely(!error))
		link_family(child, flags, traced);
	spin_unlock(&current->sighand->lock);
	spin_unlock(&tasklist_lock);
	return error;
}

/* Step 7: an id in the first name space, and in those below it which the child will be in. */
static int alloc_ids(struct task_struct *child)
{
	struct pid_ns *ns = child->nsproxy->pid_for_children;

	child->pid = child->vpid = alloc_pid();
	child->numbers = NULL;
	if (child->pid < 0)
		return child->pid;
	if (likely(!ns->level))
		return 0;
	child->numbers = pid_numbers_create(ns, child->pid);
	if (IS_ERR(child->numbers)) {
		free_pid(child->pid);
		return (int)PTR_ERR(child->numbers);
	}
	child->vpid = pid_nr_ns(child->pid, child->numbers, ns);
	return 0;
}

static void free_ids(struct task_struct *child)
{
	free_pid(child->pid);
	if (unlikely(child->numbers))
		pid_numbers_abandon(child->numbers);
}

struct task_struct *copy_process(const struct clone_args_kernel *args, int event)
{
	struct file *pidfile = NULL;
	struct task_struct *child;
	int pidfd = -1;
	int error = check_flags(args);

	if (error)
		return ERR_PTR(error);
	child = dup_task_struct();
	if (!child)
		return ERR_PTR(-ENOMEM);
	error = check_limits(child->cred);
	if (error)
		goto out_task;
	reset_fields(child, args);
	cred_get(child->cred);
	sched_fork(child);
	error = copy_function(child, args);
	if (error)
		goto out_count;
	error = copy_resources(child, args);
	if (error)
		goto out_function;
	error = alloc_ids(child);
	if (error)
		goto out_resources;
	if (args->flags & CLONE_PIDFD) {
		pidfd = pidfd_reserve(child, args->flags & CLONE_THREAD ? PIDFD_THREAD : 0,
				      args->pidfd, &pidfile);
		error = pidfd;
		if (error < 0)
			goto out_pid;
	}
	if (args->flags & CLONE_VFORK)
		child->vfork_parent = get_task_struct(current);
	error = publish_child(child, args->flags, event);
	if (error)
		goto out_pidfd;
	if (pidfile)
		fd_install(pidfd, pidfile);
	return child;

out_pidfd:
	if (child->vfork_parent)
		put_task_struct(child->vfork_parent);
	if (pidfile)
		pidfd_cancel(pidfd, pidfile);
out_pid:
	free_ids(child);
out_resources:
	drop_resources(child);
out_function:
	kthread_free(child->kthread);
out_count:
	user_uncharge_task(child->cred->user);
	cred_put(child->cred);
out_task:
	kstack_free(child->stack);
	kmem_cache_free(task_cache, child);
	return ERR_PTR(error);
}

void task_notified(void)
{
	uaddr_t word = current->set_child_tid;

	task_clear_flag(current, TIF_NOTIFY);
	file_owner_send();
	if (sched_take_overrun())
		send_signal_process(SIGXCPU, SEND_SIG_KERNEL, current);
	current->set_child_tid = 0;
	if (word)
		(void)!put_user32((u32)current->vpid, word); /* clone(2) has no way to tell */
}

/* vfork: until the child executes or exits, it runs in this task's space. A killed parent does not
 * wait: false. */
static bool wait_for_vfork(struct task_struct *child)
{
	bool done;

	for (;;) {
		set_current_state(TASK_KILLABLE);
		if (!load_acquire(&child->vfork_parent) || current_fatal_signal_pending())
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	done = !load_acquire(&child->vfork_parent);
	put_task_struct(child);
	return done;
}

/* What the tracer is to be told of the clone: an event, if it asked for it, or 0. */
static int clone_event(const struct clone_args_kernel *args)
{
	int event = PTRACE_EVENT_FORK;

	if (likely(!current->ptrace) || args->flags & CLONE_UNTRACED)
		return 0;
	if (args->flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if (args->exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	return ptrace_event_enabled(event) ? event : 0;
}

/* The rest of a clone that a tracer wants to know of, or that waits for the child. */
static void wake_up_and_tell(struct task_struct *child, int event, bool vfork)
{
	struct pid_note note = pid_note_of(child);

	if (vfork)
		get_task_struct(child);
	wake_up_new_task(child);
	if (unlikely(event))
		ptrace_event_pid(event, note);
	if (vfork && wait_for_vfork(child) && unlikely(current->ptrace))
		ptrace_event_pid(PTRACE_EVENT_VFORK_DONE, note);
	pid_note_put(note);
}

pid_t kernel_clone(const struct clone_args_kernel *args)
{
	int event = clone_event(args);
	struct task_struct *child = copy_process(args, event);
	pid_t pid;

	if (IS_ERR(child))
		return (pid_t)PTR_ERR(child);
	pid = task_pid_vnr(child);
	/* It is too late to fail: the child exists. */
	if (args->flags & CLONE_PARENT_SETTID)
		(void)!put_user32((u32)pid, args->parent_tid);
	if (likely(!event && !(args->flags & CLONE_VFORK)))
		wake_up_new_task(child);
	else
		wake_up_and_tell(child, event, args->flags & CLONE_VFORK);
	return pid;
}
