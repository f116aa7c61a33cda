/* SPDX-License-Identifier: MIT */
/*
 * System calls of System V message queues, decoded: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). The
 * work is in ipc/sysv_msg.c.
 *
 * A program's message is its type, a long, and the bytes behind it.
 */
#include "ipc/sysv_msg.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vm/usercopy.h"

long sys_msgget(key_t key, int flags)
{
	return msg_get(key, flags);
}

long sys_msgsnd(int id, uaddr_t from, size_t size, int flags)
{
	struct message *message;
	u64 type;
	int error = -EFAULT;

	if (get_user64(&type, from))
		return -EFAULT;
	if (size > READ_ONCE(current_ipc()->msg_max) || (s64)size < 0 || id < 0 || (s64)type < 1)
		return -EINVAL;
	message = message_alloc((s64)type, size);
	if (!message)
		return -ENOMEM;
	if (!copy_from_user(message->data, from + sizeof(type), size))
		error = msg_send(id, message, flags);
	if (error)
		kfree(message);
	return error;
}

long sys_msgrcv(int id, uaddr_t to, size_t size, s64 type, int flags)
{
	struct message *message;
	long result;

	if (id < 0 || (s64)size < 0)
		return -EINVAL;
	message = msg_receive(id, type, size, flags);
	if (IS_ERR(message))
		return PTR_ERR(message);
	result = (long)MIN(size, message->size);
	if (put_user64((u64)message->type, to) ||
	    copy_to_user(to + sizeof(u64), message->data, (size_t)result))
		result = -EFAULT;
	kfree(message);
	return result;
}

/* --- msgctl --- */

static long stat_call(int id, int command, uaddr_t to)
{
	struct msqid64_ds stat;
	int result = msg_stat(id, command, &stat);

	if (result >= 0 && copy_to_user(to, &stat, sizeof(stat)))
		return -EFAULT;
	return result;
}

static long info_call(int command, uaddr_t to)
{
	struct msginfo info;
	int highest = msg_info(command, &info);

	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : highest;
}

static long set_call(int id, uaddr_t from)
{
	struct msqid64_ds stat;

	if (copy_from_user(&stat, from, sizeof(stat)))
		return -EFAULT;
	return msg_set(id, &stat.perm, stat.limit);
}

long sys_msgctl(int id, int command, uaddr_t buffer)
{
	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case MSG_INFO: return info_call(command, buffer);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY: return stat_call(id, command, buffer);
	case IPC_SET: return set_call(id, buffer);
	case IPC_RMID: return msg_remove(id);
	}
	return -EINVAL;
}
