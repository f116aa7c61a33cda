/* SPDX-License-Identifier: MIT */
/* Directories: making, removing, links counted, listing while they change, sticky and set-gid bits.
 */
#include "workdir.h"

#include <dirent.h>
#include <sys/syscall.h>

static void link_counts(void)
{
	CHECK(mkdir("d", 0755) == 0 && links_of("d") == 2);
	CHECK(mkdir("d/a", 0755) == 0 && mkdir("d/b", 0755) == 0 && links_of("d") == 4);
	CHECK(make_file("d/f", "x") && links_of("d") == 4);
	CHECK(rename("d/a", "d/b/a") == 0 && links_of("d") == 3 && links_of("d/b") == 3);
	CHECK(rmdir("d/b/a") == 0 && rmdir("d/b") == 0 && links_of("d") == 2);
	CHECK(unlink("d/f") == 0 && rmdir("d") == 0);
}

static void errors(void)
{
	CHECK(mkdir("d", 0755) == 0 && make_file("f", ""));
	CHECK(FAILS(mkdir("d", 0755), EEXIST) && FAILS(mkdir("d/", 0755), EEXIST));
	CHECK(FAILS(mkdir("f/x", 0755), ENOTDIR) && FAILS(mkdir("no/x", 0755), ENOENT));
	CHECK(FAILS(mkdir("/", 0755), EEXIST) && FAILS(mkdir(".", 0755), EEXIST));
	CHECK(FAILS(mkdir("..", 0755), EEXIST) && FAILS(mkdir("", 0755), ENOENT));
	CHECK(FAILS(rmdir("f"), ENOTDIR) && FAILS(rmdir("no"), ENOENT));
	CHECK(FAILS(rmdir("."), EINVAL) && FAILS(rmdir("d/.."), ENOTEMPTY));
	CHECK(FAILS(rmdir("/"), EBUSY));
	CHECK(FAILS(unlink("d"), EISDIR) && FAILS(unlink("d/"), EISDIR));
	CHECK(FAILS(unlink("f/"), ENOTDIR) && FAILS(unlink("no"), ENOENT));
	CHECK(FAILS(unlink("."), EISDIR) && FAILS(unlink(""), ENOENT));
	CHECK(make_file("d/x", "") && FAILS(rmdir("d"), ENOTEMPTY));
	CHECK(FAILS(open("d", O_WRONLY), EISDIR) && FAILS(open("d", O_RDONLY | O_CREAT), EISDIR));
	CHECK(FAILS(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR));
	CHECK(FAILS(link("d", "e"), EPERM) && FAILS(truncate("d", 0), EISDIR));
	CHECK(unlink("d/x") == 0 && mkdir("d/sub/", 0755) == 0 && rmdir("d/sub/") == 0);
	CHECK(rmdir("d") == 0 && unlink("f") == 0);
}

static void reading_fails(void)
{
	char byte;
	int fd;

	CHECK(mkdir("d", 0755) == 0);
	fd = open("d", O_RDONLY);
	CHECK(fd >= 0 && FAILS(read(fd, &byte, 1), EISDIR) && FAILS(write(fd, &byte, 1), EBADF));
	CHECK(FAILS(ftruncate(fd, 0), EINVAL));
	close(fd);
	CHECK(rmdir("d") == 0);
}

/* A removed directory that is somebody's working directory. */
static void removed_cwd(void)
{
	char path[256];
	int old = open(".", O_RDONLY | O_DIRECTORY);

	CHECK(old >= 0 && mkdir("gone", 0755) == 0 && chdir("gone") == 0);
	CHECK(rmdir("../gone") == 0 && FAILS(syscall(SYS_getcwd, path, sizeof(path)), ENOENT));
	CHECK(FAILS(open("x", O_CREAT | O_WRONLY, 0644), ENOENT) &&
	      FAILS(mkdir("x", 0755), ENOENT));
	CHECK(FAILS(access("x", F_OK), ENOENT) && links_of(".") == 0);
	CHECK(access("..", F_OK) == 0);
	CHECK(fchdir(old) == 0 && FAILS(access("gone", F_OK), ENOENT));
	close(old);
}

enum { MANY = 500 };

static bool make_many(const char *directory)
{
	char path[64];

	if (mkdir(directory, 0755))
		return false;
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "%s/%d", directory, i);
		if (!make_file(path, ""))
			return false;
	}
	return true;
}

/* Every other file is removed as soon as it is seen, others are added: what stays is seen once. */
static void listing_while_removing(void)
{
	static int seen[MANY];
	char path[512];
	struct dirent *entry;
	DIR *stream;
	int count = 0;

	CHECK(make_many("many"));
	stream = opendir("many");
	CHECK(stream);
	while ((entry = readdir(stream))) {
		int i = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || entry->d_name[0] == 'n')
			continue;
		CHECK(i < MANY && !seen[i]++);
		count++;
		snprintf(path, sizeof(path), "many/%s", entry->d_name);
		if (i % 2)
			CHECK(unlink(path) == 0);
		if (i % 10 == 0) {
			snprintf(path, sizeof(path), "many/n%d", i);
			CHECK(make_file(path, ""));
		}
	}
	CHECK(count == MANY);
	rewinddir(stream);
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "many/%s", entry->d_name);
		CHECK(unlink(path) == 0);
	}
	closedir(stream);
	CHECK(rmdir("many") == 0);
}

/* telldir's positions lead back to the same entry, also after others are gone. */
static void positions(void)
{
	char name[256], path[512];
	struct dirent *entry;
	DIR *stream;
	long at = 0;

	CHECK(make_many("p"));
	stream = opendir("p");
	CHECK(stream);
	for (int i = 0; i < 100; i++) {
		entry = readdir(stream);
		CHECK(entry);
		if (i == 49)
			at = telldir(stream);
		if (i == 50)
			strcpy(name, entry->d_name);
		if (i == 20) {
			snprintf(path, sizeof(path), "p/%s", entry->d_name);
			CHECK(unlink(path) == 0);
		}
	}
	seekdir(stream, at);
	entry = readdir(stream);
	CHECK(entry && !strcmp(entry->d_name, name));
	rewinddir(stream);
	while ((entry = readdir(stream))) {
		snprintf(path, sizeof(path), "p/%s", entry->d_name);
		if (entry->d_name[0] != '.')
			CHECK(unlink(path) == 0);
	}
	closedir(stream);
	CHECK(rmdir("p") == 0);
}

static void getdents_sizes(void)
{
	char small[8], buffer[64];
	int fd;

	CHECK(mkdir("s", 0755) == 0 && make_file("s/a-rather-long-name-for-a-file", ""));
	fd = open("s", O_RDONLY | O_DIRECTORY);
	CHECK(FAILS(syscall(SYS_getdents64, fd, small, sizeof(small)), EINVAL));
	CHECK(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0);
	CHECK(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0);
	CHECK(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) == 0);
	close(fd);
	fd = open("s/a-rather-long-name-for-a-file", O_RDONLY);
	CHECK(FAILS(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)), ENOTDIR));
	close(fd);
	CHECK(unlink("s/a-rather-long-name-for-a-file") == 0 && rmdir("s") == 0);
}

static void try_sticky(void)
{
	CHILD_CHECK(FAILS(unlink("t/roots"), EPERM) && FAILS(rename("t/roots", "t/x"), EPERM));
	CHILD_CHECK(make_file("t/mine", "") && unlink("t/mine") == 0);
	CHILD_CHECK(FAILS(mkdir("closed/x", 0755), EACCES) && FAILS(access("t/x/y", F_OK), ENOENT));
	CHILD_CHECK(FAILS(open("closed/f", O_RDONLY), EACCES));
	CHILD_CHECK(FAILS(open("t/private", O_RDONLY), EACCES) &&
		    FAILS(chmod("t/roots", 0), EPERM));
	CHILD_CHECK(FAILS(chown("t/roots", 1000, 1000), EPERM) && FAILS(mkdir("no", 0755), EACCES));
}

static void permissions(void)
{
	CHECK(mkdir("t", 0755) == 0 && chmod("t", 01777) == 0 && make_file("t/roots", ""));
	CHECK(make_file("t/private", "") && chmod("t/private", 0600) == 0);
	CHECK(mkdir("closed", 0700) == 0 && make_file("closed/f", ""));
	CHECK(as_user(1000, try_sticky));
	CHECK(unlink("t/roots") == 0 && unlink("t/private") == 0 && rmdir("t") == 0);
	CHECK(unlink("closed/f") == 0 && rmdir("closed") == 0);
}

static long fchmodat2(int dirfd, const char *name, mode_t mode, unsigned int flags)
{
	return syscall(452, dirfd, name, mode, flags); /* newer than the C library's headers */
}

static void modes_with_flags(void)
{
	struct stat stat;
	int link, fd;

	CHECK(make_file("f", "") && symlink("f", "l") == 0 && symlink("no", "hanging") == 0);
	CHECK(fchmodat2(AT_FDCWD, "f", 0640, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(lstat("f", &stat) == 0 && (stat.st_mode & 07777) == 0640);
	CHECK(fchmodat2(AT_FDCWD, "l", 0600, 0) == 0);
	CHECK(lstat("f", &stat) == 0 && (stat.st_mode & 07777) == 0600);
	CHECK(FAILS(fchmodat2(AT_FDCWD, "l", 0644, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP));
	CHECK(FAILS(fchmodat2(AT_FDCWD, "hanging", 0644, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP));
	CHECK(FAILS(fchmodat2(AT_FDCWD, "hanging", 0644, 0), ENOENT));
	fd = open("f", O_PATH);
	link = open("l", O_PATH | O_NOFOLLOW);
	CHECK(fd >= 0 && link >= 0 && FAILS(fchmod(fd, 0400), EBADF));
	CHECK(fchmodat2(fd, "", 0400, AT_EMPTY_PATH) == 0);
	CHECK(lstat("f", &stat) == 0 && (stat.st_mode & 07777) == 0400);
	CHECK(FAILS(fchmodat2(link, "", 0400, AT_EMPTY_PATH), EOPNOTSUPP));
	CHECK(FAILS(fchmodat2(fd, "", 0400, 0), ENOENT));
	CHECK(FAILS(fchmodat2(fd, "f", 0400, 0), ENOTDIR));
	CHECK(FAILS(fchmodat2(-5, "f", 0400, 0), EBADF));
	CHECK(FAILS(fchmodat2(AT_FDCWD, "f", 0400, AT_REMOVEDIR), EINVAL));
	CHECK(FAILS(fchmodat2(AT_FDCWD, NULL, 0400, 0), EFAULT));
	CHECK(close(fd) == 0 && close(link) == 0);
	CHECK(unlink("f") == 0 && unlink("l") == 0 && unlink("hanging") == 0);
}

static void set_gid_directory(void)
{
	struct stat stat;

	CHECK(mkdir("g", 0755) == 0 && chown("g", -1, 77) == 0 && chmod("g", 02755) == 0);
	CHECK(make_file("g/f", "") && lstat("g/f", &stat) == 0 && stat.st_gid == 77);
	CHECK(mkdir("g/d", 0755) == 0 && lstat("g/d", &stat) == 0 && stat.st_gid == 77);
	CHECK((stat.st_mode & 07777) == 02755);
	CHECK(unlink("g/f") == 0 && rmdir("g/d") == 0 && rmdir("g") == 0);
}

static void modes(void)
{
	struct stat stat;
	mode_t old = umask(027);

	CHECK(old == 022 && mkdir("m", 0777) == 0 && lstat("m", &stat) == 0);
	CHECK((stat.st_mode & 07777) == 0750 && S_ISDIR(stat.st_mode));
	CHECK(umask(old) == 027 && rmdir("m") == 0);
	CHECK(mkfifo("p", 0644) == 0 && lstat("p", &stat) == 0 && S_ISFIFO(stat.st_mode));
	CHECK(mknod("n", S_IFCHR | 0600, 0x103) == 0 && lstat("n", &stat) == 0);
	CHECK(S_ISCHR(stat.st_mode) && stat.st_rdev == 0x103);
	CHECK(FAILS(mknod("d", S_IFDIR | 0600, 0), EPERM));
	CHECK(unlink("p") == 0 && unlink("n") == 0);
}

int main(void)
{
	enter_workdir("dirs");
	RUN(link_counts);
	RUN(errors);
	RUN(reading_fails);
	RUN(removed_cwd);
	RUN(listing_while_removing);
	RUN(positions);
	RUN(getdents_sizes);
	RUN(permissions);
	RUN(modes_with_flags);
	RUN(set_gid_directory);
	RUN(modes);
	return guest_result();
}
