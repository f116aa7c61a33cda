/* SPDX-License-Identifier: MIT */
/* Path resolution: symbolic links, dots, slashes, limits, descriptors as starting points, chroot,
 * mounts. */
#include "workdir.h"

#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

static char start[256]; /* the working directory's absolute name */

static void slashes_and_dots(void)
{
	CHECK(mkdir("d", 0755) == 0 && make_file("d/f", "f"));
	CHECK(file_is("d//f", "f") && file_is("./d/./f", "f") && file_is("d/../d/f", "f"));
	CHECK(FAILS(access("d/f/", F_OK), ENOTDIR) && FAILS(access("d/f/.", F_OK), ENOTDIR));
	CHECK(FAILS(access("d/f/..", F_OK), ENOTDIR) && FAILS(access("no/..", F_OK), ENOENT));
	CHECK(access("d/", F_OK) == 0 && access("d/.", F_OK) == 0 && access("d///", F_OK) == 0);
	CHECK(FAILS(access("", F_OK), ENOENT) && FAILS(open("d/new/", O_CREAT, 0644), EISDIR));
	CHECK(inode_of("/..") == inode_of("/") && inode_of("///") == inode_of("/"));
	CHECK(inode_of("/../../..") == inode_of("/"));
	CHECK(unlink("d/f") == 0 && rmdir("d") == 0);
}

static void symbolic_links(void)
{
	struct stat stat_data;
	char absolute[300];

	CHECK(mkdir("d", 0755) == 0 && make_file("d/f", "f") && mkdir("d/e", 0755) == 0);
	CHECK(symlink("d", "ld") == 0 && symlink("../f", "d/e/up") == 0);
	CHECK(symlink("d/f/", "slash") == 0 && symlink("nowhere", "dangling") == 0);
	CHECK(file_is("ld/f", "f") && file_is("ld/e/up", "f") && file_is("ld/e/../f", "f"));
	CHECK(FAILS(access("slash", F_OK), ENOTDIR) && FAILS(access("dangling", F_OK), ENOENT));
	CHECK(lstat("ld", &stat_data) == 0 && S_ISLNK(stat_data.st_mode));
	CHECK(lstat("ld/", &stat_data) == 0 && S_ISDIR(stat_data.st_mode));
	CHECK(FAILS(open("ld", O_RDONLY | O_NOFOLLOW), ELOOP));
	CHECK(FAILS(open("ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR));
	CHECK(FAILS(rmdir("ld"), ENOTDIR) && FAILS(mkdir("dangling", 0755), EEXIST));
	CHECK(FAILS(open("dangling", O_CREAT | O_EXCL, 0644), EEXIST));
	snprintf(absolute, sizeof(absolute), "%s/d/f", start);
	CHECK(symlink(absolute, "abs") == 0 && file_is("abs", "f"));
	CHECK(FAILS(symlink("", "empty"), ENOENT) && FAILS(readlink("d/f", absolute, 9), EINVAL));
	CHECK(readlink("ld", absolute, 1) == 1 && absolute[0] == 'd');
	CHECK(unlink("d/e/up") == 0 && rmdir("d/e") == 0 && unlink("d/f") == 0 && rmdir("d") == 0);
	CHECK(unlink("ld") == 0 && unlink("slash") == 0 && unlink("dangling") == 0);
	CHECK(unlink("abs") == 0);
}

/* Forty links are followed, not forty-one. */
static void link_chains(void)
{
	char from[16], to[16];

	CHECK(make_file("l0", "end"));
	for (int i = 1; i <= 41; i++) {
		snprintf(from, sizeof(from), "l%d", i);
		snprintf(to, sizeof(to), "l%d", i - 1);
		CHECK(symlink(to, from) == 0);
	}
	CHECK(file_is("l40", "end") && FAILS(access("l41", F_OK), ELOOP));
	CHECK(symlink("self", "self") == 0 && FAILS(open("self", O_RDONLY), ELOOP));
	CHECK(FAILS(open("self", O_RDWR | O_CREAT, 0644), ELOOP) && unlink("self") == 0);
	for (int i = 0; i <= 41; i++) {
		snprintf(from, sizeof(from), "l%d", i);
		CHECK(unlink(from) == 0);
	}
}

static void long_names(void)
{
	static char name[300], path[5000];

	memset(name, 'n', 255);
	CHECK(make_file(name, "long") && file_is(name, "long") && unlink(name) == 0);
	name[255] = 'n';
	CHECK(FAILS(open(name, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG));
	CHECK(FAILS(access(name, F_OK), ENAMETOOLONG) && FAILS(mkdir(name, 0755), ENAMETOOLONG));
	memset(path, '/', sizeof(path) - 1);
	CHECK(FAILS(access(path, F_OK), ENAMETOOLONG));
	path[4095] = '\0';
	CHECK(access(path, F_OK) == 0);
	CHECK(FAILS(syscall(SYS_faccessat, AT_FDCWD, (char *)16, F_OK), EFAULT));
}

static void descriptors(void)
{
	struct stat stat_data;
	int directory, file, path;
	char byte;

	CHECK(mkdir("d", 0755) == 0 && make_file("d/f", "f"));
	directory = open("d", O_RDONLY | O_DIRECTORY);
	file = openat(directory, "f", O_RDONLY);
	CHECK(directory >= 0 && file >= 0 && mkdirat(directory, "sub", 0755) == 0);
	CHECK(FAILS(openat(file, "x", O_RDONLY), ENOTDIR) &&
	      FAILS(openat(99, "x", O_RDONLY), EBADF));
	CHECK(fstatat(99, start, &stat_data, 0) == 0);
	CHECK(fstatat(file, "", &stat_data, AT_EMPTY_PATH) == 0 && stat_data.st_size == 1);
	CHECK(FAILS(fstatat(file, "", &stat_data, 0), ENOENT));
	path = openat(directory, "f", O_PATH);
	CHECK(path >= 0 && FAILS(read(path, &byte, 1), EBADF) && fstat(path, &stat_data) == 0);
	CHECK(FAILS(fchmod(path, 0600), EBADF) && FAILS(ftruncate(path, 0), EBADF));
	close(path);
	path = open("d", O_PATH | O_DIRECTORY);
	CHECK(unlinkat(path, "f", 0) == 0 && unlinkat(path, "sub", AT_REMOVEDIR) == 0);
	CHECK(fchdir(path) == 0 && chdir("..") == 0);
	close(path);
	close(directory);
	close(file);
	CHECK(rmdir("d") == 0);
}

static int open2(const char *name, __u64 flags, __u64 resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };

	return (int)syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
}

static int open2_at(int directory, const char *name, __u64 resolve)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = resolve };

	return (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
}

static void restricted(void)
{
	int directory, fd;

	CHECK(mkdir("d", 0755) == 0 && make_file("d/f", "f") && symlink("f", "d/l") == 0);
	CHECK(symlink("/f", "d/abs") == 0 && symlink("..", "d/out") == 0);
	directory = open("d", O_PATH);
	CHECK((fd = open2("d/f", O_RDONLY, 0)) >= 0 && close(fd) == 0);
	CHECK(FAILS(open2("d/l", O_RDONLY, RESOLVE_NO_SYMLINKS), ELOOP));
	CHECK((fd = open2_at(directory, "l", RESOLVE_BENEATH)) >= 0 && close(fd) == 0);
	CHECK(FAILS(open2_at(directory, "abs", RESOLVE_BENEATH), EXDEV));
	CHECK(FAILS(open2_at(directory, "out", RESOLVE_BENEATH), EXDEV));
	CHECK(FAILS(open2_at(directory, "/f", RESOLVE_BENEATH), EXDEV));
	CHECK((fd = open2_at(directory, "abs", RESOLVE_IN_ROOT)) >= 0 && close(fd) == 0);
	CHECK((fd = open2_at(directory, "/../out/f", RESOLVE_IN_ROOT)) >= 0 && close(fd) == 0);
	CHECK(FAILS(open2("d/f", O_RDONLY, 1 << 20), EINVAL));
	CHECK(FAILS(open2("d/f", 1ull << 40, 0), EINVAL));
	close(directory);
	CHECK(unlink("d/f") == 0 && unlink("d/l") == 0 && unlink("d/abs") == 0);
	CHECK(unlink("d/out") == 0 && rmdir("d") == 0);
}

static void in_chroot(void)
{
	char path[256];
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(mkdir("jail", 0755) == 0 && mkdir("jail/in", 0755) == 0);
		CHILD_CHECK(make_file("jail/f", "inside") && symlink("/f", "jail/in/l") == 0);
		CHILD_CHECK(chroot("jail") == 0 && chdir("/") == 0 && file_is("/f", "inside"));
		CHILD_CHECK(file_is("/../../f", "inside") && file_is("in/l", "inside"));
		CHILD_CHECK(chdir("in") == 0 && getcwd(path, sizeof(path)) && !strcmp(path, "/in"));
		CHILD_CHECK(unlink("/in/l") == 0 && unlink("/f") == 0 && rmdir("/in") == 0);
		_exit(0);
	}
	CHECK(ended_well(pid) && rmdir("jail") == 0);
}

static bool mounts_name(const char *place)
{
	char line[512], wanted[512];
	bool found = false;
	FILE *file = fopen("/proc/mounts", "r");

	snprintf(wanted, sizeof(wanted), " %s/%s tmpfs ", start, place);
	while (file && fgets(line, sizeof(line), file))
		found |= strstr(line, wanted) != NULL;
	if (file)
		fclose(file);
	return found;
}

static void mounts(void)
{
	struct statfs status;
	ino_t covered;
	int fd;

	CHECK(mkdir("m", 0755) == 0 && make_file("m/below", "below") && mkdir("b", 0755) == 0);
	covered = inode_of("m");
	CHECK(mount("src", "m", "tmpfs", 0, "size=64k,mode=711") == 0 && !exists("m/below"));
	CHECK(make_file("m/f", "on top") && inode_of("m/..") == inode_of("."));
	CHECK(statfs("m", &status) == 0 && status.f_type == 0x01021994 && status.f_blocks == 16);
	CHECK(mounts_name("m") && FAILS(rmdir("m"), EBUSY) && FAILS(rename("m", "n"), EBUSY));
	CHECK(FAILS(rename("m/f", "f"), EXDEV) && FAILS(link("m/f", "f"), EXDEV));
	CHECK(mount("m", "b", NULL, MS_BIND, NULL) == 0 && file_is("b/f", "on top"));
	CHECK(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	CHECK(FAILS(open("b/f", O_WRONLY), EROFS) && FAILS(unlink("b/f"), EROFS));
	CHECK(FAILS(open("b/new", O_CREAT | O_WRONLY, 0644), EROFS) && file_is("b/f", "on top"));
	CHECK(make_file("m/g", "") && umount("b") == 0);
	fd = open("m/f", O_RDONLY);
	CHECK(fd >= 0 && FAILS(umount("m"), EBUSY) && close(fd) == 0);
	CHECK(umount("m") == 0 && file_is("m/below", "below") && inode_of("m") == covered);
	CHECK(FAILS(umount("m"), EINVAL) && FAILS(mount("x", "m", "nofs", 0, NULL), ENODEV));
	CHECK(FAILS(mount("x", "m", "tmpfs", 0, "size=nonsense"), EINVAL));
	CHECK(unlink("m/below") == 0 && rmdir("m") == 0 && rmdir("b") == 0);
}

/* A detached mount lives on for who is in it. */
static void lazy_unmount(void)
{
	int fd;

	CHECK(mkdir("m", 0755) == 0 && mount("t", "m", "tmpfs", 0, NULL) == 0);
	CHECK(make_file("m/f", "text"));
	fd = open("m", O_RDONLY | O_DIRECTORY);
	CHECK(umount2("m", MNT_DETACH) == 0 && !exists("m/f") && faccessat(fd, "f", F_OK, 0) == 0);
	CHECK(unlinkat(fd, "f", 0) == 0 && close(fd) == 0 && rmdir("m") == 0);
}

/* A file system that is full says so, and has room again when something goes. */
static void full(void)
{
	static char block[4096];
	int fd, written = 0;

	CHECK(mkdir("m", 0755) == 0);
	CHECK(mount("t", "m", "tmpfs", 0, "size=32k,nr_inodes=4") == 0);
	fd = open("m/f", O_WRONLY | O_CREAT, 0644);
	while (write(fd, block, sizeof(block)) == sizeof(block))
		written++;
	CHECK(errno == ENOSPC && written == 8);
	CHECK(ftruncate(fd, 4096) == 0 && pwrite(fd, block, 4096, 4096) == 4096);
	CHECK(make_file("m/g", "") && make_file("m/h", ""));
	CHECK(FAILS(open("m/i", O_WRONLY | O_CREAT, 0644), ENOSPC) && unlink("m/h") == 0);
	CHECK(make_file("m/i", "") && close(fd) == 0 && umount("m") == 0 && rmdir("m") == 0);
}

int main(void)
{
	enter_workdir("paths");
	if (!getcwd(start, sizeof(start)))
		return 1;
	RUN(slashes_and_dots);
	RUN(symbolic_links);
	RUN(link_chains);
	RUN(long_names);
	RUN(descriptors);
	RUN(restricted);
	RUN(in_chroot);
	RUN(mounts);
	RUN(lazy_unmount);
	RUN(full);
	return guest_result();
}
