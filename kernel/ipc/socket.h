/* SPDX-License-Identifier: MIT */
/*
 * Local sockets of the types SOCK_STREAM, SOCK_SEQPACKET and SOCK_DGRAM: what two programs on this
 * machine say to each other. AF_UNIX is that only (unix(7)); of AF_INET and AF_INET6 it is what
 * goes to the loopback addresses (ip(7), tcp(7), udp(7)), where no packet needs to be made;
 * AF_NETLINK is what programs and the kernel say to each other (netlink.h).
 *
 * Files: socket.c (life, shutdown), socket_connect.c, socket_line.c, socket_list.c, socket_io.c
 * (sending), socket_receive.c, socket_option.c, socket_file.c (sockets as files); unix_name.c,
 * unix_flight.c, and inet.c, inet_name.c, inet_port.c, inet_option.c are what a family does in its
 * own way.
 */
#ifndef IPC_SOCKET_H
#define IPC_SOCKET_H

#include "fs/vfs.h"
#include "ipc/unix_flight.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "task/pid_ns.h"
#include "uapi/inet.h"
#include "uapi/netlink.h"
#include "uapi/socket.h"

struct socket;
struct socket_transfer;

/* A name, shared by the socket that is bound to it, those accepted from it and what it has sent. */
struct socket_address {
	refcount_t refs;
	u32 length; /* [I] bytes of the name, its family included */
	union {	    /* [I] */
		struct sockaddr_un un;
		struct sockaddr_in6 in6; /* of both internet families: inet.h */
		struct sockaddr_nl nl;
	};
};

enum { SOCKET_NAME_MAX = sizeof(struct sockaddr_un) }; /* the largest, as user space sees it */

/* What IP would say of a datagram, if its receiver wants it told: ipc/inet_packet.c. */
struct inet_packet {
	u8 hop_limit; /* 0: the usual one */
	u8 traffic_class;
	u8 to4[4]; /* the IPv4 address that it was sent to; 0: it was ::1 */
};

/* What a family of addresses does in its own way. All may sleep, without locks. */
struct socket_family {
	u16 number; /* AF_* */

	/* Where families differ in what they say of the same mistake: negative errnos. */
	int send_unconnected, receive_unconnected, connect_listening, shutdown_unconnected;
	/* The peer of one that receives no more cannot send any more either. */
	bool tells_receive_end;
	/* connect(2) that may not wait says EINPROGRESS, and only later how it ended. */
	bool connects_later;
	bool has_raw;	   /* SOCK_RAW is another type, though the same, than SOCK_DGRAM */
	bool passes_files; /* SCM_RIGHTS, SCM_CREDENTIALS; others overlook them */
	bool lossy;	   /* a datagram that finds no room is lost, its sender does not wait */
	u32 datagram_max;  /* bytes; 0: what the sender's buffer takes */
	u8 stream_protocol, datagram_protocol; /* IPPROTO_*: SO_PROTOCOL */

	/* 0: there is such a type with such a protocol (0: its own). -errno as socket(2). */
	int (*check)(int type, int protocol);
	/* What a new socket has besides; from: the listener it comes from, or NULL. 0, -ENOMEM. */
	int (*init)(struct socket *socket, const struct socket *from);
	/* A name from the bytes of a struct sockaddr. ERR_PTR. */
	struct socket_address *(*parse)(const void *bytes, size_t length);
	/* The struct sockaddr of a name (NULL: of none) as such a socket is shown it; its length.
	 */
	u32 (*show)(const struct socket_address *address, void *bytes);
	int (*bind)(struct socket *socket, struct socket_address *address);
	void (*unbind)(struct socket *socket);
	/* Sees to it that the socket has a name, if it needs one to listen (to: NULL), or to
	 * connect to that name. */
	int (*prepare)(struct socket *socket, struct socket_address *to);
	/* Who takes connections or datagrams to that name, with a reference. ERR_PTR. */
	struct socket *(*find)(struct socket *socket, struct socket_address *to);
	/* The name of the server's end of a new connection, with a reference. */
	struct socket_address *(*server_name)(const struct socket *listener,
					      struct socket_address *to);
	/* Datagrams: the usual receiver (NULL: none any more); the receiver of one, with a
	 * reference (NULL: it is lost), and whose name it bears, with a reference or NULL. */
	int (*connect_datagram)(struct socket *socket, struct socket_address *to);
	struct socket *(*datagram_target)(struct socket *socket,
					  const struct socket_transfer *transfer);
	struct socket_address *(*sender)(struct socket *socket,
					 const struct socket_transfer *transfer);
	/* Control messages of datagrams, all or none: notes with a message what its receiver wants
	 * told; takes one of the sender's, 0 or -EINVAL; fills in the index'th for the receiver:
	 * the size of its value, 0 for none, -ENOENT at the end. */
	void (*sign)(struct inet_packet *packet, struct socket *socket, const struct socket *target,
		     const struct socket_transfer *transfer);
	int (*take_control)(const struct socket *socket, struct socket_transfer *transfer,
			    int level, int type, const void *value, size_t size);
	int (*tell)(const struct socket *socket, const struct inet_packet *packet,
		    unsigned int index, struct cmsghdr *message, void *value);
	/* All of send(2), where there is nobody to send to but the kernel. NULL: as socket.h's. */
	ssize_t (*send)(struct socket *socket, struct uio *uio, struct socket_transfer *transfer);
	/* getpeername(2), with a reference; NULL: the empty name. ERR_PTR(-ENOTCONN). */
	struct socket_address *(*peer_name)(struct socket *socket);
	/* Options of other levels than SOL_SOCKET; as socket_get_option(), socket_set_option(). */
	int (*get_option)(struct socket *socket, int level, int name, void *value);
	int (*set_option)(struct socket *socket, int level, int name, const void *value, u32 size);
};
enum { OPTION_VALUE_MAX = 256, CONTROL_VALUE_MAX = 32 };

extern const struct socket_family unix_family, inet_family, inet6_family;
extern const struct socket_family netlink_route_family, netlink_diag_family;

/* Who sends, listens or connects, as the other side may be told. */
struct socket_identity {
	struct pid_note pid; /* of the process; id 0: nobody */
	uid_t uid;
	gid_t gid;
	nsec_t start_time; /* of the process; 0: it is not known */
};

/* What was sent and not received yet: one datagram, or a piece of a stream. */
struct socket_message {
	struct list_head link;	       /* [receiver's lock] */
	u32 size;		       /* [I] bytes of data */
	u32 done;		       /* [receiver's lock] of a stream's: those that were read */
	bool urgent;		       /* [receiver's lock] the one byte that MSG_OOB set apart */
	bool urgent_read;	       /* [receiver's lock] it was received by MSG_OOB */
	struct inet_packet packet;     /* [I] datagrams of the internet families */
	struct socket_rights *rights;  /* [receiver's lock] or NULL */
	struct socket_address *sender; /* [I] or NULL */
	struct socket_identity from;   /* [I] if either side wants it told (SO_PASSCRED) */
	u8 data[];
};

enum socket_state { SOCKET_UNCONNECTED, SOCKET_LISTENING, SOCKET_CONNECTING, SOCKET_CONNECTED };
enum socket_shutdown { SOCKET_SHUT_RECEIVE = 1, SOCKET_SHUT_SEND = 2, SOCKET_SHUT_BOTH = 3 };

/* Options that a socket has whatever its family: socket_option.c. All [a]. */
struct socket_options {
	u64 switches; /* 1 << SO_*: those that are on */
	int priority, receive_low;
	int linger[2];			      /* on, seconds. Kept, not used */
	nsec_t receive_timeout, send_timeout; /* 0: no limit, -1: never wait */
};

/* Who listens or connects, as the other side is told. */
struct socket_party {
	struct socket_identity identity;
	struct cred *cred; /* with a reference; NULL: nobody's */
};

/* The peer of a stream or seqpacket socket is set once and referenced until the socket is closed,
 * so whoever has the socket open uses it without a lock. That of a datagram socket may change,
 * under its lock. */
struct socket {
	const struct socket_family *family; /* [I] */
	refcount_t refs; /* [a] its file, its peers, its name, its listener's queue */
	u8 type;	 /* [I] SOCK_* */
	bool raw;	 /* [I] SO_TYPE says SOCK_RAW */
	u8 state;	 /* [lock] enum socket_state */
	u32 shutdown;	 /* [a] enum socket_shutdown */
	bool closed;	 /* [lock] receives nothing any more */
	bool pass_cred;	 /* [a] SO_PASSCRED */
	bool pass_pidfd; /* [a] SO_PASSPIDFD */
	u32 connecting;	 /* [a] connect(2) is to be asked once more how it ended */
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
	struct list_head line;		/* [lock] listening: those that wait to be pending */
	u32 line_count;			/* [lock] */
	struct socket *awaited;		/* [lock] SOCKET_CONNECTING: the listener, referenced */
	struct socket_party owner;	/* [lock] AF_UNIX: who listens */
	struct socket_party peer_party; /* [I once connected] AF_UNIX: SO_PEERCRED and its like */
	u64 ino;			/* [a] of its file's inode; 0: it has had no file yet */
	struct list_head list_link;	/* [its list's lock] of all sockets: socket_list.c */
	struct file *file;		/* [lock] the open file; NULL: none yet, or closed */
	struct socket_message *urgent;	/* [lock] in messages: the newest of MSG_OOB, or NULL */
	bool urgent_inline;		/* [a] SO_OOBINLINE */
	struct socket_options options;
	struct socket_address *address; /* [I once set] or NULL; its family's lock to set */
	struct list_head name_link;	/* [family's lock] of those that are bound */
	struct inode *node;   /* [names_lock] AF_UNIX: of a name in the file system, referenced */
	u32 netlink_switches; /* [a] AF_NETLINK: 1 << NETLINK_*, those that are on */
	struct socket_flight flight;  /* AF_UNIX: its part in SCM_RIGHTS */
	struct inet_state *inet;      /* [I] the internet families': ipc/inet.h */
	struct wait_queue read_wait;  /* receivers, accepters, pollers */
	struct wait_queue room_wait;  /* those that send to this socket and find it full */
	struct wait_queue write_wait; /* pollers that want to send from this socket */
};

/* What goes with the bytes of a send or receive. */
struct socket_transfer {
	u32 flags;			/* MSG_* */
	struct socket_rights *rights;	/* to send: taken over on success. Received: the caller's */
	struct socket_address *address; /* to: NULL for the peer. From: with a reference, or NULL */
	u32 result_flags;		/* received: MSG_TRUNC */
	bool has_cred;			/* to send: from was given. Received: it was wanted */
	struct socket_identity from;	/* if has_cred or has_pidfd: with a reference */
	struct inet_packet packet;	/* to send: what is given of it. Received */
	u8 given;			/* to send: inet_packet.c */
	bool has_pidfd;			/* received: a descriptor of who sent it was wanted */
};

/* --- life: socket.c --- */
/* A socket with one reference. NULL: no memory. */
struct socket *socket_alloc(const struct socket_family *family, int type,
			    const struct socket *from) must_check;
void socket_put(struct socket *socket);
/* The end of a socket's file: the peer is told. Drops the file's reference. */
void socket_close(struct socket *socket);
/* Drops all that waits in its queues, for good. */
void socket_empty(struct socket *socket);
int socket_shutdown(struct socket *socket, int how);
void socket_party_put(const struct socket_party *party);
/* The socket's peer with a reference, or NULL. */
struct socket *socket_get_peer(struct socket *socket);
/* What the peer is bound to, with a reference, or NULL; ERR_PTR(-ENOTCONN). */
struct socket_address *socket_peer_name(struct socket *socket);

static inline struct socket *socket_ref(struct socket *socket)
{
	refcount_inc(&socket->refs);
	return socket;
}
static inline bool socket_is_connection_type(const struct socket *socket)
{
	return socket->type != SOCK_DGRAM;
}
/* Wakes all who wait for anything of the socket. */
void socket_wake(struct socket *socket);

/* --- connections: socket_connect.c --- */
/* Connects two new sockets: socketpair(2). */
void socket_pair(struct socket *a, struct socket *b);
int socket_listen(struct socket *socket, int backlog);
int socket_connect(struct socket *socket, struct socket_address *address, bool nonblocking);
/* The next connection, as a socket that has no file yet. ERR_PTR. */
struct socket *socket_accept(struct socket *socket, bool nonblocking) must_check;
/* Fills the place that was reserved in a listener's queue; its reference is taken over. */
void socket_enter_backlog(struct socket *listener, struct socket *server);
/* Who current is, without a reference. */
struct socket_identity current_identity(void);

/* --- waiting for a place in a listener's queue: socket_line.c --- */
/* The client waits in line with that server's end. 0, -EALREADY, -EISCONN, -ECONNREFUSED; but for 0
 * the end stays the caller's. */
int line_enter(struct socket *client, struct socket *listener, struct socket *server) must_check;
/* There may be room in the queue: those who are first in line are connected. */
void line_admit(struct socket *listener);
void line_leave(struct socket *client);	  /* a client closes */
void line_refuse(struct list_head *line); /* a listener closes, this was its line */
/* Until the client waits in line no more, or the time is over: 0, -EAGAIN, -ERESTARTSYS. */
int line_wait(struct socket *client, nsec_t expires) must_check;

/* Gives back what came besides the bytes. */
void socket_transfer_put(const struct socket_transfer *transfer);
/* --- sending and receiving. Bytes, or -errno as send(2), recv(2) --- */
ssize_t socket_send(struct socket *socket, struct uio *uio, struct socket_transfer *transfer);
ssize_t socket_receive(struct socket *socket, struct uio *uio, struct socket_transfer *transfer);
/* Puts a message of the kernel's with that sender into a datagram socket's queue. 0, -EAGAIN (it is
 * full), -ECONNREFUSED, -ENOMEM. */
int socket_deliver(struct socket *target, const void *bytes, size_t size,
		   struct socket_address *sender) must_check;
void socket_message_free(struct socket_message *message);
static inline u32 socket_message_cost(const struct socket_message *message)
{
	return message->size + (u32)sizeof(*message);
}
/* Something to receive, besides an urgent byte that stands aside. */
static inline bool socket_has_data(const struct socket *socket)
{
	if (list_empty(&socket->messages))
		return false;
	return !READ_ONCE(socket->urgent) || READ_ONCE(socket->urgent_inline) ||
	       READ_ONCE(socket->queued) > sizeof(struct socket_message) + 1;
}
static inline bool socket_has_room(const struct socket *socket)
{
	return READ_ONCE(socket->queued) < READ_ONCE(socket->limit);
}

/* --- waiting for as long as the options allow --- */
/* The end of a wait that begins now. */
static inline nsec_t socket_deadline(nsec_t timeout, bool nonblocking)
{
	if (likely(!nonblocking && !timeout))
		return NSEC_NEVER;
	return nonblocking || timeout < 0 ? 0 : clock_monotonic() + timeout;
}
static inline bool socket_wait_over(nsec_t expires)
{
	return expires != NSEC_NEVER && (!expires || clock_monotonic() >= expires);
}
/* Sleeps until the condition holds or the time is over, which the caller tells apart: 0. When a
 * signal came first -ERESTARTSYS, or -EINTR if there is a limit. prepare: waitq_prepare, or
 * waitq_prepare_exclusive. */
#define socket_wait(queue, condition, expires, prepare)                                            \
	((condition) ? 0                                                                           \
		     : socket_wait_result(                                                         \
			       WAIT_LOOP(queue, (condition) || socket_wait_over(expires),          \
					 TASK_INTERRUPTIBLE, prepare, current_signal_pending(),    \
					 schedule_timeout_until(expires)),                         \
			       expires))
static inline int socket_wait_result(long result, nsec_t expires)
{
	return result && expires != NSEC_NEVER ? -EINTR : (int)result;
}

/* --- options: socket_option.c --- */
static inline bool socket_switch(const struct socket *socket, int name)
{
	return READ_ONCE(socket->options.switches) >> name & 1;
}
/* An option of level SOL_SOCKET. Its size in value, which has room for OPTION_VALUE_MAX bytes;
 * -ENOPROTOOPT. */
int socket_get_option(struct socket *socket, int name, void *value);
/* 0, -ENOPROTOOPT, -EINVAL (too short), and what setsockopt(2) says of the value. */
int socket_set_option(struct socket *socket, int name, const void *value, u32 size);

/* --- all sockets, for /proc/net: socket_list.c --- */
/* From a socket's making to its end. Take a spinlock. */
void socket_list_add(struct socket *socket);
void socket_list_remove(struct socket *socket);
/* The sockets of a family (NULL: of all) that have a file, with a reference each: *count of them.
 * Give them back by sockets_put(). NULL: no memory. */
struct socket **sockets_get(const struct socket_family *family, size_t *count) must_check;
void sockets_put(struct socket **sockets, size_t count);
void sockets_init(void);

/* --- names --- */
static inline struct socket_address *socket_address_get(struct socket_address *address)
{
	refcount_inc(&address->refs);
	return address;
}
void socket_address_put(struct socket_address *address); /* NULL is allowed */

/* --- files: socket_file.c --- */
extern const struct file_ops socket_file_ops;
/* An open file for the socket, whose reference it takes over on success. flags: O_NONBLOCK.
 * ERR_PTR. */
struct file *socket_file_create(struct socket *socket, u32 flags) must_check;

#endif
