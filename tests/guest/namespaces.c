// SPDX-License-Identifier: MIT
/* Name spaces of processes and mounts: clone, unshare, setns, what is seen from where, and the
 * rules for a name space's init. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "guest.h"

static int pair[2]; /* a pipe that children write to */

/* fork() with flags, as glibc's own has none. */
static pid_t fork_with(unsigned long flags)
{
	fflush(stdout);
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static unsigned long inode_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : status.st_ino;
}

static void first_child_is_init(void)
{
	pid_t child = fork_with(CLONE_NEWPID);

	if (!child) {
		pid_t grandchild;

		CHILD_CHECK(getpid() == 1 && getppid() == 0);
		CHILD_CHECK(syscall(SYS_gettid) == 1);
		grandchild = fork();
		if (!grandchild)
			_exit(getpid() == 2 && getppid() == 1 ? 0 : 1);
		CHILD_CHECK(grandchild == 2);
		CHILD_CHECK(ended_well(grandchild));
		CHILD_CHECK(setsid() == 1 && getpgid(0) == 1 && getsid(0) == 1);
		_exit(0);
	}
	CHECK(child > 1);
	CHECK(ended_well(child));
}

static void unshare_is_for_children(void)
{
	pid_t helper = fork();

	if (!helper) {
		pid_t self = getpid(), child, second;

		CHILD_CHECK(!unshare(CLONE_NEWPID));
		CHILD_CHECK(getpid() == self);
		CHILD_CHECK(unshare(CLONE_NEWPID) < 0 && errno == EINVAL);
		child = fork();
		if (!child)
			_exit(getpid() == 1 ? 0 : 1);
		CHILD_CHECK(child > self && ended_well(child));
		second = fork(); /* the name space has lost its init */
		if (!second)
			_exit(1);
		CHILD_CHECK(second < 0 && errno == ENOMEM);
		_exit(0);
	}
	CHECK(ended_well(helper));
}

static volatile pid_t sender = -1;

static void note_sender(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	sender = info->si_pid;
}

static void catch (int signal)
{
	struct sigaction action = { .sa_sigaction = note_sender, .sa_flags = SA_SIGINFO };

	sender = -1;
	sigaction(signal, &action, NULL);
}

/* Signals across the border: the sender's number is the receiver's view of it. */
static void senders_are_translated(void)
{
	pid_t child;
	char byte;

	CHECK(!pipe(pair));
	catch (SIGUSR1);
	child = fork_with(CLONE_NEWPID);
	if (!child) {
		pid_t other;
		sigset_t set, old;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, &old);
		CHILD_CHECK(write(pair[1], "r", 1) == 1);
		while (sender < 0)
			sigsuspend(&old);
		CHILD_CHECK(sender == 0); /* from outside */
		sender = -1;
		other = fork();
		if (!other)
			_exit(kill(1, SIGUSR1));
		while (sender < 0)
			sigsuspend(&old);
		CHILD_CHECK(sender == other);
		CHILD_CHECK(ended_well(other));
		_exit(0);
	}
	CHECK(read(pair[0], &byte, 1) == 1);
	CHECK(!kill(child, SIGUSR1));
	CHECK(ended_well(child));
	signal(SIGUSR1, SIG_DFL);
	close(pair[0]);
	close(pair[1]);
}

/* Inside, init is safe from signals without a handler; from above it can be killed. */
static void init_is_protected(void)
{
	pid_t child;
	int status;
	char byte;

	CHECK(!pipe(pair));
	child = fork_with(CLONE_NEWPID);
	if (!child) {
		pid_t killer = fork();

		if (!killer)
			_exit(kill(1, SIGKILL) || kill(1, SIGTERM) || kill(1, SIGSTOP));
		CHILD_CHECK(ended_well(killer));
		CHILD_CHECK(write(pair[1], "r", 1) == 1);
		pause();
		_exit(1);
	}
	CHECK(read(pair[0], &byte, 1) == 1);
	CHECK(!kill(child, SIGTERM)); /* no handler: ignored from above too */
	CHECK(!kill(child, SIGSTOP));
	CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	CHECK(!kill(child, SIGKILL));
	status = status_of(child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(pair[0]);
	close(pair[1]);
}

/* All others die with init, before it can be waited for. */
static void the_end_of_init_is_the_end(void)
{
	pid_t child;
	char byte;

	CHECK(!pipe(pair));
	child = fork_with(CLONE_NEWPID);
	if (!child) {
		for (int i = 0; i < 5; i++)
			if (!fork()) {
				if (i % 2)
					fork();
				setsid();
				for (;;)
					pause();
			}
		_exit(0);
	}
	close(pair[1]);
	CHECK(ended_well(child));
	CHECK(read(pair[0], &byte, 1) == 0); /* nobody has the other end */
	close(pair[0]);
}

/* One that stops for its tracer on the way out does not hold up the tracer's own end. */
static void init_as_a_tracer(void)
{
	pid_t child = fork_with(CLONE_NEWPID);

	if (!child) {
		pid_t traced = fork();

		if (!traced)
			for (;;)
				pause();
		CHILD_CHECK(!ptrace(PTRACE_SEIZE, traced, NULL, PTRACE_O_TRACEEXIT));
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* The status of an init that has a child which calls reboot(2). */
static int status_after_reboot(int command)
{
	pid_t child = fork_with(CLONE_NEWPID);

	if (!child) {
		if (!fork()) {
			CHILD_CHECK(reboot(RB_ENABLE_CAD) < 0 && errno == EINVAL);
			CHILD_CHECK(syscall(SYS_reboot, 1, 2, command, NULL) < 0 &&
				    errno == EINVAL);
			reboot(command);
			_exit(1);
		}
		for (;;)
			pause();
	}
	return status_of(child);
}

static void reboot_ends_init(void)
{
	CHECK(WTERMSIG(status_after_reboot(RB_AUTOBOOT)) == SIGHUP);
	CHECK(WTERMSIG(status_after_reboot(RB_POWER_OFF)) == SIGINT);
	CHECK(WTERMSIG(status_after_reboot(RB_HALT_SYSTEM)) == SIGINT);
}

static void orphans_come_to_their_init(void)
{
	pid_t child = fork_with(CLONE_NEWPID);

	if (!child) {
		pid_t middle = fork(), orphan;
		int status;

		if (!middle) {
			if (!fork()) {
				while (getppid() != 1)
					sched_yield();
				_exit(7);
			}
			_exit(0);
		}
		CHILD_CHECK(ended_well(middle));
		orphan = wait(&status);
		CHILD_CHECK(orphan == middle + 1 && WEXITSTATUS(status) == 7);
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void kill_all_stays_inside(void)
{
	pid_t outside = fork(), child;

	if (!outside) {
		pause();
		_exit(1);
	}
	child = fork_with(CLONE_NEWPID);
	if (!child) {
		pid_t inside = fork();
		int status;

		if (!inside) {
			pause();
			_exit(1);
		}
		CHILD_CHECK(!kill(-1, SIGKILL));
		status = status_of(inside);
		CHILD_CHECK(WIFSIGNALED(status));
		CHILD_CHECK(kill(-1, SIGKILL) < 0 && errno == ESRCH);
		CHILD_CHECK(kill(outside, 0) < 0 && errno == ESRCH);
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!kill(outside, 0));
	kill(outside, SIGKILL);
	status_of(outside);
}

static int count_processes(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	while (directory && (entry = readdir(directory)))
		count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
	if (directory)
		closedir(directory);
	return count;
}

/* A /proc that is mounted inside shows the name space, and goes with it. */
static void proc_shows_its_own(void)
{
	pid_t child = fork_with(CLONE_NEWPID | CLONE_NEWNS);

	if (!child) {
		char self[16] = "", line[128];
		pid_t other;
		FILE *file;

		CHILD_CHECK(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		CHILD_CHECK(readlink("/proc/self", self, sizeof(self)) > 0 && strcmp(self, "1"));
		CHILD_CHECK(!mount("proc", "/proc", "proc", 0, NULL));
		memset(self, 0, sizeof(self));
		CHILD_CHECK(readlink("/proc/self", self, sizeof(self)) == 1 && !strcmp(self, "1"));
		other = fork();
		if (!other) {
			pause();
			_exit(0);
		}
		CHILD_CHECK(count_processes("/proc") == 2);
		CHILD_CHECK(!access("/proc/2/stat", F_OK));
		kill(other, SIGKILL);
		status_of(other);
		CHILD_CHECK(access("/proc/2", F_OK) < 0 && errno == ENOENT);
		file = fopen("/proc/self/status", "r");
		while (file && fgets(line, sizeof(line), file))
			if (!strncmp(line, "NSpid:", 6))
				CHILD_CHECK(!strcmp(line, "NSpid:\t1\n"));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(count_processes("/proc") > 2);
}

static void mounts_are_private(void)
{
	unsigned long before = inode_of("/proc/self/ns/mnt");
	pid_t child;

	CHECK(!mkdir("/tmp/place", 0755));
	child = fork_with(CLONE_NEWNS);
	if (!child) {
		CHILD_CHECK(inode_of("/proc/self/ns/mnt") != before);
		CHILD_CHECK(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		CHILD_CHECK(!mount("x", "/tmp/place", "tmpfs", 0, NULL));
		CHILD_CHECK(!mkdir("/tmp/place/inside", 0755));
		CHILD_CHECK(!chdir("/tmp/place/inside"));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(access("/tmp/place/inside", F_OK) < 0);
	CHECK(!rmdir("/tmp/place")); /* nothing is mounted there */
}

/* setns by descriptors, and what it answers to others. */
static void setns_enters(void)
{
	char path[64], byte;
	pid_t child, helper;

	CHECK(!pipe(pair));
	CHECK(!mkdir("/tmp/place", 0755));
	child = fork_with(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS);
	if (!child) {
		CHILD_CHECK(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		CHILD_CHECK(!mount("x", "/tmp/place", "tmpfs", 0, NULL));
		CHILD_CHECK(!mkdir("/tmp/place/inside", 0755));
		CHILD_CHECK(!sethostname("inside", 6));
		CHILD_CHECK(write(pair[1], "r", 1) == 1);
		pause();
		_exit(0);
	}
	CHECK(read(pair[0], &byte, 1) == 1);
	helper = fork();
	if (!helper) {
		char name[16] = "";
		pid_t inside;
		int uts, pid, mnt;

		snprintf(path, sizeof(path), "/proc/%d/ns/uts", child);
		uts = open(path, O_RDONLY);
		snprintf(path, sizeof(path), "/proc/%d/ns/pid", child);
		pid = open(path, O_RDONLY);
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", child);
		mnt = open(path, O_RDONLY);
		CHILD_CHECK(setns(uts, CLONE_NEWPID) < 0 && errno == EINVAL);
		CHILD_CHECK(setns(pair[0], 0) < 0 && errno == EINVAL);
		CHILD_CHECK(setns(-1, 0) < 0 && errno == EBADF);
		CHILD_CHECK(!setns(uts, 0));
		CHILD_CHECK(!gethostname(name, sizeof(name)) && !strcmp(name, "inside"));
		CHILD_CHECK(!setns(pid, CLONE_NEWPID));
		CHILD_CHECK(!setns(mnt, CLONE_NEWNS));
		CHILD_CHECK(!access("/tmp/place/inside", F_OK));
		inside = fork();
		if (!inside)
			_exit(getpid() == 2 && getppid() == 0 ? 0 : 1);
		CHILD_CHECK(inside > 2 && ended_well(inside));
		_exit(0);
	}
	CHECK(ended_well(helper));
	CHECK(access("/tmp/place/inside", F_OK) < 0);
	kill(child, SIGKILL);
	status_of(child);
	CHECK(!rmdir("/tmp/place"));
	close(pair[0]);
	close(pair[1]);
}

static void links_name_them(void)
{
	char text[64] = "", expected[64];

	CHECK(readlink("/proc/self/ns/uts", text, sizeof(text) - 1) > 0);
	snprintf(expected, sizeof(expected), "uts:[%lu]", inode_of("/proc/self/ns/uts"));
	CHECK(!strcmp(text, expected));
	CHECK(inode_of("/proc/self/ns/pid") == inode_of("/proc/self/ns/pid_for_children"));
	CHECK(inode_of("/proc/self/ns/pid") == inode_of("/proc/1/ns/pid"));
	CHECK(inode_of("/proc/self/ns/pid") == 4026531836);
	CHECK(access("/proc/self/ns/none", F_OK) < 0 && errno == ENOENT);
}

static void wrong_arguments(void)
{
	CHECK(fork_with(CLONE_NEWNS | CLONE_FS) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_clone, CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, 0, 0,
		      0) < 0 &&
	      errno == EINVAL);
	CHECK(unshare(0x8000) < 0 && errno == EINVAL);
}

/* Only the privileged make or enter any. */
static void needs_privilege(void)
{
	pid_t child = fork();

	if (!child) {
		int fd = open("/proc/self/ns/uts", O_RDONLY);

		CHILD_CHECK(!setuid(1000));
		CHILD_CHECK(unshare(CLONE_NEWPID) < 0 && errno == EPERM);
		CHILD_CHECK(unshare(CLONE_NEWNS) < 0 && errno == EPERM);
		CHILD_CHECK(fork_with(CLONE_NEWPID) < 0 && errno == EPERM);
		CHILD_CHECK(setns(fd, CLONE_NEWUTS) < 0 && errno == EPERM);
		_exit(0);
	}
	CHECK(ended_well(child));
}

int main(void)
{
	RUN(first_child_is_init);
	RUN(unshare_is_for_children);
	RUN(senders_are_translated);
	RUN(init_is_protected);
	RUN(the_end_of_init_is_the_end);
	RUN(init_as_a_tracer);
	RUN(reboot_ends_init);
	RUN(orphans_come_to_their_init);
	RUN(kill_all_stays_inside);
	RUN(proc_shows_its_own);
	RUN(mounts_are_private);
	RUN(setns_enters);
	RUN(links_name_them);
	RUN(wrong_arguments);
	RUN(needs_privilege);
	return guest_result();
}
