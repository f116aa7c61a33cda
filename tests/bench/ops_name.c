/* SPDX-License-Identifier: MIT */
/* Operations: names and directories. */
#include "op.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

enum { DEPTH = 10, NAMES = 1000 };

#define FOLDER "/opbench"
#define FILE_PATH FOLDER "/file"
#define OTHER_PATH FOLDER "/other"

static long make_folder(void)
{
	long made = sys(SYS_mkdirat, AT_FDCWD, FOLDER, 0700);

	return made == -EEXIST ? 0 : made;
}

static long make_file(const char *path)
{
	long fd = TRY(sys(SYS_openat, AT_FDCWD, path, O_CREAT | O_RDWR, 0600));

	return sys(SYS_close, fd);
}

static long remove_file(const char *path)
{
	return sys(SYS_unlinkat, AT_FDCWD, path, 0);
}

/* --- single names --- */

static int64_t stats_timed(uint64_t n, const char *path)
{
	struct stat status;

	TIMED_LOOP(n, TRY(sys(SYS_newfstatat, AT_FDCWD, path, &status, 0)));
}

static int64_t op_stat_deep(uint64_t n)
{
	char path[256] = FOLDER;

	TRY(make_folder());
	for (int i = 0, length = sizeof(FOLDER) - 1; i < DEPTH; i++) {
		length += snprintf(path + length, sizeof(path) - length, "/level%d", i);
		sys(SYS_mkdirat, AT_FDCWD, path, 0700);
	}
	return stats_timed(n, path);
}

static int64_t op_stat_missing(uint64_t n)
{
	struct stat status;

	TRY(make_folder());
	TIMED_LOOP(n, if (sys(SYS_newfstatat, AT_FDCWD, FOLDER "/missing", &status, 0) !=
			  -ENOENT) return -EEXIST);
}

static int64_t op_create(uint64_t n)
{
	TRY(make_folder());
	TIMED_LOOP(n, {
		TRY(make_file(FILE_PATH));
		TRY(remove_file(FILE_PATH));
	});
}

static int64_t op_mkdir(uint64_t n)
{
	TRY(make_folder());
	TIMED_LOOP(n, {
		TRY(sys(SYS_mkdirat, AT_FDCWD, FILE_PATH, 0700));
		TRY(sys(SYS_unlinkat, AT_FDCWD, FILE_PATH, AT_REMOVEDIR));
	});
}

static int64_t op_rename(uint64_t n)
{
	TRY(make_folder());
	TRY(make_file(FILE_PATH));
	TIMED_LOOP(n, {
		TRY(sys(SYS_renameat2, AT_FDCWD, FILE_PATH, AT_FDCWD, OTHER_PATH, 0));
		TRY(sys(SYS_renameat2, AT_FDCWD, OTHER_PATH, AT_FDCWD, FILE_PATH, 0));
	});
}

/* --- a directory of many --- */

static int64_t lists_timed(uint64_t n, long folder)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_lseek, folder, 0, SEEK_SET));
		while (TRY(sys(SYS_getdents64, folder, buffer, CHUNK / 2)) > 0)
			;
	});
}

static long fill_folder(const char *format)
{
	char path[64];

	for (int i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), format, i);
		TRY(make_file(path));
	}
	return 0;
}

static int64_t op_getdents(uint64_t n)
{
	sys(SYS_mkdirat, AT_FDCWD, "/opbench-many", 0700);
	TRY(fill_folder("/opbench-many/name%d"));
	long folder = TRY(sys(SYS_openat, AT_FDCWD, "/opbench-many", O_RDONLY | O_DIRECTORY));
	int64_t spent = lists_timed(n, folder);

	sys(SYS_close, folder);
	return spent;
}

/* --- watching --- */

static int64_t events_timed(uint64_t n, long notify, long file)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_pwrite64, file, buffer, 1, 0));
		TRY(sys(SYS_read, notify, buffer, CHUNK));
	});
}

static int64_t op_inotify(uint64_t n)
{
	TRY(make_folder());
	TRY(make_file(FILE_PATH));
	long notify = TRY(sys(SYS_inotify_init1, 0));
	TRY(sys(SYS_inotify_add_watch, notify, FOLDER, IN_MODIFY));
	long file = TRY(sys(SYS_openat, AT_FDCWD, FILE_PATH, O_RDWR));
	int64_t spent = events_timed(n, notify, file);

	sys(SYS_close, file);
	sys(SYS_close, notify);
	return spent;
}

const struct operation name_operations[] = {
	{ "stat_deep", op_stat_deep, 1 }, /* eleven names */
	{ "stat_missing", op_stat_missing, 1 },
	{ "create_unlink", op_create, 1 },
	{ "mkdir_rmdir", op_mkdir, 1 },
	{ "rename", op_rename, 2 },
	{ "getdents_1000", op_getdents, 1 },
	{ "inotify_write_event", op_inotify, 1 },
	{ 0 },
};
