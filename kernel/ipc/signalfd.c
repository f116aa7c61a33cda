/* SPDX-License-Identifier: MIT */
/*
 * Signals taken by reading a descriptor (signalfd(2)).
 *
 * The file is nothing but a set of signals: who reads or polls it gets those that are pending for
 * the caller, itself or its process, whoever made the file. Callers wait on a queue that belongs to
 * no process (signal_watch_queue()), so that a wait that outlasts the process, as epoll's may,
 * finds it still there; a process's signals wake it once somebody has waited (sighand->watched).
 *
 * file->private holds the set itself, as a number. Locks: sighand->lock.
 */
#include "ipc/signalfd.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "task/signal.h"

struct signalfd_siginfo { /* signalfd(2) */
	u32 signo;
	s32 error, code;
	u32 pid, uid;
	s32 fd;
	u32 tid, band, overrun, trapno;
	s32 status, integer;
	u64 pointer, utime, stime, address;
	u16 address_lsb, room2;
	s32 syscall;
	u64 call_address;
	u32 arch;
	u8 room[28];
};

static_assert(sizeof(struct signalfd_siginfo) == 128, "struct signalfd_siginfo of the ABI");

static u64 signalfd_set(const struct file *file)
{
	return (u64)READ_ONCE(file->private);
}

/* --- what a signal tells --- */

static void tell_fault(struct signalfd_siginfo *to, const struct siginfo *info)
{
	to->address = info->fault.address;
}

static void tell_child(struct signalfd_siginfo *to, const struct siginfo *info)
{
	to->pid = (u32)info->child.pid;
	to->uid = info->child.uid;
	to->status = info->child.status;
	to->utime = (u64)info->child.utime;
	to->stime = (u64)info->child.stime;
}

static void tell_poll(struct signalfd_siginfo *to, const struct siginfo *info)
{
	to->band = (u32)info->poll.band;
	to->fd = info->poll.fd;
}

static void tell_sender(struct signalfd_siginfo *to, const struct siginfo *info)
{
	to->pid = (u32)info->user.pid;
	to->uid = info->user.uid;
}

static void tell_value(struct signalfd_siginfo *to, u64 value)
{
	to->pointer = value;
	to->integer = (s32)value;
}

/* Codes above SI_USER mean what the signal's own list says (sigaction(2)). */
static void tell_by_signal(struct signalfd_siginfo *to, const struct siginfo *info)
{
	u64 bit = SIG_BIT(info->signo);

	if (bit & SIGSET_FAULT)
		tell_fault(to, info);
	else if (info->signo == SIGCHLD)
		tell_child(to, info);
	else
		tell_poll(to, info);
}

static void describe(struct signalfd_siginfo *to, const struct siginfo *info)
{
	*to = (struct signalfd_siginfo){
		.signo = (u32)info->signo,
		.error = info->error,
		.code = info->code,
	};
	if (info->code > SI_USER && info->code < SI_KERNEL) {
		tell_by_signal(to, info);
	} else if (info->code == SI_TIMER) {
		to->tid = (u32)info->timer.id;
		to->overrun = (u32)info->timer.overrun;
		tell_value(to, info->timer.value);
	} else if (info->code == SI_SIGIO) {
		tell_poll(to, info);
	} else {
		tell_sender(to, info);
		if (info->code < 0)
			tell_value(to, info->user.value);
	}
}

/* --- the file --- */

/* Takes a pending signal of the set; 0: none. From now on others that come wake the queue. */
static int take(const struct file *file, struct siginfo *info)
{
	struct sighand_struct *sighand = lock_sighand(current);
	int signal = dequeue_signal(~signalfd_set(file), info);

	sighand->watched = true;
	spin_unlock(&sighand->lock);
	return signal;
}

/* 0, -EAGAIN, or -ERESTARTSYS. */
static long take_or_wait(struct file *file, struct siginfo *info, bool wait)
{
	struct wait_queue *queue = signal_watch_queue(current->sighand);

	if (take(file, info))
		return 0;
	return wait ? wait_event_interruptible(queue, take(file, info)) : -EAGAIN;
}

static ssize_t signalfd_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct signalfd_siginfo told;
	struct siginfo info;
	ssize_t done = 0;

	if (uio->left < sizeof(told))
		return -EINVAL;
	while (uio->left >= sizeof(told)) {
		long error = take_or_wait(file, &info, !done && !(file->flags & O_NONBLOCK));

		if (error)
			return done ? done : error;
		describe(&told, &info);
		if (uio_copy_out(uio, &told, sizeof(told)) != sizeof(told))
			return done ? done : -EFAULT;
		done += (ssize_t)sizeof(told);
	}
	return done;
}

static u32 signalfd_poll(struct file *file, struct poll_table *table)
{
	struct sighand_struct *sighand;
	u64 pending;

	poll_wait(file, signal_watch_queue(current->sighand), table);
	sighand = lock_sighand(current);
	sighand->watched = true;
	pending = current->pending.set | current->signal->pending.set;
	spin_unlock(&sighand->lock);
	return pending & signalfd_set(file) ? POLLIN : 0;
}

static const struct file_ops signalfd_ops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
};

struct file *signalfd_create(u64 set, u32 flags)
{
	return file_create_anonymous(
		"anon_inode:[signalfd]", 0600, &signalfd_ops, (void *)(set & ~SIGSET_KERNEL_ONLY),
		O_RDWR | (flags & O_NONBLOCK), FMODE_READ | FMODE_WRITE | FMODE_STREAM);
}

int signalfd_change(struct file *file, u64 set)
{
	if (file->ops != &signalfd_ops)
		return -EINVAL;
	WRITE_ONCE(file->private, (void *)(set & ~SIGSET_KERNEL_ONLY));
	wake_up_poll(signal_watch_queue(current->sighand), POLLIN);
	return 0;
}
