/* SPDX-License-Identifier: MIT */
/*
 * Tracing, ptrace(2): one task, the tracer, is the parent of another for all that happens to it,
 * and stops it, looks into it, and lets it go on. docs/tracing.md has the protocol.
 *
 * TR1: who traces whom (task->ptrace, parent, tracees) changes under tasklist_lock and the tracee's
 *	sighand->lock. A tracer is one thread; no other thread acts for it.
 * TR2: a tracee stops only with both locks held, as the last thing before it sleeps, and tells its
 *	tracer before it gives up tasklist_lock. So a wait finds the stop, or is woken by it.
 * TR3: a stopped tracee goes on when its tracer says so, when it loses its tracer, or when SIGKILL
 *	comes; all under its sighand->lock. While it is frozen (JOBCTL_FROZEN) SIGKILL waits: its
 *	tracer may look at its registers and memory.
 */
#ifndef TASK_PTRACE_H
#define TASK_PTRACE_H

#include "arch/frame.h"
#include "lib/list.h"
#include "lib/types.h"
#include "task/pid_ns.h"
#include "task/task.h"

/* task_struct.ptrace, beside the options (PTRACE_O_*) */
enum ptrace_flags {
	PT_TRACED = 1 << 28,
	PT_SEIZED = 1 << 29,  /* by PTRACE_SEIZE: group stops are shown as such */
	PT_TRUSTED = 1 << 30, /* its tracer may trace everybody: exec keeps what it grants */
};

/* In trace_code: the tracer has ended, and what it wanted is not known; the rest is the stop's. */
enum { TRACE_ABANDONED = 1 << 30 };

/* --- the tracee's side, all on current; may sleep. ptrace_stop.c --- */

/* Does the tracer want to know of the event? */
static inline bool ptrace_event_enabled(int event)
{
	return current->ptrace & 1u << event;
}

/* Stops for the event if the tracer wants to know; exec sends an old-style tracer SIGTRAP
 * otherwise. */
void ptrace_event(int event, u64 message);
/* The same for one about a process: told by its number in the tracer's name space. */
void ptrace_event_pid(int event, struct pid_note note);
/* The same at the beginning of the end, although a SIGKILL may be the cause of it. */
void ptrace_exit_event(int code);
/* A signal is about to be delivered: the signal that the tracer leaves, *info being what goes with
 * it, or 0. */
int ptrace_signal_stop(int signal, struct siginfo *info);
/* The stop that JOBCTL_TRAP_* ask for, if they still do. */
void ptrace_trap(void);
/* Current has slept as a tracee, or may have: what it is to go on with. sighand->lock held. */
int ptrace_trap_over(struct task_struct *task);
/* A system call with TIF_SYSCALL_TRACE begins or ends. Enter: false, it is not to be done, as the
 * task is to die. */
bool ptrace_syscall_enter(void);
void ptrace_syscall_exit(void);

/* --- both --- */

/* Another process than the one that waits for it as its parent traces it. tasklist_lock held. */
static inline bool ptrace_reparented(const struct task_struct *task)
{
	return task->parent->signal != task->real_parent->signal;
}

/* A seized tracee's group has stopped or goes on: it shows that. Lock held. */
void ptrace_notify_change(struct task_struct *task);

/* --- who traces whom. ptrace_attach.c --- */

enum ptrace_creds { PTRACE_REALCREDS, PTRACE_FSCREDS };

/* False when its memory is protected from its own user; nothing protects one without memory. */
bool task_is_dumpable(struct task_struct *task);
/* May current trace the task or read its memory? Takes tasklist_lock. */
bool ptrace_may_access(struct task_struct *task, enum ptrace_creds creds);
/* 0, -EPERM. seize: with these flags (PT_SEIZED and options), else PTRACE_ATTACH. May sleep. */
int ptrace_attach(struct task_struct *task, bool seize, u32 options) must_check;
int ptrace_traceme(void) must_check;
/* The tracee goes on alone, with a signal or 0. */
void ptrace_detach(struct task_struct *task, int signal);
/* tasklist_lock held: */
void ptrace_unlink(struct task_struct *task);
/* The child of a traced clone: traced from its start. sighand->lock held, too. */
void ptrace_inherit(struct task_struct *child);
/* The tracer ends. Tracees that nobody waits for go to dead. */
void ptrace_release_all(struct task_struct *tracer, struct list_head *dead);
/* The signal to the tracer at a tracee's end. */
int ptrace_exit_signal(const struct task_struct *task);
/* Current's tracer has no more rights than current: set-id bits do not count. */
bool ptrace_is_untrusted(void);

/* --- the tracer's side: on a tracee of current's. ptrace_control.c --- */

/* Stopped, and off its hart: it stays there until ptrace_unfreeze(). 0, -ESRCH. */
int ptrace_freeze(struct task_struct *task) must_check;
void ptrace_unfreeze(struct task_struct *task);
/* A tracee of current's in whatever state. */
bool ptrace_is_mine(struct task_struct *task);
/* From here on the task is frozen, but for ptrace_interrupt(). */
void ptrace_resume(struct task_struct *task, int signal, bool stop_at_syscalls);
int ptrace_interrupt(struct task_struct *task) must_check;
int ptrace_listen(struct task_struct *task) must_check;
void ptrace_set_options(struct task_struct *task, u32 options);
/* The siginfo of its stop: 0, or -EINVAL, there is none. */
int ptrace_get_siginfo(struct task_struct *task, struct siginfo *info) must_check;
int ptrace_set_siginfo(struct task_struct *task, const struct siginfo *info) must_check;
/* The pending signal at that place in the task's queue, or its process's: false, no more. */
bool ptrace_peek_siginfo(struct task_struct *task, bool process, u64 index, struct siginfo *info);
u64 ptrace_get_sigmask(struct task_struct *task);
void ptrace_set_sigmask(struct task_struct *task, u64 mask);

#endif
