/* SPDX-License-Identifier: MIT */
/*
 * The internet families, as far as they lead to this machine.
 *
 * Names of both families are kept as struct sockaddr_in6; an IPv4 address is the IPv6 address that
 * stands for it (::ffff:a.b.c.d, RFC 4291, 2.5.5.2). So a socket of either family meets one of the
 * other. SOCK_STREAM is what TCP is to its users, SOCK_DGRAM what UDP is; each has ports of its
 * own.
 */
#ifndef IPC_INET_H
#define IPC_INET_H

#include "ipc/socket.h"

/* What an internet socket has besides. */
struct inet_state {
	struct socket_address *remote;	 /* [ports_lock] a datagram socket's connect(2), or NULL */
	struct socket_address *replaced; /* [ports_lock] wildcard name before connect(2), or NULL */
	uid_t owner;			 /* [I] SO_REUSEPORT shares among a user's own */
	bool v6_only;			 /* [a] IPV6_V6ONLY */
	u32 wishes;  /* [a] what a receiver wants told: bits of inet_packet.c's table */
	int value[]; /* [a] by the index in inet_option.c's table */
};

static inline bool inet_is_stream(const struct socket *socket)
{
	return socket->type == SOCK_STREAM;
}

/* --- names: inet_name.c --- */
/* socket_family.parse and .show (ipc/socket.h) of the two families. */
struct socket_address *inet4_parse(const void *bytes, size_t length) must_check;
struct socket_address *inet6_parse(const void *bytes, size_t length) must_check;
u32 inet4_show(const struct socket_address *address, void *bytes);
u32 inet6_show(const struct socket_address *address, void *bytes);
/* A name of an address (16 bytes) and a port (big-endian), with one reference. NULL: no memory. */
struct socket_address *inet_name(const u8 *address, u16 port) must_check;
bool inet_is_wildcard(const struct socket_address *name);
bool inet_is_loopback(const struct socket_address *name);
bool inet_is_v4(const struct socket_address *name);
bool inet_same_address(const struct socket_address *a, const struct socket_address *b);
/* Where something sent to the name arrives: the name, or for a wildcard the loopback address, with
 * a reference. ERR_PTR(-ENETUNREACH) when not on this machine, (-ENOMEM). */
struct socket_address *inet_destination(struct socket_address *to) must_check;
/* The family's wildcard with port 0. */
struct socket_address *inet_wildcard(const struct socket *socket) must_check;

/* --- ports: inet_port.c --- */
void inet_init(void);
/* socket_family.bind and .unbind. */
int inet_bind(struct socket *socket, struct socket_address *address);
void inet_unbind(struct socket *socket);
/* Binds the socket to the address with a free port, unless it is bound; a wildcard becomes that
 * address. 0, -ENOMEM, -EAGAIN when there is no free port. */
int inet_autobind(struct socket *socket, struct socket_address *address) must_check;
/* Who listens, or takes datagrams from the socket, at that name. ERR_PTR(-ECONNREFUSED). */
struct socket *inet_lookup(struct socket *from, const struct socket_address *to) must_check;
/* Sets (NULL: takes away) a datagram socket's remote name, whose reference is taken over. */
void inet_set_remote(struct socket *socket, struct socket_address *remote);
/* The remote name with a reference, or NULL. */
struct socket_address *inet_get_remote(struct socket *socket);

/* --- options: inet_option.c --- */
/* socket_family.init, .get_option and .set_option. */
int inet_state_init(struct socket *socket, const struct socket *from);
int inet_get_option(struct socket *socket, int level, int name, void *value);
int inet_set_option(struct socket *socket, int level, int name, const void *value, u32 size);

/* The value of an option that is but kept. */
int inet_kept_value(const struct socket *socket, int level, int name);

/* --- what datagrams tell besides: inet_packet.c --- */
/* The option was set, which may be one of those by which a receiver asks. */
void inet_note_wish(struct socket *socket, int level, int option, bool on);
/* struct socket_family's sign, take_control and tell. */
void inet_sign(struct inet_packet *packet, struct socket *socket, const struct socket *target,
	       const struct socket_transfer *transfer);
int inet_take_control(const struct socket *socket, struct socket_transfer *transfer, int level,
		      int type, const void *value, size_t size);
int inet_tell(const struct socket *socket, const struct inet_packet *packet, unsigned int index,
	      struct cmsghdr *message, void *value);
/* Where a datagram goes, with a reference. ERR_PTR(-EDESTADDRREQ), and as inet_destination(). */
struct socket_address *inet_datagram_destination(struct socket *socket,
						 const struct socket_transfer *transfer) must_check;

#endif
