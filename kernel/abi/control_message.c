/* SPDX-License-Identifier: MIT */
/*
 * Control messages (cmsg(3)): what sendmsg and recvmsg carry besides the bytes. Open files and
 * credentials (unix(7)) are taken from the sender and given to the receiver here; what else there
 * is, each family of sockets knows.
 *
 * A receiver without enough room gets what fits, and MSG_CTRUNC. May sleep; no lock is held.
 */
#include "abi/sockets.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid.h"
#include "vm/usercopy.h"

enum { CONTROL_MAX = 20480 }; /* bytes of control messages, as net.core.optmem_max */

/* --- sending --- */

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
	struct task_struct *task;
	struct pid_note old = transfer->from.pid;
	struct ucred cred;

	if (bytes != sizeof(cred))
		return -EINVAL;
	if (copy_from_user(&cred, from, sizeof(cred)))
		return -EFAULT;
	if ((cred.pid != current->vtgid && !capable(CAP_SYS_ADMIN)) || !may_be_user(cred.uid) ||
	    !may_be_group(cred.gid))
		return -EPERM;
	task = get_task_by_pid(cred.pid);
	if (!task)
		return -ESRCH;
	transfer->from =
		(struct socket_identity){ pid_note_of(task), cred.uid, cred.gid, task->start_time };
	put_task_struct(task);
	pid_note_put(old);
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

int control_get(const struct socket *socket, struct socket_transfer *transfer,
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

/* --- receiving --- */

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

static int credentials_put(const struct socket_identity *from, struct msghdr *header, u64 *used)
{
	struct cmsghdr message = { .level = SOL_SOCKET, .type = SCM_CREDENTIALS };
	const struct ucred cred = { pid_note_vnr(from->pid), from->uid, from->gid };

	return control_put_one(header, used, &message, &cred, sizeof(cred));
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
	fd = pidfd_for_user(&transfer->from, &file);
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

int control_put(const struct socket *socket, struct msghdr *header,
		const struct socket_transfer *transfer)
{
	u64 used = 0;
	int error = 0;

	if (transfer->has_cred)
		error = credentials_put(&transfer->from, header, &used);
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
