/* SPDX-License-Identifier: MIT */
/* Files and names on a tmpfs. */
#include "guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

static void contents(void)
{
	char text[32] = "";
	int file = open("/tmp/f", O_RDWR | O_CREAT | O_EXCL, 0640);
	struct stat stat;

	CHECK(file >= 0 && write(file, "hello world", 11) == 11);
	CHECK(lseek(file, 6, SEEK_SET) == 6 && read(file, text, 5) == 5 && !strcmp(text, "world"));
	CHECK(read(file, text, 5) == 0);
	CHECK(lseek(file, 100000, SEEK_SET) == 100000 && write(file, "end", 3) == 3);
	CHECK(fstat(file, &stat) == 0 && stat.st_size == 100003 && (stat.st_mode & 07777) == 0640);
	CHECK(S_ISREG(stat.st_mode) && stat.st_nlink == 1);
	CHECK(pread(file, text, 5, 50000) == 5 && text[0] == 0 && text[4] == 0);
	CHECK(ftruncate(file, 5) == 0 && pread(file, text, 30, 0) == 5);
	CHECK(ftruncate(file, 9000) == 0 && pread(file, text, 1, 7) == 1 && text[0] == 0);
	CHECK(open("/tmp/f", O_RDWR | O_CREAT | O_EXCL, 0600) < 0 && errno == EEXIST);
	close(file);
	file = open("/tmp/f", O_WRONLY | O_TRUNC);
	CHECK(fstat(file, &stat) == 0 && stat.st_size == 0);
	close(file);
	CHECK(unlink("/tmp/f") == 0 && access("/tmp/f", F_OK) < 0 && errno == ENOENT);
}

static void appending(void)
{
	int a = open("/tmp/a", O_WRONLY | O_CREAT | O_APPEND, 0600);
	int b = open("/tmp/a", O_WRONLY | O_APPEND);
	struct stat stat;

	CHECK(a >= 0 && b >= 0);
	for (int i = 0; i < 10; i++)
		CHECK(write(i % 2 ? a : b, "12345", 5) == 5);
	CHECK(fstat(a, &stat) == 0 && stat.st_size == 50);
	close(a);
	close(b);
	unlink("/tmp/a");
}

static void big(void)
{
	static char chunk[1 << 20];
	int file = open("/tmp/big", O_RDWR | O_CREAT, 0600);

	CHECK(file >= 0);
	for (int i = 0; i < 16; i++) {
		memset(chunk, i, sizeof(chunk));
		CHECK(write(file, chunk, sizeof(chunk)) == sizeof(chunk));
	}
	for (int i = 15; i >= 0; i--) {
		CHECK(pread(file, chunk, 4, (off_t)i * (1 << 20) + 777) == 4);
		CHECK(chunk[0] == i && chunk[3] == i);
	}
	close(file);
	unlink("/tmp/big");
}

static void names(void)
{
	struct stat first, second;

	CHECK(mkdir("/tmp/d", 0755) == 0 && mkdir("/tmp/d", 0755) < 0 && errno == EEXIST);
	int file = open("/tmp/d/x", O_WRONLY | O_CREAT, 0600);
	CHECK(file >= 0);
	close(file);
	CHECK(link("/tmp/d/x", "/tmp/d/y") == 0 && stat("/tmp/d/x", &first) == 0);
	CHECK(stat("/tmp/d/y", &second) == 0 && first.st_ino == second.st_ino);
	CHECK(second.st_nlink == 2);
	CHECK(rename("/tmp/d/x", "/tmp/d/z") == 0 && access("/tmp/d/x", F_OK) < 0);
	CHECK(rmdir("/tmp/d") < 0 && errno == ENOTEMPTY);
	CHECK(mkdir("/tmp/e", 0700) == 0 && rename("/tmp/d", "/tmp/e") == 0);
	CHECK(access("/tmp/e/z", F_OK) == 0);
	CHECK(rename("/tmp/e", "/tmp/e/inside") < 0 && errno == EINVAL);
	CHECK(unlink("/tmp/e/z") == 0 && unlink("/tmp/e/y") == 0 && rmdir("/tmp/e") == 0);
}

static void symbolic_links(void)
{
	char text[64] = "";
	struct stat stat;

	CHECK(symlink("../tmp/target", "/tmp/link") == 0);
	CHECK(open("/tmp/link", O_RDONLY) < 0 && errno == ENOENT);
	int file = open("/tmp/link", O_WRONLY | O_CREAT, 0600);
	CHECK(file >= 0 && access("/tmp/target", F_OK) == 0);
	close(file);
	CHECK(readlink("/tmp/link", text, sizeof(text)) == 13 && !strcmp(text, "../tmp/target"));
	CHECK(lstat("/tmp/link", &stat) == 0 && S_ISLNK(stat.st_mode) && stat.st_size == 13);
	CHECK(open("/tmp/link", O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP);
	CHECK(unlink("/tmp/link") == 0 && unlink("/tmp/target") == 0);
}

static void directories(void)
{
	enum { FILES = 300 };
	char path[64], seen[FILES] = { 0 };
	int count = 0;

	CHECK(mkdir("/tmp/many", 0755) == 0);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "/tmp/many/%d", i);
		int file = open(path, O_WRONLY | O_CREAT, 0600);
		CHECK(file >= 0);
		close(file);
	}
	DIR *directory = opendir("/tmp/many");
	CHECK(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.') {
			int i = atoi(entry->d_name);

			CHECK(i < FILES && !seen[i] && entry->d_type == DT_REG);
			seen[i] = 1;
			count++;
		}
	closedir(directory);
	CHECK(count == FILES);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "/tmp/many/%d", i);
		CHECK(unlink(path) == 0);
	}
	CHECK(rmdir("/tmp/many") == 0);
}

/* A file without a name lives as long as a descriptor. */
static void nameless(void)
{
	char text[8] = "";
	int file = open("/tmp/gone", O_RDWR | O_CREAT, 0600);

	CHECK(file >= 0 && unlink("/tmp/gone") == 0);
	CHECK(write(file, "still", 5) == 5 && pread(file, text, 5, 0) == 5 &&
	      !strcmp(text, "still"));
	close(file);
}

static void shared_offsets(void)
{
	char byte;
	int file = open("/tmp/o", O_RDWR | O_CREAT, 0600);

	CHECK(file >= 0 && write(file, "abc", 3) == 3 && lseek(file, 0, SEEK_SET) == 0);
	int copy = dup(file);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(read(file, &byte, 1) == 1 && byte == 'a' ? 0 : 1);
	CHECK(ended_well(pid));
	CHECK(read(copy, &byte, 1) == 1 && byte == 'b' && read(file, &byte, 1) == 1 && byte == 'c');
	CHECK(fcntl(copy, F_GETFD) == 0 && fcntl(file, F_SETFD, FD_CLOEXEC) == 0);
	CHECK(fcntl(copy, F_GETFD) == 0 && fcntl(file, F_DUPFD, 50) == 50);
	close(file);
	close(copy);
	close(50);
	unlink("/tmp/o");
}

static void devices(void)
{
	char bytes[16] = { 1 };
	int file = open("/dev/zero", O_RDONLY);

	CHECK(file >= 0 && read(file, bytes, 16) == 16 && bytes[0] == 0);
	close(file);
	file = open("/dev/null", O_RDWR);
	CHECK(write(file, bytes, 16) == 16 && read(file, bytes, 16) == 0);
	close(file);
	file = open("/dev/full", O_WRONLY);
	CHECK(file >= 0 && write(file, bytes, 1) < 0 && errno == ENOSPC);
	close(file);
	file = open("/dev/urandom", O_RDONLY);
	CHECK(file >= 0 && read(file, bytes, 16) == 16 && (bytes[0] | bytes[7] | bytes[15]));
	close(file);
}

static void limits(void)
{
	int last = -1, file;

	while ((file = open("/dev/null", O_RDONLY)) >= 0)
		last = file;
	CHECK(errno == EMFILE && last == sysconf(_SC_OPEN_MAX) - 1);
	for (file = 3; file <= last; file++)
		close(file);
}

int main(void)
{
	RUN(contents);
	RUN(appending);
	RUN(big);
	RUN(names);
	RUN(symbolic_links);
	RUN(directories);
	RUN(nameless);
	RUN(shared_offsets);
	RUN(devices);
	RUN(limits);
	return guest_result();
}
