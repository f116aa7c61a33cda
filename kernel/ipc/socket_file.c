/* SPDX-License-Identifier: MIT */
/*
 * Local sockets as open files: read, write, poll, ioctl, close. Task context, may sleep.
 */
#include "ipc/loopback.h"
#include "ipc/poll.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "uapi/ioctl.h"

static u32 transfer_flags(const struct file *file, const struct uio *uio)
{
	return file_nonblocking(file, uio) ? MSG_DONTWAIT : 0;
}

static ssize_t socket_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct socket_transfer transfer = { .flags = transfer_flags(file, uio) };
	ssize_t result = socket_receive(file->private, uio, &transfer);

	socket_transfer_put(&transfer);
	return result;
}

static ssize_t socket_write(struct file *file, struct uio *uio, loff_t *pos)
{
	struct socket_transfer transfer = { .flags = transfer_flags(file, uio) };

	return socket_send(file->private, uio, &transfer);
}

static bool socket_writable(struct socket *socket)
{
	struct socket *peer;
	bool room;

	if (socket->type == SOCK_DGRAM && !READ_ONCE(socket->peer))
		return true; /* of the internet families, always */
	peer = socket_get_peer(socket);
	if (!peer)
		return false;
	room = socket_has_room(peer) || READ_ONCE(socket->shutdown) & SOCKET_SHUT_SEND;
	socket_put(peer);
	return room;
}

static u32 socket_poll(struct file *file, struct poll_table *table)
{
	struct socket *socket = file->private;
	u32 shutdown;
	u32 events = 0;

	poll_wait(file, &socket->read_wait, table);
	poll_wait(file, &socket->write_wait, table);
	shutdown = READ_ONCE(socket->shutdown);
	if (socket_has_data(socket) || !list_empty(&socket->pending))
		events |= POLLIN | POLLRDNORM;
	if (unlikely(READ_ONCE(socket->urgent)))
		events |= POLLPRI;
	if (shutdown & SOCKET_SHUT_RECEIVE)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (shutdown == SOCKET_SHUT_BOTH ||
	    (socket->type != SOCK_DGRAM && socket->state == SOCKET_UNCONNECTED))
		events |= POLLHUP;
	if (READ_ONCE(socket->error))
		events |= POLLERR;
	if (socket->state != SOCKET_LISTENING && socket_writable(socket))
		events |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return events;
}

/* Bytes that a read would find: of a stream all, else of the next message. */
static u32 socket_input_count(struct socket *socket)
{
	struct socket_message *message;
	u32 bytes = 0;

	mutex_lock(&socket->lock);
	list_for_each_entry (message, &socket->messages, link) {
		bytes += message->size - message->done;
		if (socket->type != SOCK_STREAM)
			break;
	}
	mutex_unlock(&socket->lock);
	return bytes;
}

/* SIOCOUTQ: what was sent and takes room at the peer still; over the network there is nothing on
 * its way. */
static long tell_output_count(struct socket *socket, unsigned long argument)
{
	struct socket *peer;
	u32 bytes = 0;

	if (socket->state == SOCKET_LISTENING)
		return -EINVAL;
	peer = socket->family == &unix_family ? socket_get_peer(socket) : NULL;
	if (peer) {
		bytes = READ_ONCE(peer->queued);
		socket_put(peer);
	}
	return put_user32(bytes, argument);
}

/* Is the urgent byte the next one of the stream? sockatmark(3). */
static bool socket_at_mark(struct socket *socket)
{
	bool mark;

	mutex_lock(&socket->lock);
	mark = socket->urgent && socket->messages.next == &socket->urgent->link;
	mutex_unlock(&socket->lock);
	return mark;
}

static long socket_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct socket *socket = file->private;

	switch (command) {
	case FIONREAD:
		if (socket->state == SOCKET_LISTENING)
			return -EINVAL;
		return put_user32(socket_input_count(socket), argument);
	case TIOCOUTQ: return tell_output_count(socket, argument);
	case SIOCATMARK: return put_user32(socket_at_mark(socket), argument);
	}
	return loopback_ioctl(socket, command, argument);
}

static int socket_flush(struct file *file)
{
	flight_descriptor_closed(file);
	return 0;
}

static void socket_release(struct file *file)
{
	socket_close(file->private);
}

const struct file_ops socket_file_ops = {
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.flush = socket_flush,
	.release = socket_release,
	.async = true,
};

struct file *socket_file_create(struct socket *socket, u32 flags)
{
	struct file *file =
		file_create_anonymous("socket:", S_IFSOCK | 0777, &socket_file_ops, socket,
				      O_RDWR | flags, FMODE_READ | FMODE_WRITE | FMODE_STREAM);

	if (IS_ERR(file))
		return file;
	socket->file = file;
	WRITE_ONCE(socket->ino, file->inode->ino);
	return file;
}
