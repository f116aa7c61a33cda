/* SPDX-License-Identifier: MIT */
/*
 * sendto, recvfrom, sendmsg, recvmsg (send(2), recv(2)): addresses, pieces, flags. What goes
 * besides the bytes is control_message.c's.
 */
#include "abi/sockets.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vm/usercopy.h"

/* --- pieces --- */

struct message_pieces {
	struct iovec *iov; /* inline_iov or allocated */
	struct iovec inline_iov[8];
	struct uio uio;
};

static void pieces_free(struct message_pieces *pieces)
{
	if (pieces->iov != pieces->inline_iov)
		kfree(pieces->iov);
}

/* The message's memory, checked as readv(2) does. */
static int pieces_get(struct message_pieces *pieces, const struct msghdr *header)
{
	u64 total = 0;

	pieces->iov = pieces->inline_iov;
	if (header->iov_count > UIO_MAXIOV)
		return -EMSGSIZE;
	if (header->iov_count > ARRAY_SIZE(pieces->inline_iov)) {
		pieces->iov = kmalloc(header->iov_count * sizeof(*pieces->iov));
		if (!pieces->iov) {
			pieces->iov = pieces->inline_iov;
			return -ENOMEM;
		}
	}
	if (copy_from_user(pieces->iov, header->iov, header->iov_count * sizeof(*pieces->iov)))
		return -EFAULT;
	for (u64 i = 0; i < header->iov_count; i++) {
		if (pieces->iov[i].length > (u64)INT32_MAX - total)
			return -EINVAL;
		total += pieces->iov[i].length;
	}
	uio_init(&pieces->uio, pieces->iov, (u32)header->iov_count, total, false);
	return 0;
}

/* --- sending --- */

static int destination_get(const struct socket *socket, struct socket_transfer *transfer,
			   uaddr_t name, u32 length)
{
	struct socket_address *address;

	if (!name || !length)
		return 0;
	address = address_from_user(socket, name, (long)length);
	if (IS_ERR(address))
		return (int)PTR_ERR(address);
	transfer->address = address;
	return 0;
}

static u32 wait_flag(const struct file *file)
{
	return file->flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

static long send_to(struct socket *socket, struct uio *uio, struct socket_transfer *transfer,
		    uaddr_t name, u32 name_length)
{
	long result = destination_get(socket, transfer, name, name_length);

	if (!result)
		result = socket_send(socket, uio, transfer);
	socket_address_put(transfer->address);
	return result;
}

/* sendto(2). */
long sys_sendto(long number, uaddr_t buffer, u64 size, u64 flags, uaddr_t name, long name_length)
{
	struct socket_transfer transfer = { .flags = (u32)flags };
	const struct iovec piece = { buffer, MIN(size, (u64)INT32_MAX) };
	struct uio uio;
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	transfer.flags |= wait_flag(fd.file);
	uio_init(&uio, &piece, 1, piece.length, false);
	result = send_to(socket, &uio, &transfer, name, (u32)name_length);
	fdput(fd);
	return result;
}

static long send_header(struct socket *socket, struct socket_transfer *transfer,
			const struct msghdr *header)
{
	struct message_pieces pieces;
	long result = pieces_get(&pieces, header);

	if (!result)
		result = control_get(socket, transfer, header);
	if (!result)
		result = send_to(socket, &pieces.uio, transfer, header->name, header->name_length);
	socket_rights_free(transfer->rights);
	pid_note_put(transfer->from.pid);
	pieces_free(&pieces);
	return result;
}

long message_send_user(struct socket *socket, const struct file *file, uaddr_t message, u32 flags)
{
	struct socket_transfer transfer = { .flags = flags | wait_flag(file) };
	struct msghdr header;

	if (copy_from_user(&header, message, sizeof(header)))
		return -EFAULT;
	return send_header(socket, &transfer, &header);
}

/* sendmsg(2). */
long sys_sendmsg(long number, uaddr_t message, u64 flags)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	result = message_send_user(socket, fd.file, message, (u32)flags);
	fdput(fd);
	return result;
}

/* --- receiving --- */

/* The sender's name; a length of 0 where it has none. */
static int sender_put(const struct socket *socket, const struct socket_address *sender, uaddr_t to,
		      uaddr_t length_at)
{
	return sender ? address_to_user(socket, sender, to, length_at) : put_user32(0, length_at);
}

/* recvfrom(2). */
long sys_recvfrom(long number, uaddr_t buffer, u64 size, u64 flags, uaddr_t name, uaddr_t length)
{
	struct socket_transfer transfer = { .flags = (u32)flags };
	const struct iovec piece = { buffer, MIN(size, (u64)INT32_MAX) };
	struct uio uio;
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	transfer.flags |= wait_flag(fd.file);
	uio_init(&uio, &piece, 1, piece.length, false);
	result = socket_receive(socket, &uio, &transfer);
	if (result >= 0 && name) {
		int error = sender_put(socket, transfer.address, name, length);

		result = error ? error : result;
	}
	fdput(fd);
	socket_transfer_put(&transfer);
	return result;
}

/* Tells the caller what came besides the bytes. */
static int header_put(const struct socket *socket, struct msghdr *header, uaddr_t message,
		      const struct socket_transfer *transfer)
{
	int error = 0;

	header->flags = transfer->result_flags;
	if (header->name) {
		error = sender_put(socket, transfer->address, header->name,
				   message + offsetof(struct msghdr, name_length));
		if (error)
			return error;
	}
	error = control_put(socket, header, transfer);
	if (!error)
		error = put_user32(header->flags, message + offsetof(struct msghdr, flags));
	if (!error)
		error = put_user64(header->control_length,
				   message + offsetof(struct msghdr, control_length));
	return error;
}

static long receive_header(struct socket *socket, struct socket_transfer *transfer,
			   struct msghdr *header, uaddr_t message)
{
	struct message_pieces pieces;
	long result = pieces_get(&pieces, header);

	if (!result)
		result = socket_receive(socket, &pieces.uio, transfer);
	pieces_free(&pieces);
	if (result >= 0) {
		int error = header_put(socket, header, message, transfer);

		result = error ? error : result;
	}
	socket_transfer_put(transfer);
	return result;
}

long message_receive_user(struct socket *socket, const struct file *file, uaddr_t message,
			  u32 flags)
{
	struct socket_transfer transfer = { .flags = flags | wait_flag(file) };
	struct msghdr header;

	if (copy_from_user(&header, message, sizeof(header)))
		return -EFAULT;
	return receive_header(socket, &transfer, &header, message);
}

/* recvmsg(2). */
long sys_recvmsg(long number, uaddr_t message, u64 flags)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	result = message_receive_user(socket, fd.file, message, (u32)flags);
	fdput(fd);
	return result;
}
