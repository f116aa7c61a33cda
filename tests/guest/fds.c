/* SPDX-License-Identifier: MIT */
/* Descriptors and open files: numbers, flags, vectors, seeking, locks, limits, attributes. */
#include "workdir.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static void numbers(void)
{
	int a = open("/dev/null", O_RDONLY);
	int b = dup(a);
	int c = dup(a);

	CHECK(a >= 0 && b == a + 1 && c == a + 2 && close(b) == 0);
	CHECK(open("/dev/null", O_RDONLY) == b && close(a) == 0 && close(b) == 0);
	CHECK(dup(c) == a && close(a) == 0 && FAILS(close(a), EBADF));
	CHECK(dup2(c, 100) == 100 && fcntl(100, F_DUPFD, 80) == 80 && fcntl(c, F_DUPFD, 80) == 81);
	CHECK(dup2(c, c) == c && FAILS(dup3(c, c, 0), EINVAL) && FAILS(dup2(99, 5), EBADF));
	CHECK(FAILS(dup2(c, 1 << 28), EBADF) && FAILS(fcntl(c, F_DUPFD, -1), EINVAL));
	CHECK(fcntl(c, F_DUPFD_CLOEXEC, 200) == 200 && fcntl(200, F_GETFD) == FD_CLOEXEC);
	CHECK(dup3(c, 201, O_CLOEXEC) == 201 && fcntl(201, F_GETFD) == FD_CLOEXEC);
	CHECK(syscall(SYS_close_range, 80, 150, 0) == 0 && FAILS(fcntl(100, F_GETFD), EBADF));
	CHECK(FAILS(fcntl(81, F_GETFD), EBADF) && fcntl(200, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(201, F_SETFD, 0) == 0 && fcntl(201, F_GETFD) == 0);
	CHECK(syscall(SYS_close_range, 201, 201, 4) == 0 && fcntl(201, F_GETFD) == FD_CLOEXEC);
	CHECK(FAILS(syscall(SYS_close_range, 5, 4, 0), EINVAL));
	CHECK(close(200) == 0 && close(201) == 0 && close(c) == 0);
}

static void *open_and_close(void *argument)
{
	for (int i = 0; i < 2000; i++) {
		int fd = open("/dev/null", O_RDONLY);

		if (fd < 0 || dup2(fd, 300 + (int)(long)argument) < 0 || close(fd))
			return (void *)1;
	}
	return NULL;
}

/* Threads share the table: no number is given twice. */
static void shared_table(void)
{
	pthread_t threads[4];
	void *failed;

	for (long i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, open_and_close, (void *)i) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], &failed) == 0 && !failed && close(300 + i) == 0);
}

enum { CONTESTED_FD = 40, CONTESTED_ROUNDS = 20000 };

/* Reads from a number that others open and close: it is there, or it is not. */
static void *read_contested(void *stop)
{
	long bad = 0;
	char byte;

	while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) {
		ssize_t got = read(CONTESTED_FD, &byte, 1);

		bad += got != 0 && !(got < 0 && errno == EBADF);
	}
	return (void *)bad;
}

/* The last reference to a file goes while others look for it, and the table grows meanwhile. */
static void lookup_against_close(void)
{
	int stop = 0;
	pthread_t readers[2];
	void *bad;

	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&readers[i], NULL, read_contested, &stop) == 0);
	for (int i = 0; i < CONTESTED_ROUNDS; i++) {
		int fd = open("/dev/null", O_RDONLY);

		if (fd < 0 || dup2(fd, CONTESTED_FD) != CONTESTED_FD || close(fd) ||
		    (i % 2 ? dup2(0, CONTESTED_FD) != CONTESTED_FD : close(CONTESTED_FD)))
			CHECK(!"a descriptor is lost");
		if (i == CONTESTED_ROUNDS / 2)
			CHECK(dup2(0, 900) == 900 && close(900) == 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(readers[i], &bad) == 0 && !bad);
	close(CONTESTED_FD);
}

static void flags(void)
{
	int fd = open("f", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_CREAT)) == (O_RDWR | O_APPEND));
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK)) == (O_RDWR | O_NONBLOCK));
	CHECK(write(fd, "abc", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "X", 1) == 1);
	CHECK(file_is("f", "Xbc") && ioctl(fd, FIOCLEX) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(ioctl(fd, FIONCLEX) == 0 && fcntl(fd, F_GETFD) == 0);
	CHECK(FAILS(ioctl(fd, TIOCGWINSZ, NULL), ENOTTY) && FAILS(fcntl(fd, 12345), EINVAL));
	CHECK(close(fd) == 0 && unlink("f") == 0);
}

static void access_modes(void)
{
	char byte = 0;
	int fd;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(FAILS(write(fd, "x", 1), EBADF) && FAILS(ftruncate(fd, 0), EINVAL));
	close(fd);
	fd = open("f", O_WRONLY);
	CHECK(FAILS(read(fd, &byte, 1), EBADF) && FAILS(pread(fd, &byte, 1, 0), EBADF));
	CHECK(FAILS(pwrite(fd, "x", 1, -1), EINVAL) && FAILS(lseek(fd, -1, SEEK_SET), EINVAL));
	CHECK(FAILS(lseek(fd, 0, 99), EINVAL));
	CHECK(FAILS(syscall(SYS_write, fd, (char *)16, 10), EFAULT) && file_is("f", "text"));
	close(fd);
	CHECK(unlink("f") == 0);
}

static void vectors(void)
{
	char a[4] = "", b[8] = "";
	struct iovec out[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };
	struct iovec in[] = { { NULL, 0 }, { a, 2 }, { b, 7 } };
	int fd = open("v", O_RDWR | O_CREAT, 0644);

	CHECK(writev(fd, out, 3) == 6 && lseek(fd, 0, SEEK_SET) == 0);
	CHECK(readv(fd, in, 3) == 6 && !strcmp(a, "on") && !strcmp(b, "etwo"));
	CHECK(pwritev(fd, out, 3, 3) == 6 && file_is("v", "oneonetwo"));
	CHECK(preadv(fd, in, 3, 6) == 3 && !memcmp(a, "tw", 2) && b[0] == 'o');
	CHECK(FAILS(syscall(SYS_readv, fd, in, -1), EINVAL));
	CHECK(FAILS(syscall(SYS_readv, fd, in, 1025), EINVAL));
	CHECK(readv(fd, in, 0) == 0);
	in[2].iov_len = (size_t)-1;
	CHECK(FAILS(readv(fd, in, 3), EINVAL) && close(fd) == 0 && unlink("v") == 0);
}

static void holes(void)
{
	int fd = open("h", O_RDWR | O_CREAT, 0644);
	struct stat stat;

	CHECK(ftruncate(fd, 1 << 20) == 0 && fstat(fd, &stat) == 0 && stat.st_blocks == 0);
	CHECK(FAILS(lseek(fd, 0, SEEK_DATA), ENXIO) && lseek(fd, 0, SEEK_HOLE) == 0);
	CHECK(pwrite(fd, "x", 1, 8192) == 1 && fstat(fd, &stat) == 0 && stat.st_blocks == 8);
	CHECK(lseek(fd, 0, SEEK_DATA) == 8192 && lseek(fd, 8192, SEEK_HOLE) == 12288);
	CHECK(FAILS(lseek(fd, 1 << 20, SEEK_DATA), ENXIO));
	CHECK(posix_fallocate(fd, 0, 8192) == 0 && fstat(fd, &stat) == 0 && stat.st_blocks == 24);
	CHECK(fallocate(fd, 3, 8192, 4096) == 0 && fstat(fd, &stat) == 0 && stat.st_blocks == 16);
	CHECK(stat.st_size == 1 << 20 && fallocate(fd, 0, 1 << 20, 1) == 0);
	CHECK(fstat(fd, &stat) == 0 && stat.st_size == (1 << 20) + 1);
	CHECK(FAILS(fallocate(fd, 0, -1, 1), EINVAL) && FAILS(fallocate(fd, 0, 0, 0), EINVAL));
	CHECK(close(fd) == 0 && unlink("h") == 0);
}

static void copies(void)
{
	off_t at = 2;
	int in, out;

	CHECK(make_file("in", "0123456789"));
	in = open("in", O_RDONLY);
	out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644);
	CHECK(sendfile(out, in, &at, 4) == 4 && at == 6 && file_is("out", "2345"));
	CHECK(lseek(in, 0, SEEK_CUR) == 0 && sendfile(out, in, NULL, 100) == 10);
	CHECK(file_is("out", "23450123456789") && sendfile(out, in, NULL, 100) == 0);
	CHECK(lseek(in, 0, SEEK_SET) == 0 && ftruncate(out, 0) == 0 &&
	      lseek(out, 0, SEEK_SET) == 0);
	CHECK(copy_file_range(in, NULL, out, NULL, 3, 0) == 3 && file_is("out", "012"));
	CHECK(close(in) == 0 && close(out) == 0 && unlink("in") == 0 && unlink("out") == 0);
}

static void whole_file_locks(void)
{
	int a = open("l", O_RDWR | O_CREAT, 0644);
	int b = open("l", O_RDWR);

	CHECK(flock(a, LOCK_SH) == 0 && flock(b, LOCK_SH | LOCK_NB) == 0);
	CHECK(FAILS(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK) && flock(a, LOCK_UN) == 0);
	CHECK(flock(b, LOCK_EX | LOCK_NB) == 0 && FAILS(flock(a, LOCK_SH | LOCK_NB), EWOULDBLOCK));
	CHECK(close(b) == 0 && flock(a, LOCK_EX | LOCK_NB) == 0 && FAILS(flock(a, 0), EINVAL));
	CHECK(close(a) == 0 && unlink("l") == 0);
}

/* A child that waits for a lock gets it when the holder closes. */
static void waiting_for_a_lock(void)
{
	int fd = open("w", O_RDWR | O_CREAT, 0644);
	long begin = now_ms();
	pid_t pid;

	CHECK(flock(fd, LOCK_EX) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(fd);
		fd = open("w", O_RDWR);
		CHILD_CHECK(flock(fd, LOCK_EX) == 0 && now_ms() - begin >= 90);
		_exit(0);
	}
	sleep_ms(100);
	CHECK(close(fd) == 0 && ended_well(pid) && unlink("w") == 0);
}

static struct flock range(short type, off_t start, off_t length)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length
	};
}

static void record_locks(void)
{
	int fd = open("r", O_RDWR | O_CREAT, 0644);
	struct flock lock = range(F_WRLCK, 10, 10);
	pid_t parent = getpid();
	pid_t pid;

	CHECK(fcntl(fd, F_SETLK, &lock) == 0);
	lock = range(F_UNLCK, 13, 2); /* leaves 10-12 and 15-19 */
	CHECK(fcntl(fd, F_SETLK, &lock) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		lock = range(F_RDLCK, 0, 0);
		CHILD_CHECK(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK);
		CHILD_CHECK(lock.l_pid == parent && lock.l_start == 10 && lock.l_len == 3);
		lock = range(F_WRLCK, 13, 2);
		CHILD_CHECK(fcntl(fd, F_SETLK, &lock) == 0);
		lock = range(F_WRLCK, 14, 2);
		CHILD_CHECK(fcntl(fd, F_SETLK, &lock) < 0 && (errno == EAGAIN || errno == EACCES));
		lock = range(F_WRLCK, 20, 0);
		CHILD_CHECK(fcntl(fd, F_SETLK, &lock) == 0);
		_exit(0);
	}
	CHECK(ended_well(pid));
	lock = range(F_WRLCK, 0, 0); /* the child's went with it */
	CHECK(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
	lock = range(F_WRLCK, -5, 1);
	CHECK(FAILS(fcntl(fd, F_SETLK, &lock), EINVAL) && close(fd) == 0 && unlink("r") == 0);
}

static void size_limit(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		struct rlimit limit = { 100, 100 };
		int fd = open("s", O_WRONLY | O_CREAT, 0644);
		char text[200] = "";

		signal(SIGXFSZ, SIG_IGN);
		CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0 && write(fd, text, 200) == 100);
		CHILD_CHECK(FAILS(write(fd, text, 1), EFBIG) && FAILS(ftruncate(fd, 101), EFBIG));
		signal(SIGXFSZ, SIG_DFL);
		write(fd, text, 1);
		_exit(1);
	}
	int status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ && unlink("s") == 0);
}

static void text_busy(void)
{
	pid_t pid;
	int ends[2];

	CHECK(pipe(ends) == 0 && link("/proc/self/exe", "no") < 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(FAILS(open("/proc/self/exe", O_WRONLY), ETXTBSY));
		CHILD_CHECK(FAILS(open("/proc/self/exe", O_RDONLY | O_TRUNC), ETXTBSY));
		CHILD_CHECK(FAILS(truncate("/proc/self/exe", 0), ETXTBSY));
		_exit(0);
	}
	CHECK(ended_well(pid) && close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void attributes(void)
{
	struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
	struct stat stat;

	CHECK(make_file("a", "x") && chmod("a", 06755) == 0 && chown("a", 5, 6) == 0);
	CHECK(lstat("a", &stat) == 0 && (stat.st_mode & 07777) == 0755 && stat.st_uid == 5);
	CHECK(stat.st_gid == 6 && utimensat(AT_FDCWD, "a", times, 0) == 0 &&
	      lstat("a", &stat) == 0);
	CHECK(stat.st_atim.tv_sec == 1000 && stat.st_atim.tv_nsec == 5);
	CHECK(stat.st_mtim.tv_sec == 2000 && stat.st_mtim.tv_nsec == 7);
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_nsec = UTIME_NOW;
	CHECK(utimensat(AT_FDCWD, "a", times, 0) == 0 && lstat("a", &stat) == 0);
	CHECK(stat.st_atim.tv_sec == 1000 && stat.st_mtim.tv_sec != 2000);
	times[0].tv_nsec = 2000000000;
	CHECK(FAILS(utimensat(AT_FDCWD, "a", times, 0), EINVAL));
	CHECK(symlink("a", "l") == 0 && lchown("l", 7, 8) == 0 && lstat("a", &stat) == 0);
	CHECK(stat.st_uid == 5 && access("a", X_OK) == 0 && chmod("a", 0644) == 0);
	CHECK(FAILS(access("a", X_OK), EACCES) && unlink("a") == 0 && unlink("l") == 0);
}

static void *reopened(void *argument)
{
	int fd = open((char *)argument, O_RDONLY);
	char text[8] = "";

	return fd >= 0 && read(fd, text, 7) == 3 && !strcmp(text, "abc") ? NULL : (void *)1;
}

/* /proc/self/fd leads to the object itself: a file without a name, a pipe. */
static void through_proc(void)
{
	char path[64];
	int ends[2];
	int fd = open("gone", O_RDWR | O_CREAT, 0644);

	CHECK(write(fd, "abc", 3) == 3 && unlink("gone") == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(!reopened(path) && close(fd) == 0 && FAILS(open(path, O_RDONLY), ENOENT));
	CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	CHECK(!reopened(path) && close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* Who is to be signalled about a file, and by what. */
static void owners(void)
{
	int ends[2];
	struct {
		int type, pid;
	} owner = { 0, getpid() };
	enum { SET_OWNER = 15, GET_OWNER = 16, NO_SUCH_PID = 4194303 };

	CHECK(pipe(ends) == 0 && fcntl(ends[0], F_GETOWN) == 0);
	CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0 && fcntl(ends[0], F_GETOWN) == getpid());
	CHECK(FAILS(fcntl(ends[0], F_SETOWN, NO_SUCH_PID), ESRCH));
	CHECK(FAILS(fcntl(ends[0], F_SETOWN, -2147483647 - 1), EINVAL));
	CHECK(fcntl(ends[0], SET_OWNER, &owner) == 0);
	owner.pid = 0;
	owner.type = 9;
	CHECK(fcntl(ends[0], GET_OWNER, &owner) == 0 && owner.type == 0 && owner.pid == getpid());
	owner.type = 3;
	CHECK(FAILS(fcntl(ends[0], SET_OWNER, &owner), EINVAL));
	owner.type = 1;
	owner.pid = NO_SUCH_PID;
	CHECK(FAILS(fcntl(ends[0], SET_OWNER, &owner), ESRCH));
	CHECK(FAILS(fcntl(ends[0], SET_OWNER, (void *)8), EFAULT));
	CHECK(FAILS(fcntl(ends[0], GET_OWNER, (void *)8), EFAULT));
	CHECK(fcntl(ends[0], F_SETOWN, 0) == 0 && fcntl(ends[0], F_GETOWN) == 0);
	CHECK(fcntl(ends[0], 10, SIGUSR1) == 0 && fcntl(ends[0], 11) == SIGUSR1);
	CHECK(FAILS(fcntl(ends[0], 10, 65), EINVAL) && FAILS(fcntl(ends[0], 10, -1), EINVAL));
	CHECK(fcntl(ends[0], 10, 0) == 0 && fcntl(ends[0], 11) == 0);
	CHECK(FAILS(fcntl(1000, F_SETOWN, 0), EBADF));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	enter_workdir("fds");
	RUN(numbers);
	RUN(shared_table);
	RUN(lookup_against_close);
	RUN(flags);
	RUN(access_modes);
	RUN(vectors);
	RUN(holes);
	RUN(copies);
	RUN(whole_file_locks);
	RUN(waiting_for_a_lock);
	RUN(record_locks);
	RUN(size_limit);
	RUN(text_busy);
	RUN(attributes);
	RUN(through_proc);
	RUN(owners);
	return guest_result();
}
