/* SPDX-License-Identifier: MIT */
/*
 * System calls of POSIX message queues, decoded: mq_open(3) and its relatives. The work is in
 * ipc/mqueue.c and fs/mqueuefs.c. A queue's descriptor is an ordinary one.
 */
#include "abi/deadline.h"
#include "fs/fdtable.h"
#include "ipc/mqueue.h"
#include "ipc/netlink.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "uapi/sigevent.h"

/* --- names --- */

long sys_mq_open(uaddr_t name, int flags, umode_t mode, uaddr_t attr_at)
{
	struct mq_attr attr;
	struct file *file;
	char *text;

	if (attr_at && copy_from_user(&attr, attr_at, sizeof(attr)))
		return -EFAULT;
	text = name_get(name);
	if (IS_ERR(text))
		return PTR_ERR(text);
	file = mqueue_open(text, (u32)flags, mode, attr_at ? &attr : NULL);
	name_put(text);
	return fd_add(file, true);
}

long sys_mq_unlink(uaddr_t name)
{
	char *text = name_get(name);
	int error;

	if (IS_ERR(text))
		return PTR_ERR(text);
	error = mqueue_unlink(text);
	name_put(text);
	return error;
}

/* --- messages --- */

/* The queue of a descriptor that is open in that mode, to be given back by fdput(). NULL: it is
 * none: EBADF. */
static struct mqueue *queue_get(int number, u32 mode, struct fd *fd)
{
	struct mqueue *queue;

	*fd = fdget((unsigned int)number);
	if (!fd->file)
		return NULL;
	queue = mqueue_of(fd->file);
	if (queue && (fd->file->mode & mode) == mode)
		return queue;
	fdput(*fd);
	return NULL;
}

static long send(struct mqueue *queue, uaddr_t from, size_t size, u32 priority, nsec_t expires,
		 bool wait)
{
	struct mq_message *message;
	int error = -EFAULT;

	if (size > (size_t)mqueue_message_size(queue))
		return -EMSGSIZE;
	message = kmalloc(sizeof(*message) + size);
	if (!message)
		return -ENOMEM;
	message->priority = priority;
	message->size = size;
	if (!copy_from_user(message->data, from, size))
		error = mqueue_send(queue, message, expires, wait);
	if (error)
		kfree(message);
	return error;
}

long sys_mq_timedsend(int number, uaddr_t from, size_t size, u32 priority, uaddr_t timeout)
{
	nsec_t expires;
	struct mqueue *queue;
	struct fd fd;
	long result = deadline_get(timeout, CLOCK_REALTIME, &expires);

	if (result)
		return result;
	if (priority >= MQ_PRIO_MAX)
		return -EINVAL;
	queue = queue_get(number, FMODE_WRITE, &fd);
	if (!queue)
		return -EBADF;
	result = send(queue, from, size, priority, expires, !(fd.file->flags & O_NONBLOCK));
	fdput(fd);
	return result;
}

static long receive(struct mqueue *queue, uaddr_t to, size_t room, uaddr_t priority_at,
		    nsec_t expires, bool wait)
{
	struct mq_message *message;
	long result;

	if (room < (size_t)mqueue_message_size(queue))
		return -EMSGSIZE;
	message = mqueue_receive(queue, expires, wait);
	if (IS_ERR(message))
		return PTR_ERR(message);
	result = (long)message->size;
	if ((priority_at && put_user32(message->priority, priority_at)) ||
	    copy_to_user(to, message->data, message->size))
		result = -EFAULT;
	kfree(message);
	return result;
}

long sys_mq_timedreceive(int number, uaddr_t to, size_t room, uaddr_t priority, uaddr_t timeout)
{
	nsec_t expires;
	struct mqueue *queue;
	struct fd fd;
	long result = deadline_get(timeout, CLOCK_REALTIME, &expires);

	if (result)
		return result;
	queue = queue_get(number, FMODE_READ, &fd);
	if (!queue)
		return -EBADF;
	result = receive(queue, to, room, priority, expires, !(fd.file->flags & O_NONBLOCK));
	fdput(fd);
	return result;
}

/* --- attributes and notification --- */

long sys_mq_getsetattr(int number, uaddr_t new, uaddr_t old)
{
	struct mq_attr wanted, attr;
	struct mqueue *queue;
	struct fd fd;
	long result = 0;

	if (new &&copy_from_user(&wanted, new, sizeof(wanted)))
		return -EFAULT;
	if (new &&wanted.flags & ~(s64)O_NONBLOCK)
		return -EINVAL;
	queue = queue_get(number, 0, &fd);
	if (!queue)
		return -EBADF;
	mqueue_get_attr(queue, &attr);
	attr.flags = fd.file->flags & O_NONBLOCK;
	if (new &&wanted.flags)
		atomic_fetch_or(&fd.file->flags, O_NONBLOCK);
	else if (new)
		atomic_fetch_and(&fd.file->flags, ~(u32)O_NONBLOCK);
	if (old && copy_to_user(old, &attr, sizeof(attr)))
		result = -EFAULT;
	fdput(fd);
	return result;
}

/* SIGEV_THREAD wants its news over a netlink socket: the descriptor is in place of the signal, the
 * address of what to send in that of the value. */
static int get_thread_event(struct mq_notification *notification)
{
	const struct sigevent *event = &notification->event;
	struct file *file;

	if (copy_from_user(notification->cookie, event->value, sizeof(notification->cookie)))
		return -EFAULT;
	file = fget((unsigned int)event->signo);
	if (!file)
		return -EBADF;
	if (!netlink_socket_of(file)) {
		int error = S_ISSOCK(file->inode->mode) ? -EINVAL : -ENOTSOCK;

		fput(file);
		return error;
	}
	notification->socket = file;
	return 0;
}

static int get_event(struct mq_notification *notification, uaddr_t from)
{
	struct sigevent *event = &notification->event;

	if (copy_from_user(event, from, sizeof(*event)))
		return -EFAULT;
	switch (event->notify) {
	case SIGEV_NONE: return 0;
	case SIGEV_SIGNAL: return event->signo >= 0 && event->signo <= 64 ? 0 : -EINVAL;
	case SIGEV_THREAD: return get_thread_event(notification);
	}
	return -EINVAL;
}

long sys_mq_notify(int number, uaddr_t event_at)
{
	struct mq_notification notification = { 0 };
	struct mqueue *queue;
	struct fd fd;
	long result = event_at ? get_event(&notification, event_at) : 0;

	if (result)
		return result;
	queue = queue_get(number, 0, &fd);
	result = -EBADF;
	if (queue) {
		result = mqueue_notify(queue, event_at ? &notification : NULL);
		fdput(fd);
	}
	if (result && notification.socket)
		fput(notification.socket);
	return result;
}
