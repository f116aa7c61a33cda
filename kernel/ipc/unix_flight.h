/* SPDX-License-Identifier: MIT */
/*
 * Open files on their way in messages of local sockets (unix(7), SCM_RIGHTS): how many, and
 * sockets that are referenced from messages only.
 */
#ifndef IPC_UNIX_FLIGHT_H
#define IPC_UNIX_FLIGHT_H

#include "lib/list.h"
#include "lib/types.h"
#include "uapi/socket.h"

struct file;
struct socket;
struct user_counts;

/* Open files in a message. */
struct socket_rights {
	u32 count;
	u32 sockets;		  /* [I once in flight] local sockets among them */
	struct socket *holder;	  /* [flight_lock] in whose queue the message is; NULL: in none */
	struct user_counts *user; /* [receiver's lock] who sent it, with a reference; or NULL */
	struct list_head link;	  /* [flight_lock] in parcels, if there are sockets */
	struct list_head scan;	  /* [flight_lock] during a search, in its keeper's scan */
	struct file *file[SCM_MAX_FD]; /* a reference each */
};

/* What a socket has to do with messages that carry sockets. */
struct socket_flight {
	u32 references;		  /* [flight_lock] to its file in messages; looked at without it */
	u32 parcels;		  /* [flight_lock] such messages in its queue; the same */
	struct file *file;	  /* [flight_lock] its file, while there are references */
	struct socket *keeper;	  /* [a] the listener in whose queue it waits, or NULL */
	struct list_head link;	  /* [flight_lock] in flying, while there are references */
	struct list_head scan;	  /* [flight_lock] during a search: parcels that it keeps */
	struct list_head todo;	  /* [flight_lock] during a search: reached, its parcels not yet */
	struct list_head garbage; /* who found it: it and others */
	bool reached;		  /* [flight_lock] during a search */
};

/* Dead messages of a call that is just freeing some: what closing one of their files frees joins
 * them, so that a chain of sockets in sockets is not as deep a chain of calls. On the stack of who
 * began; task_struct.burial. */
struct socket_burial {
	struct list_head messages;
	const struct file *closing; /* its last descriptor goes: one of its references is that */
	bool search;		    /* there may be garbage */
};

/* A new socket: nothing of it is in flight. */
void flight_init(struct socket *socket);
/* May current send some more? Else -ETOOMANYREFS, as beyond RLIMIT_NOFILE. No locks held. */
int flight_may_send(void) must_check;
/* They enter the holder's queue, whose lock is held. */
void flight_enter(struct socket_rights *rights, struct socket *holder);
/* They leave the queue that they are in, whose lock is held; the files are the caller's. */
void flight_leave(struct socket_rights *rights);
/* A copy for who looks at a message without taking it; NULL: no memory. Its lock is held. */
struct socket_rights *flight_copy(struct socket_rights *rights) must_check;
/* A descriptor of a socket's file is being closed, the file is not yet. No locks held. */
void flight_descriptor_closed(const struct file *file);
/* A listener closes: connections that it keeps are its no more. No locks held. */
void flight_keeper_closed(struct list_head *pending);
/* Frees messages that are in no queue any more, and looks for garbage where they were the last
 * that lead to a socket. No locks held. */
void flight_bury(struct list_head *messages);
/* Closes the files and frees the rights; NULL is allowed. No locks held. */
void socket_rights_free(struct socket_rights *rights);

#endif
