/* SPDX-License-Identifier: MIT */
/* sendmmsg, recvmmsg, and credentials with messages (abi/sys_mmsg.c, abi/control_message.c). */
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

struct received {
	char text[64];
	union {
		char room[256];
		struct cmsghdr align;
	} control;
	ssize_t size;
	struct msghdr header;
	struct ucred cred; /* pid -1: none came */
};

static void receive(int fd, struct received *in, size_t control)
{
	struct iovec piece = { in->text, sizeof(in->text) };
	struct cmsghdr *message;

	in->header = (struct msghdr){ .msg_iov = &piece,
				      .msg_iovlen = 1,
				      .msg_control = in->control.room,
				      .msg_controllen = control };
	in->cred.pid = -1;
	in->size = recvmsg(fd, &in->header, 0);
	for (message = CMSG_FIRSTHDR(&in->header); in->size >= 0 && message;
	     message = CMSG_NXTHDR(&in->header, message))
		if (message->cmsg_level == SOL_SOCKET && message->cmsg_type == SCM_CREDENTIALS)
			memcpy(&in->cred, CMSG_DATA(message), sizeof(in->cred));
}

static bool is_me(const struct ucred *cred)
{
	return cred->pid == getpid() && cred->uid == getuid() && cred->gid == getgid();
}

static void credentials(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct received in;
	int on = 1, fds[2];
	socklen_t size = sizeof(on);

	for (int i = 0; i < 3; i++) {
		CHECK(!socketpair(AF_UNIX, types[i], 0, fds));
		CHECK(write(fds[0], "a", 1) == 1);
		receive(fds[1], &in, 256);
		CHECK(in.size == 1 && in.cred.pid == -1 && !in.header.msg_controllen);
		CHECK(write(fds[0], "b", 1) == 1);
		CHECK(!setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
		CHECK(!getsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, &size) && on == 1);
		receive(fds[1], &in, 256);
		CHECK(in.size == 1 && in.cred.pid == 0 && in.cred.uid == 65534);
		CHECK(write(fds[0], "c", 1) == 1);
		receive(fds[1], &in, 256);
		CHECK(in.size == 1 && is_me(&in.cred));
		CHECK(in.header.msg_controllen == CMSG_SPACE(sizeof(struct ucred)));
		CHECK(write(fds[0], "d", 1) == 1);
		receive(fds[1], &in, 20);
		CHECK(in.size == 1 && in.header.msg_flags & MSG_CTRUNC);
		CHECK(!close(fds[0]) && !close(fds[1]));
	}
}

static ssize_t send_as(int fd, struct ucred cred, size_t length)
{
	union {
		char room[64];
		struct cmsghdr align;
	} control;
	struct iovec piece = { "x", 1 };
	struct msghdr header = { .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = CMSG_SPACE(length) };
	struct cmsghdr *message = CMSG_FIRSTHDR(&header);

	message->cmsg_level = SOL_SOCKET;
	message->cmsg_type = SCM_CREDENTIALS;
	message->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(message), &cred, length < sizeof(cred) ? length : sizeof(cred));
	return sendmsg(fd, &header, 0);
}

static void given_credentials(void)
{
	struct received in;
	int on = 1, fds[2];
	struct ucred me = { getpid(), getuid(), getgid() }, other = { 1, 7, 8 };
	pid_t child;

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
	CHECK(!setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	CHECK(send_as(fds[0], me, sizeof(me)) == 1);
	receive(fds[1], &in, 256);
	CHECK(is_me(&in.cred));
	CHECK(send_as(fds[0], other, sizeof(other)) == 1);
	receive(fds[1], &in, 256);
	CHECK(in.cred.pid == 1 && in.cred.uid == 7 && in.cred.gid == 8);
	CHECK(fails(send_as(fds[0], me, 8), EINVAL));
	other.pid = 0x3ffffff;
	CHECK(fails(send_as(fds[0], other, sizeof(other)), ESRCH));
	child = fork();
	if (!child) {
		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		me = (struct ucred){ getpid(), 1000, 1000 };
		CHILD_CHECK(send_as(fds[0], me, sizeof(me)) == 1);
		me.uid = 0;
		CHILD_CHECK(fails(send_as(fds[0], me, sizeof(me)), EPERM));
		me = (struct ucred){ getppid(), 1000, 1000 };
		CHILD_CHECK(fails(send_as(fds[0], me, sizeof(me)), EPERM));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!close(fds[0]) && !close(fds[1]));
}

/* A read of a stream does not join what two senders have sent. */
static void senders_stay_apart(void)
{
	struct received in;
	int on = 1, fds[2];
	pid_t child;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	CHECK(!setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	CHECK(write(fds[0], "ab", 2) == 2 && write(fds[0], "cd", 2) == 2);
	child = fork();
	if (!child)
		_exit(write(fds[0], "ef", 2) != 2);
	CHECK(ended_well(child));
	receive(fds[1], &in, 256);
	CHECK(in.size == 4 && is_me(&in.cred));
	receive(fds[1], &in, 256);
	CHECK(in.size == 2 && in.cred.pid == child);
	CHECK(!close(fds[0]) && !close(fds[1]));
}

static void several(void)
{
	char in[4][8];
	struct iovec out_pieces[3] = { { "one", 3 }, { "three", 5 }, { "five!", 5 } }, in_pieces[4];
	struct mmsghdr out[3], got[4];
	struct timespec limit = { 10, 0 }, bad = { 0, -1 };
	int fds[2];

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
	memset(out, 0, sizeof(out));
	memset(got, 0, sizeof(got));
	for (int i = 0; i < 3; i++) {
		out[i].msg_hdr.msg_iov = &out_pieces[i];
		out[i].msg_hdr.msg_iovlen = 1;
	}
	for (int i = 0; i < 4; i++) {
		in_pieces[i] = (struct iovec){ in[i], sizeof(in[i]) };
		got[i].msg_hdr.msg_iov = &in_pieces[i];
		got[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK(sendmmsg(fds[0], out, 3, 0) == 3);
	CHECK(out[0].msg_len == 3 && out[1].msg_len == 5 && out[2].msg_len == 5);
	CHECK(recvmmsg(fds[1], got, 4, MSG_WAITFORONE, &limit) == 3);
	CHECK(got[0].msg_len == 3 && got[1].msg_len == 5 && !memcmp(in[1], "three", 5));
	CHECK(limit.tv_sec < 10);
	CHECK(fails(recvmmsg(fds[1], got, 4, MSG_DONTWAIT, NULL), EAGAIN));
	CHECK(sendmmsg(fds[0], out, 0, 0) == 0);
	CHECK(sendmmsg(fds[0], out, 2, 0) == 2);
	CHECK(recvmmsg(fds[1], got, 2, 0, NULL) == 2);
	out[1].msg_hdr.msg_iov = (void *)8;
	CHECK(sendmmsg(fds[0], out, 3, 0) == 1);
	CHECK(fails(sendmmsg(fds[0], out + 1, 1, 0), EFAULT));
	CHECK(fails(sendmmsg(-1, out, 1, 0), EBADF));
	CHECK(fails(recvmmsg(fds[1], got, 1, 0, &bad), EINVAL));
	CHECK(!close(fds[0]) && !close(fds[1]));
}

enum { PEER_GROUPS = 59, PASS_PIDFD = 76, PEER_PIDFD = 77, PIDFD_MESSAGE = 4 };

/* The process that a descriptor of one means, -1 when it means none. */
static int process_of(int pidfd)
{
	char path[64], line[128];
	int pid = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (file)
		fclose(file);
	return pid;
}

static void peers(void)
{
	gid_t groups[3] = { 7, 5, 6 }, told[3];
	int fds[2], pidfd, other = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(pidfd);

	CHECK(!setgroups(3, groups) && !socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	CHECK(!setgroups(0, NULL));
	CHECK(!getsockopt(fds[0], SOL_SOCKET, PEER_PIDFD, &pidfd, &size) && size == 4);
	CHECK(process_of(pidfd) == getpid() && !close(pidfd));
	size = 8;
	CHECK(fails(getsockopt(fds[0], SOL_SOCKET, PEER_GROUPS, told, &size), ERANGE));
	CHECK(size == sizeof(told));
	CHECK(!getsockopt(fds[0], SOL_SOCKET, PEER_GROUPS, told, &size) && size == sizeof(told));
	CHECK(told[0] == 5 && told[1] == 6 && told[2] == 7);
	CHECK(fails(getsockopt(other, SOL_SOCKET, PEER_GROUPS, told, &size), ENODATA));
	CHECK(fails(getsockopt(other, SOL_SOCKET, PEER_PIDFD, &pidfd, &size), ENODATA));
	CHECK(!close(fds[0]) && !close(fds[1]) && !close(other));
}

/* The descriptor of who sent the next byte. */
static int receive_pidfd(int fd)
{
	struct received in;
	struct cmsghdr *message;
	int pidfd = -1;

	receive(fd, &in, 256);
	for (message = CMSG_FIRSTHDR(&in.header); in.size > 0 && message;
	     message = CMSG_NXTHDR(&in.header, message))
		if (message->cmsg_type == PIDFD_MESSAGE)
			memcpy(&pidfd, CMSG_DATA(message), sizeof(pidfd));
	return pidfd;
}

static void senders_as_descriptors(void)
{
	int on = 1, fds[2], pidfd;
	socklen_t size = sizeof(on);
	pid_t child;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	CHECK(!setsockopt(fds[1], SOL_SOCKET, PASS_PIDFD, &on, sizeof(on)));
	CHECK(!getsockopt(fds[1], SOL_SOCKET, PASS_PIDFD, &on, &size) && on == 1);
	CHECK(write(fds[0], "a", 1) == 1);
	pidfd = receive_pidfd(fds[1]);
	CHECK(pidfd >= 0 && process_of(pidfd) == getpid() && !close(pidfd));
	child = fork();
	if (!child)
		_exit(write(fds[0], "b", 1) != 1);
	CHECK(ended_well(child));
	CHECK(receive_pidfd(fds[1]) < 0); /* he is gone */
	CHECK(!close(fds[0]) && !close(fds[1]));
}

int main(void)
{
	RUN(peers);
	RUN(senders_as_descriptors);
	RUN(credentials);
	RUN(given_credentials);
	RUN(senders_stay_apart);
	RUN(several);
	return guest_result();
}
