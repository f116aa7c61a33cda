/* SPDX-License-Identifier: MIT */
/* Signals about files: O_ASYNC, F_SETOWN, F_SETSIG, FIOASYNC (kernel/fs/file_owner.c). */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

#include "guest.h"

#define NEWS (SIGRTMIN + 3)

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static bool make_async(int fd, int signal)
{
	return !fcntl(fd, F_SETOWN, getpid()) && !fcntl(fd, F_SETSIG, signal) &&
	       !fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
}

static bool is_pending(int signal)
{
	sigset_t set;

	return !sigpending(&set) && sigismember(&set, signal);
}

/* Takes the signal, which is to be there or to come. */
static bool take(int signal, siginfo_t *info)
{
	struct timespec limit = { 20, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return sigtimedwait(&set, info, &limit) == signal;
}

static bool tells(int fd, int code, long band)
{
	siginfo_t info;

	if (!take(NEWS, &info))
		return false;
	if (info.si_code == code && info.si_fd == fd && info.si_band == band)
		return true;
	printf("fd %d: code %d, band %lx\n", info.si_fd, info.si_code, info.si_band);
	return false;
}

static bool tells_input(int fd)
{
	return tells(fd, POLL_IN, POLLIN | POLLRDNORM);
}

static void pipes(void)
{
	int fds[2];
	char room[65536] = { 0 };
	siginfo_t info;

	CHECK(!pipe2(fds, O_NONBLOCK));
	CHECK(make_async(fds[0], 0) && fcntl(fds[0], F_GETFL) & O_ASYNC);
	CHECK(!is_pending(SIGIO));
	CHECK(write(fds[1], "a", 1) == 1);
	CHECK(is_pending(SIGIO)); /* at once, as it is the writer's own */
	CHECK(take(SIGIO, &info) && info.si_code == SI_KERNEL);
	CHECK(!fcntl(fds[0], F_SETSIG, NEWS) && fcntl(fds[0], F_GETSIG) == NEWS);
	CHECK(write(fds[1], "b", 1) == 1 && tells_input(fds[0]));
	CHECK(write(fds[1], "c", 1) == 1 && tells_input(fds[0])); /* each one */
	CHECK(read(fds[0], room, 2) == 2 && !is_pending(NEWS));
	CHECK(!fcntl(fds[0], F_SETFL, O_NONBLOCK) && !(fcntl(fds[0], F_GETFL) & O_ASYNC));
	CHECK(write(fds[1], "d", 1) == 1 && !is_pending(NEWS));
	CHECK(read(fds[0], room, 2) == 2);
	CHECK(make_async(fds[1], NEWS));
	CHECK(write(fds[1], room, 65536) == 65536);
	CHECK(read(fds[0], room, 65536) == 65536);
	CHECK(tells(fds[1], POLL_OUT, POLLOUT | POLLWRNORM | POLLWRBAND));
	CHECK(make_async(fds[0], NEWS) && !close(fds[1]) && tells_input(fds[0]));
	CHECK(!close(fds[0]));
}

static void sockets(void)
{
	struct sockaddr name = { .sa_family = AF_UNIX };
	socklen_t length = sizeof(name);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	int fds[2], accepted;

	CHECK(!bind(listener, &name, 2) && !listen(listener, 2) && make_async(listener, NEWS));
	CHECK(!getsockname(listener, &name, &length) && !connect(client, &name, length));
	CHECK(tells_input(listener));
	accepted = accept(listener, NULL, NULL);
	CHECK(accepted >= 0 && !close(accepted) && !close(client) && !close(listener));

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) && make_async(fds[1], NEWS));
	CHECK(write(fds[0], "a", 1) == 1 && tells_input(fds[1]));
	CHECK(write(fds[0], "b", 1) == 1 && tells_input(fds[1]));
	CHECK(!close(fds[0]) && !close(fds[1]));

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds) && make_async(fds[1], NEWS));
	CHECK(write(fds[0], "a", 1) == 1 && tells_input(fds[1]));
	CHECK(!shutdown(fds[0], SHUT_WR) && tells_input(fds[1]));
	CHECK(!close(fds[0]) && tells(fds[1], POLL_HUP, POLLHUP | POLLERR));
	CHECK(!close(fds[1]));
}

static void others(void)
{
	struct termios raw;
	int on = 1, off = 0, master, slave;
	int events = eventfd(0, 0), notify = inotify_init(),
	    file = open("/tmp/async", O_CREAT | O_RDWR, 0600);

	CHECK(!openpty(&master, &slave, NULL, NULL, NULL));
	CHECK(!tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	CHECK(!tcsetattr(slave, TCSANOW, &raw));
	CHECK(!fcntl(slave, F_SETOWN, getpid()) && !fcntl(slave, F_SETSIG, NEWS));
	CHECK(!ioctl(slave, FIOASYNC, &on) && fcntl(slave, F_GETFL) & O_ASYNC);
	CHECK(write(master, "x", 1) == 1 && tells_input(slave));
	CHECK(!ioctl(slave, FIOASYNC, &off) && !close(master) && !close(slave));

	CHECK(inotify_add_watch(notify, "/tmp", IN_CREATE) > 0 && make_async(notify, NEWS));
	CHECK(!mkdir("/tmp/async-news", 0700) && tells_input(notify));
	CHECK(!rmdir("/tmp/async-news") && !close(notify));

	CHECK(make_async(events, NEWS) && !(fcntl(events, F_GETFL) & O_ASYNC)); /* never tell */
	CHECK(fails(ioctl(events, FIOASYNC, &on), ENOTTY) && !ioctl(events, FIOASYNC, &off));
	CHECK(make_async(file, NEWS) && !(fcntl(file, F_GETFL) & O_ASYNC));
	CHECK(fails(ioctl(file, FIOASYNC, &on), ENOTTY));
	CHECK(fails(ioctl(file, FIOASYNC, 8), EFAULT));
	CHECK(!close(events) && !close(file) && !unlink("/tmp/async"));
}

/* A terminal belongs to its foreground group, or to who asks if there is none. */
static void owner_of_a_terminal(void)
{
	int on = 1, master, slave;
	pid_t child;

	CHECK(!openpty(&master, &slave, NULL, NULL, NULL));
	CHECK(!ioctl(slave, FIOASYNC, &on) && fcntl(slave, F_GETOWN) == getpid());
	CHECK(!ioctl(master, FIOASYNC, &on) && fcntl(master, F_GETOWN) == getpid());
	CHECK(!close(slave) && !close(master));
	CHECK(!openpty(&master, &slave, NULL, NULL, NULL));
	child = fork();
	if (!child) {
		siginfo_t info;
		pid_t self = setsid();

		CHILD_CHECK(!ioctl(slave, TIOCSCTTY, 0));
		CHILD_CHECK(!ioctl(slave, FIOASYNC, &on) && fcntl(slave, F_GETOWN) == -self);
		CHILD_CHECK(!fcntl(slave, F_SETSIG, NEWS) && write(master, "x\n", 2) == 2);
		CHILD_CHECK(take(NEWS, &info) && info.si_fd == slave);
		CHILD_CHECK(!fcntl(slave, F_SETFL, 0) && !fcntl(slave, F_SETOWN, self));
		CHILD_CHECK(!fcntl(slave, F_SETFL, O_ASYNC) && fcntl(slave, F_GETOWN) == self);
		_exit(0);
	}
	CHECK(ended_well(child) && !close(slave) && !close(master));
}

static void codes_of_others(void)
{
	siginfo_t info;
	int fds[2];

	CHECK(!pipe(fds) && make_async(fds[0], SIGCHLD) && write(fds[1], "a", 1) == 1);
	CHECK(take(SIGCHLD, &info) && info.si_code == -5 && info.si_fd == fds[0]);
	CHECK(!fcntl(fds[0], F_SETSIG, SIGUSR1) && write(fds[1], "a", 1) == 1);
	CHECK(take(SIGUSR1, &info) && info.si_code == POLL_IN && info.si_fd == fds[0]);
	CHECK(!close(fds[0]) && !close(fds[1]));
}

/* A child that waits for the signal and tells it by its status. */
static pid_t waiting_child(bool group, uid_t uid)
{
	int ready[2];
	char byte;
	pid_t child;

	if (pipe(ready))
		return -1;
	child = fork();
	if (!child) {
		siginfo_t info;

		close(ready[0]);
		CHILD_CHECK(!group || !setpgid(0, 0));
		CHILD_CHECK(!uid || !setuid(uid));
		CHILD_CHECK(!close(ready[1]));
		CHILD_CHECK(take(NEWS, &info));
		_exit(info.si_code);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1))
		child = -1;
	close(ready[0]);
	return child;
}

static void owners(void)
{
	struct f_owner_ex owner = { F_OWNER_TID, syscall(SYS_gettid) };
	pid_t child;
	int fds[2];

	CHECK(!pipe(fds));
	CHECK(fcntl(fds[0], F_GETOWN) == 0 && fcntl(fds[0], F_GETSIG) == 0);
	child = waiting_child(true, 0);
	CHECK(child > 0 && make_async(fds[0], NEWS));
	CHECK(!fcntl(fds[0], F_SETOWN, child) && fcntl(fds[0], F_GETOWN) == child);
	CHECK(write(fds[1], "a", 1) == 1 && ended_with(child, POLL_IN) && !is_pending(NEWS));
	CHECK(write(fds[1], "a", 1) == 1 && !is_pending(NEWS)); /* he is gone */

	child = waiting_child(true, 0);
	CHECK(child > 0);
	CHECK(!fcntl(fds[0], F_SETOWN, -child) && fcntl(fds[0], F_GETOWN) == -child);
	CHECK(write(fds[1], "a", 1) == 1 && ended_with(child, POLL_IN));

	CHECK(!fcntl(fds[0], F_SETOWN_EX, &owner));
	owner.pid = 0;
	CHECK(!fcntl(fds[0], F_GETOWN_EX, &owner));
	CHECK(owner.type == F_OWNER_TID && owner.pid == syscall(SYS_gettid));
	CHECK(write(fds[1], "a", 1) == 1 && tells_input(fds[0]));
	owner.type = 3;
	CHECK(fails(fcntl(fds[0], F_SETOWN_EX, &owner), EINVAL));
	CHECK(fails(fcntl(fds[0], F_SETOWN_EX, 8), EFAULT));
	CHECK(fails(fcntl(fds[0], F_SETOWN, 0x3ffffff), ESRCH));
	CHECK(fails(fcntl(fds[0], F_SETOWN, 1 << 31), EINVAL));
	CHECK(fails(fcntl(fds[0], F_SETSIG, 65), EINVAL));
	CHECK(!fcntl(fds[0], F_SETOWN, 0));
	CHECK(write(fds[1], "a", 1) == 1 && !is_pending(NEWS));
	CHECK(!close(fds[0]) && !close(fds[1]));
}

/* Who chose the owner must be one that may signal it. */
static void permission(void)
{
	pid_t child = waiting_child(false, 1001), chooser;
	int fds[2];

	CHECK(child > 0 && !pipe(fds) && make_async(fds[0], NEWS));
	chooser = fork();
	if (!chooser) {
		CHILD_CHECK(!setuid(1000));
		CHILD_CHECK(!fcntl(fds[0], F_SETOWN, child));
		_exit(0);
	}
	CHECK(ended_well(chooser));
	CHECK(write(fds[1], "a", 1) == 1);
	chooser = fork();
	if (!chooser) {
		CHILD_CHECK(!setuid(1001));
		CHILD_CHECK(!kill(child, 0) && reaches_state(child, 'S'));
		CHILD_CHECK(!fcntl(fds[0], F_SETSIG, NEWS));
		CHILD_CHECK(!fcntl(fds[0], F_SETOWN, child));
		_exit(0);
	}
	CHECK(ended_well(chooser));
	CHECK(write(fds[1], "a", 1) == 1 && ended_with(child, POLL_IN));
	CHECK(!close(fds[0]) && !close(fds[1]));
}

/* A queue that is full gets the plain signal. */
static void overflow(void)
{
	pid_t child = fork();

	if (!child) {
		struct {
			unsigned long soft, hard;
		} none = { 0, 0 };
		siginfo_t info;
		int fds[2];

		CHILD_CHECK(!setuid(1005) && !syscall(SYS_prlimit64, 0, 11, &none, NULL));
		CHILD_CHECK(!pipe(fds) && make_async(fds[0], NEWS));
		CHILD_CHECK(write(fds[1], "a", 1) == 1);
		CHILD_CHECK(is_pending(SIGIO) && !is_pending(NEWS) && take(SIGIO, &info));
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* Another process sends again and again while the flag is set and cleared, and the file closed. */
static void races(void)
{
	int fds[2];
	pid_t child;
	siginfo_t info;

	for (int round = 0; round < 20; round++) {
		CHECK(!pipe(fds));
		child = fork();
		if (!child) {
			signal(SIGPIPE, SIG_IGN);
			close(fds[0]);
			while (write(fds[1], "a", 1) == 1)
				;
			_exit(0);
		}
		CHECK(!close(fds[1]) && make_async(fds[0], SIGIO) && take(SIGIO, &info));
		for (int i = 0; i < 50; i++) {
			CHECK(!fcntl(fds[0], F_SETFL, i % 2 ? O_ASYNC : 0));
			CHECK(read(fds[0], &info, 1) == 1);
		}
		CHECK(!close(fds[0]) && ended_well(child));
	}
}

int main(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	RUN(pipes);
	RUN(sockets);
	RUN(others);
	RUN(codes_of_others);
	RUN(owners);
	RUN(owner_of_a_terminal);
	RUN(permission);
	RUN(overflow);
	RUN(races);
	return guest_result();
}
