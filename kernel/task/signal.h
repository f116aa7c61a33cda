/* SPDX-License-Identifier: MIT */
/*
 * Signals: sending, picking, delivering; job control.
 *
 * sighand->lock (RANK_SIGHAND) protects actions, masks and pending sets of all threads of the
 * process. A signal for a process wakes one thread that does not block it; SIGKILL and group exit
 * wake all.
 */
#ifndef TASK_SIGNAL_H
#define TASK_SIGNAL_H

#include "arch/frame.h"
#include "base/lock.h"
#include "lib/types.h"
#include "task/task.h"
#include "uapi/signal.h"

/* Sets of signals: what they do by default, and what is special about them (signal(7)). */
#define SIGSET_KERNEL_ONLY (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))
#define SIGSET_STOP (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define SIGSET_IGNORE (SIG_BIT(SIGCONT) | SIG_BIT(SIGCHLD) | SIG_BIT(SIGWINCH) | SIG_BIT(SIGURG))
#define SIGSET_CORE                                                                                \
	(SIGSET_FAULT | SIG_BIT(SIGQUIT) | SIG_BIT(SIGABRT) | SIG_BIT(SIGXCPU) | SIG_BIT(SIGXFSZ))
#define SIGSET_FAULT                                                                               \
	(SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) |                 \
	 SIG_BIT(SIGFPE) | SIG_BIT(SIGSYS))
#define SIG_BIT(signal) ((u64)1 << ((signal)-1))

enum { SIGNAL_COUNT = 64 };

/* signal_struct.group_flags */
enum signal_group_flags {
	SIGNAL_GROUP_EXIT = 1 << 0,	/* the process ends with group_exit_code */
	SIGNAL_STOP_STOPPED = 1 << 1,	/* all its threads have stopped, by group_exit_code */
	SIGNAL_STOP_CONTINUED = 1 << 2, /* SIGCONT came after that; wait4 has not told yet */
	SIGNAL_CLD_STOPPED = 1 << 3,	/* the parent is to be told that it stopped */
	SIGNAL_CLD_CONTINUED = 1 << 4,	/* the parent is to be told that it goes on */
	SIGNAL_UNKILLABLE = 1 << 5,	/* init, kernel threads: default actions do not happen */
	SIGNAL_TELL_MASK = SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED,
	SIGNAL_STOP_MASK = SIGNAL_STOP_STOPPED | SIGNAL_STOP_CONTINUED | SIGNAL_CLD_STOPPED |
			   SIGNAL_CLD_CONTINUED,
};

/* task_struct.jobctl */
enum jobctl_flags {
	JOBCTL_SIGNAL_MASK = 0xff,	/* the signal to stop by, or stopped by last */
	JOBCTL_STOP_PENDING = 1 << 8,	/* the thread is to stop */
	JOBCTL_STOP_CONSUME = 1 << 9,	/* and counts in group_stop_count */
	JOBCTL_STOP_DEQUEUED = 1 << 10, /* took a stop signal, and SIGCONT has not come since */
	JOBCTL_TRAP_STOP = 1 << 11,	/* a tracee: is to stop for its tracer */
	JOBCTL_TRAP_NOTIFY = 1 << 12,	/* a seized one: is to show the group's stop or going on */
	JOBCTL_LISTENING = 1 << 13, /* its stop goes on (PTRACE_LISTEN), the tracer is not told */
	JOBCTL_FROZEN = 1 << 14,    /* its tracer works on it: not even SIGKILL wakes it */
	JOBCTL_STOP_BITS = JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME | JOBCTL_STOP_DEQUEUED,
	JOBCTL_TRAP_BITS = JOBCTL_TRAP_STOP | JOBCTL_TRAP_NOTIFY,
	JOBCTL_WORK = JOBCTL_STOP_PENDING | JOBCTL_TRAP_BITS, /* for get_signal() */
};

/* A signal that waits with its siginfo. */
struct sigqueue {
	struct list_head link; /* [sighand->lock] in a pending set; empty: a timer's, not pending */
	struct user_counts *user; /* [I] who is charged with it */
	struct posix_timer
		*timer;	     /* [sighand->lock] whose only entry it is; NULL: free it when taken */
	struct siginfo info; /* [I] */
};

struct posix_timer;
struct user_counts;

struct sighand_struct {
	refcount_t refs;	     /* [a] tasks */
	spinlock_t lock;	     /* RANK_SIGHAND */
	struct sigaction action[64]; /* [lock] by signal - 1 */
	bool watched; /* [lock to send] somebody waits on signal_watch_queue() for its signals */
};

/* Sends to one thread, or to its whole process. info: siginfo_t, or SEND_SIG_KERNEL (si_code
 * SI_KERNEL) or NULL (SI_USER from current). Any task context; takes sighand->lock. The task is
 * current, or tasklist_lock is held (SEND_SIG_KERNEL needs neither). 0, -EAGAIN (queue full,
 * real-time signals), -ESRCH (it is gone). No permission check. */
#define SEND_SIG_KERNEL ((const struct siginfo *)1)
int send_signal(int signal, const struct siginfo *info, struct task_struct *task);
int send_signal_process(int signal, const struct siginfo *info, struct task_struct *task);
/* To all processes of a group (tty, kill(-pgid)). 0 or -ESRCH. Takes tasklist_lock. */
int send_signal_group(int signal, const struct siginfo *info, pid_t pgid);
/* To current, from what it did itself (SIGPIPE, SIGXFSZ). */
void send_signal_current(int signal);
/* A fault of current: cannot be blocked or ignored, kills if it is. address is si_addr. */
void force_signal_fault(int signal, int code, uaddr_t address);
void force_signal(int signal);
/* The same with siginfo: what current's own instruction caused cannot wait; a blocked or ignored
 * one gets its default action. */
void force_signal_info(const struct siginfo *info);
/* Dies as if by that signal, at once at the next return to user mode. */
void force_fatal_signal(int signal);

/* Recomputes TIF_SIGPENDING of current (after its mask changed); sighand->lock held. */
void recalc_sigpending(void);
/* Sets it if there is something, and says so; never clears it. The same lock. */
bool note_sigpending(void);
/* Sets current's mask. Takes the lock. */
void set_current_blocked(u64 mask);
/* ppoll, sigsuspend: mask for the time of the call; put back after delivery or when none came
 * (restore_saved_sigmask_unless(interrupted)). */
int set_user_sigmask(uaddr_t mask, size_t size) must_check;
void restore_saved_sigmask_unless(bool interrupted);

/* sigaltstack(2): current's alternate stack. set: 0, -EPERM while it runs on it, -EINVAL, -ENOMEM
 * below least bytes. */
struct signal_stack;
void signal_stack_get(struct signal_stack *stack);
int signal_stack_set(const struct signal_stack *stack, size_t least) must_check;
/* rt_sigreturn(2): everything as the frame at sp tells; the value for a0. A bad frame: SIGSEGV. */
long signal_return(struct trap_frame *frame);

/* Return to user mode with TIF_SIGPENDING: delivers, or restarts the system call. May not return
 * (death). */
void deliver_signals(struct trap_frame *frame);
/* Does the tty's check: a background process group that reads or writes gets SIGTTIN/SIGTTOU. True
 * when the signal is ignored or blocked. */
bool signal_is_ignored_or_blocked(int signal);

/* Locks task->sighand->lock, whose owner exec may change; returns the structure, to unlock it. */
struct sighand_struct *lock_sighand(struct task_struct *task);
/* The same sends with the lock held. process: to any thread of it. task/sigsend.c */
int send_signal_locked(int signal, const struct siginfo *info, struct task_struct *task,
		       bool process);
/* Sends the entry of a timer, which is not pending. False: the signal is ignored. Lock held. */
bool send_sigqueue(struct sigqueue *entry, struct task_struct *task, bool process) must_check;
/* An entry charged to the user, in no set; NULL beyond that many, or without memory. */
struct sigqueue *sigqueue_alloc(struct user_counts *user, u64 limit) must_check;
void sigqueue_free(struct sigqueue *entry);
/* The queue that signals for a process with watched handlers wake, for signalfd(2) and poll.
 * Others' may wake it too. It lives for ever. */
struct wait_queue *signal_watch_queue(const struct sighand_struct *sighand);

/* Sets TIF_SIGPENDING and wakes; fatal: also from killable sleep, stop and trace. Lock held. */
void signal_wake_up(struct task_struct *task, bool fatal);
/* The same, from interruptible sleep and the given states. */
void signal_wake_states(struct task_struct *task, u32 states);
/* All threads but except (or NULL) get SIGKILL. Lock held. */
void kill_threads(struct task_struct *task, const struct task_struct *except);
/* Marks the process as ending with code (as wait4's status), and kills all its threads but except.
 * Lock held. */
void start_group_exit(struct task_struct *task, int code, const struct task_struct *except);
/* Is a signal for the task dropped at once? force: SIGKILL and SIGSTOP reach even the unkillable.
 * Lock held. */
bool signal_is_ignored(const struct task_struct *task, int signal, bool force);

/* Drops signals of a set, the process's and its threads'. Lock held. */
void discard_signals(struct task_struct *task, u64 set);
/* Takes one signal that is in the set, filling *info. current's; lock held. */
void take_signal(struct sigpending *pending, int signal, struct siginfo *info);

/* Takes a signal of current's that is not in blocked: its number, with *info filled, or 0. Lock
 * held. task/sigpick.c */
int dequeue_signal(u64 blocked, struct siginfo *info);
/* What get_signal chose: a handler to run. */
struct picked_signal {
	int signal;
	struct sigaction action;
	struct siginfo info;
};
/* The next signal that has a handler; does what the others do by default. False: none. May not
 * return. */
bool get_signal(struct picked_signal *picked);

/* Job control, task/jobctl.c. Lock held: */
/* Stop signals and SIGCONT cancel each other. */
void jobctl_signal_sent(int signal, struct task_struct *task);
/* Counts the task out of a group stop; true: tell the parent. */
bool jobctl_leave_stop(struct task_struct *task);
/* Stops current if it is to; gives up the lock and takes it again then, and returns true. signal:
 * 0, or the one that was dequeued. */
bool jobctl_stop(int signal);
/* Asks the task for a stop: flags go into its jobctl. False: it ends. */
bool jobctl_request(struct task_struct *task, u32 flags);
/* No lock held: tells the parent what CLD_ flags say. */
void jobctl_tell_parent(void);
/* The same with tasklist_lock held. A stop is told only if tell_stop. */
void jobctl_tell_parent_locked(bool tell_stop);
/* tasklist_lock held: SIGCHLD about a stop (CLD_STOPPED) or continuation to the real parent of
 * task's process. */
void notify_parent_stop(struct task_struct *task, int code);
/* tasklist_lock held: SIGCHLD about a stop of the task, also CLD_TRAPPED, to its tracer. */
void notify_tracer_stop(struct task_struct *task, int code);
/* tasklist_lock held: does no member of the group have a parent outside it, in its session?
 * ignored: a process that is leaving. */
bool group_is_orphaned(pid_t pgid, const struct task_struct *ignored);
bool current_group_orphaned(void);
/* task/exit.c; tasklist_lock held: SIGCHLD, or signal, to the parent; true when nobody will wait
 * for the task. */
bool notify_parent(struct task_struct *task, int signal);

void signal_init(void);
void flush_signal_handlers(struct task_struct *task, bool force_default); /* exec */
/* Forgets all that is pending in a set. The lock of its task's sighand is held, or it is nobody's.
 */
void flush_sigqueue(struct sigpending *pending);
/* do_exit, step 1: PF_EXITING; shared signals are shown to the other threads. */
void exit_signals(struct task_struct *task);

#endif
