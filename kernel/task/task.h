/* SPDX-License-Identifier: MIT */
/*
 * struct task_struct, the process descriptor, and what the threads of a process share.
 *
 * A thread is a task that shares: its address space (mm), open files (files), directories (fs),
 * signal actions (sighand), and, in one thread group, the process's signal_struct.
 *
 * Protection, by the letters after the fields:
 *	[I] immutable once the task is visible	[a] atomic
 *	[o] the task itself only		[q] run queue's lock of the hart it is on
 *	[k] wake_lock				[s] sighand->lock
 *	[T] tasklist_lock to change; read under it, or by the task itself
 *
 * References: `usage` counts. A live task holds two of its own: "not yet reaped" (dropped by
 * release_task) and "on its kernel stack" (dropped after its last switch). Who drops the last one
 * frees the task; so the parent's wait4 and the dying task never race.
 */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include "arch/current.h"
#include "base/lock.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/waitq.h"

struct mm_struct;
struct files_struct;
struct fs_struct;
struct sighand_struct;
struct signal_struct;
struct fpu_state;
struct vector_state;
struct core_dump;
struct cred;
struct siginfo;
struct seccomp_filter;
struct pid_group;
struct pid_handle;
struct sem_undo_list;
struct pi_waiter;
struct nsproxy;
struct pid_numbers;
struct file;
struct tty;

enum task_flags { /* PF_*: as /proc/pid/stat's field 9 shows them */
		  PF_IDLE = 0x2,
		  PF_EXITING = 0x4,
		  PF_FORKNOEXEC = 0x40,
		  PF_MCE_PROCESS = 0x80, /* prctl(PR_MCE_KILL): it has chosen */
		  PF_DUMPCORE = 0x200,
		  PF_SIGNALED = 0x400,
		  PF_NPROC_EXCEEDED = 0x1000, /* changed to a user with too many tasks */
		  PF_IO_FLUSHER = 0x180000,   /* prctl(PR_SET_IO_FLUSHER); two bits */
		  PF_KTHREAD = 0x200000,
		  PF_MCE_EARLY = 0x8000000, /* with PF_MCE_PROCESS */
		  PF_INHERITED = PF_KTHREAD | PF_MCE_PROCESS | PF_MCE_EARLY | PF_IO_FLUSHER,
};

enum exit_state { EXIT_ALIVE = 0, EXIT_ZOMBIE = 0x20, EXIT_DEAD = 0x10 };

/* Signals that wait for delivery: to one task, or to a process. */
struct sigpending {
	u64 set;		/* one bit per signal, signal 1 is bit 0 */
	struct list_head queue; /* struct sigqueue: siginfo of those that have one */
};

enum { TASK_COMM_LEN = 16 };

#define LOGIN_NOBODY (~(u32)0)

/* What /proc/pid/io tells: calls of read(2) and write(2) and their relatives, and their bytes. */
struct io_counts {
	u64 bytes_read, bytes_written;
	u64 reads, writes;
};

struct task_struct {
	struct thread_info ti; /* first: the trap entry finds it through tp */

	/* --- running --- */
	unsigned long sp;	/* [o] kernel stack pointer while it does not run; arch_switch */
	void *stack;		/* [I] lowest address of the kernel stack */
	u32 state;		/* [a] enum task_state */
	u32 flags;		/* [o] enum task_flags */
	bool on_hart;		/* [a] runs now, or has not left its stack yet */
	spinlock_t wake_lock;	/* RANK_WAKE: state changes by wakers, affinity */
	unsigned int hart;	/* [q] hart whose queue it is on, or was last */
	struct sched_entity se; /* [q] */
	hartmask_t affinity;	/* [k] harts that it may run on */
	u64 switches_voluntary; /* [o] */
	u64 switches_forced;	/* [o] */
	struct io_counts io;	/* [o] */
	u32 ticks_user;		/* [o] samples at the tick, to split run time */
	u32 ticks_system;	/* [o] */
	struct fpu_state *fpu;	/* [o] NULL until the FPU is used */
	struct vector_state *vector; /* [o] NULL until vectors are used */
	u8 vector_control;	     /* [o] prctl(PR_RISCV_V_SET_CONTROL) */

	/* --- memory --- */
	/* [o, k] NULL: kernel thread, or past exit_mm(). Changed under wake_lock. */
	struct mm_struct *mm;

	/* --- identity --- */
	pid_t pid;	   /* [I] thread id */
	pid_t tgid;	   /* [I] process id (changed by de_thread of exec under tasklist_lock) */
	pid_t vpid, vtgid; /* [I] like the two: as its own name space has them */
	struct pid_numbers
		*numbers;	  /* [I] like pid: task/pid_ns.h; NULL: in the first name space */
	refcount_t usage;	  /* [a] */
	struct cred *cred;	  /* [o] to change; others take a reference under tasklist_lock */
	char comm[TASK_COMM_LEN]; /* [o] name; readers may see it half changed, always terminated */
	nsec_t start_time;	  /* [I] monotonic */

	/* --- family --- */
	struct task_struct *real_parent;  /* [T] who made it, or its reaper */
	struct task_struct *parent;	  /* [T] who gets SIGCHLD: the tracer while traced */
	struct list_head children;	  /* [T] */
	struct list_head sibling;	  /* [T] in the parent's children */
	struct list_head tasks;		  /* [T] all processes (group leaders): for_each_process */
	struct task_struct *group_leader; /* [T] */
	struct list_head thread_link;	  /* [T] in signal->threads */
	struct list_head pid_link;	  /* [T and the bucket's lock] pid hash */
	struct pid_handle *pid_handle;	  /* [T] task/pidfd.h; NULL: it has no descriptors */
	u8 exit_state;			  /* [T] enum exit_state */
	s8 exit_signal; /* [T] to the parent at exit; -1 for threads other than the leader */
	int exit_code;	/* [T] as wait4's status */

	/* --- what it shares --- */
	struct files_struct *files;	/* [o, k] changed under wake_lock, for others' sake */
	struct fs_struct *fs;		/* [o, k] likewise */
	struct signal_struct *signal;	/* [I] until free_task() */
	struct sighand_struct *sighand; /* [T, s] changed by exec alone; until free_task() */
	/* [o] the one that exec left: a sender may still lock it */
	struct sighand_struct *old_sighand;
	/* [o] what semop(2) takes back at the end; NULL: nothing. ipc/sysv_undo.c */
	struct sem_undo_list *sem_undo;
	/* [o] while it frees messages of sockets: ipc/unix_flight.h; or NULL */
	struct socket_burial *burial;
	struct nsproxy *nsproxy; /* [o, k] its name spaces: task/nsproxy.h; NULL: past exit */

	/* --- signals --- */
	u64 blocked;		   /* [s] */
	u64 real_blocked;	   /* [s] sigtimedwait: the mask while it waits for some of it */
	u64 saved_sigmask;	   /* [o] put back after delivery: sigsuspend, ppoll */
	struct sigpending pending; /* [s] for this thread alone */
	uaddr_t altstack_sp;	   /* [o] sigaltstack */
	u64 altstack_size;	   /* [o] */
	u32 altstack_flags;	   /* [o] SS_AUTODISARM, SS_DISABLE */
	u32 jobctl; /* [s] stop and trap requests: enum jobctl_flags of task/signal.h */

	/* --- tracing: task/ptrace.h --- */
	/* [T and s to change; either to read, or by itself] PT_* and PTRACE_O_*; 0: not traced */
	u32 ptrace;
	int trace_code;		     /* [s] of its stop, until wait told; then what to go on with */
	u64 trace_message;	     /* [s] of its stop: PTRACE_GETEVENTMSG */
	struct siginfo *trace_info;  /* [s] of its stop, on its stack; or NULL */
	struct list_head tracees;    /* [T] tasks that this one traces */
	struct list_head trace_link; /* [T] in the tracer's tracees */

	struct restart_block { /* [o] what restart_syscall(2) continues */
		long (*function)(struct restart_block *block);
		u64 argument[4];
	} restart;

	/* --- threads --- */
	uaddr_t set_child_tid;	 /* [o] written at the child's start */
	uaddr_t clear_child_tid; /* [o] zeroed and woken at the end */
	uaddr_t robust_list;	 /* [o] set_robust_list */
	uaddr_t rseq;		 /* [o] the program's struct rseq; 0: none (task/rseq.c) */
	u32 rseq_length;	 /* [o] as it was registered */
	u32 rseq_signature;	 /* [o] before each abort handler */
	u32 rseq_hart;		 /* [o, q] what the structure says; ~0: nothing yet */
	/* Priority inheritance, sched/pimutex.h; pi_lock protects it. */
	struct list_head pi_held;   /* struct pi_mutex that others wait for */
	struct pi_waiter *pi_waits; /* what it waits for */
	bool pi_gone;		    /* [a] it has ended, and will hold nothing more */
	/* [a] referenced; waits until this task leaves its space */
	struct task_struct *vfork_parent;
	u8 pdeath_signal;		/* [T] prctl(PR_SET_PDEATHSIG) */
	u16 mempolicy;			/* [o] set_mempolicy(2): mode and flags */
	u16 ioprio;			/* [T] ioprio_set(2); 0: none */
	u32 personality;		/* [o] PER_* of personality(2), kept over fork and exec */
	bool no_new_privs;		/* [o] prctl(PR_SET_NO_NEW_PRIVS); set by TSYNC too */
	u8 seccomp_mode;		/* [s] enum seccomp_mode */
	struct seccomp_filter *seccomp; /* [s] newest filter; task/seccomp.h */
	u64 timer_slack;		/* [o] prctl(PR_SET_TIMERSLACK), ns; kept, not used */

	/* --- accounting --- */
	uid_t login_uid;   /* [o] who logged in, as /proc/pid/loginuid was told; LOGIN_NOBODY */
	u32 login_session; /* [o] number of that login; LOGIN_NOBODY */
	u64 min_faults, maj_faults; /* [o] */

	/* --- kernel threads --- */
	struct kthread *kthread;       /* [o] task/kthread.h; NULL for user tasks */
	struct list_head dead_link;    /* [T] list of tasks to be released (task/exit.c) */
	u8 mutexes_held[MUTEX_LEVELS]; /* [o] debug: sleeping locks held, by level */
};

/* Resource limits (getrlimit(2)). */
enum {
	RLIMIT_CPU,
	RLIMIT_FSIZE,
	RLIMIT_DATA,
	RLIMIT_STACK,
	RLIMIT_CORE,
	RLIMIT_RSS,
	RLIMIT_NPROC,
	RLIMIT_NOFILE,
	RLIMIT_MEMLOCK,
	RLIMIT_AS,
	RLIMIT_LOCKS,
	RLIMIT_SIGPENDING,
	RLIMIT_MSGQUEUE,
	RLIMIT_NICE,
	RLIMIT_RTPRIO,
	RLIMIT_RTTIME,
	RLIM_NLIMITS
};
#define RLIM_INFINITY (~0UL)

struct rlimit {
	u64 soft;
	u64 hard;
};

/* A timer of setitimer(2), on the clock that its index in signal_struct.itimer names. */
struct itimer {
	struct timer timer; /* its function looks whether the clock has reached target */
	nsec_t target;	    /* [s] on its clock; 0: not set */
	nsec_t interval;    /* [s] ns, 0: once */
	bool parked;	    /* [s] IT1 (itimer.c) */
};

/* What the threads of a process share. Freed with the last task that refers to it. */
struct signal_struct {
	refcount_t refs; /* [a] tasks */
	u32 nr_threads;	 /* [T] not yet released */
	u32 live;	 /* [a] not yet past the start of do_exit */
	/* [T and s to change, either to read] thread_link, leader first */
	struct list_head threads;
	/* [T] tgid of the leader's real parent, as its name space has it: what getppid(2) returns,
	 * without a lock */
	pid_t ppid;
	pid_t pgid;		       /* [T] process group */
	pid_t sid;		       /* [T] session */
	struct pid_group *group;       /* [T] the same two, as objects: task/pid.c */
	struct pid_group *session;     /* [T] */
	struct list_head pgrp_link;    /* [T] members of the group: task/pid.c */
	struct list_head session_link; /* [T] members of the session */
	bool leader;		       /* [T] session leader */
	bool did_exec;		       /* [T] setpgid on a child that has executed: EACCES */
	bool subreaper;		       /* [T] prctl(PR_SET_CHILD_SUBREAPER) */
	struct tty *tty;	       /* [T] controlling terminal */
	pid_t tty_old_group;	       /* [T] leader: foreground of a terminal that was hung up */
	struct sigpending pending;     /* [s] for the whole process */
	struct wait_queue child_wait;  /* wait4's sleepers: any thread of the process */
	/* [s] thread that executes and waits for the others to die */
	struct task_struct *group_exec;
	struct core_dump *core_dump; /* [s] its core file is being written: task/coredump.h */
	int group_exit_code;	     /* [s] exit_group's or the fatal signal's status */
	u32 group_flags;	     /* [s] SIGNAL_*: task/signal.h */
	int group_stop_count;	     /* [s] threads that have yet to stop */
	struct itimer itimer[4]; /* by ITIMER_REAL, _VIRTUAL, _PROF, _CPU_LIMIT: task/itimer.c */
	struct rb_root posix_timers; /* [s] timer_create(2), by id: task/posix_timer.c */
	u32 next_posix_timer;	     /* [a] */
	/* [s] to change; who reads one word of it needs no lock */
	struct rlimit limits[RLIM_NLIMITS];
	u64 dead_user_ns, dead_system_ns;	  /* [T] of threads that were released */
	u64 children_user_ns, children_system_ns; /* [T] of children that were waited for */
	u64 min_faults, maj_faults, children_min_faults, children_maj_faults; /* [T] */
	u64 switches_voluntary, switches_forced;		   /* [T] of dead threads */
	u64 children_switches_voluntary, children_switches_forced; /* [T] */
	u64 max_rss, children_max_rss;				   /* [T] pages */
	struct io_counts io;   /* [T] of dead threads, and of children that were waited for */
	s16 oom_score_adj;     /* [a] */
	s16 oom_score_adj_min; /* [T] what it may be lowered to without a capability */
};

static inline struct task_struct *get_task_struct(struct task_struct *task)
{
	refcount_inc(&task->usage);
	return task;
}

void free_task(struct task_struct *task); /* task/task.c */

static inline void put_task_struct(struct task_struct *task)
{
	if (refcount_dec_and_test(&task->usage))
		free_task(task);
}

/* What another task uses now, with a reference (the space's a user reference, so it stays whole);
 * NULL when it has none, or no more. They take the task's wake_lock. task/task.c */
struct mm_struct *get_task_mm(struct task_struct *task);
struct files_struct *get_task_files(struct task_struct *task);
struct fs_struct *get_task_fs(struct task_struct *task);

static inline bool thread_group_leader(const struct task_struct *task)
{
	return task->pid == task->tgid;
}

/* Every process, by its leader, init_task first; and every thread of a process. Under
 * tasklist_lock. */
extern spinlock_t tasklist_lock; /* RANK_TASKLIST */
/* PID 0: the boot hart's idle task, the head of the list. */
extern struct task_struct init_task;

#define next_task(task) list_next_entry(task, tasks)
#define for_each_process(task) for (task = &init_task; (task = next_task(task)) != &init_task;)
#define for_each_thread(leader, thread)                                                            \
	list_for_each_entry (thread, &(leader)->signal->threads, thread_link)

/* The process has one thread that was not yet released. */
static inline bool thread_group_empty(const struct task_struct *task)
{
	return task->signal->nr_threads == 1;
}

/* Counts a call that read, or would have read but for the error that it ends with. */
static inline void io_count_read(ssize_t result)
{
	if (likely(result > 0))
		current->io.bytes_read += (u64)result;
	current->io.reads++;
}

static inline void io_count_write(ssize_t result)
{
	if (likely(result > 0))
		current->io.bytes_written += (u64)result;
	current->io.writes++;
}

static inline void io_counts_add(struct io_counts *to, const struct io_counts *from)
{
	to->bytes_read += from->bytes_read;
	to->bytes_written += from->bytes_written;
	to->reads += from->reads;
	to->writes += from->writes;
}

static inline u64 rlimit(unsigned int which)
{
	return READ_ONCE(current->signal->limits[which].soft);
}

/* Sets the flags that make a task look for work before it returns to user mode, and, for signals,
 * kicks its hart. */
static inline void task_set_flag(struct task_struct *task, unsigned long flag)
{
	__atomic_fetch_or(&task->ti.flags, flag, __ATOMIC_SEQ_CST);
}

static inline void task_clear_flag(struct task_struct *task, unsigned long flag)
{
	__atomic_fetch_and(&task->ti.flags, ~flag, __ATOMIC_SEQ_CST);
}

static inline bool task_has_flag(const struct task_struct *task, unsigned long flag)
{
	return __atomic_load_n(&task->ti.flags, __ATOMIC_RELAXED) & flag;
}

#endif
