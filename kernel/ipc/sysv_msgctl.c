/* SPDX-License-Identifier: MIT */
/*
 * msgctl(2): looking at a System V message queue, changing its owner and limit, removing it.
 *
 * Who waits at a queue that is changed looks at it anew, as its rights and the room in it may be
 * others now; at one that is removed, it learns that.
 *
 * Locks: those of sysv.h. Tested by tests/guest/sysvmsg.c.
 */
#include "ipc/sysv_msg.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

static void free_messages(struct msg_queue *queue)
{
	struct message *message, *next;

	list_for_each_entry_safe (message, next, &queue->messages, link) {
		msg_account(queue, -1, message->size);
		kfree(message);
	}
}

int msg_remove(int id)
{
	struct sysv_ids *ids = &current_ipc()->msg;
	struct sysv_object *object = sysv_lock_both(ids, id);
	struct msg_queue *queue = msg_queue_of(object);
	LIST_HEAD(finished);
	int error;

	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	error = sysv_may_control(object);
	if (!error) {
		sysv_remove(ids, object);
		handover_take_all(&queue->senders, -EIDRM, &finished);
		handover_take_all(&queue->receivers, -EIDRM, &finished);
	}
	sysv_unlock(object);
	spin_unlock(&ids->lock);
	if (error)
		return error;
	handover_finish(&finished);
	free_messages(queue);
	msg_queue_destroy(object);
	return 0;
}

static int set_locked(struct msg_queue *queue, const struct ipc64_perm *perm, u64 limit)
{
	int error = sysv_may_control(&queue->object);

	if (!error && limit > READ_ONCE(current_ipc()->msg_queue_max) && !capable(CAP_SYS_RESOURCE))
		error = -EPERM;
	if (!error)
		error = sysv_set_perm(&queue->object, perm);
	if (error)
		return error;
	queue->limit = limit;
	queue->ctime = sysv_time();
	return 0;
}

int msg_set(int id, const struct ipc64_perm *perm, u64 limit)
{
	struct msg_queue *queue = msg_queue_lock(id);
	LIST_HEAD(finished);
	int error;

	if (IS_ERR(queue))
		return (int)PTR_ERR(queue);
	error = set_locked(queue, perm, limit);
	if (!error) {
		handover_take_all(&queue->receivers, -EAGAIN, &finished);
		handover_take_all(&queue->senders, -EAGAIN, &finished);
	}
	msg_queue_unlock(queue);
	handover_finish(&finished);
	return error;
}

int msg_stat(int id, int command, struct msqid64_ds *stat)
{
	return sysv_stat(&current_ipc()->msg, &msg_kind, id, command, command == MSG_STAT_ANY,
			 stat);
}

bool msg_next(u64 *index, struct msqid64_ds *stat)
{
	return sysv_next(&current_ipc()->msg, &msg_kind, index, stat);
}

int msg_info(int command, struct msginfo *info)
{
	enum { MSGMNB = 16384, MSGPOOL = 512000, MSGSSZ = 16 };
	struct ipc_namespace *ipc = current_ipc();
	u32 in_use;
	int highest = sysv_highest(&ipc->msg, &in_use);
	bool used = command == MSG_INFO;

	*info = (struct msginfo){
		.msgpool = used ? (s32)in_use : MSGPOOL,
		.msgmap = used ? (s32)READ_ONCE(ipc->msg_count) : MSGMNB,
		.msgmax = (s32)READ_ONCE(ipc->msg_max),
		.msgmnb = (s32)READ_ONCE(ipc->msg_queue_max),
		.msgmni = (s32)READ_ONCE(ipc->msg.limit),
		.msgssz = MSGSSZ,
		.msgtql = used ? (s32)READ_ONCE(ipc->msg_bytes) : MSGMNB,
		.msgseg = 0xffff,
	};
	return highest;
}
