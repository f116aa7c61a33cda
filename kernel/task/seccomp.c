/* SPDX-License-Identifier: MIT */
/*
 * seccomp(2): task/seccomp.h. A system call comes here the slow way, as TIF_SECCOMP is set.
 */
#include "task/seccomp.h"

#include "base/log.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/bpf.h"
#include "task/coredump.h"
#include "task/cred.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal.h"
#include "uapi/ptrace.h"
#include "vm/usercopy.h"

enum {
	CHAIN_MAX = 32768,   /* instructions of all filters of a thread */
	FILTER_OVERHEAD = 4, /* and what each costs beside its own */
	SYS_READ = 63,
	SYS_WRITE = 64,
	SYS_EXIT = 93,
	SYS_RT_SIGRETURN = 139,
};

struct seccomp_filter {
	refcount_t refs;	       /* threads, and the filters that came after it */
	struct seccomp_filter *before; /* [I] the one that was set before it; or NULL */
	u32 length;		       /* [I] instructions */
	u32 chain_length;	       /* [I] with those before it */
	u32 count;		       /* [I] filters in the chain */
	struct sock_filter program[];  /* [I] checked */
};

/* --- the chain --- */

static void filter_put(struct seccomp_filter *filter)
{
	while (filter && refcount_dec_and_test(&filter->refs)) {
		struct seccomp_filter *before = filter->before;

		kfree(filter);
		filter = before;
	}
}

static bool extends(const struct seccomp_filter *chain, const struct seccomp_filter *part)
{
	while (chain && chain != part)
		chain = chain->before;
	return chain == part;
}

void seccomp_inherit(struct task_struct *child)
{
	child->no_new_privs = current->no_new_privs;
	child->seccomp_mode = current->seccomp_mode;
	child->seccomp = current->seccomp;
	if (child->seccomp)
		refcount_inc(&child->seccomp->refs);
	if (child->seccomp_mode)
		task_set_flag(child, TIF_SECCOMP);
}

void seccomp_free(struct task_struct *task)
{
	filter_put(task->seccomp);
}

u32 seccomp_filter_count(const struct task_struct *task)
{
	return task->seccomp ? task->seccomp->count : 0;
}

/* --- judging a call --- */

/* The strictest answer of all filters. */
static u32 ask_filters(const struct trap_frame *frame)
{
	const struct seccomp_data data = {
		.nr = (s32)frame->a7,
		.arch = AUDIT_ARCH_RISCV64,
		.instruction_pointer = frame->pc,
		.args = { frame->orig_a0, frame->a1, frame->a2, frame->a3, frame->a4, frame->a5 },
	};
	u32 strictest = SECCOMP_RET_ALLOW;

	for (const struct seccomp_filter *filter = READ_ONCE(current->seccomp); filter;
	     filter = filter->before) {
		u32 answer = bpf_run(filter->program, &data);

		if ((s32)(answer & SECCOMP_RET_ACTION) < (s32)(strictest & SECCOMP_RET_ACTION))
			strictest = answer;
	}
	return strictest;
}

/* The call is not done, as if its instruction were a fault. */
static struct siginfo trap_info(struct trap_frame *frame, u32 reason)
{
	struct siginfo info = { .signo = SIGSYS, .error = (s32)reason, .code = SYS_SECCOMP };

	frame->a0 = frame->orig_a0;
	info.system_call.address = frame->pc;
	info.system_call.number = (s32)frame->a7;
	info.system_call.arch = AUDIT_ARCH_RISCV64;
	return info;
}

static void trap(struct trap_frame *frame, u32 reason)
{
	const struct siginfo info = trap_info(frame, reason);

	force_signal_info(&info);
}

static void log_call(const struct trap_frame *frame, const char *what)
{
	log_print(LOG_NOTICE, "seccomp: %s: task %d (%s), system call %ld at %lx", what,
		  current->pid, current->comm, (long)frame->a7, frame->pc);
}

static void noreturn kill(struct trap_frame *frame, u32 reason, bool process)
{
	const struct siginfo info = trap_info(frame, reason);

	log_call(frame, "killed");
	current->flags |= PF_SIGNALED;
	if (process || READ_ONCE(current->signal->live) == 1) {
		core_dump(&info);
		do_group_exit(SIGSYS);
	}
	do_exit(SIGSYS);
}

static bool judge(struct trap_frame *frame, bool after_tracer);

/* The tracer decides: it may change the call, which is judged again then. */
static bool ask_tracer(struct trap_frame *frame, u32 data)
{
	if (!ptrace_event_enabled(PTRACE_EVENT_SECCOMP)) {
		frame->a0 = (u64)-ENOSYS;
		return false;
	}
	ptrace_event(PTRACE_EVENT_SECCOMP, data);
	if (current_fatal_signal_pending() || (s64)frame->a7 < 0)
		return false;
	return judge(frame, true);
}

static bool judge(struct trap_frame *frame, bool after_tracer)
{
	u32 answer = ask_filters(frame), data = answer & SECCOMP_RET_DATA;

	switch (answer & SECCOMP_RET_ACTION) {
	case SECCOMP_RET_LOG: log_call(frame, "allowed"); return true;
	case SECCOMP_RET_ALLOW: return true;
	case SECCOMP_RET_TRACE: return after_tracer || ask_tracer(frame, data);
	case SECCOMP_RET_ERRNO: frame->a0 = (u64) - (s64)MIN(data, (u32)MAX_ERRNO); return false;
	case SECCOMP_RET_TRAP: trap(frame, data); return false;
	case SECCOMP_RET_KILL_THREAD: kill(frame, data, false);
	default: kill(frame, data, true);
	}
}

static bool strict_allows(u64 number)
{
	return number == SYS_READ || number == SYS_WRITE || number == SYS_EXIT ||
	       number == SYS_RT_SIGRETURN;
}

bool seccomp_enter(struct trap_frame *frame)
{
	if (current->seccomp_mode == SECCOMP_MODE_FILTER)
		return judge(frame, false);
	if (!strict_allows(frame->a7)) {
		log_call(frame, "killed");
		current->flags |= PF_SIGNALED;
		do_exit(SIGKILL);
	}
	return true;
}

/* --- setting it up --- */

static void set_mode(struct task_struct *task, enum seccomp_mode mode)
{
	task->seccomp_mode = mode;
	task_set_flag(task, TIF_SECCOMP);
}

static bool may_set(const struct task_struct *task, enum seccomp_mode mode)
{
	return task->seccomp_mode == SECCOMP_MODE_DISABLED || task->seccomp_mode == mode;
}

int seccomp_set_strict(void)
{
	struct sighand_struct *sighand = lock_sighand(current);
	int error = may_set(current, SECCOMP_MODE_STRICT) ? 0 : -EINVAL;

	if (!error)
		set_mode(current, SECCOMP_MODE_STRICT);
	spin_unlock(&sighand->lock);
	return error;
}

int seccomp_may_filter(void)
{
	return current->no_new_privs || capable(CAP_SYS_ADMIN) ? 0 : -EACCES;
}

bool seccomp_action_known(u32 action)
{
	switch (action) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW: return true;
	}
	return false;
}

static int check_program(const struct seccomp_filter *filter)
{
	u16 *words = kmalloc(filter->length * sizeof(u16));
	int error;

	if (!words)
		return -ENOMEM;
	error = bpf_check(filter->program, filter->length, words);
	kfree(words);
	return error;
}

/* A filter of the instructions at a user address. ERR_PTR. */
static struct seccomp_filter *make_filter(uaddr_t instructions, u32 length)
{
	struct seccomp_filter *filter =
		kmalloc(sizeof(*filter) + length * sizeof(struct sock_filter));
	int error;

	if (!filter)
		return ERR_PTR(-ENOMEM);
	refcount_set(&filter->refs, 1);
	filter->length = length;
	error = -EFAULT;
	if (!copy_from_user(filter->program, instructions, length * sizeof(struct sock_filter)))
		error = check_program(filter);
	if (error) {
		kfree(filter);
		return ERR_PTR(error);
	}
	return filter;
}

/* A thread that cannot get current's chain; NULL. Lock held. */
static struct task_struct *other_chain(void)
{
	struct task_struct *thread;

	for_each_thread (current, thread) {
		if (thread == current || thread->flags & PF_EXITING)
			continue;
		if (!may_set(thread, SECCOMP_MODE_FILTER) ||
		    !extends(current->seccomp, thread->seccomp))
			return thread;
	}
	return NULL;
}

/* All threads get current's chain, of which theirs are parts. Lock held. */
static void give_to_threads(void)
{
	struct task_struct *thread;

	for_each_thread (current, thread) {
		if (thread == current || thread->flags & PF_EXITING)
			continue;
		refcount_inc(&current->seccomp->refs);
		filter_put(thread->seccomp);
		store_release(&thread->seccomp, current->seccomp);
		if (current->no_new_privs)
			thread->no_new_privs = true;
		set_mode(thread, SECCOMP_MODE_FILTER);
	}
}

/* Puts the filter before current's. Lock held. */
static int attach(struct seccomp_filter *filter, unsigned long flags)
{
	struct seccomp_filter *before = current->seccomp;
	struct task_struct *other;

	if (!may_set(current, SECCOMP_MODE_FILTER))
		return -EINVAL;
	filter->before = before;
	filter->chain_length =
		filter->length + FILTER_OVERHEAD + (before ? before->chain_length : 0);
	filter->count = 1 + (before ? before->count : 0);
	if (filter->chain_length - FILTER_OVERHEAD > CHAIN_MAX)
		return -ENOMEM;
	other = flags & SECCOMP_FILTER_FLAG_TSYNC ? other_chain() : NULL;
	if (other)
		return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : other->pid;
	current->seccomp = filter; /* with the reference to what was before */
	set_mode(current, SECCOMP_MODE_FILTER);
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		give_to_threads();
	return 0;
}

int seccomp_add_filter(uaddr_t instructions, u32 length, unsigned long flags)
{
	struct seccomp_filter *filter = make_filter(instructions, length);
	struct sighand_struct *sighand;
	int result;

	if (IS_ERR(filter))
		return (int)PTR_ERR(filter);
	sighand = lock_sighand(current);
	result = attach(filter, flags);
	spin_unlock(&sighand->lock);
	if (result)
		kfree(filter);
	return result;
}
