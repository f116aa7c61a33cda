/* SPDX-License-Identifier: MIT */
/* Pipes: order, blocking, ends, polling. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>

enum { CHUNK = 4096, TOTAL = 4 << 20 };

static void stream(void)
{
	static unsigned char chunk[CHUNK * 3];
	int ends[2];
	long got = 0;

	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(ends[0]);
		for (long at = 0; at < TOTAL; at += CHUNK) {
			for (int i = 0; i < CHUNK; i++)
				chunk[i] = (at + i) * 31 >> 3;
			CHILD_CHECK(write(ends[1], chunk, CHUNK) == CHUNK);
		}
		_exit(0);
	}
	close(ends[1]);
	for (;;) {
		long size = read(ends[0], chunk, sizeof(chunk));

		CHECK(size >= 0);
		if (size == 0)
			break;
		for (long i = 0; i < size; i++)
			CHECK(chunk[i] == (unsigned char)((got + i) * 31 >> 3));
		got += size;
	}
	close(ends[0]);
	CHECK(got == TOTAL && ended_well(pid));
}

static void ping_pong(void)
{
	int there[2], here[2], value;

	CHECK(pipe(there) == 0 && pipe(here) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 2000; i++) {
			CHILD_CHECK(read(there[0], &value, sizeof(value)) == sizeof(value));
			value++;
			CHILD_CHECK(write(here[1], &value, sizeof(value)) == sizeof(value));
		}
		_exit(0);
	}
	for (int i = 0; i < 2000; i++) {
		CHECK(write(there[1], &i, sizeof(i)) == sizeof(i));
		CHECK(read(here[0], &value, sizeof(value)) == sizeof(value) && value == i + 1);
	}
	CHECK(ended_well(pid));
}

static void closed_reader(void)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK(write(ends[1], "x", 1) < 0 && errno == EPIPE);
	signal(SIGPIPE, SIG_DFL);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (write(ends[1], "x", 1) < 0)
			_exit(1);
		_exit(0);
	}
	int status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
	close(ends[1]);
}

static void nonblocking(void)
{
	static char chunk[CHUNK];
	int ends[2];
	long written = 0, size;

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	CHECK(read(ends[0], chunk, 1) < 0 && errno == EAGAIN);
	while ((size = write(ends[1], chunk, CHUNK)) > 0)
		written += size;
	CHECK(errno == EAGAIN && written == 64 << 10);
	CHECK(read(ends[0], chunk, CHUNK) == CHUNK);
	CHECK(write(ends[1], chunk, CHUNK) == CHUNK);
	close(ends[0]);
	close(ends[1]);
}

static void polled(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	struct pollfd in = { .fd = ends[0], .events = POLLIN };
	struct pollfd out = { .fd = ends[1], .events = POLLOUT };
	long begin = now_ms();
	CHECK(poll(&in, 1, 50) == 0 && now_ms() - begin >= 49);
	CHECK(poll(&out, 1, 0) == 1 && out.revents == POLLOUT);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		_exit(write(ends[1], "x", 1) != 1);
	}
	CHECK(poll(&in, 1, 5000) == 1 && in.revents == POLLIN);
	CHECK(read(ends[0], &byte, 1) == 1 && ended_well(pid));
	close(ends[1]);
	CHECK(poll(&in, 1, 1000) == 1 && in.revents == POLLHUP);
	close(ends[0]);
	CHECK(poll(&in, 1, 0) == 1 && in.revents == POLLNVAL);
}

static void selected(void)
{
	int ends[2];
	fd_set set;
	struct timeval time = { 5, 0 };

	CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	CHECK(select(ends[0] + 1, &set, NULL, NULL, &time) == 1 && FD_ISSET(ends[0], &set));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	RUN(stream);
	RUN(ping_pong);
	RUN(closed_reader);
	RUN(nonblocking);
	RUN(polled);
	RUN(selected);
	return guest_result();
}
