/* SPDX-License-Identifier: MIT */
/*
 * Who traces whom: attach, traceme, inheriting by clone, detach, and the end of a tracer.
 *
 * All under tasklist_lock and the tracee's sighand->lock (TR1). A tracee's parent is its tracer;
 * its real parent stays. Whether a task may be traced is decided under tasklist_lock, too, under
 * which credentials change and an exec looks for a tracer.
 */
#include "lib/errno.h"
#include "task/cred.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "uapi/ptrace.h"
#include "vm/space.h"

/* --- rights (ptrace(2), "Ptrace access mode checking") --- */

static bool same_ids(const struct cred *target, enum ptrace_creds creds)
{
	const struct cred *mine = current_cred();
	uid_t uid = creds == PTRACE_FSCREDS ? mine->fsuid : mine->uid;
	gid_t gid = creds == PTRACE_FSCREDS ? mine->fsgid : mine->gid;

	return target->uid == uid && target->euid == uid && target->suid == uid &&
	       target->gid == gid && target->egid == gid && target->sgid == gid;
}

bool task_is_dumpable(struct task_struct *task)
{
	bool dumpable;

	spin_lock(&task->wake_lock);
	dumpable = !task->mm || task->mm->dumpable == DUMP_USER;
	spin_unlock(&task->wake_lock);
	return dumpable;
}

/* tasklist_lock held. */
static bool may_access(struct task_struct *task, enum ptrace_creds creds)
{
	const struct cred *mine = current_cred(), *target = task->cred;
	u64 caps = creds == PTRACE_FSCREDS ? mine->cap_effective : mine->cap_permitted;

	if (task->signal == current->signal || capable(CAP_SYS_PTRACE))
		return true;
	return same_ids(target, creds) && task_is_dumpable(task) &&
	       !(target->cap_permitted & ~caps);
}

bool ptrace_may_access(struct task_struct *task, enum ptrace_creds creds)
{
	bool allowed;

	spin_lock(&tasklist_lock);
	allowed = may_access(task, creds);
	spin_unlock(&tasklist_lock);
	return allowed;
}

bool ptrace_is_untrusted(void)
{
	bool untrusted;

	if (likely(list_empty(&current->trace_link)))
		return false;
	spin_lock(&tasklist_lock);
	untrusted = current->ptrace && !(current->ptrace & PT_TRUSTED);
	spin_unlock(&tasklist_lock);
	return untrusted;
}

/* --- link --- */

/* The task's sighand->lock is held. */
static void link_tracee(struct task_struct *task, struct task_struct *tracer, u32 flags)
{
	if (tracer->cred->cap_effective >> CAP_SYS_PTRACE & 1)
		flags |= PT_TRUSTED;
	task->ptrace = flags | PT_TRACED;
	task->parent = tracer;
	list_add_tail(&task->trace_link, &tracer->tracees);
}

/* A task that job control has stopped becomes a stopped tracee where it sleeps; true. */
static bool take_over_stop(struct task_struct *task)
{
	int number = (int)(task->jobctl & JOBCTL_SIGNAL_MASK);

	if (!change_sleep_state(task, TASK_STOPPED, TASK_TRACED))
		return false;
	task->trace_code = number;
	if (!(task->ptrace & PT_SEIZED)) {
		task->trace_info = NULL;
		return true;
	}
	task->trace_code |= PTRACE_EVENT_STOP << 8;
	*task->trace_info = (struct siginfo){ .signo = number, .code = task->trace_code };
	task->trace_info->user.pid = task->vpid;
	task->trace_info->user.uid = task->cred->uid;
	return true;
}

/* tasklist_lock held. */
static int attach_locked(struct task_struct *task, bool seize, u32 flags)
{
	struct sighand_struct *sighand;
	bool stopped;

	if (!may_access(task, PTRACE_REALCREDS) || task->exit_state || task->ptrace)
		return -EPERM;
	sighand = lock_sighand(task);
	link_tracee(task, current, flags);
	if (!seize)
		send_signal_locked(SIGSTOP, SEND_SIG_KERNEL, task, false);
	stopped = take_over_stop(task);
	spin_unlock(&sighand->lock);
	if (stopped)
		notify_tracer_stop(task, CLD_STOPPED);
	return 0;
}

int ptrace_attach(struct task_struct *task, bool seize, u32 options)
{
	int error;

	if (task->flags & PF_KTHREAD || task->signal == current->signal)
		return -EPERM;
	spin_lock(&tasklist_lock);
	error = attach_locked(task, seize, options | (seize ? PT_SEIZED : 0));
	spin_unlock(&tasklist_lock);
	return error;
}

/* May the parent trace its child, which asks for it? */
static bool may_be_traced_by(const struct task_struct *parent)
{
	const struct cred *cred = parent->cred;

	return !(current->cred->cap_permitted & ~cred->cap_permitted) ||
	       cred->cap_effective >> CAP_SYS_PTRACE & 1;
}

int ptrace_traceme(void)
{
	struct task_struct *parent;
	struct sighand_struct *sighand;
	int error = 0;

	spin_lock(&tasklist_lock);
	parent = current->real_parent;
	if (current->ptrace || !may_be_traced_by(parent)) {
		error = -EPERM;
	} else if (!(parent->flags & PF_EXITING)) {
		sighand = lock_sighand(current);
		link_tracee(current, parent, 0);
		spin_unlock(&sighand->lock);
	}
	spin_unlock(&tasklist_lock);
	return error;
}

void ptrace_inherit(struct task_struct *child)
{
	child->ptrace = current->ptrace;
	child->parent = current->parent;
	list_add_tail(&child->trace_link, &child->parent->tracees);
	if (child->ptrace & PT_SEIZED)
		jobctl_request(child, JOBCTL_TRAP_STOP);
	else
		child->pending.set |= SIG_BIT(SIGSTOP);
	task_set_flag(child, TIF_SIGPENDING);
}

/* --- unlink --- */

/* Wakes it, to go on or to take part in its group's stop. */
static void release_tracee(struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;
	bool group_stops = signal->group_flags & SIGNAL_STOP_STOPPED || signal->group_stop_count;

	task->jobctl &= ~(u32)(JOBCTL_TRAP_BITS | JOBCTL_FROZEN);
	if (group_stops && !(task->flags & PF_EXITING)) {
		task->jobctl |= JOBCTL_STOP_PENDING;
		if (!(task->jobctl & JOBCTL_SIGNAL_MASK))
			task->jobctl |= SIGSTOP;
	}
	if (task->jobctl & JOBCTL_STOP_PENDING || READ_ONCE(task->state) & TASK_TRACED)
		signal_wake_states(task, TASK_TRACED);
}

/* code: what it goes on with. */
static void unlink_with(struct task_struct *task, int code)
{
	struct sighand_struct *sighand = lock_sighand(task);

	task_clear_flag(task, TIF_SYSCALL_TRACE);
	list_del(&task->trace_link);
	task->parent = task->real_parent;
	task->ptrace = 0;
	task->trace_code = code;
	release_tracee(task);
	spin_unlock(&sighand->lock);
}

void ptrace_unlink(struct task_struct *task)
{
	unlink_with(task, 0);
}

int ptrace_exit_signal(const struct task_struct *task)
{
	if (thread_group_leader(task) && thread_group_empty(task) && !ptrace_reparented(task))
		return task->exit_signal;
	return SIGCHLD;
}

static bool ignores_children(const struct task_struct *task)
{
	const struct sigaction *action = &task->sighand->action[SIGCHLD - 1];

	return action->handler == SIG_IGN || action->flags & SA_NOCLDWAIT;
}

/* A dead task that its tracer leaves: its real parent waits for it, or nobody does (true). */
static bool nobody_waits(struct task_struct *task, struct task_struct *tracer)
{
	if (task->exit_state != EXIT_ZOMBIE)
		return false;
	if (!thread_group_leader(task))
		return true;
	if (!thread_group_empty(task))
		return false;
	if (task->real_parent->signal != tracer->signal)
		return notify_parent(task, task->exit_signal);
	if (!ignores_children(tracer))
		return false;
	wake_up_all(&tracer->signal->child_wait); /* it may have been the last one */
	return true;
}

static bool detach_locked(struct task_struct *task, struct task_struct *tracer, int code)
{
	unlink_with(task, code);
	if (!nobody_waits(task, tracer))
		return false;
	task->exit_state = EXIT_DEAD;
	return true;
}

void ptrace_detach(struct task_struct *task, int signal)
{
	bool dead;

	spin_lock(&tasklist_lock);
	dead = detach_locked(task, current, signal);
	spin_unlock(&tasklist_lock);
	if (dead)
		release_task(task);
}

void ptrace_release_all(struct task_struct *tracer, struct list_head *dead)
{
	struct task_struct *task, *next;

	list_for_each_entry_safe (task, next, &tracer->tracees, trace_link) {
		if (task->ptrace & PTRACE_O_EXITKILL)
			send_signal(SIGKILL, SEND_SIG_KERNEL, task);
		if (detach_locked(task, tracer, task->trace_code | TRACE_ABANDONED))
			list_add_tail(&task->dead_link, dead);
	}
}
