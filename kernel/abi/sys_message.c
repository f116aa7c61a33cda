/* SPDX-License-Identifier: MIT */
/*
 * sendto, recvfrom, sendmsg, recvmsg (send(2), recv(2)), with open files and credentials as control
 * messages (cmsg(3), unix(7)).
 */
#include "abi/sockets.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid.h"
#include "vm/usercopy.h"

enum { CONTROL_MAX = 20480 }; /* bytes of control messages, as net.core.optmem_max */

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

/* --- files in control messages --- */

static u64 control_align(u64 length)
{
	return ALIGN_UP(length, sizeof(u64));
}

/* Adds the files of one SCM_RIGHTS message. */
static int rights_add(struct socket_rights *rights, uaddr_t from, u64 bytes)
{
	for (u64 at = 0; at + sizeof(u32) <= bytes; at += sizeof(u32)) {
		struct file *file;
		u32 number;

		if (rights->count == SCM_MAX_FD)
			return -EINVAL;
		if (get_user32(&number, from + at))
			return -EFAULT;
		file = fget(number);
		if (!file)
			return -EBADF;
		rights->file[rights->count++] = file;
	}
	return 0;
}

static bool may_be_user(uid_t uid)
{
	const struct cred *cred = current_cred();

	return uid == cred->uid || uid == cred->euid || uid == cred->suid || capable(CAP_SETUID);
}

static bool may_be_group(gid_t gid)
{
	const struct cred *cred = current_cred();

	return gid == cred->gid || gid == cred->egid || gid == cred->sgid || capable(CAP_SETGID);
}

/* SCM_CREDENTIALS: may current say that it is that? 0, -EINVAL, -EFAULT, -EPERM, -ESRCH. */
static int credentials_add(struct socket_transfer *transfer, uaddr_t from, u64 bytes)
{
	struct ucred *cred = &transfer->cred;
	struct task_struct *task;

	if (bytes != sizeof(*cred))
		return -EINVAL;
	if (copy_from_user(cred, from, sizeof(*cred)))
		return -EFAULT;
	if ((cred->pid != current->tgid && !capable(CAP_SYS_ADMIN)) || !may_be_user(cred->uid) ||
	    !may_be_group(cred->gid))
		return -EPERM;
	task = get_task_by_pid(cred->pid);
	if (!task)
		return -ESRCH;
	transfer->cred_start = task->start_time;
	put_task_struct(task);
	transfer->has_cred = true;
	return 0;
}

/* One control message of SOL_SOCKET. */
static int control_add(const struct socket *socket, struct socket_transfer *transfer,
		       struct socket_rights *rights, int type, uaddr_t from, u64 bytes)
{
	if (!socket->family->passes_files)
		return type == SCM_RIGHTS || type == SCM_CREDENTIALS ? 0 : -EINVAL;
	switch (type) {
	case SCM_RIGHTS: return rights_add(rights, from, bytes);
	case SCM_CREDENTIALS: return credentials_add(transfer, from, bytes);
	}
	return -EINVAL;
}

/* One of another level. */
static int control_add_other(const struct socket *socket, struct socket_transfer *transfer,
			     const struct cmsghdr *header, uaddr_t from)
{
	u8 value[CONTROL_VALUE_MAX] __aligned(8);
	size_t size = header->length - sizeof(*header);

	if (!socket->family->take_control)
		return 0;
	if (copy_from_user(value, from, MIN(size, sizeof(value))))
		return -EFAULT;
	return socket->family->take_control(socket, transfer, header->level, header->type, value,
					    size);
}

/* Walks the control messages. */
static int control_collect(const struct socket *socket, struct socket_transfer *transfer,
			   struct socket_rights *rights, uaddr_t control, u64 length)
{
	u64 at = 0;

	while (at + sizeof(struct cmsghdr) <= length) {
		struct cmsghdr header;
		int error;

		if (copy_from_user(&header, control + at, sizeof(header)))
			return -EFAULT;
		if (header.length < sizeof(header) || header.length > length - at)
			return -EINVAL;
		if (header.level == SOL_SOCKET) {
			error = control_add(socket, transfer, rights, header.type,
					    control + at + sizeof(header),
					    header.length - sizeof(header));
		} else {
			error = control_add_other(socket, transfer, &header,
						  control + at + sizeof(header));
		}
		if (error)
			return error;
		at += control_align(header.length);
	}
	return 0;
}

static int control_get(const struct socket *socket, struct socket_transfer *transfer,
		       const struct msghdr *header)
{
	struct socket_rights *rights;
	int error;

	if (!header->control_length)
		return 0;
	if (header->control_length > CONTROL_MAX)
		return -ENOBUFS;
	rights = kmalloc(sizeof(*rights));
	if (!rights)
		return -ENOMEM;
	rights->count = 0;
	error = control_collect(socket, transfer, rights, header->control, header->control_length);
	if (error || !rights->count)
		socket_rights_free(rights);
	else
		transfer->rights = rights;
	return error;
}

/* Gives one received file a number in current's table. */
static int install_right(struct file *file, uaddr_t to, bool cloexec)
{
	int fd = fd_reserve(0, cloexec);

	if (fd < 0)
		return fd;
	if (put_user32((u32)fd, to)) {
		fd_unreserve(fd);
		return -EFAULT;
	}
	fd_install(fd, get_file(file));
	return 0;
}

/* Adds a control message's header and counts its room. */
static int control_close(struct msghdr *header, u64 *used, struct cmsghdr *message)
{
	int error = copy_to_user(header->control + *used, message, sizeof(*message));

	*used = MIN(*used + control_align(message->length), header->control_length);
	return error;
}

/* Adds a control message with its value, cut to the room that there is (MSG_CTRUNC). */
static int control_put_one(struct msghdr *header, u64 *used, struct cmsghdr *message,
			   const void *value, size_t size)
{
	u64 room = header->control_length - *used;

	message->length = MIN(sizeof(*message) + size, room);
	if (message->length < sizeof(*message) + size)
		header->flags |= MSG_CTRUNC;
	if (room < sizeof(*message))
		return 0;
	if (copy_to_user(header->control + *used + sizeof(*message), value,
			 message->length - sizeof(*message)))
		return -EFAULT;
	return control_close(header, used, message);
}

static int credentials_put(const struct ucred *cred, struct msghdr *header, u64 *used)
{
	struct cmsghdr message = { .level = SOL_SOCKET, .type = SCM_CREDENTIALS };

	return control_put_one(header, used, &message, cred, sizeof(*cred));
}

/* A descriptor of the sender's process, or a negative number when it is gone. */
static int pidfd_put(const struct socket_transfer *transfer, struct msghdr *header, u64 *used)
{
	struct cmsghdr message = { .level = SOL_SOCKET, .type = SCM_PIDFD };
	struct file *file;
	int fd, error;

	message.length = sizeof(message) + sizeof(fd);
	if (header->control_length - *used < message.length) {
		header->flags |= MSG_CTRUNC;
		return 0;
	}
	fd = pidfd_for_user(transfer->cred.pid, transfer->cred_start, &file);
	error = put_user32((u32)fd, header->control + *used + sizeof(message));
	if (!error)
		error = control_close(header, used, &message);
	if (!file)
		return error;
	if (error) {
		fd_unreserve(fd);
		fput(file);
	} else {
		fd_install(fd, file);
	}
	return error;
}

/* Received files as one control message: as many as there is room for, MSG_CTRUNC for the rest. */
static int rights_put(const struct socket_rights *rights, struct msghdr *header, u64 *used,
		      bool cloexec)
{
	struct cmsghdr message = { .level = SOL_SOCKET, .type = SCM_RIGHTS };
	u64 room = header->control_length - *used;
	uaddr_t to = header->control + *used + sizeof(message);
	u32 count = 0;

	while (count < rights->count && sizeof(message) + (count + 1) * sizeof(u32) <= room &&
	       !install_right(rights->file[count], to + count * sizeof(u32), cloexec))
		count++;
	if (count < rights->count)
		header->flags |= MSG_CTRUNC;
	if (!count)
		return 0;
	message.length = sizeof(message) + count * sizeof(u32);
	return control_close(header, used, &message);
}

/* What the family tells besides. */
static int others_put(const struct socket *socket, const struct socket_transfer *transfer,
		      struct msghdr *header, u64 *used)
{
	u8 value[CONTROL_VALUE_MAX] __aligned(8);
	struct cmsghdr message;
	int size, error = 0;

	for (unsigned int i = 0; !error; i++) {
		size = socket->family->tell(socket, &transfer->packet, i, &message, value);
		if (size < 0)
			return 0;
		if (size)
			error = control_put_one(header, used, &message, value, (size_t)size);
	}
	return error;
}

/* Writes what came besides the bytes; sets the header's control length. */
static int control_put(const struct socket *socket, struct msghdr *header,
		       const struct socket_transfer *transfer)
{
	u64 used = 0;
	int error = 0;

	if (transfer->has_cred)
		error = credentials_put(&transfer->cred, header, &used);
	if (!error && transfer->rights)
		error = rights_put(transfer->rights, header, &used,
				   transfer->flags & MSG_CMSG_CLOEXEC);
	if (!error && transfer->has_pidfd)
		error = pidfd_put(transfer, header, &used);
	if (!error && socket->family->tell && header->control_length)
		error = others_put(socket, transfer, header, &used);
	header->control_length = used;
	return error;
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
	socket_rights_free(transfer.rights);
	socket_address_put(transfer.address);
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
	socket_rights_free(transfer->rights);
	socket_address_put(transfer->address);
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
