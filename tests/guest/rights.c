/* SPDX-License-Identifier: MIT */
/*
 * Whose rights a program runs with: set-id programs, capabilities, limits of processes; and exec by
 * descriptor, of a file that is open for writing, in a process of other names.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "guest.h"

#define COPY "/tmp/rights-copy"

enum { USER = 1000, PROCESSES = 20 };

static const char *self = "/proc/self/exe";

/* This program under another name, with that mode. */
static bool make_copy(mode_t mode)
{
	static char buffer[65536];
	int from = open(self, O_RDONLY), to;
	ssize_t size;

	unlink(COPY);
	to = open(COPY, O_WRONLY | O_CREAT, 0755);
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)size) != size)
			return false;
	close(from);
	close(to);
	return size == 0 && !chmod(COPY, mode);
}

/* What the copy prints about itself, as a status: bit 0 euid is root's, bit 1 AT_SECURE. */
static int judge_self(void)
{
	return (geteuid() == 0) | (getauxval(AT_SECURE) ? 2 : 0);
}

static int run_copy_as_user(bool no_new_privileges)
{
	pid_t pid = fork();

	if (!pid) {
		CHILD_CHECK(!setgid(USER) && !setuid(USER));
		if (no_new_privileges)
			CHILD_CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		execl(COPY, "copy", "judge", NULL);
		_exit(99);
	}
	return WEXITSTATUS(status_of(pid));
}

static void set_id_programs(void)
{
	CHECK(make_copy(0755));
	CHECK(run_copy_as_user(false) == 0);
	CHECK(make_copy(04755));
	CHECK(run_copy_as_user(false) == 3);
	CHECK(run_copy_as_user(true) == 0);
	unlink(COPY);
}

static u_int64_t capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return ~0UL;
	return data[0].effective | (u_int64_t)data[1].effective << 32;
}

static void capabilities_follow_the_user(void)
{
	pid_t pid = fork();

	if (!pid) {
		CHILD_CHECK(capabilities() != 0);
		CHILD_CHECK(!setresuid(USER, USER, 0));
		CHILD_CHECK(capabilities() == 0);
		CHILD_CHECK(!setresuid(-1, 0, -1)); /* the saved id brings them back */
		CHILD_CHECK(capabilities() != 0);
		CHILD_CHECK(!setuid(USER));
		CHILD_CHECK(capabilities() == 0);
		CHILD_CHECK(setuid(0) < 0 && errno == EPERM);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* RLIMIT_NPROC counts over all processes of the user; root has none. */
static void limit_of_processes(void)
{
	pid_t pid = fork();

	if (!pid) {
		struct rlimit limit = { PROCESSES, PROCESSES };
		int count = 0;
		pid_t child;

		CHILD_CHECK(!setrlimit(RLIMIT_NPROC, &limit));
		CHILD_CHECK(!setuid(USER));
		while ((child = fork()) > 0)
			count++;
		if (!child)
			for (;;)
				pause();
		CHILD_CHECK(errno == EAGAIN && count == PROCESSES - 1);
		signal(SIGTERM, SIG_IGN);
		CHILD_CHECK(!kill(-1, SIGTERM)); /* all that it may signal: its children */
		while (count--)
			CHILD_CHECK(wait(NULL) > 0);
		CHILD_CHECK(wait(NULL) < 0 && errno == ECHILD);
		child = fork();
		if (!child)
			_exit(0);
		CHILD_CHECK(child > 0 && ended_well(child));
		_exit(0);
	}
	CHECK(ended_well(pid));
}

static void busy_text(void)
{
	int fd;
	pid_t pid;

	CHECK(make_copy(0755));
	fd = open(COPY, O_WRONLY);
	pid = fork();
	if (!pid) {
		execl(COPY, "copy", "judge", NULL);
		_exit(errno == ETXTBSY ? 0 : 1);
	}
	CHECK(ended_well(pid));
	close(fd);
	pid = fork();
	if (!pid) {
		execl(COPY, "copy", "sleep", NULL);
		_exit(1);
	}
	CHECK(reaches_state(pid, 'S'));
	sleep_ms(50);
	CHECK(open(COPY, O_WRONLY) < 0 && errno == ETXTBSY);
	kill(pid, SIGKILL);
	status_of(pid);
	fd = open(COPY, O_WRONLY);
	CHECK(fd >= 0);
	close(fd);
	unlink(COPY);
}

static void exec_by_descriptor(void)
{
	char *const arguments[] = { "copy", "judge", NULL }, *const environment[] = { NULL };
	pid_t pid;
	int fd;

	CHECK(make_copy(0755));
	fd = open(COPY, O_PATH);
	unlink(COPY);
	pid = fork();
	if (!pid) {
		syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
		_exit(99);
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 1);
	CHECK(syscall(SYS_execveat, fd, "", arguments, environment, 0) < 0 && errno == ENOENT);
	CHECK(syscall(SYS_execveat, 99, "x", arguments, environment, 0) < 0 && errno == EBADF);
	CHECK(!symlink("/bin/busybox", COPY));
	CHECK(syscall(SYS_execveat, AT_FDCWD, COPY, arguments, environment, AT_SYMLINK_NOFOLLOW) <
		      0 &&
	      errno == ELOOP);
	unlink(COPY);
	close(fd);
}

/* A name space of host names, left by unshare, inherited by fork. */
static void host_names(void)
{
	struct utsname before, after;
	pid_t pid;

	uname(&before);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(!unshare(CLONE_NEWUTS) && !sethostname("other", 5));
		pid = fork();
		if (!pid) {
			uname(&after);
			_exit(strcmp(after.nodename, "other") ? 1 : 0);
		}
		_exit(ended_well(pid) ? 0 : 1);
	}
	CHECK(ended_well(pid));
	uname(&after);
	CHECK(!strcmp(before.nodename, after.nodename));
	CHECK(sethostname(before.nodename, 65) < 0 && errno == EINVAL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "judge"))
		return judge_self();
	if (argc > 1 && !strcmp(argv[1], "sleep"))
		for (;;)
			pause();
	RUN(set_id_programs);
	RUN(capabilities_follow_the_user);
	RUN(limit_of_processes);
	RUN(busy_text);
	RUN(exec_by_descriptor);
	RUN(host_names);
	return guest_result();
}
