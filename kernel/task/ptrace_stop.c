/* SPDX-License-Identifier: MIT */
/*
 * How a tracee stops: for a signal, an event, a system call, its group's stop, or its tracer's
 * interruption. All work on current. docs/tracing.md tells the protocol with its races.
 *
 * Both tasklist_lock and sighand->lock are taken anew for a stop, so whatever was the reason is
 * looked at again under them: the tracer may have gone, SIGKILL may have come, SIGCONT may have
 * ended the group stop.
 */
#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid_ns.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "uapi/ptrace.h"

/* What a stop shows to the tracer. */
struct stop {
	int code;	      /* as a wait's status >> 8 */
	int why;	      /* CLD_TRAPPED, CLD_STOPPED */
	u64 message;	      /* PTRACE_GETEVENTMSG */
	struct siginfo *info; /* PTRACE_GETSIGINFO; or NULL */
};

static struct sighand_struct *lock_both(void)
{
	spin_lock(&tasklist_lock);
	return lock_sighand(current);
}

static void unlock_both(struct sighand_struct *sighand)
{
	spin_unlock(&sighand->lock);
	spin_unlock(&tasklist_lock);
}

int ptrace_trap_over(struct task_struct *task)
{
	int code = task->trace_code;

	assert(spin_is_locked(&task->sighand->lock));
	task->trace_code = 0;
	task->trace_message = 0;
	task->trace_info = NULL;
	task->jobctl &= ~(u32)(JOBCTL_LISTENING | JOBCTL_FROZEN);
	/* Not cleared: a call that was interrupted for the stop has yet to be restarted, which is
	 * done where signals are delivered, be there one or not. */
	note_sigpending();
	return code;
}

/* What is pending by the stop's kind is done with it. True: the group's stop is complete now. */
static bool enter_stop(struct task_struct *task, const struct stop *stop)
{
	bool complete = false;

	task->trace_code = stop->code;
	task->trace_message = stop->message;
	task->trace_info = stop->info;
	if (stop->why == CLD_STOPPED && task->jobctl & JOBCTL_STOP_PENDING)
		complete = jobctl_leave_stop(task);
	task->jobctl &= ~(u32)JOBCTL_TRAP_STOP;
	if (stop->code >> 8 == PTRACE_EVENT_STOP)
		task->jobctl &= ~(u32)JOBCTL_TRAP_NOTIFY;
	return complete;
}

/* Both locks are held, and given up. Returns what the tracer wants it to go on with (TR2, TR3). */
static int stop_locked(struct sighand_struct *sighand, const struct stop *stop)
{
	struct task_struct *task = current;
	bool complete;
	int code;

	if (!task->ptrace || task->pending.set & SIG_BIT(SIGKILL)) {
		unlock_both(sighand);
		return stop->code | TRACE_ABANDONED;
	}
	complete = enter_stop(task, stop);
	set_special_state(TASK_TRACED);
	spin_unlock(&sighand->lock);
	notify_tracer_stop(task, stop->why);
	if (complete)
		jobctl_tell_parent_locked(ptrace_reparented(task));
	spin_unlock(&tasklist_lock);
	schedule();

	sighand = lock_sighand(task);
	code = ptrace_trap_over(task);
	spin_unlock(&sighand->lock);
	return code;
}

static struct siginfo trap_info(int signal, int code)
{
	struct siginfo info = { .signo = signal, .code = code };

	info.user.pid = current->vpid;
	info.user.uid = current->cred->uid;
	return info;
}

/* An event or a system call: the signal that the tracer wants sent, or 0. */
static int notify(int code, u64 message)
{
	struct siginfo info = trap_info(SIGTRAP, code);
	const struct stop stop = { code, CLD_TRAPPED, message, &info };
	int wanted = stop_locked(lock_both(), &stop);

	return wanted & TRACE_ABANDONED ? 0 : wanted;
}

/* --- events --- */

/* A call that was entered the fast way has no result in the frame yet, and looks for no stop at
 * its end. */
static void event_stop(int event, u64 message)
{
	struct trap_frame *frame = current_frame();

	if (frame->syscall >= 0)
		frame->a0 = (u64)-ENOSYS;
	notify(event << 8 | SIGTRAP, message);
	if (task_has_flag(current, TIF_SYSCALL_TRACE))
		task_set_flag(current, TIF_SYSCALL_EXIT);
}

void ptrace_event(int event, u64 message)
{
	if (ptrace_event_enabled(event))
		event_stop(event, message);
	else if (event == PTRACE_EVENT_EXEC && !(current->ptrace & PT_SEIZED))
		send_signal_current(SIGTRAP);
}

void ptrace_event_pid(int event, struct pid_note note)
{
	pid_t nr;

	spin_lock(&tasklist_lock);
	nr = pid_note_nr_ns(note, task_pid_ns(current->parent));
	spin_unlock(&tasklist_lock);
	ptrace_event(event, (u64)nr);
}

/* The kill that is the cause has done its work; another one ends the stop. */
void ptrace_exit_event(int code)
{
	struct sighand_struct *sighand;
	u64 kill;

	if (!ptrace_event_enabled(PTRACE_EVENT_EXIT))
		return;
	sighand = lock_sighand(current);
	kill = current->pending.set & SIG_BIT(SIGKILL);
	current->pending.set &= ~kill;
	spin_unlock(&sighand->lock);
	event_stop(PTRACE_EVENT_EXIT, (u64)code);
	sighand = lock_sighand(current);
	current->pending.set |= kill;
	recalc_sigpending();
	spin_unlock(&sighand->lock);
}

/* --- signals --- */

int ptrace_signal_stop(int signal, struct siginfo *info)
{
	const struct stop stop = { signal, CLD_TRAPPED, 0, info };
	struct sighand_struct *sighand = lock_both();
	pid_t tracer = task_pid_nr_ns(current->parent, task_pid_ns(current));
	uid_t uid = current->parent->cred->uid;

	signal = stop_locked(sighand, &stop) & ~TRACE_ABANDONED;
	if (signal && signal != info->signo) {
		*info = (struct siginfo){ .signo = signal, .code = SI_USER };
		info->user.pid = tracer;
		info->user.uid = uid;
	}
	return signal;
}

/* --- group stops and interruptions --- */

void ptrace_trap(void)
{
	struct sighand_struct *sighand = lock_both();
	const struct signal_struct *signal = current->signal;
	int number = (int)(current->jobctl & JOBCTL_SIGNAL_MASK);
	struct siginfo info;
	struct stop stop = { number, CLD_STOPPED, 0, NULL };

	if (!(current->jobctl & JOBCTL_TRAP_BITS)) {
		unlock_both(sighand);
		return;
	}
	if (current->ptrace & PT_SEIZED) {
		if (!signal->group_stop_count && !(signal->group_flags & SIGNAL_STOP_STOPPED))
			number = SIGTRAP;
		stop.code = number | PTRACE_EVENT_STOP << 8;
		info = trap_info(number, stop.code);
		stop.info = &info;
	}
	stop_locked(sighand, &stop);
}

void ptrace_notify_change(struct task_struct *task)
{
	if (!jobctl_request(task, JOBCTL_TRAP_NOTIFY))
		return;
	signal_wake_states(task, task->jobctl & JOBCTL_LISTENING ? TASK_TRACED : 0);
}

/* --- system calls --- */

static void syscall_stop(u64 message)
{
	int good = current->ptrace & PTRACE_O_TRACESYSGOOD ? SYSCALL_STOP_BIT : 0;
	int signal = notify(SIGTRAP | good, message);

	if (signal)
		send_signal(signal, SEND_SIG_KERNEL, current);
}

bool ptrace_syscall_enter(void)
{
	syscall_stop(PTRACE_EVENTMSG_SYSCALL_ENTRY);
	return !current_fatal_signal_pending();
}

void ptrace_syscall_exit(void)
{
	syscall_stop(PTRACE_EVENTMSG_SYSCALL_EXIT);
}
