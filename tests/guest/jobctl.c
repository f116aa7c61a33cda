/* SPDX-License-Identifier: MIT */
/*
 * Job control: stops and continuations of whole processes, what cancels what, orphaned process
 * groups, and what the parent learns.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "guest.h"

enum { THREADS = 3 };

static volatile sig_atomic_t caught[65];

static void note(int signal)
{
	caught[signal]++;
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = flags };

	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
	caught[signal] = 0;
}

/* A page that parent and children see alike. */
static volatile long *shared_page(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void *count_up(void *counter)
{
	for (;;) {
		++*(volatile long *)counter;
		sched_yield();
	}
	return NULL;
}

static _Noreturn void counting_child(volatile long *counters)
{
	pthread_t thread;

	for (int i = 1; i < THREADS; i++)
		CHILD_CHECK(!pthread_create(&thread, NULL, count_up, (void *)&counters[i]));
	count_up((void *)&counters[0]);
	_exit(1);
}

/* How many counters have moved by ms from now; all of them end the wait early. */
static int moving(volatile long *counters, int ms)
{
	long before[THREADS];
	int moved = 0;

	for (int i = 0; i < THREADS; i++)
		before[i] = counters[i];
	for (int waited = 0; waited < ms && moved < THREADS; waited += 20) {
		sleep_ms(20);
		moved = 0;
		for (int i = 0; i < THREADS; i++)
			moved += counters[i] != before[i];
	}
	return moved;
}

/* SIGSTOP stops every thread, SIGCONT lets every one go on. */
static void all_threads_stop(void)
{
	volatile long *counters = shared_page();
	pid_t pid = fork();
	int status;

	if (!pid)
		counting_child(counters);
	while (!counters[0] || !counters[1] || !counters[2])
		sleep_ms(10);
	for (int round = 0; round < 5; round++) {
		CHECK(!kill(pid, SIGSTOP));
		CHECK(waitpid(pid, &status, WUNTRACED) == pid);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
		CHECK(state_of(pid) == 'T');
		CHECK(moving(counters, 100) == 0);
		CHECK(!kill(pid, SIGCONT));
		CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
		CHECK(moving(counters, 20000) == THREADS);
	}
	CHECK(!kill(pid, SIGSTOP));
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(!kill(pid, SIGKILL)); /* works on a stopped process too */
	status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static bool is_pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal);
}

/* SIGCONT takes back stop signals that wait, and the other way round; handlers or masks do not
 * matter. */
static void they_cancel_each_other(void)
{
	sigset_t both, old;

	handle(SIGTSTP, 0);
	handle(SIGCONT, 0);
	sigemptyset(&both);
	sigaddset(&both, SIGTSTP);
	sigaddset(&both, SIGCONT);
	sigprocmask(SIG_BLOCK, &both, &old);
	kill(getpid(), SIGTSTP);
	CHECK(is_pending(SIGTSTP));
	kill(getpid(), SIGCONT);
	CHECK(!is_pending(SIGTSTP) && is_pending(SIGCONT));
	kill(getpid(), SIGTSTP);
	CHECK(is_pending(SIGTSTP) && !is_pending(SIGCONT));
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK(caught[SIGTSTP] == 1 && caught[SIGCONT] == 0);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGCONT, SIG_DFL);
}

static siginfo_t child_info;

static void keep_info(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	child_info = *info;
}

static bool told(int code, pid_t pid, int status)
{
	for (int i = 0; i < 100 && child_info.si_code != code; i++)
		sleep_ms(10);
	return child_info.si_code == code && child_info.si_pid == pid &&
	       child_info.si_status == status;
}

/* SIGCHLD's siginfo about stops; none with SA_NOCLDSTOP. */
static void parent_is_told(void)
{
	struct sigaction action = { .sa_sigaction = keep_info,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	sigaction(SIGCHLD, &action, NULL);
	kill(pid, SIGSTOP);
	CHECK(told(CLD_STOPPED, pid, SIGSTOP));
	kill(pid, SIGCONT);
	CHECK(told(CLD_CONTINUED, pid, SIGCONT));
	action.sa_flags |= SA_NOCLDSTOP;
	sigaction(SIGCHLD, &action, NULL);
	memset(&child_info, 0, sizeof(child_info));
	kill(pid, SIGSTOP);
	CHECK(reaches_state(pid, 'T'));
	CHECK(child_info.si_code == 0);
	kill(pid, SIGKILL);
	CHECK(told(CLD_KILLED, pid, SIGKILL));
	signal(SIGCHLD, SIG_DFL);
	status_of(pid);
}

/* waitid leaves a stop in place with WNOWAIT, and takes it once without. */
static void waitid_and_stops(void)
{
	pid_t pid = fork();
	siginfo_t info = { 0 };

	if (!pid)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	CHECK(!waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP && info.si_pid == pid);
	CHECK(!waitid(P_PID, pid, &info, WSTOPPED));
	info.si_pid = 1;
	CHECK(!waitid(P_PID, pid, &info, WSTOPPED | WNOHANG) && info.si_pid == 0);
	CHECK(!waitid(P_PID, pid, &info, WEXITED | WNOHANG) && info.si_pid == 0);
	kill(pid, SIGCONT);
	CHECK(!waitid(P_PID, pid, &info, WCONTINUED));
	CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
	kill(pid, SIGTERM);
	CHECK(!waitid(P_PID, pid, &info, WEXITED));
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
}

/* In a group that nobody in the session could continue, a terminal's stop signal does nothing. */
static void orphans_do_not_stop(void)
{
	pid_t pid = fork();

	if (!pid) {
		setsid();
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* The member of a group that is about to become orphaned: it stops, and tells what continued it. */
static _Noreturn void orphan(volatile long *page)
{
	handle(SIGHUP, 0);
	handle(SIGCONT, 0);
	setpgid(0, 0);
	page[0] = getpid();
	raise(SIGSTOP);
	while (!caught[SIGHUP] || !caught[SIGCONT])
		sleep_ms(10);
	page[1] = 1;
	_exit(0);
}

/* A stopped group whose last parent in the session dies gets SIGHUP and SIGCONT. */
static void orphaned_group_goes_on(void)
{
	volatile long *page = shared_page();
	pid_t pid, child;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (!pid) {
		setsid();
		if (!fork())
			orphan(page);
		while (!page[0] || !reaches_state((pid_t)page[0], 'T'))
			sleep_ms(10);
		_exit(0);
	}
	CHECK(ended_well(pid));
	child = (pid_t)page[0];
	CHECK(child > 0);
	CHECK(ended_well(child)); /* ours since its parent is gone */
	CHECK(page[1] == 1);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

/* A stop while a thread sleeps in a system call: the call goes on where it was. */
static void sleep_goes_on(void)
{
	long begin = now_ms();
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct timespec time = { 0, 400 * 1000000 };

		_exit(nanosleep(&time, NULL) ? 1 : 0);
	}
	sleep_ms(50);
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	sleep_ms(50);
	kill(pid, SIGCONT);
	CHECK(ended_well(pid));
	CHECK(now_ms() - begin >= 400 && now_ms() - begin < 3000);
}

int main(void)
{
	RUN(all_threads_stop);
	RUN(they_cancel_each_other);
	RUN(parent_is_told);
	RUN(waitid_and_stops);
	RUN(orphans_do_not_stop);
	RUN(orphaned_group_goes_on);
	RUN(sleep_goes_on);
	return guest_result();
}
