/* SPDX-License-Identifier: MIT */
/*
 * Job control: stopping a process as a whole, and letting it go on.
 *
 * The first thread that takes a stop signal makes it a group stop: every thread gets
 * JOBCTL_STOP_PENDING and is woken, stops in get_signal(), and counts down group_stop_count; the
 * last one marks the process SIGNAL_STOP_STOPPED, which wait4 sees, and tells the parent.
 *
 * SIGCONT does its work when it is sent, whatever its action: it takes back waiting stop signals
 * and requests, and wakes who has stopped. The parent is told by the first thread that runs
 * (SIGNAL_CLD_*), since the sender's locks do not allow it.
 *
 * JOBCTL_STOP_DEQUEUED: between taking a stop signal and stopping, the lock is given up; a SIGCONT
 * that comes then clears the flag, and the stop does not happen.
 *
 * A tracee does not sleep here: its part of a group stop is a stop for its tracer (ptrace_trap()).
 * A seized one is told of the group's stop and of its going on by JOBCTL_TRAP_NOTIFY. A task that
 * has stopped already when it is traced becomes TASK_TRACED where it sleeps (ptrace_attach()), and
 * jobctl_stop() is left by ptrace_trap_over() then.
 */
#include "task/ptrace.h"
#include "task/signal.h"

static void set_stop_flags(struct signal_struct *signal, u32 flags)
{
	signal->group_flags = (signal->group_flags & ~(u32)SIGNAL_STOP_MASK) | flags;
}

bool jobctl_request(struct task_struct *task, u32 flags)
{
	if (task->pending.set & SIG_BIT(SIGKILL) || task->flags & PF_EXITING)
		return false;
	if (flags & JOBCTL_SIGNAL_MASK)
		task->jobctl &= ~(u32)JOBCTL_SIGNAL_MASK;
	task->jobctl |= flags;
	return true;
}

/* --- when a signal is sent --- */

static void continue_process(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct task_struct *thread;

	discard_signals(task, SIGSET_STOP);
	for_each_thread (task, thread) {
		thread->jobctl &= ~(u32)JOBCTL_STOP_BITS;
		if (unlikely(thread->ptrace & PT_SEIZED))
			ptrace_notify_change(thread);
		else
			try_to_wake_up(thread, TASK_STOPPED);
	}
	if (signal->group_flags & SIGNAL_STOP_STOPPED) {
		set_stop_flags(signal, SIGNAL_STOP_CONTINUED | SIGNAL_CLD_CONTINUED);
		signal->group_exit_code = 0;
	} else if (signal->group_stop_count) {
		set_stop_flags(signal, SIGNAL_STOP_CONTINUED | SIGNAL_CLD_STOPPED);
	}
	signal->group_stop_count = 0;
	if (signal->group_flags & SIGNAL_TELL_MASK)
		for_each_thread (task, thread)
			task_set_flag(thread, TIF_SIGPENDING);
}

void jobctl_signal_sent(int signal, struct task_struct *task)
{
	if (task->signal->group_flags & SIGNAL_GROUP_EXIT)
		return;
	if (signal == SIGCONT)
		continue_process(task);
	else
		discard_signals(task, SIG_BIT(SIGCONT));
}

/* --- stopping --- */

/* Makes all threads stop by the signal; false when it is too late for that. */
static bool begin_group_stop(int signal)
{
	struct task_struct *task = current, *thread;
	struct signal_struct *shared = task->signal;

	if (!(task->jobctl & JOBCTL_STOP_DEQUEUED) || shared->group_flags & SIGNAL_GROUP_EXIT ||
	    shared->group_exec)
		return false;
	if (!(shared->group_flags & SIGNAL_STOP_STOPPED))
		shared->group_exit_code = signal;
	shared->group_stop_count = 0;
	for_each_thread (task, thread) {
		if (READ_ONCE(thread->state) & TASK_STOPPED ||
		    !jobctl_request(thread,
				    (u32)signal | JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME))
			continue;
		shared->group_stop_count++;
		if (thread == task)
			continue;
		if (unlikely(thread->ptrace & PT_SEIZED))
			ptrace_notify_change(thread);
		else
			signal_wake_up(thread, false);
	}
	return true;
}

bool jobctl_leave_stop(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	bool consume = task->jobctl & JOBCTL_STOP_CONSUME;

	task->jobctl &= ~(u32)JOBCTL_STOP_BITS;
	if (!consume || --signal->group_stop_count || signal->group_flags & SIGNAL_STOP_STOPPED)
		return false;
	set_stop_flags(signal, SIGNAL_STOP_STOPPED | SIGNAL_CLD_STOPPED);
	return true;
}

bool jobctl_stop(int signal)
{
	struct sighand_struct *sighand = current->sighand;
	struct siginfo info; /* for a tracer that comes while it sleeps */
	bool tell;

	assert(spin_is_locked(&sighand->lock));
	if (!(current->jobctl & JOBCTL_STOP_PENDING) && !begin_group_stop(signal))
		return false;
	if (unlikely(current->ptrace)) {
		jobctl_request(current, JOBCTL_TRAP_STOP);
		return false;
	}
	tell = jobctl_leave_stop(current);
	current->trace_info = &info;
	set_special_state(TASK_STOPPED);
	spin_unlock(&sighand->lock);
	if (tell)
		jobctl_tell_parent();
	schedule();
	spin_lock(&sighand->lock);
	ptrace_trap_over(current);
	return true;
}

/* --- telling the parent --- */

void jobctl_tell_parent_locked(bool tell_stop)
{
	struct signal_struct *signal = current->signal;
	struct sighand_struct *sighand = lock_sighand(current);
	u32 flags = signal->group_flags;

	signal->group_flags &= ~(u32)SIGNAL_TELL_MASK;
	spin_unlock(&sighand->lock);
	if (flags & SIGNAL_CLD_CONTINUED) {
		notify_parent_stop(current, CLD_CONTINUED);
		if (ptrace_reparented(current->group_leader))
			notify_tracer_stop(current->group_leader, CLD_CONTINUED);
	} else if (flags & SIGNAL_CLD_STOPPED && tell_stop) {
		notify_parent_stop(current, CLD_STOPPED);
	}
}

void jobctl_tell_parent(void)
{
	spin_lock(&tasklist_lock);
	jobctl_tell_parent_locked(true);
	spin_unlock(&tasklist_lock);
}
