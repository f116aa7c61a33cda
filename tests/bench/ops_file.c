/* SPDX-License-Identifier: MIT */
/* Operations: files, which is this program's own. */
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

const struct operation file_operations[] = {
	{ "open_close", op_open_close, 1 },
	{ "read_4k", op_read_4k, 1 },
	{ "stat", op_stat, 1 },
	{ 0 },
};
