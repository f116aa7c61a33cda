/* SPDX-License-Identifier: MIT */
/* FIFOs: opening waits for the other side. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

static const char path[] = "/tmp/fifo-test";

static void fresh(void)
{
	unlink(path);
	if (mkfifo(path, 0600))
		_exit(2);
}

static void reader_waits(void)
{
	char buffer[16];

	fresh();
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		int fd = open(path, O_WRONLY);
		CHILD_CHECK(fd >= 0 && write(fd, "hello", 5) == 5);
		_exit(0);
	}
	int fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, buffer, sizeof(buffer)) == 5 && !memcmp(buffer, "hello", 5));
	CHECK(read(fd, buffer, sizeof(buffer)) == 0);
	CHECK(ended_well(pid));
	close(fd);
}

/* A writer that came and went is enough to end a reader's open. */
static void writer_waits(void)
{
	fresh();
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		int fd = open(path, O_RDONLY);
		CHILD_CHECK(fd >= 0);
		close(fd);
		_exit(0);
	}
	long begin = now_ms();
	int fd = open(path, O_WRONLY);
	CHECK(fd >= 0 && now_ms() - begin >= 40);
	CHECK(ended_well(pid));
	signal(SIGPIPE, SIG_IGN);
	CHECK(write(fd, "x", 1) < 0 && errno == EPIPE);
	signal(SIGPIPE, SIG_DFL);
	close(fd);
}

static void nonblocking(void)
{
	char byte;

	fresh();
	CHECK(open(path, O_WRONLY | O_NONBLOCK) < 0 && errno == ENXIO);
	int in = open(path, O_RDONLY | O_NONBLOCK);
	CHECK(in >= 0);
	struct pollfd poll_in = { .fd = in, .events = POLLIN };
	CHECK(poll(&poll_in, 1, 0) == 0); /* no writer has been there: no POLLHUP */
	CHECK(read(in, &byte, 1) == 0);
	int out = open(path, O_WRONLY | O_NONBLOCK);
	CHECK(out >= 0);
	CHECK(read(in, &byte, 1) < 0 && errno == EAGAIN);
	CHECK(write(out, "x", 1) == 1 && poll(&poll_in, 1, 0) == 1 && poll_in.revents == POLLIN);
	close(out);
	CHECK(read(in, &byte, 1) == 1);
	CHECK(poll(&poll_in, 1, 0) == 1 && poll_in.revents == POLLHUP);
	close(in);
}

static void both_ways(void)
{
	char byte;

	fresh();
	int fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	CHECK(write(fd, "x", 1) == 1 && read(fd, &byte, 1) == 1 && byte == 'x');
	close(fd);
}

/* What nobody has read goes when the last one closes. */
static void content_is_not_kept(void)
{
	char byte;

	fresh();
	int fd = open(path, O_RDWR);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	fd = open(path, O_RDWR | O_NONBLOCK);
	CHECK(fd >= 0 && read(fd, &byte, 1) < 0 && errno == EAGAIN);
	close(fd);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	fresh();
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		_exit(kill(getppid(), SIGALRM) != 0);
	}
	CHECK(open(path, O_RDONLY) < 0 && errno == EINTR);
	CHECK(ended_well(pid));
	/* The open that failed is not counted as a reader. */
	CHECK(open(path, O_WRONLY | O_NONBLOCK) < 0 && errno == ENXIO);
}

static void kind(void)
{
	struct stat status;

	fresh();
	CHECK(stat(path, &status) == 0 && S_ISFIFO(status.st_mode));
	CHECK((status.st_mode & 0777) == 0600);
	CHECK(unlink(path) == 0);
}

int main(void)
{
	RUN(reader_waits);
	RUN(writer_waits);
	RUN(nonblocking);
	RUN(both_ways);
	RUN(content_is_not_kept);
	RUN(interrupted);
	RUN(kind);
	return guest_result();
}
