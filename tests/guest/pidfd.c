/* SPDX-License-Identifier: MIT */
/* pidfds: opening, polling, signalling, waiting, taking descriptors, and what is refused. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

enum {
	CALL_SEND_SIGNAL = 424,
	CALL_OPEN = 434,
	CALL_CLONE3 = 435,
	CALL_GETFD = 438,
	CALL_MADVISE = 440,
	CALL_MRELEASE = 448,
	ID_PIDFD = 3,
	FLAG_THREAD = O_EXCL,
	NO_SUCH_PID = 4194303,
};

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

static int pid_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(CALL_OPEN, pid, flags);
}

static int pid_signal(int fd, int signal, siginfo_t *info, unsigned int flags)
{
	return (int)syscall(CALL_SEND_SIGNAL, fd, signal, info, flags);
}

static int pid_wait(int fd, siginfo_t *info, int options)
{
	return (int)syscall(SYS_waitid, ID_PIDFD, fd, info, options, NULL);
}

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

/* What poll finds at once. */
static short events_of(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) < 0 ? -1 : poll_fd.revents;
}

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* --- opening --- */

static void opens(void)
{
	pid_t pid = sleeping_child();
	int fd = pid_open(pid, 0), other = pid_open(pid, O_NONBLOCK), self = pid_open(getpid(), 0);
	struct stat one, two, three;
	char link[64], path[64];

	CHECK(fd >= 0 && other >= 0 && self >= 0);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == O_RDWR);
	CHECK(fcntl(other, F_GETFL) == (O_RDWR | O_NONBLOCK));
	CHECK(fstat(fd, &one) == 0 && fstat(other, &two) == 0 && fstat(self, &three) == 0);
	CHECK(one.st_ino == two.st_ino && one.st_dev == two.st_dev && one.st_ino != three.st_ino);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(path, link, sizeof(link) - 1);
	CHECK(length > 0);
	link[length] = '\0';
	CHECK(!strcmp(link, "anon_inode:[pidfd]"));
	CHECK(fails(read(fd, link, 1), EINVAL) && fails(write(fd, link, 1), EINVAL));
	CHECK(fails(lseek(fd, 0, SEEK_SET), ESPIPE));
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL);
	close(fd);
	close(other);
	close(self);
}

static void refuses(void)
{
	int fd = pid_open(getpid(), 0), file = open("/dev/null", O_RDWR);
	pid_t group = fork();

	CHECK(fd >= 0 && file >= 0 && group >= 0);
	CHECK(fails(pid_open(0, 0), EINVAL) && fails(pid_open(-1, 0), EINVAL));
	CHECK(fails(pid_open(getpid(), 1), EINVAL) && fails(pid_open(getpid(), O_CLOEXEC), EINVAL));
	if (group == 0) {
		setsid();
		_exit(0);
	}
	CHECK(ended_well(group));
	CHECK(fails(pid_open(NO_SUCH_PID, 0), ESRCH));

	CHECK(fails(pid_signal(-1, 0, NULL, 0), EBADF) &&
	      fails(pid_signal(file, 0, NULL, 0), EBADF));
	CHECK(fails(pid_signal(-1, 0, NULL, 8), EINVAL) &&
	      fails(pid_signal(fd, 0, NULL, 3), EINVAL));
	CHECK(fails(pid_signal(fd, 65, NULL, 0), EINVAL) &&
	      fails(pid_signal(fd, -1, NULL, 0), EINVAL));
	CHECK(fails(pid_signal(fd, 0, (siginfo_t *)8, 0), EFAULT));
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	CHECK(fails(pid_signal(fd, SIGUSR2, &info, 0), EINVAL));

	CHECK(fails(syscall(CALL_GETFD, -1, 0, 0), EBADF));
	CHECK(fails(syscall(CALL_GETFD, file, 0, 0), EBADF));
	CHECK(fails(syscall(CALL_GETFD, fd, 0, 1), EINVAL));
	CHECK(fails(syscall(CALL_GETFD, fd, 1000, 0), EBADF));
	CHECK(fails(syscall(CALL_GETFD, fd, -1, 0), EBADF));

	CHECK(fails(pid_wait(-1, NULL, WEXITED), EINVAL));
	CHECK(fails(pid_wait(1000, NULL, WEXITED), EBADF));
	CHECK(fails(pid_wait(file, NULL, WEXITED), EBADF));
	CHECK(fails(pid_wait(fd, NULL, 0), EINVAL));
	CHECK(fails(pid_wait(fd, NULL, WEXITED), ECHILD));
	close(fd);
	close(file);
}

/* A leader that is gone while its group lives on: the number is in use, but nobody's. */
static void group_without_leader(void)
{
	int ready[2];
	char byte;

	CHECK(pipe(ready) == 0);
	pid_t leader = fork();
	CHECK(leader >= 0);
	if (leader == 0) {
		setpgid(0, 0);
		pid_t member = fork();
		if (member == 0) {
			close(ready[0]);
			for (;;)
				pause();
		}
		_exit(0);
	}
	close(ready[1]);
	CHECK(ended_well(leader));
	CHECK(fails(pid_open(leader, 0), EINVAL));
	CHECK(kill(-leader, SIGKILL) == 0);
	CHECK(read(ready[0], &byte, 1) == 0);
	close(ready[0]);
}

/* --- the end --- */

static void polls(void)
{
	pid_t pid = sleeping_child();
	int fd = pid_open(pid, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	siginfo_t info;

	CHECK(fd >= 0 && events_of(fd) == 0);
	CHECK(pid_signal(fd, SIGTERM, NULL, 0) == 0);
	CHECK(poll(&poll_fd, 1, 20000) == 1 && poll_fd.revents == POLLIN);
	CHECK(pid_signal(fd, 0, NULL, 0) == 0); /* a zombie can be signalled */
	memset(&info, 0, sizeof(info));
	CHECK(pid_wait(fd, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == pid);
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
	CHECK(events_of(fd) == POLLIN);
	CHECK(pid_wait(fd, &info, WEXITED) == 0);
	CHECK(events_of(fd) == (POLLIN | POLLHUP));
	CHECK(fails(pid_wait(fd, &info, WEXITED), ECHILD));
	CHECK(fails(pid_signal(fd, 0, NULL, 0), ESRCH) &&
	      fails(pid_signal(fd, 99, NULL, 0), ESRCH));
	CHECK(fails(syscall(CALL_GETFD, fd, 0, 0), ESRCH));
	CHECK(fails(pid_open(pid, 0), ESRCH));
	close(fd);
}

static void waits_without_blocking(void)
{
	pid_t pid = sleeping_child();
	int fd = pid_open(pid, O_NONBLOCK);
	siginfo_t info;

	CHECK(fd >= 0);
	CHECK(fails(pid_wait(fd, &info, WEXITED), EAGAIN));
	memset(&info, 1, sizeof(info));
	CHECK(pid_wait(fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
	CHECK(pid_signal(fd, SIGKILL, NULL, 0) == 0);
	CHECK(fcntl(fd, F_SETFL, O_RDWR) == 0);
	CHECK(pid_wait(fd, &info, WEXITED) == 0 && info.si_pid == pid);
	close(fd);
}

/* --- signals --- */

static volatile int got_signal, got_code, got_value;
static volatile pid_t got_tid;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = signal;
	got_code = info->si_code;
	got_value = info->si_value.sival_int;
	got_tid = (pid_t)syscall(SYS_gettid);
}

static void handle(int signal)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	sigaction(signal, &action, NULL);
	got_signal = got_code = 0;
}

static void signals(void)
{
	int fd = pid_open(getpid(), 0), directory = open("/proc/self", O_RDONLY | O_DIRECTORY);
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	CHECK(fd >= 0 && directory >= 0);
	handle(SIGUSR1);
	CHECK(pid_signal(fd, SIGUSR1, NULL, 0) == 0 && got_signal == SIGUSR1 &&
	      got_code == SI_USER);
	info.si_value.sival_int = 77;
	CHECK(pid_signal(fd, SIGUSR1, &info, 0) == 0 && got_code == SI_QUEUE && got_value == 77);
	info.si_code = SI_USER; /* to oneself even that */
	CHECK(pid_signal(fd, SIGUSR1, &info, 0) == 0 && got_code == SI_USER);
	CHECK(pid_signal(fd, SIGUSR1, NULL, 1) == 0 && got_code == SI_TKILL);
	got_signal = 0;
	CHECK(pid_signal(directory, SIGUSR1, NULL, 0) == 0 && got_signal == SIGUSR1);
	pid_t pid = sleeping_child();
	int other = pid_open(pid, 0);
	CHECK(fails(pid_signal(other, SIGUSR1, &info, 0), EPERM));
	CHECK(pid_signal(other, 0, NULL, 4) == -1 && errno == ESRCH); /* no group's leader */
	CHECK(setpgid(pid, pid) == 0 && pid_signal(other, SIGKILL, NULL, 4) == 0);
	CHECK(status_of(pid) == SIGKILL);
	close(fd);
	close(other);
	close(directory);
}

static void needs_permission(void)
{
	pid_t victim = sleeping_child();
	int fd = pid_open(victim, 0);

	CHECK(fd >= 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(setuid(1000) == 0);
		CHILD_CHECK(fails(pid_signal(fd, SIGKILL, NULL, 0), EPERM));
		CHILD_CHECK(fails(syscall(CALL_GETFD, fd, 0, 0), EPERM));
		struct iovec piece = { &pid, 0 };
		CHILD_CHECK(fails(syscall(CALL_MADVISE, fd, &piece, 1, 20, 0), EACCES) ||
			    errno == EPERM);
		_exit(0);
	}
	CHECK(ended_well(pid));
	kill(victim, SIGKILL);
	CHECK(status_of(victim) == SIGKILL);
	close(fd);
}

/* --- threads --- */

static int thread_ready[2], thread_end[2];
static volatile pid_t thread_tid;

static void *thread_body(void *unused)
{
	char byte;

	(void)unused;
	thread_tid = (pid_t)syscall(SYS_gettid);
	write(thread_ready[1], "", 1);
	while (read(thread_end[0], &byte, 1) < 0 && errno == EINTR)
		;
	return NULL;
}

static void threads(void)
{
	pthread_t thread;
	char byte;

	CHECK(pipe(thread_ready) == 0 && pipe(thread_end) == 0);
	CHECK(pthread_create(&thread, NULL, thread_body, NULL) == 0);
	CHECK(read(thread_ready[0], &byte, 1) == 1);
	CHECK(fails(pid_open(thread_tid, 0), EINVAL));
	int fd = pid_open(thread_tid, FLAG_THREAD), process = pid_open(getpid(), 0);
	CHECK(fd >= 0 && process >= 0 && fcntl(fd, F_GETFL) == (O_RDWR | O_EXCL));
	CHECK(events_of(fd) == 0);
	handle(SIGUSR2);
	CHECK(pid_signal(fd, SIGUSR2, NULL, 0) == 0);
	for (int i = 0; i < 2000 && !got_signal; i++)
		sleep_ms(5);
	CHECK(got_signal == SIGUSR2 && got_tid == thread_tid && got_code == SI_TKILL);
	CHECK(pid_signal(fd, 0, NULL, 2) == 0 && fails(pid_signal(fd, 0, NULL, 4), ESRCH));
	CHECK(fails(pid_wait(fd, NULL, WEXITED), ECHILD));
	CHECK(write(thread_end[1], "", 1) == 1);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	CHECK(poll(&poll_fd, 1, 20000) == 1 && poll_fd.revents & POLLIN);
	CHECK(pthread_join(thread, NULL) == 0);
	for (int i = 0; i < 2000 && events_of(fd) != (POLLIN | POLLHUP); i++)
		sleep_ms(5);
	CHECK(events_of(fd) == (POLLIN | POLLHUP) && events_of(process) == 0);
	close(fd);
	close(process);
}

/* --- clone --- */

static void clones(void)
{
	int fd = -1;
	struct clone3_args args = { .flags = CLONE_PIDFD,
				    .pidfd = (uint64_t)(uintptr_t)&fd,
				    .exit_signal = SIGCHLD };
	siginfo_t info;

	long pid = syscall(CALL_CLONE3, &args, sizeof(args));
	if (pid == 0)
		_exit(fcntl(fd, F_GETFD) == -1 ? 9 : 1); /* the child has no such descriptor */
	CHECK(pid > 0 && fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(pid_wait(fd, &info, WEXITED) == 0 && info.si_pid == pid && info.si_status == 9);
	close(fd);

	fd = -1;
	pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);
	if (pid == 0)
		_exit(8);
	CHECK(pid > 0 && fd >= 0);
	CHECK(pid_wait(fd, &info, WEXITED) == 0 && info.si_status == 8);
	close(fd);

	int lowest = dup(0);
	close(lowest);
	CHECK(fails(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &fd, 0, 0),
		    EINVAL));
	CHECK(fails(syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &fd, 0, 0),
		    EINVAL));
	CHECK(fails(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, 8, 0, 0), EFAULT));
	args.pidfd = 8;
	CHECK(fails(syscall(CALL_CLONE3, &args, sizeof(args)), EFAULT));
	CHECK(dup(0) == lowest); /* nothing is left over */
	close(lowest);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* --- descriptors and memory of others --- */

static void takes_descriptors(void)
{
	int channel[2], done[2];
	char text[6];

	CHECK(pipe(channel) == 0 && pipe(done) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		int secret[2];

		CHILD_CHECK(pipe(secret) == 0 && write(secret[1], "hello", 5) == 5);
		CHILD_CHECK(write(channel[1], secret, sizeof(int)) == sizeof(int));
		CHILD_CHECK(read(done[0], text, 1) == 1);
		_exit(0);
	}
	int number, fd = pid_open(pid, 0);
	CHECK(fd >= 0 && read(channel[0], &number, sizeof(number)) == sizeof(number));
	int taken = (int)syscall(CALL_GETFD, fd, number, 0);
	CHECK(taken >= 0 && fcntl(taken, F_GETFD) == FD_CLOEXEC);
	CHECK(read(taken, text, 5) == 5 && !memcmp(text, "hello", 5));
	CHECK(write(done[1], "", 1) == 1);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	CHECK(poll(&poll_fd, 1, 20000) == 1);
	CHECK(fails(syscall(CALL_GETFD, fd, number, 0), ESRCH)); /* a zombie has none */
	CHECK(ended_well(pid));
	close(fd);
	close(taken);
	for (int i = 0; i < 2; i++) {
		close(channel[i]);
		close(done[i]);
	}
}

static void advises(void)
{
	pid_t pid = sleeping_child();
	int fd = pid_open(pid, 0), file = open("/dev/null", O_RDWR);
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int self = pid_open(getpid(), 0);
	struct iovec pieces[2] = { { memory, 4096 }, { memory + 4096, 4096 } };

	CHECK(memory != MAP_FAILED && fd >= 0 && self >= 0);
	CHECK(syscall(CALL_MADVISE, self, pieces, 2, 20, 0) == 8192);
	CHECK(fails(syscall(CALL_MADVISE, self, pieces, 2, 20, 1), EINVAL));
	CHECK(fails(syscall(CALL_MADVISE, self, pieces, 2000, 20, 0), EINVAL));
	CHECK(fails(syscall(CALL_MADVISE, self, 8, 2, 20, 0), EFAULT));
	CHECK(fails(syscall(CALL_MADVISE, file, pieces, 2, 20, 0), EBADF));
	CHECK(fails(syscall(CALL_MADVISE, fd, pieces, 2, 9, 0), EINVAL)); /* MADV_REMOVE */
	CHECK(fails(syscall(CALL_MADVISE, -1, pieces, 2, 9, 0), EBADF));
	CHECK(fails(syscall(CALL_MRELEASE, -1, 0), EBADF));
	CHECK(fails(syscall(CALL_MRELEASE, file, 0), EBADF));
	CHECK(fails(syscall(CALL_MRELEASE, fd, 1), EINVAL));
	CHECK(fails(syscall(CALL_MRELEASE, fd, 0), EINVAL)); /* it lives */
	kill(pid, SIGKILL);
	CHECK(syscall(CALL_MRELEASE, fd, 0) == 0 || errno == ESRCH);
	CHECK(status_of(pid) == SIGKILL);
	CHECK(fails(syscall(CALL_MRELEASE, fd, 0), ESRCH));
	CHECK(fails(syscall(CALL_MADVISE, fd, pieces, 2, 20, 0), ESRCH));
	munmap(memory, 8192);
	close(fd);
	close(file);
	close(self);
}

/* A line of /proc/self/fdinfo/fd: its number, -100 when it is not there. */
static int fdinfo_number(int fd, const char *key)
{
	char line[128], path[64];
	int value = -100;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = (int)strtol(line + strlen(key), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static void tells_its_pid(void)
{
	pid_t pid = sleeping_child();
	int fd = pid_open(pid, 0);

	CHECK(fd >= 0 && fdinfo_number(fd, "Pid:\t") == pid &&
	      fdinfo_number(fd, "NSpid:\t") == pid);
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL);
	CHECK(fdinfo_number(fd, "Pid:\t") == -1);
	close(fd);
}

int main(void)
{
	RUN(opens);
	RUN(refuses);
	RUN(group_without_leader);
	RUN(polls);
	RUN(waits_without_blocking);
	RUN(signals);
	RUN(needs_permission);
	RUN(threads);
	RUN(clones);
	RUN(takes_descriptors);
	RUN(advises);
	RUN(tells_its_pid);
	return guest_result();
}
