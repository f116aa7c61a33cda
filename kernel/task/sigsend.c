/* SPDX-License-Identifier: MIT */
/*
 * Sending signals: into a thread's or a process's pending set, and waking who is to take them.
 *
 * SIG1: a signal is pending for a thread (task->pending) or for a process (signal->pending), one
 *	bit each; those with siginfo wait in the set's queue. A bit without an entry stands for
 *	SI_KERNEL.
 * SIG2: TIF_SIGPENDING of a task is set when there is a signal that it should take, or another
 *	reason to enter get_signal(). Senders set it; only the task itself clears it
 *	(recalc_sigpending()).
 * SIG3: a signal that would end a process ends it when it is sent: SIGKILL is put into every
 *	thread, and the process is marked with the status. So it does not matter who takes it. But
 *	a tracee takes its signals one by one, as its tracer may change them; and one of
 *	SIGSET_CORE does so when a thread takes it, as that one dumps the process (coredump.c).
 *
 * Signals below SIGRTMIN are pending once; real-time ones queue up. Entries count against
 * RLIMIT_SIGPENDING over all processes of the receiver's user. What kill(2) and the kernel send
 * below SIGRTMIN goes beyond the limit.
 *
 * All under sighand->lock, which also permits walking the threads. task->sighand changes in exec
 * only, hence lock_sighand(). Interrupts may send too, with SEND_SIG_KERNEL: that allocates
 * nothing.
 */
#include "arch/hart.h"
#include "base/perhart.h"
#include "ipc/poll.h"
#include "lib/errno.h"
#include "lib/hash.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/itimer.h"
#include "task/posix_timer.h"
#include "task/pid_ns.h"
#include "task/signal.h"

enum { WATCH_QUEUES = 32 };

static struct kmem_cache *sigqueue_cache;
static struct wait_queue watch_queues[WATCH_QUEUES]; /* by hash of the sighand_struct */

void signal_init(void)
{
	sigqueue_cache = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0, NULL);
	for (unsigned int i = 0; i < WATCH_QUEUES; i++)
		waitq_init(&watch_queues[i]);
}

struct wait_queue *signal_watch_queue(const struct sighand_struct *sighand)
{
	return &watch_queues[hash_u64((u64)sighand) % WATCH_QUEUES];
}

struct sighand_struct *lock_sighand(struct task_struct *task)
{
	for (;;) {
		struct sighand_struct *sighand = READ_ONCE(task->sighand);

		spin_lock(&sighand->lock);
		if (likely(sighand == task->sighand))
			return sighand;
		spin_unlock(&sighand->lock);
	}
}

/* --- waking --- */

void signal_wake_states(struct task_struct *task, u32 states)
{
	task_set_flag(task, TIF_SIGPENDING);
	if (task == current || try_to_wake_up(task, TASK_INTERRUPTIBLE | states))
		return;
	/* In user mode on another hart it is told; anywhere else it will look by itself. */
	if (load_acquire(&task->on_hart) && task->ti.hart != this_hart())
		arch_send_ipi(task->ti.hart);
}

void signal_wake_up(struct task_struct *task, bool fatal)
{
	u32 states = 0;

	if (fatal)
		states = TASK_KILLABLE_BIT | TASK_STOPPED | TASK_TRACED;
	if (unlikely(task->jobctl & JOBCTL_FROZEN))
		states &= ~(u32)TASK_TRACED;
	signal_wake_states(task, states);
}

void kill_threads(struct task_struct *task, const struct task_struct *except)
{
	struct task_struct *thread;

	for_each_thread (task, thread) {
		thread->jobctl &= ~(u32)(JOBCTL_STOP_BITS | JOBCTL_TRAP_BITS);
		if (thread == except || thread->exit_state != EXIT_ALIVE)
			continue;
		thread->pending.set |= SIG_BIT(SIGKILL);
		signal_wake_up(thread, true);
	}
}

void start_group_exit(struct task_struct *task, int code, const struct task_struct *except)
{
	struct signal_struct *signal = task->signal;

	signal->group_flags = (signal->group_flags & ~(u32)SIGNAL_STOP_MASK) | SIGNAL_GROUP_EXIT;
	signal->group_exit_code = code;
	signal->group_stop_count = 0;
	kill_threads(task, except);
}

/* --- choosing who takes it --- */

bool signal_is_ignored(const struct task_struct *task, int signal, bool force)
{
	u64 handler = task->sighand->action[signal - 1].handler;

	if ((task->blocked | task->real_blocked) & SIG_BIT(signal))
		return false; /* it may have a handler by the time it is unblocked */
	if (unlikely(task->ptrace) && signal != SIGKILL)
		return false; /* the tracer is asked first */
	if (unlikely(task->signal->group_flags & SIGNAL_UNKILLABLE) && handler == SIG_DFL &&
	    !(force && SIG_BIT(signal) & SIGSET_KERNEL_ONLY))
		return true;
	return handler == SIG_IGN || (handler == SIG_DFL && SIG_BIT(signal) & SIGSET_IGNORE);
}

static bool ends_process(const struct task_struct *task, int signal)
{
	return task->sighand->action[signal - 1].handler == SIG_DFL &&
	       !(SIG_BIT(signal) & (SIGSET_IGNORE | SIGSET_STOP | SIGSET_CORE)) &&
	       !(task->real_blocked & SIG_BIT(signal)) && (signal == SIGKILL || !task->ptrace) &&
	       (!(task->signal->group_flags & SIGNAL_GROUP_EXIT) ||
		(signal == SIGKILL && task->signal->core_dump)); /* CD3 */
}

static bool can_take(const struct task_struct *task, int signal)
{
	if (task->blocked & SIG_BIT(signal) || task->flags & PF_EXITING)
		return false;
	if (signal == SIGKILL)
		return true;
	if (READ_ONCE(task->state) & (TASK_STOPPED | TASK_TRACED))
		return false;
	return task == current || !task_has_flag(task, TIF_SIGPENDING);
}

static struct task_struct *choose_thread(struct task_struct *task, int signal, bool process)
{
	struct task_struct *thread;

	if (can_take(task, signal))
		return task;
	if (!process || thread_group_empty(task))
		return NULL; /* whoever unblocks it will look */
	for_each_thread (task, thread)
		if (can_take(thread, signal))
			return thread;
	return NULL;
}

static void complete_signal(int signal, struct task_struct *task, bool process)
{
	struct task_struct *thread = choose_thread(task, signal, process);

	if (!thread)
		return;
	if (ends_process(thread, signal)) /* SIG3 */
		start_group_exit(thread, signal, NULL);
	else
		signal_wake_up(thread, signal == SIGKILL);
}

/* --- pending sets --- */

static void fill_info(struct siginfo *to, int signal, const struct siginfo *info)
{
	if (info) {
		*to = *info;
		return;
	}
	*to = (struct siginfo){ .signo = signal, .code = SI_USER };
	to->user.pid = current->tgid;
	to->user.uid = current->cred->uid;
}

struct sigqueue *sigqueue_alloc(struct user_counts *user, u64 limit)
{
	struct sigqueue *entry;

	if (!user_charge_signal(user, limit))
		return NULL;
	entry = kmem_cache_alloc(sigqueue_cache);
	if (!entry) {
		user_uncharge_signal(user);
		return NULL;
	}
	list_init(&entry->link);
	entry->user = user;
	entry->timer = NULL;
	return entry;
}

void sigqueue_free(struct sigqueue *entry)
{
	user_uncharge_signal(entry->user);
	kmem_cache_free(sigqueue_cache, entry);
}

/* The sender's id as the receiver's name space has it: 0 when it is not seen from there. */
static void translate_sender(struct siginfo *info, const struct task_struct *task)
{
	pid_t sender = task_tgid_nr_ns(current, task_pid_ns(task));
	bool queued = info->code < 0 && info->code != SI_TIMER && info->code != SI_SIGIO;

	if (info->code == SI_USER || info->code == SI_TKILL || (queued && !sender))
		info->user.pid = sender;
}

/* -EAGAIN: the program queued it, and must know that it is lost. */
static int queue_info(int signal, const struct siginfo *info, struct task_struct *task,
		      struct sigpending *pending)
{
	bool real_time = signal >= SIGRTMIN, by_kill = !info || info->code >= 0;
	u64 limit = task->signal->limits[RLIMIT_SIGPENDING].soft;
	struct sigqueue *entry;

	if (!real_time && by_kill)
		limit = RLIM_INFINITY;
	entry = sigqueue_alloc(task->cred->user, limit);
	if (!entry)
		return real_time && info && info->code != SI_USER ? -EAGAIN : 0;
	fill_info(&entry->info, signal, info);
	if (unlikely(current->numbers || task->numbers))
		translate_sender(&entry->info, task);
	list_add_tail(&entry->link, &pending->queue);
	return 0;
}

/* The entry leaves the set it is in; info: where it is delivered to, or NULL. */
static void entry_gone(struct sigqueue *entry, struct siginfo *info)
{
	list_del(&entry->link);
	list_init(&entry->link);
	if (entry->timer)
		posix_timer_signal_gone(entry->timer, info);
	else
		sigqueue_free(entry);
}

void flush_sigqueue(struct sigpending *pending)
{
	pending->set = 0;
	while (!list_empty(&pending->queue)) {
		struct sigqueue *entry = list_first_entry(&pending->queue, struct sigqueue, link);

		entry_gone(entry, NULL);
	}
}

/* Takes signals out of a set, with their entries. Lock held. */
static void discard(struct sigpending *pending, u64 set)
{
	struct sigqueue *entry, *next;

	if (!(pending->set & set))
		return;
	pending->set &= ~set;
	list_for_each_entry_safe (entry, next, &pending->queue, link) {
		if (SIG_BIT(entry->info.signo) & set)
			entry_gone(entry, NULL);
	}
}

void discard_signals(struct task_struct *task, u64 set)
{
	struct task_struct *thread;

	discard(&task->signal->pending, set);
	if (set & SIG_BIT(SIGALRM))
		itimer_alarm_gone(task->signal);
	for_each_thread (task, thread)
		discard(&thread->pending, set);
}

void take_signal(struct sigpending *pending, int signal, struct siginfo *info)
{
	struct sigqueue *entry, *found = NULL;
	bool more = false;

	list_for_each_entry (entry, &pending->queue, link) {
		if (entry->info.signo != signal)
			continue;
		more = found;
		if (more)
			break;
		found = entry;
	}
	if (!more)
		pending->set &= ~SIG_BIT(signal);
	if (!found) {
		*info = (struct siginfo){ .signo = signal, .code = SI_KERNEL }; /* SIG1 */
		return;
	}
	*info = found->info;
	entry_gone(found, info);
}

/* --- entry points --- */

/* The signal is pending from now on: whoever waits for it is told. */
static void post(int signal, struct sigpending *pending, struct task_struct *task, bool process)
{
	pending->set |= SIG_BIT(signal);
	if (unlikely(task->sighand->watched))
		wake_up_poll(signal_watch_queue(task->sighand), POLLIN | POLLRDNORM);
	complete_signal(signal, task, process);
}

/* Is current outside of the task's name space? Then it may stop and kill that one's init. */
static bool comes_from_above(const struct task_struct *task)
{
	return unlikely(task->numbers) && !task_pid_nr_ns(current, task->numbers->ns);
}

int send_signal_locked(int signal, const struct siginfo *info, struct task_struct *task,
		       bool process)
{
	struct sigpending *pending = process ? &task->signal->pending : &task->pending;
	bool kernel = info == SEND_SIG_KERNEL;
	bool force = kernel || comes_from_above(task);

	assert(spin_is_locked(&task->sighand->lock));
	if (SIG_BIT(signal) & (SIGSET_STOP | SIG_BIT(SIGCONT)))
		jobctl_signal_sent(signal, task);
	if (signal_is_ignored(task, signal, force))
		return 0;
	if (signal < SIGRTMIN && pending->set & SIG_BIT(signal))
		return 0;
	if (!kernel && signal != SIGKILL) {
		int error = queue_info(signal, info, task, pending);

		if (error)
			return error;
	}
	post(signal, pending, task, process);
	return 0;
}

bool send_sigqueue(struct sigqueue *entry, struct task_struct *task, bool process)
{
	struct sigpending *pending = process ? &task->signal->pending : &task->pending;
	int signal = entry->info.signo;

	assert(spin_is_locked(&task->sighand->lock) && list_empty(&entry->link));
	if (SIG_BIT(signal) & (SIGSET_STOP | SIG_BIT(SIGCONT)))
		jobctl_signal_sent(signal, task);
	if (signal_is_ignored(task, signal, false))
		return false;
	list_add_tail(&entry->link, &pending->queue);
	post(signal, pending, task, process);
	return true;
}

static int send(int signal, const struct siginfo *info, struct task_struct *task, bool process)
{
	struct sighand_struct *sighand = lock_sighand(task);
	int error = -ESRCH;

	if (task->exit_state != EXIT_DEAD)
		error = send_signal_locked(signal, info, task, process);
	spin_unlock(&sighand->lock);
	return error;
}

int send_signal(int signal, const struct siginfo *info, struct task_struct *task)
{
	return send(signal, info, task, false);
}

int send_signal_process(int signal, const struct siginfo *info, struct task_struct *task)
{
	return send(signal, info, task, true);
}

struct group_send {
	int signal;
	const struct siginfo *info;
	int result;
};

static bool send_to_member(struct task_struct *leader, void *data)
{
	struct group_send *order = data;

	if (!send_signal_process(order->signal, order->info, leader))
		order->result = 0;
	return true;
}

int send_signal_group(int signal, const struct siginfo *info, pid_t pgid)
{
	struct group_send order = { signal, info, -ESRCH };

	spin_lock(&tasklist_lock);
	group_visit(pgid, send_to_member, &order);
	spin_unlock(&tasklist_lock);
	return order.result;
}

void send_signal_current(int signal)
{
	send_signal(signal, NULL, current);
}

void force_signal_info(const struct siginfo *info)
{
	int signal = info->signo;
	struct sighand_struct *sighand = lock_sighand(current);
	struct sigaction *action = &sighand->action[signal - 1];

	if (action->handler == SIG_IGN || current->blocked & SIG_BIT(signal)) {
		action->handler = SIG_DFL;
		current->blocked &= ~SIG_BIT(signal);
		recalc_sigpending();
	}
	if (action->handler == SIG_DFL && !current->ptrace)
		current->signal->group_flags &= ~(u32)SIGNAL_UNKILLABLE;
	send_signal_locked(signal, info, current, false);
	spin_unlock(&sighand->lock);
}

void force_signal_fault(int signal, int code, uaddr_t address)
{
	struct siginfo info = { .signo = signal, .code = code };

	info.fault.address = address;
	force_signal_info(&info);
}

void force_signal(int signal)
{
	struct siginfo info = { .signo = signal, .code = SI_KERNEL };

	force_signal_info(&info);
}

void force_fatal_signal(int signal)
{
	struct sighand_struct *sighand = lock_sighand(current);

	sighand->action[signal - 1].handler = SIG_DFL;
	spin_unlock(&sighand->lock);
	force_signal(signal);
}
