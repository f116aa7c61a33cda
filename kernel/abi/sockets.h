/* SPDX-License-Identifier: MIT */
/* What the system calls of sockets share: sys_socket.c, sys_message.c, sys_mmsg.c, socket_peer.c,
 * control_message.c. */
#ifndef ABI_SOCKETS_H
#define ABI_SOCKETS_H

#include "fs/fdtable.h"
#include "ipc/socket.h"

/* The socket of a descriptor, to be given back by fdput(*fd). ERR_PTR(-EBADF), (-ENOTSOCK). */
struct socket *socket_of(long number, struct fd *fd) must_check;
/* A name of the socket's family from user memory, with a reference. ERR_PTR(-EINVAL), (-EFAULT),
 * (-ENOMEM), and what the family says. */
struct socket_address *address_from_user(const struct socket *socket, uaddr_t from,
					 long length) must_check;
/* A name (NULL: the empty one), as the socket's family shows it, to user memory, cut to the length
 * at length_at, which gets its full length. 0, -EFAULT, -EINVAL. */
int address_to_user(const struct socket *socket, const struct socket_address *address, uaddr_t to,
		    uaddr_t length_at) must_check;

/* Options of getsockopt(2) that tell of the peer by more than a value: SO_PEERGROUPS, SO_PEERPIDFD.
 * socket_peer.c */
long get_peer_groups(const struct socket *socket, uaddr_t to, uaddr_t length_at);
long get_peer_pidfd(const struct socket *socket, uaddr_t to, uaddr_t length_at);
/* A descriptor for who that is, for which *file is to be installed, or a negative number that is
 * told in its place, and *file NULL. */
int pidfd_for_user(const struct socket_identity *identity, struct file **file);

/* sendmsg(2), recvmsg(2) on a socket with the header at message. sys_message.c */
long message_send_user(struct socket *socket, const struct file *file, uaddr_t message, u32 flags);
long message_receive_user(struct socket *socket, const struct file *file, uaddr_t message,
			  u32 flags);

/* --- control_message.c --- */

/* Takes over what a message's header says that goes besides its bytes. 0, or -errno; the rights are
 * the caller's to free, also then. May sleep. */
int control_get(const struct socket *socket, struct socket_transfer *transfer,
		const struct msghdr *header) must_check;
/* Writes what came besides the bytes; sets the header's flags and control length. 0, -EFAULT. May
 * sleep. */
int control_put(const struct socket *socket, struct msghdr *header,
		const struct socket_transfer *transfer) must_check;

#endif
