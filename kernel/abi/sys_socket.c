/* SPDX-License-Identifier: MIT */
/*
 * System calls of sockets: making, naming, connecting, options (socket(2), unix(7)). There is
 * AF_UNIX only; the network's families are a server's, later. Sending and receiving are in
 * sys_message.c.
 */
#include "abi/file_pair.h"
#include "abi/sockets.h"
#include "fs/fdtable.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "lib/string.h"
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

static int check_family(int family, int type, int protocol)
{
	if (type & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (type & SOCK_TYPE_MASK) {
	case SOCK_STREAM:
	case SOCK_DGRAM:
	case SOCK_RAW:
	case SOCK_SEQPACKET: return 0;
	}
	return -ESOCKTNOSUPPORT;
}

/* A new socket with its file. SOCK_RAW is taken for SOCK_DGRAM, as on Linux. ERR_PTR. */
static struct file *make_socket(int type)
{
	int kind = type & SOCK_TYPE_MASK;
	struct socket *socket = socket_alloc(kind == SOCK_RAW ? SOCK_DGRAM : kind);
	struct file *file;

	if (!socket)
		return ERR_PTR(-ENOMEM);
	file = socket_file_create(socket, (u32)type & SOCK_NONBLOCK);
	if (IS_ERR(file))
		socket_put(socket);
	return file;
}

static int install_socket(struct file *file, int type)
{
	int fd = fd_add(file, type & SOCK_CLOEXEC);

	if (fd < 0)
		fput(file);
	return fd;
}

/* socket(2). */
long sys_socket(long family, long type, long protocol)
{
	int error = check_family((int)family, (int)type, (int)protocol);
	struct file *file;

	if (error)
		return error;
	file = make_socket((int)type);
	return IS_ERR(file) ? PTR_ERR(file) : install_socket(file, (int)type);
}

/* socketpair(2). */
long sys_socketpair(long family, long type, long protocol, uaddr_t to)
{
	int error = check_family((int)family, (int)type, (int)protocol);
	struct file *ends[2];

	if (error)
		return error;
	ends[0] = make_socket((int)type);
	if (IS_ERR(ends[0]))
		return PTR_ERR(ends[0]);
	ends[1] = make_socket((int)type);
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

struct socket_address *address_from_user(uaddr_t from, long length)
{
	struct sockaddr_un name;

	if ((int)length < 0 || (int)length > (int)sizeof(name))
		return ERR_PTR(-EINVAL);
	if (copy_from_user(&name, from, (size_t)(int)length))
		return ERR_PTR(-EFAULT);
	return unix_address_create(&name, (size_t)(int)length);
}

int address_to_user(const struct socket_address *address, uaddr_t to, uaddr_t length_at)
{
	static const struct sockaddr_un unnamed = { .family = AF_UNIX };
	const struct sockaddr_un *name = address ? &address->name : &unnamed;
	u32 length = address ? address->length : sizeof(unnamed.family), room;

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
	address = address_from_user(name, length);
	error = (int)PTR_ERR(address);
	if (!IS_ERR(address)) {
		error = socket_bind(socket, address);
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
		address = address_from_user(name, length);
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
	error = address_to_user(load_acquire(&socket->address), to, length);
	fdput(fd);
	return error;
}

/* getpeername(2). */
long sys_getpeername(long number, uaddr_t to, uaddr_t length)
{
	struct fd fd;
	struct socket *peer, *socket = socket_of(number, &fd);
	int error = -ENOTCONN;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	peer = socket_get_peer(socket);
	if (peer) {
		error = address_to_user(load_acquire(&peer->address), to, length);
		socket_put(peer);
	}
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
	error = name ? address_to_user(load_acquire(&client->address), name, length) : 0;
	if (error) {
		fput(file);
		return error;
	}
	return install_socket(file, flags);
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

/* An option that is a number; -ENOPROTOOPT. */
static int read_option(struct socket *socket, int name)
{
	switch (name) {
	case SO_TYPE: return socket->type;
	case SO_ERROR: return atomic_exchange(&socket->error, 0);
	case SO_SNDBUF:
	case SO_RCVBUF: return (int)READ_ONCE(socket->limit);
	case SO_ACCEPTCONN: return READ_ONCE(socket->state) == SOCKET_LISTENING;
	case SO_PROTOCOL: return 0;
	case SO_DOMAIN: return AF_UNIX;
	}
	return -ENOPROTOOPT;
}

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

static long get_option(struct socket *socket, int name, uaddr_t to, uaddr_t length)
{
	int value;

	if (name == SO_PEERCRED) {
		struct ucred nobody = { 0, (u32)-1, (u32)-1 };

		return put_option(to, length, socket->peer_cred.pid ? &socket->peer_cred : &nobody,
				  sizeof(nobody));
	}
	value = read_option(socket, name);
	return value < 0 ? value : put_option(to, length, &value, sizeof(value));
}

/* getsockopt(2). */
long sys_getsockopt(long number, long level, long name, uaddr_t to, uaddr_t length)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result = -EOPNOTSUPP;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	if ((int)level == SOL_SOCKET)
		result = get_option(socket, (int)name, to, length);
	fdput(fd);
	return result;
}

enum { LIMIT_MIN = 4608, LIMIT_MAX = 425984 }; /* SOCK_MIN_SNDBUF, twice wmem_max: socket(7) */

/* A buffer's size, doubled as Linux does for its bookkeeping. What is kept is the receiver's
 * limit. */
static long set_limit(struct socket *socket, u32 size)
{
	u32 limit = size > LIMIT_MAX / 2 ? LIMIT_MAX : size * 2;

	WRITE_ONCE(socket->limit, MAX(limit, (u32)LIMIT_MIN));
	return 0;
}

static long set_option(struct socket *socket, int name, uaddr_t from, int length)
{
	u32 value;

	if (length < (int)sizeof(value))
		return -EINVAL;
	if (get_user32(&value, from))
		return -EFAULT;
	if (name == SO_SNDBUF || name == SO_RCVBUF)
		return set_limit(socket, value);
	return -ENOPROTOOPT;
}

/* setsockopt(2). */
long sys_setsockopt(long number, long level, long name, uaddr_t from, long length)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	long result = -EOPNOTSUPP;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	if ((int)level == SOL_SOCKET)
		result = set_option(socket, (int)name, from, (int)length);
	fdput(fd);
	return result;
}
