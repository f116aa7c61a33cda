/* SPDX-License-Identifier: MIT */
/* Signals by a descriptor: what a read tells of each kind, poll, another set, other processes. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "guest.h"

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

static int open_for(int a, int b, int flags)
{
	sigset_t set = set_of(a, b);

	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, flags);
}

static short events_of(int fd, int timeout)
{
	struct pollfd entry = { fd, POLLIN | POLLOUT, 0 };

	return poll(&entry, 1, timeout) < 0 ? -1 : entry.revents;
}

static void what_is_told(void)
{
	int fd = open_for(SIGUSR1, SIGRTMIN + 3, SFD_NONBLOCK | SFD_CLOEXEC);
	struct signalfd_siginfo info[4];
	union sigval value = { .sival_ptr = (void *)0x1234567890 };

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(events_of(fd, 0) == 0 && read(fd, info, sizeof(info)) < 0 && errno == EAGAIN);
	kill(getpid(), SIGUSR1);
	CHECK(events_of(fd, 0) == POLLIN);
	CHECK(!sigqueue(getpid(), SIGRTMIN + 3, value));
	CHECK(!sigqueue(getpid(), SIGRTMIN + 3, value));
	CHECK(read(fd, info, sizeof(info)) == 3 * sizeof(info[0]));
	CHECK(info[0].ssi_signo == SIGUSR1 && info[0].ssi_code == SI_USER);
	CHECK(info[0].ssi_pid == (unsigned int)getpid() && info[0].ssi_uid == getuid());
	CHECK(info[1].ssi_signo == (unsigned int)SIGRTMIN + 3 && info[1].ssi_code == SI_QUEUE);
	CHECK(info[1].ssi_ptr == 0x1234567890 && info[1].ssi_int == 0x34567890);
	CHECK(info[2].ssi_signo == (unsigned int)SIGRTMIN + 3 && events_of(fd, 0) == 0);
	close(fd);
}

static void of_a_child(void)
{
	int fd = open_for(SIGCHLD, 0, 0);
	struct signalfd_siginfo info;
	pid_t pid = fork();

	if (!pid)
		_exit(42);
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
	CHECK(info.ssi_signo == SIGCHLD && info.ssi_code == CLD_EXITED && info.ssi_status == 42);
	CHECK(info.ssi_pid == (unsigned int)pid);
	CHECK(WEXITSTATUS(status_of(pid)) == 42);
	close(fd);
}

static void of_a_timer(void)
{
	int fd = open_for(SIGUSR2, 0, 0);
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR2,
				  .sigev_value.sival_int = 5 };
	struct itimerspec value = { { 0, 0 }, { 0, 1000000 } };
	struct signalfd_siginfo info;
	int id;

	CHECK(!syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	CHECK(!syscall(SYS_timer_settime, id, 0, &value, NULL));
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
	CHECK(info.ssi_code == SI_TIMER && info.ssi_tid == (unsigned int)id && info.ssi_int == 5);
	syscall(SYS_timer_delete, id);
	close(fd);
}

/* Another set for the same file; SIGKILL and SIGSTOP are left out silently. */
static void another_set(void)
{
	int fd = open_for(SIGUSR1, SIGUSR2, SFD_NONBLOCK);
	sigset_t other = set_of(SIGUSR2, SIGKILL);
	struct signalfd_siginfo info;

	CHECK(signalfd(fd, &other, 0) == fd);
	raise(SIGUSR1);
	CHECK(events_of(fd, 0) == 0);
	raise(SIGUSR2);
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR2);
	other = set_of(SIGUSR1, 0);
	CHECK(signalfd(fd, &other, 0) == fd && events_of(fd, 0) == POLLIN);
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR1);
	close(fd);
}

/* Who reads gets its own signals, whoever made the file. */
static void inherited(void)
{
	int fd = open_for(SIGUSR1, 0, 0);
	struct signalfd_siginfo info;
	pid_t pid = fork();

	if (!pid) {
		CHILD_CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
		CHILD_CHECK(info.ssi_pid == (unsigned int)getppid());
		_exit(0);
	}
	CHECK(reaches_state(pid, 'S'));
	raise(SIGUSR1); /* not the child's */
	sleep_ms(20);
	CHECK(state_of(pid) == 'S');
	kill(pid, SIGUSR1);
	CHECK(ended_well(pid));
	CHECK(read(fd, &info, sizeof(info)) == sizeof(info));
	close(fd);
}

static void *read_one(void *data)
{
	struct signalfd_siginfo info;

	return read(*(int *)data, &info, sizeof(info)) == sizeof(info) ? data : NULL;
}

/* Several readers wait; each signal goes to one of them. */
static void many_readers(void)
{
	enum { READERS = 4 };
	int fd = open_for(SIGRTMIN + 4, 0, 0);
	union sigval value = { 0 };
	pthread_t thread[READERS];
	void *result;

	for (int i = 0; i < READERS; i++)
		CHECK(!pthread_create(&thread[i], NULL, read_one, &fd));
	for (int i = 0; i < READERS; i++)
		CHECK(!sigqueue(getpid(), SIGRTMIN + 4, value));
	for (int i = 0; i < READERS; i++)
		CHECK(!pthread_join(thread[i], &result) && result == &fd);
	CHECK(events_of(fd, 0) == 0);
	close(fd);
}

static void wrong_arguments(void)
{
	sigset_t set = set_of(SIGUSR1, 0);
	int fd = signalfd(-1, &set, 0);
	struct signalfd_siginfo info;

	CHECK(syscall(SYS_signalfd4, -1, &set, 4, 0) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_signalfd4, -1, 16, 8, 0) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_signalfd4, -1, &set, 8, 1) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_signalfd4, 0, &set, 8, 0) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_signalfd4, 999, &set, 8, 0) < 0 && errno == EBADF);
	CHECK(read(fd, &info, sizeof(info) - 1) < 0 && errno == EINVAL);
	CHECK(write(fd, &info, sizeof(info)) < 0 && errno == EINVAL);
	close(fd);
}

int main(void)
{
	RUN(what_is_told);
	RUN(of_a_child);
	RUN(of_a_timer);
	RUN(another_set);
	RUN(inherited);
	RUN(many_readers);
	RUN(wrong_arguments);
	return guest_result();
}
