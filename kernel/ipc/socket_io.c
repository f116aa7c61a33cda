/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: sending and receiving (socket.h).
 *
 * A message is made and filled without any lock, then hung into the receiver's queue under the
 * receiver's lock. A receiver copies out under its own lock, since user memory may fault. So one
 * call takes one mutex, and who sends does not wait for another's page fault. A stream is
 * messages of up to a page; reads join them, but never over one that carries files (unix(7),
 * SCM_RIGHTS).
 */
#include "ipc/poll.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/signal.h"

enum { STREAM_PIECE = PAGE_SIZE - sizeof(struct socket_message) };

void socket_rights_free(struct socket_rights *rights)
{
	if (!rights)
		return;
	for (u32 i = 0; i < rights->count; i++)
		fput(rights->file[i]);
	kfree(rights);
}

void socket_message_free(struct socket_message *message)
{
	socket_rights_free(message->rights);
	socket_address_put(message->sender);
	kfree(message);
}

static u32 message_cost(const struct socket_message *message)
{
	return message->size + (u32)sizeof(*message);
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
	message->rights = NULL;
	message->sender = NULL;
	if (size && uio_copy_in(uio, message->data, size) != (ssize_t)size) {
		kfree(message);
		return ERR_PTR(-EFAULT);
	}
	return message;
}

/* Hangs the message into the target's queue. 0, -EAGAIN (full), -EPIPE, -ECONNREFUSED. */
static int message_enter(const struct socket *socket, struct socket *target,
			 struct socket_message *message)
{
	bool news = false;
	int error = 0;

	mutex_lock(&target->lock);
	if (unlikely(target->closed)) {
		error = socket->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	} else if (unlikely(target->shutdown & SOCKET_SHUT_RECEIVE ||
			    READ_ONCE(socket->shutdown) & SOCKET_SHUT_SEND)) {
		error = -EPIPE;
	} else if (unlikely(target->type == SOCK_DGRAM && target->peer && target->peer != socket)) {
		error = -EPERM;
	} else if (unlikely(!socket_has_room(target))) {
		error = -EAGAIN;
	} else {
		news = list_empty(&target->messages) || READ_ONCE(target->read_wait.watched);
		list_add_tail(&message->link, &target->messages);
		WRITE_ONCE(target->queued, target->queued + message_cost(message));
	}
	mutex_unlock(&target->lock);
	if (news)
		wake_up_poll(&target->read_wait, POLLIN | POLLRDNORM);
	return error;
}

/* The same, waiting for room. */
static int message_send(struct socket *socket, struct socket *target,
			struct socket_message *message, bool nonblocking)
{
	int error;

	while ((error = message_enter(socket, target, message)) == -EAGAIN && !nonblocking) {
		error = (int)wait_event_interruptible(
			&target->room_wait, socket_has_room(target) || READ_ONCE(target->closed) ||
						    READ_ONCE(target->shutdown) ||
						    READ_ONCE(socket->shutdown));
		if (error)
			break;
	}
	return error;
}

static ssize_t send_stream(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	struct socket *target = load_acquire(&socket->peer);
	ssize_t sent = 0;
	int error = 0;

	if (!target)
		return -ENOTCONN;
	while (uio->left && !error) {
		size_t size = MIN((size_t)uio->left, (size_t)STREAM_PIECE);
		struct socket_message *message = message_create(uio, size);

		if (IS_ERR(message)) {
			error = (int)PTR_ERR(message);
			break;
		}
		message->rights = transfer->rights;
		error = message_send(socket, target, message, transfer->flags & MSG_DONTWAIT);
		if (error) {
			message->rights = NULL; /* still the caller's */
			socket_message_free(message);
		} else {
			transfer->rights = NULL;
			sent += (ssize_t)size;
		}
	}
	if (error == -EPIPE && !(transfer->flags & MSG_NOSIGNAL))
		send_signal_current(SIGPIPE);
	return sent ? sent : error;
}

/* A datagram to a name, or to the peer. */
static struct socket *datagram_target(struct socket *socket, const struct socket_transfer *transfer)
{
	struct socket *target;

	if (transfer->address && socket->type == SOCK_DGRAM)
		return unix_find(transfer->address, socket->type);
	target = socket_get_peer(socket);
	return target ? target : ERR_PTR(-ENOTCONN);
}

static ssize_t send_message(struct socket *socket, struct uio *uio,
			    struct socket_transfer *transfer)
{
	size_t size = uio->left;
	struct socket *target;
	struct socket_message *message;
	int error;

	if (size > READ_ONCE(socket->limit))
		return -EMSGSIZE;
	target = datagram_target(socket, transfer);
	if (IS_ERR(target))
		return PTR_ERR(target);
	message = message_create(uio, size);
	error = (int)PTR_ERR(message);
	if (IS_ERR(message))
		goto put_target;
	message->rights = transfer->rights;
	if (socket->address)
		message->sender = socket_address_get(socket->address);
	error = message_send(socket, target, message, transfer->flags & MSG_DONTWAIT);
	if (error) {
		message->rights = NULL;
		socket_message_free(message);
	} else {
		transfer->rights = NULL;
	}
put_target:
	socket_put(target);
	return error < 0 ? error : (ssize_t)size;
}

ssize_t socket_send(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	if (transfer->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (socket->type == SOCK_STREAM) {
		if (transfer->address)
			return socket->state == SOCKET_CONNECTED ? -EISCONN : -EOPNOTSUPP;
		return send_stream(socket, uio, transfer);
	}
	return send_message(socket, uio, transfer);
}

/* --- receiving --- */

/* Room was made: who sends to this socket may go on. lock is not held. */
static void wake_senders(struct socket *socket)
{
	struct socket *peer;

	wake_up_all(&socket->room_wait);
	peer = socket_get_peer(socket);
	if (peer) {
		wake_up_poll(&peer->write_wait, POLLOUT | POLLWRNORM);
		socket_put(peer);
	}
}

/* Takes a message off the queue; lock is held. */
static void message_leave(struct socket *socket, struct socket_message *message)
{
	list_del(&message->link);
	WRITE_ONCE(socket->queued, socket->queued - message_cost(message));
}

/* The files and the sender of a message go to who receives it; with MSG_PEEK they stay. */
static void message_give(struct socket_message *message, struct socket_transfer *transfer)
{
	if (message->sender)
		transfer->address = socket_address_get(message->sender);
	if (!(transfer->flags & MSG_PEEK)) {
		transfer->rights = message->rights;
		message->rights = NULL;
	}
}

/* Moves what is there; lock is held. Messages that are used up go to *used. Bytes or -EFAULT. */
static ssize_t stream_take(struct socket *socket, struct uio *uio, struct socket_transfer *transfer,
			   struct list_head *used)
{
	bool peek = transfer->flags & MSG_PEEK;
	struct socket_message *message, *after;
	ssize_t total = 0;

	list_for_each_entry_safe (message, after, &socket->messages, link) {
		bool carries = message->rights != NULL;
		size_t left = message->size - message->done;
		ssize_t bytes;

		if (!uio->left || (carries && total))
			break;
		bytes = uio_copy_out(uio, message->data + message->done, left);
		if (bytes < 0)
			return total ? total : bytes;
		total += bytes;
		if (carries)
			message_give(message, transfer);
		if (peek)
			continue;
		message->done += (u32)bytes;
		if (message->done == message->size) {
			message_leave(socket, message);
			list_add_tail(&message->link, used);
		}
		if (carries)
			break;
	}
	return total;
}

/* One message whole; what does not fit is lost. Bytes (with MSG_TRUNC asked: its full size) or
 * -EFAULT. */
static ssize_t message_take(struct socket *socket, struct uio *uio,
			    struct socket_transfer *transfer, struct list_head *used)
{
	struct socket_message *message =
		list_first_entry(&socket->messages, struct socket_message, link);
	size_t bytes = MIN((size_t)message->size, (size_t)uio->left);

	if (bytes && uio_copy_out(uio, message->data, bytes) != (ssize_t)bytes)
		return -EFAULT;
	if (bytes < message->size)
		transfer->result_flags |= MSG_TRUNC;
	message_give(message, transfer);
	if (!(transfer->flags & MSG_PEEK)) {
		message_leave(socket, message);
		list_add_tail(&message->link, used);
	}
	return transfer->flags & MSG_TRUNC ? (ssize_t)message->size : (ssize_t)bytes;
}

/* What a receive says when there is no message: 0 at the end, -EAGAIN to wait. lock is held. */
static ssize_t nothing_to_receive(struct socket *socket)
{
	int error = READ_ONCE(socket->error);

	if (error) {
		WRITE_ONCE(socket->error, 0);
		return -error;
	}
	if (socket->shutdown & SOCKET_SHUT_RECEIVE)
		return 0;
	if (socket->type != SOCK_DGRAM && socket->state != SOCKET_CONNECTED)
		return socket->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	return -EAGAIN;
}

/* One look at the queue. *empty: there was nothing, the result says why. */
static ssize_t receive_once(struct socket *socket, struct uio *uio,
			    struct socket_transfer *transfer, bool *empty)
{
	struct socket_message *message, *after;
	bool was_full;
	ssize_t result;
	LIST_HEAD(used);

	mutex_lock(&socket->lock);
	was_full = !socket_has_room(socket);
	*empty = list_empty(&socket->messages);
	if (*empty)
		result = nothing_to_receive(socket);
	else if (socket->type == SOCK_STREAM)
		result = stream_take(socket, uio, transfer, &used);
	else
		result = message_take(socket, uio, transfer, &used);
	was_full &= socket_has_room(socket);
	mutex_unlock(&socket->lock);

	if (unlikely(was_full))
		wake_senders(socket);
	list_for_each_entry_safe (message, after, &used, link)
		socket_message_free(message);
	return result;
}

static bool socket_receivable(struct socket *socket)
{
	return !list_empty(&socket->messages) ||
	       READ_ONCE(socket->shutdown) & SOCKET_SHUT_RECEIVE || READ_ONCE(socket->error);
}

ssize_t socket_receive(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	bool all = transfer->flags & MSG_WAITALL && !(transfer->flags & MSG_PEEK) &&
		   socket->type == SOCK_STREAM;
	ssize_t total = 0;

	if (transfer->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!uio->left && socket->type == SOCK_STREAM)
		return 0;
	for (;;) {
		bool empty;
		ssize_t result = receive_once(socket, uio, transfer, &empty);

		if (result > 0)
			total += result;
		if (!empty && (result < 0 || !all || !uio->left || transfer->rights))
			return total ? total : result;
		if (!empty)
			continue;
		if (result != -EAGAIN || transfer->flags & MSG_DONTWAIT)
			return total ? total : result;
		result = wait_event_interruptible(&socket->read_wait, socket_receivable(socket));
		if (result)
			return total ? total : result;
	}
}
