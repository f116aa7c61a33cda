/* SPDX-License-Identifier: MIT */
/*
 * System calls of sockets: making, naming, connecting, options (socket(2)). What families do in
 * their own way is behind struct socket_family. Sending and receiving are in sys_message.c.
 */
#include "abi/file_pair.h"
#include "abi/sockets.h"
#include "fs/fdtable.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "vm/usercopy.h"

struct socket *socket_of(long number, struct fd *fd)
{
	*fd = fdget((unsigned int)number);
	if (!fd->file)
		return ERR_PTR(-EBADF);
	if (fd->file->ops == &socket_file_ops)
		return fd->file->private;
	fdput(*fd);
	return ERR_PTR(-ENOTSOCK);
}

/* --- making --- */

/* The family, when it has sockets of the type. ERR_PTR. */
static const struct socket_family *find_family(int number, int type, int protocol)
{
	static const struct socket_family *const families[] = {
		&unix_family,	       &inet_family,	     &inet6_family,
		&netlink_route_family, &netlink_diag_family,
	};
	int error = -EAFNOSUPPORT;

	if (type & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return ERR_PTR(-EINVAL);
	for (unsigned int i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i]->number != number)
			continue;
		error = families[i]->check(type & SOCK_TYPE_MASK, protocol);
		if (!error)
			return families[i];
	}
	return ERR_PTR(error);
}

/* A new socket with its file. SOCK_RAW is taken for SOCK_DGRAM. ERR_PTR. */
static struct file *make_socket(const struct socket_family *family, int type)
{
	int kind = type & SOCK_TYPE_MASK;
	struct socket *socket = socket_alloc(family, kind == SOCK_RAW ? SOCK_DGRAM : kind, NULL);
	struct file *file;

	if (!socket)
		return ERR_PTR(-ENOMEM);
	socket->raw = kind == SOCK_RAW && family->has_raw;
	file = socket_file_create(socket, (u32)type & SOCK_NONBLOCK);
	if (IS_ERR(file))
		socket_put(socket);
	return file;
}

/* socket(2). */
long sys_socket(long family, long type, long protocol)
{
	const struct socket_family *found = find_family((int)family, (int)type, (int)protocol);
	struct file *file;

	if (IS_ERR(found))
		return PTR_ERR(found);
	file = make_socket(found, (int)type);
	return fd_add(file, (int)type & SOCK_CLOEXEC);
}

/* socketpair(2). */
long sys_socketpair(long family, long type, long protocol, uaddr_t to)
{
	const struct socket_family *found = find_family((int)family, (int)type, (int)protocol);
	struct file *ends[2];
	int error;

	if (IS_ERR(found))
		return PTR_ERR(found);
	if (found != &unix_family)
		return -EOPNOTSUPP;
	ends[0] = make_socket(found, (int)type);
	if (IS_ERR(ends[0]))
		return PTR_ERR(ends[0]);
	ends[1] = make_socket(found, (int)type);
	error = (int)PTR_ERR(ends[1]);
	if (IS_ERR(ends[1]))
		goto put_first;
	socket_pair(ends[0]->private, ends[1]->private);
	error = install_file_pair(ends, to, type & SOCK_CLOEXEC);
	if (!error)
		return 0;
	fput(ends[1]);
put_first:
	fput(ends[0]);
	return error;
}

/* --- names --- */

enum { SOCKADDR_MAX = 128 }; /* struct sockaddr_storage */

struct socket_address *address_from_user(const struct socket *socket, uaddr_t from, long length)
{
	u8 name[SOCKADDR_MAX] __aligned(8);

	if ((int)length < 0 || (int)length > (int)sizeof(name))
		return ERR_PTR(-EINVAL);
	if (copy_from_user(name, from, (size_t)(int)length))
		return ERR_PTR(-EFAULT);
	return socket->family->parse(name, (size_t)(int)length);
}

int address_to_user(const struct socket *socket, const struct socket_address *address, uaddr_t to,
		    uaddr_t length_at)
{
	u8 name[SOCKET_NAME_MAX + 1] __aligned(8);
	u32 length = socket->family->show(address, name), room;

	if (get_user32(&room, length_at))
		return -EFAULT;
	if ((s32)room < 0)
		return -EINVAL;
	if (copy_to_user(to, name, MIN(room, length)))
		return -EFAULT;
	return put_user32(length, length_at);
}

/* bind(2). */
long sys_bind(long number, uaddr_t name, long length)
{
	struct socket_address *address;
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	int error;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	address = address_from_user(socket, name, length);
	error = (int)PTR_ERR(address);
	if (!IS_ERR(address)) {
		error = socket->family->bind(socket, address);
		socket_address_put(address);
	}
	fdput(fd);
	return error;
}

/* connect(2). AF_UNSPEC takes a datagram socket's peer away. */
long sys_connect(long number, uaddr_t name, long length)
{
	struct socket_address *address = NULL;
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	u8 family[2];
	int error = -EFAULT;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	if ((int)length < (int)sizeof(family))
		error = -EINVAL;
	else if (!copy_from_user(family, name, sizeof(family)))
		error = 0;
	if (!error && (family[0] || family[1])) {
		address = address_from_user(socket, name, length);
		error = IS_ERR(address) ? (int)PTR_ERR(address) : 0;
	}
	if (!error) {
		error = socket_connect(socket, address, fd.file->flags & O_NONBLOCK);
		socket_address_put(address);
	}
	fdput(fd);
	return error;
}

/* getsockname(2). */
long sys_getsockname(long number, uaddr_t to, uaddr_t length)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	int error;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	error = address_to_user(socket, load_acquire(&socket->address), to, length);
	fdput(fd);
	return error;
}

/* getpeername(2). */
long sys_getpeername(long number, uaddr_t to, uaddr_t length)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	struct socket_address *name;
	int error;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	name = socket->family->peer_name(socket);
	error = IS_ERR(name) ? (int)PTR_ERR(name) : address_to_user(socket, name, to, length);
	if (!IS_ERR(name))
		socket_address_put(name);
	fdput(fd);
	return error;
}

/* --- connections --- */

/* listen(2). */
long sys_listen(long number, long backlog)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	int error;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	error = socket_listen(socket, (int)backlog);
	fdput(fd);
	return error;
}

/* The accepted connection's file, and the client's name if it is asked for. */
static long accept_file(struct socket *server, uaddr_t name, uaddr_t length, int flags)
{
	struct socket *client = server->peer;
	struct file *file = socket_file_create(server, (u32)flags & SOCK_NONBLOCK);
	int error;

	if (IS_ERR(file)) {
		socket_close(server);
		return PTR_ERR(file);
	}
	error = name ? address_to_user(server, load_acquire(&client->address), name, length) : 0;
	if (error) {
		fput(file);
		return error;
	}
	return fd_add(file, flags & SOCK_CLOEXEC);
}

/* accept4(2). */
long sys_accept4(long number, uaddr_t name, uaddr_t length, long flags)
{
	struct socket *server, *socket;
	struct fd fd;

	if ((int)flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	socket = socket_of(number, &fd);
	if (IS_ERR(socket))
		return PTR_ERR(socket);
	server = socket_accept(socket, fd.file->flags & O_NONBLOCK);
	fdput(fd);
	return IS_ERR(server) ? PTR_ERR(server) : accept_file(server, name, length, (int)flags);
}

/* accept(2). */
long sys_accept(long number, uaddr_t name, uaddr_t length)
{
	return sys_accept4(number, name, length, 0);
}

/* shutdown(2). */
long sys_shutdown(long number, long how)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	int error;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	error = socket_shutdown(socket, (int)how);
	fdput(fd);
	return error;
}

/* --- options --- */

static long put_option(uaddr_t to, uaddr_t length_at, const void *value, u32 size)
{
	u32 room;

	if (get_user32(&room, length_at))
		return -EFAULT;
	if ((s32)room < 0)
		return -EINVAL;
	size = MIN(size, room);
	if (copy_to_user(to, value, size))
		return -EFAULT;
	return put_user32(size, length_at);
}

static long get_option(struct socket *socket, int level, int name, uaddr_t to, uaddr_t length)
{
	u8 value[OPTION_VALUE_MAX] __aligned(8);
	int size = -EOPNOTSUPP;

	if (level == SOL_SOCKET && name == SO_PEERGROUPS)
		return get_peer_groups(socket, to, length);
	if (level == SOL_SOCKET && name == SO_PEERPIDFD)
		return get_peer_pidfd(socket, to, length);
	if (level == SOL_SOCKET)
		size = socket_get_option(socket, name, value);
	else if (socket->family->get_option)
		size = socket->family->get_option(socket, level, name, value);
	return size < 0 ? size : put_option(to, length, value, (u32)size);
}

/* getsockopt(2). */
long sys_getsockopt(long number, long level, long name, uaddr_t to, uaddr_t length)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	result = get_option(socket, (int)level, (int)name, to, length);
	fdput(fd);
	return result;
}

static long set_option(struct socket *socket, int level, int name, uaddr_t from, int length)
{
	u8 value[OPTION_VALUE_MAX] __aligned(8);
	u32 size = MIN((u32)length, (u32)sizeof(value));

	if (length < 0)
		return -EINVAL;
	if (copy_from_user(value, from, size))
		return -EFAULT;
	if (level == SOL_SOCKET)
		return socket_set_option(socket, name, value, size);
	if (!socket->family->set_option)
		return -EOPNOTSUPP;
	return socket->family->set_option(socket, level, name, value, size);
}

/* setsockopt(2). */
long sys_setsockopt(long number, long level, long name, uaddr_t from, long length)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	result = set_option(socket, (int)level, (int)name, from, (int)length);
	fdput(fd);
	return result;
}
