/* SPDX-License-Identifier: MIT */
/*
 * A task takes its own signals: masks, the choice of the next one, default actions.
 *
 * get_signal() is the loop that runs before a return to user mode: it stops, dies, or comes back
 * with a handler to run (deliver.c). A tracer is asked about every signal but SIGKILL (ptrace.h).
 * All here works on current; sighand->lock protects masks and sets.
 */
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "task/coredump.h"
#include "task/itimer.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "vm/usercopy.h"

bool current_fatal_signal_pending(void)
{
	return task_has_flag(current, TIF_SIGPENDING) && current->pending.set & SIG_BIT(SIGKILL);
}

/* --- masks --- */

bool note_sigpending(void)
{
	struct task_struct *task = current;

	assert(spin_is_locked(&task->sighand->lock));
	if (!((task->pending.set | task->signal->pending.set) & ~task->blocked) &&
	    !(task->jobctl & JOBCTL_WORK) && !(task->signal->group_flags & SIGNAL_TELL_MASK))
		return false;
	task_set_flag(task, TIF_SIGPENDING);
	return true;
}

void recalc_sigpending(void)
{
	if (!note_sigpending() && task_has_flag(current, TIF_SIGPENDING))
		task_clear_flag(current, TIF_SIGPENDING);
}

/* Process-wide signals that this thread will not take any more are shown to those that can. Lock
 * held. */
static void retarget(struct task_struct *task, u64 set)
{
	struct task_struct *thread;

	set &= task->signal->pending.set;
	if (!set)
		return;
	for_each_thread (task, thread) {
		if (thread == task || thread->flags & PF_EXITING || !(set & ~thread->blocked))
			continue;
		set &= thread->blocked;
		if (!task_has_flag(thread, TIF_SIGPENDING))
			signal_wake_up(thread, false);
		if (!set)
			return;
	}
}

void set_current_blocked(u64 mask)
{
	struct task_struct *task = current;
	struct sighand_struct *sighand;

	mask &= ~SIGSET_KERNEL_ONLY;
	if (task->blocked == mask)
		return;
	sighand = lock_sighand(task);
	if (task_has_flag(task, TIF_SIGPENDING) && !thread_group_empty(task))
		retarget(task, mask & ~task->blocked);
	task->blocked = mask;
	recalc_sigpending();
	spin_unlock(&sighand->lock);
}

int set_user_sigmask(uaddr_t mask, size_t size)
{
	u64 set;

	if (!mask)
		return 0;
	if (size != sizeof(set))
		return -EINVAL;
	if (get_user64(&set, mask))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	task_set_flag(current, TIF_RESTORE_SIGMASK);
	set_current_blocked(set);
	return 0;
}

void restore_saved_sigmask_unless(bool interrupted)
{
	if (interrupted || !task_has_flag(current, TIF_RESTORE_SIGMASK))
		return;
	task_clear_flag(current, TIF_RESTORE_SIGMASK);
	set_current_blocked(current->saved_sigmask);
}

bool signal_is_ignored_or_blocked(int signal)
{
	return current->blocked & SIG_BIT(signal) ||
	       current->sighand->action[signal - 1].handler == SIG_IGN;
}

void flush_signal_handlers(struct task_struct *task, bool force_default)
{
	for (unsigned int i = 0; i < SIGNAL_COUNT; i++) {
		struct sigaction *action = &task->sighand->action[i];

		if (force_default || action->handler != SIG_IGN)
			action->handler = SIG_DFL;
		action->flags = 0;
		action->mask = 0;
	}
}

void exit_signals(struct task_struct *task)
{
	struct sighand_struct *sighand;
	bool tell = false;

	if (thread_group_empty(task)) {
		task->flags |= PF_EXITING;
		return;
	}
	sighand = lock_sighand(task);
	if (unlikely(task->signal->core_dump)) {
		spin_unlock(&sighand->lock);
		core_dump_join();
		spin_lock(&sighand->lock);
	}
	task->flags |= PF_EXITING;
	if (!(task->signal->group_flags & SIGNAL_GROUP_EXIT)) {
		retarget(task, ~task->blocked);
		tell = jobctl_leave_stop(task);
	}
	spin_unlock(&sighand->lock);
	if (tell)
		jobctl_tell_parent();
}

/* --- taking --- */

/* What an instruction caused comes before what came from outside, then by number. */
static int first_signal(u64 set)
{
	if (!set)
		return 0;
	if (set & SIGSET_FAULT)
		set &= SIGSET_FAULT;
	return (int)lowest_bit(set) + 1;
}

/* *process: it was sent to the process. */
static int dequeue(u64 blocked, struct siginfo *info, bool *process)
{
	struct task_struct *task = current;
	struct sigpending *pending = &task->pending;
	int signal = first_signal(pending->set & ~blocked);

	*process = !signal;
	if (!signal) {
		pending = &task->signal->pending;
		signal = first_signal(pending->set & ~blocked);
	}
	if (signal) {
		take_signal(pending, signal, info);
		if (unlikely(signal == SIGALRM) && *process)
			itimer_alarm_gone(task->signal);
		if (SIG_BIT(signal) & SIGSET_STOP)
			task->jobctl |= JOBCTL_STOP_DEQUEUED;
	}
	recalc_sigpending();
	return signal;
}

int dequeue_signal(u64 blocked, struct siginfo *info)
{
	bool process;

	return dequeue(blocked, info, &process);
}

/* The tracer sees the signal, and may take it away or exchange it: what is left of it, or 0. Gives
 * up the lock meanwhile. */
static int ask_tracer(struct sighand_struct *sighand, int signal, struct siginfo *info,
		      bool process)
{
	current->jobctl |= JOBCTL_STOP_DEQUEUED; /* the tracer may make it a stop signal */
	spin_unlock(&sighand->lock);
	signal = ptrace_signal_stop(signal, info);
	spin_lock(&sighand->lock);
	if (!signal || !(current->blocked & SIG_BIT(signal) || current_fatal_signal_pending()))
		return signal;
	send_signal_locked(signal, info, current, process); /* for later, or another thread */
	return 0;
}

/* Stops that were asked for by job control, or by a tracer. True: the lock was given up. */
static bool stop_if_asked(struct sighand_struct *sighand)
{
	if (current->jobctl & JOBCTL_STOP_PENDING && jobctl_stop(0))
		return true;
	if (!(current->jobctl & JOBCTL_TRAP_BITS))
		return false;
	spin_unlock(&sighand->lock);
	ptrace_trap();
	spin_lock(&sighand->lock);
	return true;
}

/* The process ends, or another of its threads executes a program: this thread ends. */
static bool must_die(struct task_struct *task)
{
	return task->signal->group_flags & SIGNAL_GROUP_EXIT ||
	       (task->signal->group_exec && task->signal->group_exec != task);
}

static void noreturn die(struct sighand_struct *sighand, int signal)
{
	spin_unlock(&sighand->lock);
	current->flags |= PF_SIGNALED;
	do_group_exit(signal);
}

static void noreturn die_with_core(struct sighand_struct *sighand,
				   const struct picked_signal *picked)
{
	spin_unlock(&sighand->lock);
	current->flags |= PF_SIGNALED;
	core_dump(&picked->info);
	do_group_exit(picked->signal);
}

/* Does what the signal does without a handler. Gives up the lock meanwhile, or does not return. */
static void default_action(struct sighand_struct *sighand, const struct picked_signal *picked)
{
	int signal = picked->signal;
	u64 bit = SIG_BIT(signal);

	if (bit & SIGSET_IGNORE)
		return;
	if (current->signal->group_flags & SIGNAL_UNKILLABLE && !(bit & SIGSET_KERNEL_ONLY))
		return;
	if (bit & SIGSET_CORE)
		die_with_core(sighand, picked);
	if (!(bit & SIGSET_STOP))
		die(sighand, signal);
	if (signal != SIGSTOP) {
		bool orphaned;

		spin_unlock(&sighand->lock);
		orphaned = current_group_orphaned();
		spin_lock(&sighand->lock);
		if (orphaned)
			return; /* nobody could continue it */
	}
	jobctl_stop(signal);
}

bool get_signal(struct picked_signal *picked)
{
	struct sighand_struct *sighand = lock_sighand(current);

	for (;;) {
		struct sigaction *action;
		bool process;

		if (unlikely(current->signal->group_flags & SIGNAL_TELL_MASK)) {
			spin_unlock(&sighand->lock);
			jobctl_tell_parent();
			spin_lock(&sighand->lock);
		}
		if (unlikely(must_die(current)))
			die(sighand, SIGKILL);
		if (unlikely(current->jobctl & JOBCTL_WORK) && stop_if_asked(sighand))
			continue;
		picked->signal = dequeue(current->blocked, &picked->info, &process);
		if (!picked->signal)
			break;
		if (unlikely(current->ptrace) && picked->signal != SIGKILL)
			picked->signal =
				ask_tracer(sighand, picked->signal, &picked->info, process);
		if (!picked->signal)
			continue;
		action = &sighand->action[picked->signal - 1];
		if (action->handler == SIG_DFL) {
			default_action(sighand, picked);
		} else if (action->handler != SIG_IGN) {
			picked->action = *action;
			if (action->flags & SA_RESETHAND)
				action->handler = SIG_DFL;
			break;
		}
	}
	spin_unlock(&sighand->lock);
	return picked->signal;
}
