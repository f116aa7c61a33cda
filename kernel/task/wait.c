/* SPDX-License-Identifier: MIT */
/*
 * wait4(2) and waitid(2): a parent learns what became of its children, and releases the dead.
 *
 * A child is looked at under tasklist_lock, where it becomes a zombie, stops and goes on, and its
 * parent's child_wait is woken under that lock too. The waiter is on the queue before it looks, so
 * it misses nothing. A zombie that was found is unlinked in the same critical section: nobody else
 * can find it.
 *
 * A child that is named by its pid is found by the hash, not by a walk over the children.
 *
 * A tracer waits for its tracees, any threads, as for children: for their stops, and for their ends
 * before their real parent. A dead process that another one traces becomes the real parent's to
 * wait for when its tracer has waited for it.
 */
#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/pidfd.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "task/wait.h"
#include "vm/space.h"

/* traced: current is its tracer. */
static bool is_wanted(const struct task_struct *child, const struct wait_request *request,
		      bool traced)
{
	bool clone_child = child->exit_signal != SIGCHLD;

	if (request->type == P_PID && task_pid_vnr(child) != request->id)
		return false;
	if (request->type == P_PGID && group_vnr(child->signal->group) != request->id)
		return false;
	return traced || request->options & WAIT_ALL ||
	       clone_child == !!(request->options & WAIT_CLONE);
}

static void add_thread(struct rusage *usage, const struct task_struct *thread)
{
	usage->minflt += (s64)thread->min_faults;
	usage->majflt += (s64)thread->maj_faults;
	usage->nvcsw += (s64)thread->switches_voluntary;
	usage->nivcsw += (s64)thread->switches_forced;
}

/* What a process has used, dead or alive, and its dead children. */
static void add_usage(struct rusage *usage, const struct signal_struct *signal)
{
	struct task_struct *thread;
	u64 user, system;

	process_times(signal, &user, &system);
	user += signal->children_user_ns;
	system += signal->children_system_ns;
	*usage = (struct rusage){
		.utime = ns_to_timeval((nsec_t)user),
		.stime = ns_to_timeval((nsec_t)system),
		.maxrss = (s64)(MAX(signal->max_rss, signal->children_max_rss) * 4),
		.minflt = (s64)(signal->min_faults + signal->children_min_faults),
		.majflt = (s64)(signal->maj_faults + signal->children_maj_faults),
		.nvcsw = (s64)(signal->switches_voluntary + signal->children_switches_voluntary),
		.nivcsw = (s64)(signal->switches_forced + signal->children_switches_forced),
	};
	list_for_each_entry (thread, &signal->threads, thread_link)
		add_thread(usage, thread);
}

/* A reaped child's sums, with those of its own reaped children, go to the parent. */
static void inherit_usage(struct signal_struct *to, const struct signal_struct *from)
{
	to->children_user_ns += from->dead_user_ns + from->children_user_ns;
	to->children_system_ns += from->dead_system_ns + from->children_system_ns;
	to->children_min_faults += from->min_faults + from->children_min_faults;
	to->children_maj_faults += from->maj_faults + from->children_maj_faults;
	to->children_switches_voluntary +=
		from->switches_voluntary + from->children_switches_voluntary;
	to->children_switches_forced += from->switches_forced + from->children_switches_forced;
	io_counts_add(&to->io, &from->io);
	to->children_max_rss = MAX(to->children_max_rss, from->max_rss);
	to->children_max_rss = MAX(to->children_max_rss, from->children_max_rss);
}

static void answer(struct wait_request *request, const struct task_struct *child, int code,
		   int status)
{
	request->code = code;
	request->status = status;
	request->uid = child->cred->uid;
}

static void wait_zombie(struct wait_request *request, struct task_struct *child)
{
	struct task_struct *leader = child->group_leader;
	int status = exit_status(child);
	bool ours = leader == child;

	answer(request, child, child_code(status), status);
	if (request->options & WNOWAIT) {
		if (request->usage)
			add_usage(request->usage, child->signal);
		return;
	}
	if (unlikely(child->ptrace) && leader == child && ptrace_reparented(child)) {
		ptrace_unlink(child);
		if (!notify_parent(child, child->exit_signal))
			return;
		ours = false;
	}
	child->exit_state = EXIT_DEAD;
	request->reaped = child;
	if (release_task_locked(child))
		request->leader = leader;
	if (request->usage)
		add_usage(request->usage, child->signal);
	if (ours)
		inherit_usage(current->signal, child->signal);
}

/* A tracee's stop, for its tracer. */
static bool wait_trapped(struct wait_request *request, struct task_struct *child)
{
	struct sighand_struct *sighand = lock_sighand(child);
	bool told = READ_ONCE(child->state) == TASK_TRACED && !(child->jobctl & JOBCTL_LISTENING) &&
		    child->trace_code;

	if (told) {
		answer(request, child, CLD_TRAPPED, child->trace_code << 8 | 0x7f);
		if (!(request->options & WNOWAIT))
			child->trace_code = 0;
	}
	spin_unlock(&sighand->lock);
	return told;
}

static bool wait_stopped(struct wait_request *request, struct task_struct *child)
{
	struct signal_struct *signal = child->signal;
	struct sighand_struct *sighand;
	bool told = false;

	if (!(request->options & WSTOPPED) || !(signal->group_flags & SIGNAL_STOP_STOPPED))
		return false;
	sighand = lock_sighand(child);
	if (signal->group_flags & SIGNAL_STOP_STOPPED && signal->group_exit_code) {
		answer(request, child, CLD_STOPPED, signal->group_exit_code << 8 | 0x7f);
		if (!(request->options & WNOWAIT))
			signal->group_exit_code = 0;
		told = true;
	}
	spin_unlock(&sighand->lock);
	return told;
}

static bool wait_continued(struct wait_request *request, struct task_struct *child)
{
	struct signal_struct *signal = child->signal;
	struct sighand_struct *sighand;
	bool told = false;

	if (!(request->options & WCONTINUED) || !(signal->group_flags & SIGNAL_STOP_CONTINUED))
		return false;
	sighand = lock_sighand(child);
	if (signal->group_flags & SIGNAL_STOP_CONTINUED) {
		answer(request, child, CLD_CONTINUED, 0xffff);
		if (!(request->options & WNOWAIT))
			signal->group_flags &= ~(u32)SIGNAL_STOP_CONTINUED;
		told = true;
	}
	spin_unlock(&sighand->lock);
	return told;
}

/* Dead, and it may be told: a leader only after its last thread. */
static bool has_ended(const struct task_struct *child)
{
	return child->exit_state == EXIT_ZOMBIE &&
	       (!thread_group_leader(child) || thread_group_empty(child));
}

/* True when there is something to tell about the child. traced: current is its tracer.
 * tasklist_lock held. */
static bool consider_child(struct wait_request *request, struct task_struct *child, bool traced)
{
	bool stopped;

	if (child->exit_state == EXIT_DEAD || !is_wanted(child, request, traced))
		return false;
	if (unlikely(child->ptrace) && !ptrace_reparented(child))
		traced = true; /* the parent's process traces it: one wait for both */
	request->has_children = true;
	if (has_ended(child) && (traced || !child->ptrace)) {
		if (!(request->options & WEXITED))
			return false;
		wait_zombie(request, child);
		return true;
	}
	stopped = traced ? wait_trapped(request, child) : wait_stopped(request, child);
	if (!stopped && !wait_continued(request, child))
		return false;
	if (request->usage)
		add_usage(request->usage, child->signal);
	return true;
}

static struct task_struct *named_child(const struct wait_request *request)
{
	if (request->type == P_PID)
		return find_task_by_pid(request->id);
	return request->handle->task;
}

/* Is it for current to wait for the parent's, or tracer's, children? */
static bool waits_here(const struct wait_request *request, const struct task_struct *parent)
{
	if (request->options & WAIT_NOTHREAD)
		return parent == current;
	return parent->signal == current->signal;
}

static pid_t look_at_named_child(struct wait_request *request)
{
	struct task_struct *child = named_child(request);
	pid_t pid;

	if (!child)
		return 0;
	pid = task_pid_vnr(child);
	if (thread_group_leader(child) && waits_here(request, child->real_parent) &&
	    consider_child(request, child, false))
		return pid;
	if (unlikely(child->ptrace) && waits_here(request, child->parent) &&
	    consider_child(request, child, true))
		return pid;
	return 0;
}

static pid_t look_at_children_of(struct wait_request *request, struct task_struct *thread)
{
	struct task_struct *child;

	list_for_each_entry (child, &thread->children, sibling) {
		pid_t pid = task_pid_vnr(child);

		if (consider_child(request, child, false))
			return pid;
	}
	list_for_each_entry (child, &thread->tracees, trace_link) {
		pid_t pid = task_pid_vnr(child);

		if (consider_child(request, child, true))
			return pid;
	}
	return 0;
}

static pid_t look_at_children(struct wait_request *request)
{
	struct task_struct *thread;
	pid_t pid = look_at_children_of(request, current);

	if (pid || thread_group_empty(current) || request->options & WAIT_NOTHREAD)
		return pid;
	for_each_thread (current, thread) {
		pid = thread == current ? 0 : look_at_children_of(request, thread);
		if (pid)
			break;
	}
	return pid;
}

/* One look: a pid, 0: nothing yet, -ECHILD: and never will be. */
static pid_t look_once(struct wait_request *request)
{
	pid_t pid;

	request->has_children = false;
	spin_lock(&tasklist_lock);
	pid = request->type == P_PID || request->type == P_PIDFD ? look_at_named_child(request)
								 : look_at_children(request);
	spin_unlock(&tasklist_lock);
	return pid || request->has_children ? pid : -ECHILD;
}

static pid_t sleep_until_told(struct wait_request *request)
{
	struct wait_queue *queue = &current->signal->child_wait;
	struct waiter waiter = { 0 };
	pid_t result;

	for (;;) {
		waitq_prepare(queue, &waiter, TASK_INTERRUPTIBLE);
		result = look_once(request);
		if (result)
			break;
		if (current_signal_pending()) {
			result = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	waitq_finish(queue, &waiter);
	return result;
}

pid_t do_wait(struct wait_request *request)
{
	pid_t result = look_once(request);

	if (!result && !(request->options & WNOHANG))
		result = sleep_until_told(request);
	if (request->reaped)
		release_finish(request->reaped);
	if (unlikely(request->leader))
		release_task(request->leader);
	return result;
}

/* --- getrusage(2) --- */

static void set_times(struct rusage *usage, u64 user, u64 system)
{
	usage->utime = ns_to_timeval((nsec_t)user);
	usage->stime = ns_to_timeval((nsec_t)system);
}

static void process_usage(struct rusage *usage)
{
	const struct signal_struct *signal = current->signal;
	struct task_struct *thread;
	u64 user, system;

	*usage = (struct rusage){
		.maxrss = (s64)(MAX(signal->max_rss, current->mm->max_rss) * 4),
		.minflt = (s64)signal->min_faults,
		.majflt = (s64)signal->maj_faults,
		.nvcsw = (s64)signal->switches_voluntary,
		.nivcsw = (s64)signal->switches_forced,
	};
	process_times(signal, &user, &system);
	set_times(usage, user, system);
	for_each_thread (current, thread)
		add_thread(usage, thread);
}

static void children_usage(struct rusage *usage)
{
	const struct signal_struct *signal = current->signal;

	*usage = (struct rusage){
		.maxrss = (s64)(signal->children_max_rss * 4),
		.minflt = (s64)signal->children_min_faults,
		.majflt = (s64)signal->children_maj_faults,
		.nvcsw = (s64)signal->children_switches_voluntary,
		.nivcsw = (s64)signal->children_switches_forced,
	};
	set_times(usage, signal->children_user_ns, signal->children_system_ns);
}

void get_rusage(int who, struct rusage *usage)
{
	u64 user, system;

	if (who == RUSAGE_THREAD) {
		*usage = (struct rusage){ 0 };
		add_thread(usage, current);
		sched_task_times(current, &user, &system);
		set_times(usage, user, system);
		return;
	}
	spin_lock(&tasklist_lock);
	if (who == RUSAGE_CHILDREN)
		children_usage(usage);
	else
		process_usage(usage);
	spin_unlock(&tasklist_lock);
}
