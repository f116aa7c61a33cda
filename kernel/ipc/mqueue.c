/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues (mqueue.h).
 *
 * Messages stand in a tree by priority and order of arrival. As with System V's, who cannot go on
 * is served by the other side (handover.h): a sender gives its message to the receiver that waits,
 * a receiver lets the message of the sender that waits in. Of several waiters the one of the
 * highest real-time priority is served first.
 *
 * One process at a time may ask to be told of the next message that comes to the empty queue while
 * nobody receives. It is told once, and no more when it closes the queue.
 *
 * Locks: queue->lock (RANK_SYSV), for all of a queue. Tested by tests/guest/mqueue.c.
 */
#include "ipc/mqueue.h"

#include "ipc/handover.h"
#include "ipc/netlink.h"
#include "ipc/poll.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/signal.h"

struct mqueue {
	spinlock_t lock;	    /* RANK_SYSV */
	struct rb_root tree;	    /* [lock] struct mq_message */
	u32 messages;		    /* [lock] */
	u64 bytes;		    /* [lock] of messages */
	u32 max_messages;	    /* [I] */
	u32 message_size;	    /* [I] */
	struct list_head receivers; /* [lock] struct mq_waiter, highest priority first */
	struct list_head senders;   /* [lock] the same; not empty only while the queue is full */
	struct wait_queue wait;	    /* pollers */
	struct user_counts *user;   /* [I] whom its memory is charged to; referenced */
	u64 charge;		    /* [I] bytes */
	struct mq_notification notification; /* [lock] of the process that is to be told */
};

enum mq_reason { MQ_WOKEN_UP = 1, MQ_REMOVED = 2 }; /* as the C library has them */

struct mq_waiter {
	struct handover handover;
	u8 priority;		    /* [I] of its task, real-time; 0: none */
	struct mq_message *message; /* a sender's; a receiver gets it here */
};

struct mq_limits mq_limits = {
	.queues_max = 256,
	.messages_max = 10,
	.messages_default = 10,
	.size_max = 8192,
	.size_default = 8192,
};

/* --- making --- */

/* The attributes of a new queue within the limits: 0 or -EINVAL. */
static int choose_attr(struct mqueue *queue, const struct mq_attr *attr)
{
	bool privileged = capable(CAP_SYS_RESOURCE);
	u32 messages_max = privileged ? MQ_MESSAGES_HARD : READ_ONCE(mq_limits.messages_max);
	u32 size_max = privileged ? MQ_SIZE_HARD : READ_ONCE(mq_limits.size_max);

	if (!attr) {
		queue->max_messages = MIN(READ_ONCE(mq_limits.messages_max),
					  READ_ONCE(mq_limits.messages_default));
		queue->message_size =
			MIN(READ_ONCE(mq_limits.size_max), READ_ONCE(mq_limits.size_default));
		return 0;
	}
	if (attr->max_messages <= 0 || attr->message_size <= 0 ||
	    attr->max_messages > messages_max || attr->message_size > size_max)
		return -EINVAL;
	queue->max_messages = (u32)attr->max_messages;
	queue->message_size = (u32)attr->message_size;
	return 0;
}

/* What a queue counts for in RLIMIT_MSGQUEUE: getrlimit(2). */
static u64 charge_of(const struct mqueue *queue)
{
	enum { PER_MESSAGE = 48, PER_PRIORITY = 48 };
	u64 messages = queue->max_messages;

	return messages * queue->message_size + messages * PER_MESSAGE +
	       MIN(messages, (u64)MQ_PRIO_MAX) * PER_PRIORITY;
}

static int charge(struct mqueue *queue)
{
	u64 size = charge_of(queue);

	if (atomic_fetch_add_relaxed(&queue->user->mqueue_bytes, size) + size >
	    rlimit(RLIMIT_MSGQUEUE)) {
		atomic_fetch_add_relaxed(&queue->user->mqueue_bytes, -size);
		return -EMFILE;
	}
	queue->charge = size;
	return 0;
}

/* One more queue, of which the privileged may have more than the limit. */
static int count_queue(void)
{
	if (atomic_fetch_add_relaxed(&mq_limits.queues, 1) < READ_ONCE(mq_limits.queues_max) ||
	    capable(CAP_SYS_RESOURCE))
		return 0;
	atomic_fetch_add_relaxed(&mq_limits.queues, (u32)-1);
	return -ENOSPC;
}

struct mqueue *mqueue_create(const struct mq_attr *attr)
{
	struct mqueue *queue;
	int error = count_queue();

	if (error)
		return ERR_PTR(error);
	queue = kzalloc(sizeof(*queue));
	error = -ENOMEM;
	if (!queue)
		goto out_count;
	error = choose_attr(queue, attr);
	if (error)
		goto out_queue;
	queue->user = current_cred()->user;
	refcount_inc(&queue->user->refs);
	error = charge(queue);
	if (error)
		goto out_user;
	spin_init(&queue->lock, RANK_SYSV);
	list_init(&queue->receivers);
	list_init(&queue->senders);
	waitq_init(&queue->wait);
	return queue;

out_user:
	user_put(queue->user);
out_queue:
	kfree(queue);
out_count:
	atomic_fetch_add_relaxed(&mq_limits.queues, (u32)-1);
	return ERR_PTR(error);
}

static struct mq_message *message_of(struct rb_node *node)
{
	return rb_entry(node, struct mq_message, node);
}

void mqueue_destroy(struct mqueue *queue)
{
	struct rb_node *node;

	while ((node = rb_first(&queue->tree))) {
		rb_erase(&queue->tree, node, NULL);
		kfree(message_of(node));
	}
	atomic_fetch_add_relaxed(&queue->user->mqueue_bytes, -queue->charge);
	user_put(queue->user);
	kfree(queue);
	atomic_fetch_add_relaxed(&mq_limits.queues, (u32)-1);
}

/* --- messages; the queue's lock is held --- */

static void insert(struct mqueue *queue, struct mq_message *message)
{
	struct rb_node **link = &queue->tree.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = message->priority > message_of(parent)->priority ? &parent->left
									: &parent->right;
	}
	rb_insert(&queue->tree, &message->node, parent, link, NULL);
	queue->messages++;
	queue->bytes += message->size;
}

static struct mq_message *take_first(struct mqueue *queue)
{
	struct mq_message *message = message_of(rb_first(&queue->tree));

	rb_erase(&queue->tree, &message->node, NULL);
	queue->messages--;
	queue->bytes -= message->size;
	return message;
}

static struct mq_waiter *first_waiter(struct list_head *waiters)
{
	return list_first_entry(waiters, struct mq_waiter, handover.link);
}

static void enqueue_waiter(struct list_head *waiters, struct mq_waiter *waiter)
{
	struct mq_waiter *other;

	handover_init(&waiter->handover);
	waiter->priority = READ_ONCE(current->se.rt_priority);
	list_for_each_entry (other, waiters, handover.link)
		if (other->priority < waiter->priority)
			break;
	list_add_tail(&waiter->handover.link, &other->handover.link);
}

/* --- notification --- */

/* Ends a registration; returns whether a signal is to be sent to *owner as *event says. The lock is
 * held. */
static bool take_notification(struct mqueue *queue, struct mq_notification *notification)
{
	if (!queue->notification.owner || queue->messages != 1)
		return false;
	*notification = queue->notification;
	queue->notification.owner = 0;
	return true;
}

static void notify_signal(const struct mq_notification *notification)
{
	const struct sigevent *event = &notification->event;
	struct siginfo info = { .signo = event->signo, .code = SI_MESGQ };
	struct task_struct *task = get_task_by_id(notification->owner);

	if (!task)
		return;
	info.user.pid = task_tgid_nr_ns(current, task_pid_ns(task));
	info.user.uid = current_cred()->uid;
	info.user.value = event->value;
	if (event->signo)
		send_signal_process(event->signo, &info, task);
	put_task_struct(task);
}

/* The C library's thread reads the cookie, and learns from its last byte what it is told. */
static void notify_socket(struct mq_notification *notification, enum mq_reason reason)
{
	notification->cookie[MQ_COOKIE_SIZE - 1] = (u8)reason;
	/* Without room the thread hears of it no more than on Linux. */
	(void)!netlink_deliver(notification->socket->private, notification->cookie, MQ_COOKIE_SIZE);
	fput(notification->socket);
}

static void notify(struct mq_notification *notification)
{
	if (notification->event.notify == SIGEV_SIGNAL)
		notify_signal(notification);
	else if (notification->event.notify == SIGEV_THREAD)
		notify_socket(notification, MQ_WOKEN_UP);
}

int mqueue_notify(struct mqueue *queue, const struct mq_notification *notification)
{
	struct mq_notification old = { 0 };
	int error = 0;

	spin_lock(&queue->lock);
	if (!notification) {
		if (queue->notification.owner == current->tgid) {
			old = queue->notification;
			queue->notification.owner = 0;
		}
	} else if (queue->notification.owner) {
		error = -EBUSY;
	} else {
		queue->notification = *notification;
		queue->notification.owner = current->tgid;
	}
	spin_unlock(&queue->lock);
	if (old.owner && old.event.notify == SIGEV_THREAD)
		notify_socket(&old, MQ_REMOVED);
	return error;
}

/* --- waiting --- */

/* Sleeps until served: the waiter's result, or -ETIMEDOUT, -ERESTARTSYS. */
static int wait_for_turn(struct mqueue *queue, struct mq_waiter *waiter, nsec_t expires)
{
	struct handover *handover = &waiter->handover;
	int result = handover_sleep(handover, expires);
	bool left;

	if (!result)
		return handover->result;
	spin_lock(&queue->lock);
	left = handover_leave(handover);
	spin_unlock(&queue->lock);
	if (!left)
		return handover_join(handover);
	return result == -EINTR ? -ERESTARTSYS : result;
}

/* --- sending --- */

/* Under the lock: to a receiver or into the tree; -EAGAIN: the queue is full. */
static int try_send(struct mqueue *queue, struct mq_message *message, struct list_head *finished)
{
	struct mq_waiter *receiver;

	if (queue->messages == queue->max_messages)
		return -EAGAIN;
	if (list_empty(&queue->receivers)) {
		insert(queue, message);
		return 0;
	}
	receiver = first_waiter(&queue->receivers);
	receiver->message = message;
	handover_take(&receiver->handover, 0, finished);
	return 0;
}

int mqueue_send(struct mqueue *queue, struct mq_message *message, nsec_t expires, bool wait)
{
	struct mq_waiter sender = { .message = message };
	struct mq_notification notification;
	LIST_HEAD(finished);
	bool tell = false;
	int error;

	spin_lock(&queue->lock);
	error = try_send(queue, message, &finished);
	if (!error && list_empty(&finished))
		tell = take_notification(queue, &notification);
	else if (error && wait)
		enqueue_waiter(&queue->senders, &sender);
	spin_unlock(&queue->lock);
	if (error)
		return wait ? wait_for_turn(queue, &sender, expires) : error;
	if (list_empty(&finished))
		wake_up_poll(&queue->wait, POLLIN | POLLRDNORM);
	else
		handover_finish(&finished);
	if (tell)
		notify(&notification);
	return 0;
}

/* --- receiving --- */

/* Under the lock: the first message, and a waiting sender's in its place. */
static struct mq_message *take(struct mqueue *queue, struct list_head *finished)
{
	struct mq_message *message = take_first(queue);

	if (!list_empty(&queue->senders)) {
		struct mq_waiter *sender = first_waiter(&queue->senders);

		insert(queue, sender->message);
		handover_take(&sender->handover, 0, finished);
	}
	return message;
}

struct mq_message *mqueue_receive(struct mqueue *queue, nsec_t expires, bool wait)
{
	struct mq_waiter receiver;
	LIST_HEAD(finished);
	int error = 0;

	receiver.message = NULL;
	spin_lock(&queue->lock);
	if (queue->messages)
		receiver.message = take(queue, &finished);
	else if (wait)
		enqueue_waiter(&queue->receivers, &receiver);
	else
		error = -EAGAIN;
	spin_unlock(&queue->lock);
	if (error)
		return ERR_PTR(error);
	if (!list_empty(&finished))
		handover_finish(&finished);
	else if (receiver.message)
		wake_up_poll(&queue->wait, POLLOUT | POLLWRNORM);
	if (!receiver.message)
		error = wait_for_turn(queue, &receiver, expires);
	return error ? ERR_PTR(error) : receiver.message;
}

s64 mqueue_message_size(const struct mqueue *queue)
{
	return queue->message_size;
}

void mqueue_get_attr(struct mqueue *queue, struct mq_attr *attr)
{
	*attr = (struct mq_attr){
		.max_messages = queue->max_messages,
		.message_size = queue->message_size,
		.messages = READ_ONCE(queue->messages),
	};
}

/* --- as a file --- */

/* Reading tells of the queue's state: mq_overview(7). */
static ssize_t mqueue_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct mqueue *queue = file->inode->private;
	char text[80];
	ssize_t moved;
	int length;
	const struct mq_notification *told = &queue->notification;
	bool is_signal;

	spin_lock(&queue->lock);
	is_signal = told->owner && told->event.notify == SIGEV_SIGNAL;
	length = scnprintf(text, sizeof(text),
			   "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", queue->bytes,
			   told->owner ? told->event.notify : 0, is_signal ? told->event.signo : 0,
			   told->owner);
	spin_unlock(&queue->lock);
	if (*pos >= length)
		return 0;
	moved = uio_copy_out(uio, text + *pos, (size_t)(length - *pos));
	if (moved > 0)
		*pos += moved;
	return moved;
}

static u32 mqueue_poll(struct file *file, struct poll_table *table)
{
	struct mqueue *queue = file->inode->private;
	u32 messages, events = 0;

	poll_wait(file, &queue->wait, table);
	messages = READ_ONCE(queue->messages);
	if (messages)
		events |= POLLIN | POLLRDNORM;
	if (messages < queue->max_messages)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

/* The process that is to be told closes the queue. */
static int mqueue_flush(struct file *file)
{
	return mqueue_notify(file->inode->private, NULL);
}

const struct file_ops mqueue_file_ops = {
	.read = mqueue_read,
	.poll = mqueue_poll,
	.flush = mqueue_flush,
};

struct mqueue *mqueue_of(const struct file *file)
{
	return file->ops == &mqueue_file_ops ? file->inode->private : NULL;
}
