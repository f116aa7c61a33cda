/* SPDX-License-Identifier: MIT */
/* Pipes beyond pipes.c: atomic writes, packets, counts, signals, reopening, bad arguments. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

enum { WRITERS = 4, RECORDS = 300, PIPE_ATOMIC = 4096 };

static void *volatile nowhere = (void *)8; /* an address that is not mapped */

struct record {
	int writer;
	int number;
	unsigned char fill[1000 - 2 * sizeof(int)];
};

static void write_records(int fd, int writer)
{
	struct record record = { .writer = writer };

	memset(record.fill, 'a' + writer, sizeof(record.fill));
	for (record.number = 0; record.number < RECORDS; record.number++)
		CHILD_CHECK(write(fd, &record, sizeof(record)) == sizeof(record));
	_exit(0);
}

/* Records of several writers are never mixed, and stay in each writer's order. */
static void atomic_writes(void)
{
	int ends[2], next[WRITERS] = { 0 };
	struct record record;
	pid_t pids[WRITERS];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0)
			write_records(ends[1], i);
	}
	close(ends[1]);
	for (int i = 0; i < WRITERS * RECORDS; i++) {
		size_t got = 0;

		while (got < sizeof(record)) {
			ssize_t size = read(ends[0], (char *)&record + got, sizeof(record) - got);

			CHECK(size > 0);
			got += size;
		}
		CHECK(record.writer >= 0 && record.writer < WRITERS);
		CHECK(record.number == next[record.writer]++);
		for (size_t j = 0; j < sizeof(record.fill); j++)
			CHECK(record.fill[j] == 'a' + record.writer);
	}
	CHECK(read(ends[0], &record, 1) == 0);
	for (int i = 0; i < WRITERS; i++)
		CHECK(ended_well(pids[i]));
	close(ends[0]);
}

/* A nonblocking write up to PIPE_BUF is whole or not at all, a longer one may be partial. */
static void nonblocking_sizes(void)
{
	static char data[3 * 65536];
	int ends[2], count;

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	CHECK(write(ends[1], data, sizeof(data)) == 65536);
	CHECK(read(ends[0], data, 4095) == 4095);
	CHECK(write(ends[1], data, PIPE_ATOMIC) < 0 && errno == EAGAIN);
	CHECK(read(ends[0], data, 1) == 1);
	CHECK(write(ends[1], data, PIPE_ATOMIC) == PIPE_ATOMIC);
	CHECK(ioctl(ends[0], FIONREAD, &count) == 0 && count == 65536);
	close(ends[0]);
	close(ends[1]);
}

static void small_writes_share_pages(void)
{
	int ends[2], count;
	char buffer[8192];

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	for (int i = 0; i < 8000; i++)
		CHECK(write(ends[1], &(char){ (char)i }, 1) == 1);
	CHECK(ioctl(ends[0], FIONREAD, &count) == 0 && count == 8000);
	CHECK(read(ends[0], buffer, sizeof(buffer)) == 8000);
	for (int i = 0; i < 8000; i++)
		CHECK(buffer[i] == (char)i);
	close(ends[0]);
	close(ends[1]);
}

/* O_DIRECT: a read gets one write, and what does not fit is lost. */
static void packets(void)
{
	int ends[2];
	char buffer[100];

	CHECK(pipe2(ends, O_DIRECT | O_NONBLOCK) == 0);
	CHECK(write(ends[1], "first", 5) == 5 && write(ends[1], "second", 6) == 6);
	CHECK(read(ends[0], buffer, sizeof(buffer)) == 5 && !memcmp(buffer, "first", 5));
	CHECK(read(ends[0], buffer, 3) == 3 && !memcmp(buffer, "sec", 3));
	CHECK(read(ends[0], buffer, sizeof(buffer)) < 0 && errno == EAGAIN);
	close(ends[0]);
	close(ends[1]);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 5; i++) {
			sleep_ms(50);
			kill(getppid(), SIGALRM);
		}
		sleep_ms(50);
		_exit(write(ends[1], "x", 1) != 1);
	}
	CHECK(read(ends[0], &byte, 1) < 0 && errno == EINTR);
	action.sa_flags = SA_RESTART;
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
	CHECK(ended_well(pid));
	close(ends[0]);
	close(ends[1]);
}

/* Every reader that waits gets its byte, however the wake-ups fall. */
static void many_readers(void)
{
	enum { READERS = 8 };
	int ends[2];
	pid_t pids[READERS];
	char byte;

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < READERS; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(read(ends[0], &byte, 1) != 1);
	}
	sleep_ms(50);
	CHECK(write(ends[1], "12345678", READERS) == READERS);
	for (int i = 0; i < READERS; i++)
		CHECK(ended_well(pids[i]));
	close(ends[0]);
	close(ends[1]);
}

static void reopened(void)
{
	char path[64], byte;
	int ends[2], again;

	CHECK(pipe(ends) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	again = open(path, O_WRONLY);
	CHECK(again >= 0);
	close(ends[1]);
	CHECK(write(again, "x", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'x');
	close(again);
	CHECK(read(ends[0], &byte, 1) == 0);
	close(ends[0]);
}

/* A pipe, unlike a FIFO, waits for nobody when it is opened again. */
static void reopened_alone(void)
{
	char path[64], byte;
	int ends[2], again;

	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	again = open(path, O_RDONLY);
	CHECK(again >= 0 && read(again, &byte, 1) == 1 && read(again, &byte, 1) == 0);
	close(again);
	close(ends[0]);

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	again = open(path, O_WRONLY | O_NONBLOCK);
	CHECK(again >= 0);
	close(again);
	close(ends[1]);
}

static void bad_arguments(void)
{
	char *hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ends[2];
	char byte;

	CHECK(hole != MAP_FAILED && munmap(hole + 4096, 4096) == 0);
	CHECK(pipe2(ends, O_APPEND) < 0 && errno == EINVAL);
	CHECK(pipe2(nowhere, 0) < 0 && errno == EFAULT);
	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	CHECK(write(ends[1], nowhere, 10) < 0 && errno == EFAULT);
	CHECK(write(ends[1], hole + 4090, 100) < 0 && errno == EFAULT);
	CHECK(read(ends[0], &byte, 1) < 0 && errno == EAGAIN);
	CHECK(write(ends[1], "xyz", 3) == 3);
	CHECK(read(ends[0], nowhere, 3) < 0 && errno == EFAULT);
	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
	CHECK(read(ends[1], &byte, 1) < 0 && errno == EBADF);
	CHECK(write(ends[0], &byte, 1) < 0 && errno == EBADF);
	CHECK(lseek(ends[0], 0, SEEK_SET) < 0 && errno == ESPIPE);
	CHECK(read(ends[0], &byte, 0) == 0 && write(ends[1], &byte, 0) == 0);
	close(ends[0]);
	close(ends[1]);
	munmap(hole, 4096);
}

static void vectors(void)
{
	char a[3] = "abc", b[4] = "defg", out[8] = "";
	struct iovec in[] = { { a, 3 }, { NULL, 0 }, { b, 4 } };
	struct iovec to[] = { { out, 2 }, { out + 2, 6 } };
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK(writev(ends[1], in, 3) == 7 && readv(ends[0], to, 2) == 7);
	CHECK(!memcmp(out, "abcdefg", 7));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	RUN(atomic_writes);
	RUN(nonblocking_sizes);
	RUN(small_writes_share_pages);
	RUN(packets);
	RUN(interrupted);
	RUN(many_readers);
	RUN(reopened);
	RUN(reopened_alone);
	RUN(bad_arguments);
	RUN(vectors);
	return guest_result();
}
