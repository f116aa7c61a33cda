/* SPDX-License-Identifier: MIT */
/*
 * System calls of signals: actions, masks, sending, waiting, the alternate stack, interval timers.
 * Decoding and permissions; the work is task/'s.
 */
#include "abi/kill.h"
#include "arch/sigframe.h"
#include "fs/fdtable.h"
#include "ipc/signalfd.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "task/itimer.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/signal.h"
#include "uapi/process.h"
#include "vm/usercopy.h"

static bool signal_valid(int signal)
{
	return signal > 0 && signal <= SIGRTMAX;
}

/* --- actions --- */

#define SA_KNOWN                                                                                   \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER |         \
	 SA_RESETHAND | SA_EXPOSE_TAGBITS)

/* A signal that is ignored from now on is dropped where it waits already (POSIX). */
static void set_action(int signal, struct sigaction *action)
{
	struct sighand_struct *sighand = lock_sighand(current);

	action->mask &= ~SIGSET_KERNEL_ONLY;
	action->flags &= SA_KNOWN;
	sighand->action[signal - 1] = *action;
	if (action->handler == SIG_IGN ||
	    (action->handler == SIG_DFL && SIG_BIT(signal) & SIGSET_IGNORE))
		discard_signals(current, SIG_BIT(signal));
	spin_unlock(&sighand->lock);
}

long sys_rt_sigaction(int signal, uaddr_t action, uaddr_t old, size_t size)
{
	struct sigaction new, before;

	if (size != sizeof(u64) || !signal_valid(signal))
		return -EINVAL;
	if (action && SIG_BIT(signal) & SIGSET_KERNEL_ONLY)
		return -EINVAL;
	if (action && copy_from_user(&new, action, sizeof(new)))
		return -EFAULT;
	before = current->sighand->action[signal - 1];
	if (action)
		set_action(signal, &new);
	return old ? copy_to_user(old, &before, sizeof(before)) : 0;
}

/* --- masks --- */

static int change_mask(int how, u64 set)
{
	u64 blocked = current->blocked;

	switch (how) {
	case SIG_BLOCK: blocked |= set; break;
	case SIG_UNBLOCK: blocked &= ~set; break;
	case SIG_SETMASK: blocked = set; break;
	default: return -EINVAL;
	}
	set_current_blocked(blocked);
	return 0;
}

long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t old, size_t size)
{
	u64 before = current->blocked, mask;
	int error = 0;

	if (size != sizeof(u64))
		return -EINVAL;
	if (set) {
		if (get_user64(&mask, set))
			return -EFAULT;
		error = change_mask(how, mask);
	}
	if (error)
		return error;
	return old ? put_user64(before, old) : 0;
}

long sys_rt_sigpending(uaddr_t set, size_t size)
{
	struct sighand_struct *sighand;
	u64 pending;

	if (size > sizeof(u64))
		return -EINVAL;
	sighand = lock_sighand(current);
	pending = (current->pending.set | current->signal->pending.set) & current->blocked;
	spin_unlock(&sighand->lock);
	return copy_to_user(set, &pending, size);
}

long sys_rt_sigsuspend(uaddr_t set, size_t size)
{
	u64 mask;

	if (size != sizeof(u64))
		return -EINVAL;
	if (get_user64(&mask, set))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	set_current_blocked(mask);
	while (!current_signal_pending()) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	set_current_state(TASK_RUNNING);
	task_set_flag(current, TIF_RESTORE_SIGMASK);
	return -ERESTARTNOHAND;
}

/* --- waiting for one --- */

/* Sleeps with the wanted signals unblocked, so that senders wake this thread; takes one then. 0:
 * none came. */
static int wait_for_signal(u64 wanted, nsec_t expires, struct siginfo *info)
{
	struct sighand_struct *sighand = lock_sighand(current);
	int signal = dequeue_signal(~wanted, info);

	if (signal || expires <= clock_monotonic()) {
		spin_unlock(&sighand->lock);
		return signal;
	}
	current->real_blocked = current->blocked;
	current->blocked &= ~wanted;
	recalc_sigpending();
	set_current_state(TASK_INTERRUPTIBLE);
	spin_unlock(&sighand->lock);
	schedule_timeout_until(expires);

	sighand = lock_sighand(current);
	current->blocked = current->real_blocked;
	current->real_blocked = 0;
	signal = dequeue_signal(~wanted, info);
	spin_unlock(&sighand->lock);
	return signal;
}

long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info_to, uaddr_t timeout, size_t size)
{
	nsec_t expires = NSEC_NEVER;
	struct siginfo info;
	struct timespec time;
	u64 wanted;
	int signal;

	if (size != sizeof(u64))
		return -EINVAL;
	if (get_user64(&wanted, set))
		return -EFAULT;
	if (timeout) {
		if (copy_from_user(&time, timeout, sizeof(time)))
			return -EFAULT;
		if (!timespec_valid(&time))
			return -EINVAL;
		expires = clock_monotonic();
		expires = nsec_add(expires, timespec_to_ns(&time));
	}
	signal = wait_for_signal(wanted & ~SIGSET_KERNEL_ONLY, expires, &info);
	if (!signal)
		return current_signal_pending() ? -EINTR : -EAGAIN;
	if (info_to && copy_to_user(info_to, &info, sizeof(info)))
		return -EFAULT;
	return signal;
}

/* --- taking them by a descriptor --- */

static long new_signalfd(u64 set, u32 flags)
{
	return fd_add(signalfd_create(set, flags), flags & SFD_CLOEXEC);
}

/* signalfd4(2): a new descriptor for number -1, else another set for that one. */
long sys_signalfd4(int number, uaddr_t set_from, size_t size, int flags)
{
	struct fd fd;
	u64 set;
	int error;

	if (size != sizeof(set))
		return -EINVAL;
	if (get_user64(&set, set_from))
		return -EFAULT;
	if (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK))
		return -EINVAL;
	if (number == -1)
		return new_signalfd(set, (u32)flags);
	fd = fdget((unsigned int)number);
	if (!fd.file)
		return -EBADF;
	error = signalfd_change(fd.file, set);
	fdput(fd);
	return error ? error : number;
}

/* --- sending --- */

/* kill(2): the same user, or the capability; SIGCONT within the session. tasklist_lock is
 * held, or the task is current. */
static bool may_signal(int signal, struct task_struct *task)
{
	if (task->signal == current->signal || cred_same_user(task->cred) || capable(CAP_KILL))
		return true;
	return signal == SIGCONT && task->signal->sid == current->signal->sid;
}

int kill_checked(int signal, const struct siginfo *info, struct task_struct *task, bool process)
{
	if (signal && !signal_valid(signal))
		return -EINVAL;
	if (!may_signal(signal, task))
		return -EPERM;
	if (!signal)
		return 0;
	return process ? send_signal_process(signal, info, task) : send_signal(signal, info, task);
}

struct kill_order {
	int signal;
	const struct siginfo *info;
	unsigned int found, sent;
	int error;
};

static bool kill_member(struct task_struct *leader, void *data)
{
	struct kill_order *order = data;
	int error = kill_checked(order->signal, order->info, leader, true);

	order->found++;
	if (error)
		order->error = error;
	else
		order->sent++;
	return true;
}

static int order_result(const struct kill_order *order)
{
	if (!order->found)
		return -ESRCH;
	return order->sent ? 0 : order->error;
}

int kill_group(int signal, const struct siginfo *info, pid_t pgid)
{
	struct kill_order order = { .signal = signal, .info = info };

	spin_lock(&tasklist_lock);
	group_visit(pgid, kill_member, &order);
	spin_unlock(&tasklist_lock);
	return order_result(&order);
}

/* Everybody but init and the caller; whom it may not signal does not matter. */
static int kill_all(int signal, const struct siginfo *info)
{
	struct kill_order order = { .signal = signal, .info = info };
	struct task_struct *leader;

	spin_lock(&tasklist_lock);
	for_each_process (leader)
		if (task_pid_vnr(leader) > 1 && leader->signal != current->signal)
			kill_member(leader, &order);
	spin_unlock(&tasklist_lock);
	return order.found ? 0 : -ESRCH;
}

/* The caller need not be looked for, and so does not wait for forks and exits of others. */
static bool is_current(pid_t pid)
{
	return pid == task_pid_vnr(current);
}

static int kill_process(int signal, const struct siginfo *info, pid_t pid)
{
	struct task_struct *task;
	int error = -ESRCH;

	if (is_current(pid) && thread_group_leader(current))
		return kill_checked(signal, info, current, true);
	spin_lock(&tasklist_lock);
	task = find_task_by_pid(pid);
	if (task)
		error = kill_checked(signal, info, task, true);
	spin_unlock(&tasklist_lock);
	return error;
}

/* A thread; of that process, when tgid is not 0. */
static int kill_thread(int signal, const struct siginfo *info, pid_t tgid, pid_t pid)
{
	struct task_struct *task;
	int error = -ESRCH;

	if (is_current(pid) && (!tgid || tgid == task_pid_vnr(current->group_leader)))
		return kill_checked(signal, info, current, false);
	spin_lock(&tasklist_lock);
	task = find_task_by_pid(pid);
	if (task && (!tgid || task->tgid == pid_from_vnr_locked(tgid)))
		error = kill_checked(signal, info, task, false);
	spin_unlock(&tasklist_lock);
	return error;
}

struct siginfo kill_info(int signal, int code)
{
	struct siginfo info = { .signo = signal, .code = code };

	info.user.pid = current->tgid;
	info.user.uid = current->cred->uid;
	return info;
}

long sys_kill(pid_t pid, int signal)
{
	struct siginfo info = kill_info(signal, SI_USER);

	if (signal && !signal_valid(signal))
		return -EINVAL;
	if (pid > 0)
		return kill_process(signal, &info, pid);
	if (pid == 0)
		return kill_group(signal, &info, current->signal->pgid);
	if (pid == INT32_MIN)
		return -ESRCH;
	return pid == -1 ? kill_all(signal, &info) : kill_group(signal, &info, pid_from_vnr(-pid));
}

static long do_tkill(pid_t tgid, pid_t pid, int signal)
{
	struct siginfo info = kill_info(signal, SI_TKILL);

	if (signal && !signal_valid(signal))
		return -EINVAL;
	if (pid == current->vpid && signal && (!tgid || tgid == current->vtgid))
		return send_signal(signal, &info, current); /* raise(3): no search, no permission */
	return kill_thread(signal, &info, tgid, pid);
}

long sys_tkill(pid_t pid, int signal)
{
	return pid <= 0 ? -EINVAL : do_tkill(0, pid, signal);
}

long sys_tgkill(pid_t tgid, pid_t pid, int signal)
{
	return pid <= 0 || tgid <= 0 ? -EINVAL : do_tkill(tgid, pid, signal);
}

/* Programs may not pretend to others that the kernel or kill(2) sent a signal. */
static int get_info(struct siginfo *info, uaddr_t from, int signal, bool to_self)
{
	if (copy_from_user(info, from, sizeof(*info)))
		return -EFAULT;
	info->signo = signal;
	if ((info->code >= 0 || info->code == SI_TKILL) && !to_self)
		return -EPERM;
	return signal && !signal_valid(signal) ? -EINVAL : 0;
}

long sys_rt_sigqueueinfo(pid_t pid, int signal, uaddr_t from)
{
	struct siginfo info;
	int error = get_info(&info, from, signal, pid == current->vpid);

	return error ? error : kill_process(signal, &info, pid);
}

long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t pid, int signal, uaddr_t from)
{
	struct siginfo info;
	int error = get_info(&info, from, signal, pid == current->vpid);

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	return error ? error : kill_thread(signal, &info, tgid, pid);
}

/* --- returning, restarting, the alternate stack --- */

long sys_rt_sigreturn(void)
{
	return signal_return(current_frame());
}

long sys_restart_syscall(void)
{
	struct restart_block *block = &current->restart;

	return block->function ? block->function(block) : -EINTR;
}

long sys_sigaltstack(uaddr_t stack, uaddr_t old)
{
	struct signal_stack wanted, before;
	long error = 0;

	if (stack && copy_from_user(&wanted, stack, sizeof(wanted)))
		return -EFAULT;
	signal_stack_get(&before);
	if (stack)
		error = signal_stack_set(&wanted, MINSIGSTKSZ);
	if (error)
		return error;
	return old ? copy_to_user(old, &before, sizeof(before)) : 0;
}

/* --- interval timers --- */

static bool timeval_valid(const struct timeval *time)
{
	return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

static nsec_t timeval_to_ns(const struct timeval *time)
{
	const struct timespec fine = { time->tv_sec, time->tv_usec * NSEC_PER_USEC };

	return timespec_to_ns(&fine);
}

static int put_itimer(uaddr_t to, const struct itimer_setting *setting)
{
	const struct itimerval value = { ns_to_timeval(setting->interval),
					 ns_to_timeval(setting->left) };

	return copy_to_user(to, &value, sizeof(value));
}

long sys_getitimer(int which, uaddr_t value)
{
	struct itimer_setting setting;

	if (which < 0 || which >= ITIMER_COUNT)
		return -EINVAL;
	itimer_get((unsigned int)which, &setting);
	return put_itimer(value, &setting);
}

long sys_setitimer(int which, uaddr_t new, uaddr_t old)
{
	struct itimer_setting setting = { 0 }, before;
	struct itimerval value;

	if (which < 0 || which >= ITIMER_COUNT)
		return -EINVAL;
	if (new) {
		if (copy_from_user(&value, new, sizeof(value)))
			return -EFAULT;
		if (!timeval_valid(&value.it_value) || !timeval_valid(&value.it_interval))
			return -EINVAL;
		setting.left = timeval_to_ns(&value.it_value);
		setting.interval = timeval_to_ns(&value.it_interval);
	}
	itimer_set((unsigned int)which, &setting, &before);
	return old ? put_itimer(old, &before) : 0;
}
