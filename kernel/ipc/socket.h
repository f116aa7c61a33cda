/* SPDX-License-Identifier: MIT */
/*
 * Local sockets of the types SOCK_STREAM, SOCK_SEQPACKET and SOCK_DGRAM, for every family whose
 * peers are on this machine; so far AF_UNIX (unix(7)).
 *
 * Files: socket.c (life, connections, shutdown), socket_io.c (sending and receiving), unix_name.c
 * (names), socket_file.c (sockets as files).
 */
#ifndef IPC_SOCKET_H
#define IPC_SOCKET_H

#include "fs/vfs.h"
#include "lib/list.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "uapi/socket.h"

/* A name, shared by the socket that is bound to it, those accepted from it and what it has sent. */
struct socket_address {
	refcount_t refs;
	u32 length;		 /* [I] bytes of name, its family included */
	struct sockaddr_un name; /* [I] */
};

/* Open files on their way in a message: SCM_RIGHTS. */
struct socket_rights {
	u32 count;
	struct file *file[SCM_MAX_FD]; /* a reference each */
};

/* What was sent and not received yet: one datagram, or a piece of a stream. */
struct socket_message {
	struct list_head link;	       /* [receiver's lock] */
	u32 size;		       /* [I] bytes of data */
	u32 done;		       /* [receiver's lock] of a stream's: those that were read */
	struct socket_rights *rights;  /* [receiver's lock] or NULL */
	struct socket_address *sender; /* [I] or NULL */
	u8 data[];
};

enum socket_state { SOCKET_UNCONNECTED, SOCKET_LISTENING, SOCKET_CONNECTED };
enum socket_shutdown { SOCKET_SHUT_RECEIVE = 1, SOCKET_SHUT_SEND = 2, SOCKET_SHUT_BOTH = 3 };

/* The peer of a stream or seqpacket socket is set once and referenced until the socket is closed,
 * so whoever has the socket open uses it without a lock. That of a datagram socket may change,
 * under its lock. */
struct socket {
	refcount_t refs; /* [a] its file, its peers, its name, its listener's queue */
	u8 type;	 /* [I] SOCK_* */
	u8 state;	 /* [lock] enum socket_state */
	u32 shutdown;	 /* [a] enum socket_shutdown */
	bool closed;	 /* [lock] receives nothing any more */
	int error;	 /* [a] positive; told once: SO_ERROR, or the next receive */
	struct mutex
		lock; /* MUTEX_SOCKET; two: by address. Of the receiver, while a message is moved */
	struct socket *peer;	   /* see above */
	struct list_head messages; /* [lock] */
	u32 queued; /* [lock] bytes that messages take; waiters look at it without the lock */
	u32 limit;  /* [a] of queued */
	struct list_head pending;	/* [lock] listening: connections that wait for accept */
	struct list_head pending_link;	/* [lock of the listener] */
	u32 pending_count, backlog;	/* [lock] */
	struct ucred owner;		/* [lock] who listens or connected, for the other side */
	struct ucred peer_cred;		/* [I once connected] SO_PEERCRED */
	struct socket_address *address; /* [I once set] or NULL; unix_name.c's lock to set */
	struct inode *node;		/* [names_lock] of a name in the file system, referenced */
	struct list_head name_link;	/* [names_lock] */
	struct wait_queue read_wait;	/* receivers, accepters, pollers */
	struct wait_queue room_wait;	/* those that send to this socket and find it full */
	struct wait_queue write_wait;	/* pollers that want to send from this socket */
};

/* What goes with the bytes of a send or receive. */
struct socket_transfer {
	u32 flags;			/* MSG_* */
	struct socket_rights *rights;	/* to send: taken over on success. Received: the caller's */
	struct socket_address *address; /* to: NULL for the peer. From: with a reference, or NULL */
	u32 result_flags;		/* received: MSG_TRUNC */
};

/* --- life and connections: socket.c --- */
/* A socket with one reference. NULL: no memory. */
struct socket *socket_alloc(int type) must_check;
void socket_put(struct socket *socket);
/* The end of a socket's file: the peer is told. Drops the file's reference. */
void socket_close(struct socket *socket);
/* Connects two new sockets: socketpair(2). */
void socket_pair(struct socket *a, struct socket *b);
int socket_listen(struct socket *socket, int backlog);
int socket_connect(struct socket *socket, const struct socket_address *address, bool nonblocking);
/* The next connection, as a socket that has no file yet. ERR_PTR. */
struct socket *socket_accept(struct socket *socket, bool nonblocking) must_check;
int socket_shutdown(struct socket *socket, int how);
/* The socket's peer with a reference, or NULL. */
struct socket *socket_get_peer(struct socket *socket);

/* --- sending and receiving: socket_io.c. Bytes, or -errno as send(2), recv(2) --- */
ssize_t socket_send(struct socket *socket, struct uio *uio, struct socket_transfer *transfer);
ssize_t socket_receive(struct socket *socket, struct uio *uio, struct socket_transfer *transfer);
void socket_message_free(struct socket_message *message);
void socket_rights_free(struct socket_rights *rights);
static inline bool socket_has_room(const struct socket *socket)
{
	return READ_ONCE(socket->queued) < READ_ONCE(socket->limit);
}

/* --- names: unix_name.c --- */
/* From the bytes of a struct sockaddr_un: ERR_PTR(-EINVAL), (-ENOMEM). */
struct socket_address *unix_address_create(const struct sockaddr_un *name,
					   size_t length) must_check;
struct socket_address *socket_address_get(struct socket_address *address);
void socket_address_put(struct socket_address *address); /* NULL is allowed */
int socket_bind(struct socket *socket,
		struct socket_address *address); /* takes a reference of its own */
void socket_unbind(struct socket *socket);
/* The socket that is bound to the address, with a reference. ERR_PTR(-ECONNREFUSED) and as path
 * lookup. */
struct socket *unix_find(const struct socket_address *address, int type) must_check;

/* --- files: socket_file.c --- */
extern const struct file_ops socket_file_ops;
/* An open file for the socket, whose reference it takes over on success. flags: O_NONBLOCK.
 * ERR_PTR. */
struct file *socket_file_create(struct socket *socket, u32 flags) must_check;

#endif
