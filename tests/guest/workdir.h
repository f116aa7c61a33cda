/* SPDX-License-Identifier: MIT */
/* A fresh directory for the tests of a program, below the current one, and small helpers on names.
 */
#ifndef WORKDIR_H
#define WORKDIR_H

#include "guest.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A call fails, with that error. */
#define FAILS(call, error) ((call) < 0 && errno == (error))

/* Makes NAME.PID and goes there. */
__attribute__((unused)) static void enter_workdir(const char *name)
{
	char path[64];

	umask(022);
	snprintf(path, sizeof(path), "%s.%d", name, getpid());
	if (mkdir(path, 0755) || chdir(path)) {
		printf("FAIL workdir: %s\n", strerror(errno));
		exit(1);
	}
}

/* Makes a file with a text in it; false when that fails. */
__attribute__((unused)) static bool make_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return done;
}

/* True when a file's content is that text. */
__attribute__((unused)) static bool file_is(const char *name, const char *text)
{
	char got[256];
	int fd = open(name, O_RDONLY);
	ssize_t size = read(fd, got, sizeof(got));

	close(fd);
	return size == (ssize_t)strlen(text) && !memcmp(got, text, (size_t)size);
}

__attribute__((unused)) static bool exists(const char *name)
{
	struct stat stat;

	return lstat(name, &stat) == 0;
}

__attribute__((unused)) static nlink_t links_of(const char *name)
{
	struct stat stat;

	return lstat(name, &stat) == 0 ? stat.st_nlink : 0;
}

__attribute__((unused)) static ino_t inode_of(const char *name)
{
	struct stat stat;

	return lstat(name, &stat) == 0 ? stat.st_ino : 0;
}

/* Runs a case's part as another user, in a child; true when it ended well. */
__attribute__((unused)) static bool as_user(uid_t uid, void (*part)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(setgid(uid) == 0 && setuid(uid) == 0);
		part();
		_exit(0);
	}
	return pid > 0 && ended_well(pid);
}

#endif
