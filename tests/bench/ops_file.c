/* SPDX-License-Identifier: MIT */
/* Operations: open files; this program's own where it is only read. */
#include "op.h"

#include <fcntl.h>
#include <sys/stat.h>

static int64_t op_open_close(uint64_t n)
{
	TIMED_LOOP(n, {
		long fd = TRY(sys(SYS_openat, AT_FDCWD, self, O_RDONLY));
		TRY(sys(SYS_close, fd));
	});
}

static int64_t reads_timed(uint64_t n, long fd)
{
	TIMED_LOOP(n, TRY(sys(SYS_pread64, fd, buffer, PAGE, 0)));
}

static int64_t op_read_4k(uint64_t n)
{
	long fd = TRY(sys(SYS_openat, AT_FDCWD, self, O_RDONLY));
	int64_t spent = reads_timed(n, fd);

	sys(SYS_close, fd);
	return spent;
}

static int64_t op_stat(uint64_t n)
{
	struct stat status;

	TIMED_LOOP(n, TRY(sys(SYS_newfstatat, AT_FDCWD, self, &status, 0)));
}

static int64_t op_fstat(uint64_t n)
{
	struct stat status;

	TIMED_LOOP(n, TRY(sys(SYS_fstat, STDIN_FILENO, &status)));
}

static int64_t op_dup_close(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_close, TRY(sys(SYS_dup, STDIN_FILENO)))));
}

static int64_t op_fcntl(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_fcntl, STDIN_FILENO, F_GETFL)));
}

/* --- on a file of memory --- */

static int64_t on_memory_file(uint64_t n, int64_t (*timed)(uint64_t, long))
{
	long fd = TRY(sys(SYS_memfd_create, "opbench", 0));
	int64_t spent = timed(n, fd);

	sys(SYS_close, fd);
	return spent;
}

static int64_t writes_timed(uint64_t n, long fd)
{
	TIMED_LOOP(n, TRY(sys(SYS_pwrite64, fd, buffer, PAGE, 0)));
}

static int64_t op_write_4k(uint64_t n)
{
	return on_memory_file(n, writes_timed);
}

static int64_t small_reads_timed(uint64_t n, long fd)
{
	TRY(sys(SYS_write, fd, buffer, 1));
	TIMED_LOOP(n, TRY(sys(SYS_pread64, fd, buffer, 1, 0)));
}

static int64_t op_read_1(uint64_t n)
{
	return on_memory_file(n, small_reads_timed);
}

/* A MiB of new pages, and away with them. */
static int64_t growths_timed(uint64_t n, long fd)
{
	TIMED_LOOP(n, {
		for (size_t at = 0; at < MIB; at += CHUNK)
			TRY(sys(SYS_pwrite64, fd, buffer, CHUNK, at));
		TRY(sys(SYS_ftruncate, fd, 0));
	});
}

static int64_t op_grow(uint64_t n)
{
	return on_memory_file(n, growths_timed);
}

/* --- files that are no memory --- */

static int64_t on_path(uint64_t n, const char *path, int flags, int64_t (*timed)(uint64_t, long))
{
	long fd = TRY(sys(SYS_openat, AT_FDCWD, path, flags));
	int64_t spent = timed(n, fd);

	sys(SYS_close, fd);
	return spent;
}

static int64_t op_read_zero(uint64_t n)
{
	return on_path(n, "/dev/zero", O_RDONLY, reads_timed);
}

static int64_t op_write_null(uint64_t n)
{
	return on_path(n, "/dev/null", O_WRONLY, writes_timed);
}

static int64_t op_proc_stat(uint64_t n)
{
	return on_path(n, "/proc/self/stat", O_RDONLY, reads_timed);
}

static int64_t op_getrandom(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_getrandom, buffer, 16, 0)));
}

const struct operation file_operations[] = {
	{ "open_close", op_open_close, 1 },
	{ "read_4k", op_read_4k, 1 },
	{ "stat", op_stat, 1 },
	{ "fstat", op_fstat, 1 },
	{ "dup_close", op_dup_close, 1 },
	{ "fcntl_getfl", op_fcntl, 1 },
	{ "read_1", op_read_1, 1 },
	{ "write_4k", op_write_4k, 1 },
	{ "write_truncate_1m", op_grow, 1 },
	{ "read_zero_4k", op_read_zero, 1 },
	{ "write_null_4k", op_write_null, 1 },
	{ "read_proc_stat", op_proc_stat, 1 },
	{ "getrandom_16", op_getrandom, 1 },
	{ 0 },
};
