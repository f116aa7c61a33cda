/* SPDX-License-Identifier: MIT */
/* Locks on files: ranges, descriptions, flock(2), who is in the way, deadlocks, wrong arguments. */
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>

#ifndef F_OFD_GETLK
enum { F_OFD_GETLK = 36, F_OFD_SETLK = 37, F_OFD_SETLKW = 38 };
#endif

#define PATH "/tmp/locked"

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static int lock(int fd, int command, short type, off_t start, off_t length)
{
	struct flock request = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length
	};

	return fcntl(fd, command, &request);
}

/* What is in the way of a lock for another process: "type start length", or "-". */
static const char *seen_by_other(int fd, short type, off_t start, off_t length)
{
	static char text[64];
	int result[2];

	memset(text, 0, sizeof(text));
	if (pipe(result) < 0)
		return "no pipe";
	pid_t pid = fork();
	if (pid == 0) {
		struct flock request = { .l_type = type, .l_start = start, .l_len = length };

		if (fcntl(fd, F_GETLK, &request) < 0)
			snprintf(text, sizeof(text), "errno %d", errno);
		else if (request.l_type == F_UNLCK)
			snprintf(text, sizeof(text), "-");
		else
			snprintf(text, sizeof(text), "%s %ld %ld%s",
				 request.l_type == F_RDLCK ? "read" : "write",
				 (long)request.l_start, (long)request.l_len,
				 request.l_pid == getppid() ? "" : " of whom?");
		_exit(write(result[1], text, sizeof(text)) != sizeof(text));
	}
	if (!ended_well(pid) || read(result[0], text, sizeof(text)) != sizeof(text))
		snprintf(text, sizeof(text), "no answer");
	close(result[0]);
	close(result[1]);
	return text;
}

#define SEES(expected, type, start, length)                                                        \
	do {                                                                                       \
		const char *text = seen_by_other(fd, type, start, length);                         \
		if (strcmp(text, expected))                                                        \
			printf("seen: %s\nexpected: %s\n", text, expected);                        \
		CHECK(!strcmp(text, expected));                                                    \
	} while (0)

static void joins_and_cuts(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT, 0600);

	CHECK(fd >= 0);
	SEES("-", F_WRLCK, 0, 0);
	CHECK(lock(fd, F_SETLK, F_RDLCK, 0, 10) == 0 && lock(fd, F_SETLK, F_RDLCK, 20, 10) == 0);
	SEES("read 0 10", F_WRLCK, 0, 0);
	SEES("-", F_RDLCK, 0, 0);
	SEES("-", F_WRLCK, 10, 10);
	CHECK(lock(fd, F_SETLK, F_RDLCK, 10, 10) == 0); /* closes the gap */
	SEES("read 0 30", F_WRLCK, 29, 1);
	CHECK(lock(fd, F_SETLK, F_WRLCK, 5, 10) == 0); /* another type cuts */
	SEES("read 0 5", F_WRLCK, 0, 0);
	SEES("write 5 10", F_RDLCK, 0, 0);
	SEES("read 15 15", F_WRLCK, 15, 0);
	CHECK(lock(fd, F_SETLK, F_UNLCK, 8, 2) == 0);
	SEES("-", F_WRLCK, 8, 2);
	SEES("write 10 5", F_RDLCK, 8, 10);
	CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
	SEES("write 0 0", F_RDLCK, 1000, 1);
	CHECK(lock(fd, F_SETLK, F_UNLCK, 100, 0) == 0);
	SEES("write 0 100", F_RDLCK, 0, 0);
	CHECK(lock(fd, F_SETLK, F_WRLCK, INT64_MAX, 1) == 0);
	SEES("write 9223372036854775807 0", F_RDLCK, 200, 0);
	int other = open(PATH, O_RDONLY);
	close(other); /* any close of the file drops them all */
	SEES("-", F_WRLCK, 0, 0);
	close(fd);
}

static void refuses(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT, 0600), reader = open(PATH, O_RDONLY);
	int writer = open(PATH, O_WRONLY);
	struct flock request = { .l_type = F_WRLCK, .l_whence = 3 };

	CHECK(fails(lock(1000, F_SETLK, F_WRLCK, 0, 0), EBADF));
	CHECK(fails(lock(reader, F_SETLK, F_WRLCK, 0, 0), EBADF));
	CHECK(fails(lock(writer, F_SETLK, F_RDLCK, 0, 0), EBADF));
	CHECK(lock(reader, F_GETLK, F_WRLCK, 0, 0) == 0);
	CHECK(fails(lock(fd, F_SETLK, 3, 0, 0), EINVAL) &&
	      fails(lock(fd, F_GETLK, F_UNLCK, 0, 0), EINVAL));
	CHECK(fails(fcntl(fd, F_SETLK, &request), EINVAL));
	CHECK(fails(fcntl(fd, F_SETLK, (void *)8), EFAULT) &&
	      fails(fcntl(fd, F_GETLK, NULL), EFAULT));
	CHECK(fails(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL));
	CHECK(fails(lock(fd, F_SETLK, F_WRLCK, 5, -6), EINVAL));
	CHECK(fails(lock(fd, F_SETLK, F_WRLCK, INT64_MAX, 2), EOVERFLOW));
	request = (struct flock){ .l_type = F_WRLCK, .l_pid = 1 };
	CHECK(fails(fcntl(fd, F_OFD_SETLK, &request), EINVAL));
	CHECK(fails(fcntl(fd, F_OFD_GETLK, &request), EINVAL));
	CHECK(lock(fd, F_SETLK, F_WRLCK, 10, -5) == 0); /* the five before */
	SEES("write 5 5", F_RDLCK, 0, 0);
	CHECK(fails(flock(fd, 0), EINVAL) && fails(flock(fd, LOCK_SH | LOCK_EX), EINVAL));
	CHECK(fails(flock(1000, LOCK_SH), EBADF));
	close(fd);
	close(reader);
	close(writer);
}

static void excludes_descriptions(void)
{
	int one = open(PATH, O_RDWR | O_CREAT, 0600), two = open(PATH, O_RDWR);
	struct flock request = { .l_type = F_WRLCK };

	CHECK(lock(one, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
	CHECK(fails(lock(two, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN));
	CHECK(fails(lock(two, F_SETLK, F_RDLCK, 5, 1), EAGAIN)); /* even in one process */
	CHECK(fcntl(two, F_GETLK, &request) == 0 && request.l_pid == -1 && request.l_len == 10);
	request = (struct flock){ .l_type = F_UNLCK };
	CHECK(fcntl(one, F_OFD_GETLK, &request) == 0 && request.l_type == F_WRLCK &&
	      request.l_len == 10);
	request = (struct flock){ .l_type = F_UNLCK };
	CHECK(fcntl(two, F_OFD_GETLK, &request) == 0 && request.l_type == F_UNLCK);
	int copy = dup(one);
	close(one);
	CHECK(fails(lock(two, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN)); /* the description lives */
	close(copy);
	CHECK(lock(two, F_OFD_SETLK, F_RDLCK, 5, 1) == 0);
	close(two);
}

static void flocks(void)
{
	int one = open(PATH, O_RDWR | O_CREAT, 0600), two = open(PATH, O_RDONLY),
	    three = open(PATH, O_RDONLY);

	CHECK(flock(one, LOCK_SH) == 0 && flock(two, LOCK_SH | LOCK_NB) == 0);
	CHECK(fails(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK)); /* and its own is lost */
	CHECK(flock(one, LOCK_EX | LOCK_NB) == 0);
	CHECK(fails(flock(three, LOCK_SH | LOCK_NB), EWOULDBLOCK));
	CHECK(lock(one, F_SETLK, F_WRLCK, 0, 0) == 0); /* the kinds do not mix */
	CHECK(flock(one, LOCK_UN) == 0 && flock(three, LOCK_EX | LOCK_NB) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(flock(three, LOCK_SH | LOCK_NB) == 0); /* the description's */
		CHILD_CHECK(flock(one, LOCK_SH) == 0);		   /* shared by both */
		CHILD_CHECK(flock(three, LOCK_UN) == 0);
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(flock(two, LOCK_SH | LOCK_NB) == 0);
	close(one);
	close(two);
	close(three);
}

/* --- waiting --- */

static void waits(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT, 0600), ready[2];
	char byte;

	CHECK(pipe(ready) == 0 && lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(write(ready[1], "", 1) == 1);
		CHILD_CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1 && reaches_state(pid, 'S'));
	CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0 && ended_well(pid));
	close(ready[0]);
	close(ready[1]);
	close(fd);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void is_interrupted(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT, 0600);
	struct sigaction action = { .sa_handler = on_signal };

	CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		sigaction(SIGUSR1, &action, NULL);
		CHILD_CHECK(fails(lock(fd, F_SETLKW, F_WRLCK, 0, 1), EINTR));
		int other = open(PATH, O_RDONLY);
		CHILD_CHECK(flock(other, LOCK_SH) == 0);
		_exit(0);
	}
	CHECK(reaches_state(pid, 'S'));
	sleep_ms(20);
	kill(pid, SIGUSR1);
	CHECK(ended_well(pid));
	close(fd);
}

/* Three processes, each with a byte, each waiting for the next one's: the last to come is told. */
static void finds_deadlocks(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT, 0600), ready[2];
	pid_t pid[2];
	char byte;

	CHECK(pipe(ready) == 0 && lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			CHILD_CHECK(lock(fd, F_SETLK, F_WRLCK, i + 1, 1) == 0);
			CHILD_CHECK(write(ready[1], "", 1) == 1);
			CHILD_CHECK(lock(fd, F_SETLKW, F_WRLCK, i, 1) == 0);
			_exit(0);
		}
		CHECK(read(ready[0], &byte, 1) == 1 && reaches_state(pid[i], 'S'));
		sleep_ms(20);
	}
	CHECK(fails(lock(fd, F_SETLKW, F_WRLCK, 2, 1), EDEADLK));
	CHECK(fails(lock(fd, F_SETLK, F_WRLCK, 2, 1), EAGAIN));
	CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
	CHECK(ended_well(pid[0]) && ended_well(pid[1]));
	CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 0) == 0);
	close(ready[0]);
	close(ready[1]);
	close(fd);
}

/* Many take turns with two locks in one order: no deadlock is seen where there is none. */
static void takes_turns(void)
{
	int fd = open(PATH, O_RDWR | O_CREAT, 0600);
	pid_t pid[4];

	for (int i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			for (int round = 0; round < 100; round++) {
				CHILD_CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0);
				CHILD_CHECK(lock(fd, F_SETLKW, F_WRLCK, 1, 1) == 0);
				CHILD_CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
				CHILD_CHECK(lock(fd, F_SETLK, F_UNLCK, 1, 1) == 0);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++)
		CHECK(ended_well(pid[i]));
	close(fd);
}

int main(void)
{
	RUN(joins_and_cuts);
	RUN(refuses);
	RUN(excludes_descriptions);
	RUN(flocks);
	RUN(waits);
	RUN(is_interrupted);
	RUN(finds_deadlocks);
	RUN(takes_turns);
	unlink(PATH);
	return guest_result();
}
