/* SPDX-License-Identifier: MIT */
/*
 * Timers with a descriptor (timerfd_create(2)): a read tells how often the timer has fired since
 * the last read, and waits until it has.
 *
 * TFD1: a periodic timer that has fired is not armed until somebody reads, sets or asks: how often
 *	it would have fired meanwhile follows from the clock. So a timer that nobody reads costs one
 *	interrupt.
 *
 * A timer that setting the clock cancels (TFD_TIMER_CANCEL_ON_SET) is in cancel_list. It remembers
 * the clock's offset as it was when its owner last looked; timerfd_clock_was_set() compares.
 *
 * Locks: cancel_lock, then timerfd->lock (both RANK_TIMERFD). The timer's function takes the latter
 * in an interrupt.
 */
#include "ipc/timerfd.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "task/cred.h"

#define OFFSET_CANCELED NSEC_NEVER

struct timerfd {
	spinlock_t lock; /* RANK_TIMERFD */
	struct timer timer;
	bool clock_realtime; /* [I] */
	bool alarm;	     /* [I] */
	bool realtime;	     /* [lock] target is a time of CLOCK_REALTIME */
	bool expired;	     /* [lock] TFD1: has fired at target, and is not armed */
	bool cancelable;     /* [cancel_lock] in cancel_list */
	nsec_t target;	     /* [lock] 0: not armed */
	nsec_t interval;     /* [lock] */
	nsec_t offset;	     /* [lock] of the clock when last looked at; OFFSET_CANCELED */
	u64 ticks;	     /* [lock, read without] what a read gives, less what TFD1 adds */
	struct list_head cancel_link; /* [cancel_lock] */
	struct wait_queue wait;	      /* readers, pollers */
};

static LIST_HEAD(cancel_list);
static spinlock_t cancel_lock = SPINLOCK_INIT(RANK_TIMERFD);

static nsec_t target_now(const struct timerfd *timerfd)
{
	return timerfd->realtime ? clock_realtime() : clock_monotonic();
}

static void arm(struct timerfd *timerfd)
{
	if (timerfd->realtime)
		timer_start_realtime(&timerfd->timer, timerfd->target);
	else
		timer_start(&timerfd->timer, timerfd->target);
}

static void fires(struct timer *timer)
{
	struct timerfd *timerfd = container_of(timer, struct timerfd, timer);

	spin_lock(&timerfd->lock);
	if (timerfd->target && !timerfd->expired) {
		if (target_now(timerfd) < timerfd->target) {
			arm(timerfd); /* it was set anew, or the clock was */
		} else {
			timerfd->expired = true;
			WRITE_ONCE(timerfd->ticks, timerfd->ticks + 1);
			wake_up_poll(&timerfd->wait, POLLIN | POLLRDNORM);
		}
	}
	spin_unlock(&timerfd->lock);
}

/* TFD1: the periods that have passed since it fired, and on it goes. Lock held. */
static u64 catch_up(struct timerfd *timerfd)
{
	s64 periods;

	if (!timerfd->expired || !timerfd->interval)
		return 0;
	periods = MAX(target_now(timerfd) - timerfd->target, (nsec_t)0) / timerfd->interval;
	timerfd->target =
		nsec_add(timerfd->target + periods * timerfd->interval, timerfd->interval);
	timerfd->expired = false;
	arm(timerfd);
	return (u64)periods;
}

/* The clock was set since the last look, which this is another one of. Lock held. */
static bool was_canceled(struct timerfd *timerfd)
{
	if (timerfd->offset != OFFSET_CANCELED)
		return false;
	timerfd->offset = clock_realtime_offset();
	return true;
}

/* Takes what a read gives; 0: nothing yet. -ECANCELED. */
static int take_ticks(struct timerfd *timerfd, u64 *ticks)
{
	int error = 0;

	spin_lock(&timerfd->lock);
	*ticks = timerfd->ticks;
	if (*ticks && was_canceled(timerfd)) {
		timerfd->expired = false;
		error = -ECANCELED;
	} else if (*ticks) {
		*ticks += catch_up(timerfd);
	}
	WRITE_ONCE(timerfd->ticks, 0);
	spin_unlock(&timerfd->lock);
	return error;
}

static ssize_t timerfd_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct timerfd *timerfd = file->private;
	u64 ticks;

	if (uio->left < sizeof(ticks))
		return -EINVAL;
	for (;;) {
		long error = take_ticks(timerfd, &ticks);

		if (error)
			return error;
		if (ticks)
			break;
		error = -EAGAIN;
		if (!(file->flags & O_NONBLOCK))
			error = wait_event_interruptible(&timerfd->wait, READ_ONCE(timerfd->ticks));
		if (error)
			return error;
	}
	return uio_copy_out(uio, &ticks, sizeof(ticks)) == sizeof(ticks) ? (ssize_t)sizeof(ticks)
									 : -EFAULT;
}

static u32 timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *timerfd = file->private;

	poll_wait(file, &timerfd->wait, table);
	return READ_ONCE(timerfd->ticks) ? POLLIN | POLLRDNORM : 0;
}

/* TFD_IOC_SET_TICKS, for who restores a process. */
static long set_ticks(struct timerfd *timerfd, u64 ticks)
{
	long error = 0;

	if (!ticks)
		return -EINVAL;
	spin_lock(&timerfd->lock);
	if (was_canceled(timerfd)) {
		error = -ECANCELED;
	} else {
		WRITE_ONCE(timerfd->ticks, ticks);
		wake_up_poll(&timerfd->wait, POLLIN | POLLRDNORM);
	}
	spin_unlock(&timerfd->lock);
	return error;
}

static long timerfd_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	u64 ticks;

	if (command != TFD_IOC_SET_TICKS)
		return -ENOTTY;
	if (get_user64(&ticks, argument))
		return -EFAULT;
	return set_ticks(file->private, ticks);
}

/* --- setting the clock --- */

static void set_cancelable(struct timerfd *timerfd, bool cancelable)
{
	if (!cancelable && !READ_ONCE(timerfd->cancelable))
		return;
	spin_lock(&cancel_lock);
	if (cancelable && !timerfd->cancelable)
		list_add(&timerfd->cancel_link, &cancel_list);
	else if (!cancelable && timerfd->cancelable)
		list_del(&timerfd->cancel_link);
	timerfd->cancelable = cancelable;
	spin_unlock(&cancel_lock);
}

void timerfd_clock_was_set(void)
{
	struct timerfd *timerfd;

	spin_lock(&cancel_lock);
	list_for_each_entry (timerfd, &cancel_list, cancel_link) {
		spin_lock_nested(&timerfd->lock);
		if (timerfd->offset != clock_realtime_offset()) {
			timerfd->offset = OFFSET_CANCELED;
			WRITE_ONCE(timerfd->ticks, timerfd->ticks + 1);
			wake_up_poll(&timerfd->wait, POLLIN | POLLRDNORM);
		}
		spin_unlock(&timerfd->lock);
	}
	spin_unlock(&cancel_lock);
}

/* --- setting and asking --- */

/* Lock held. */
static void report(struct timerfd *timerfd, struct timerfd_setting *setting)
{
	timerfd->ticks += catch_up(timerfd);
	*setting = (struct timerfd_setting){ .interval = timerfd->interval };
	if (timerfd->target && !timerfd->expired)
		setting->left = MAX(timerfd->target - target_now(timerfd), (nsec_t)0);
}

int timerfd_set(struct file *file, u32 flags, const struct timerfd_setting *setting,
		struct timerfd_setting *old)
{
	struct timerfd *timerfd = file->private;
	bool absolute = flags & TFD_TIMER_ABSTIME;
	int error = 0;

	if (timerfd->alarm && !capable(CAP_WAKE_ALARM))
		return -EPERM;
	set_cancelable(timerfd,
		       timerfd->clock_realtime && absolute && flags & TFD_TIMER_CANCEL_ON_SET);
	spin_lock(&timerfd->lock);
	report(timerfd, old);
	timerfd->ticks = 0;
	timerfd->expired = false;
	timerfd->realtime = timerfd->clock_realtime && absolute;
	timerfd->interval = setting->interval;
	timerfd->target = setting->left;
	if (setting->left && !absolute)
		timerfd->target += MIN(clock_monotonic(), NSEC_NEVER - setting->left);
	if (timerfd->target) {
		arm(timerfd);
		if (READ_ONCE(timerfd->cancelable) && was_canceled(timerfd))
			error = -ECANCELED;
	}
	if (!READ_ONCE(timerfd->cancelable) || timerfd->offset != OFFSET_CANCELED)
		timerfd->offset = clock_realtime_offset();
	spin_unlock(&timerfd->lock);
	return error;
}

void timerfd_get(struct file *file, struct timerfd_setting *setting)
{
	struct timerfd *timerfd = file->private;

	spin_lock(&timerfd->lock);
	report(timerfd, setting);
	spin_unlock(&timerfd->lock);
}

/* --- life --- */

static void timerfd_release(struct file *file)
{
	struct timerfd *timerfd = file->private;

	set_cancelable(timerfd, false);
	timer_cancel(&timerfd->timer);
	kfree(timerfd);
}

static const struct file_ops timerfd_ops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.ioctl = timerfd_ioctl,
	.release = timerfd_release,
};

bool file_is_timerfd(const struct file *file)
{
	return file->ops == &timerfd_ops;
}

struct file *timerfd_create(bool realtime, bool alarm, u32 flags)
{
	struct timerfd *timerfd = kzalloc(sizeof(*timerfd));
	struct file *file;

	if (!timerfd)
		return ERR_PTR(-ENOMEM);
	spin_init(&timerfd->lock, RANK_TIMERFD);
	timer_init(&timerfd->timer, fires);
	waitq_init(&timerfd->wait);
	timerfd->clock_realtime = realtime;
	timerfd->alarm = alarm;
	timerfd->offset = clock_realtime_offset();
	file = file_create_anonymous("anon_inode:[timerfd]", 0600, &timerfd_ops, timerfd,
				     O_RDWR | (flags & O_NONBLOCK),
				     FMODE_READ | FMODE_WRITE | FMODE_STREAM);
	if (IS_ERR(file))
		kfree(timerfd);
	return file;
}
