/* SPDX-License-Identifier: MIT */
/*
 * AF_NETLINK: names, requests to the kernel, and how they are acknowledged (netlink(7)).
 *
 * A name is a port: the number of its process, or below 0 where that is taken. Programs send to the
 * kernel (port 0) only. Groups are kept, and nothing is ever told to one, as nothing changes.
 *
 * Protocols: NETLINK_ROUTE; NETLINK_SOCK_DIAG, where each family is unknown, as on a Linux without
 * those modules (ss(8) reads /proc/net then). Each is a struct socket_family of the same number.
 *
 * Locks: ports_lock is a leaf. Task context; sleeps.
 */
#include "ipc/netlink.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "vm/uio.h"

enum { REQUEST_OVERHEAD = 32 };

static struct mutex ports_lock = MUTEX_INIT(ports_lock, MUTEX_LEAF);
static LIST_HEAD(bound); /* [ports_lock] struct socket.name_link */

static struct socket_address kernel_name = {
	.refs = REFCOUNT_INIT(1),
	.length = sizeof(struct sockaddr_nl),
	.nl = { .family = AF_NETLINK },
};

/* --- names --- */

static struct socket_address *netlink_parse(const void *bytes, size_t length)
{
	const struct sockaddr_nl *name = bytes;
	struct socket_address *address;

	if (length < sizeof(*name) || name->family != AF_NETLINK)
		return ERR_PTR(-EINVAL);
	address = kzalloc(sizeof(*address));
	if (!address)
		return ERR_PTR(-ENOMEM);
	refcount_set(&address->refs, 1);
	address->length = sizeof(*name);
	address->nl = *name;
	address->nl.pad = 0;
	return address;
}

static u32 netlink_show(const struct socket_address *address, void *bytes)
{
	memcpy(bytes, address ? &address->nl : &kernel_name.nl, sizeof(kernel_name.nl));
	return sizeof(kernel_name.nl);
}

static bool port_is_taken(const struct socket *socket, u32 port)
{
	const struct socket *other;

	list_for_each_entry (other, &bound, name_link)
		if (other->family == socket->family && other->address->nl.port == port)
			return true;
	return false;
}

/* Port 0 becomes one that is free. ports_lock is held. */
static int enter_name(struct socket *socket, struct socket_address *name)
{
	u32 port = name->nl.port ? name->nl.port : (u32)current->vtgid;

	if (socket->address)
		return name->nl.port && name->nl.port != socket->address->nl.port ? -EINVAL : 0;
	if (name->nl.port && port_is_taken(socket, port))
		return -EADDRINUSE;
	for (u32 next = (u32)-4097; port_is_taken(socket, port); next--)
		port = next;
	name->nl.port = port;
	store_release(&socket->address, socket_address_get(name));
	list_add(&socket->name_link, &bound);
	return 0;
}

static int netlink_bind(struct socket *socket, struct socket_address *name)
{
	int error;

	mutex_lock(&ports_lock);
	error = enter_name(socket, name);
	mutex_unlock(&ports_lock);
	return error;
}

static int autobind(struct socket *socket)
{
	struct socket_address *name;
	int error;

	if (load_acquire(&socket->address))
		return 0;
	name = netlink_parse(&kernel_name.nl, sizeof(kernel_name.nl));
	if (IS_ERR(name))
		return (int)PTR_ERR(name);
	error = netlink_bind(socket, name);
	socket_address_put(name);
	return error;
}

static void netlink_unbind(struct socket *socket)
{
	mutex_lock(&ports_lock);
	if (!list_empty(&socket->name_link))
		list_del(&socket->name_link);
	mutex_unlock(&ports_lock);
}

/* May current send there? To the kernel all may, and nobody else is found. */
static int check_destination(const struct socket_address *to)
{
	if (!to || (!to->nl.port && !to->nl.groups))
		return 0;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	return to->nl.port ? -ECONNREFUSED : 0;
}

/* The peer is the kernel in any case. */
static int netlink_connect(struct socket *socket, struct socket_address *to)
{
	int error = check_destination(to);

	return error && error != -ECONNREFUSED ? error : autobind(socket);
}

static struct socket_address *netlink_peer_name(struct socket *socket)
{
	return socket_address_get(&kernel_name);
}

/* --- writing a reply --- */

size_t netlink_begin(struct netlink_request *request, u16 type, const void *body, size_t size)
{
	const struct nlmsghdr header = {
		.type = type,
		.flags = netlink_is_dump(request) ? NLM_F_MULTI : 0,
		.sequence = request->header->sequence,
		.port = request->port,
	};
	size_t place = request->reply.length;

	text_append(&request->reply, &header, sizeof(header));
	text_append(&request->reply, body, size);
	return place;
}

void netlink_put(struct netlink_request *request, u16 type, const void *value, size_t size)
{
	static const u8 padding[NLA_ALIGN];
	const struct nlattr header = { (u16)(sizeof(header) + size), type };

	text_append(&request->reply, &header, sizeof(header));
	text_append(&request->reply, value, size);
	text_append(&request->reply, padding, ALIGN_UP(size, (size_t)NLA_ALIGN) - size);
}

void netlink_put32(struct netlink_request *request, u16 type, u32 value)
{
	netlink_put(request, type, &value, sizeof(value));
}

void netlink_put_string(struct netlink_request *request, u16 type, const char *value)
{
	netlink_put(request, type, value, strlen(value) + 1);
}

void netlink_end(struct netlink_request *request, size_t place)
{
	u32 length = (u32)(request->reply.length - place);

	if (!request->reply.failed)
		memcpy(request->reply.buffer + place, &length, sizeof(length));
}

/* --- answering --- */

int netlink_deliver(struct socket *socket, const void *bytes, size_t size)
{
	int error = socket_deliver(socket, bytes, size, &kernel_name);

	return error == -EAGAIN ? -ENOBUFS : error;
}

/* What is lost is told once, by the next receive. */
static void deliver_reply(struct socket *socket, struct netlink_request *request)
{
	int error = request->reply.failed ? -ENOBUFS : 0;

	if (!error && request->reply.length)
		error = netlink_deliver(socket, request->reply.buffer, request->reply.length);
	if (error)
		WRITE_ONCE(socket->error, ENOBUFS);
	text_free(&request->reply);
	request->reply = (struct text){ 0 };
}

static void write_done(struct netlink_request *request)
{
	const s32 error = 0;

	netlink_end(request, netlink_begin(request, NLMSG_DONE, &error, sizeof(error)));
}

/* With what was asked, whole if it failed, unless the program asked for less. */
static void write_acknowledgement(struct netlink_request *request, const struct socket *socket,
				  int error)
{
	bool whole = error && !(READ_ONCE(socket->netlink_switches) >> NETLINK_CAP_ACK & 1);
	struct nlmsghdr header = *request->header;
	const s32 code = error;
	size_t place;

	header.flags = whole ? 0 : NLM_F_CAPPED;
	header.type = NLMSG_ERROR;
	header.port = request->port;
	place = request->reply.length;
	text_append(&request->reply, &header, sizeof(header));
	text_append(&request->reply, &code, sizeof(code));
	text_append(&request->reply, request->header,
		    whole ? request->header->length : sizeof(*request->header));
	netlink_end(request, place);
}

static void answer(struct socket *socket, const struct nlmsghdr *header,
		   int (*handler)(struct netlink_request *))
{
	struct netlink_request request = { header, socket->address->nl.port, { 0 } };
	bool dumped = false;
	int error = 0;

	if (header->flags & NLM_F_REQUEST && header->type >= NLMSG_MIN_TYPE) {
		error = handler(&request);
		dumped = !error && netlink_is_dump(&request);
		deliver_reply(socket, &request);
	}
	if (dumped)
		write_done(&request);
	else if (error || header->flags & NLM_F_ACK)
		write_acknowledgement(&request, socket, error);
	deliver_reply(socket, &request);
}

static void answer_all(struct socket *socket, const void *bytes, size_t size,
		       int (*handler)(struct netlink_request *))
{
	const struct nlmsghdr *header;

	while (size >= sizeof(*header)) {
		header = bytes;
		if (header->length < sizeof(*header) || header->length > size)
			return;
		answer(socket, header, handler);
		size -= MIN(size, ALIGN_UP((size_t)header->length, (size_t)NLA_ALIGN));
		bytes = (const u8 *)bytes + ALIGN_UP((size_t)header->length, (size_t)NLA_ALIGN);
	}
}

static ssize_t send_request(struct socket *socket, struct uio *uio,
			    const struct socket_transfer *transfer,
			    int (*handler)(struct netlink_request *))
{
	int error = check_destination(transfer->address);
	size_t size = uio->left;
	void *bytes;

	if (!error)
		error = autobind(socket);
	if (error)
		return error;
	if (size > READ_ONCE(socket->limit) - REQUEST_OVERHEAD)
		return -EMSGSIZE;
	bytes = kmalloc(size);
	if (!bytes)
		return -ENOBUFS;
	if (size && uio_copy_in(uio, bytes, size) != (ssize_t)size)
		error = -EFAULT;
	else
		answer_all(socket, bytes, size, handler);
	kfree(bytes);
	return error ? error : (ssize_t)size;
}

static ssize_t route_send(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	return send_request(socket, uio, transfer, netlink_route_answer);
}

static int diag_answer(struct netlink_request *request)
{
	return -ENOENT;
}

static ssize_t diag_send(struct socket *socket, struct uio *uio, struct socket_transfer *transfer)
{
	return send_request(socket, uio, transfer, diag_answer);
}

/* --- options --- */

static bool is_switch(int name)
{
	switch (name) {
	case NETLINK_PKTINFO:
	case NETLINK_BROADCAST_ERROR:
	case NETLINK_NO_ENOBUFS:
	case NETLINK_CAP_ACK:
	case NETLINK_EXT_ACK:
	case NETLINK_GET_STRICT_CHK: return true;
	}
	return false;
}

static int netlink_get_option(struct socket *socket, int level, int name, void *value)
{
	int on = READ_ONCE(socket->netlink_switches) >> name & 1;

	if (level != SOL_NETLINK || !is_switch(name))
		return -ENOPROTOOPT;
	memcpy(value, &on, sizeof(on));
	return sizeof(on);
}

static int netlink_set_option(struct socket *socket, int level, int name, const void *value,
			      u32 size)
{
	int number;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (size < sizeof(number))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP)
		return number > 0 && number <= NETLINK_PROTOCOLS ? 0 : -EINVAL;
	if (!is_switch(name))
		return -ENOPROTOOPT;
	if (number)
		atomic_fetch_or(&socket->netlink_switches, 1u << name);
	else
		atomic_fetch_and(&socket->netlink_switches, ~(1u << name));
	return 0;
}

/* --- the families --- */

static int check(int type, int protocol, int wanted)
{
	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	return protocol == wanted ? 0 : -EPROTONOSUPPORT;
}

static int route_check(int type, int protocol)
{
	return check(type, protocol, NETLINK_ROUTE);
}

static int diag_check(int type, int protocol)
{
	return check(type, protocol, NETLINK_SOCK_DIAG);
}

struct socket *netlink_socket_of(const struct file *file)
{
	struct socket *socket = file->ops == &socket_file_ops ? file->private : NULL;

	return socket && socket->family->number == AF_NETLINK ? socket : NULL;
}

#define NETLINK_FAMILY(protocol_, check_, send_)                                                   \
	{                                                                                          \
		.number = AF_NETLINK, .datagram_protocol = (protocol_), .has_raw = true,           \
		.shutdown_unconnected = -EOPNOTSUPP, .check = (check_), .parse = netlink_parse,    \
		.show = netlink_show, .bind = netlink_bind, .unbind = netlink_unbind,              \
		.connect_datagram = netlink_connect, .send = (send_),                              \
		.peer_name = netlink_peer_name, .get_option = netlink_get_option,                  \
		.set_option = netlink_set_option,                                                  \
	}

const struct socket_family netlink_route_family =
	NETLINK_FAMILY(NETLINK_ROUTE, route_check, route_send);
const struct socket_family netlink_diag_family =
	NETLINK_FAMILY(NETLINK_SOCK_DIAG, diag_check, diag_send);
