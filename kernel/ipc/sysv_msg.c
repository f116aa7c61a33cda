/* SPDX-License-Identifier: MIT */
/*
 * System V message queues (sysv_msg.h).
 *
 * A message is filled from user memory before any lock is taken, and copied out after it has left
 * its queue. Who comes and cannot go on waits, and is served by the other side (handover.h): a
 * sender gives its message to a receiver that waits for it; a receiver that makes room lets the
 * first senders' messages in.
 *
 * Locks: those of sysv.h. Tested by tests/guest/sysvmsg.c.
 */
#include "ipc/sysv_msg.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/timer.h"

enum choice { CHOOSE_ANY, CHOOSE_EQUAL, CHOOSE_OTHER, CHOOSE_LEAST, CHOOSE_POSITION };

struct msg_sender {
	struct handover handover;
	struct message *message; /* [I] */
	struct pid_note pid;	 /* [I] */
};

struct msg_receiver {
	struct handover handover;
	enum choice choice;	 /* [I] */
	s64 type;		 /* [I] as choice wants it */
	size_t room;		 /* [I] */
	bool cuts;		 /* [I] MSG_NOERROR */
	struct pid_note pid;	 /* [I] */
	struct message *message; /* by the finisher */
};

struct message *message_alloc(s64 type, size_t size)
{
	struct message *message = kmalloc(sizeof(*message) + size);

	if (!message)
		return NULL;
	message->type = type;
	message->size = size;
	return message;
}

/* --- making --- */

static int queue_fits(const struct sysv_object *object, u64 request)
{
	return 0;
}

static struct sysv_object *queue_create(key_t key, u64 request, int flags)
{
	struct msg_queue *queue = kzalloc(sizeof(*queue));

	if (!queue)
		return ERR_PTR(-ENOMEM);
	queue->ctime = sysv_time();
	queue->limit = READ_ONCE(current_ipc()->msg_queue_max);
	list_init(&queue->messages);
	list_init(&queue->receivers);
	list_init(&queue->senders);
	return &queue->object;
}

void msg_queue_destroy(struct sysv_object *object)
{
	pid_note_put(msg_queue_of(object)->lspid);
	pid_note_put(msg_queue_of(object)->lrpid);
	kfree(object);
}

static void queue_fill_stat(const struct sysv_object *object, void *stat)
{
	const struct msg_queue *queue = (const struct msg_queue *)object;

	*(struct msqid64_ds *)stat = (struct msqid64_ds){
		.stime = queue->stime,
		.rtime = queue->rtime,
		.ctime = queue->ctime,
		.bytes = queue->bytes,
		.count = queue->count,
		.limit = queue->limit,
		.lspid = pid_note_vnr(queue->lspid),
		.lrpid = pid_note_vnr(queue->lrpid),
	};
}

const struct sysv_kind msg_kind = {
	.fits = queue_fits,
	.create = queue_create,
	.destroy = msg_queue_destroy,
	.fill_stat = queue_fill_stat,
};

int msg_get(key_t key, int flags)
{
	return sysv_get(&current_ipc()->msg, &msg_kind, key, 0, flags);
}

/* --- messages in a queue; its lock is held --- */

void msg_account(struct msg_queue *queue, s64 count, size_t size)
{
	struct ipc_namespace *ipc = current_ipc();

	queue->count += (u64)count;
	queue->bytes += (u64)count * size;
	atomic_fetch_add_relaxed(&ipc->msg_count, (u64)count);
	atomic_fetch_add_relaxed(&ipc->msg_bytes, (u64)count * size);
}

static bool has_room(const struct msg_queue *queue, const struct message *message)
{
	return message->size + queue->bytes <= queue->limit && 1 + queue->count <= queue->limit;
}

static bool is_chosen(const struct message *message, enum choice choice, s64 type)
{
	switch (choice) {
	case CHOOSE_ANY:
	case CHOOSE_POSITION: return true;
	case CHOOSE_EQUAL: return message->type == type;
	case CHOOSE_OTHER: return message->type != type;
	case CHOOSE_LEAST: return message->type <= type;
	}
	return false;
}

/* The message that a receiver gets; NULL: none is there. */
static struct message *find_message(struct msg_queue *queue, enum choice choice, s64 type)
{
	struct message *message, *found = NULL;
	s64 position = 0;

	list_for_each_entry (message, &queue->messages, link) {
		if (choice == CHOOSE_POSITION && position++ != type)
			continue;
		if (!is_chosen(message, choice, type) || (found && message->type >= found->type))
			continue;
		found = message;
		if (choice != CHOOSE_LEAST)
			break;
	}
	return found;
}

/* Gives a message to the first receiver that waits for it; false: there is none. One with too
 * little room for it learns so, and the search goes on. */
static bool hand_to_receiver(struct msg_queue *queue, struct message *message,
			     struct list_head *finished)
{
	struct msg_receiver *receiver, *next;

	list_for_each_entry_safe (receiver, next, &queue->receivers, handover.link) {
		if (!is_chosen(message, receiver->choice, receiver->type))
			continue;
		if (message->size > receiver->room && !receiver->cuts) {
			handover_take(&receiver->handover, -E2BIG, finished);
			continue;
		}
		receiver->message = message;
		pid_note_set(&queue->lrpid, receiver->pid);
		queue->rtime = sysv_time();
		handover_take(&receiver->handover, 0, finished);
		return true;
	}
	return false;
}

/* Lets a message in: to a receiver, or into the queue. */
static void let_in(struct msg_queue *queue, struct message *message, struct pid_note pid,
		   struct list_head *finished)
{
	pid_note_set(&queue->lspid, pid);
	queue->stime = sysv_time();
	if (!list_empty(&queue->receivers) && hand_to_receiver(queue, message, finished))
		return;
	list_add_tail(&message->link, &queue->messages);
	msg_account(queue, 1, message->size);
}

/* There is room: lets the first senders' messages in. */
static void admit_senders(struct msg_queue *queue, struct list_head *finished)
{
	while (!list_empty(&queue->senders)) {
		struct msg_sender *sender =
			list_first_entry(&queue->senders, struct msg_sender, handover.link);

		if (!has_room(queue, sender->message))
			break;
		let_in(queue, sender->message, sender->pid, finished);
		handover_take(&sender->handover, 0, finished);
	}
}

/* --- waiting --- */

/* Sleeps until the waiter is served: its result, or -ERESTARTNOHAND after a signal. A queue that is
 * gone has served it. */
static int wait_for_turn(int id, struct handover *waiter)
{
	struct msg_queue *queue;
	bool left = false;

	if (!handover_sleep(waiter, NSEC_NEVER))
		return waiter->result;
	queue = msg_queue_lock(id);
	if (!IS_ERR(queue)) {
		left = handover_leave(waiter);
		msg_queue_unlock(queue);
	}
	return left ? -ERESTARTNOHAND : handover_join(waiter);
}

/* --- msgsnd --- */

/* 0: sent; -EAGAIN: the waiter is in the queue, or does not want to wait. */
static int try_send(int id, struct msg_sender *sender, int flags)
{
	struct msg_queue *queue = msg_queue_lock(id);
	LIST_HEAD(finished);
	int error;

	if (IS_ERR(queue))
		return (int)PTR_ERR(queue);
	error = sysv_permission(&queue->object, 0222);
	if (!error && !has_room(queue, sender->message)) {
		error = -EAGAIN;
		if (!(flags & IPC_NOWAIT))
			list_add_tail(&sender->handover.link, &queue->senders);
	}
	if (!error)
		let_in(queue, sender->message, sender->pid, &finished);
	msg_queue_unlock(queue);
	if (!list_empty(&finished))
		handover_finish(&finished);
	return error;
}

int msg_send(int id, struct message *message, int flags)
{
	struct msg_sender sender = { .message = message, .pid = current_note() };
	int result;

	do {
		handover_init(&sender.handover);
		result = try_send(id, &sender, flags);
		if (result != -EAGAIN || flags & IPC_NOWAIT)
			return result;
		result = wait_for_turn(id, &sender.handover);
	} while (result == -EAGAIN); /* the queue's owner or limit has changed: look again */
	return result;
}

/* --- msgrcv --- */

static void set_choice(struct msg_receiver *receiver, s64 type, int flags)
{
	receiver->type = type;
	if (flags & MSG_COPY) {
		receiver->choice = CHOOSE_POSITION;
	} else if (!type) {
		receiver->choice = CHOOSE_ANY;
	} else if (type < 0) {
		receiver->choice = CHOOSE_LEAST;
		receiver->type = type == INT64_MIN ? INT64_MAX : -type;
	} else {
		receiver->choice = flags & MSG_EXCEPT ? CHOOSE_OTHER : CHOOSE_EQUAL;
	}
}

/* Takes a message out of the queue. */
static void take_out(struct msg_queue *queue, struct message *message, struct pid_note pid,
		     struct list_head *finished)
{
	list_del(&message->link);
	msg_account(queue, -1, message->size);
	queue->rtime = sysv_time();
	pid_note_set(&queue->lrpid, pid);
	admit_senders(queue, finished);
}

/* Copies a message's content; what does not fit is cut off. */
static void fill_copy(struct message *copy, const struct message *message)
{
	copy->type = message->type;
	copy->size = MIN(copy->size, message->size);
	memcpy(copy->data, message->data, copy->size);
}

/* Under the queue's lock: 0 with receiver->message, -E2BIG, -ENOMSG (none is there). */
static int receive_locked(struct msg_queue *queue, struct msg_receiver *receiver,
			  struct message *copy, struct list_head *finished)
{
	struct message *message = find_message(queue, receiver->choice, receiver->type);

	if (!message)
		return -ENOMSG;
	if (message->size > receiver->room && !receiver->cuts)
		return -E2BIG;
	if (copy) {
		fill_copy(copy, message);
		receiver->message = copy;
		return 0;
	}
	take_out(queue, message, receiver->pid, finished);
	receiver->message = message;
	return 0;
}

/* 0, or -ENOMSG: the waiter is in the queue, or does not want to wait. */
static int try_receive(int id, struct msg_receiver *receiver, struct message *copy, int flags)
{
	struct msg_queue *queue = msg_queue_lock(id);
	LIST_HEAD(finished);
	int error;

	if (IS_ERR(queue))
		return (int)PTR_ERR(queue);
	error = sysv_permission(&queue->object, 0444);
	if (!error) {
		error = receive_locked(queue, receiver, copy, &finished);
		if (error == -ENOMSG && !(flags & IPC_NOWAIT))
			list_add_tail(&receiver->handover.link, &queue->receivers);
	}
	msg_queue_unlock(queue);
	if (!list_empty(&finished))
		handover_finish(&finished);
	return error;
}

static int receive(int id, struct msg_receiver *receiver, struct message *copy, int flags)
{
	int result;

	do {
		handover_init(&receiver->handover);
		result = try_receive(id, receiver, copy, flags);
		if (result != -ENOMSG || flags & IPC_NOWAIT)
			return result;
		result = wait_for_turn(id, &receiver->handover);
	} while (result == -EAGAIN); /* the queue's owner has changed: look again */
	return result;
}

struct message *msg_receive(int id, s64 type, size_t room, int flags)
{
	struct msg_receiver receiver = {
		.room = room,
		.cuts = flags & MSG_NOERROR,
		.pid = current_note(),
	};
	struct message *copy = NULL;
	int error;

	if (flags & MSG_COPY) {
		if (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT))
			return ERR_PTR(-EINVAL);
		copy = message_alloc(0, MIN(room, (size_t)READ_ONCE(current_ipc()->msg_max)));
		if (!copy)
			return ERR_PTR(-ENOMEM);
	}
	set_choice(&receiver, type, flags);
	error = receive(id, &receiver, copy, flags);
	if (!error)
		return receiver.message;
	kfree(copy);
	return ERR_PTR(error);
}
