/* SPDX-License-Identifier: MIT */
/*
 * Ports of the internet families: who is bound to which name (ip(7), "Address format").
 *
 * P1: two sockets of a type are bound to names that overlap only if both allow it: with
 *     SO_REUSEADDR while neither of two streams listens, or with SO_REUSEPORT if one user has both.
 * P2: a bound socket is in the bucket of its port until it is closed.
 *
 * Accepted connections are not here: they bear their listener's name without holding its port.
 * ports_lock is a leaf: references are taken under it, nothing else is done.
 */
#include "ipc/inet.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "task/cred.h"

enum {
	PORT_BUCKETS = 64,
	FIRST_PRIVATE = 32768, /* as net.ipv4.ip_local_port_range */
	LAST_PRIVATE = 60999,
	PRIVATE_PORTS = LAST_PRIVATE - FIRST_PRIVATE + 1,
	FIRST_UNPRIVILEGED = 1024,
};

static struct mutex ports_lock = MUTEX_INIT(ports_lock, MUTEX_LEAF);
static struct list_head buckets[PORT_BUCKETS]; /* [ports_lock] struct socket.name_link */

static u16 port_of(const struct socket_address *name)
{
	return __builtin_bswap16(name->in6.port);
}

static struct list_head *bucket_of(const struct socket_address *name)
{
	return &buckets[port_of(name) % PORT_BUCKETS];
}

/* --- who may have a name beside whom --- */

/* Would something sent to the one name also fit the other? */
static bool names_overlap(const struct socket *socket, const struct socket_address *name,
			  const struct socket *other)
{
	const struct socket_address *theirs = other->address;

	if (inet_is_v4(name) != inet_is_v4(theirs)) {
		const struct socket *six = inet_is_v4(name) ? other : socket;
		const struct socket_address *six_name = six == other ? theirs : name;

		return inet_is_wildcard(six_name) && !six->inet->v6_only;
	}
	return inet_is_wildcard(name) || inet_is_wildcard(theirs) ||
	       inet_same_address(name, theirs);
}

static bool both_reuse(const struct socket *socket, const struct socket *other)
{
	if (socket_switch(socket, SO_REUSEPORT) && socket_switch(other, SO_REUSEPORT) &&
	    socket->inet->owner == other->inet->owner)
		return true;
	return socket_switch(socket, SO_REUSEADDR) && socket_switch(other, SO_REUSEADDR) &&
	       (!inet_is_stream(socket) || READ_ONCE(other->state) != SOCKET_LISTENING);
}

/* P1; ports_lock is held. */
static bool is_taken(const struct socket *socket, const struct socket_address *name)
{
	const struct socket *other;

	list_for_each_entry (other, bucket_of(name), name_link)
		if (other->type == socket->type && other->address->in6.port == name->in6.port &&
		    names_overlap(socket, name, other) && !both_reuse(socket, other))
			return true;
	return false;
}

/* --- binding --- */

/* Gives the name a port that is free, starting anywhere. ports_lock is held. */
static int choose_port(const struct socket *socket, struct socket_address *name)
{
	u32 start = (u32)random_u64() % PRIVATE_PORTS;

	for (u32 i = 0; i < PRIVATE_PORTS; i++) {
		u32 port = FIRST_PRIVATE + (start + i) % PRIVATE_PORTS;

		name->in6.port = __builtin_bswap16((u16)port);
		if (!is_taken(socket, name))
			return 0;
	}
	return -EADDRINUSE;
}

/* Takes over nothing: the socket has a reference of its own then. ports_lock is held. */
static int enter_name(struct socket *socket, struct socket_address *name)
{
	int error = 0;

	if (socket->address)
		return -EINVAL;
	if (!name->in6.port)
		error = choose_port(socket, name);
	else if (is_taken(socket, name))
		error = -EADDRINUSE;
	if (error)
		return error;
	store_release(&socket->address, socket_address_get(name));
	list_add(&socket->name_link, bucket_of(name));
	return 0;
}

int inet_bind(struct socket *socket, struct socket_address *name)
{
	u16 port = port_of(name);
	int error;

	if (!inet_is_loopback(name) && !inet_is_wildcard(name))
		return -EADDRNOTAVAIL;
	if (port && port < FIRST_UNPRIVILEGED && !capable(CAP_NET_BIND_SERVICE))
		return -EACCES;
	mutex_lock(&ports_lock);
	error = enter_name(socket, name);
	mutex_unlock(&ports_lock);
	return error;
}

/* A socket that was bound to all addresses has that one, once it is connected through it. Readers
 * of the old name may still look at it: it is kept. ports_lock is held. */
static void narrow_name(struct socket *socket, struct socket_address *name)
{
	name->in6.port = socket->address->in6.port;
	socket->inet->replaced = socket->address;
	store_release(&socket->address, socket_address_get(name));
}

int inet_autobind(struct socket *socket, struct socket_address *address)
{
	struct socket_address *name = inet_name(address->in6.address, 0);
	int error = 0;

	if (!name)
		return -ENOMEM;
	mutex_lock(&ports_lock);
	if (!socket->address)
		error = enter_name(socket, name);
	else if (inet_is_wildcard(socket->address) && !inet_is_wildcard(name) &&
		 !socket->inet->replaced)
		narrow_name(socket, name);
	mutex_unlock(&ports_lock);
	socket_address_put(name);
	return error == -EADDRINUSE ? -EAGAIN : error;
}

void inet_unbind(struct socket *socket)
{
	struct socket_address *replaced;

	mutex_lock(&ports_lock);
	if (!list_empty(&socket->name_link))
		list_del(&socket->name_link);
	replaced = socket->inet->replaced;
	socket->inet->replaced = NULL;
	mutex_unlock(&ports_lock);
	socket_address_put(replaced);
	inet_set_remote(socket, NULL);
}

/* --- finding --- */

void inet_set_remote(struct socket *socket, struct socket_address *remote)
{
	struct socket_address *old;

	mutex_lock(&ports_lock);
	old = socket->inet->remote;
	socket->inet->remote = remote;
	WRITE_ONCE(socket->state, remote ? SOCKET_CONNECTED : SOCKET_UNCONNECTED);
	mutex_unlock(&ports_lock);
	socket_address_put(old);
}

struct socket_address *inet_get_remote(struct socket *socket)
{
	struct socket_address *remote;

	mutex_lock(&ports_lock);
	remote = socket->inet->remote;
	if (remote)
		socket_address_get(remote);
	mutex_unlock(&ports_lock);
	return remote;
}

static bool name_takes(const struct socket *socket, const struct socket_address *to)
{
	const struct socket_address *name = socket->address;

	if (name->in6.port != to->in6.port)
		return false;
	if (inet_same_address(name, to))
		return true;
	if (!inet_is_wildcard(name))
		return false;
	return inet_is_v4(name) == inet_is_v4(to) || (!inet_is_v4(name) && !socket->inet->v6_only);
}

/* A connected datagram socket hears its remote only; a sender's wildcard is what it sends to. */
static bool remote_allows(const struct socket *socket, const struct socket *from)
{
	const struct socket_address *remote = socket->inet->remote;

	return !remote ||
	       (from->address && remote->in6.port == from->address->in6.port &&
		(inet_is_wildcard(from->address) || inet_same_address(remote, from->address)));
}

/* How well a socket fits; 0: not at all. A name of its own beats a wildcard, a connected socket
 * beats one that hears everybody. ports_lock is held. */
static unsigned int fitness(const struct socket *socket, const struct socket *from,
			    const struct socket_address *to)
{
	if (socket->type != from->type || !name_takes(socket, to))
		return 0;
	if (inet_is_stream(socket))
		return READ_ONCE(socket->state) != SOCKET_LISTENING ? 0
		       : inet_is_wildcard(socket->address)	    ? 1
								    : 2;
	if (!remote_allows(socket, from))
		return 0;
	return 1 + !inet_is_wildcard(socket->address) + 2 * (socket->inet->remote != NULL);
}

struct socket *inet_lookup(struct socket *from, const struct socket_address *to)
{
	struct socket *socket, *best = NULL;
	unsigned int best_fitness = 0;

	mutex_lock(&ports_lock);
	list_for_each_entry (socket, bucket_of(to), name_link) {
		unsigned int fits = fitness(socket, from, to);

		if (fits > best_fitness) {
			best = socket;
			best_fitness = fits;
		}
	}
	if (best)
		refcount_inc(&best->refs);
	mutex_unlock(&ports_lock);
	return best ? best : ERR_PTR(-ECONNREFUSED);
}

void inet_init(void)
{
	for (unsigned int i = 0; i < PORT_BUCKETS; i++)
		list_init(&buckets[i]);
}
