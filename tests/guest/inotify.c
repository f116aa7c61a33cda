/* SPDX-License-Identifier: MIT */
/* inotify: what is told of files, directories and names, in which order, and what is refused. */
#include "guest.h"
#include "settings.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef IN_MASK_CREATE
#define IN_MASK_CREATE 0x10000000
#endif
#ifndef O_PATH
#define O_PATH 010000000
#endif

enum { DIRECTORY_WATCH = 1, TEXT = 4096 };

static int watcher;
static char got[TEXT];

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* All events that wait, one after another, as "wd:mask:name" with ! behind those with a cookie. */
static const char *events(void)
{
	static char buffer[65536] __attribute__((aligned(8)));
	size_t length = 0;
	ssize_t bytes;

	got[0] = '\0';
	while ((bytes = read(watcher, buffer, sizeof(buffer))) > 0) {
		for (char *at = buffer; at < buffer + bytes;) {
			const struct inotify_event *event = (const void *)at;

			length += (size_t)snprintf(got + length, TEXT - length, "%s%d:%x:%s%s",
						   length ? " " : "", event->wd, event->mask,
						   event->len ? event->name : "",
						   event->cookie ? "!" : "");
			if (length >= TEXT)
				return "too many";
			at += sizeof(*event) + event->len;
		}
	}
	return got;
}

#define EXPECT(text)                                                                               \
	do {                                                                                       \
		if (strcmp(events(), text))                                                        \
			printf("told:     %s\nexpected: %s\n", got, text);                         \
		CHECK(!strcmp(got, text));                                                         \
	} while (0)

/* An instance that watches the fresh directory /tmp/w as number 1. */
static bool begin(unsigned int mask)
{
	watcher = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	mkdir("/tmp/w", 0755);
	return watcher >= 0 && inotify_add_watch(watcher, "/tmp/w", mask) == DIRECTORY_WATCH;
}

static void end(void)
{
	close(watcher);
	rmdir("/tmp/w");
}

static bool make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	return fd >= 0 && close(fd) == 0;
}

/* --- what is refused --- */

static void refuses(void)
{
	char small[16];
	int count;

	CHECK(fails(inotify_init1(1), EINVAL));
	CHECK(begin(IN_ALL_EVENTS));
	CHECK(fcntl(watcher, F_GETFL) == O_NONBLOCK && fcntl(watcher, F_GETFD) == FD_CLOEXEC);
	CHECK(fails(inotify_add_watch(watcher, "/tmp", 0), EINVAL));
	CHECK(fails(inotify_add_watch(watcher, "/tmp", 0x1000), EINVAL));
	CHECK(fails(inotify_add_watch(1000, "/tmp", 0), EINVAL));
	CHECK(fails(inotify_add_watch(1000, "/tmp", IN_OPEN), EBADF));
	CHECK(fails(inotify_add_watch(1, "/tmp", IN_OPEN), EINVAL));
	CHECK(fails(inotify_add_watch(watcher, "/tmp", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE),
		    EINVAL));
	CHECK(fails(inotify_add_watch(watcher, "/tmp/none", IN_OPEN), ENOENT));
	CHECK(fails(inotify_add_watch(watcher, "", IN_OPEN), ENOENT));
	CHECK(fails(syscall(SYS_inotify_add_watch, watcher, 8, IN_OPEN), EFAULT));
	CHECK(fails(inotify_add_watch(watcher, "/tests/inotify", IN_OPEN | IN_ONLYDIR), ENOTDIR));
	CHECK(fails(inotify_add_watch(watcher, "/tmp/w", IN_OPEN | IN_MASK_CREATE), EEXIST));
	CHECK(fails(inotify_rm_watch(1000, 1), EBADF) && fails(inotify_rm_watch(1, 1), EINVAL));
	CHECK(fails(inotify_rm_watch(watcher, 2), EINVAL) &&
	      fails(inotify_rm_watch(watcher, -1), EINVAL));
	CHECK(fails(read(watcher, small, sizeof(small)), EAGAIN) &&
	      fails(write(watcher, small, 1), EBADF));
	CHECK(lseek(watcher, 5, SEEK_SET) == 0);
	CHECK(make_file("/tmp/w/a"));
	CHECK(fails(read(watcher, small, sizeof(small)), EINVAL)); /* the first event has a name */
	CHECK(fails(read(watcher, small, 0), EINVAL));
	CHECK(ioctl(watcher, FIONREAD, &count) == 0 && count == 3 * 32);
	CHECK(fails(syscall(SYS_read, watcher, 8, 64), EFAULT)); /* which loses one */
	CHECK(ioctl(watcher, FIONREAD, &count) == 0 && count == 2 * 32);
	EXPECT("1:20:a 1:8:a");
	CHECK(ioctl(watcher, FIONREAD, &count) == 0 && count == 0);
	unlink("/tmp/w/a");
	end();
}

static void needs_permission(void)
{
	CHECK(begin(IN_ALL_EVENTS) && chmod("/tmp/w", 0700) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(setuid(1000) == 0);
		CHILD_CHECK(fails(inotify_add_watch(watcher, "/tmp/w", IN_OPEN), EACCES));
		_exit(0);
	}
	CHECK(ended_well(pid));
	end();
}

/* --- files --- */

static void tells_of_files(void)
{
	char byte;

	CHECK(begin(IN_ALL_EVENTS));
	int fd = open("/tmp/w/a", O_RDWR | O_CREAT | O_TRUNC, 0644);
	CHECK(fd >= 0 && write(fd, "hello", 5) == 5 && pread(fd, &byte, 1, 0) == 1);
	CHECK(pread(fd, &byte, 1, 100) == 0 && close(fd) == 0);
	EXPECT("1:100:a 1:20:a 1:2:a 1:1:a 1:8:a");
	CHECK(inotify_add_watch(watcher, "/tmp/w/a", IN_ALL_EVENTS) == 2);
	fd = open("/tmp/w/a", O_RDWR | O_TRUNC);
	CHECK(fd >= 0 && close(fd) == 0);
	EXPECT("1:20:a 2:20: 1:2:a 2:2: 1:8:a 2:8:");
	CHECK(chmod("/tmp/w/a", 0600) == 0 && truncate("/tmp/w/a", 10) == 0);
	EXPECT("1:4:a 2:4: 1:2:a 2:2:");
	CHECK(link("/tmp/w/a", "/tmp/w/b") == 0);
	EXPECT("2:4: 1:100:b");
	CHECK(unlink("/tmp/w/b") == 0);
	EXPECT("2:4: 1:200:b");
	fd = open("/tmp/w/a", O_RDONLY);
	CHECK(fd >= 0 && unlink("/tmp/w/a") == 0);
	EXPECT("1:20:a 2:20: 2:4: 1:200:a");
	close(fd);
	EXPECT("1:10:a 2:10: 2:400: 2:8000:");
	CHECK(make_file("/tmp/w/e"));
	EXPECT("1:100:e 1:20:e 1:8:e");
	CHECK(inotify_add_watch(watcher, "/tmp/w/e", IN_ALL_EVENTS) == 3);
	CHECK(unlink("/tmp/w/e") == 0);
	EXPECT("3:4: 3:400: 3:8000: 1:200:e");
	end();
}

static void tells_of_attributes(void)
{
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } };

	CHECK(begin(IN_ALL_EVENTS) && make_file("/tmp/w/g"));
	events();
	CHECK(utimensat(AT_FDCWD, "/tmp/w/g", times, 0) == 0);
	times[0].tv_nsec = UTIME_OMIT;
	CHECK(utimensat(AT_FDCWD, "/tmp/w/g", times, 0) == 0);
	times[0].tv_nsec = 0;
	times[1].tv_nsec = UTIME_OMIT;
	CHECK(utimensat(AT_FDCWD, "/tmp/w/g", times, 0) == 0);
	CHECK(chown("/tmp/w/g", 0, 0) == 0 && chown("/tmp/w/g", -1, -1) == 0);
	EXPECT("1:4:g 1:2:g 1:1:g 1:4:g");
	int fd = open("/tmp/w/g", O_RDWR);
	CHECK(fd >= 0 && fallocate(fd, 0, 0, 100) == 0 && ftruncate(fd, 5) == 0);
	close(fd);
	EXPECT("1:20:g 1:2:g 1:8:g");
	CHECK(chmod("/tmp/w", 0700) == 0);
	EXPECT("1:40000004:");
	close(open("/tmp/w/g", O_PATH));
	EXPECT("");
	unlink("/tmp/w/g");
	end();
}

/* Of devices and pipes only opening and closing is told. */
static void tells_little_of_special_files(void)
{
	char byte;

	CHECK(begin(IN_ALL_EVENTS) && mkfifo("/tmp/w/p", 0600) == 0);
	int fd = open("/tmp/w/p", O_RDWR);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1 && read(fd, &byte, 1) == 1);
	close(fd);
	EXPECT("1:100:p 1:20:p 1:8:p");
	CHECK(inotify_add_watch(watcher, "/dev", IN_ALL_EVENTS) == 2);
	fd = open("/dev/null", O_RDWR);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	EXPECT("2:20:null 2:8:null");
	unlink("/tmp/w/p");
	end();
}

/* --- names --- */

static void tells_of_moves(void)
{
	CHECK(begin(IN_ALL_EVENTS) && make_file("/tmp/w/f") && make_file("/tmp/w/g"));
	events();
	CHECK(inotify_add_watch(watcher, "/tmp/w/f", IN_ALL_EVENTS) == 2);
	CHECK(inotify_add_watch(watcher, "/tmp/w/g", IN_ALL_EVENTS) == 3);
	CHECK(rename("/tmp/w/f", "/tmp/w/g") == 0);
	EXPECT("1:40:f! 1:80:g! 3:4: 2:800: 3:400: 3:8000:");
	CHECK(rename("/tmp/w/g", "/tmp/h") == 0);
	EXPECT("1:40:g! 2:800:");
	CHECK(rename("/tmp/h", "/tmp/w/f") == 0);
	EXPECT("1:80:f! 2:800:");
	CHECK(mkdir("/tmp/w/d1", 0755) == 0 && mkdir("/tmp/w/d2", 0755) == 0);
	EXPECT("1:40000100:d1 1:40000100:d2");
	CHECK(inotify_add_watch(watcher, "/tmp/w/d1", IN_ALL_EVENTS) == 4);
	CHECK(rename("/tmp/w/d1", "/tmp/w/d2") == 0);
	EXPECT("1:40000040:d1! 1:40000080:d2! 4:800:");
	CHECK(syscall(SYS_renameat2, AT_FDCWD, "/tmp/w/f", AT_FDCWD, "/tmp/w/d2", 2) == 0);
	EXPECT("1:40:f! 1:80:d2! 2:800: 1:40000040:d2! 1:40000080:f! 4:800:");
	CHECK(rmdir("/tmp/w/f") == 0 && unlink("/tmp/w/d2") == 0);
	EXPECT("4:400: 4:8000: 1:40000200:f 2:4: 2:400: 2:8000: 1:200:d2");
	CHECK(symlink("x", "/tmp/w/s") == 0 && unlink("/tmp/w/s") == 0);
	EXPECT("1:100:s 1:200:s");
	end();
}

/* The two events of one move have the same cookie, another move's have another. */
static void pairs_moves(void)
{
	char buffer[4 * 32] __attribute__((aligned(8)));
	const struct inotify_event *event = (const void *)buffer;

	CHECK(begin(IN_MOVE) && make_file("/tmp/w/a"));
	CHECK(rename("/tmp/w/a", "/tmp/w/b") == 0 && rename("/tmp/w/b", "/tmp/w/a") == 0);
	CHECK(read(watcher, buffer, sizeof(buffer)) == 4 * 32);
	CHECK(event[0].cookie && event[0].cookie == event[2].cookie);
	CHECK(event[4].cookie == event[6].cookie && event[4].cookie != event[0].cookie);
	unlink("/tmp/w/a");
	end();
}

static void tells_of_directories(void)
{
	char buffer[4096];

	CHECK(begin(IN_ALL_EVENTS));
	int fd = open("/tmp/w", O_RDONLY | O_DIRECTORY);
	CHECK(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0);
	CHECK(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) == 0);
	close(fd);
	EXPECT("1:40000020: 1:40000001: 1:40000010:");
	CHECK(mkdir("/tmp/w/d", 0755) == 0);
	CHECK(inotify_add_watch(watcher, "/tmp/w/d", IN_ALL_EVENTS) == 2 && rmdir("/tmp/w/d") == 0);
	EXPECT("1:40000100:d 2:400: 2:8000: 1:40000200:d");
	CHECK(rmdir("/tmp/w") == 0);
	EXPECT("1:400: 1:8000:");
	end();
}

static void tells_of_unmounting(void)
{
	CHECK(begin(IN_ALL_EVENTS) && mkdir("/tmp/m", 0755) == 0);
	CHECK(mount("m", "/tmp/m", "tmpfs", 0, NULL) == 0 && make_file("/tmp/m/a"));
	CHECK(inotify_add_watch(watcher, "/tmp/m", IN_CREATE) == 2);
	CHECK(umount("/tmp/m") == 0);
	EXPECT("2:40002000: 2:8000:");
	CHECK(fails(inotify_rm_watch(watcher, 2), EINVAL));
	rmdir("/tmp/m");
	end();
}

/* --- watches --- */

static void changes_watches(void)
{
	CHECK(begin(IN_CREATE));
	CHECK(inotify_add_watch(watcher, "/tmp/w", IN_DELETE) == 1); /* instead */
	CHECK(make_file("/tmp/w/a") && unlink("/tmp/w/a") == 0);
	EXPECT("1:200:a");
	CHECK(inotify_add_watch(watcher, "/tmp/w", IN_CREATE | IN_MASK_ADD) == 1);
	CHECK(make_file("/tmp/w/a") && unlink("/tmp/w/a") == 0);
	EXPECT("1:100:a 1:200:a");
	CHECK(inotify_rm_watch(watcher, 1) == 0);
	EXPECT("1:8000:");
	CHECK(inotify_add_watch(watcher, "/tmp/w", IN_CREATE | IN_ONESHOT) == 2);
	CHECK(make_file("/tmp/w/a") && make_file("/tmp/w/b"));
	EXPECT("2:100:a 2:8000:");
	CHECK(fails(inotify_rm_watch(watcher, 2), EINVAL));
	unlink("/tmp/w/a");
	unlink("/tmp/w/b");

	CHECK(symlink("w", "/tmp/l") == 0);
	CHECK(inotify_add_watch(watcher, "/tmp/l", IN_ALL_EVENTS | IN_DONT_FOLLOW) == 3);
	CHECK(inotify_add_watch(watcher, "/tmp/l", IN_ALL_EVENTS) == 4);
	CHECK(mkdir("/tmp/l/d", 0755) == 0 && rmdir("/tmp/w/d") == 0);
	EXPECT("4:40000100:d 4:40000200:d");
	unlink("/tmp/l");
	end();
}

static void leaves_out_unlinked(void)
{
	char byte;

	CHECK(begin(IN_ALL_EVENTS | IN_EXCL_UNLINK));
	int fd = open("/tmp/w/a", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	EXPECT("1:100:a 1:20:a 1:2:a");
	CHECK(unlink("/tmp/w/a") == 0);
	CHECK(write(fd, "x", 1) == 1 && pread(fd, &byte, 1, 0) == 1 && close(fd) == 0);
	EXPECT("1:200:a");
	end();
}

static void merges_and_overflows(void)
{
	char buffer[TEXT];
	long limit = 0;

	CHECK(begin(IN_MODIFY));
	int fd[2] = { open("/tmp/w/a", O_WRONLY | O_CREAT, 0600),
		      open("/tmp/w/b", O_WRONLY | O_CREAT, 0600) };
	for (int i = 0; i < 10; i++)
		CHECK(write(fd[0], "x", 1) == 1);
	EXPECT("1:2:a");
	limit = get_setting("/proc/sys/fs/inotify/max_queued_events");
	CHECK(limit == 16384);
	for (int i = 0; i < 20000; i++)
		CHECK(write(fd[i % 2], "x", 1) == 1);
	long events_seen = 0, overflows = 0;
	ssize_t bytes;
	while ((bytes = read(watcher, buffer, sizeof(buffer))) > 0) {
		for (char *at = buffer; at < buffer + bytes;) {
			struct inotify_event event;

			memcpy(&event, at, sizeof(event));
			events_seen++;
			overflows += event.mask == IN_Q_OVERFLOW && event.wd == -1 && !event.len;
			at += sizeof(event) + event.len;
		}
	}
	CHECK(events_seen == limit + 1 && overflows == 1);
	CHECK(write(fd[0], "x", 1) == 1);
	EXPECT("1:2:a");
	for (int i = 0; i < 2; i++)
		close(fd[i]);
	unlink("/tmp/w/a");
	unlink("/tmp/w/b");
	end();
}

static void has_limits(void)
{
	static const char most[] = "/proc/sys/fs/inotify/max_user_watches";
	int fd[130], count = 0;
	long old;

	while (count < 130 && (fd[count] = inotify_init1(0)) >= 0)
		count++;
	CHECK(count > 100 && count <= 128 && errno == EMFILE);
	for (int i = 0; i < count; i++)
		close(fd[i]);
	CHECK(begin(IN_CREATE));
	old = get_setting(most);
	CHECK(old >= 8192 && put_setting(most, 1));
	CHECK(fails(inotify_add_watch(watcher, "/tmp", IN_CREATE), ENOSPC));
	CHECK(inotify_add_watch(watcher, "/tmp/w", IN_DELETE) == 1);
	CHECK(put_setting(most, old));
	end();
}

/* --- waiting --- */

static void wakes(void)
{
	char buffer[64] __attribute__((aligned(8)));
	struct inotify_event *event = (void *)buffer;

	CHECK(begin(IN_CREATE));
	struct pollfd poll_fd = { .fd = watcher, .events = POLLIN };
	CHECK(poll(&poll_fd, 1, 0) == 0);
	CHECK(fcntl(watcher, F_SETFL, 0) == 0);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			sleep_ms(20);
			_exit(!make_file(i ? "/tmp/w/b" : "/tmp/w/a"));
		}
		if (i)
			CHECK(poll(&poll_fd, 1, 20000) == 1 && poll_fd.revents == POLLIN);
		CHECK(read(watcher, buffer, sizeof(buffer)) == 32 && event->mask == IN_CREATE);
		CHECK(event->wd == 1 && event->len == 16 && !strcmp(event->name, i ? "b" : "a"));
		CHECK(ended_well(pid));
	}
	unlink("/tmp/w/a");
	unlink("/tmp/w/b");
	end();
}

static volatile bool churn_ends;

static void *churn(void *name)
{
	while (!churn_ends) {
		char other[32];

		snprintf(other, sizeof(other), "%s2", (const char *)name);
		make_file(name);
		rename(name, other);
		unlink(other);
	}
	return NULL;
}

/* Watches come and go while names do. */
static void survives_churn(void)
{
	pthread_t thread[2];

	CHECK(begin(IN_ALL_EVENTS));
	churn_ends = false;
	CHECK(pthread_create(&thread[0], NULL, churn, "/tmp/w/x") == 0);
	CHECK(pthread_create(&thread[1], NULL, churn, "/tmp/w/y") == 0);
	for (int i = 0; i < 300; i++) {
		int other = inotify_init1(IN_NONBLOCK);
		char buffer[TEXT];

		inotify_add_watch(other, "/tmp/w", IN_ALL_EVENTS);
		inotify_add_watch(other, "/tmp/w/x", IN_ALL_EVENTS);
		inotify_add_watch(watcher, "/tmp/w/y", IN_ALL_EVENTS | IN_ONESHOT);
		CHECK(read(other, buffer, sizeof(buffer)) > 0 || errno == EAGAIN);
		CHECK(read(watcher, buffer, sizeof(buffer)) > 0 || errno == EAGAIN);
		close(other);
	}
	churn_ends = true;
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	end();
}

int main(void)
{
	RUN(refuses);
	RUN(needs_permission);
	RUN(tells_of_files);
	RUN(tells_of_attributes);
	RUN(tells_little_of_special_files);
	RUN(tells_of_moves);
	RUN(pairs_moves);
	RUN(tells_of_directories);
	RUN(tells_of_unmounting);
	RUN(changes_watches);
	RUN(leaves_out_unlinked);
	RUN(merges_and_overflows);
	RUN(has_limits);
	RUN(wakes);
	RUN(survives_churn);
	return guest_result();
}
