/* SPDX-License-Identifier: MIT */
/* eventfd(2): counting, semaphores, blocking, polling. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>

static void counts(void)
{
	int fd = eventfd(3, EFD_NONBLOCK);
	uint64_t value = 4;

	CHECK(fd >= 0);
	CHECK(write(fd, &value, sizeof(value)) == sizeof(value));
	CHECK(read(fd, &value, sizeof(value)) == sizeof(value) && value == 7);
	CHECK(read(fd, &value, sizeof(value)) < 0 && errno == EAGAIN);
	value = UINT64_MAX;
	CHECK(write(fd, &value, sizeof(value)) < 0 && errno == EINVAL);
	value = UINT64_MAX - 1;
	CHECK(write(fd, &value, sizeof(value)) == sizeof(value));
	value = 1;
	CHECK(write(fd, &value, sizeof(value)) < 0 && errno == EAGAIN);
	CHECK(read(fd, &value, 7) < 0 && errno == EINVAL);
	CHECK(write(fd, &value, 7) < 0 && errno == EINVAL);
	close(fd);
	CHECK(eventfd(0, 2) < 0 && errno == EINVAL);
}

static void semaphore(void)
{
	int fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t value;

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(read(fd, &value, sizeof(value)) == sizeof(value) && value == 1);
	CHECK(read(fd, &value, sizeof(value)) == sizeof(value) && value == 1);
	CHECK(read(fd, &value, sizeof(value)) < 0 && errno == EAGAIN);
	close(fd);
}

static void blocks(void)
{
	int there = eventfd(0, 0), here = eventfd(0, 0);
	uint64_t value = 1;

	CHECK(there >= 0 && here >= 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 500; i++) {
			CHILD_CHECK(read(there, &value, sizeof(value)) == sizeof(value));
			CHILD_CHECK(write(here, &value, sizeof(value)) == sizeof(value));
		}
		_exit(0);
	}
	for (int i = 0; i < 500; i++) {
		CHECK(write(there, &value, sizeof(value)) == sizeof(value));
		CHECK(read(here, &value, sizeof(value)) == sizeof(value) && value == 1);
	}
	CHECK(ended_well(pid));
	close(there);
	close(here);
}

static void polls(void)
{
	int fd = eventfd(0, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	uint64_t value = UINT64_MAX - 1;

	CHECK(fd >= 0);
	CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLOUT);
	CHECK(write(fd, &value, sizeof(value)) == sizeof(value));
	CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLIN);
	CHECK(read(fd, &value, sizeof(value)) == sizeof(value));
	poll_fd.events = POLLIN;
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(30);
		value = 5;
		_exit(write(fd, &value, sizeof(value)) != sizeof(value));
	}
	CHECK(poll(&poll_fd, 1, 5000) == 1 && poll_fd.revents == POLLIN);
	CHECK(ended_well(pid));
	close(fd);
}

int main(void)
{
	RUN(counts);
	RUN(semaphore);
	RUN(blocks);
	RUN(polls);
	return guest_result();
}
