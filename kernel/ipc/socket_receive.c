/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: receiving (socket.h).
 *
 * A receiver copies out under its own lock, since user memory may fault; who sends hangs its
 * message in under the same lock. Messages that are used up are freed after it. A stream's reads
 * join messages, but never over one that carries files (unix(7), SCM_RIGHTS), and stop before the
 * urgent byte (MSG_OOB), which is passed over by the next read, or is read in its place with
 * SO_OOBINLINE.
 */
#include "ipc/poll.h"
#include "ipc/socket.h"
#include "lib/errno.h"

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
	if (unlikely(socket->urgent == message))
		socket->urgent = NULL;
	WRITE_ONCE(socket->queued, socket->queued - socket_message_cost(message));
}

static void message_use_up(struct socket *socket, struct socket_message *message,
			   struct list_head *used)
{
	message_leave(socket, message);
	list_add_tail(&message->link, used);
}

static bool wants_identity(const struct socket_transfer *transfer)
{
	return transfer->has_cred || transfer->has_pidfd;
}

static void identify(struct socket_transfer *transfer, const struct socket_message *message)
{
	struct pid_note old = transfer->from.pid;

	pid_note_get(message->from.pid);
	transfer->from = message->from;
	pid_note_put(old);
}

/* The files and the sender of a message go to who receives it; with MSG_PEEK it gets the same ones,
 * and they stay. */
static void message_give(struct socket_message *message, struct socket_transfer *transfer)
{
	if (message->sender)
		transfer->address = socket_address_get(message->sender);
	if (unlikely(wants_identity(transfer)))
		identify(transfer, message);
	transfer->packet = message->packet;
	if (likely(!message->rights))
		return;
	if (transfer->flags & MSG_PEEK) {
		transfer->rights = flight_copy(message->rights);
		return;
	}
	flight_leave(message->rights);
	transfer->rights = message->rights;
	message->rights = NULL;
}

static bool same_sender(const struct socket_message *message,
			const struct socket_transfer *transfer)
{
	return message->from.pid.id == transfer->from.pid.id &&
	       message->from.uid == transfer->from.uid && message->from.gid == transfer->from.gid;
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

		if (!uio->left || ((carries || message->urgent) && total))
			break;
		if (unlikely(wants_identity(transfer))) {
			if (total && !same_sender(message, transfer))
				break;
			identify(transfer, message);
		}
		if (unlikely(message->urgent) &&
		    (message->urgent_read || !READ_ONCE(socket->urgent_inline))) {
			message_use_up(socket, message, used);
			continue;
		}
		bytes = uio_copy_out(uio, message->data + message->done, left);
		if (bytes < 0)
			return total ? total : bytes;
		total += bytes;
		if (carries)
			message_give(message, transfer);
		if (peek && carries)
			break;
		if (peek)
			continue;
		message->done += (u32)bytes;
		if (message->done == message->size)
			message_use_up(socket, message, used);
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
	if (!(transfer->flags & MSG_PEEK))
		message_use_up(socket, message, used);
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
	if (socket->type != SOCK_DGRAM && socket->state != SOCKET_CONNECTED &&
	    socket->state != SOCKET_CONNECTING)
		return socket->type == SOCK_STREAM ? socket->family->receive_unconnected
						   : -ENOTCONN;
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
	if (!*empty && socket->type == SOCK_STREAM) {
		result = stream_take(socket, uio, transfer, &used);
		*empty = !result; /* there was but an urgent byte, passed over */
	} else if (!*empty) {
		result = message_take(socket, uio, transfer, &used);
	}
	if (*empty)
		result = nothing_to_receive(socket);
	was_full &= socket_has_room(socket);
	mutex_unlock(&socket->lock);

	if (unlikely(was_full))
		wake_senders(socket);
	list_for_each_entry_safe (message, after, &used, link)
		socket_message_free(message);
	return result;
}

/* MSG_OOB: the byte that was set apart, once. */
static ssize_t receive_urgent(struct socket *socket, struct uio *uio,
			      struct socket_transfer *transfer)
{
	struct socket_message *message;
	ssize_t result = -EINVAL;

	mutex_lock(&socket->lock);
	message = socket->urgent;
	if (message && !message->urgent_read && !READ_ONCE(socket->urgent_inline)) {
		result = uio->left ? uio_copy_out(uio, message->data, 1) : 0;
		message->urgent_read = result == 1 && !(transfer->flags & MSG_PEEK);
		transfer->result_flags |= MSG_OOB;
	}
	mutex_unlock(&socket->lock);
	return result;
}

static bool socket_receivable(struct socket *socket)
{
	return socket_has_data(socket) || READ_ONCE(socket->shutdown) & SOCKET_SHUT_RECEIVE ||
	       READ_ONCE(socket->error);
}

ssize_t socket_receive(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	bool all = transfer->flags & MSG_WAITALL && !(transfer->flags & MSG_PEEK) &&
		   socket->type == SOCK_STREAM;
	nsec_t expires = socket_deadline(READ_ONCE(socket->options.receive_timeout),
					 transfer->flags & MSG_DONTWAIT);
	ssize_t total = 0;

	if (unlikely(transfer->flags & MSG_OOB))
		return socket->type == SOCK_STREAM ? receive_urgent(socket, uio, transfer)
						   : -EOPNOTSUPP;
	transfer->has_cred = READ_ONCE(socket->pass_cred);
	transfer->has_pidfd = READ_ONCE(socket->pass_pidfd);
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
		if (result != -EAGAIN || socket_wait_over(expires))
			return total ? total : result;
		result = socket_wait(&socket->read_wait, socket_receivable(socket), expires,
				     waitq_prepare);
		if (result)
			return total ? total : result;
	}
}
