/* SPDX-License-Identifier: MIT */
/* Orphans, zombies, subreapers, and the variants of wait. */
#include "guest.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void zombie_until_waited(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(5);
	CHECK(reaches_state(pid, 'Z'));
	CHECK(kill(pid, 0) == 0);
	CHECK(WEXITSTATUS(status_of(pid)) == 5);
	CHECK(kill(pid, 0) < 0 && errno == ESRCH);
	CHECK(state_of(pid) == 0);
}

/* Makes a grandchild whose parent has gone; it reports its new parent through a pipe. */
static pid_t parent_of_orphan(void)
{
	int report[2];
	pid_t parent = -1;

	if (pipe(report))
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		pid_t middle = getpid();

		if (fork() == 0) {
			while (getppid() == middle)
				sleep_ms(5);
			parent = getppid();
			_exit(write(report[1], &parent, sizeof(parent)) != sizeof(parent));
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (read(report[0], &parent, sizeof(parent)) != sizeof(parent))
		parent = -1;
	close(report[0]);
	close(report[1]);
	return parent;
}

static void orphan_goes_to_init(void)
{
	pid_t parent = parent_of_orphan();

	CHECK(parent == 1);
}

static void orphan_goes_to_subreaper(void)
{
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHECK(parent_of_orphan() == getpid());
	CHECK(waitpid(-1, NULL, 0) > 0);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

static void parent_death_signal(void)
{
	int report[2];
	char token;

	CHECK(!pipe(report));
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (fork() == 0) {
			close(report[0]);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			CHILD_CHECK(write(report[1], "r", 1) == 1);
			sleep(60);
			_exit(0);
		}
		CHILD_CHECK(read(report[0], &token, 1) == 1);
		_exit(0);
	}
	close(report[1]);
	CHECK(ended_well(pid));
	CHECK(read(report[0], &token, 1) == 0);
	close(report[0]);
}

static void wait_without_hanging(void)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(100);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(ended_well(pid));
	CHECK(waitpid(pid, &status, WNOHANG) < 0 && errno == ECHILD);
}

static void waitid_leaves_it(void)
{
	siginfo_t info;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(9);
	for (int i = 0; i < 2; i++) {
		memset(&info, 0, sizeof(info));
		CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
		CHECK(info.si_pid == pid && info.si_status == 9 && info.si_code == CLD_EXITED);
		CHECK(info.si_signo == SIGCHLD);
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 9);
}

static void stops_and_continues(void)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		sleep(60);
		_exit(0);
	}
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP && state_of(pid) == 'T');
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void ignored_children_leave_no_zombies(void)
{
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(0);
	int result = waitpid(pid, NULL, 0);
	signal(SIGCHLD, SIG_DFL);
	CHECK(result < 0 && errno == ECHILD);
	CHECK(reaches_state(pid, 0));
}

static void groups_and_sessions(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(getpgid(0) == getpgid(getppid()));
		CHILD_CHECK(setpgid(0, 0) == 0 && getpgrp() == getpid());
		CHILD_CHECK(setsid() < 0 && errno == EPERM);
		pid_t inner = fork();
		if (inner == 0) {
			CHILD_CHECK(setsid() == getpid());
			CHILD_CHECK(getsid(0) == getpid() && getpgrp() == getpid());
			CHILD_CHECK(setpgid(0, 0) < 0 && errno == EPERM);
			_exit(0);
		}
		_exit(ended_well(inner) ? 0 : 1);
	}
	CHECK(ended_well(pid));
}

static void usage_of_children(void)
{
	struct rusage usage;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		for (long end = now_ms() + 100; now_ms() < end;)
			;
		_exit(0);
	}
	CHECK(wait4(pid, NULL, 0, &usage) == pid);
	long ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
		  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
	CHECK(ms >= 10 && ms < 5000);
}

int main(void)
{
	RUN(zombie_until_waited);
	RUN(orphan_goes_to_init);
	RUN(orphan_goes_to_subreaper);
	RUN(parent_death_signal);
	RUN(wait_without_hanging);
	RUN(waitid_leaves_it);
	RUN(stops_and_continues);
	RUN(ignored_children_leave_no_zombies);
	RUN(groups_and_sessions);
	RUN(usage_of_children);
	return guest_result();
}
