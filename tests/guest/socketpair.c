/* SPDX-License-Identifier: MIT */
/* Local sockets: pairs of the three types, shutdown, options, and files as messages. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static void ping_pong(void)
{
	int ends[2], value;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		for (int i = 0; i < 1000; i++) {
			CHILD_CHECK(read(ends[1], &value, sizeof(value)) == sizeof(value));
			value++;
			CHILD_CHECK(write(ends[1], &value, sizeof(value)) == sizeof(value));
		}
		_exit(0);
	}
	close(ends[1]);
	for (int i = 0; i < 1000; i++) {
		CHECK(write(ends[0], &i, sizeof(i)) == sizeof(i));
		CHECK(read(ends[0], &value, sizeof(value)) == sizeof(value) && value == i + 1);
	}
	CHECK(ended_well(pid));
	CHECK(read(ends[0], &value, sizeof(value)) == 0);
	close(ends[0]);
}

/* More than the buffers hold, both sides at their own pace. */
static void stream(void)
{
	enum { TOTAL = 3 << 20 };
	static unsigned char chunk[50000];
	int ends[2];
	long got = 0;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (long at = 0; at < TOTAL;) {
			long size =
				TOTAL - at < (long)sizeof(chunk) ? TOTAL - at : (long)sizeof(chunk);

			for (long i = 0; i < size; i++)
				chunk[i] = (at + i) * 7 >> 4;
			CHILD_CHECK(send(ends[1], chunk, size, 0) == size);
			at += size;
		}
		_exit(0);
	}
	close(ends[1]);
	for (;;) {
		long size = recv(ends[0], chunk, 30011, 0);

		CHECK(size >= 0);
		if (!size)
			break;
		for (long i = 0; i < size; i++)
			CHECK(chunk[i] == (unsigned char)((got + i) * 7 >> 4));
		got += size;
	}
	CHECK(got == TOTAL && ended_well(pid));
	close(ends[0]);
}

/* A reader that is there all the time sees each write of some pages as a whole. */
static void whole_writes(void)
{
	static char chunk[8192];
	int ends[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 500; i++)
			if (write(ends[0], chunk, sizeof(chunk)) != sizeof(chunk))
				_exit(1);
		_exit(0);
	}
	close(ends[0]);
	for (int i = 0; i < 500; i++)
		if (read(ends[1], chunk, sizeof(chunk)) != sizeof(chunk)) {
			CHECK(!"a part of a write");
			break;
		}
	CHECK(ended_well(pid));
	close(ends[1]);
}

static void stream_calls(void)
{
	char buffer[32];
	int ends[2], count;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	CHECK(recv(ends[0], buffer, 1, 0) < 0 && errno == EAGAIN);
	CHECK(send(ends[1], "abc", 3, 0) == 3 && write(ends[1], "def", 3) == 3);
	CHECK(ioctl(ends[0], FIONREAD, &count) == 0 && count == 6);
	CHECK(recv(ends[0], buffer, sizeof(buffer), MSG_PEEK) == 6 && !memcmp(buffer, "abcdef", 6));
	CHECK(recv(ends[0], buffer, 4, 0) == 4 && recv(ends[0], buffer + 4, 9, 0) == 2);
	CHECK(!memcmp(buffer, "abcdef", 6));
	CHECK(lseek(ends[0], 0, SEEK_SET) < 0 && errno == ESPIPE);
	CHECK(send(ends[0], (void *)8, 3, 0) < 0 && errno == EFAULT);
	close(ends[0]);
	close(ends[1]);
}

/* SOCK_DGRAM and SOCK_SEQPACKET keep the bounds of messages. */
static void messages_of(int type)
{
	char buffer[32];
	int ends[2];

	CHECK(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, ends) == 0);
	CHECK(send(ends[0], "first", 5, 0) == 5 && send(ends[0], "second", 6, 0) == 6);
	CHECK(recv(ends[1], buffer, sizeof(buffer), 0) == 5);
	CHECK(recv(ends[1], buffer, 3, MSG_TRUNC) == 6 && !memcmp(buffer, "sec", 3));
	CHECK(recv(ends[1], buffer, sizeof(buffer), 0) < 0 && errno == EAGAIN);
	CHECK(send(ends[0], "cut", 3, 0) == 3);
	struct iovec piece = { buffer, 2 };
	struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1 };
	CHECK(recvmsg(ends[1], &header, 0) == 2 && header.msg_flags & MSG_TRUNC);
	close(ends[0]);
	if (type == SOCK_SEQPACKET)
		CHECK(recv(ends[1], buffer, 1, 0) == 0);
	else
		CHECK(send(ends[1], "x", 1, MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED);
	close(ends[1]);
}

static void datagrams(void)
{
	messages_of(SOCK_DGRAM);
}

static void packets(void)
{
	messages_of(SOCK_SEQPACKET);
}

static void closed_peer(void)
{
	int ends[2];
	char byte;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 0);
	CHECK(send(ends[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	struct pollfd fd = { .fd = ends[0], .events = POLLIN | POLLRDHUP };
	CHECK(poll(&fd, 1, 0) == 1 && (fd.revents & POLLHUP) && (fd.revents & POLLRDHUP));
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(write(ends[0], "x", 1) < 0);
	int status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
	close(ends[0]);
	/* What the peer had not read makes a reset of its end. */
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(write(ends[0], "x", 1) == 1);
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) < 0 && errno == ECONNRESET);
	CHECK(read(ends[0], &byte, 1) == 0);
	close(ends[0]);
}

static void shutdowns(void)
{
	int ends[2];
	char byte;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(write(ends[0], "x", 1) == 1 && shutdown(ends[0], SHUT_WR) == 0);
	CHECK(send(ends[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	CHECK(read(ends[1], &byte, 1) == 1 && read(ends[1], &byte, 1) == 0);
	CHECK(write(ends[1], "y", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'y');
	CHECK(shutdown(ends[0], 3) < 0 && errno == EINVAL);
	close(ends[0]);
	close(ends[1]);
}

/* Who is sent more than fits has shut only its own direction: the sender sleeps until there is
 * room. */
static void half_shut_and_full(void)
{
	enum { SIZE = 1 << 20 };
	static char bytes[SIZE];
	int ends[2];
	ssize_t total = 0, got;
	pid_t sender;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(shutdown(ends[1], SHUT_WR) == 0);
	sender = fork();
	if (!sender) {
		close(ends[1]);
		_exit(write(ends[0], bytes, SIZE) != SIZE);
	}
	close(ends[0]);
	CHECK(reaches_state(sender, 'S'));
	while ((got = read(ends[1], bytes, SIZE)) > 0)
		total += got;
	CHECK(got == 0 && total == SIZE);
	CHECK(ended_well(sender));
	close(ends[1]);
}

static void options(void)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	struct sockaddr_un name;
	int ends[2], value;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	CHECK(fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
	CHECK(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0);
	CHECK(size == sizeof(credentials) && credentials.pid == getpid());
	CHECK(credentials.uid == geteuid() && credentials.gid == getegid());
	size = sizeof(value);
	CHECK(getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &value, &size) == 0 &&
	      value == SOCK_SEQPACKET);
	CHECK(getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == 0);
	CHECK(getsockopt(ends[0], SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_UNIX);
	size = sizeof(name);
	CHECK(getsockname(ends[0], (void *)&name, &size) == 0 && size == sizeof(name.sun_family));
	CHECK(name.sun_family == AF_UNIX);
	size = sizeof(name);
	CHECK(getpeername(ends[0], (void *)&name, &size) == 0 && size == sizeof(name.sun_family));
	close(ends[0]);
	close(ends[1]);
	CHECK(socketpair(AF_UNIX, 77, 0, ends) < 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 5, ends) < 0 && errno == EPROTONOSUPPORT);
	CHECK(socket(12345, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT);
	CHECK(getsockopt(0, SOL_SOCKET, SO_TYPE, &value, &size) < 0 && errno == ENOTSOCK);
	CHECK(getsockopt(-1, SOL_SOCKET, SO_TYPE, &value, &size) < 0 && errno == EBADF);
}

static bool send_file(int socket, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { 0 };
	struct iovec piece = { "F", 1 };
	struct msghdr header = { .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *message = CMSG_FIRSTHDR(&header);

	message->cmsg_level = SOL_SOCKET;
	message->cmsg_type = SCM_RIGHTS;
	message->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(message), &fd, sizeof(fd));
	return sendmsg(socket, &header, 0) == 1;
}

static int receive_file(int socket)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
	char byte;
	struct iovec piece = { &byte, 1 };
	struct msghdr header = { .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *message;
	int fd;

	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	message = CMSG_FIRSTHDR(&header);
	if (!message || message->cmsg_type != SCM_RIGHTS ||
	    message->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(message), sizeof(fd));
	return fd;
}

static void files_as_messages(void)
{
	int ends[2], pipe_ends[2];
	char byte;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && pipe(pipe_ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(pipe_ends[0]);
		close(pipe_ends[1]);
		int fd = receive_file(ends[1]);
		CHILD_CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
		CHILD_CHECK(write(fd, "x", 1) == 1);
		_exit(0);
	}
	CHECK(send_file(ends[0], pipe_ends[1]));
	close(pipe_ends[1]);
	CHECK(ended_well(pid));
	CHECK(read(pipe_ends[0], &byte, 1) == 1 && byte == 'x');
	CHECK(read(pipe_ends[0], &byte, 1) == 0);
	/* Those that nobody received are closed with the socket. */
	int more[2];
	CHECK(pipe(more) == 0 && send_file(ends[0], more[1]));
	close(more[1]);
	close(ends[0]);
	close(ends[1]);
	CHECK(read(more[0], &byte, 1) == 0);
	close(more[0]);
	close(pipe_ends[0]);
}

static void polling(void)
{
	static char chunk[8192];
	int ends[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	struct pollfd fd = { .fd = ends[0], .events = POLLIN | POLLOUT };
	CHECK(poll(&fd, 1, 0) == 1 && fd.revents == POLLOUT);
	while (write(ends[0], chunk, sizeof(chunk)) > 0)
		;
	CHECK(errno == EAGAIN && poll(&fd, 1, 0) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(30);
		while (read(ends[1], chunk, sizeof(chunk)) > 0)
			;
		_exit(errno != EAGAIN);
	}
	CHECK(poll(&fd, 1, 5000) == 1 && fd.revents == POLLOUT && ended_well(pid));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	RUN(ping_pong);
	RUN(stream);
	RUN(whole_writes);
	RUN(stream_calls);
	RUN(datagrams);
	RUN(packets);
	RUN(closed_peer);
	RUN(shutdowns);
	RUN(half_shut_and_full);
	RUN(options);
	RUN(files_as_messages);
	RUN(polling);
	return guest_result();
}
