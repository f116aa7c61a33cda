/* SPDX-License-Identifier: MIT */
/* System V message queues: msgget, msgsnd, msgrcv, msgctl (ipc/sysv_msg.c). */
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "guest.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

struct packet {
	long type;
	char text[64];
};

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static int send_text(int id, long type, const char *text, int flags)
{
	struct packet packet = { .type = type };

	strcpy(packet.text, text);
	return msgsnd(id, &packet, strlen(text) + 1, flags);
}

/* True when the next message of that kind is this one. */
static bool receives(int id, long type, int flags, long expected_type, const char *expected)
{
	struct packet packet = { 0 };
	ssize_t size = msgrcv(id, &packet, sizeof(packet.text), type, flags);

	return size == (ssize_t)strlen(expected) + 1 && packet.type == expected_type &&
	       !strcmp(packet.text, expected);
}

static void in_order(void)
{
	int id = msgget(IPC_PRIVATE, 0600);

	CHECK(id >= 0);
	CHECK(!send_text(id, 3, "three", 0));
	CHECK(!send_text(id, 1, "one", 0));
	CHECK(!send_text(id, 2, "two", 0));
	CHECK(receives(id, 0, 0, 3, "three"));
	CHECK(receives(id, 0, 0, 1, "one"));
	CHECK(receives(id, 0, 0, 2, "two"));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

static void by_type(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct packet packet;

	CHECK(id >= 0);
	CHECK(!send_text(id, 5, "five", 0));
	CHECK(!send_text(id, 3, "three", 0));
	CHECK(!send_text(id, 4, "four", 0));
	CHECK(!send_text(id, 3, "three again", 0));
	CHECK(receives(id, 4, 0, 4, "four"));
	CHECK(receives(id, -4, 0, 3, "three"));
	CHECK(fails(msgrcv(id, &packet, 64, -2, IPC_NOWAIT), ENOMSG));
	CHECK(receives(id, 5, MSG_EXCEPT, 3, "three again"));
	CHECK(fails(msgrcv(id, &packet, 64, 5, IPC_NOWAIT | MSG_EXCEPT), ENOMSG));
	CHECK(receives(id, (long)1 << 63, 0, 5, "five"));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

static void too_long(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct packet packet = { 0 };

	CHECK(id >= 0);
	CHECK(!send_text(id, 1, "0123456789", 0));
	CHECK(fails(msgrcv(id, &packet, 4, 0, 0), E2BIG));
	CHECK(msgrcv(id, &packet, 4, 0, MSG_NOERROR) == 4);
	CHECK(!memcmp(packet.text, "0123\0", 5));
	CHECK(fails(msgrcv(id, &packet, 4, 0, IPC_NOWAIT), ENOMSG));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

static void copies(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct packet packet;

	CHECK(id >= 0);
	CHECK(!send_text(id, 1, "first", 0));
	CHECK(!send_text(id, 2, "second", 0));
	CHECK(receives(id, 1, MSG_COPY | IPC_NOWAIT, 2, "second"));
	CHECK(receives(id, 0, MSG_COPY | IPC_NOWAIT, 1, "first"));
	CHECK(fails(msgrcv(id, &packet, 64, 2, MSG_COPY | IPC_NOWAIT), ENOMSG));
	CHECK(fails(msgrcv(id, &packet, 64, 0, MSG_COPY), EINVAL));
	CHECK(fails(msgrcv(id, &packet, 64, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL));
	CHECK(receives(id, 0, 0, 1, "first"));
	CHECK(receives(id, 0, 0, 2, "second"));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

static void a_receiver_waits(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds stat;
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		CHILD_CHECK(receives(id, 7, 0, 7, "seven"));
		_exit(0);
	}
	CHECK(reaches_state(child, 'S'));
	CHECK(!send_text(id, 6, "six", 0));
	CHECK(!send_text(id, 7, "seven", 0));
	CHECK(ended_well(child));
	CHECK(!msgctl(id, IPC_STAT, &stat));
	CHECK(stat.msg_qnum == 1 && stat.msg_lspid == getpid() && stat.msg_lrpid == child);
	CHECK(stat.msg_stime > 0 && stat.msg_rtime > 0);
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

/* A queue that takes 16 bytes: the second sender waits until there is room. */
static void a_sender_waits(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds stat;
	pid_t child;

	CHECK(id >= 0);
	CHECK(!msgctl(id, IPC_STAT, &stat));
	stat.msg_qbytes = 16;
	CHECK(!msgctl(id, IPC_SET, &stat));
	CHECK(!send_text(id, 1, "0123456789", 0));
	CHECK(fails(send_text(id, 1, "0123456789", IPC_NOWAIT), EAGAIN));
	child = fork();
	if (!child) {
		CHILD_CHECK(!send_text(id, 2, "abcdefghij", 0));
		_exit(0);
	}
	CHECK(reaches_state(child, 'S'));
	CHECK(receives(id, 0, 0, 1, "0123456789"));
	CHECK(ended_well(child));
	CHECK(receives(id, 0, 0, 2, "abcdefghij"));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

/* Empty messages count as well. */
static void so_many_messages(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct packet packet = { .type = 1 };
	struct msqid_ds stat;

	CHECK(id >= 0);
	CHECK(!msgctl(id, IPC_STAT, &stat));
	stat.msg_qbytes = 3;
	CHECK(!msgctl(id, IPC_SET, &stat));
	for (int i = 0; i < 3; i++)
		CHECK(!msgsnd(id, &packet, 0, IPC_NOWAIT));
	CHECK(fails(msgsnd(id, &packet, 0, IPC_NOWAIT), EAGAIN));
	CHECK(msgrcv(id, &packet, 0, 0, 0) == 0);
	CHECK(!msgsnd(id, &packet, 0, IPC_NOWAIT));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

static void on_signal(int signal)
{
	(void)signal;
}

static void ends_of_waits(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	int id = msgget(IPC_PRIVATE, 0600);
	struct packet packet;
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		sigaction(SIGUSR1, &action, NULL);
		CHILD_CHECK(fails(msgrcv(id, &packet, 64, 0, 0), EINTR));
		CHILD_CHECK(fails(msgrcv(id, &packet, 64, 0, 0), EIDRM));
		_exit(0);
	}
	CHECK(reaches_state(child, 'S'));
	sleep_ms(20);
	CHECK(!kill(child, SIGUSR1));
	sleep_ms(50);
	CHECK(reaches_state(child, 'S'));
	CHECK(!msgctl(id, IPC_RMID, NULL));
	CHECK(ended_well(child));
}

static void state_and_limits(void)
{
	int id = msgget(0x35690001 + getpid(), IPC_CREAT | IPC_EXCL | 0640);
	struct msqid_ds stat;
	struct msginfo info;

	CHECK(id >= 0);
	CHECK(msgget(0x35690001 + getpid(), 0) == id);
	CHECK(fails(msgget(0x35690001 + getpid(), IPC_CREAT | IPC_EXCL), EEXIST));
	CHECK(!send_text(id, 1, "abc", 0));
	CHECK(!msgctl(id, IPC_STAT, &stat));
	CHECK(stat.msg_qnum == 1 && stat.msg_cbytes == 4 && stat.msg_qbytes == 16384);
	CHECK((stat.msg_perm.mode & 0777) == 0640);
	CHECK(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0);
	CHECK(info.msgmax == 8192 && info.msgmnb == 16384 && info.msgmni == 32000 &&
	      info.msgssz == 16 && info.msgseg == 0xffff);
	CHECK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info) >= 0);
	CHECK(info.msgpool >= 1 && info.msgmap >= 1 && info.msgtql >= 4);
	CHECK(msgctl(id & 0x7fff, MSG_STAT, &stat) == id);
	CHECK(!msgctl(id, IPC_RMID, NULL));
	CHECK(fails(msgget(0x35690001 + getpid(), 0), ENOENT));
}

static void rights(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		struct msqid_ds stat = { 0 };
		struct packet packet;

		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(fails(send_text(id, 1, "x", 0), EACCES));
		CHILD_CHECK(fails(msgrcv(id, &packet, 64, 0, IPC_NOWAIT), EACCES));
		CHILD_CHECK(fails(msgctl(id, IPC_STAT, &stat), EACCES));
		CHILD_CHECK(fails(msgctl(id, IPC_SET, &stat), EPERM));
		CHILD_CHECK(fails(msgctl(id, IPC_RMID, NULL), EPERM));
		id = msgget(IPC_PRIVATE, 0600);
		CHILD_CHECK(!msgctl(id, IPC_STAT, &stat));
		stat.msg_qbytes = 16385;
		CHILD_CHECK(fails(msgctl(id, IPC_SET, &stat), EPERM));
		CHILD_CHECK(!msgctl(id, IPC_RMID, NULL));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

static void wrong_arguments(void)
{
	static struct {
		long type;
		char text[9000];
	} large = { .type = 1 };
	struct packet packet = { .type = 0 };
	int id = msgget(IPC_PRIVATE, 0600);

	CHECK(id >= 0);
	CHECK(fails(msgsnd(id, &packet, 1, 0), EINVAL));
	CHECK(fails(msgsnd(id, &large, 8193, 0), EINVAL));
	CHECK(!msgsnd(id, &large, 8192, 0));
	CHECK(fails(msgsnd(id, (void *)8, 1, 0), EFAULT));
	CHECK(fails(msgsnd(-1, &large, 1, 0), EINVAL));
	CHECK(fails(msgsnd(id + 1, &large, 1, 0), EINVAL));
	CHECK(fails(msgrcv(-1, &large, 1, 0, 0), EINVAL));
	CHECK(fails(msgrcv(id, &large, -1, 0, 0), EINVAL));
	CHECK(fails(msgrcv(id, (void *)8, 8192, 0, 0), EFAULT));
	CHECK(fails(msgrcv(id, &large, 1, 0, IPC_NOWAIT), ENOMSG)); /* it is lost */
	CHECK(fails(msgctl(id, 99, NULL), EINVAL));
	CHECK(fails(msgctl(id, IPC_STAT, (void *)8), EFAULT));
	CHECK(fails(msgctl(id, IPC_SET, (void *)8), EFAULT));
	CHECK(fails(msgctl(-1, IPC_RMID, NULL), EINVAL));
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

/* Several senders and receivers: nothing is lost or doubled. */
static void many(void)
{
	enum { PAIRS = 4, MESSAGES = 500 };
	int id = msgget(IPC_PRIVATE, 0600);
	pid_t children[2 * PAIRS];
	struct msqid_ds stat;

	CHECK(id >= 0);
	for (int i = 0; i < PAIRS; i++) {
		children[2 * i] = fork();
		if (!children[2 * i]) {
			for (int n = 0; n < MESSAGES; n++)
				CHILD_CHECK(!send_text(id, i + 1, "a message to be received", 0));
			_exit(0);
		}
		children[2 * i + 1] = fork();
		if (!children[2 * i + 1]) {
			for (int n = 0; n < MESSAGES; n++)
				CHILD_CHECK(
					receives(id, i + 1, 0, i + 1, "a message to be received"));
			_exit(0);
		}
	}
	for (int i = 0; i < 2 * PAIRS; i++)
		CHECK(ended_well(children[i]));
	CHECK(!msgctl(id, IPC_STAT, &stat) && !stat.msg_qnum && !stat.msg_cbytes);
	CHECK(!msgctl(id, IPC_RMID, NULL));
}

int main(void)
{
	RUN(in_order);
	RUN(by_type);
	RUN(too_long);
	RUN(copies);
	RUN(a_receiver_waits);
	RUN(a_sender_waits);
	RUN(so_many_messages);
	RUN(ends_of_waits);
	RUN(state_and_limits);
	RUN(rights);
	RUN(wrong_arguments);
	RUN(many);
	return guest_result();
}
