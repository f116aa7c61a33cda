/* SPDX-License-Identifier: MIT */
/* splice(2), tee(2), vmsplice(2), the size of pipes, sendfile(2), copy_file_range(2), preadv2(2).
 */
#include "workdir.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { PAGE = 4096 };

static char buffer[8 * PAGE], pattern[8 * PAGE];

static int pending(int fd)
{
	int bytes = -1;

	return ioctl(fd, FIONREAD, &bytes) ? -1 : bytes;
}

static int open_pattern(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	return write(fd, pattern, sizeof(pattern)) == sizeof(pattern) && lseek(fd, 0, SEEK_SET) == 0
		       ? fd
		       : -1;
}

static void file_to_pipe_to_file(void)
{
	int in = open_pattern("in"), out = open("out", O_RDWR | O_CREAT, 0644), fds[2];
	loff_t at = 100;

	CHECK(in >= 0 && out >= 0 && pipe(fds) == 0);
	CHECK(splice(in, &at, fds[1], NULL, 3 * PAGE, 0) == 3 * PAGE && at == 100 + 3 * PAGE);
	CHECK(lseek(in, 0, SEEK_CUR) == 0 && pending(fds[0]) == 3 * PAGE);
	CHECK(splice(fds[0], NULL, out, NULL, 5000, 0) == 5000);
	CHECK(lseek(out, 0, SEEK_CUR) == 5000 && pending(fds[0]) == 3 * PAGE - 5000);
	CHECK(splice(fds[0], NULL, out, NULL, 1 << 20, 0) == 3 * PAGE - 5000);
	CHECK(pread(out, buffer, sizeof(buffer), 0) == 3 * PAGE);
	CHECK(!memcmp(buffer, pattern + 100, 3 * PAGE));
	at = 1;
	CHECK(splice(in, NULL, fds[1], NULL, 10, 0) == 10 && lseek(in, 0, SEEK_CUR) == 10);
	CHECK(splice(fds[0], NULL, out, &at, 10, 0) == 10 && at == 11);
	CHECK(pread(out, buffer, 10, 1) == 10 && !memcmp(buffer, pattern, 10));
	at = sizeof(pattern);
	CHECK(splice(in, &at, fds[1], NULL, 10, 0) == 0);
	close(fds[1]);
	CHECK(splice(fds[0], NULL, out, NULL, 10, 0) == 0);
	close(fds[0]);
	close(in);
	close(out);
}

/* What was spliced from a file is not written to by the pipe's next writers. */
static void pages_are_shared_safely(void)
{
	int in = open_pattern("in"), fds[2];
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, in, 0);

	CHECK(map != MAP_FAILED && pipe(fds) == 0);
	CHECK(splice(in, NULL, fds[1], NULL, 10, 0) == 10);
	CHECK(write(fds[1], "more", 4) == 4);
	CHECK(read(fds[0], buffer, 100) == 14 && !memcmp(buffer, pattern, 10));
	CHECK(!memcmp(buffer + 10, "more", 4));
	CHECK(write(fds[1], "again", 5) == 5 && read(fds[0], buffer, 100) == 5);
	CHECK(!memcmp(map, pattern, PAGE));
	munmap(map, PAGE);
	close(in);
	close(fds[0]);
	close(fds[1]);
}

static void pipe_to_pipe(void)
{
	int a[2], b[2];

	CHECK(pipe(a) == 0 && pipe(b) == 0);
	CHECK(write(a[1], pattern, 3 * PAGE + 50) == 3 * PAGE + 50);
	CHECK(splice(a[0], NULL, b[1], NULL, PAGE + 10, 0) == PAGE + 10);
	CHECK(pending(a[0]) == 2 * PAGE + 40 && pending(b[0]) == PAGE + 10);
	CHECK(splice(a[0], NULL, b[1], NULL, 1 << 20, 0) == 2 * PAGE + 40);
	CHECK(write(a[1], "x", 1) == 1 && write(b[1], "y", 1) == 1);
	CHECK(read(b[0], buffer, sizeof(buffer)) == 3 * PAGE + 51);
	CHECK(!memcmp(buffer, pattern, 3 * PAGE + 50) && buffer[3 * PAGE + 50] == 'y');
	CHECK(read(a[0], buffer, 10) == 1 && buffer[0] == 'x');
	CHECK(FAILS(splice(a[0], NULL, b[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN));
	close(a[1]);
	CHECK(splice(a[0], NULL, b[1], NULL, 10, 0) == 0);
	close(a[0]);
	close(b[0]);
	close(b[1]);
}

static void tee_copies(void)
{
	int a[2], b[2];

	CHECK(pipe(a) == 0 && pipe(b) == 0);
	CHECK(write(a[1], pattern, PAGE + 100) == PAGE + 100);
	CHECK(tee(a[0], b[1], 1 << 20, 0) == PAGE + 100);
	CHECK(tee(a[0], b[1], 30, 0) == 30);
	CHECK(write(a[1], "tail", 4) == 4 && write(b[1], "end", 3) == 3);
	CHECK(read(a[0], buffer, sizeof(buffer)) == PAGE + 104);
	CHECK(!memcmp(buffer, pattern, PAGE + 100) && !memcmp(buffer + PAGE + 100, "tail", 4));
	CHECK(write(a[1], "overwrite", 9) == 9);
	CHECK(read(b[0], buffer, sizeof(buffer)) == PAGE + 133);
	CHECK(!memcmp(buffer, pattern, PAGE + 100) && !memcmp(buffer + PAGE + 100, pattern, 30));
	CHECK(!memcmp(buffer + PAGE + 130, "end", 3));
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
}

static void memory_to_pipe(void)
{
	struct iovec in[2] = { { pattern, 100 }, { pattern + 200, PAGE } };
	struct iovec out = { buffer, sizeof(buffer) };
	int fds[2];

	CHECK(pipe(fds) == 0);
	CHECK(vmsplice(fds[1], in, 2, 0) == 100 + PAGE && pending(fds[0]) == 100 + PAGE);
	CHECK(vmsplice(fds[0], &out, 1, 0) == 100 + PAGE);
	CHECK(!memcmp(buffer, pattern, 100) && !memcmp(buffer + 100, pattern + 200, PAGE));
	CHECK(FAILS(vmsplice(fds[0], &out, 1, SPLICE_F_NONBLOCK), EAGAIN));
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK(FAILS(vmsplice(fds[1], in, 1, 0), EPIPE));
	signal(SIGPIPE, SIG_DFL);
	close(fds[1]);
}

static void sockets_and_devices(void)
{
	int fds[2], pair[2], zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_WRONLY);

	CHECK(pipe(fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(write(fds[1], "to a socket", 11) == 11);
	CHECK(splice(fds[0], NULL, pair[0], NULL, 100, 0) == 11);
	CHECK(splice(pair[1], NULL, fds[1], NULL, 100, 0) == 11);
	CHECK(read(fds[0], buffer, 100) == 11 && !memcmp(buffer, "to a socket", 11));
	CHECK(splice(zero, NULL, fds[1], NULL, 50, 0) == 50);
	CHECK(splice(fds[0], NULL, null, NULL, 20, 0) == 20 && pending(fds[0]) == 30);
	close(zero);
	close(null);
	close(pair[0]);
	close(pair[1]);
	close(fds[0]);
	close(fds[1]);
}

/* A child splices on and on from one pipe to the other: all bytes come through, in order. */
static void streams_through(void)
{
	enum { ROUNDS = 200 };
	int a[2], b[2];
	pid_t writer, mover;

	CHECK(pipe(a) == 0 && pipe(b) == 0);
	writer = fork();
	if (writer == 0) {
		for (unsigned int i = 0; i < ROUNDS * 1000; i++)
			CHILD_CHECK(write(a[1], &i, sizeof(i)) == sizeof(i));
		_exit(0);
	}
	close(a[1]);
	mover = fork();
	if (mover == 0) {
		ssize_t moved;

		close(b[0]);
		while ((moved = splice(a[0], NULL, b[1], NULL, 5000, 0)) > 0)
			;
		_exit(moved != 0);
	}
	close(a[0]);
	close(b[1]);
	for (unsigned int i = 0, got; i < ROUNDS * 1000; i += sizeof(buffer) / sizeof(got)) {
		size_t want = sizeof(buffer), have = 0;

		if (want > (ROUNDS * 1000 - i) * sizeof(got))
			want = (ROUNDS * 1000 - i) * sizeof(got);
		while (have < want) {
			ssize_t bytes = read(b[0], buffer + have, want - have);

			CHECK(bytes > 0);
			have += (size_t)bytes;
		}
		for (unsigned int j = 0; j < want / sizeof(got); j++) {
			memcpy(&got, buffer + j * sizeof(got), sizeof(got));
			CHECK(got == i + j);
		}
	}
	CHECK(ended_well(writer) && ended_well(mover));
	close(b[0]);
}

static void wrong_splices(void)
{
	int a[2], in = open_pattern("in"), append = open("out", O_RDWR | O_CREAT | O_APPEND, 0644);
	struct iovec piece = { pattern, 4 };
	loff_t at = 0;

	CHECK(pipe2(a, O_NONBLOCK) == 0 && write(a[1], pattern, 100) == 100);
	CHECK(FAILS(splice(a[0], NULL, a[1], NULL, 10, 0), EINVAL));
	CHECK(FAILS(tee(a[0], a[1], 10, 0), EINVAL) && FAILS(tee(a[0], in, 10, 0), EINVAL));
	CHECK(FAILS(splice(in, NULL, in, NULL, 10, 0), EINVAL));
	CHECK(FAILS(splice(a[0], &at, in, NULL, 10, 0), ESPIPE));
	CHECK(FAILS(splice(a[0], NULL, in, NULL, 10, 0x10), EINVAL));
	CHECK(FAILS(splice(a[0], NULL, append, NULL, 10, 0), EINVAL));
	CHECK(FAILS(splice(a[0], NULL, in, (loff_t *)1, 10, 0), EFAULT));
	at = -1;
	CHECK(FAILS(splice(a[0], NULL, in, &at, 10, 0), EINVAL));
	CHECK(FAILS(splice(a[0], NULL, -1, NULL, 10, 0), EBADF));
	CHECK(FAILS(splice(a[1], NULL, in, NULL, 10, 0), EBADF));
	CHECK(FAILS(splice(in, NULL, a[0], NULL, 10, 0), EBADF));
	CHECK(splice(-1, NULL, -1, NULL, 0, 0x100) == 0 && tee(-1, -1, 0, 0) == 0);
	CHECK(FAILS(splice(-1, NULL, -1, NULL, 1, 0x100), EINVAL));
	CHECK(FAILS(tee(-1, -1, 0, 0x10), EINVAL) && FAILS(tee(-1, a[1], 1, 0), EBADF));
	CHECK(FAILS(vmsplice(in, &piece, 1, 0), EBADF) && FAILS(vmsplice(-1, &piece, 1, 0), EBADF));
	CHECK(FAILS(vmsplice(a[1], &piece, 1, 0x10), EINVAL));
	CHECK(FAILS(vmsplice(a[1], &piece, 1025, 0), EINVAL) && vmsplice(a[1], &piece, 0, 0) == 0);
	CHECK(FAILS(vmsplice(a[1], (struct iovec *)1, 1, 0), EFAULT));
	close(a[0]);
	close(a[1]);
	close(in);
	close(append);
}

static void pipe_sizes(void)
{
	int fds[2];

	CHECK(pipe2(fds, O_NONBLOCK) == 0 && fcntl(fds[0], F_GETPIPE_SZ) == 16 * PAGE);
	CHECK(fcntl(fds[0], F_SETPIPE_SZ, 1) == PAGE && fcntl(fds[0], F_SETPIPE_SZ, 0) == PAGE);
	CHECK(write(fds[1], pattern, 2 * PAGE) == PAGE);
	CHECK(fcntl(fds[1], F_SETPIPE_SZ, PAGE + 1) == 2 * PAGE);
	CHECK(write(fds[1], pattern + PAGE, 2 * PAGE) == PAGE);
	CHECK(FAILS(fcntl(fds[0], F_SETPIPE_SZ, PAGE), EBUSY));
	CHECK(fcntl(fds[0], F_SETPIPE_SZ, 5 * PAGE) == 8 * PAGE);
	CHECK(write(fds[1], pattern + 2 * PAGE, 6 * PAGE) == 6 * PAGE);
	CHECK(read(fds[0], buffer, sizeof(buffer)) == 8 * PAGE);
	CHECK(!memcmp(buffer, pattern, 8 * PAGE));
	CHECK(fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
	for (int i = 0; i < (1 << 20) / PAGE; i++)
		CHECK(write(fds[1], pattern, PAGE) == PAGE);
	CHECK(FAILS(write(fds[1], pattern, 1), EAGAIN) && pending(fds[0]) == 1 << 20);
	CHECK(FAILS(fcntl(fds[0], F_SETPIPE_SZ, -1), EINVAL));
	CHECK(FAILS(fcntl(fds[0], F_SETPIPE_SZ, 0x80000001), EINVAL));
	CHECK(FAILS(fcntl(STDIN_FILENO, F_SETPIPE_SZ, PAGE), EBADF));
	close(fds[0]);
	close(fds[1]);
}

static void limit_pipe_as_user(void)
{
	int fds[2];

	CHILD_CHECK(pipe(fds) == 0 && fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
	CHILD_CHECK(FAILS(fcntl(fds[0], F_SETPIPE_SZ, 2 << 20), EPERM));
}

static void pipe_size_limit(void)
{
	CHECK(file_is("/proc/sys/fs/pipe-max-size", "1048576\n"));
	CHECK(as_user(1000, limit_pipe_as_user));
}

static void sends_files(void)
{
	int in = open_pattern("in"), out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644), fds[2];
	int version = open("/proc/version", O_RDONLY), append = open("out", O_RDWR | O_APPEND);
	off_t at = 10;

	CHECK(pipe(fds) == 0);
	CHECK(sendfile(out, in, &at, 5000) == 5000 && at == 5010 && lseek(in, 0, SEEK_CUR) == 0);
	CHECK(sendfile(out, in, NULL, 100) == 100 && lseek(in, 0, SEEK_CUR) == 100);
	CHECK(pread(out, buffer, sizeof(buffer), 0) == 5100 && !memcmp(buffer, pattern + 10, 5000));
	CHECK(!memcmp(buffer + 5000, pattern, 100));
	CHECK(sendfile(fds[1], in, NULL, 10) == 10 && read(fds[0], buffer, 20) == 10);
	CHECK(!memcmp(buffer, pattern + 100, 10));
	CHECK(sendfile(out, version, NULL, 5) == 5 && lseek(version, 0, SEEK_CUR) == 5);
	CHECK(pread(out, buffer, 5, 5100) == 5 && !memcmp(buffer, "Linux", 5));
	CHECK(FAILS(sendfile(out, fds[0], NULL, 10), EINVAL));
	CHECK(FAILS(sendfile(append, in, NULL, 10), EINVAL));
	CHECK(FAILS(sendfile(out, in, (off_t *)1, 10), EFAULT));
	CHECK(FAILS(sendfile(-1, in, NULL, 10), EBADF) && FAILS(sendfile(in, -1, NULL, 10), EBADF));
	close(fds[0]);
	close(fds[1]);
	close(in);
	close(out);
	close(version);
	close(append);
}

static void copies_ranges(void)
{
	int in = open_pattern("in"), out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644), fds[2];
	int append = open("out", O_RDWR | O_APPEND), version = open("/proc/version", O_RDONLY);
	int directory = open(".", O_RDONLY), only = open("in", O_RDONLY);
	loff_t from = 5, to = 7;

	CHECK(pipe(fds) == 0);
	CHECK(copy_file_range(in, &from, out, &to, PAGE, 0) == PAGE);
	CHECK(from == PAGE + 5 && to == PAGE + 7);
	CHECK(pread(out, buffer, PAGE, 7) == PAGE && !memcmp(buffer, pattern + 5, PAGE));
	CHECK(FAILS(copy_file_range(in, &from, out, &to, 10, 1), EINVAL));
	CHECK(FAILS(copy_file_range(in, &from, in, &from, 10, 0), EINVAL));
	CHECK(FAILS(copy_file_range(in, NULL, fds[1], NULL, 10, 0), EINVAL));
	CHECK(FAILS(copy_file_range(in, NULL, directory, NULL, 10, 0), EISDIR));
	CHECK(FAILS(copy_file_range(in, NULL, append, NULL, 10, 0), EBADF));
	CHECK(FAILS(copy_file_range(in, NULL, only, NULL, 10, 0), EBADF));
	CHECK(FAILS(copy_file_range(version, NULL, out, NULL, 10, 0), EXDEV));
	CHECK(FAILS(copy_file_range(-1, NULL, out, NULL, 10, 1), EBADF));
	from = -5;
	CHECK(FAILS(copy_file_range(in, &from, out, NULL, 10, 0), EOVERFLOW));
	from = sizeof(pattern);
	CHECK(copy_file_range(in, &from, out, NULL, 10, 0) == 0);
	close(fds[0]);
	close(fds[1]);
	close(in);
	close(out);
	close(append);
	close(version);
	close(directory);
	close(only);
}

/* --- preadv2, pwritev2 --- */

static ssize_t move2(long call, int fd, long pos, int flags)
{
	struct iovec piece = { buffer, 4 };

	return syscall(call, fd, &piece, 1, pos, 0, flags);
}

static void flags_of_vectors(void)
{
	int fd = open_pattern("in"), append = open("in", O_RDWR | O_APPEND), fds[2];
	struct stat stat;

	CHECK(pipe(fds) == 0);
	CHECK(move2(SYS_preadv2, fd, -1, 0) == 4 && lseek(fd, 0, SEEK_CUR) == 4);
	CHECK(move2(SYS_preadv2, fd, 100, RWF_HIPRI) == 4 && lseek(fd, 0, SEEK_CUR) == 4);
	CHECK(move2(SYS_pwritev2, fd, 0, RWF_DSYNC | RWF_SYNC) == 4);
	CHECK(move2(SYS_pwritev2, fd, 0, 0x10 /* RWF_APPEND */) == 4);
	CHECK(fstat(fd, &stat) == 0 && stat.st_size == sizeof(pattern) + 4);
	CHECK(move2(SYS_pwritev2, append, 0, 0x20 /* RWF_NOAPPEND */) == 4);
	CHECK(fstat(fd, &stat) == 0 && stat.st_size == sizeof(pattern) + 4);
	CHECK(FAILS(move2(SYS_pwritev2, fd, 0, 0x30), EINVAL));
	CHECK(FAILS(move2(SYS_pwritev2, fd, 0, 0x100), EOPNOTSUPP));
	CHECK(FAILS(move2(SYS_preadv2, fd, 0, RWF_NOWAIT), EOPNOTSUPP));
	CHECK(FAILS(move2(SYS_preadv2, fd, -2, 0), EINVAL));
	CHECK(FAILS(move2(SYS_preadv2, fds[0], 0, 0), ESPIPE));
	CHECK(FAILS(move2(SYS_preadv2, fds[0], -1, RWF_NOWAIT), EAGAIN));
	CHECK(move2(SYS_pwritev2, fds[1], -1, RWF_NOWAIT) == 4);
	CHECK(move2(SYS_preadv2, fds[0], -1, RWF_NOWAIT) == 4);
	close(fd);
	close(append);
	close(fds[0]);
	close(fds[1]);
}

static void synchronizes(void)
{
	int fd = open_pattern("in"), write_only = open("in", O_WRONLY), fds[2];

	CHECK(pipe(fds) == 0);
	CHECK(readahead(fd, 0, PAGE) == 0 && FAILS(readahead(-1, 0, 0), EBADF));
	CHECK(FAILS(readahead(fds[0], 0, PAGE), EINVAL));
	CHECK(FAILS(readahead(write_only, 0, PAGE), EBADF));
	CHECK(sync_file_range(fd, 0, 0, 7) == 0);
	CHECK(FAILS(sync_file_range(fd, 0, 0, 8), EINVAL));
	CHECK(FAILS(sync_file_range(fd, -1, 0, 0), EINVAL));
	CHECK(FAILS(sync_file_range(fds[0], 0, 0, 0), ESPIPE));
	CHECK(syncfs(fd) == 0 && syncfs(fds[0]) == 0 && FAILS(syncfs(-1), EBADF));
	close(fd);
	close(write_only);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 7 + i / 256);
	enter_workdir("splice");
	RUN(file_to_pipe_to_file);
	RUN(pages_are_shared_safely);
	RUN(pipe_to_pipe);
	RUN(tee_copies);
	RUN(memory_to_pipe);
	RUN(sockets_and_devices);
	RUN(streams_through);
	RUN(wrong_splices);
	RUN(pipe_sizes);
	RUN(pipe_size_limit);
	RUN(sends_files);
	RUN(copies_ranges);
	RUN(flags_of_vectors);
	RUN(synchronizes);
	return guest_result();
}
