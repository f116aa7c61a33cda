/* SPDX-License-Identifier: MIT */
/*
 * System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2).
 */
#ifndef IPC_SYSV_MSG_H
#define IPC_SYSV_MSG_H

#include "ipc/handover.h"
#include "ipc/sysv.h"
#include "task/pid_ns.h"

struct message {
	struct list_head link; /* [queue's lock] */
	s64 type;	       /* [I] > 0 */
	size_t size;	       /* [I] bytes of data */
	u8 data[];
};

/* A message without content; NULL: no memory. kfree() frees it. */
struct message *message_alloc(s64 type, size_t size) must_check;

int msg_get(key_t key, int flags); /* msgget(2) */
/* Takes the message over when it succeeds (0). */
int msg_send(int id, struct message *message, int flags);
/* The first message that type and flags choose, which is the caller's then; with MSG_COPY the one
 * at position `type`, a copy. room: bytes that the receiver takes. ERR_PTR. */
struct message *msg_receive(int id, s64 type, size_t room, int flags) must_check;

/* msgctl(2), each with its rights and errors. */
int msg_remove(int id);
int msg_set(int id, const struct ipc64_perm *perm, u64 limit);
/* command: IPC_STAT, MSG_STAT, MSG_STAT_ANY. Returns 0, or the identifier for an index. */
int msg_stat(int id, int command, struct msqid64_ds *stat);
int msg_info(int command, struct msginfo *info);

/* --- /proc/sysvipc/msg --- */

/* The queue with the least index >= *index, which is stored back; false: none. */
bool msg_next(u64 *index, struct msqid64_ds *stat);

/* --- inside: sysv_msg.c and sysv_msgctl.c --- */

struct msg_queue {
	struct sysv_object object;
	s64 stime, rtime, ctime;      /* [lock] */
	struct pid_note lspid, lrpid; /* [lock] */
	u64 bytes, count;	      /* [lock] of messages */
	u64 limit;		      /* [lock] of bytes, and of messages */
	struct list_head messages;    /* [lock] */
	struct list_head receivers;   /* [lock] struct msg_receiver */
	struct list_head senders;     /* [lock] struct msg_sender */
};

extern const struct sysv_kind msg_kind;

static inline struct msg_queue *msg_queue_of(struct sysv_object *object)
{
	return (struct msg_queue *)object; /* its first member */
}

/* The queue of an identifier, with its lock held. ERR_PTR(-EINVAL). */
static inline struct msg_queue *msg_queue_lock(int id)
{
	return msg_queue_of(sysv_lock(&current_ipc()->msg, id));
}

static inline void msg_queue_unlock(struct msg_queue *queue)
{
	sysv_unlock(&queue->object);
}

/* Frees a queue that is in no table. */
void msg_queue_destroy(struct sysv_object *object);
/* Counts messages of a size into the queue, or out of it. Its lock is held, or it is gone. */
void msg_account(struct msg_queue *queue, s64 count, size_t size);

#endif
