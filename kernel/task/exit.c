/* SPDX-License-Identifier: MIT */
/*
 * How tasks end. do_exit() goes the lecture's way:
 *
 *	1 exit_signals()		PF_EXITING: no more signals for this thread; before it, a
 *					process that is being dumped waits for its file
 *	2 exit_code			for who waits
 *	3 exit_mm()			leaves the address space; the last one takes it apart
 *	4 exit_sem()			takes back what semop(2) did with SEM_UNDO
 *	5 exit_files(), exit_fs()	likewise, what is not used any more is freed
 *	6 exit_notify()			a new parent for the children; its tracees go on without it;
 *					SIGCHLD; EXIT_ZOMBIE
 *	7 do_task_dead()		the last switch; the next task frees the stack (task.c)
 *
 * What is left is a zombie: the task_struct, its signal_struct, its ids. The parent's wait
 * releases it (wait.c, reap.c); a thread that is not the leader, and a child whose parent ignores
 * SIGCHLD, release themselves. A tracee is its tracer's to wait for, whatever it is.
 *
 * The leader of a process stays a zombie until its last thread has gone, and is reported only then.
 */
#include "arch/fpu.h"
#include "arch/vector.h"
#include "fs/fdtable.h"
#include "ipc/futex.h"
#include "ipc/sysv_sem.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "sched/pimutex.h"
#include "task/coredump.h"
#include "task/cred.h"
#include "task/kthread.h"
#include "task/oom.h"
#include "task/nsproxy.h"
#include "task/pid_ns.h"
#include "task/pidfd.h"
#include "task/posix_timer.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "uapi/process.h"
#include "vm/space.h"
#include "vm/usercopy.h"

/* --- 3: the address space --- */

static void wake_vfork_parent(struct task_struct *task)
{
	struct task_struct *parent = atomic_exchange(&task->vfork_parent, NULL);

	wake_up_process(parent);
	put_task_struct(parent);
}

/* pthread_join waits for the word to become 0. Nobody does when no other task has the space. */
static void clear_tid_word(struct task_struct *task)
{
	uaddr_t word = task->clear_child_tid;

	task->clear_child_tid = 0;
	if (refcount_read(&task->mm->users) > 1 && !put_user32(0, word))
		futex_wake_word(word, true, 1);
}

void mm_release(struct task_struct *task)
{
	assert(task == current);
	if (task->robust_list)
		futex_exit_robust(task);
	pi_exit(task, task->flags & PF_EXITING);
	if (task->clear_child_tid && task->mm)
		clear_tid_word(task);
	if (task->vfork_parent)
		wake_vfork_parent(task);
}

static void exit_mm(void)
{
	struct mm_struct *mm = current->mm;

	mm_release(current);
	if (!mm)
		return;
	if (mm->max_rss > current->signal->max_rss)
		current->signal->max_rss = mm->max_rss;
	mm_put_user(mm_switch_current(NULL));
}

/* --- 5: files --- */

static void exit_files(void)
{
	struct files_struct *files = current->files;

	spin_lock(&current->wake_lock);
	current->files = NULL;
	spin_unlock(&current->wake_lock);
	if (files)
		files_put(files);
}

static void exit_fs(void)
{
	struct fs_struct *fs = current->fs;

	spin_lock(&current->wake_lock);
	current->fs = NULL;
	spin_unlock(&current->wake_lock);
	if (fs)
		fs_put(fs);
}

/* --- 6: the family --- */

/* CLD_ code and value from a status as wait4 tells it. */
static void describe_death(struct siginfo *info, int status)
{
	info->code = child_code(status);
	info->child.status = status & 0x7f ? status & 0x7f : status >> 8 & 0xff;
}

static void describe_child(struct siginfo *info, struct task_struct *task, int signal)
{
	u64 user, system;

	*info = (struct siginfo){ .signo = signal };
	info->child.pid = task_pid_nr_ns(task, task_pid_ns(task->parent));
	info->child.uid = task->cred->uid;
	process_times(task->signal, &user, &system);
	info->child.utime = (s64)(user / (NSEC_PER_SEC / USER_HZ));
	info->child.stime = (s64)(system / (NSEC_PER_SEC / USER_HZ));
}

/* Sends a SIGCHLD-like signal unless the parent would drop it. Its sighand->lock is held. */
static void signal_parent(struct task_struct *parent, struct task_struct *task, int signal,
			  int status, int code)
{
	struct siginfo info;

	if (signal_is_ignored(parent, signal, false))
		return;
	describe_child(&info, task, signal);
	if (code) {
		info.code = code;
		info.child.status = status;
	} else {
		describe_death(&info, status);
	}
	send_signal_locked(signal, &info, parent, true);
}

bool notify_parent(struct task_struct *task, int signal)
{
	struct task_struct *parent = task->parent;
	struct sighand_struct *sighand = lock_sighand(parent);
	const struct sigaction *action = &sighand->action[SIGCHLD - 1];
	int status = exit_status(task);
	bool unwanted = false;

	assert(spin_is_locked(&tasklist_lock));
	if (!task->ptrace && signal == SIGCHLD &&
	    (action->handler == SIG_IGN || action->flags & SA_NOCLDWAIT))
		unwanted = true;
	if (signal > 0)
		signal_parent(parent, task, signal, status, 0);
	wake_up_all(&parent->signal->child_wait);
	spin_unlock(&sighand->lock);
	return unwanted;
}

static void notify_stop(struct task_struct *parent, struct task_struct *task, int code)
{
	struct sighand_struct *sighand = lock_sighand(parent);
	int status = task->signal->group_exit_code & 0x7f;

	assert(spin_is_locked(&tasklist_lock));
	if (code == CLD_CONTINUED)
		status = SIGCONT;
	else if (code == CLD_TRAPPED)
		status = task->trace_code & 0x7f;
	if (!(sighand->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
		signal_parent(parent, task, SIGCHLD, status, code);
	wake_up_all(&parent->signal->child_wait);
	spin_unlock(&sighand->lock);
}

void notify_parent_stop(struct task_struct *task, int code)
{
	notify_stop(task->group_leader->real_parent, task->group_leader, code);
}

void notify_tracer_stop(struct task_struct *task, int code)
{
	notify_stop(task->parent, task, code);
}

/* Zombies come first among their siblings, so that wait4(-1) finds one at once. */
static void become_zombie(struct task_struct *task)
{
	task->exit_state = EXIT_ZOMBIE;
	if (thread_group_leader(task)) {
		list_del(&task->sibling);
		list_add(&task->sibling, &task->real_parent->children);
	}
}

static void release_all(struct list_head *dead)
{
	while (!list_empty(dead)) {
		struct task_struct *task = list_first_entry(dead, struct task_struct, dead_link);

		list_del(&task->dead_link);
		release_task(task);
	}
}

static void exit_notify(bool group_dead)
{
	struct task_struct *task = current;
	LIST_HEAD(dead);
	bool unwanted;

	spin_lock(&tasklist_lock);
	forget_original_parent(task, &dead);
	if (group_dead)
		kill_orphaned_group(task->group_leader, NULL);
	become_zombie(task);
	if (unlikely(task->pid_handle))
		pid_handle_notify(task);
	if (unlikely(task->ptrace))
		unwanted = notify_parent(task, ptrace_exit_signal(task));
	else if (thread_group_leader(task))
		unwanted = thread_group_empty(task) && notify_parent(task, task->exit_signal);
	else
		unwanted = true;
	if (unwanted) {
		task->exit_state = EXIT_DEAD;
		list_add(&task->dead_link, &dead);
	}
	if (unlikely(task->signal->group_exec))
		wake_up_process(task->signal->group_exec); /* de_thread() waits for zombies */
	oom_task_ended(task);
	spin_unlock(&tasklist_lock);
	release_all(&dead);
}

/* A tracee that stops on its way out waits for its tracer; so a tracer that waits for the ends of
 * others lets its own go first. */
static void release_tracees(void)
{
	LIST_HEAD(dead);

	spin_lock(&tasklist_lock);
	ptrace_release_all(current, &dead);
	spin_unlock(&tasklist_lock);
	release_all(&dead);
}

/* The process's last thread ends: what all of them shared outside of the tables above. */
static void exit_process(void)
{
	struct signal_struct *signal = current->signal;

	if (unlikely(is_pid_ns_init(current))) {
		release_tracees();
		pid_ns_zap();
	}
	if (current->tgid == 1)
		panic("init has ended (status %#x), and nothing can run without it",
		      exit_status(current));
	itimers_stop(signal);
	posix_timers_delete_all(signal);
	if (signal->leader)
		tty_disassociate(current->group_leader);
}

void do_exit(int code)
{
	bool group_dead;

	assert(!(current->flags & (PF_IDLE | PF_EXITING)));
	if (unlikely(READ_ONCE(current->signal->core_dump)))
		core_dump_join();
	if (unlikely(current->ptrace))
		ptrace_exit_event(code);
	exit_signals(current);
	sched_exit();
	current->exit_code = code;
	group_dead = atomic_fetch_add(&current->signal->live, -1) == 1;
	if (group_dead)
		exit_process();
	exit_mm();
	arch_fpu_drop(current);
	arch_vector_drop(current);
	exit_sem(current);
	exit_files();
	exit_fs();
	exit_namespaces();
	if (current->kthread)
		kthread_exiting();
	exit_notify(group_dead);
	do_task_dead();
}

void do_group_exit(int code)
{
	struct signal_struct *signal = current->signal;
	struct sighand_struct *sighand = lock_sighand(current);

	if (signal->group_flags & SIGNAL_GROUP_EXIT)
		code = signal->group_exit_code;
	else if (!signal->group_exec) /* else another thread executes, and this one makes way */
		start_group_exit(current, code, current);
	spin_unlock(&sighand->lock);
	do_exit(code);
}
