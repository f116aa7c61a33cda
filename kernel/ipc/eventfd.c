/* SPDX-License-Identifier: MIT */
/*
 * Event counters (eventfd(2)): a write adds to a 64-bit number, a read takes it (or one of it).
 *
 * The number changes by compare-and-swap, so there is no lock. Readers wait for it not to be 0,
 * writers for room below the largest value. Task context; sleeps.
 */
#include "ipc/eventfd.h"

#include "fs/text.h"
#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"

#define EVENTFD_MAX (UINT64_MAX - 1)

static u32 eventfds_made; /* [a] */

struct eventfd {
	u64 count;		/* [a] at most EVENTFD_MAX */
	bool semaphore;		/* [I] a read takes one, not all */
	u32 id;			/* [I] for /proc/pid/fdinfo */
	struct wait_queue wait; /* readers, writers, pollers */
};

/* Takes what a read gives; 0 when there is nothing. */
static u64 eventfd_take(struct eventfd *event)
{
	u64 seen = READ_ONCE(event->count), taken;

	do {
		taken = event->semaphore ? seen != 0 : seen;
	} while (taken && !atomic_cmpxchg(&event->count, &seen, seen - taken));
	return taken;
}

/* Adds if there is room. */
static bool eventfd_give(struct eventfd *event, u64 value)
{
	u64 seen = READ_ONCE(event->count);

	do {
		if (value > EVENTFD_MAX - seen)
			return false;
	} while (!atomic_cmpxchg(&event->count, &seen, seen + value));
	return true;
}

static ssize_t eventfd_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct eventfd *event = file->private;
	u64 value;

	if (uio->left < sizeof(value))
		return -EINVAL;
	while (!(value = eventfd_take(event))) {
		long error = -EAGAIN;

		if (!(file->flags & O_NONBLOCK))
			error = wait_event_interruptible(&event->wait, READ_ONCE(event->count));
		if (error)
			return error;
	}
	wake_up_poll(&event->wait, POLLOUT | POLLWRNORM);
	return uio_copy_out(uio, &value, sizeof(value)) == sizeof(value) ? (ssize_t)sizeof(value)
									 : -EFAULT;
}

static ssize_t eventfd_write(struct file *file, struct uio *uio, loff_t *pos)
{
	struct eventfd *event = file->private;
	u64 value;

	if (uio->left < sizeof(value))
		return -EINVAL;
	if (uio_copy_in(uio, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value > EVENTFD_MAX)
		return -EINVAL;
	while (!eventfd_give(event, value)) {
		long error = -EAGAIN;

		if (!(file->flags & O_NONBLOCK))
			error = wait_event_interruptible(
				&event->wait, value <= EVENTFD_MAX - READ_ONCE(event->count));
		if (error)
			return error;
	}
	wake_up_poll(&event->wait, POLLIN | POLLRDNORM);
	return sizeof(value);
}

static u32 eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *event = file->private;
	u32 events = 0;
	u64 count;

	poll_wait(file, &event->wait, table);
	count = READ_ONCE(event->count);
	if (count)
		events |= POLLIN | POLLRDNORM;
	if (count < EVENTFD_MAX)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static void eventfd_describe(struct file *file, struct text *text, const struct pid_ns *reader)
{
	const struct eventfd *event = file->private;

	text_printf(text, "eventfd-count: %16llx\neventfd-id: %u\neventfd-semaphore: %d\n",
		    (unsigned long long)READ_ONCE(event->count), event->id, event->semaphore);
}

static void eventfd_release(struct file *file)
{
	kfree(file->private);
}

static const struct file_ops eventfd_ops = {
	.seek = file_seek_nowhere,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.describe = eventfd_describe,
};

struct file *eventfd_create(u32 initial, u32 flags)
{
	struct eventfd *event = kmalloc(sizeof(*event));
	struct file *file;

	if (!event)
		return ERR_PTR(-ENOMEM);
	event->count = initial;
	event->semaphore = flags & EFD_SEMAPHORE;
	event->id = atomic_fetch_add_relaxed(&eventfds_made, 1);
	waitq_init(&event->wait);
	file = file_create_anonymous("anon_inode:[eventfd]", 0600, &eventfd_ops, event,
				     O_RDWR | (flags & O_NONBLOCK),
				     FMODE_READ | FMODE_WRITE | FMODE_STREAM);
	if (IS_ERR(file))
		kfree(event);
	return file;
}
