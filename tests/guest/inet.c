/* SPDX-License-Identifier: MIT */
/* Internet sockets over the loopback address: streams, datagrams, ports, urgent data, options. */
#include "guest.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, address, &name.sin_addr);
	return name;
}

static int port_of(int fd)
{
	struct sockaddr_in name = { 0 };
	socklen_t length = sizeof(name);

	getsockname(fd, (struct sockaddr *)&name, &length);
	return ntohs(name.sin_port);
}

static int bound(int type, const char *address, int port)
{
	struct sockaddr_in name = at(address, port);
	int fd = socket(AF_INET, type, 0);

	if (bind(fd, (struct sockaddr *)&name, sizeof(name))) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int connect_to(int fd, const char *address, int port)
{
	struct sockaddr_in name = at(address, port);

	return connect(fd, (struct sockaddr *)&name, sizeof(name));
}

/* Two ends of a connection. */
static void connected(int ends[2])
{
	int listener = bound(SOCK_STREAM, "127.0.0.1", 0);

	CHECK(listener >= 0 && listen(listener, 5) == 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect_to(ends[0], "127.0.0.1", port_of(listener)) == 0);
	ends[1] = accept(listener, NULL, NULL);
	CHECK(ends[1] >= 0);
	close(listener);
}

static void stream(void)
{
	struct sockaddr_in name;
	socklen_t length = sizeof(name);
	int ends[2];
	char text[8];

	connected(ends);
	CHECK(getpeername(ends[1], (struct sockaddr *)&name, &length) == 0);
	CHECK(length == sizeof(name) && name.sin_family == AF_INET);
	CHECK(ntohs(name.sin_port) == port_of(ends[0]));
	CHECK(name.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	CHECK(write(ends[0], "hello", 5) == 5 && read(ends[1], text, sizeof(text)) == 5);
	CHECK(shutdown(ends[0], SHUT_WR) == 0 && read(ends[1], text, sizeof(text)) == 0);
	CHECK(write(ends[1], "back", 4) == 4 && read(ends[0], text, sizeof(text)) == 4);
	CHECK(connect_to(ends[0], "127.0.0.1", 1) < 0 && errno == EISCONN);
	close(ends[1]);
	CHECK(read(ends[0], text, sizeof(text)) == 0);
	close(ends[0]);
}

/* Connecting without waiting: told later, once by connect(2). */
static void nonblocking(void)
{
	int listener = bound(SOCK_STREAM, "127.0.0.1", 0), port = port_of(listener), fd, error;
	struct pollfd ready = { .events = POLLOUT };
	socklen_t length = sizeof(error);

	CHECK(listen(listener, 5) == 0);
	fd = ready.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK(connect_to(fd, "127.0.0.1", port) < 0 && errno == EINPROGRESS);
	CHECK(poll(&ready, 1, -1) == 1 && ready.revents == POLLOUT);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0);
	CHECK(connect_to(fd, "127.0.0.1", port) == 0);
	CHECK(connect_to(fd, "127.0.0.1", port) < 0 && errno == EISCONN);
	close(fd);
	close(listener);

	fd = ready.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK(connect_to(fd, "127.0.0.1", port) < 0 && errno == EINPROGRESS);
	CHECK(poll(&ready, 1, -1) == 1 && ready.revents & POLLERR && ready.revents & POLLHUP);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0);
	CHECK(error == ECONNREFUSED);
	CHECK(connect_to(fd, "127.0.0.1", port) < 0 && errno == ECONNABORTED);
	CHECK(connect_to(fd, "127.0.0.1", port) < 0 && errno == EINPROGRESS);
	CHECK(poll(&ready, 1, -1) == 1);
	CHECK(connect_to(fd, "127.0.0.1", port) < 0 && errno == ECONNREFUSED);
	close(fd);
}

static void unconnected(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte;

	signal(SIGPIPE, SIG_IGN);
	CHECK(read(fd, &byte, 1) < 0 && errno == ENOTCONN);
	CHECK(write(fd, &byte, 1) < 0 && errno == EPIPE);
	CHECK(shutdown(fd, SHUT_WR) < 0 && errno == ENOTCONN);
	CHECK(getpeername(fd, (struct sockaddr *)&byte, &(socklen_t){ 0 }) < 0 &&
	      errno == ENOTCONN);
	CHECK(connect_to(fd, "127.0.0.1", 1) < 0 && errno == ECONNREFUSED);
	CHECK(port_of(fd) != 1);
	close(fd);
	signal(SIGPIPE, SIG_DFL);
}

static void ports(void)
{
	int first = bound(SOCK_STREAM, "0.0.0.0", 0), port = port_of(first), one = 1, fd;

	CHECK(first >= 0 && port > 0);
	CHECK(bound(SOCK_STREAM, "127.0.0.1", port) < 0 && errno == EADDRINUSE);
	fd = bound(SOCK_DGRAM, "127.0.0.1", port);
	CHECK(fd >= 0);
	close(fd);
	CHECK(bound(SOCK_STREAM, "192.0.2.1", 0) < 0 && errno == EADDRNOTAVAIL);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
	CHECK(setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
	struct sockaddr_in name = at("127.0.0.1", port);
	CHECK(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
	CHECK(bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 && errno == EINVAL);
	close(fd);
	close(first);
	fd = bound(SOCK_STREAM, "127.0.0.1", port);
	CHECK(fd >= 0);
	close(fd);
}

static void datagrams(void)
{
	int receiver = bound(SOCK_DGRAM, "0.0.0.0", 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in to = at("127.0.0.1", port_of(receiver)), from;
	socklen_t length = sizeof(from);
	char text[8];

	CHECK(send(sender, "x", 1, 0) < 0 && errno == EDESTADDRREQ);
	CHECK(sendto(sender, "one", 3, 0, (struct sockaddr *)&to, sizeof(to)) == 3);
	CHECK(sendto(sender, "", 0, 0, (struct sockaddr *)&to, sizeof(to)) == 0);
	CHECK(recvfrom(receiver, text, 2, MSG_TRUNC, (struct sockaddr *)&from, &length) == 3);
	CHECK(length == sizeof(from) && ntohs(from.sin_port) == port_of(sender));
	CHECK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	CHECK(recv(receiver, text, sizeof(text), 0) == 0);
	CHECK(connect(sender, (struct sockaddr *)&to, sizeof(to)) == 0);
	CHECK(send(sender, "two", 3, 0) == 3 && recv(receiver, text, sizeof(text), 0) == 3);
	CHECK(sendto(receiver, "re", 2, 0, (struct sockaddr *)&from, length) == 2);
	CHECK(recv(sender, text, sizeof(text), 0) == 2);
	static char large[65508];
	CHECK(send(sender, large, sizeof(large), 0) < 0 && errno == EMSGSIZE);
	CHECK(send(sender, large, sizeof(large) - 1, 0) == sizeof(large) - 1);
	close(receiver);
	CHECK(send(sender, "lost", 4, 0) == 4);
	CHECK(send(sender, "told", 4, 0) < 0 && errno == ECONNREFUSED);
	close(sender);
}

/* A connected datagram socket hears nobody else. */
static void connected_datagrams(void)
{
	int a = bound(SOCK_DGRAM, "127.0.0.1", 0), b = bound(SOCK_DGRAM, "127.0.0.1", 0),
	    c = bound(SOCK_DGRAM, "127.0.0.1", 0);
	struct sockaddr_in name = at("127.0.0.1", port_of(a));
	struct pollfd input = { .fd = a, .events = POLLIN };
	char text[8];

	CHECK(connect_to(a, "127.0.0.1", port_of(b)) == 0);
	CHECK(sendto(c, "no", 2, 0, (struct sockaddr *)&name, sizeof(name)) == 2);
	CHECK(poll(&input, 1, 0) == 0);
	CHECK(sendto(b, "yes", 3, 0, (struct sockaddr *)&name, sizeof(name)) == 3);
	CHECK(recv(a, text, sizeof(text), 0) == 3);
	name.sin_family = AF_UNSPEC;
	CHECK(connect(a, (struct sockaddr *)&name, sizeof(name)) == 0);
	CHECK(send(a, "x", 1, 0) < 0 && errno == EDESTADDRREQ);
	close(a);
	close(b);
	close(c);
}

static volatile int urgent_signals;

static void on_urgent(int number)
{
	(void)number;
	urgent_signals++;
}

static void urgent(void)
{
	int ends[2], mark = -1;
	char text[8];

	connected(ends);
	signal(SIGURG, on_urgent);
	CHECK(fcntl(ends[1], F_SETOWN, getpid()) == 0);
	CHECK(recv(ends[1], text, 1, MSG_OOB) < 0 && errno == EINVAL);
	CHECK(send(ends[0], "abU", 3, MSG_OOB) == 3 && send(ends[0], "cd", 2, 0) == 2);
	struct pollfd input = { .fd = ends[1], .events = POLLPRI };
	CHECK(poll(&input, 1, 5000) == 1 && input.revents == POLLPRI);
	for (int i = 0; i < 500 && !urgent_signals; i++)
		sleep_ms(10);
	CHECK(urgent_signals == 1);
	CHECK(read(ends[1], text, sizeof(text)) == 2 && !memcmp(text, "ab", 2));
	CHECK(ioctl(ends[1], SIOCATMARK, &mark) == 0 && mark == 1);
	CHECK(recv(ends[1], text, 1, MSG_OOB) == 1 && text[0] == 'U');
	CHECK(recv(ends[1], text, 1, MSG_OOB) < 0 && errno == EINVAL);
	CHECK(read(ends[1], text, sizeof(text)) == 2 && !memcmp(text, "cd", 2));
	int one = 1;
	CHECK(setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &one, sizeof(one)) == 0);
	CHECK(send(ends[0], "eV", 2, MSG_OOB) == 2 && send(ends[0], "f", 1, 0) == 1);
	CHECK(recv(ends[1], text, 1, MSG_OOB) < 0 && errno == EINVAL);
	CHECK(read(ends[1], text, sizeof(text)) == 1 && text[0] == 'e');
	CHECK(recv(ends[1], text, 2, MSG_WAITALL) == 2 && !memcmp(text, "Vf", 2));
	signal(SIGURG, SIG_DFL);
	close(ends[0]);
	close(ends[1]);
}

static void both_families(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 }, peer;
	socklen_t length = sizeof(any);
	int listener = socket(AF_INET6, SOCK_STREAM, 0), client, server, one = 1;

	CHECK(bind(listener, (struct sockaddr *)&any, sizeof(any)) == 0);
	CHECK(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0 &&
	      errno == EINVAL);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&any, &length) == 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect_to(client, "127.0.0.1", ntohs(any.sin6_port)) == 0);
	length = sizeof(peer);
	server = accept(listener, (struct sockaddr *)&peer, &length);
	CHECK(server >= 0 && length == sizeof(peer));
	CHECK(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
	close(client);
	close(server);
	client = socket(AF_INET6, SOCK_STREAM, 0);
	any.sin6_addr = in6addr_loopback;
	CHECK(connect(client, (struct sockaddr *)&any, sizeof(any)) == 0);
	server = accept(listener, (struct sockaddr *)&peer, &length);
	CHECK(server >= 0 && IN6_IS_ADDR_LOOPBACK(&peer.sin6_addr));
	close(client);
	close(server);
	close(listener);
}

static void options(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), value = 5;
	socklen_t length = sizeof(value);

	CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)) == 0);
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0 && value == 1);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length) == 0 &&
	      value == IPPROTO_TCP);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length) == 0 && value == AF_INET);
	CHECK(getsockopt(fd, IPPROTO_TCP, 999, &value, &length) < 0 && errno == ENOPROTOOPT);
	CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 1) < 0 && errno == EINVAL);
	value = 0;
	CHECK(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof(value)) < 0 &&
	      errno == EINVAL);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)) < 0 && errno == EINVAL);
	close(fd);
}

static void bad_arguments(void)
{
	struct sockaddr_in name = at("127.0.0.1", 80);
	int fd = socket(AF_INET, SOCK_STREAM, 0), pair[2];

	CHECK(socket(AF_INET, SOCK_SEQPACKET, 0) < 0 && errno == ESOCKTNOSUPPORT);
	CHECK(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP) < 0 && errno == EPROTONOSUPPORT);
	CHECK(socketpair(AF_INET, SOCK_STREAM, 0, pair) < 0 && errno == EOPNOTSUPP);
	CHECK(bind(fd, (struct sockaddr *)&name, 8) < 0 && errno == EINVAL);
	CHECK(bind(fd, (struct sockaddr *)8, sizeof(name)) < 0 && errno == EFAULT);
	name.sin_family = AF_UNIX;
	CHECK(bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 && errno == EAFNOSUPPORT);
	CHECK(accept(fd, NULL, NULL) < 0 && errno == EINVAL);
	CHECK(listen(fd, 1) == 0 && port_of(fd) > 0);
	CHECK(connect_to(fd, "127.0.0.1", 1) < 0 && errno == EISCONN);
	close(fd);
}

/* Processes that serve and ask at once. */
static void crowd(void)
{
	enum { CLIENTS = 4, ROUNDS = 50 };
	int listener = bound(SOCK_STREAM, "127.0.0.1", 0), port = port_of(listener);
	pid_t pids[CLIENTS];

	CHECK(listen(listener, 64) == 0);
	for (int i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i])
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			int fd = socket(AF_INET, SOCK_STREAM, 0);
			char byte = (char)round;

			CHILD_CHECK(connect_to(fd, "127.0.0.1", port) == 0);
			CHILD_CHECK(write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1);
			CHILD_CHECK(byte == (char)(round + 1));
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < CLIENTS * ROUNDS; i++) {
		int fd = accept(listener, NULL, NULL);
		char byte;

		CHECK(fd >= 0 && read(fd, &byte, 1) == 1);
		byte++;
		CHECK(write(fd, &byte, 1) == 1);
		close(fd);
	}
	for (int i = 0; i < CLIENTS; i++)
		CHECK(ended_well(pids[i]));
	close(listener);
}

/* A Linux without its loopback device up reaches nobody. */
static void raise_loopback(void)
{
	struct {
		char name[16];
		short flags;
		char rest[22];
	} request = { .name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, 0x8913, &request) == 0) {
		request.flags |= 1;
		ioctl(fd, 0x8914, &request);
	}
	close(fd);
}

static bool poll_out(int fd, int wait_ms)
{
	struct pollfd one = { fd, POLLOUT, 0 };

	return poll(&one, 1, wait_ms) == 1 && one.revents & POLLOUT;
}

/* Those that find the listener's queue full go on when it accepts, or end with it. */
static void full_queue(void)
{
	enum { CLIENTS = 6 };
	int listener = bound(SOCK_STREAM, "127.0.0.1", 0), port = port_of(listener);
	int clients[CLIENTS], accepted[CLIENTS], error;
	socklen_t size = sizeof(error);

	CHECK(listener >= 0 && listen(listener, 1) == 0);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		CHECK(connect_to(clients[i], "127.0.0.1", port) == -1 && errno == EINPROGRESS);
	}
	CHECK(poll_out(clients[0], 0) && !poll_out(clients[CLIENTS - 2], 0));
	CHECK(connect_to(clients[CLIENTS - 2], "127.0.0.1", port) == -1 && errno == EALREADY);
	CHECK(write(clients[CLIENTS - 2], "a", 1) == -1 && errno == EAGAIN);
	CHECK(close(clients[CLIENTS - 1]) == 0); /* one gives up */
	for (int i = 0; i < CLIENTS - 1; i++) {
		accepted[i] = accept(listener, NULL, NULL);
		CHECK(accepted[i] >= 0);
	}
	CHECK(poll_out(clients[CLIENTS - 2], 60000));
	CHECK(getsockopt(clients[CLIENTS - 2], SOL_SOCKET, SO_ERROR, &error, &size) == 0 && !error);
	CHECK(write(clients[CLIENTS - 2], "a", 1) == 1);
	for (int i = 0; i < CLIENTS - 1; i++)
		CHECK(close(clients[i]) == 0 && close(accepted[i]) == 0);
	CHECK(close(listener) == 0);
}

int main(void)
{
	raise_loopback();
	RUN(stream);
	RUN(nonblocking);
	RUN(full_queue);
	RUN(unconnected);
	RUN(ports);
	RUN(datagrams);
	RUN(connected_datagrams);
	RUN(urgent);
	RUN(both_families);
	RUN(options);
	RUN(bad_arguments);
	RUN(crowd);
	return guest_result();
}
