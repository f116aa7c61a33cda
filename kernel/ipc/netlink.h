/* SPDX-License-Identifier: MIT */
/*
 * AF_NETLINK (netlink(7)): messages between a program and the kernel, and rtnetlink(7), which tells
 * of interfaces, addresses and routes.
 *
 * Files: netlink.c (names, requests, answers), netlink_route.c. A request is answered within the
 * call that sends it: all that there is to say lies in the socket's queue when that returns.
 */
#ifndef IPC_NETLINK_H
#define IPC_NETLINK_H

#include "fs/text.h"
#include "ipc/socket.h"
#include "uapi/netlink.h"

/* A request in kernel memory, and the datagram that answers it, as far as it is written. */
struct netlink_request {
	const struct nlmsghdr *header; /* [I] whole, header->length bytes */
	u32 port;		       /* [I] of who asks */
	struct text reply;
};

static inline const void *netlink_payload(const struct netlink_request *request)
{
	return request->header + 1;
}
static inline size_t netlink_payload_size(const struct netlink_request *request)
{
	return request->header->length - sizeof(*request->header);
}
static inline bool netlink_is_dump(const struct netlink_request *request)
{
	return (request->header->flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/* Begins a message of the reply with a header of its type's own; the place that netlink_end()
 * wants. */
size_t netlink_begin(struct netlink_request *request, u16 type, const void *body, size_t size);
void netlink_put(struct netlink_request *request, u16 type, const void *value, size_t size);
void netlink_put32(struct netlink_request *request, u16 type, u32 value);
void netlink_put_string(struct netlink_request *request, u16 type, const char *value);
void netlink_end(struct netlink_request *request, size_t place);

/* Answers a request of NETLINK_ROUTE by writing the reply: 0, or the -errno that is told. */
int netlink_route_answer(struct netlink_request *request) must_check;

/* Puts a datagram from the kernel into the socket's queue. 0, or -ENOBUFS, -ENOMEM. Sleeps. */
int netlink_deliver(struct socket *socket, const void *bytes, size_t size) must_check;
/* The socket of a descriptor's file, if it is one of this family; or NULL. */
struct socket *netlink_socket_of(const struct file *file);

#endif
