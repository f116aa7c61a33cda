/* SPDX-License-Identifier: MIT */
/* POSIX message queues: mq_open and its relatives, /dev/mqueue (ipc/mqueue.c, fs/mqueuefs.c). */
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "guest.h"

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static char name[64];

/* A new queue for up to three messages of 16 bytes. */
static mqd_t make(int flags)
{
	struct mq_attr attr = { .mq_maxmsg = 3, .mq_msgsize = 16 };
	static int number;

	snprintf(name, sizeof(name), "/guest%d.%d", getpid(), number++);
	return mq_open(name, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &attr);
}

static bool put(mqd_t queue, const char *text, unsigned int priority)
{
	return !mq_send(queue, text, strlen(text) + 1, priority);
}

static bool got(mqd_t queue, const char *text, unsigned int expected)
{
	unsigned int priority;
	char buffer[16];
	ssize_t size = mq_receive(queue, buffer, sizeof(buffer), &priority);

	return size == (ssize_t)strlen(text) + 1 && !strcmp(buffer, text) && priority == expected;
}

static void by_priority(void)
{
	mqd_t queue = make(0);
	struct mq_attr attr;

	CHECK(queue >= 0);
	CHECK(put(queue, "low", 1) && put(queue, "high", 9) && put(queue, "low again", 1));
	CHECK(!mq_getattr(queue, &attr));
	CHECK(attr.mq_curmsgs == 3 && attr.mq_maxmsg == 3 && attr.mq_msgsize == 16);
	CHECK(got(queue, "high", 9) && got(queue, "low", 1) && got(queue, "low again", 1));
	CHECK(fcntl(queue, F_GETFD) == FD_CLOEXEC);
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

static void names(void)
{
	mqd_t queue = make(0), other;
	char first[64], too_long[300];

	CHECK(queue >= 0);
	strcpy(first, name);
	CHECK(put(queue, "kept", 0) && !mq_close(queue));
	CHECK(fails(mq_open(first, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), EEXIST));
	queue = mq_open(first, O_CREAT | O_RDONLY, 0600, NULL);
	CHECK(queue >= 0);
	CHECK(!mq_unlink(first) && fails(mq_unlink(first), ENOENT));
	CHECK(fails(mq_open(first, O_RDWR), ENOENT));
	CHECK(got(queue, "kept", 0));
	other = mq_open(first, O_CREAT | O_RDWR, 0600, NULL);
	CHECK(other >= 0 && !mq_unlink(first) && !mq_close(other) && !mq_close(queue));
	memset(too_long, 'x', sizeof(too_long));
	too_long[0] = '/';
	too_long[299] = '\0';
	CHECK(fails(mq_open(too_long, O_CREAT | O_RDWR, 0600, NULL), ENAMETOOLONG));
	CHECK(fails(mq_open("/a/b", O_CREAT | O_RDWR, 0600, NULL), EACCES));
	CHECK(fails(mq_open("/", O_CREAT | O_RDWR, 0600, NULL), ENOENT));
	CHECK(fails(mq_open("/..", O_CREAT | O_RDWR, 0600, NULL), EACCES));
}

static void full_and_empty(void)
{
	mqd_t queue = make(O_NONBLOCK);
	struct mq_attr attr = { 0 }, old;
	struct pollfd poller = { .fd = queue, .events = POLLIN | POLLOUT };
	char buffer[16];

	CHECK(queue >= 0);
	CHECK(poll(&poller, 1, 0) == 1 && poller.revents == POLLOUT);
	CHECK(fails(mq_receive(queue, buffer, 16, NULL), EAGAIN));
	for (int i = 0; i < 3; i++)
		CHECK(put(queue, "text", 0));
	CHECK(poll(&poller, 1, 0) == 1 && poller.revents == POLLIN);
	CHECK(fails(mq_send(queue, "text", 5, 0), EAGAIN));
	CHECK(!mq_setattr(queue, &attr, &old) && old.mq_flags == O_NONBLOCK && old.mq_curmsgs == 3);
	CHECK(!mq_getattr(queue, &old) && !old.mq_flags);
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

static struct timespec soon(long ms)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += ms * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static void time_limits(void)
{
	mqd_t queue = make(0);
	struct timespec limit = soon(20), bad = { 0, -1 }, past = { 1, 0 };
	char buffer[16];

	CHECK(queue >= 0);
	CHECK(fails(mq_timedreceive(queue, buffer, 16, NULL, &limit), ETIMEDOUT));
	CHECK(fails(mq_timedreceive(queue, buffer, 16, NULL, &past), ETIMEDOUT));
	CHECK(fails(mq_timedreceive(queue, buffer, 16, NULL, &bad), EINVAL));
	for (int i = 0; i < 3; i++)
		CHECK(put(queue, "text", 0));
	limit = soon(20);
	CHECK(fails(mq_timedsend(queue, "text", 5, 0, &limit), ETIMEDOUT));
	CHECK(got(queue, "text", 0) && !mq_timedsend(queue, "text", 5, 0, &limit));
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

static void waiting(void)
{
	mqd_t queue = make(0);
	pid_t child;

	CHECK(queue >= 0);
	child = fork();
	if (!child) {
		CHILD_CHECK(got(queue, "hello", 5));
		sleep_ms(50);
		CHILD_CHECK(got(queue, "2", 2) && got(queue, "1", 1));
		_exit(0);
	}
	CHECK(reaches_state(child, 'S'));
	CHECK(put(queue, "hello", 5));
	CHECK(put(queue, "1", 1) && put(queue, "2", 2) && put(queue, "0", 0) &&
	      put(queue, "00", 0));
	CHECK(ended_well(child));
	CHECK(got(queue, "0", 0) && got(queue, "00", 0));
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

static volatile int told, told_value, told_code, told_pid;

static void on_message(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	told++;
	told_value = info->si_value.sival_int;
	told_code = info->si_code;
	told_pid = info->si_pid;
}

static void notification(void)
{
	struct sigaction action = { .sa_sigaction = on_message, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	mqd_t queue = make(0);
	char text[128] = "";
	int fd;
	pid_t child;

	CHECK(queue >= 0 && !sigaction(SIGUSR1, &action, NULL));
	event.sigev_value.sival_int = 77;
	CHECK(!mq_notify(queue, &event));
	CHECK(fails(mq_notify(queue, &event), EBUSY));
	CHECK(read(queue, text, sizeof(text) - 1) > 0);
	CHECK(strstr(text, "NOTIFY:0") && strstr(text, "SIGNO:10") && strstr(text, "NOTIFY_PID:"));
	child = fork();
	if (!child)
		_exit(put(queue, "x", 0) && put(queue, "y", 0) ? 0 : 1);
	CHECK(ended_well(child));
	CHECK(told == 1 && told_value == 77 && told_code == SI_MESGQ && told_pid == child);
	CHECK(got(queue, "x", 0) && !mq_notify(queue, &event)); /* y is left: not empty */
	CHECK(put(queue, "z", 0) && told == 1);
	CHECK(got(queue, "y", 0) && got(queue, "z", 0));
	CHECK(put(queue, "w", 0) && told == 2 && got(queue, "w", 0));
	CHECK(!mq_notify(queue, &event) && !mq_notify(queue, NULL));
	CHECK(put(queue, "v", 0) && told == 2 && got(queue, "v", 0));
	fd = dup(queue);
	CHECK(!mq_notify(queue, &event) && !close(fd)); /* any close of the process ends it */
	CHECK(put(queue, "u", 0) && told == 2);
	event.sigev_notify = 99;
	CHECK(fails(mq_notify(queue, &event), EINVAL));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = 65;
	CHECK(fails(mq_notify(queue, &event), EINVAL));
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

static void limits(void)
{
	struct mq_attr attr = { .mq_maxmsg = 11, .mq_msgsize = 16 };
	struct rlimit limit = { 10000, 10000 };
	pid_t child;
	mqd_t queue = mq_open("/limits", O_CREAT | O_RDWR, 0600, NULL);

	CHECK(queue >= 0 && !mq_getattr(queue, &attr));
	CHECK(attr.mq_maxmsg == 10 && attr.mq_msgsize == 8192);
	CHECK(!mq_close(queue) && !mq_unlink("/limits"));
	attr = (struct mq_attr){ .mq_maxmsg = 11, .mq_msgsize = 16 };
	queue = mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr);
	CHECK(queue >= 0 && !mq_close(queue) && !mq_unlink("/limits"));
	attr.mq_maxmsg = 0;
	CHECK(fails(mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr), EINVAL));
	attr.mq_maxmsg = 65537;
	CHECK(fails(mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr), EINVAL));
	child = fork();
	if (!child) {
		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		attr.mq_maxmsg = 11;
		CHILD_CHECK(fails(mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr), EINVAL));
		attr.mq_maxmsg = 10;
		attr.mq_msgsize = 8193;
		CHILD_CHECK(fails(mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr), EINVAL));
		CHILD_CHECK(!setrlimit(RLIMIT_MSGQUEUE, &limit));
		attr.mq_msgsize = 1000;
		CHILD_CHECK(fails(mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr), EMFILE));
		attr.mq_msgsize = 900;
		CHILD_CHECK((queue = mq_open("/limits", O_CREAT | O_RDWR, 0600, &attr)) >= 0);
		CHILD_CHECK(!mq_close(queue) && !mq_unlink("/limits"));
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void rights(void)
{
	mqd_t queue = make(0), only;
	pid_t child;

	CHECK(queue >= 0);
	only = mq_open(name, O_WRONLY);
	CHECK(only >= 0 && put(only, "x", 0));
	CHECK(fails(mq_receive(only, (char[16]){ 0 }, 16, NULL), EBADF));
	CHECK(!mq_close(only));
	only = mq_open(name, O_RDONLY);
	CHECK(only >= 0 && fails(mq_send(only, "x", 1, 0), EBADF));
	CHECK(!mq_close(only));
	child = fork();
	if (!child) {
		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(fails(mq_open(name, O_RDONLY), EACCES));
		CHILD_CHECK(fails(mq_unlink(name), EACCES) || errno == EPERM);
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

static void wrong_arguments(void)
{
	mqd_t queue = make(0);
	char buffer[17];
	int null = open("/dev/null", O_RDWR);

	CHECK(queue >= 0 && null >= 0);
	CHECK(fails(mq_send(queue, buffer, 17, 0), EMSGSIZE));
	CHECK(fails(mq_send(queue, buffer, 1, 32768), EINVAL));
	CHECK(!mq_send(queue, buffer, 0, 32767));
	CHECK(fails(mq_receive(queue, buffer, 15, NULL), EMSGSIZE));
	CHECK(fails(mq_send(queue, (void *)8, 1, 0), EFAULT));
	CHECK(fails(syscall(SYS_mq_timedreceive, queue, buffer, 16, NULL, (void *)8), EFAULT));
	CHECK(mq_receive(queue, buffer, 16, NULL) == 0);
	CHECK(fails(mq_send(null, buffer, 1, 0), EBADF) && fails(mq_send(-1, buffer, 1, 0), EBADF));
	CHECK(fails(mq_notify(null, NULL), EBADF));
	CHECK(fails(syscall(SYS_mq_getsetattr, null, NULL, NULL), EBADF));
	CHECK(fails(syscall(SYS_mq_open, (void *)8, O_RDWR, 0, NULL), EFAULT));
	CHECK(fails(syscall(SYS_mq_open, "", O_RDWR, 0, NULL), ENOENT));
	CHECK(fails(syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0, (void *)8), EFAULT));
	CHECK(fails(write(queue, buffer, 1), EINVAL));
	CHECK(!mq_close(queue) && !mq_unlink(name) && !close(null));
}

static void as_files(void)
{
	mqd_t queue = make(0);
	char path[128];
	struct stat stat_;

	mkdir("/dev/mqueue", 0755);
	CHECK(queue >= 0 && !mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL));
	snprintf(path, sizeof(path), "/dev/mqueue%s", name);
	CHECK(!stat(path, &stat_) && S_ISREG(stat_.st_mode) && stat_.st_size == 80);
	CHECK((stat_.st_mode & 07777) == 0600);
	CHECK(!unlink(path) && fails(mq_open(name, O_RDWR), ENOENT));
	CHECK(!mq_close(queue));
	queue = open("/dev/mqueue/made", O_CREAT | O_RDWR, 0600);
	CHECK(queue >= 0 && mq_send(queue, "text", 5, 0) == 0);
	CHECK(!close(queue) && !mq_unlink("/made"));
	CHECK(fails(mkdir("/dev/mqueue/directory", 0700), EPERM));
	CHECK(!umount("/dev/mqueue"));
}

static void many(void)
{
	enum { PAIRS = 3, MESSAGES = 400 };
	mqd_t queue = make(0);
	pid_t children[2 * PAIRS];
	struct mq_attr attr;

	CHECK(queue >= 0);
	for (int i = 0; i < 2 * PAIRS; i++) {
		children[i] = fork();
		if (children[i])
			continue;
		for (int n = 0; n < MESSAGES; n++)
			CHILD_CHECK(i % 2 ? put(queue, "message", 3) : got(queue, "message", 3));
		_exit(0);
	}
	for (int i = 0; i < 2 * PAIRS; i++)
		CHECK(ended_well(children[i]));
	CHECK(!mq_getattr(queue, &attr) && !attr.mq_curmsgs);
	CHECK(!mq_close(queue) && !mq_unlink(name));
}

int main(void)
{
	RUN(by_priority);
	RUN(names);
	RUN(full_and_empty);
	RUN(time_limits);
	RUN(waiting);
	RUN(notification);
	RUN(limits);
	RUN(rights);
	RUN(wrong_arguments);
	RUN(as_files);
	RUN(many);
	return guest_result();
}
