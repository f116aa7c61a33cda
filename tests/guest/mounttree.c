// SPDX-License-Identifier: MIT
/* Trees of mounts: bind mounts with what is mounted below them, pivot_root(2). Each case has a name
 * space of mounts to itself. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "guest.h"

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static long pivot_root(const char *fresh, const char *old)
{
	return syscall(SYS_pivot_root, fresh, old);
}

static bool make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	return fd >= 0 && !close(fd);
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* A tmpfs with a file "f" that is not seen elsewhere. */
static bool mount_tmpfs(const char *path)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/f", path);
	return !mount("t", path, "tmpfs", 0, NULL) && make_file(name);
}

/* Runs a case in a child, in a name space and a root directory of its own: a tmpfs at /tmp/root. */
static bool runs_inside(int (*run)(void))
{
	pid_t child;

	fflush(stdout);
	child = (pid_t)syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
	if (!child) {
		CHILD_CHECK(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		CHILD_CHECK(!mkdir("/tmp/root", 0755) && mount_tmpfs("/tmp/root"));
		CHILD_CHECK(!chroot("/tmp/root") && !chdir("/"));
		_exit(run());
	}
	return ended_well(child) && !rmdir("/tmp/root");
}

static int bind_trees(void)
{
	CHILD_CHECK(!mkdir("/a", 0755) && mount_tmpfs("/a"));
	CHILD_CHECK(!mkdir("/a/in", 0755) && !mkdir("/a/in/b", 0755) && mount_tmpfs("/a/in/b"));
	CHILD_CHECK(!mkdir("/a/in/b/c", 0755) && mount_tmpfs("/a/in/b/c"));
	CHILD_CHECK(!mkdir("/a/out", 0755) && mount_tmpfs("/a/out"));
	CHILD_CHECK(!mkdir("/plain", 0755) && !mount("/a", "/plain", NULL, MS_BIND, NULL));
	CHILD_CHECK(exists("/plain/f") && !exists("/plain/in/b/f"));
	CHILD_CHECK(!mkdir("/whole", 0755));
	CHILD_CHECK(!mount("/a", "/whole", NULL, MS_BIND | MS_REC, NULL));
	CHILD_CHECK(exists("/whole/f") && exists("/whole/in/b/f") && exists("/whole/in/b/c/f"));
	CHILD_CHECK(exists("/whole/out/f"));
	CHILD_CHECK(make_file("/whole/in/b/c/new") && exists("/a/in/b/c/new"));
	/* from a directory that is no root of a mount: what is mounted elsewhere is not taken */
	CHILD_CHECK(!mkdir("/part", 0755));
	CHILD_CHECK(!mount("/a/in", "/part", NULL, MS_BIND | MS_REC, NULL));
	CHILD_CHECK(!exists("/part/f") && exists("/part/b/f") && exists("/part/b/c/f"));
	CHILD_CHECK(fails(umount("/whole"), EBUSY));
	CHILD_CHECK(!umount("/whole/in/b/c") && exists("/a/in/b/c/f"));
	CHILD_CHECK(!umount2("/whole", MNT_DETACH) && !exists("/whole/f"));
	CHILD_CHECK(exists("/a/in/b/c/f") && exists("/part/b/c/f"));
	/* into itself: the copy has no copy of itself */
	CHILD_CHECK(!mkdir("/a/self", 0755));
	CHILD_CHECK(!mount("/a", "/a/self", NULL, MS_BIND | MS_REC, NULL));
	CHILD_CHECK(exists("/a/self/in/b/f") && !exists("/a/self/self/f"));
	CHILD_CHECK(make_file("/file"));
	CHILD_CHECK(fails(mount("/a", "/file", NULL, MS_BIND | MS_REC, NULL), ENOTDIR));
	CHILD_CHECK(fails(mount("/none", "/a", NULL, MS_BIND | MS_REC, NULL), ENOENT));
	return 0;
}

static void binds_whole_trees(void)
{
	CHECK(runs_inside(bind_trees));
}

/* Whether a process has a file in its root directory. */
static bool root_has(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/old/proc/%d/root/%s", pid, name);
	return exists(path);
}

static int pivot(void)
{
	int go[2], elsewhere[2], ready[2];
	pid_t child, other;
	char byte;

	CHILD_CHECK(!mkdir("/proc", 0755) && !mount("proc", "/proc", "proc", 0, NULL));
	CHILD_CHECK(make_file("/first") && !mkdir("/fresh", 0755) && mount_tmpfs("/fresh"));
	CHILD_CHECK(make_file("/fresh/second") && !mkdir("/fresh/old", 0755));
	CHILD_CHECK(!mkdir("/aside", 0755) && !pipe(go) && !pipe(elsewhere) && !pipe(ready));
	child = fork();
	if (!child) { /* its directories go along */
		CHILD_CHECK(read(go[0], &byte, 1) == 1);
		CHILD_CHECK(exists("/second") && exists("second") && exists("/old/first"));
		_exit(0);
	}
	other = fork();
	if (!other) { /* these do not: they are not the root of the mount */
		CHILD_CHECK(!chroot("/aside") && !chdir("/"));
		CHILD_CHECK(write(ready[1], "r", 1) == 1);
		CHILD_CHECK(read(elsewhere[0], &byte, 1) == 1);
		_exit(0);
	}
	CHILD_CHECK(read(ready[0], &byte, 1) == 1);
	CHILD_CHECK(!pivot_root("/fresh", "/fresh/old"));
	CHILD_CHECK(exists("/second") && exists("second") && !exists("/first"));
	CHILD_CHECK(exists("/old/first") && root_has(child, "second"));
	CHILD_CHECK(!root_has(other, "second"));
	CHILD_CHECK(write(go[1], "g", 1) == 1 && write(elsewhere[1], "g", 1) == 1);
	CHILD_CHECK(ended_well(child) && ended_well(other));
	CHILD_CHECK(exists("/..") && exists("/../second"));
	CHILD_CHECK(!umount("/old/proc") && !umount2("/old", MNT_DETACH));
	CHILD_CHECK(!exists("/old/first") && !rmdir("/old"));
	return 0;
}

/* What containers do: the old root covers the new one, and is taken away. */
static int pivot_onto_itself(void)
{
	CHILD_CHECK(make_file("/first") && !mkdir("/fresh", 0755) && mount_tmpfs("/fresh"));
	CHILD_CHECK(make_file("/fresh/second") && !chdir("/fresh"));
	CHILD_CHECK(!pivot_root(".", "."));
	CHILD_CHECK(!umount2(".", MNT_DETACH) && !chdir("/"));
	CHILD_CHECK(exists("/second") && !exists("/first"));
	return 0;
}

static void roots_are_exchanged(void)
{
	CHECK(runs_inside(pivot));
	CHECK(runs_inside(pivot_onto_itself));
}

static int pivot_wrongly(void)
{
	CHILD_CHECK(!mkdir("/plain", 0755) && !mkdir("/plain/old", 0755) && make_file("/file"));
	CHILD_CHECK(!mkdir("/a", 0755) && mount_tmpfs("/a") && !mkdir("/a/old", 0755));
	CHILD_CHECK(!mkdir("/b", 0755) && mount_tmpfs("/b") && !mkdir("/b/old", 0755));
	CHILD_CHECK(!mkdir("/b/jail", 0755));
	CHILD_CHECK(fails(pivot_root("/none", "/a/old"), ENOENT));
	CHILD_CHECK(fails(pivot_root("/a", "/a/none"), ENOENT));
	CHILD_CHECK(fails(pivot_root("/file", "/a/old"), ENOTDIR));
	CHILD_CHECK(fails(pivot_root("/a", "/file"), ENOTDIR));
	CHILD_CHECK(fails(pivot_root(NULL, "/a/old"), EFAULT));
	CHILD_CHECK(fails(pivot_root("/a", NULL), EFAULT));
	CHILD_CHECK(fails(pivot_root("/", "/a/old"), EBUSY));
	CHILD_CHECK(fails(pivot_root("/a", "/plain/old"), EBUSY));
	CHILD_CHECK(fails(pivot_root("/plain", "/plain/old"), EBUSY));
	CHILD_CHECK(fails(pivot_root("/a", "/b/old"), EINVAL)); /* not below the new root */
	CHILD_CHECK(fails(pivot_root("/a/old", "/a/old"), EINVAL));
	CHILD_CHECK(!setuid(1000) && fails(pivot_root("/none", "/none"), EPERM));
	return 0;
}

static void wrong_roots(void)
{
	CHECK(runs_inside(pivot_wrongly));
}

int main(void)
{
	RUN(binds_whole_trees);
	RUN(roots_are_exchanged);
	RUN(wrong_roots);
	return guest_result();
}
