/* SPDX-License-Identifier: MIT */
/*
 * The life of a task: made by clone, changed by exec, ended by exit, collected by wait.
 */
#ifndef TASK_PROCESS_H
#define TASK_PROCESS_H

#include "lib/types.h"
#include "task/signal.h"
#include "task/task.h"

enum clone_flags {
	CSIGNAL = 0xff,
	CLONE_NEWTIME = 0x80, /* setns alone: clone takes it for a signal's bit */
	CLONE_VM = 0x100,
	CLONE_FS = 0x200,
	CLONE_FILES = 0x400,
	CLONE_SIGHAND = 0x800,
	CLONE_PIDFD = 0x1000,
	CLONE_PTRACE = 0x2000,
	CLONE_VFORK = 0x4000,
	CLONE_PARENT = 0x8000,
	CLONE_THREAD = 0x10000,
	CLONE_NEWNS = 0x20000,
	CLONE_SYSVSEM = 0x40000,
	CLONE_SETTLS = 0x80000,
	CLONE_PARENT_SETTID = 0x100000,
	CLONE_CHILD_CLEARTID = 0x200000,
	CLONE_DETACHED = 0x400000,
	CLONE_UNTRACED = 0x800000,
	CLONE_CHILD_SETTID = 0x1000000,
	CLONE_NEWCGROUP = 0x2000000,
	CLONE_NEWUTS = 0x4000000,
	CLONE_NEWIPC = 0x8000000,
	CLONE_NEWUSER = 0x10000000,
	CLONE_NEWPID = 0x20000000,
	CLONE_NEWNET = 0x40000000,
	CLONE_IO = (int)0x80000000,
};
#define CLONE_CLEAR_SIGHAND 0x100000000UL

struct clone_args_kernel {
	u64 flags; /* CLONE_*, without the signal */
	int exit_signal;
	uaddr_t stack; /* top; 0: the parent's */
	uaddr_t tls;
	uaddr_t parent_tid, child_tid, pidfd;
	int (*function)(void *); /* kernel threads: what to run; else NULL */
	void *argument;
	const char *name;    /* kernel threads */
	hartmask_t affinity; /* kernel threads: harts that it may run on, 0: all */
};

/* The lecture's _do_fork: copy_process, wake_up_new_task, and for vfork waits. The child's pid or
 * -errno. May sleep. */
pid_t kernel_clone(const struct clone_args_kernel *args);

/* Ends the task: code as wait4's status (exit value << 8, or signal). */
void noreturn do_exit(int code);
/* Ends the whole process. */
void noreturn do_group_exit(int code);

/* execve from kernel memory (init) or user memory. 0: the frame starts the program; -errno. */
int kernel_execve(const char *path, const char *const *arguments,
		  const char *const *environment) must_check;

/* What a task with TIF_NOTIFY does before it goes to user mode: a new one writes its id for
 * CLONE_CHILD_SETTID; one that overran its SCHED_DEADLINE budget gets SIGXCPU; signals are sent
 * about files with O_ASYNC. */
void task_notified(void);

/* kernel_clone's first half: the child, in state TASK_NEW; ERR_PTR. event: what a tracer of
 * current's is to be told of it, so that it traces the child, too; or 0. */
struct task_struct *copy_process(const struct clone_args_kernel *args, int event) must_check;

/* Unlinks a dead task (exit_state EXIT_DEAD) from everything; true when its leader, a zombie that
 * nobody waits for, is to be released too. tasklist_lock held; then release_finish() without. */
bool release_task_locked(struct task_struct *task) must_check;
void release_finish(struct task_struct *task);
void release_task(struct task_struct *task); /* both: frees a zombie that was waited for */
/* Ends the other threads of the process and makes current its leader; 0, or -EINTR when current is
 * to end itself. task/dethread.c */
int de_thread(void) must_check;
/* The reparenting half of exit_notify: task/reparent.c. tasklist_lock held; children that nobody
 * waits for go to dead. */
void forget_original_parent(struct task_struct *father, struct list_head *dead);
/* SIGHUP and SIGCONT to a group with stopped processes that loses its last parent outside: task's,
 * when it leaves. tasklist_lock held. */
void kill_orphaned_group(struct task_struct *task, const struct task_struct *parent);

/* What wait4 tells of a dead task: the process's status, when it was ended as a whole. */
static inline int exit_status(const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;

	return signal->group_flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->exit_code;
}

/* Why a child ended, of CLD_*, by such a status. */
static inline int child_code(int status)
{
	if (!(status & 0x7f))
		return CLD_EXITED;
	return status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

/* CPU time of a process so far, ns: its threads, dead ones too. tasklist_lock held. */
void process_times(const struct signal_struct *signal, u64 *user_ns, u64 *system_ns);
/* Page faults since boot, but for those of idle tasks. Takes tasklist_lock. task/reap.c */
u64 total_faults(void);
/* Disarms what setitimer(2) armed, at the process's end; no lock held. And for a new process: none
 * armed. task/itimer.c */
void itimers_stop(struct signal_struct *signal);
void itimers_init(struct signal_struct *signal);
/* Wakes the parent that waits in vfork; zeroes clear_child_tid; for exec and exit. */
void mm_release(struct task_struct *task);

struct task_struct *task_alloc_idle(unsigned int hart) must_check; /* for sched_idle_task() */
void task_init(void); /* caches; fills in init_task's links; dead hook */

/* The first user task: forks init (PID 1) from the boot task and kthreadd (PID 2). Called by
 * kernel_main. */
void start_init(void);

#endif
