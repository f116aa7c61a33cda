/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: sending (socket.h).
 *
 * A message is made and filled without any lock, then hung into the receiver's queue under the
 * receiver's lock. So one call takes one mutex, and who sends does not wait for another's page
 * fault. A stream is messages of up to a page, which enter the queue some at a time: a reader sees
 * all of a write of up to BATCH_MAX bytes or nothing. The last byte that is sent with MSG_OOB is a
 * message of its own; whoever owns the receiver's file (F_SETOWN) gets SIGURG for it.
 */
#include "fs/file_owner.h"
#include "ipc/poll.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/signal.h"

enum { STREAM_PIECE = PAGE_SIZE - sizeof(struct socket_message), BATCH_MAX = 32768 };

/* What enters a queue at once: one message, or pieces of a stream. */
struct batch {
	struct list_head messages;
	u32 cost;		       /* of all */
	u32 size;		       /* bytes of data */
	struct socket_message *urgent; /* the last one, or NULL */
	struct socket_rights *rights;  /* of the first one, or NULL */
};

static void batch_init(struct batch *batch)
{
	list_init(&batch->messages);
	batch->cost = batch->size = 0;
	batch->urgent = NULL;
	batch->rights = NULL;
}

static void batch_add(struct batch *batch, struct socket_message *message)
{
	list_add_tail(&message->link, &batch->messages);
	batch->cost += socket_message_cost(message);
	batch->size += message->size;
	if (unlikely(message->urgent))
		batch->urgent = message;
	if (unlikely(message->rights))
		batch->rights = message->rights;
}

void socket_message_free(struct socket_message *message)
{
	socket_rights_free(message->rights);
	socket_address_put(message->sender);
	pid_note_put(message->from.pid);
	kfree(message);
}

void socket_transfer_put(const struct socket_transfer *transfer)
{
	socket_rights_free(transfer->rights);
	socket_address_put(transfer->address);
	pid_note_put(transfer->from.pid);
}

/* What did not enter; the files that go with it are the caller's still. */
static void batch_free(struct batch *batch)
{
	struct socket_message *message, *next;

	list_for_each_entry_safe (message, next, &batch->messages, link) {
		message->rights = NULL;
		socket_message_free(message);
	}
}

/* --- sending --- */

/* A message with the uio's next size bytes. ERR_PTR(-ENOMEM), (-EFAULT). */
static struct socket_message *message_create(struct uio *uio, size_t size)
{
	struct socket_message *message = kmalloc(sizeof(*message) + size);

	if (!message)
		return ERR_PTR(-ENOMEM);
	list_init(&message->link);
	message->size = (u32)size;
	message->done = 0;
	message->urgent = message->urgent_read = false;
	message->packet = (struct inet_packet){ 0 };
	message->rights = NULL;
	message->sender = NULL;
	if (size && uio_copy_in(uio, message->data, size) != (ssize_t)size) {
		kfree(message);
		return ERR_PTR(-EFAULT);
	}
	return message;
}

static bool wants_sender(const struct socket *socket)
{
	return READ_ONCE(socket->pass_cred) || READ_ONCE(socket->pass_pidfd);
}

/* Who sent a message is told if either side wants it to be, else it is nobody. */
static void message_sign(struct socket_message *message, const struct socket *socket,
			 const struct socket *target, const struct socket_transfer *transfer)
{
	enum { NOBODY = 65534 };

	if (unlikely(transfer->has_cred))
		message->from = transfer->from;
	else if (unlikely(wants_sender(socket) || wants_sender(target)))
		message->from = current_identity();
	else
		message->from = (struct socket_identity){ .uid = NOBODY, .gid = NOBODY };
	pid_note_get(message->from.pid);
}

/* The message's byte is the urgent one now, an older one is like any other. Lock held. The target's
 * file with a reference, if it has an owner; or NULL. */
static struct file *mark_urgent(struct socket *target, struct socket_message *message)
{
	if (target->urgent)
		target->urgent->urgent = false;
	target->urgent = message;
	if (target->file && target->file->owner && refcount_inc_not_zero(&target->file->refs))
		return target->file;
	return NULL;
}

static void tell_urgent(struct socket *target, struct file *file)
{
	wake_up_poll(&target->read_wait, POLLPRI | POLLRDBAND);
	if (!file)
		return;
	file_owner_urgent(file);
	fput(file);
}

/* Nothing that the socket sends comes to the target any more. */
static bool is_shut(const struct socket *socket, const struct socket *target)
{
	return READ_ONCE(target->shutdown) & SOCKET_SHUT_RECEIVE ||
	       READ_ONCE(socket->shutdown) & SOCKET_SHUT_SEND;
}

/* Hangs the batch into the target's queue. 0, -EAGAIN (full), -EPIPE, -ECONNREFUSED. */
static int batch_enter(const struct socket *socket, struct socket *target, struct batch *batch)
{
	struct socket_message *urgent = batch->urgent;
	bool news = false;
	struct file *owned = NULL;
	int error = 0;

	mutex_lock(&target->lock);
	if (unlikely(target->closed)) {
		error = socket->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	} else if (unlikely(is_shut(socket, target))) {
		error = -EPIPE;
	} else if (unlikely(target->type == SOCK_DGRAM && target->peer && target->peer != socket)) {
		error = -EPERM;
	} else if (unlikely(!socket_has_room(target))) {
		error = -EAGAIN;
	} else {
		news = list_empty(&target->messages) || READ_ONCE(target->read_wait.watched);
		list_splice_tail(&batch->messages, &target->messages);
		WRITE_ONCE(target->queued, target->queued + batch->cost);
		if (unlikely(batch->rights))
			flight_enter(batch->rights, target);
		if (unlikely(urgent))
			owned = mark_urgent(target, urgent);
	}
	mutex_unlock(&target->lock);
	if (news)
		wake_up_poll(&target->read_wait, POLLIN | POLLRDNORM);
	if (unlikely(urgent) && !error)
		tell_urgent(target, owned);
	return error;
}

/* The same, waiting for room until the time is over. */
static int batch_send(struct socket *socket, struct socket *target, struct batch *batch,
		      nsec_t expires)
{
	int error;

	while ((error = batch_enter(socket, target, batch)) == -EAGAIN &&
	       !socket_wait_over(expires)) {
		error = socket_wait(&target->room_wait,
				    socket_has_room(target) || READ_ONCE(target->closed) ||
					    is_shut(socket, target),
				    expires, waitq_prepare);
		if (error)
			break;
	}
	return error;
}

/* The last byte of urgent data goes alone. */
static size_t piece_size(const struct uio *uio, const struct socket_transfer *transfer, u32 room)
{
	size_t size = MIN((size_t)uio->left, MIN((size_t)STREAM_PIECE, (size_t)room));

	return transfer->flags & MSG_OOB && size == uio->left && size > 1 ? size - 1 : size;
}

/* Fills a batch with the next bytes of a stream; files go with the first. 0, or -errno if there is
 * nothing to send because of it. */
static int batch_fill(struct batch *batch, const struct socket *socket, struct uio *uio,
		      const struct socket_transfer *transfer)
{
	while (uio->left && batch->size < BATCH_MAX) {
		bool urgent = transfer->flags & MSG_OOB && uio->left == 1;
		struct socket_message *message =
			message_create(uio, piece_size(uio, transfer, BATCH_MAX - batch->size));

		if (IS_ERR(message))
			return batch->size ? 0 : (int)PTR_ERR(message);
		message->urgent = urgent;
		if (!batch->size)
			message->rights = transfer->rights;
		message_sign(message, socket, socket->peer, transfer);
		batch_add(batch, message);
	}
	return 0;
}

static ssize_t send_stream(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	struct socket *target = load_acquire(&socket->peer);
	nsec_t expires = socket_deadline(READ_ONCE(socket->options.send_timeout),
					 transfer->flags & MSG_DONTWAIT);
	ssize_t sent = 0;
	int error = 0;

	if (unlikely(!target)) {
		error = line_wait(socket, expires);
		target = load_acquire(&socket->peer);
		if (!error && !target)
			error = socket->family->send_unconnected;
	}
	while (uio->left && !error) {
		struct batch batch;

		batch_init(&batch);
		error = batch_fill(&batch, socket, uio, transfer);
		if (!error)
			error = batch_send(socket, target, &batch, expires);
		if (error) {
			batch_free(&batch);
		} else {
			transfer->rights = NULL;
			sent += batch.size;
		}
	}
	if (error == -EPIPE && !(transfer->flags & MSG_NOSIGNAL))
		send_signal_current(SIGPIPE);
	return sent ? sent : error;
}

/* A datagram to a name, or to the peer. */
static struct socket *message_target(struct socket *socket, const struct socket_transfer *transfer)
{
	struct socket *target;

	if (socket->type == SOCK_DGRAM)
		return socket->family->datagram_target(socket, transfer);
	target = socket_get_peer(socket);
	return target ? target : ERR_PTR(-ENOTCONN);
}

static ssize_t send_message(struct socket *socket, struct uio *uio,
			    struct socket_transfer *transfer)
{
	const struct socket_family *family = socket->family;
	size_t size = uio->left;
	struct socket *target;
	struct socket_message *message;
	struct batch batch;
	int error;

	if (size > (family->datagram_max ? family->datagram_max : READ_ONCE(socket->limit)))
		return -EMSGSIZE;
	target = message_target(socket, transfer);
	if (IS_ERR(target))
		return PTR_ERR(target);
	if (!target)
		return (ssize_t)size;
	message = message_create(uio, size);
	error = (int)PTR_ERR(message);
	if (IS_ERR(message))
		goto put_target;
	message->rights = transfer->rights;
	message_sign(message, socket, target, transfer);
	message->sender = family->sender(socket, transfer);
	if (family->sign)
		family->sign(&message->packet, socket, target, transfer);
	batch_init(&batch);
	batch_add(&batch, message);
	error = batch_send(socket, target, &batch,
			   socket_deadline(READ_ONCE(socket->options.send_timeout),
					   transfer->flags & MSG_DONTWAIT || family->lossy));
	if (error)
		batch_free(&batch);
	else
		transfer->rights = NULL;
	if (error == -EAGAIN && family->lossy)
		error = 0;
put_target:
	socket_put(target);
	return error < 0 ? error : (ssize_t)size;
}

int socket_deliver(struct socket *target, const void *bytes, size_t size,
		   struct socket_address *sender)
{
	const struct iovec piece = { (u64)bytes, size };
	struct socket_message *message;
	struct batch batch;
	struct uio uio;
	int error;

	uio_init(&uio, &piece, 1, size, true);
	message = message_create(&uio, size);
	if (IS_ERR(message))
		return (int)PTR_ERR(message);
	message->sender = socket_address_get(sender);
	message->from = (struct socket_identity){ 0 };
	batch_init(&batch);
	batch_add(&batch, message);
	error = batch_enter(target, target, &batch);
	if (error)
		batch_free(&batch);
	return error;
}

ssize_t socket_send(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	int error;

	if (transfer->flags & MSG_OOB && socket->type != SOCK_STREAM)
		return -EOPNOTSUPP;
	if (unlikely(transfer->rights)) {
		error = flight_may_send();
		if (error)
			return error;
	}
	if (socket->family->send)
		return socket->family->send(socket, uio, transfer);
	if (socket->type == SOCK_STREAM) {
		if (transfer->address)
			return socket->state == SOCKET_CONNECTED ? -EISCONN : -EOPNOTSUPP;
		return send_stream(socket, uio, transfer);
	}
	return send_message(socket, uio, transfer);
}
