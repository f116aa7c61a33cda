/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: AF_UNIX (unix(7)) of the types SOCK_STREAM, SOCK_SEQPACKET and SOCK_DGRAM.
 *
 * Files: unix.c (life, connections, shutdown), unix_io.c (sending and receiving), unix_name.c
 * (names), unix_file.c (sockets as files).
 */
#ifndef IPC_UNIX_H
#define IPC_UNIX_H

#include "fs/vfs.h"
#include "lib/list.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "uapi/socket.h"

/* A name, shared by the socket that is bound to it, those accepted from it and what it has sent. */
struct unix_address {
	refcount_t refs;
	u32 length;		 /* [I] bytes of name, its family included */
	struct sockaddr_un name; /* [I] */
};

/* Open files on their way in a message: SCM_RIGHTS. */
struct unix_rights {
	u32 count;
	struct file *file[SCM_MAX_FD]; /* a reference each */
};

/* What was sent and not received yet: one datagram, or a piece of a stream. */
struct unix_message {
	struct list_head link;	     /* [receiver's lock] */
	u32 size;		     /* [I] bytes of data */
	u32 done;		     /* [receiver's lock] of a stream's: those that were read */
	struct unix_rights *rights;  /* [receiver's lock] or NULL */
	struct unix_address *sender; /* [I] or NULL */
	u8 data[];
};

enum unix_state { UNIX_UNCONNECTED, UNIX_LISTENING, UNIX_CONNECTED };
enum unix_shutdown { UNIX_SHUT_RECEIVE = 1, UNIX_SHUT_SEND = 2, UNIX_SHUT_BOTH = 3 };

/* The peer of a stream or seqpacket socket is set once and referenced until the socket is closed,
 * so whoever has the socket open uses it without a lock. That of a datagram socket may change,
 * under its lock. */
struct unix_socket {
	refcount_t refs; /* [a] its file, its peers, its name, its listener's queue */
	u8 type;	 /* [I] SOCK_* */
	u8 state;	 /* [lock] enum unix_state */
	u32 shutdown;	 /* [a] enum unix_shutdown */
	bool closed;	 /* [lock] receives nothing any more */
	int error;	 /* [a] positive; told once: SO_ERROR, or the next receive */
	struct mutex
		lock; /* MUTEX_SOCKET; two: by address. Of the receiver, while a message is moved */
	struct unix_socket *peer;  /* see above */
	struct list_head messages; /* [lock] */
	u32 queued; /* [lock] bytes that messages take; waiters look at it without the lock */
	u32 limit;  /* [a] of queued */
	struct list_head pending;      /* [lock] listening: connections that wait for accept */
	struct list_head pending_link; /* [lock of the listener] */
	u32 pending_count, backlog;    /* [lock] */
	struct ucred owner;	       /* [lock] who listens or connected, for the other side */
	struct ucred peer_cred;	       /* [I once connected] SO_PEERCRED */
	struct unix_address *address;  /* [I once set] or NULL; unix_name.c's lock to set */
	struct inode *node;	       /* [names_lock] of a name in the file system, referenced */
	struct list_head name_link;    /* [names_lock] */
	struct wait_queue read_wait;   /* receivers, accepters, pollers */
	struct wait_queue room_wait;   /* those that send to this socket and find it full */
	struct wait_queue write_wait;  /* pollers that want to send from this socket */
};

/* What goes with the bytes of a send or receive. */
struct unix_transfer {
	u32 flags;		      /* MSG_* */
	struct unix_rights *rights;   /* to send: taken over on success. Received: the caller's */
	struct unix_address *address; /* to: NULL for the peer. From: with a reference, or NULL */
	u32 result_flags;	      /* received: MSG_TRUNC */
};

/* --- life and connections: unix.c --- */
/* A socket with one reference. NULL: no memory. */
struct unix_socket *unix_alloc(int type) must_check;
void unix_put(struct unix_socket *socket);
/* The end of a socket's file: the peer is told. Drops the file's reference. */
void unix_close(struct unix_socket *socket);
/* Connects two new sockets: socketpair(2). */
void unix_pair(struct unix_socket *a, struct unix_socket *b);
int unix_listen(struct unix_socket *socket, int backlog);
int unix_connect(struct unix_socket *socket, const struct unix_address *address, bool nonblocking);
/* The next connection, as a socket that has no file yet. ERR_PTR. */
struct unix_socket *unix_accept(struct unix_socket *socket, bool nonblocking) must_check;
int unix_shutdown(struct unix_socket *socket, int how);
/* The socket's peer with a reference, or NULL. */
struct unix_socket *unix_get_peer(struct unix_socket *socket);

/* --- sending and receiving: unix_io.c. Bytes, or -errno as send(2), recv(2) --- */
ssize_t unix_send(struct unix_socket *socket, struct uio *uio, struct unix_transfer *transfer);
ssize_t unix_receive(struct unix_socket *socket, struct uio *uio, struct unix_transfer *transfer);
void unix_message_free(struct unix_message *message);
void unix_rights_free(struct unix_rights *rights);
static inline bool unix_has_room(const struct unix_socket *socket)
{
	return READ_ONCE(socket->queued) < READ_ONCE(socket->limit);
}

/* --- names: unix_name.c --- */
/* From the bytes of a struct sockaddr_un: ERR_PTR(-EINVAL), (-ENOMEM). */
struct unix_address *unix_address_create(const struct sockaddr_un *name, size_t length) must_check;
struct unix_address *unix_address_get(struct unix_address *address);
void unix_address_put(struct unix_address *address); /* NULL is allowed */
int unix_bind(struct unix_socket *socket,
	      struct unix_address *address); /* takes a reference of its own */
void unix_unbind(struct unix_socket *socket);
/* The socket that is bound to the address, with a reference. ERR_PTR(-ECONNREFUSED) and as path
 * lookup. */
struct unix_socket *unix_find(const struct unix_address *address, int type) must_check;

/* --- files: unix_file.c --- */
extern const struct file_ops unix_file_ops;
/* An open file for the socket, whose reference it takes over on success. flags: O_NONBLOCK.
 * ERR_PTR. */
struct file *unix_file_create(struct unix_socket *socket, u32 flags) must_check;

#endif
