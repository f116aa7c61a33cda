/* SPDX-License-Identifier: MIT */
/*
 * Names of the internet families (ip(7), ipv6(7)): from and to their two forms in user space.
 * Pure, but for memory.
 */
#include "ipc/inet.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

enum { V4_OFFSET = 12, LOOPBACK_NET = 127 };

static const u8 v4_prefix[V4_OFFSET] = { [10] = 0xff, [11] = 0xff };
static const u8 v4_any[16] = { [10] = 0xff, [11] = 0xff };
static const u8 v4_loopback[16] = { [10] = 0xff, [11] = 0xff, LOOPBACK_NET, 0, 0, 1 };
static const u8 v6_any[16];
static const u8 v6_loopback[16] = { [15] = 1 };

struct socket_address *inet_name(const u8 *address, u16 port)
{
	struct socket_address *name = kzalloc(sizeof(*name));

	if (!name)
		return NULL;
	refcount_set(&name->refs, 1);
	name->length = sizeof(name->in6);
	name->in6.family = AF_INET6;
	name->in6.port = port;
	memcpy(name->in6.address, address, sizeof(name->in6.address));
	return name;
}

static struct socket_address *name_or_error(const u8 *address, u16 port)
{
	struct socket_address *name = inet_name(address, port);

	return name ? name : ERR_PTR(-ENOMEM);
}

/* --- what an address is --- */

bool inet_is_v4(const struct socket_address *name)
{
	return !memcmp(name->in6.address, v4_prefix, sizeof(v4_prefix));
}

bool inet_is_wildcard(const struct socket_address *name)
{
	return !memcmp(name->in6.address, v4_any, sizeof(v4_any)) ||
	       !memcmp(name->in6.address, v6_any, sizeof(v6_any));
}

bool inet_is_loopback(const struct socket_address *name)
{
	if (inet_is_v4(name))
		return name->in6.address[V4_OFFSET] == LOOPBACK_NET;
	return !memcmp(name->in6.address, v6_loopback, sizeof(v6_loopback));
}

bool inet_same_address(const struct socket_address *a, const struct socket_address *b)
{
	return !memcmp(a->in6.address, b->in6.address, sizeof(a->in6.address));
}

struct socket_address *inet_wildcard(const struct socket *socket)
{
	return name_or_error(socket->family == &inet_family ? v4_any : v6_any, 0);
}

struct socket_address *inet_destination(struct socket_address *to)
{
	if (inet_is_loopback(to))
		return socket_address_get(to);
	if (!inet_is_wildcard(to))
		return ERR_PTR(-ENETUNREACH);
	return name_or_error(inet_is_v4(to) ? v4_loopback : v6_loopback, to->in6.port);
}

/* --- the forms of user space --- */

struct socket_address *inet4_parse(const void *bytes, size_t length)
{
	const struct sockaddr_in *in = bytes;
	u8 address[16];

	if (length < sizeof(*in))
		return ERR_PTR(-EINVAL);
	if (in->family != AF_INET && in->family != AF_UNSPEC)
		return ERR_PTR(-EAFNOSUPPORT);
	memcpy(address, v4_prefix, sizeof(v4_prefix));
	memcpy(address + V4_OFFSET, in->address, sizeof(in->address));
	return name_or_error(address, in->port);
}

struct socket_address *inet6_parse(const void *bytes, size_t length)
{
	const struct sockaddr_in6 *in6 = bytes;

	if (length < SIN6_LENGTH_MIN)
		return ERR_PTR(-EINVAL);
	if (in6->family != AF_INET6)
		return ERR_PTR(-EAFNOSUPPORT);
	return name_or_error(in6->address, in6->port);
}

u32 inet4_show(const struct socket_address *address, void *bytes)
{
	struct sockaddr_in in = { .family = AF_INET };

	if (address) {
		in.port = address->in6.port;
		memcpy(in.address, address->in6.address + V4_OFFSET, sizeof(in.address));
	}
	memcpy(bytes, &in, sizeof(in));
	return sizeof(in);
}

u32 inet6_show(const struct socket_address *address, void *bytes)
{
	struct sockaddr_in6 in6 = { .family = AF_INET6 };

	if (address)
		in6 = address->in6;
	memcpy(bytes, &in6, sizeof(in6));
	return sizeof(in6);
}
