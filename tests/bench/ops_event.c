/* SPDX-License-Identifier: MIT */
/* Operations: signals, and waiting for one of several things. */
#include "op.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static void on_signal(int number)
{
	(void)number;
}

static int64_t op_signal(uint64_t n)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	long pid = sys(SYS_getpid);
	long tid = sys(SYS_gettid);
	TIMED_LOOP(n, TRY(sys(SYS_tgkill, pid, tid, SIGUSR1)));
}

/* A signal to another process, which answers with one: both wait in sigsuspend. */
static int64_t signals_timed(uint64_t n, long other, const sigset_t *while_waiting)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_kill, other, SIGUSR1));
		sys(SYS_rt_sigsuspend, while_waiting, sizeof(uint64_t));
	});
}

static void answer_signals(long parent, const sigset_t *while_waiting)
{
	for (;;) {
		sys(SYS_rt_sigsuspend, while_waiting, sizeof(uint64_t));
		sys(SYS_kill, parent, SIGUSR1);
	}
}

static int64_t op_signal_pingpong(uint64_t n)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked, before;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	if (sigaction(SIGUSR1, &action, NULL) || sigprocmask(SIG_BLOCK, &blocked, &before))
		return -errno;
	long parent = sys(SYS_getpid);
	long pid = TRY(fork_raw());
	if (pid == 0)
		answer_signals(parent, &before);
	int64_t spent = signals_timed(n, pid, &before);
	sys(SYS_kill, pid, SIGKILL);
	TRY(wait_for(pid));
	sigprocmask(SIG_SETMASK, &before, NULL);
	return spent;
}

/* --- epoll --- */

static long epoll_of(long fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	long epoll = TRY(sys(SYS_epoll_create1, 0));

	TRY(sys(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, fd, &event));
	return epoll;
}

static inline long await_event(long epoll)
{
	struct epoll_event event;

	return sys(SYS_epoll_pwait, epoll, &event, 1, -1);
}

/* A descriptor that has something, asked again and again. */
static int64_t op_epoll_ready(uint64_t n)
{
	long event = TRY(sys(SYS_eventfd2, 1, 0));
	long epoll = TRY(epoll_of(event));
	int64_t start = ticks();

	for (uint64_t i = 0; i < n; i++)
		TRY(await_event(epoll));
	int64_t spent = ticks() - start;
	sys(SYS_close, epoll);
	sys(SYS_close, event);
	return spent;
}

/* One of two processes: waits in its epoll, takes the event, and posts one to the other. */
static long epoll_turn(long epoll, long mine, long other)
{
	uint64_t count = 1;

	TRY(await_event(epoll));
	TRY(sys(SYS_read, mine, &count, sizeof(count)));
	return TRY(sys(SYS_write, other, &count, sizeof(count)));
}

static int64_t epoll_timed(uint64_t n, long epoll, long mine, long other)
{
	TIMED_LOOP(n, TRY(epoll_turn(epoll, mine, other)));
}

static int64_t op_epoll_pingpong(uint64_t n)
{
	uint64_t first = 1;
	long mine = TRY(sys(SYS_eventfd2, 0, 0));
	long other = TRY(sys(SYS_eventfd2, 0, 0));
	long pid = TRY(fork_raw());

	if (pid == 0) {
		long epoll = epoll_of(other);
		while (epoll_turn(epoll, other, mine) >= 0)
			;
		exit_raw(1);
	}
	long epoll = TRY(epoll_of(mine));
	TRY(sys(SYS_write, mine, &first, sizeof(first)));
	int64_t spent = epoll_timed(n, epoll, mine, other);
	sys(SYS_kill, pid, SIGKILL);
	TRY(wait_for(pid));
	sys(SYS_close, epoll);
	sys(SYS_close, mine);
	sys(SYS_close, other);
	return spent;
}

const struct operation event_operations[] = {
	{ "signal_self", op_signal, 1 },	      /* tgkill, handler, sigreturn */
	{ "signal_pingpong", op_signal_pingpong, 1 }, /* a round trip between processes */
	{ "epoll_ready", op_epoll_ready, 1 },
	{ "epoll_pingpong", op_epoll_pingpong, 1 }, /* a round trip, an eventfd each */
	{ 0 },
};
