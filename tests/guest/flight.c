/* SPDX-License-Identifier: MIT */
/* Sockets in messages of sockets (kernel/ipc/unix_flight.c): what nobody can reach is freed. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest.h"
#include "loopback.h"

enum { ROUNDS = 200, SLACK = 150, CHAIN = 3000 };

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* Sends count descriptors with one byte. */
static ssize_t send_files(int to, const int *files, int count)
{
	union {
		char room[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec piece = { "x", 1 };
	struct msghdr header = { .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)) };
	struct cmsghdr *message = CMSG_FIRSTHDR(&header);

	message->cmsg_level = SOL_SOCKET;
	message->cmsg_type = SCM_RIGHTS;
	message->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(message), files, (size_t)count * sizeof(int));
	return sendmsg(to, &header, MSG_DONTWAIT);
}

static bool send_file(int to, int file)
{
	return send_files(to, &file, 1) == 1;
}

/* The descriptor that comes with the next byte, -1 for none. */
static int receive_file(int from, int flags)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec piece = { &byte, 1 };
	struct msghdr header = { .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room) };
	struct cmsghdr *message;
	int file = -1;

	if (recvmsg(from, &header, flags) != 1)
		return -1;
	message = CMSG_FIRSTHDR(&header);
	if (message && message->cmsg_type == SCM_RIGHTS)
		memcpy(&file, CMSG_DATA(message), sizeof(file));
	return file;
}

static long open_files(void)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "r");
	long count = -1;

	if (file && fscanf(file, "%ld", &count) != 1)
		count = -1;
	if (file)
		fclose(file);
	return count;
}

/* Freeing may be the work of another task: waits until about as many files are open as before. */
static bool files_return_to(long before)
{
	for (int i = 0; i < 600; i++) {
		if (open_files() < before + SLACK)
			return true;
		sleep_ms(50);
	}
	printf("%ld files before, %ld now\n", before, open_files());
	return false;
}

/* Each makes garbage of two sockets. */
static bool in_itself(void)
{
	int pair[2];

	return !socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && send_file(pair[0], pair[1]) &&
	       !close(pair[0]) && !close(pair[1]);
}

static bool in_itself_closed_first(void)
{
	int pair[2];

	return !socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) && send_file(pair[0], pair[1]) &&
	       !close(pair[1]) && !close(pair[0]);
}

static bool in_each_other(void)
{
	int a[2], b[2];

	return !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, a) &&
	       !socketpair(AF_UNIX, SOCK_STREAM, 0, b) && send_file(a[0], b[1]) &&
	       send_file(b[0], a[1]) && !close(a[0]) && !close(a[1]) && !close(b[0]) &&
	       !close(b[1]);
}

/* The circle leads to two more, by more than one message. */
static bool with_a_tail(void)
{
	int a[2], b[2], both[3];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, a) || socketpair(AF_UNIX, SOCK_STREAM, 0, b))
		return false;
	both[0] = a[1];
	both[1] = b[0];
	both[2] = b[1];
	return send_files(a[0], both, 3) == 1 && send_file(a[0], b[0]) && send_file(b[0], b[0]) &&
	       !close(b[1]) && !close(b[0]) && !close(a[1]) && !close(a[0]);
}

/* A listener is in a message to a connection that it has not accepted. */
static bool in_a_listener(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(sa_family_t);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(listener, (void *)&name, length) || listen(listener, 2))
		return false;
	length = sizeof(name);
	return !getsockname(listener, (void *)&name, &length) &&
	       !connect(client, (void *)&name, length) && send_file(client, listener) &&
	       !close(listener) && !close(client);
}

/* The last message that leads to a circle is in a socket that is not part of it. */
static bool through_another(void)
{
	int a[2], b[2];

	return !socketpair(AF_UNIX, SOCK_STREAM, 0, a) && !socketpair(AF_UNIX, SOCK_STREAM, 0, b) &&
	       send_file(a[0], a[1]) && send_file(b[0], a[1]) && !close(a[0]) && !close(a[1]) &&
	       !close(b[0]) && !close(b[1]);
}

/* A read without room for control messages drops what comes with it. */
static bool dropped_by_read(void)
{
	char byte;
	int a[2], b[2];

	return !socketpair(AF_UNIX, SOCK_STREAM, 0, a) && !socketpair(AF_UNIX, SOCK_STREAM, 0, b) &&
	       send_file(a[0], a[1]) && send_file(b[0], a[1]) && !close(a[0]) && !close(a[1]) &&
	       read(b[1], &byte, 1) == 1 && !close(b[0]) && !close(b[1]);
}

static void garbage_is_freed(void)
{
	static bool (*const makers[])(
		void) = { in_itself,	 in_itself_closed_first, in_each_other,	 with_a_tail,
			  in_a_listener, through_another,	 dropped_by_read };
	long before = open_files();

	CHECK(before >= 0);
	for (unsigned int i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		for (int round = 0; round < ROUNDS; round++)
			CHECK(makers[i]());
		CHECK(files_return_to(before));
	}
}

/* What can be reached stays whole, whatever else is freed. */
static void reachable_stays(void)
{
	int a[2], b[2], fd;
	char text[4];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, a) && !socketpair(AF_UNIX, SOCK_STREAM, 0, b));
	CHECK(send_file(b[0], b[1]) && send_file(a[0], b[1])); /* b[1] in itself, and in a[1] */
	CHECK(write(b[0], "abc", 3) == 3);
	CHECK(!close(b[1]));
	for (int i = 0; i < 20; i++)
		CHECK(in_itself() && in_each_other());
	fd = receive_file(a[1], MSG_PEEK);
	CHECK(fd >= 0 && !close(fd));
	CHECK(in_itself());
	fd = receive_file(a[1], 0);
	CHECK(fd >= 0);
	b[1] = receive_file(fd, 0);
	CHECK(b[1] >= 0 && !close(fd));
	CHECK(read(b[1], text, 4) == 3 && !memcmp(text, "abc", 3));
	CHECK(write(b[1], "def", 3) == 3 && read(b[0], text, 4) == 3 && !memcmp(text, "def", 3));
	CHECK(!close(b[1]) && read(b[0], text, 4) == 0);
	CHECK(!close(a[0]) && !close(a[1]) && !close(b[0]));
}

/* A long chain of sockets, each in the next: closing the last ends all. */
static void chain(void)
{
	long before = open_files();
	int last[2], next[2], pipe_ends[2];
	char byte;

	CHECK(!pipe(pipe_ends));
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, last));
	CHECK(send_file(last[0], pipe_ends[1]) && !close(pipe_ends[1]));
	for (int i = 0; i < CHAIN; i++) {
		CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, next));
		CHECK(send_file(next[0], last[1]));
		CHECK(!close(last[0]) && !close(last[1]));
		last[0] = next[0];
		last[1] = next[1];
	}
	CHECK(!close(last[0]) && !close(last[1]));
	CHECK(read(pipe_ends[0], &byte, 1) == 0); /* the one in the innermost, too */
	CHECK(!close(pipe_ends[0]));
	CHECK(files_return_to(before));
}

static void limit(void)
{
	pid_t child = fork();

	if (!child) {
		struct rlimit limit = { 40, 40 };
		int pair[2], sent = 0, files[8];

		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
		CHILD_CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		for (int i = 0; i < 8; i++)
			files[i] = pair[i % 2];
		while (sent < 100 && send_files(pair[0], files, 8) == 1)
			sent++;
		CHILD_CHECK(sent == 6 && errno == ETOOMANYREFS); /* refused when there are more */
		CHILD_CHECK(fails(send_files(pair[1], files, 1), ETOOMANYREFS));
		CHILD_CHECK(write(pair[0], "y", 1) == 1);
		CHILD_CHECK(receive_file(pair[1], 0) >= 0);
		CHILD_CHECK(send_files(pair[0], files, 8) == 1);
		_exit(0);
	}
	CHECK(ended_well(child));
	child = fork();
	if (!child) { /* and they are the sender's no more */
		int pair[2];

		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) &&
			    send_file(pair[0], pair[1]));
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* Only local sockets carry files. */
static void other_families(void)
{
	int file = socket(AF_INET, SOCK_DGRAM, 0), none = -1;
	struct sockaddr name = { .sa_family = AF_INET };
	socklen_t length = sizeof(name);

	loopback_up();
	CHECK(!bind(file, &name, length) && !getsockname(file, &name, &length));
	CHECK(!connect(file, &name, length));
	CHECK(send_files(file, &file, 1) == 1);
	CHECK(send_files(file, &none, 1) == 1);
	CHECK(receive_file(file, 0) == -1);
	CHECK(!close(file));
}

static void *churn(void *at)
{
	unsigned int seed = (unsigned int)(long)at;
	int pair[2], fd;
	long done = 0;

	for (int i = 0; i < 300; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			continue;
		send_file(pair[0], pair[1]);
		send_file(pair[1], pair[0]);
		if (rand_r(&seed) % 2) {
			fd = receive_file(pair[1], rand_r(&seed) % 2 ? MSG_PEEK : 0);
			if (fd >= 0) {
				send_file(fd, pair[0]);
				done += write(fd, "z", 1);
				close(fd);
			}
		}
		close(pair[rand_r(&seed) % 2]);
		close(pair[0]);
		close(pair[1]);
	}
	return (void *)done;
}

/* Many at once, who close each other's descriptors, too. */
static void at_once(void)
{
	long before = open_files();
	pthread_t threads[4];

	for (long i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, churn, (void *)(i + 1)));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(in_itself());
	CHECK(files_return_to(before));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	RUN(garbage_is_freed);
	RUN(reachable_stays);
	RUN(chain);
	RUN(limit);
	RUN(other_families);
	RUN(at_once);
	return guest_result();
}
