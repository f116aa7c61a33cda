/* SPDX-License-Identifier: MIT */
/*
 * Names of local sockets (unix(7), "Address format"): paths, which are nodes in the file system,
 * and abstract ones, which are bytes after a NUL.
 *
 * All bound sockets are in one list. A path leads to a node, and the node (by its inode) to the
 * socket; so a renamed node still works, and one whose socket is gone refuses. names_lock is a
 * leaf: references are taken under it, nothing else is done.
 */
#include "fs/vfs.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

enum { FAMILY_SIZE = offsetof(struct sockaddr_un, path) };

static struct mutex names_lock = MUTEX_INIT(names_lock, MUTEX_LEAF);
static LIST_HEAD(bound); /* [names_lock] struct socket.name_link */

/* No name: bind(2) makes one. */
static bool is_empty(const struct socket_address *address)
{
	return address->length == FAMILY_SIZE;
}

static bool is_abstract(const struct socket_address *address)
{
	return !address->un.path[0];
}

static struct socket_address *unix_parse(const void *bytes, size_t length)
{
	const struct sockaddr_un *name = bytes;
	struct socket_address *address;

	if (length < FAMILY_SIZE || length > sizeof(*name) || name->family != AF_UNIX)
		return ERR_PTR(-EINVAL);
	address = kzalloc(sizeof(*address) + 1); /* a path of full length gets its terminator */
	if (!address)
		return ERR_PTR(-ENOMEM);
	refcount_set(&address->refs, 1);
	memcpy(&address->un, name, length);
	address->length = (u32)length;
	if (!is_abstract(address))
		address->length = FAMILY_SIZE + (u32)strlen((char *)address->un.path) + 1;
	return address;
}

static u32 unix_show(const struct socket_address *address, void *bytes)
{
	static const struct sockaddr_un unnamed = { .family = AF_UNIX };
	u32 length = address ? address->length : FAMILY_SIZE;

	memcpy(bytes, address ? &address->un : &unnamed, MIN(length, (u32)SOCKET_NAME_MAX));
	return length;
}

/* --- finding --- */

/* By inode or, for NULL, by the abstract name; names_lock is held. */
static struct socket *find_bound(const struct inode *node, const struct socket_address *address)
{
	struct socket *socket;

	list_for_each_entry (socket, &bound, name_link) {
		if (node ? socket->node == node
			 : !socket->node && socket->address->length == address->length &&
				    !memcmp(&socket->address->un, &address->un, address->length))
			return socket;
	}
	return NULL;
}

static int find_node(const struct socket_address *address, struct path *path)
{
	int error = path_lookup(AT_FDCWD, (const char *)address->un.path, LOOKUP_FOLLOW, path);

	if (error)
		return error;
	error = (path->dentry->inode->mode & S_IFMT) == S_IFSOCK
			? inode_permission(path->dentry->inode, 2)
			: -ECONNREFUSED;
	if (error)
		path_put(path);
	return error;
}

static struct socket *unix_find(struct socket *from, struct socket_address *address)
{
	struct socket *socket;
	struct path path = { 0 };
	int error = is_empty(address)	   ? -EINVAL
		    : is_abstract(address) ? 0
					   : find_node(address, &path);

	if (error)
		return ERR_PTR(error);
	mutex_lock(&names_lock);
	socket = find_bound(path.dentry ? path.dentry->inode : NULL, address);
	if (!socket)
		socket = ERR_PTR(-ECONNREFUSED);
	else if (socket->type != from->type)
		socket = ERR_PTR(-EPROTOTYPE);
	else
		refcount_inc(&socket->refs);
	mutex_unlock(&names_lock);
	if (path.dentry)
		path_put(&path);
	return socket;
}

/* --- binding --- */

/* A node in the file system; *node gets a reference. */
static int make_node(const struct socket_address *address, struct inode **node)
{
	struct path path;
	int error =
		node_create(AT_FDCWD, (const char *)address->un.path, S_IFSOCK | 0777, 0, &path);

	if (error)
		return error == -EEXIST ? -EADDRINUSE : error;
	*node = inode_get(path.dentry->inode);
	path_put(&path);
	return 0;
}

static int enter_name(struct socket *socket, struct socket_address *address, struct inode *node)
{
	int error = 0;

	mutex_lock(&names_lock);
	if (socket->address) {
		error = -EINVAL;
	} else if (!node && find_bound(NULL, address)) {
		error = -EADDRINUSE;
	} else {
		socket->node = node;
		store_release(&socket->address, socket_address_get(address));
		list_add(&socket->name_link, &bound);
	}
	mutex_unlock(&names_lock);
	return error;
}

/* Makes the empty name an abstract one of five hexadecimal digits that is free. */
static int bind_any(struct socket *socket, struct socket_address *address)
{
	enum { AUTOBIND_NAMES = 1 << 20 };
	static u32 next; /* [a] */
	int error;

	if (READ_ONCE(socket->address))
		return 0;
	address->length = FAMILY_SIZE + 6;
	for (u32 tries = 0; tries < AUTOBIND_NAMES; tries++) {
		u32 number = atomic_fetch_add_relaxed(&next, 1) % AUTOBIND_NAMES;

		snprintf((char *)address->un.path + 1, 6, "%05x", number);
		error = enter_name(socket, address, NULL);
		if (error != -EADDRINUSE)
			return error == -EINVAL ? 0 : error;
	}
	return -ENOSPC;
}

static int unix_bind(struct socket *socket, struct socket_address *address)
{
	struct inode *node = NULL;
	int error = 0;

	if (is_empty(address))
		return bind_any(socket, address);
	if (READ_ONCE(socket->address))
		return -EINVAL;
	if (!is_abstract(address))
		error = make_node(address, &node);
	if (error)
		return error;
	error = enter_name(socket, address, node);
	if (error && node)
		inode_put(node);
	return error;
}

/* The address stays, for getsockname; it just does not lead here any more. */
static void unix_unbind(struct socket *socket)
{
	struct inode *node;

	if (list_empty(&socket->name_link))
		return;
	mutex_lock(&names_lock);
	list_del(&socket->name_link);
	node = socket->node;
	socket->node = NULL;
	mutex_unlock(&names_lock);
	if (node)
		inode_put(node);
}

/* --- the family --- */

static int unix_check(int type, int protocol)
{
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (type) {
	case SOCK_STREAM:
	case SOCK_DGRAM:
	case SOCK_RAW:
	case SOCK_SEQPACKET: return 0;
	}
	return -ESOCKTNOSUPPORT;
}

static int unix_prepare(struct socket *socket, struct socket_address *to)
{
	return to || READ_ONCE(socket->address) ? 0 : -EINVAL;
}

static struct socket_address *unix_server_name(const struct socket *listener,
					       struct socket_address *to)
{
	return socket_address_get(listener->address);
}

static int unix_connect_datagram(struct socket *socket, struct socket_address *address)
{
	struct socket *target = NULL, *old;

	if (address) {
		target = unix_find(socket, address);
		if (IS_ERR(target))
			return (int)PTR_ERR(target);
	}
	mutex_lock(&socket->lock);
	old = socket->peer;
	socket->peer = target;
	socket->state = target ? SOCKET_CONNECTED : SOCKET_UNCONNECTED;
	mutex_unlock(&socket->lock);
	if (old)
		socket_put(old);
	return 0;
}

static struct socket *unix_datagram_target(struct socket *socket,
					   const struct socket_transfer *transfer)
{
	struct socket *target;

	if (transfer->address)
		return unix_find(socket, transfer->address);
	target = socket_get_peer(socket);
	return target ? target : ERR_PTR(-ENOTCONN);
}

static struct socket_address *unix_sender(struct socket *socket,
					  const struct socket_transfer *transfer)
{
	struct socket_address *address = load_acquire(&socket->address);

	return address ? socket_address_get(address) : NULL;
}

const struct socket_family unix_family = {
	.number = AF_UNIX,
	.send_unconnected = -ENOTCONN,
	.receive_unconnected = -EINVAL,
	.connect_listening = -EINVAL,
	.tells_receive_end = true,
	.passes_files = true,
	.check = unix_check,
	.parse = unix_parse,
	.show = unix_show,
	.bind = unix_bind,
	.unbind = unix_unbind,
	.prepare = unix_prepare,
	.find = unix_find,
	.server_name = unix_server_name,
	.connect_datagram = unix_connect_datagram,
	.datagram_target = unix_datagram_target,
	.sender = unix_sender,
	.peer_name = socket_peer_name,
};
