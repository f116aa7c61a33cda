/* SPDX-License-Identifier: MIT */
/*
 * wait4 and waitid in a process of several threads, for children of clone, by group; and who is
 * woken.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "guest.h"

enum { CROWD = 40 };

static pid_t fork_exiting(int status, long after_ms)
{
	pid_t pid = fork();

	if (!pid) {
		sleep_ms(after_ms);
		_exit(status);
	}
	return pid;
}

static void *wait_in_thread(void *pid)
{
	int status;

	if (waitpid((pid_t)(long)pid, &status, 0) != (pid_t)(long)pid)
		return (void *)-1L;
	return (void *)(long)WEXITSTATUS(status);
}

/* A child of one thread is every thread's to wait for, unless __WNOTHREAD is given. */
static void threads_share_children(void)
{
	pid_t pid = fork_exiting(3, 100);
	pthread_t thread;
	void *result;

	pthread_create(&thread, NULL, wait_in_thread, (void *)(long)pid);
	pthread_join(thread, &result);
	CHECK((long)result == 3);
	CHECK(waitpid(pid, NULL, 0) < 0 && errno == ECHILD);
}

static void *wait_own(void *pid)
{
	long result = waitpid((pid_t)(long)pid, NULL, __WNOTHREAD);

	return (void *)(result < 0 ? -(long)errno : result);
}

static void own_children_only(void)
{
	pid_t pid = fork_exiting(0, 0);
	pthread_t thread;
	void *result;

	pthread_create(&thread, NULL, wait_own, (void *)(long)pid);
	pthread_join(thread, &result);
	CHECK((long)result == -ECHILD);
	CHECK(waitpid(pid, NULL, __WNOTHREAD) == pid);
}

static void *fork_in_thread(void *unused)
{
	(void)unused;
	return (void *)(long)fork_exiting(5, 50);
}

/* The child of a thread that has ended belongs to the process still. */
static void child_of_a_dead_thread(void)
{
	pthread_t thread;
	void *pid;
	int status;

	pthread_create(&thread, NULL, fork_in_thread, NULL);
	pthread_join(thread, &pid);
	CHECK(waitpid(-1, &status, 0) == (pid_t)(long)pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

static long clone_with(int exit_signal)
{
	long pid = syscall(SYS_clone, exit_signal, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return pid;
}

/* A child that ends with another signal than SIGCHLD is only seen with __WCLONE or __WALL. */
static void clone_children(void)
{
	long pid = clone_with(0);

	CHECK(pid > 0);
	CHECK(waitpid((pid_t)pid, NULL, 0) < 0 && errno == ECHILD);
	CHECK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
	CHECK(waitpid((pid_t)pid, NULL, __WCLONE) == pid);
	pid = clone_with(0);
	CHECK(waitpid(-1, NULL, __WALL) == pid);
	pid = fork_exiting(0, 0);
	CHECK(waitpid((pid_t)pid, NULL, __WCLONE) < 0 && errno == ECHILD);
	CHECK(waitpid((pid_t)pid, NULL, __WALL) == pid);
}

static volatile sig_atomic_t got_signal;

static void note(int signal)
{
	got_signal = signal;
}

static void other_exit_signal(void)
{
	long pid;

	signal(SIGUSR1, note);
	pid = clone_with(SIGUSR1);
	CHECK(waitpid((pid_t)pid, NULL, __WALL) == pid || errno == EINTR);
	waitpid((pid_t)pid, NULL, __WALL);
	CHECK(got_signal == SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
}

/* By process group: 0 is the caller's own. */
static void by_group(void)
{
	pid_t mine = fork_exiting(1, 0);
	pid_t other = fork_exiting(2, 100);
	int status;

	CHECK(!setpgid(other, other));
	CHECK(waitpid(-other, &status, 0) == other && WEXITSTATUS(status) == 2);
	CHECK(waitpid(-other, &status, 0) < 0 && errno == ECHILD);
	CHECK(waitpid(0, &status, 0) == mine && WEXITSTATUS(status) == 1);
	CHECK(waitpid(0, &status, 0) < 0 && errno == ECHILD);
}

static void wrong_arguments(void)
{
	siginfo_t info;

	CHECK(waitpid(-1, NULL, 0x40) < 0 && errno == EINVAL);
	CHECK(waitid(P_ALL, 0, &info, WNOHANG) < 0 && errno == EINVAL);
	CHECK(waitid(P_ALL, 0, &info, WEXITED | 0x100) < 0 && errno == EINVAL);
	CHECK(waitid((idtype_t)77, 0, &info, WEXITED) < 0 && errno == EINVAL);
	CHECK(waitid(P_PID, 0, &info, WEXITED) < 0 && errno == EINVAL);
	CHECK(waitpid(getpid(), NULL, 0) < 0 && errno == ECHILD);
	CHECK(waitpid(1, NULL, 0) < 0 && errno == ECHILD);
}

/* A bad address for the status: the child is gone all the same. */
static void bad_addresses(void)
{
	pid_t pid = fork_exiting(0, 0);

	CHECK(syscall(SYS_wait4, pid, 8L, 0, 0) < 0 && errno == EFAULT);
	CHECK(waitpid(pid, NULL, 0) < 0 && errno == ECHILD);
}

/* Many children that end at once, while two threads wait for any. */
static void *reap_some(void *count)
{
	while (waitpid(-1, NULL, 0) > 0)
		__atomic_add_fetch((int *)count, 1, __ATOMIC_RELAXED);
	return errno == ECHILD ? NULL : (void *)-1L;
}

static void two_reapers(void)
{
	pthread_t thread;
	void *result;
	int count = 0;

	for (int i = 0; i < CROWD; i++)
		CHECK(fork_exiting(0, i % 10) > 0);
	pthread_create(&thread, NULL, reap_some, &count);
	CHECK(!reap_some(&count));
	pthread_join(thread, &result);
	CHECK(!result && count == CROWD);
}

int main(void)
{
	RUN(threads_share_children);
	RUN(own_children_only);
	RUN(child_of_a_dead_thread);
	RUN(clone_children);
	RUN(other_exit_signal);
	RUN(by_group);
	RUN(wrong_arguments);
	RUN(bad_addresses);
	RUN(two_reapers);
	return guest_result();
}
