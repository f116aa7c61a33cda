/* SPDX-License-Identifier: MIT */
/*
 * sendmmsg(2), recvmmsg(2): several messages with one call. What went before a message that fails
 * counts; the error shows with the next call, or not at all.
 */
#include "abi/sockets.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

enum { MESSAGES_MAX = 1024 }; /* of a sendmmsg(2): UIO_MAXIOV */

static uaddr_t message_at(uaddr_t messages, u32 index)
{
	return messages + index * sizeof(struct mmsghdr);
}

static int put_length(uaddr_t message, long length)
{
	return put_user32((u32)length, message + offsetof(struct mmsghdr, length));
}

long sys_sendmmsg(long number, uaddr_t messages, u32 count, u32 flags)
{
	struct fd fd;
	struct socket *socket = socket_of(number, &fd);
	u32 sent = 0;
	long result = 0;

	if (IS_ERR(socket))
		return PTR_ERR(socket);
	for (; sent < MIN(count, (u32)MESSAGES_MAX); sent++) {
		uaddr_t message = message_at(messages, sent);

		result = message_send_user(socket, fd.file, message, flags);
		if (result >= 0)
			result = put_length(message, result);
		if (result < 0)
			break;
		cond_resched();
	}
	fdput(fd);
	return sent ? (long)sent : result;
}

/* A relative time limit, as when it is over on the monotonic clock. 0, -EFAULT, -EINVAL. */
static int get_limit(uaddr_t from, nsec_t *expires)
{
	nsec_t now = clock_monotonic();
	struct timespec time;

	*expires = NSEC_NEVER;
	if (!from)
		return 0;
	if (copy_from_user(&time, from, sizeof(time)))
		return -EFAULT;
	if (!timespec_valid(&time))
		return -EINVAL;
	*expires = timespec_to_ns(&time);
	*expires = nsec_add(now, *expires);
	return 0;
}

static int put_left(uaddr_t to, nsec_t expires)
{
	struct timespec left;

	if (!to || expires == NSEC_NEVER)
		return 0;
	left = ns_to_timespec(MAX(expires - clock_monotonic(), (nsec_t)0));
	return copy_to_user(to, &left, sizeof(left));
}

/* The time limit is looked at after each message, as on Linux: recvmmsg(2), "Bugs". */
static long receive_many(struct socket *socket, const struct file *file, uaddr_t messages,
			 u32 count, u32 flags, nsec_t expires)
{
	u32 received = 0;
	long result = 0;

	while (received < count) {
		uaddr_t message = message_at(messages, received);

		result = message_receive_user(socket, file, message, flags & ~(u32)MSG_WAITFORONE);
		if (result >= 0)
			result = put_length(message, result);
		if (result < 0)
			break;
		received++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (expires != NSEC_NEVER && clock_monotonic() >= expires)
			break;
		cond_resched();
	}
	return received ? (long)received : result;
}

long sys_recvmmsg(long number, uaddr_t messages, u32 count, u32 flags, uaddr_t timeout)
{
	struct socket *socket;
	nsec_t expires;
	struct fd fd;
	long result = get_limit(timeout, &expires);

	if (result)
		return result;
	socket = socket_of(number, &fd);
	if (IS_ERR(socket))
		return PTR_ERR(socket);
	result = receive_many(socket, fd.file, messages, count, flags, expires);
	fdput(fd);
	if (result > 0 && put_left(timeout, expires))
		return -EFAULT;
	return result;
}
