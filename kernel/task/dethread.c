/* SPDX-License-Identifier: MIT */
/*
 * de_thread(): a program is executed by one thread, and has one thread. The others are killed; if
 * the one that goes on was not the leader, it takes over the leader's id and place in the family,
 * so that the process keeps its pid.
 *
 * While it waits, signal->group_exec names it: nobody else of the process may execute or end the
 * process then, and every thread that ends wakes it (exit_notify(), release_task_locked()).
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "task/internal.h"
#include "task/pid.h"
#include "task/process.h"
#include "task/signal.h"

static int begin(struct sighand_struct *sighand)
{
	struct signal_struct *signal = current->signal;
	int error = 0;

	spin_lock(&sighand->lock);
	if (signal->group_flags & SIGNAL_GROUP_EXIT || signal->group_exec) {
		error = -EINTR; /* this thread is to die itself */
	} else {
		signal->group_exec = current;
		kill_threads(current, current);
	}
	spin_unlock(&sighand->lock);
	return error;
}

static void end(struct sighand_struct *sighand)
{
	spin_lock(&sighand->lock);
	current->signal->group_exec = NULL;
	spin_unlock(&sighand->lock);
}

/* The others have gone; a leader other than current is a zombie, which only current releases. */
static bool alone(void)
{
	struct task_struct *leader = current->group_leader;
	bool result;

	spin_lock(&tasklist_lock);
	if (leader == current)
		result = current->signal->nr_threads == 1;
	else
		result = current->signal->nr_threads == 2 && leader->exit_state == EXIT_ZOMBIE;
	spin_unlock(&tasklist_lock);
	return result;
}

static int wait_for_others(void)
{
	int error = 0;

	for (;;) {
		set_current_state(TASK_KILLABLE);
		if (alone())
			break;
		if (current_fatal_signal_pending()) {
			error = -EINTR;
			break;
		}
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return error;
}

/* heir takes old's place in a list. */
static void list_inherit(struct list_head *heir, struct list_head *old)
{
	list_del(heir);
	list_add(heir, old);
	list_del(old);
}

/* Current becomes the leader; the old one, dead and with current's old id, is returned.
 * tasklist_lock held. */
static struct task_struct *take_over(void)
{
	struct task_struct *task = current, *old = task->group_leader;
	struct sighand_struct *sighand;

	if (unlikely(old->ptrace))
		wake_up_all(&old->parent->signal->child_wait); /* its tracer need not wait for it */
	sighand = lock_sighand(task);
	assert(old->exit_state == EXIT_ZOMBIE && list_empty(&old->children));
	pid_exchange(task, old);
	list_inherit(&task->tasks, &old->tasks);
	list_inherit(&task->sibling, &old->sibling);
	list_del(&task->thread_link);
	list_add(&task->thread_link, &task->signal->threads);
	task->start_time = old->start_time;
	task->exit_signal = SIGCHLD;
	task->group_leader = task;
	old->group_leader = task;
	old->exit_signal = -1;
	old->exit_state = EXIT_DEAD;
	spin_unlock(&sighand->lock);
	return old;
}

static void become_leader(void)
{
	struct task_struct *old;

	spin_lock(&tasklist_lock);
	old = take_over();
	spin_unlock(&tasklist_lock);
	release_task(old);
}

/* Handlers that are shared with another process (clone with CLONE_SIGHAND alone) are not changed
 * for it. */
static int unshare_sighand(void)
{
	struct sighand_struct *old = current->sighand, *sighand;

	if (refcount_read(&old->refs) == 1)
		return 0;
	sighand = sighand_create();
	if (!sighand)
		return -ENOMEM;
	spin_lock(&tasklist_lock);
	spin_lock(&old->lock);
	memcpy(sighand->action, old->action, sizeof(sighand->action));
	current->sighand = sighand;
	spin_unlock(&old->lock);
	spin_unlock(&tasklist_lock);
	if (current->old_sighand)
		sighand_put(current->old_sighand);
	current->old_sighand = old;
	return 0;
}

int de_thread(void)
{
	struct sighand_struct *sighand = current->sighand;
	int error;

	if (!thread_group_empty(current)) {
		error = begin(sighand);
		if (error)
			return error;
		error = wait_for_others();
		if (!error && current->group_leader != current)
			become_leader();
		end(sighand);
		if (error)
			return error;
	}
	return unshare_sighand();
}
