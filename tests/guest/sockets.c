/* SPDX-License-Identifier: MIT */
/* Local sockets with names: bind, listen, connect, accept; datagrams to a name. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A name: a path, or with a leading @ an abstract one. Returns its length. */
static socklen_t name_of(struct sockaddr_un *name, const char *text)
{
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	strcpy(name->sun_path, text);
	if (text[0] == '@')
		name->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + strlen(text) + (text[0] != '@');
}

static int bound(int type, const char *text)
{
	struct sockaddr_un name;
	socklen_t length = name_of(&name, text);
	int fd = socket(AF_UNIX, type, 0);

	if (text[0] != '@')
		unlink(text);
	if (fd >= 0 && bind(fd, (void *)&name, length)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int connect_name(int fd, const char *text)
{
	struct sockaddr_un name;
	socklen_t length = name_of(&name, text);

	return connect(fd, (void *)&name, length);
}

static void serve(int type, const char *text)
{
	struct sockaddr_un name;
	socklen_t length = sizeof(name);
	struct ucred credentials;
	char buffer[16];
	int listener = bound(type, text);

	CHECK(listener >= 0 && listen(listener, 5) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		int fd = socket(AF_UNIX, type, 0);

		CHILD_CHECK(fd >= 0 && connect_name(fd, text) == 0);
		CHILD_CHECK(connect_name(fd, text) < 0 && errno == EISCONN);
		CHILD_CHECK(getpeername(fd, (void *)&name, &length) == 0);
		CHILD_CHECK(length == name_of(&(struct sockaddr_un){ 0 }, text));
		CHILD_CHECK(write(fd, "request", 7) == 7);
		CHILD_CHECK(read(fd, buffer, sizeof(buffer)) == 6 && !memcmp(buffer, "answer", 6));
		_exit(0);
	}
	int fd = accept4(listener, (void *)&name, &length, SOCK_CLOEXEC);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(length == sizeof(name.sun_family)); /* the client has no name */
	length = sizeof(credentials);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0);
	CHECK(credentials.pid == pid);
	CHECK(read(fd, buffer, sizeof(buffer)) == 7 && !memcmp(buffer, "request", 7));
	CHECK(write(fd, "answer", 6) == 6);
	CHECK(ended_well(pid));
	CHECK(read(fd, buffer, 1) == 0);
	close(fd);
	close(listener);
	fd = socket(AF_UNIX, type, 0);
	CHECK(connect_name(fd, text) < 0 && errno == ECONNREFUSED);
	close(fd);
}

static void stream_by_path(void)
{
	struct stat status;

	serve(SOCK_STREAM, "/tmp/socket-test");
	CHECK(!guest_why);
	CHECK(stat("/tmp/socket-test", &status) == 0 && S_ISSOCK(status.st_mode));
	CHECK(unlink("/tmp/socket-test") == 0);
}

static void packets_by_abstract_name(void)
{
	serve(SOCK_SEQPACKET, "@hartwood test");
}

static void names(void)
{
	struct sockaddr_un name;
	socklen_t length = name_of(&name, "@taken");
	int first = bound(SOCK_STREAM, "@taken"), second = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(first >= 0 && second >= 0);
	CHECK(bind(second, (void *)&name, length) < 0 && errno == EADDRINUSE);
	CHECK(bind(first, (void *)&name, length) < 0 && errno == EINVAL);
	length = name_of(&name, "/tmp");
	CHECK(bind(second, (void *)&name, length) < 0 && errno == EADDRINUSE);
	CHECK(connect_name(second, "/tmp/not-there") < 0 && errno == ENOENT);
	CHECK(connect_name(second, "@not there") < 0 && errno == ECONNREFUSED);
	CHECK(connect_name(second, "@taken") < 0 && errno == ECONNREFUSED); /* nobody listens */
	CHECK(listen(second, 1) < 0 && errno == EINVAL);
	CHECK(accept(first, NULL, NULL) < 0 && errno == EINVAL);
	CHECK(bind(second, (void *)&name, sizeof(name) + 1) < 0 && errno == EINVAL);
	CHECK(write(second, "x", 1) < 0 && errno == ENOTCONN);
	close(first);
	first = bound(SOCK_STREAM, "@taken"); /* free again */
	CHECK(first >= 0);
	close(first);
	close(second);
}

/* A name that the kernel chooses. */
static void chosen_names(void)
{
	struct sockaddr_un name = { AF_UNIX, "" };
	socklen_t length = sizeof(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0);
	char byte = 0;

	CHECK(connect(fd, (void *)&name, sizeof(sa_family_t)) < 0 && errno == EINVAL);
	CHECK(bind(fd, (void *)&name, sizeof(sa_family_t)) == 0);
	CHECK(bind(fd, (void *)&name, sizeof(sa_family_t)) == 0);
	CHECK(bind(other, (void *)&name, sizeof(sa_family_t)) == 0);
	CHECK(getsockname(fd, (void *)&name, &length) == 0);
	CHECK(length == sizeof(sa_family_t) + 6 && !name.sun_path[0]);
	CHECK(strspn(name.sun_path + 1, "0123456789abcdef") == 5);
	CHECK(sendto(other, "x", 1, 0, (void *)&name, length) == 1);
	CHECK(read(fd, &byte, 1) == 1 && byte == 'x');
	close(fd);
	close(other);
}

static void datagrams(void)
{
	struct sockaddr_un name, from;
	socklen_t length = name_of(&name, "@receiver"), from_length = sizeof(from);
	int receiver = bound(SOCK_DGRAM, "@receiver"), sender = bound(SOCK_DGRAM, "@sender");
	char buffer[16];

	CHECK(receiver >= 0 && sender >= 0);
	CHECK(send(sender, "x", 1, 0) < 0 && errno == ENOTCONN);
	CHECK(sendto(sender, "hello", 5, 0, (void *)&name, length) == 5);
	CHECK(recvfrom(receiver, buffer, sizeof(buffer), 0, (void *)&from, &from_length) == 5);
	CHECK(from_length == offsetof(struct sockaddr_un, sun_path) + 7);
	CHECK(!memcmp(from.sun_path, "\0sender", 7));
	CHECK(connect(sender, (void *)&name, length) == 0 && send(sender, "again", 5, 0) == 5);
	CHECK(recv(receiver, buffer, sizeof(buffer), 0) == 5 && !memcmp(buffer, "again", 5));
	close(receiver);
	CHECK(send(sender, "x", 1, 0) < 0 && errno == ECONNREFUSED);
	close(sender);
}

static void backlog(void)
{
	int listener = bound(SOCK_STREAM | SOCK_NONBLOCK, "@backlog");
	int clients[8], connected = 0;

	CHECK(listener >= 0 && listen(listener, 1) == 0);
	CHECK(accept(listener, NULL, NULL) < 0 && errno == EAGAIN);
	for (int i = 0; i < 8; i++) {
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect_name(clients[i], "@backlog") == 0)
			connected++;
		else
			CHECK(errno == EAGAIN);
	}
	CHECK(connected == 2);
	struct pollfd fd = { .fd = listener, .events = POLLIN };
	CHECK(poll(&fd, 1, 0) == 1 && fd.revents == POLLIN);
	int accepted = accept(listener, NULL, NULL);
	CHECK(accepted >= 0 && write(clients[0], "x", 1) == 1);
	/* Who was not accepted when the listener goes finds the connection reset. */
	close(listener);
	char byte;
	CHECK(read(clients[1], &byte, 1) < 0 && errno == ECONNRESET);
	CHECK(read(accepted, &byte, 1) == 1);
	close(accepted);
	for (int i = 0; i < 8; i++)
		close(clients[i]);
}

/* A listener that has shut the direction which it does not use listens on. */
static void half_shut_listener(void)
{
	int listener = bound(SOCK_STREAM, "@half"), first;
	pid_t server, client;

	CHECK(listener >= 0 && listen(listener, 0) == 0 && shutdown(listener, SHUT_WR) == 0);
	server = fork();
	if (!server)
		_exit(accept(listener, NULL, NULL) < 0);
	CHECK(reaches_state(server, 'S'));
	first = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(connect_name(first, "@half") == 0);
	CHECK(ended_well(server));
	close(first);
	first = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(connect_name(first, "@half") == 0);
	client = fork();
	if (!client)
		_exit(connect_name(socket(AF_UNIX, SOCK_STREAM, 0), "@half") != 0);
	CHECK(reaches_state(client, 'S'));
	close(accept(listener, NULL, NULL));
	CHECK(ended_well(client));
	close(first);
	close(listener);
}

int main(void)
{
	RUN(stream_by_path);
	RUN(packets_by_abstract_name);
	RUN(names);
	RUN(chosen_names);
	RUN(datagrams);
	RUN(backlog);
	RUN(half_shut_listener);
	return guest_result();
}
