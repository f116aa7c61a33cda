// SPDX-License-Identifier: MIT
/* /proc/pid: what it counts (io), who may look at it, and which names it has. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "guest.h"

static char text[16384];

static ssize_t read_once(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	text[length < 0 ? 0 : length] = '\0';
	return length;
}

/* --- io --- */

struct io {
	long rchar, wchar, syscr, syscw, length; /* length: of the text that tells it */
};

static struct io io_of(const char *path)
{
	struct io io = { -1, -1, -1, -1, 0 };
	long bytes[3];

	io.length = read_once(path);
	if (sscanf(text,
		   "rchar: %ld\nwchar: %ld\nsyscr: %ld\nsyscw: %ld\n"
		   "read_bytes: %ld\nwrite_bytes: %ld\ncancelled_write_bytes: %ld\n",
		   &io.rchar, &io.wchar, &io.syscr, &io.syscw, &bytes[0], &bytes[1],
		   &bytes[2]) != 7)
		io.syscr = -1;
	return io;
}

static void reads_and_writes_are_counted(void)
{
	int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY), fds[2];
	char buffer[100];
	struct iovec pieces[2] = { { buffer, 10 }, { buffer + 10, 20 } };
	struct io before, after;

	CHECK(!pipe2(fds, O_NONBLOCK));
	before = io_of("/proc/self/io");
	CHECK(before.syscr >= 0);
	CHECK(read(zero, buffer, 7) == 7 && readv(zero, pieces, 2) == 30);
	CHECK(write(null, buffer, 100) == 100 && writev(null, pieces, 2) == 30);
	CHECK(read(fds[0], buffer, 1) == -1 && errno == EAGAIN); /* counts as a call */
	CHECK(read(fds[1], buffer, 1) == -1 && errno == EBADF);	 /* does not */
	CHECK(write(fds[0], buffer, 1) == -1 && errno == EBADF);
	after = io_of("/proc/self/io");
	CHECK(after.rchar - before.rchar == 37 + before.length);
	CHECK(after.syscr - before.syscr == 4);
	CHECK(after.wchar - before.wchar == 130 && after.syscw - before.syscw == 2);
	close(fds[0]);
	close(fds[1]);
	close(zero);
	close(null);
}

static void copies_count_on_both_sides(void)
{
	int from = open("/tmp/proctask.from", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int to = open("/tmp/proctask.to", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct io before, after;
	loff_t start = 0;

	CHECK(from >= 0 && to >= 0 && !ftruncate(from, 300000));
	before = io_of("/proc/self/io");
	CHECK(sendfile(to, from, NULL, 300000) == 300000);
	CHECK(pread(from, text, 50, 100) == 50 && pwrite(to, text, 60, 5) == 60);
	after = io_of("/proc/self/io");
	CHECK(after.rchar - before.rchar == 300050 + before.length);
	CHECK(after.wchar - before.wchar == 300060);
	CHECK(after.syscr - before.syscr == 3 && after.syscw - before.syscw == 2);
	before = after;
	CHECK(copy_file_range(from, &start, to, NULL, 1000, 0) == 1000);
	after = io_of("/proc/self/io");
	CHECK(after.rchar - before.rchar == 1000 + before.length);
	CHECK(after.wchar - before.wchar == 1000 && after.syscw - before.syscw == 1);
	close(from);
	close(to);
	unlink("/tmp/proctask.from");
	unlink("/tmp/proctask.to");
}

static void *write_much(void *fd)
{
	for (int i = 0; i < 5; i++)
		if (write((int)(long)fd, text, 200) != 200)
			return fd;
	return NULL;
}

static void threads_and_children_are_summed(void)
{
	long null = open("/dev/null", O_WRONLY);
	struct io before = io_of("/proc/self/io"), after, own;
	char path[64];
	pthread_t thread;
	void *failed;
	pid_t child;

	snprintf(path, sizeof(path), "/proc/self/task/%d/io", getpid());
	own = io_of(path);
	CHECK(!pthread_create(&thread, NULL, write_much, (void *)null));
	CHECK(!pthread_join(thread, &failed) && !failed);
	CHECK(io_of("/proc/self/io").wchar - before.wchar == 1000);
	CHECK(io_of(path).wchar == own.wchar);
	child = fork();
	if (!child) {
		CHILD_CHECK(!io_of("/proc/self/io").syscw && !write_much((void *)null));
		_exit(0);
	}
	CHECK(ended_well(child));
	after = io_of("/proc/self/io");
	CHECK(after.wchar - before.wchar == 2000 && after.syscw - before.syscw == 10);
	close((int)null);
}

/* --- who may look --- */

static void name_in(char *path, size_t size, pid_t pid, const char *name)
{
	snprintf(path, size, "/proc/%d/%s", pid, name);
}

/* What an access to a file of another process ends with: 0 or an errno. */
static int error_of_read(pid_t pid, const char *name)
{
	char path[64];

	name_in(path, sizeof(path), pid, name);
	return read_once(path) < 0 ? errno : 0;
}

static int error_of_open(pid_t pid, const char *name)
{
	char path[64];
	int fd;

	name_in(path, sizeof(path), pid, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int error_of_link(pid_t pid, const char *name)
{
	char path[64], target[256];

	name_in(path, sizeof(path), pid, name);
	return readlink(path, target, sizeof(target)) < 0 ? errno : 0;
}

static const char *const secret_files[] = { "io",	   "environ", "auxv",	 "maps",
					    "smaps",	   "mem",     "syscall", "smaps_rollup",
					    "personality", "pagemap" };
static const char *const open_files[] = { "stat",  "statm",  "status", "cmdline", "comm",
					  "wchan", "limits", "mounts", "sched",	  "oom_score" };
static const char *const links[] = { "exe", "cwd", "root", "ns/mnt", "ns/pid" };

static void others_see_what_is_not_secret(void)
{
	pid_t parent = getpid(), child = fork();

	if (!child) {
		CHILD_CHECK(!setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
		for (size_t i = 0; i < sizeof(secret_files) / sizeof(secret_files[0]); i++)
			CHILD_CHECK(error_of_open(parent, secret_files[i]) == EACCES);
		for (size_t i = 0; i < sizeof(open_files) / sizeof(open_files[0]); i++)
			CHILD_CHECK(error_of_read(parent, open_files[i]) == 0);
		for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
			CHILD_CHECK(error_of_link(parent, links[i]) == EACCES);
		CHILD_CHECK(error_of_open(parent, "root/bin") == EACCES);
		CHILD_CHECK(error_of_open(parent, "fd") == EACCES);
		CHILD_CHECK(!error_of_link(getpid(), "exe") && !error_of_read(getpid(), "maps"));
		_exit(0);
	}
	CHECK(ended_well(child));
}

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	return !syscall(SYS_capset, &header, none);
}

/* The same user, but with fewer capabilities: the mode allows it, the right to trace does not. */
static void rights_to_trace_are_asked(void)
{
	pid_t parent = getpid(), child = fork();

	if (!child) {
		CHILD_CHECK(drop_capabilities());
		CHILD_CHECK(error_of_open(parent, "io") == 0);
		CHILD_CHECK(error_of_read(parent, "io") == EACCES);
		CHILD_CHECK(error_of_open(parent, "maps") == EACCES);
		CHILD_CHECK(error_of_open(parent, "environ") == EACCES);
		CHILD_CHECK(error_of_read(parent, "syscall") == EPERM);
		CHILD_CHECK(error_of_read(parent, "personality") == EPERM);
		CHILD_CHECK(error_of_link(parent, "exe") == EACCES);
		CHILD_CHECK(error_of_link(parent, "fd/0") == EACCES);
		CHILD_CHECK(error_of_read(getpid(), "io") == 0);
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* Files of a process that is not dumpable are root's. */
static void protected_processes_are_roots(void)
{
	pid_t child = fork();
	struct stat status;

	if (!child) {
		CHILD_CHECK(!setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
		CHILD_CHECK(!prctl(PR_SET_DUMPABLE, 1));
		CHILD_CHECK(!stat("/proc/self/status", &status) && status.st_uid == 1000);
		CHILD_CHECK(!prctl(PR_SET_DUMPABLE, 0));
		CHILD_CHECK(!stat("/proc/self/status", &status) && status.st_uid == 0);
		CHILD_CHECK(!stat("/proc/self", &status) && status.st_uid == 1000);
		CHILD_CHECK(open("/proc/self/environ", O_RDONLY) == -1 && errno == EACCES);
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* --- names --- */

struct name {
	const char *name;
	mode_t mode;
};

static const struct name both[] = {
	{ "auxv", S_IFREG | 0400 },
	{ "cgroup", S_IFREG | 0444 },
	{ "clear_refs", S_IFREG | 0200 },
	{ "cmdline", S_IFREG | 0444 },
	{ "comm", S_IFREG | 0644 },
	{ "cpuset", S_IFREG | 0444 },
	{ "environ", S_IFREG | 0400 },
	{ "fd", S_IFDIR | 0500 },
	{ "fdinfo", S_IFDIR | 0555 },
	{ "gid_map", S_IFREG | 0644 },
	{ "io", S_IFREG | 0400 },
	{ "limits", S_IFREG | 0444 },
	{ "loginuid", S_IFREG | 0644 },
	{ "maps", S_IFREG | 0444 },
	{ "mem", S_IFREG | 0600 },
	{ "mountinfo", S_IFREG | 0444 },
	{ "mounts", S_IFREG | 0444 },
	{ "net", S_IFDIR | 0555 },
	{ "ns", S_IFDIR | 0511 },
	{ "numa_maps", S_IFREG | 0444 },
	{ "oom_adj", S_IFREG | 0644 },
	{ "oom_score", S_IFREG | 0444 },
	{ "oom_score_adj", S_IFREG | 0644 },
	{ "pagemap", S_IFREG | 0400 },
	{ "personality", S_IFREG | 0400 },
	{ "projid_map", S_IFREG | 0644 },
	{ "schedstat", S_IFREG | 0444 },
	{ "sessionid", S_IFREG | 0444 },
	{ "setgroups", S_IFREG | 0644 },
	{ "smaps", S_IFREG | 0444 },
	{ "smaps_rollup", S_IFREG | 0444 },
	{ "stat", S_IFREG | 0444 },
	{ "statm", S_IFREG | 0444 },
	{ "status", S_IFREG | 0444 },
	{ "syscall", S_IFREG | 0400 },
	{ "uid_map", S_IFREG | 0644 },
	{ "wchan", S_IFREG | 0444 },
};

static const struct name of_processes[] = {
	{ "coredump_filter", S_IFREG | 0644 },
	{ "mountstats", S_IFREG | 0400 },
	{ "task", S_IFDIR | 0555 },
	{ "timerslack_ns", S_IFREG | 0666 },
};

static bool has(const char *directory, const struct name *name)
{
	struct stat status;
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", directory, name->name);
	if (lstat(path, &status))
		return false;
	if (status.st_mode != name->mode)
		printf("%s: mode %o\n", path, status.st_mode);
	return status.st_mode == name->mode;
}

static void processes_and_threads_have_their_files(void)
{
	static const struct name children = { "children", S_IFREG | 0444 };
	char thread[64];

	snprintf(thread, sizeof(thread), "/proc/self/task/%d", getpid());
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		CHECK(has("/proc/self", &both[i]) && has(thread, &both[i]));
	for (size_t i = 0; i < sizeof(of_processes) / sizeof(of_processes[0]); i++)
		CHECK(has("/proc/self", &of_processes[i]) && !has(thread, &of_processes[i]));
	CHECK(has(thread, &children) && !has("/proc/self", &children));
}

static void pages_have_a_node(void)
{
	CHECK(read_once("/proc/self/numa_maps") > 0);
	CHECK(strstr(text, " default") && strstr(text, "anon=") && strstr(text, "stack"));
	CHECK(strstr(text, " N0=") && strstr(text, "kernelpagesize_kB=4\n"));
}

/* --- name spaces --- */

static const char *const kinds[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };

static void name_spaces_are_links(void)
{
	char path[64], mine[64], others[64], form[64];
	pid_t child = fork();
	unsigned int number;

	if (!child) {
		pause();
		_exit(0);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		length = readlink(path, mine, sizeof(mine) - 1);
		CHECK(length > 0);
		mine[length] = '\0';
		snprintf(form, sizeof(form), "%s:[%%u]", kinds[i]);
		CHECK(sscanf(mine, form, &number) == 1 && number >= 0xeffffff0);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", child, kinds[i]);
		CHECK(readlink(path, others, sizeof(others)) == length);
		CHECK(!memcmp(mine, others, (size_t)length));
	}
	CHECK(!access("/proc/self/ns/time_for_children", F_OK));
	kill(child, SIGKILL);
	status_of(child);
}

static int enter(const char *kind, int flag)
{
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	fd = open(path, O_RDONLY);
	error = fd < 0 || syscall(SYS_setns, fd, flag) ? errno : 0;
	close(fd);
	return error;
}

static void ones_own_name_space_can_be_entered(void)
{
	enum { NEWTIME = 0x80, NEWIPC = 0x8000000, NEWNET = 0x40000000, NEWCGROUP = 0x2000000 };

	CHECK(!enter("ipc", 0) && !enter("ipc", NEWIPC) && !enter("net", NEWNET));
	CHECK(!enter("cgroup", NEWCGROUP) && !enter("time", NEWTIME));
	CHECK(enter("net", NEWIPC) == EINVAL && enter("user", 0) == EINVAL);
}

static void ids_stand_for_themselves(void)
{
	static const char map[] = "         0          0 4294967295\n";

	CHECK(read_once("/proc/self/uid_map") > 0 && !strcmp(text, map));
	CHECK(read_once("/proc/self/gid_map") > 0 && !strcmp(text, map));
	CHECK(read_once("/proc/self/projid_map") > 0 && !strcmp(text, map));
	CHECK(read_once("/proc/self/setgroups") > 0 && !strcmp(text, "allow\n"));
}

/* --- settings --- */

static int error_of_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	int error = fd < 0 || write(fd, value, strlen(value)) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static bool reads(const char *path, const char *value)
{
	return read_once(path) >= 0 && !strcmp(text, value);
}

static void who_logged_in_is_kept(void)
{
	pid_t child = fork();

	if (!child) {
		CHILD_CHECK(reads("/proc/self/loginuid", "4294967295"));
		CHILD_CHECK(reads("/proc/self/sessionid", "4294967295"));
		CHILD_CHECK(error_of_write("/proc/self/loginuid", "x") == EINVAL);
		CHILD_CHECK(!error_of_write("/proc/self/loginuid", "1234"));
		CHILD_CHECK(reads("/proc/self/loginuid", "1234"));
		CHILD_CHECK(read_once("/proc/self/sessionid") > 0 && atol(text) > 0);
		child = fork();
		CHILD_CHECK(reads("/proc/self/loginuid", "1234"));
		if (!child)
			_exit(0);
		CHILD_CHECK(ended_well(child));
		CHILD_CHECK(drop_capabilities());
		CHILD_CHECK(error_of_write("/proc/self/loginuid", "1235") == EPERM);
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(reads("/proc/self/loginuid", "4294967295"));
	CHECK(error_of_write("/proc/1/loginuid", "5") == EPERM);
}

static void badness_is_adjusted(void)
{
	static const char path[] = "/proc/self/oom_score_adj", old[] = "/proc/self/oom_adj";
	pid_t child = fork();

	if (!child) {
		CHILD_CHECK(!error_of_write(path, "500\n") && reads(old, "8\n"));
		CHILD_CHECK(!error_of_write(old, "15") && reads(path, "1000\n"));
		CHILD_CHECK(!error_of_write(old, "-17") && reads(path, "-1000\n"));
		CHILD_CHECK(!error_of_write(old, "-3") && reads(path, "-176\n"));
		CHILD_CHECK(error_of_write(path, "1001") == EINVAL);
		CHILD_CHECK(error_of_write(path, "x") == EINVAL);
		CHILD_CHECK(error_of_write(old, "16") == EINVAL);
		CHILD_CHECK(!error_of_write(path, "-10") && drop_capabilities());
		CHILD_CHECK(!error_of_write(path, "300") && !error_of_write(path, "-10"));
		CHILD_CHECK(error_of_write(path, "-11") == EACCES);
		CHILD_CHECK(!error_of_write(path, "300") && error_of_write(old, "2") == EACCES);
		_exit(0);
	}
	CHECK(ended_well(child));
}

int main(void)
{
	RUN(reads_and_writes_are_counted);
	RUN(copies_count_on_both_sides);
	RUN(threads_and_children_are_summed);
	RUN(others_see_what_is_not_secret);
	RUN(rights_to_trace_are_asked);
	RUN(protected_processes_are_roots);
	RUN(processes_and_threads_have_their_files);
	RUN(pages_have_a_node);
	RUN(name_spaces_are_links);
	RUN(ones_own_name_space_can_be_entered);
	RUN(ids_stand_for_themselves);
	RUN(who_logged_in_is_kept);
	RUN(badness_is_adjusted);
	return guest_result();
}
