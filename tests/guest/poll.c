/* SPDX-License-Identifier: MIT */
/* ppoll and pselect: events, timeouts, masks, many descriptors. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>

static void timeouts(void)
{
	struct timespec time = { 0, 30000000 };
	long begin = now_ms();

	CHECK(syscall(SYS_ppoll, NULL, 0, &time, NULL, 8) == 0);
	CHECK(now_ms() - begin >= 29 && now_ms() - begin < 2000);
	CHECK(time.tv_sec == 0 && time.tv_nsec == 0); /* what is left */
	time = (struct timespec){ 0, 0 };
	CHECK(syscall(SYS_ppoll, NULL, 0, &time, NULL, 8) == 0);
	time = (struct timespec){ 0, 1000000000 };
	CHECK(syscall(SYS_ppoll, NULL, 0, &time, NULL, 8) < 0 && errno == EINVAL);
	time = (struct timespec){ -1, 0 };
	CHECK(syscall(SYS_ppoll, NULL, 0, &time, NULL, 8) < 0 && errno == EINVAL);
}

static void remaining_time(void)
{
	struct timespec time = { 10, 0 };
	struct pollfd fd;
	int ends[2];

	CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
	fd = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	CHECK(syscall(SYS_ppoll, &fd, 1, &time, NULL, 8) == 1);
	CHECK(time.tv_sec == 9 && time.tv_nsec > 0);
	close(ends[0]);
	close(ends[1]);
}

static void many_descriptors(void)
{
	enum { COUNT = 400 };
	static struct pollfd fds[COUNT * 2];
	struct rlimit limit = { 2 * COUNT + 100, 2 * COUNT + 100 };
	int ends[COUNT][2];

	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int i = 0; i < COUNT; i++) {
		CHECK(pipe(ends[i]) == 0);
		fds[2 * i] = (struct pollfd){ .fd = ends[i][0], .events = POLLIN };
		fds[2 * i + 1] = (struct pollfd){ .fd = -1, .events = POLLIN, .revents = 5 };
	}
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		_exit(write(ends[COUNT - 1][1], "x", 1) != 1);
	}
	CHECK(poll(fds, 2 * COUNT, 5000) == 1 && fds[2 * COUNT - 2].revents == POLLIN);
	CHECK(fds[0].revents == 0 && fds[1].revents == 0 && ended_well(pid));
	CHECK(syscall(SYS_ppoll, fds, 2 * COUNT + 101, NULL, NULL, 8) < 0 && errno == EINVAL);
	for (int i = 0; i < COUNT; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
}

static volatile int signals;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

/* The mask is in force during the call only, and a signal that was pending ends it. */
static void masks(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct timespec time = { 5, 0 };
	sigset_t blocked, empty, now;
	fd_set set;

	sigemptyset(&blocked);
	sigemptyset(&empty);
	sigaddset(&blocked, SIGUSR1);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	signals = 0;
	CHECK(raise(SIGUSR1) == 0 && signals == 0);
	CHECK(ppoll(NULL, 0, &time, &empty) < 0 && errno == EINTR && signals == 1);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1));
	CHECK(raise(SIGUSR1) == 0 && signals == 1);
	FD_ZERO(&set);
	CHECK(pselect(0, &set, NULL, NULL, &time, &empty) < 0 && errno == EINTR && signals == 2);
	CHECK(sigprocmask(SIG_UNBLOCK, &blocked, NULL) == 0);
}

/* Handlers always end poll with EINTR, SA_RESTART or not: signal(7). */
static void handler_ends_poll(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	pid_t parent = getpid();

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		_exit(kill(parent, SIGUSR1) != 0);
	}
	CHECK(poll(NULL, 0, 5000) < 0 && errno == EINTR);
	CHECK(ended_well(pid));
}

static void selects(void)
{
	struct timeval time = { 0, 0 };
	fd_set in, out;
	int ends[2];

	CHECK(pipe(ends) == 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(ends[0], &in);
	FD_SET(ends[1], &out);
	CHECK(select(ends[1] + 1, &in, &out, NULL, &time) == 1);
	CHECK(!FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
	close(ends[1]);
	FD_SET(ends[0], &in);
	CHECK(select(ends[0] + 1, &in, NULL, NULL, NULL) == 1 && FD_ISSET(ends[0], &in));
	CHECK(select(-1, &in, NULL, NULL, &time) < 0 && errno == EINVAL);
	close(ends[0]);
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	CHECK(select(ends[0] + 1, &in, NULL, NULL, &time) < 0 && errno == EBADF);
}

static void bad_arguments(void)
{
	struct pollfd fd = { .fd = 999, .events = POLLIN };

	CHECK(syscall(SYS_ppoll, 8, 1, NULL, NULL, 8) < 0 && errno == EFAULT);
	CHECK(poll(&fd, 1, 0) == 1 && fd.revents == POLLNVAL);
	CHECK(syscall(SYS_ppoll, &fd, 1, (void *)8, NULL, 8) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_pselect6, 10, (void *)8, NULL, NULL, NULL, NULL) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_ppoll, &fd, 1, NULL, &fd, 7) < 0 && errno == EINVAL);
}

static int shared_ends[2];

static void *write_later(void *argument)
{
	sleep_ms(30);
	return write(shared_ends[1], "x", 1) == 1 ? argument : NULL;
}

/* A sibling writes while this thread polls: threads share the table of descriptors. */
static void with_threads(void)
{
	struct pollfd fd;
	pthread_t thread;
	void *result;
	char byte;

	CHECK(pipe(shared_ends) == 0);
	fd = (struct pollfd){ .fd = shared_ends[0], .events = POLLIN };
	for (int i = 0; i < 20; i++) {
		CHECK(pthread_create(&thread, NULL, write_later, &fd) == 0);
		CHECK(poll(&fd, 1, 5000) == 1 && read(shared_ends[0], &byte, 1) == 1);
		CHECK(pthread_join(thread, &result) == 0 && result == &fd);
	}
	close(shared_ends[0]);
	close(shared_ends[1]);
}

int main(void)
{
	RUN(timeouts);
	RUN(remaining_time);
	RUN(masks);
	RUN(handler_ends_poll);
	RUN(selects);
	RUN(bad_arguments);
	RUN(with_threads);
	RUN(many_descriptors);
	return guest_result();
}
