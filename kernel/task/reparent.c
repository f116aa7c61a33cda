/* SPDX-License-Identifier: MIT */
/*
 * Orphans: who becomes the parent of a dead task's children, and what happens to process groups
 * that lose their last member with a parent outside (POSIX: orphaned process groups). All under
 * tasklist_lock.
 *
 * children and sibling link leaders only; a process's other threads just have the same real_parent.
 */
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"

/* A thread of the process that can still be a parent, or NULL. */
static struct task_struct *find_alive_thread(struct task_struct *process)
{
	struct task_struct *thread;

	for_each_thread (process, thread)
		if (!(thread->flags & PF_EXITING))
			return thread;
	return NULL;
}

/* The init of the father's name space, also one that has to outlive its orphans (pid_ns_zap()). Its
 * own children, when it dies, go to the init above. */
static struct task_struct *find_init(struct task_struct *father)
{
	struct pid_ns *ns = task_pid_ns(father);
	struct task_struct *init, *thread;

	for (; ns->level; ns = ns->parent) {
		if (!ns->init || ns->init->signal == father->signal)
			continue;
		thread = find_alive_thread(ns->init);
		if (thread || ns->reaper)
			return thread ? thread : ns->reaper;
	}
	init = find_task_by_id(1);
	thread = init ? find_alive_thread(init) : NULL;
	return thread ? thread : &init_task;
}

/*
 * The lecture's rule: another thread of the same process; else the nearest ancestor that asked for
 * it (prctl(2), PR_SET_CHILD_SUBREAPER); else the name space's init.
 */
static struct task_struct *find_new_reaper(struct task_struct *father)
{
	struct task_struct *thread = find_alive_thread(father), *ancestor;
	const struct pid_ns *ns = task_pid_ns(father);

	if (thread)
		return thread;
	for (ancestor = father->real_parent; ancestor != &init_task && task_pid_ns(ancestor) == ns;
	     ancestor = ancestor->real_parent) {
		if (!ancestor->signal->subreaper || ancestor->signal == father->signal)
			continue;
		thread = find_alive_thread(ancestor);
		if (thread)
			return thread;
	}
	return find_init(father);
}

/* The child's process has another parent process now. */
static void process_reparented(struct task_struct *child, struct task_struct *father,
			       struct list_head *dead)
{
	child->exit_signal = SIGCHLD;
	if (!child->ptrace && child->exit_state == EXIT_ZOMBIE && thread_group_empty(child) &&
	    notify_parent(child, child->exit_signal)) {
		child->exit_state = EXIT_DEAD;
		list_add_tail(&child->dead_link, dead);
	}
	kill_orphaned_group(child, father);
}

static void reparent(struct task_struct *child, struct task_struct *father,
		     struct task_struct *reaper, struct list_head *dead)
{
	struct task_struct *thread;

	for_each_thread (child, thread) {
		thread->real_parent = reaper;
		if (likely(!thread->ptrace))
			thread->parent = reaper;
		if (thread->pdeath_signal)
			send_signal(thread->pdeath_signal, SEND_SIG_KERNEL, thread);
	}
	WRITE_ONCE(child->signal->ppid, task_tgid_nr_ns(reaper, task_pid_ns(child)));
	list_move_tail(&child->sibling, &reaper->children);
	if (reaper->signal != father->signal)
		process_reparented(child, father, dead);
}

void forget_original_parent(struct task_struct *father, struct list_head *dead)
{
	struct task_struct *child, *next, *reaper;

	assert(spin_is_locked(&tasklist_lock));
	if (unlikely(!list_empty(&father->tracees)))
		ptrace_release_all(father, dead);
	if (list_empty(&father->children))
		return;
	reaper = find_new_reaper(father);
	list_for_each_entry_safe (child, next, &father->children, sibling)
		reparent(child, father, reaper, dead);
}

/* --- orphaned groups --- */

struct group_look {
	pid_t pgid;
	const struct task_struct *ignored;
	bool found;
};

/* Does the process tie its group to the rest of the session? Then the group's stops have somebody
 * to undo them. */
static bool look_for_tie(struct task_struct *leader, void *data)
{
	struct group_look *look = data;
	const struct signal_struct *parent = leader->real_parent->signal;
	bool gone = leader->exit_state != EXIT_ALIVE && thread_group_empty(leader);

	if (leader == look->ignored || gone || leader->real_parent->pid == 1)
		return true;
	look->found = parent->pgid != look->pgid && parent->sid == leader->signal->sid;
	return !look->found;
}

bool group_is_orphaned(pid_t pgid, const struct task_struct *ignored)
{
	struct group_look look = { .pgid = pgid, .ignored = ignored };

	group_visit(pgid, look_for_tie, &look);
	return !look.found;
}

bool current_group_orphaned(void)
{
	bool orphaned;

	spin_lock(&tasklist_lock);
	orphaned = group_is_orphaned(current->signal->pgid, NULL);
	spin_unlock(&tasklist_lock);
	return orphaned;
}

static bool look_for_stopped(struct task_struct *leader, void *data)
{
	struct group_look *look = data;

	look->found = leader->signal->group_flags & SIGNAL_STOP_STOPPED;
	return !look->found;
}

static bool group_has_stopped(pid_t pgid)
{
	struct group_look look = { .pgid = pgid };

	group_visit(pgid, look_for_stopped, &look);
	return look.found;
}

static bool hang_up(struct task_struct *leader, void *data)
{
	send_signal_process(SIGHUP, SEND_SIG_KERNEL, leader);
	send_signal_process(SIGCONT, SEND_SIG_KERNEL, leader);
	return true;
}

/* parent: the one that task is losing (it dies), or NULL: task dies, and its own parent counts. */
void kill_orphaned_group(struct task_struct *task, const struct task_struct *parent)
{
	const struct task_struct *ignored = parent ? NULL : task;
	const struct signal_struct *tie = parent ? parent->signal : task->real_parent->signal;
	pid_t pgid = task->signal->pgid;

	if (tie->pgid == pgid || tie->sid != task->signal->sid)
		return; /* that one did not tie the group to anything */
	if (group_has_stopped(pgid) && group_is_orphaned(pgid, ignored))
		group_visit(pgid, hang_up, NULL);
}
