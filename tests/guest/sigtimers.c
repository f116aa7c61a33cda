/* SPDX-License-Identifier: MIT */
/*
 * Signals beyond the first steps: interval timers, waiting for a signal, alternate stacks, flags of
 * actions, limits of the queue, permissions.
 */
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

#include "guest.h"
#include "handler.h"

static void set_timer(int which, long first_us, long interval_us)
{
	struct itimerval value = { { 0, interval_us }, { 0, first_us } };

	setitimer(which, &value, NULL);
}

/* Five rings of an alarm, and what getitimer says of it. */
static void real_timer(void)
{
	struct itimerval value;
	long begin = now_ms();

	handle(SIGALRM, note, 0);
	set_timer(ITIMER_REAL, 50000, 20000);
	CHECK(!getitimer(ITIMER_REAL, &value));
	CHECK(value.it_interval.tv_usec == 20000 && value.it_value.tv_usec > 0 &&
	      value.it_value.tv_usec <= 50000);
	while (count < 5 && now_ms() - begin < 5000)
		pause();
	CHECK(count >= 5 && now_ms() - begin >= 125);
	set_timer(ITIMER_REAL, 0, 0);
	CHECK(!getitimer(ITIMER_REAL, &value) && !value.it_value.tv_sec && !value.it_value.tv_usec);
	CHECK(alarm(100) == 0 && alarm(0) == 100);
}

/* A program that rings every microsecond, and takes no alarm. */
static pid_t fork_ringing(bool blocked)
{
	pid_t pid = fork();
	sigset_t alarms;

	if (pid)
		return pid;
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	if (blocked)
		sigprocmask(SIG_BLOCK, &alarms, NULL);
	else
		signal(SIGALRM, SIG_IGN);
	set_timer(ITIMER_REAL, 1, 1);
	for (;;)
		pause();
}

/* The machine has better things to do than to ring for them. */
static void short_intervals(void)
{
	enum { COUNT = 8 };
	pid_t ringing[COUNT];

	for (int i = 0; i < COUNT; i++)
		ringing[i] = fork_ringing(i % 2);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		CHECK(ended_well(pid));
	}
	for (int i = 0; i < COUNT; i++) {
		kill(ringing[i], SIGKILL);
		status_of(ringing[i]);
	}
}

/* An alarm that waited rings on when it is taken. */
static void blocked_alarms(void)
{
	struct itimerval value;
	sigset_t alarms;
	int taken;

	handle(SIGALRM, note, 0);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarms, NULL);
	set_timer(ITIMER_REAL, 1000, 1000);
	for (int i = 0; i < 3; i++)
		CHECK(!sigwait(&alarms, &taken) && taken == SIGALRM);
	sleep_ms(20);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	while (count < 3)
		pause();
	set_timer(ITIMER_REAL, 0, 0);
	CHECK(!getitimer(ITIMER_REAL, &value) && !value.it_value.tv_usec);
}

/* The longest interval after a short time is no time in the past. */
static void longest_interval(void)
{
	struct itimerval value = { { LONG_MAX / 1000000000, 0 }, { 0, 1 } };
	struct itimerspec long_spec = { { LONG_MAX / 1000000000, 0 }, { 0, 1 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	timer_t timer;

	handle(SIGALRM, note, 0);
	CHECK(!setitimer(ITIMER_REAL, &value, NULL));
	while (!count)
		sleep_ms(1);
	sleep_ms(20);
	CHECK(count == 1);
	set_timer(ITIMER_REAL, 0, 0);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK(!timer_settime(timer, 0, &long_spec, NULL));
	while (count < 2)
		sleep_ms(1);
	sleep_ms(20);
	CHECK(count == 2 && timer_getoverrun(timer) == 0);
	CHECK(!timer_delete(timer));
}

/* CPU timers run while the process does, and not while it sleeps. */
static void cpu_timer(void)
{
	long begin = now_ms();

	handle(SIGPROF, note, 0);
	set_timer(ITIMER_PROF, 50000, 0);
	sleep_ms(200);
	CHECK(count == 0);
	while (!count && now_ms() - begin < 10000)
		;
	CHECK(count == 1);
	handle(SIGVTALRM, note, 0);
	set_timer(ITIMER_VIRTUAL, 50000, 0);
	while (!count && now_ms() - begin < 20000)
		;
	CHECK(count == 1);
}

/* fork does not inherit timers; exec keeps them (not tested here). */
static void timers_and_fork(void)
{
	struct itimerval value;
	pid_t pid;

	set_timer(ITIMER_REAL, 900000, 0);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(!getitimer(ITIMER_REAL, &value));
		_exit(value.it_value.tv_usec || value.it_value.tv_sec);
	}
	CHECK(ended_well(pid));
	set_timer(ITIMER_REAL, 0, 0);
}

static void waiting_for_one(void)
{
	struct timespec soon = { 0, 50000000 }, none = { 0, 0 };
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK(sigtimedwait(&set, &info, &none) < 0 && errno == EAGAIN);
	CHECK(sigtimedwait(&set, &info, &soon) < 0 && errno == EAGAIN);
	kill(getpid(), SIGUSR2);
	CHECK(sigtimedwait(&set, &info, &none) == SIGUSR2);
	CHECK(info.si_signo == SIGUSR2 && info.si_code == SI_USER && info.si_pid == getpid());
	pid = fork();
	if (!pid) {
		sleep_ms(50);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == pid);
	CHECK(ended_well(pid));
	handle(SIGALRM, note, 0);
	set_timer(ITIMER_REAL, 30000, 0);
	CHECK(sigwaitinfo(&set, &info) < 0 && errno == EINTR && count == 1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* SIGCHLD, ignored by default, is kept when it is blocked, so that it can be waited for. */
static void waiting_for_a_child(void)
{
	siginfo_t info;
	sigset_t set = block(SIGCHLD);
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(9);
	CHECK(sigwaitinfo(&set, &info) == SIGCHLD);
	CHECK(info.si_code == CLD_EXITED && info.si_pid == pid && info.si_status == 9);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static char stack_memory[65536] __attribute__((aligned(16)));
static volatile char *handler_place;
static stack_t stack_in_handler;

static void look_at_stack(int signal)
{
	char here;

	(void)signal;
	handler_place = &here;
	sigaltstack(NULL, &stack_in_handler);
}

static bool within_stack(void)
{
	return handler_place >= stack_memory && handler_place < stack_memory + sizeof(stack_memory);
}

static void alternate_stack(void)
{
	stack_t stack = { .ss_sp = stack_memory, .ss_size = sizeof(stack_memory) }, old;

	CHECK(!sigaltstack(&stack, NULL) && !sigaltstack(NULL, &old));
	CHECK(old.ss_sp == stack_memory && old.ss_size == sizeof(stack_memory) && !old.ss_flags);
	handle(SIGUSR1, look_at_stack, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK(within_stack() && stack_in_handler.ss_flags == SS_ONSTACK);
	handle(SIGUSR1, look_at_stack, 0);
	raise(SIGUSR1);
	CHECK(!within_stack() && stack_in_handler.ss_flags == 0);
	stack.ss_size = 100;
	CHECK(sigaltstack(&stack, NULL) < 0 && errno == ENOMEM);
	stack.ss_flags = 77;
	CHECK(sigaltstack(&stack, NULL) < 0 && errno == EINVAL);
	stack = (stack_t){ .ss_sp = stack_memory,
			   .ss_size = sizeof(stack_memory),
			   .ss_flags = (int)(1U << 31) }; /* SS_AUTODISARM */
	CHECK(!sigaltstack(&stack, NULL));
	handle(SIGUSR1, look_at_stack, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK(within_stack() && stack_in_handler.ss_flags == SS_DISABLE);
	CHECK(!sigaltstack(NULL, &old) && old.ss_sp == stack_memory);
	stack.ss_flags = SS_DISABLE;
	CHECK(!sigaltstack(&stack, NULL) && !sigaltstack(NULL, &old) && old.ss_flags == SS_DISABLE);
}

static volatile int depth, greatest_depth;

static void nest(int signal)
{
	if (++depth > greatest_depth)
		greatest_depth = depth;
	if (++count < 3)
		raise(signal);
	depth--;
}

static void flags_of_actions(void)
{
	struct sigaction action;

	handle(SIGUSR1, nest, 0); /* blocked while it runs: one after the other */
	depth = greatest_depth = 0;
	raise(SIGUSR1);
	CHECK(greatest_depth == 1);
	signal(SIGUSR1, SIG_IGN);
	handle(SIGUSR1, nest, SA_NODEFER);
	depth = greatest_depth = 0;
	raise(SIGUSR1);
	CHECK(greatest_depth == 3 && count == 3);
	handle(SIGUSR2, note, SA_RESETHAND);
	raise(SIGUSR2);
	CHECK(count == 1);
	CHECK(!sigaction(SIGUSR2, NULL, &action) && action.sa_handler == SIG_DFL);
}

/* Real-time signals queue up, in order of number and then of sending, to a limit. */
static int seen[8], seen_count;

static void keep_value(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	if (seen_count < 8)
		seen[seen_count] = info->si_value.sival_int;
	seen_count++;
}

static void queue_of_signals(void)
{
	struct sigaction action = { .sa_sigaction = keep_value, .sa_flags = SA_SIGINFO };
	struct rlimit few = { 4, 4 };
	union sigval value;
	sigset_t set;

	sigfillset(&action.sa_mask);
	sigaction(SIGRTMIN, &action, NULL);
	sigaction(SIGRTMIN + 1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3; i++) {
		value.sival_int = 10 + i;
		CHECK(!sigqueue(getpid(), SIGRTMIN + 1, value));
		value.sival_int = i;
		CHECK(!sigqueue(getpid(), SIGRTMIN, value));
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(seen_count == 6);
	for (int i = 0; i < 3; i++)
		CHECK(seen[i] == i && seen[3 + i] == 10 + i);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setrlimit(RLIMIT_SIGPENDING, &few);
	int sent = 0;
	while (sent < 100 && !sigqueue(getpid(), SIGRTMIN, value))
		sent++;
	CHECK(errno == EAGAIN && sent >= 1 && sent <= 4);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A user's process may not signal root's; it may ask for nothing about it either. */
static void permissions(void)
{
	pid_t root = fork(), user;

	if (!root)
		for (;;)
			pause();
	user = fork();
	if (!user) {
		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(kill(root, SIGTERM) < 0 && errno == EPERM);
		CHILD_CHECK(kill(root, 0) < 0 && errno == EPERM);
		CHILD_CHECK(kill(1, SIGKILL) < 0 && errno == EPERM);
		CHILD_CHECK(kill(getpid(), 0) == 0);
		CHILD_CHECK(kill(4194303, 0) < 0 && errno == ESRCH);
		CHILD_CHECK(kill(getpid(), 65) < 0 && errno == EINVAL);
		_exit(0);
	}
	CHECK(ended_well(user));
	kill(root, SIGKILL);
	CHECK(status_of(root) == SIGKILL);
}

/* A frame that a handler has spoiled ends the process by SIGSEGV, and nothing worse. */
static void spoil_frame(int signal, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;

	(void)signal, (void)info;
	memset(&frame->uc_mcontext, 0xff, sizeof(frame->uc_mcontext));
}

static void spoiled_frames(void)
{
	struct sigaction action = { .sa_sigaction = spoil_frame, .sa_flags = SA_SIGINFO };
	pid_t pid = fork();

	if (!pid) {
		sigaction(SIGUSR1, &action, NULL);
		raise(SIGUSR1);
		_exit(0);
	}
	CHECK(WTERMSIG(status_of(pid)) == SIGSEGV);
	pid = fork();
	if (!pid) {
		syscall(SYS_rt_sigreturn); /* there is no frame at all */
		_exit(0);
	}
	CHECK(WIFSIGNALED(status_of(pid)));
}

int main(void)
{
	RUN(real_timer);
	RUN(short_intervals);
	RUN(blocked_alarms);
	RUN(longest_interval);
	RUN(cpu_timer);
	RUN(timers_and_fork);
	RUN(waiting_for_one);
	RUN(waiting_for_a_child);
	RUN(alternate_stack);
	RUN(flags_of_actions);
	RUN(queue_of_signals);
	RUN(permissions);
	RUN(spoiled_frames);
	return guest_result();
}
