/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues (mq_overview(7)): mqueue.c, the queue itself and as an open file; their
 * names are those of a file system, fs/mqueuefs.c; calls in abi/sys_mqueue.c.
 */
#ifndef IPC_MQUEUE_H
#define IPC_MQUEUE_H

#include "fs/vfs.h"
#include "lib/rbtree.h"
#include "uapi/sigevent.h"

struct mqueue;

enum {
	MQ_PRIO_MAX = 32768,
	MQ_MESSAGES_HARD = 65536, /* what not even the privileged may exceed */
	MQ_SIZE_HARD = 16 * 1024 * 1024,
};

struct mq_attr { /* mq_getattr(3) */
	s64 flags, max_messages, message_size, messages;
	s64 reserved[4];
};

struct mq_message {
	struct rb_node node; /* [queue's lock] by priority, then in order of arrival */
	u32 priority;	     /* [I] */
	size_t size;	     /* [I] */
	u8 data[];
};

/* --- limits: /proc/sys/fs/mqueue --- */

struct mq_limits {
	u32 queues;			    /* [a] that there are */
	u32 queues_max;			    /* [a] */
	u32 messages_max, messages_default; /* [a] of a queue */
	u32 size_max, size_default;	    /* [a] of a message */
};
extern struct mq_limits mq_limits;

/* --- life --- */

/* A queue with those attributes, or, with NULL, the default ones; checked against the limits and
 * charged to current's user. ERR_PTR(-ENOSPC, -EINVAL, -EMFILE, -ENOMEM). */
struct mqueue *mqueue_create(const struct mq_attr *attr) must_check;
void mqueue_destroy(struct mqueue *queue); /* nobody uses it */

/* --- as a file; inode->private is the queue --- */

extern const struct file_ops mqueue_file_ops;

/* The queue of an open file; NULL: it is none. */
struct mqueue *mqueue_of(const struct file *file);

/* mq_timedsend(2): takes the message over on success. expires: monotonic clock. 0 or -errno. */
int mqueue_send(struct mqueue *queue, struct mq_message *message, nsec_t expires, bool wait);
/* mq_timedreceive(2): the first message of the highest priority. ERR_PTR. */
struct mq_message *mqueue_receive(struct mqueue *queue, nsec_t expires, bool wait) must_check;
s64 mqueue_message_size(const struct mqueue *queue); /* what a receiver needs room for */
void mqueue_get_attr(struct mqueue *queue, struct mq_attr *attr);

/* mq_notify(2): how a process is to be told of a message. */
enum { MQ_COOKIE_SIZE = 32 };
struct mq_notification {
	pid_t owner; /* who; 0: nobody */
	struct sigevent event;
	struct file *socket;	   /* SIGEV_THREAD: of AF_NETLINK, with a reference */
	u8 cookie[MQ_COOKIE_SIZE]; /* what it gets, with the reason in the last byte */
};
/* Registers current's process, and takes the reference over; NULL ends its registration. 0 or
 * -EBUSY. */
int mqueue_notify(struct mqueue *queue, const struct mq_notification *notification) must_check;

/* --- names: fs/mqueuefs.c --- */

/* mq_open(2), mq_unlink(2): name without its first slash. */
struct file *mqueue_open(const char *name, u32 flags, umode_t mode,
			 const struct mq_attr *attr) must_check;
int mqueue_unlink(const char *name);
void mqueuefs_init(void);

#endif
