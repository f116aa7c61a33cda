/* SPDX-License-Identifier: MIT */
/*
 * The internet families as local sockets: what tcp(7) and udp(7) do in another way than unix(7).
 *
 * What goes to this machine itself, by 127.0.0.0/8 or ::1, is passed from socket to socket as
 * AF_UNIX does it: no packets, no protocol. Other addresses are not reached. Differences that a
 * program can see: a connection is made or refused at once, and a nonblocking connect(2) but says
 * that it goes on; whoever sends to a peer that has closed hears so at the first time, and a port
 * is free as soon as its socket is closed. Datagrams are lost where nobody is bound or no room is
 * left, as on a wire; a connected sender hears ECONNREFUSED of the first.
 */
#include "ipc/inet.h"
#include "lib/errno.h"

enum { DATAGRAM_MAX = 65507 }; /* bytes that fit into an IPv4 packet behind its headers */

static int inet_check(int type, int protocol)
{
	switch (type) {
	case SOCK_STREAM: return !protocol || protocol == IPPROTO_TCP ? 0 : -EPROTONOSUPPORT;
	case SOCK_DGRAM: return !protocol || protocol == IPPROTO_UDP ? 0 : -EPROTONOSUPPORT;
	case SOCK_RAW: return -EPROTONOSUPPORT;
	}
	return -ESOCKTNOSUPPORT;
}

static int inet_prepare(struct socket *socket, struct socket_address *to)
{
	struct socket_address *at;
	int error;

	if (to && inet_is_stream(socket) && READ_ONCE(socket->state) != SOCKET_UNCONNECTED)
		return -EISCONN;
	at = to ? inet_destination(to) : inet_wildcard(socket);
	if (IS_ERR(at))
		return (int)PTR_ERR(at);
	error = inet_autobind(socket, at);
	socket_address_put(at);
	return error;
}

static struct socket *inet_find(struct socket *socket, struct socket_address *to)
{
	struct socket_address *at = inet_destination(to);
	struct socket *found;

	if (IS_ERR(at))
		return ERR_PTR(PTR_ERR(at));
	found = inet_lookup(socket, at);
	socket_address_put(at);
	return found;
}

/* --- connections --- */

static struct socket_address *inet_server_name(const struct socket *listener,
					       struct socket_address *to)
{
	struct socket_address *at = inet_destination(to);

	return IS_ERR(at) ? socket_address_get(to) : at;
}

static struct socket_address *inet_peer_name(struct socket *socket)
{
	struct socket_address *remote;

	if (inet_is_stream(socket))
		return socket_peer_name(socket);
	remote = inet_get_remote(socket);
	return remote ? remote : ERR_PTR(-ENOTCONN);
}

/* --- datagrams --- */

static int inet_connect_datagram(struct socket *socket, struct socket_address *to)
{
	struct socket_address *remote;
	int error;

	if (!to) {
		inet_set_remote(socket, NULL);
		return 0;
	}
	error = inet_prepare(socket, to);
	if (error)
		return error;
	remote = inet_destination(to);
	if (IS_ERR(remote))
		return (int)PTR_ERR(remote);
	inet_set_remote(socket, remote);
	return 0;
}

struct socket_address *inet_datagram_destination(struct socket *socket,
						 const struct socket_transfer *transfer)
{
	struct socket_address *remote;

	if (transfer->address)
		return inet_destination(transfer->address);
	remote = inet_get_remote(socket);
	return remote ? remote : ERR_PTR(-EDESTADDRREQ);
}

static struct socket *find_receiver(struct socket *socket, const struct socket_address *to,
				    bool connected)
{
	struct socket *target = inet_lookup(socket, to);

	if (!IS_ERR(target))
		return target;
	if (connected)
		WRITE_ONCE(socket->error, ECONNREFUSED);
	return NULL;
}

static struct socket *inet_datagram_target(struct socket *socket,
					   const struct socket_transfer *transfer)
{
	int error = atomic_exchange(&socket->error, 0);
	struct socket_address *to, *any;
	struct socket *target;

	if (error)
		return ERR_PTR(-error);
	to = inet_datagram_destination(socket, transfer);
	if (IS_ERR(to))
		return ERR_PTR(PTR_ERR(to));
	any = inet_wildcard(socket);
	error = IS_ERR(any) ? (int)PTR_ERR(any) : inet_autobind(socket, any);
	if (!IS_ERR(any))
		socket_address_put(any);
	target = error ? ERR_PTR(error) : find_receiver(socket, to, !transfer->address);
	socket_address_put(to);
	return target;
}

/* A wildcard name is shown as the address that the datagram goes to. */
static struct socket_address *inet_sender(struct socket *socket,
					  const struct socket_transfer *transfer)
{
	struct socket_address *name = load_acquire(&socket->address), *to, *sender;

	if (!name || !inet_is_wildcard(name))
		return name ? socket_address_get(name) : NULL;
	to = inet_datagram_destination(socket, transfer);
	if (IS_ERR(to))
		return socket_address_get(name);
	sender = inet_name(to->in6.address, name->in6.port);
	socket_address_put(to);
	return sender;
}

#define INET_FAMILY(number_, parse_, show_)                                                        \
	{                                                                                          \
		.number = (number_), .connects_later = true, .lossy = true,                        \
		.datagram_max = DATAGRAM_MAX, .stream_protocol = IPPROTO_TCP,                      \
		.datagram_protocol = IPPROTO_UDP, .send_unconnected = -EPIPE,                      \
		.receive_unconnected = -ENOTCONN, .connect_listening = -EISCONN,                   \
		.shutdown_unconnected = -ENOTCONN, .check = inet_check, .init = inet_state_init,   \
		.parse = (parse_), .show = (show_), .bind = inet_bind, .unbind = inet_unbind,      \
		.prepare = inet_prepare, .find = inet_find, .server_name = inet_server_name,       \
		.connect_datagram = inet_connect_datagram,                                         \
		.datagram_target = inet_datagram_target, .sender = inet_sender, .sign = inet_sign, \
		.take_control = inet_take_control, .tell = inet_tell, .peer_name = inet_peer_name, \
		.get_option = inet_get_option, .set_option = inet_set_option,                      \
	}

const struct socket_family inet_family = INET_FAMILY(AF_INET, inet4_parse, inet4_show);
const struct socket_family inet6_family = INET_FAMILY(AF_INET6, inet6_parse, inet6_show);
