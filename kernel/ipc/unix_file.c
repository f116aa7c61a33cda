/* SPDX-License-Identifier: MIT */
/*
 * Local sockets as open files: read, write, poll, ioctl, close. Task context, may sleep.
 */
#include "ipc/poll.h"
#include "ipc/unix.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "uapi/ioctl.h"

static u64 sockets_made; /* [a] numbers for names */

static u32 transfer_flags(const struct file *file, const struct uio *uio)
{
	return file_nonblocking(file, uio) ? MSG_DONTWAIT : 0;
}

static ssize_t unix_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct unix_transfer transfer = { .flags = transfer_flags(file, uio) };
	ssize_t result = unix_receive(file->private, uio, &transfer);

	unix_rights_free(transfer.rights);
	unix_address_put(transfer.address);
	return result;
}

static ssize_t unix_write(struct file *file, struct uio *uio, loff_t *pos)
{
	struct unix_transfer transfer = { .flags = transfer_flags(file, uio) };

	return unix_send(file->private, uio, &transfer);
}

static bool unix_writable(struct unix_socket *socket)
{
	struct unix_socket *peer;
	bool room;

	if (socket->type == SOCK_DGRAM && !READ_ONCE(socket->peer))
		return true;
	peer = unix_get_peer(socket);
	if (!peer)
		return false;
	room = unix_has_room(peer) || READ_ONCE(socket->shutdown) & UNIX_SHUT_SEND;
	unix_put(peer);
	return room;
}

static u32 unix_poll(struct file *file, struct poll_table *table)
{
	struct unix_socket *socket = file->private;
	u32 shutdown;
	u32 events = 0;

	poll_wait(file, &socket->read_wait, table);
	poll_wait(file, &socket->write_wait, table);
	shutdown = READ_ONCE(socket->shutdown);
	if (!list_empty(&socket->messages) || !list_empty(&socket->pending))
		events |= POLLIN | POLLRDNORM;
	if (shutdown & UNIX_SHUT_RECEIVE)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (shutdown == UNIX_SHUT_BOTH ||
	    (socket->type != SOCK_DGRAM && socket->state == UNIX_UNCONNECTED))
		events |= POLLHUP;
	if (READ_ONCE(socket->error))
		events |= POLLERR;
	if (socket->state != UNIX_LISTENING && unix_writable(socket))
		events |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return events;
}

/* Bytes that a read would find: of a stream all, else of the next message. */
static u32 unix_input_count(struct unix_socket *socket)
{
	struct unix_message *message;
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

static long unix_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct unix_socket *socket = file->private;

	if (command != FIONREAD)
		return -ENOTTY;
	if (socket->state == UNIX_LISTENING)
		return -EINVAL;
	return put_user32(unix_input_count(socket), argument);
}

static void unix_release(struct file *file)
{
	unix_close(file->private);
}

const struct file_ops unix_file_ops = {
	.read = unix_read,
	.write = unix_write,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.release = unix_release,
};

struct file *unix_file_create(struct unix_socket *socket, u32 flags)
{
	char name[32];

	snprintf(name, sizeof(name), "socket:[%llu]",
		 (unsigned long long)atomic_fetch_add_relaxed(&sockets_made, 1) + 1);
	return file_create_anonymous(name, S_IFSOCK | 0777, &unix_file_ops, socket, O_RDWR | flags,
				     FMODE_READ | FMODE_WRITE | FMODE_STREAM);
}
