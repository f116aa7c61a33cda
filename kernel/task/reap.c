/* SPDX-License-Identifier: MIT */
/*
 * release_task(): the second half of a task's end. It takes a dead task out of every list, gives
 * its id back, adds what it used to its process's sums, and drops the "not yet reaped" reference.
 *
 * Called by who waited for it, by the task itself when nobody will, and by exec for the old leader.
 * It may still be on its stack then: the other reference keeps it until it is not.
 */
#include "ipc/tty.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pidfd.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"

static u64 released_faults; /* [tasklist_lock] of all threads that are no more */

u64 total_faults(void)
{
	struct task_struct *leader, *thread;
	u64 faults;

	spin_lock(&tasklist_lock);
	faults = released_faults;
	for_each_process (leader)
		for_each_thread (leader, thread)
			faults += READ_ONCE(thread->min_faults);
	spin_unlock(&tasklist_lock);
	return faults;
}

/* Keeps what the thread has used, for times(2) and the parent. */
static void add_to_process(const struct task_struct *task, struct signal_struct *signal)
{
	u64 user, system;

	sched_task_times((struct task_struct *)task, &user, &system);
	signal->dead_user_ns += user;
	signal->dead_system_ns += system;
	signal->min_faults += task->min_faults;
	released_faults += task->min_faults;
	signal->maj_faults += task->maj_faults;
	signal->switches_voluntary += task->switches_voluntary;
	signal->switches_forced += task->switches_forced;
	io_counts_add(&signal->io, &task->io);
}

/* A leader that was a zombie before its last other thread ended is reported now. */
static bool leader_is_next(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	if (leader == task || leader->exit_state != EXIT_ZOMBIE || !thread_group_empty(leader))
		return false;
	pid_handle_notify(leader);
	if (!notify_parent(leader, leader->exit_signal))
		return false;
	leader->exit_state = EXIT_DEAD;
	return true;
}

bool release_task_locked(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct sighand_struct *sighand = task->sighand;
	bool leader_too;

	assert(spin_is_locked(&tasklist_lock) && task->exit_state == EXIT_DEAD);
	assert(list_empty(&task->children) && list_empty(&task->tracees));
	if (unlikely(task->ptrace))
		ptrace_unlink(task);
	add_to_process(task, signal);
	pid_detach(task);
	spin_lock(&sighand->lock);
	list_del(&task->thread_link);
	signal->nr_threads--;
	spin_unlock(&sighand->lock);
	if (task == task->group_leader) {
		assert(signal->nr_threads == 0);
		list_del(&task->tasks);
		list_del(&task->sibling);
		group_leave(signal);
	}
	user_uncharge_task(task->cred->user);
	if (unlikely(signal->group_exec))
		wake_up_process(signal->group_exec);
	leader_too = leader_is_next(task);
	/* Who still has a reference finds no task here that may be freed before it. */
	task->group_leader = task;
	task->real_parent = task->parent = &init_task;
	return leader_too;
}

void release_finish(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct tty *tty = NULL;

	if (signal->nr_threads == 0 && signal->tty) {
		spin_lock(&tasklist_lock);
		tty = signal->tty;
		signal->tty = NULL;
		spin_unlock(&tasklist_lock);
	}
	if (tty)
		tty_put(tty);
	put_task_struct(task);
}

void release_task(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	bool leader_too;

	spin_lock(&tasklist_lock);
	leader_too = release_task_locked(task);
	spin_unlock(&tasklist_lock);
	release_finish(task);
	if (leader_too)
		release_task(leader);
}

void process_times(const struct signal_struct *signal, u64 *user_ns, u64 *system_ns)
{
	struct task_struct *thread;

	assert(spin_is_locked(&tasklist_lock));
	*user_ns = signal->dead_user_ns;
	*system_ns = signal->dead_system_ns;
	list_for_each_entry (thread, &signal->threads, thread_link) {
		u64 user, system;

		sched_task_times(thread, &user, &system);
		*user_ns += user;
		*system_ns += system;
	}
}
