/* SPDX-License-Identifier: MIT */
/*
 * What a tracer does to its tracee: holding it still, letting it go on, and its signals.
 *
 * A tracee that has stopped is frozen for the time of one ptrace(2): it has left its hart, and not
 * even SIGKILL wakes it (TR3), so its registers and its siginfo stand still. Nobody but the tracer
 * freezes, and the tracer ends only after its call.
 */
#include "arch/hart.h"
#include "lib/errno.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "uapi/ptrace.h"

/* --- holding it still --- */

bool ptrace_is_mine(struct task_struct *task)
{
	bool mine;

	spin_lock(&tasklist_lock);
	mine = task->ptrace && task->parent == current;
	spin_unlock(&tasklist_lock);
	return mine;
}

/* A thread that has executed a program, and so got the id of its process, shows that stop under the
 * new id: who asks by that id means the old leader until it has waited for the stop. */
static bool has_changed_id(const struct task_struct *task)
{
	return task->trace_code == (PTRACE_EVENT_EXEC << 8 | SIGTRAP) &&
	       (u64)task->pid != task->trace_message;
}

static bool freeze_locked(struct task_struct *task)
{
	if (task->jobctl & JOBCTL_LISTENING || READ_ONCE(task->state) != TASK_TRACED)
		return false;
	if (has_changed_id(task) || task->pending.set & SIG_BIT(SIGKILL))
		return false;
	task->jobctl |= JOBCTL_FROZEN;
	return true;
}

int ptrace_freeze(struct task_struct *task)
{
	struct sighand_struct *sighand;
	bool frozen;

	if (!ptrace_is_mine(task))
		return -ESRCH;
	sighand = lock_sighand(task);
	frozen = freeze_locked(task);
	spin_unlock(&sighand->lock);
	if (!frozen)
		return -ESRCH;
	while (load_acquire(&task->on_hart)) /* it is in schedule(), and needs no lock of ours */
		arch_relax();
	return 0;
}

void ptrace_unfreeze(struct task_struct *task)
{
	struct sighand_struct *sighand = lock_sighand(task);

	if (task->jobctl & JOBCTL_FROZEN) {
		task->jobctl &= ~(u32)JOBCTL_FROZEN;
		if (task->pending.set & SIG_BIT(SIGKILL))
			signal_wake_states(task, TASK_TRACED);
	}
	spin_unlock(&sighand->lock);
}

/* --- going on --- */

void ptrace_resume(struct task_struct *task, int signal, bool stop_at_syscalls)
{
	struct sighand_struct *sighand = lock_sighand(task);

	if (stop_at_syscalls)
		task_set_flag(task, TIF_SYSCALL_TRACE);
	else
		task_clear_flag(task, TIF_SYSCALL_TRACE);
	task->trace_code = signal;
	task->jobctl &= ~(u32)JOBCTL_FROZEN;
	try_to_wake_up(task, TASK_TRACED);
	spin_unlock(&sighand->lock);
}

int ptrace_interrupt(struct task_struct *task)
{
	struct sighand_struct *sighand = lock_sighand(task);
	bool seized = task->ptrace & PT_SEIZED && !task->exit_state;

	if (seized && jobctl_request(task, JOBCTL_TRAP_STOP))
		signal_wake_states(task, task->jobctl & JOBCTL_LISTENING ? TASK_TRACED : 0);
	spin_unlock(&sighand->lock);
	return seized ? 0 : -EIO;
}

int ptrace_listen(struct task_struct *task)
{
	struct sighand_struct *sighand = lock_sighand(task);
	const struct siginfo *info = task->trace_info;
	int error = -EIO;

	if (task->ptrace & PT_SEIZED && info && info->code >> 8 == PTRACE_EVENT_STOP) {
		task->jobctl |= JOBCTL_LISTENING;
		if (task->jobctl & JOBCTL_TRAP_NOTIFY) /* there is news already */
			signal_wake_states(task, TASK_TRACED);
		error = 0;
	}
	spin_unlock(&sighand->lock);
	return error;
}

void ptrace_set_options(struct task_struct *task, u32 options)
{
	struct sighand_struct *sighand;

	spin_lock(&tasklist_lock);
	sighand = lock_sighand(task);
	task->ptrace = (task->ptrace & ~(u32)PTRACE_O_MASK) | options;
	spin_unlock(&sighand->lock);
	spin_unlock(&tasklist_lock);
}

/* --- its signals --- */

int ptrace_get_siginfo(struct task_struct *task, struct siginfo *info)
{
	struct sighand_struct *sighand = lock_sighand(task);
	int error = task->trace_info ? 0 : -EINVAL;

	if (!error)
		*info = *task->trace_info;
	spin_unlock(&sighand->lock);
	return error;
}

int ptrace_set_siginfo(struct task_struct *task, const struct siginfo *info)
{
	struct sighand_struct *sighand = lock_sighand(task);
	int error = task->trace_info ? 0 : -EINVAL;

	if (!error)
		*task->trace_info = *info;
	spin_unlock(&sighand->lock);
	return error;
}

bool ptrace_peek_siginfo(struct task_struct *task, bool process, u64 index, struct siginfo *info)
{
	struct sighand_struct *sighand = lock_sighand(task);
	struct sigpending *pending = process ? &task->signal->pending : &task->pending;
	struct sigqueue *entry;
	bool found = false;

	list_for_each_entry (entry, &pending->queue, link) {
		if (index--)
			continue;
		*info = entry->info;
		found = true;
		break;
	}
	spin_unlock(&sighand->lock);
	return found;
}

u64 ptrace_get_sigmask(struct task_struct *task)
{
	return task_has_flag(task, TIF_RESTORE_SIGMASK) ? task->saved_sigmask : task->blocked;
}

/* What it means for signals that wait, the task finds out itself when it goes on. */
void ptrace_set_sigmask(struct task_struct *task, u64 mask)
{
	struct sighand_struct *sighand = lock_sighand(task);

	task_clear_flag(task, TIF_RESTORE_SIGMASK);
	task->blocked = mask & ~SIGSET_KERNEL_ONLY;
	spin_unlock(&sighand->lock);
}
