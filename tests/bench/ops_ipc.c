/* SPDX-License-Identifier: MIT */
/* Operations: messages, semaphores, futexes and sockets of one process. */
#include "op.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>

enum { MESSAGE = 64 };

/* --- System V --- */

static int64_t semops_timed(uint64_t n, long semaphores)
{
	struct sembuf up = { .sem_op = 1 };
	struct sembuf down = { .sem_op = -1 };

	TIMED_LOOP(n, {
		TRY(sys(SYS_semtimedop, semaphores, &up, 1));
		TRY(sys(SYS_semtimedop, semaphores, &down, 1));
	});
}

static int64_t op_semop(uint64_t n)
{
	long semaphores = TRY(sys(SYS_semget, IPC_PRIVATE, 1, 0600));
	int64_t spent = semops_timed(n, semaphores);

	sys(SYS_semctl, semaphores, 0, IPC_RMID);
	return spent;
}

static int64_t messages_timed(uint64_t n, long queue)
{
	struct {
		long type;
		char text[MESSAGE];
	} message = { .type = 1 };

	TIMED_LOOP(n, {
		TRY(sys(SYS_msgsnd, queue, &message, MESSAGE, 0));
		TRY(sys(SYS_msgrcv, queue, &message, MESSAGE, 0, 0));
	});
}

static int64_t op_message(uint64_t n)
{
	long queue = TRY(sys(SYS_msgget, IPC_PRIVATE, 0600));
	int64_t spent = messages_timed(n, queue);

	sys(SYS_msgctl, queue, IPC_RMID);
	return spent;
}

/* --- POSIX message queues --- */

static int64_t mails_timed(uint64_t n, long queue)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_mq_timedsend, queue, buffer, MESSAGE, 0));
		TRY(sys(SYS_mq_timedreceive, queue, buffer, MESSAGE));
	});
}

static int64_t op_mqueue(uint64_t n)
{
	struct mq_attr attributes = { .mq_maxmsg = 8, .mq_msgsize = MESSAGE };
	long queue = TRY(sys(SYS_mq_open, "opbench", O_CREAT | O_RDWR, 0600, &attributes));
	int64_t spent = mails_timed(n, queue);

	sys(SYS_close, queue);
	sys(SYS_mq_unlink, "opbench");
	return spent;
}

/* --- futexes that nobody waits for --- */

static uint32_t words[2];

static int64_t op_futex_wake(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_futex, words, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1)));
}

static int64_t op_futex_requeue(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_futex, words, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, 1,
			      words + 1)));
}

/* --- sockets --- */

static int64_t echoes_timed(uint64_t n, long from, long to)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_write, from, buffer, MESSAGE));
		TRY(sys(SYS_read, to, buffer, MESSAGE));
	});
}

static int64_t op_datagram(uint64_t n)
{
	int ends[2];

	TRY(sys(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, ends));
	int64_t spent = echoes_timed(n, ends[0], ends[1]);
	sys(SYS_close, ends[0]);
	sys(SYS_close, ends[1]);
	return spent;
}

static int64_t op_socketpair(uint64_t n)
{
	int ends[2];

	TIMED_LOOP(n, {
		TRY(sys(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends));
		TRY(sys(SYS_close, ends[0]));
		TRY(sys(SYS_close, ends[1]));
	});
}

static int64_t op_pipe_create(uint64_t n)
{
	int ends[2];

	TIMED_LOOP(n, {
		TRY(sys(SYS_pipe2, ends, 0));
		TRY(sys(SYS_close, ends[0]));
		TRY(sys(SYS_close, ends[1]));
	});
}

const struct operation ipc_operations[] = {
	{ "sysv_semop", op_semop, 2 },
	{ "sysv_msg_send_receive", op_message, 1 },
	{ "mq_send_receive", op_mqueue, 1 },
	{ "futex_wake_none", op_futex_wake, 1 },
	{ "futex_requeue_none", op_futex_requeue, 1 },
	{ "datagram_send_receive", op_datagram, 1 },
	{ "socketpair_close", op_socketpair, 1 },
	{ "pipe_close", op_pipe_create, 1 },
	{ 0 },
};
