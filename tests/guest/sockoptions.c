/* SPDX-License-Identifier: MIT */
/* Options that sockets of every family have, and time limits of waits. */
#include "guest.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static int number(int fd, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) ? -errno : value;
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)) ? -errno : 0;
}

static void numbers_of(int family)
{
	int fd = socket(family, SOCK_STREAM, 0), other;
	const int switches[] = { SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_DONTROUTE };
	struct linger linger = { 5, 3 };
	socklen_t length = sizeof(linger);

	for (unsigned int i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		CHECK(number(fd, switches[i]) == 0 && set(fd, switches[i], 7) == 0);
		CHECK(number(fd, switches[i]) == 1 && set(fd, switches[i], 0) == 0);
		CHECK(number(fd, switches[i]) == 0);
	}
	CHECK(number(fd, SO_PRIORITY) == 0 && set(fd, SO_PRIORITY, 6) == 0);
	CHECK(number(fd, SO_PRIORITY) == 6);
	CHECK(number(fd, SO_RCVLOWAT) == 1 && set(fd, SO_RCVLOWAT, 0) == 0);
	CHECK(number(fd, SO_RCVLOWAT) == 1 && number(fd, SO_SNDLOWAT) == 1);
	CHECK(number(fd, SO_PROTOCOL) == (family == AF_UNIX ? 0 : IPPROTO_TCP));
	other = socket(family, SOCK_DGRAM, 0);
	CHECK(number(other, SO_PROTOCOL) == (family == AF_UNIX ? 0 : IPPROTO_UDP));
	close(other);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0);
	CHECK(length == sizeof(linger) && linger.l_onoff == 1 && linger.l_linger == 3);
	CHECK(number(fd, 9999) == -ENOPROTOOPT && set(fd, 9999, 1) == -ENOPROTOOPT);
	close(fd);
}

static void numbers(void)
{
	numbers_of(AF_UNIX);
	numbers_of(AF_INET);
}

static int limit(int fd, int name, long seconds, long us)
{
	struct timeval time = { seconds, us };

	return setsockopt(fd, SOL_SOCKET, name, &time, sizeof(time)) ? -errno : 0;
}

static void limits_kept(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct timeval time;
	socklen_t length = sizeof(time);

	CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length) == 0);
	CHECK(length == sizeof(time) && time.tv_sec == 0 && time.tv_usec == 0);
	CHECK(limit(fd, SO_RCVTIMEO, 5, 500000) == 0 && limit(fd, SO_SNDTIMEO, 7, 0) == 0);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length) == 0);
	CHECK(time.tv_sec == 5 && time.tv_usec == 500000);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length) == 0);
	CHECK(time.tv_sec == 7 && time.tv_usec == 0);
	CHECK(limit(fd, SO_RCVTIMEO, 0, 1000000) == -EDOM &&
	      limit(fd, SO_RCVTIMEO, 0, -1) == -EDOM);
	CHECK(set(fd, SO_RCVTIMEO, 1) == -EINVAL);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, 2) < 0 && errno == EINVAL);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, (void *)8, sizeof(time)) < 0 &&
	      errno == EFAULT);
	close(fd);
}

/* Nothing comes, there is no room, nobody connects. */
static void limits_end(void)
{
	struct sockaddr_un name = { AF_UNIX, "" };
	static char chunk[4096];
	int ends[2], fd;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(limit(ends[0], SO_RCVTIMEO, 0, 20000) == 0 &&
	      limit(ends[0], SO_SNDTIMEO, 0, 20000) == 0);
	CHECK(read(ends[0], chunk, 1) < 0 && errno == EAGAIN);
	CHECK(write(ends[1], "abc", 3) == 3);
	CHECK(recv(ends[0], chunk, sizeof(chunk), MSG_WAITALL) == 3);
	while (write(ends[0], chunk, sizeof(chunk)) > 0)
		;
	CHECK(errno == EAGAIN);
	CHECK(limit(ends[0], SO_RCVTIMEO, -1, 0) == 0);
	CHECK(read(ends[0], chunk, 1) < 0 && errno == EAGAIN);
	close(ends[0]);
	close(ends[1]);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(fd, (void *)&name, sizeof(sa_family_t)) == 0 && listen(fd, 1) == 0);
	CHECK(limit(fd, SO_RCVTIMEO, 0, 20000) == 0);
	CHECK(accept(fd, NULL, NULL) < 0 && errno == EAGAIN);
	close(fd);
}

static void nothing(int signal)
{
	(void)signal;
}

/* A wait that has a limit is not begun again after a signal. */
static void limits_and_signals(void)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, 10000 }, { 0, 10000 } }, none = { { 0, 0 }, { 0, 0 } };
	int ends[2];
	char byte;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(sigaction(SIGALRM, &action, NULL) == 0 && limit(ends[0], SO_RCVTIMEO, 1000, 0) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	CHECK(read(ends[0], &byte, 1) < 0 && errno == EINTR);
	CHECK(setitimer(ITIMER_REAL, &none, NULL) == 0);
	close(ends[0]);
	close(ends[1]);
}

static void async(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), file = open("/proc/self/exe", O_RDONLY), on = 1;

	CHECK(ioctl(fd, FIOASYNC, &on) == 0 && fcntl(fd, F_GETFL) & O_ASYNC);
	on = 0;
	CHECK(ioctl(fd, FIOASYNC, &on) == 0 && !(fcntl(fd, F_GETFL) & O_ASYNC));
	CHECK(ioctl(fd, FIOASYNC, (void *)8) < 0 && errno == EFAULT);
	CHECK(ioctl(file, FIOASYNC, &on) == 0);
	on = 1;
	CHECK(ioctl(file, FIOASYNC, &on) < 0 && errno == ENOTTY);
	close(fd);
	close(file);
}

int main(void)
{
	RUN(numbers);
	RUN(limits_kept);
	RUN(limits_end);
	RUN(limits_and_signals);
	RUN(async);
	return guest_result();
}
