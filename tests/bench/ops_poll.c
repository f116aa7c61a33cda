/* SPDX-License-Identifier: MIT */
/* Operations: asking many descriptors, and timers. */
#include "op.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <time.h>

enum { MANY = 100 };

/* --- many descriptors, of which the last has something --- */

static long open_many(struct pollfd *polled)
{
	for (int i = 0; i < MANY; i++) {
		polled[i].fd = (int)TRY(sys(SYS_eventfd2, i == MANY - 1, 0));
		polled[i].events = POLLIN;
	}
	return 0;
}

static void close_many(const struct pollfd *polled)
{
	for (int i = 0; i < MANY; i++)
		sys(SYS_close, polled[i].fd);
}

static int64_t polls_timed(uint64_t n, struct pollfd *polled)
{
	TIMED_LOOP(n, TRY(sys(SYS_ppoll, polled, MANY)));
}

static int64_t op_poll(uint64_t n)
{
	struct pollfd polled[MANY];

	TRY(open_many(polled));
	int64_t spent = polls_timed(n, polled);
	close_many(polled);
	return spent;
}

static int64_t selects_timed(uint64_t n, const fd_set *wanted)
{
	TIMED_LOOP(n, {
		fd_set readable = *wanted;
		TRY(sys(SYS_pselect6, MANY + 8, &readable));
	});
}

static int64_t op_select(uint64_t n)
{
	struct pollfd polled[MANY];
	fd_set wanted;

	TRY(open_many(polled));
	FD_ZERO(&wanted);
	for (int i = 0; i < MANY; i++)
		FD_SET(polled[i].fd, &wanted);
	int64_t spent = polled[MANY - 1].fd < MANY + 8 ? selects_timed(n, &wanted) : -EMFILE;
	close_many(polled);
	return spent;
}

static int64_t watches_timed(uint64_t n, long epoll, long fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	TIMED_LOOP(n, {
		TRY(sys(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, fd, &event));
		TRY(sys(SYS_epoll_ctl, epoll, EPOLL_CTL_DEL, fd, &event));
	});
}

static int64_t op_epoll_watch(uint64_t n)
{
	long epoll = TRY(sys(SYS_epoll_create1, 0));
	long event = TRY(sys(SYS_eventfd2, 0, 0));
	int64_t spent = watches_timed(n, epoll, event);

	sys(SYS_close, event);
	sys(SYS_close, epoll);
	return spent;
}

/* --- events and timers --- */

static int64_t posts_timed(uint64_t n, long event)
{
	uint64_t count = 1;

	TIMED_LOOP(n, {
		TRY(sys(SYS_write, event, &count, sizeof(count)));
		TRY(sys(SYS_read, event, &count, sizeof(count)));
	});
}

static int64_t op_eventfd(uint64_t n)
{
	long event = TRY(sys(SYS_eventfd2, 0, 0));
	int64_t spent = posts_timed(n, event);

	sys(SYS_close, event);
	return spent;
}

static const struct itimerspec in_an_hour = { .it_value = { .tv_sec = 3600 } };

static int64_t arms_timed(uint64_t n, long timer)
{
	TIMED_LOOP(n, TRY(sys(SYS_timerfd_settime, timer, 0, &in_an_hour, NULL)));
}

static int64_t op_timerfd(uint64_t n)
{
	long timer = TRY(sys(SYS_timerfd_create, CLOCK_MONOTONIC, 0));
	int64_t spent = arms_timed(n, timer);

	sys(SYS_close, timer);
	return spent;
}

static int64_t settimes_timed(uint64_t n, int timer)
{
	TIMED_LOOP(n, TRY(sys(SYS_timer_settime, timer, 0, &in_an_hour, NULL)));
}

static int64_t op_timer_settime(uint64_t n)
{
	int timer;

	TRY(sys(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer));
	int64_t spent = settimes_timed(n, timer);
	sys(SYS_timer_delete, timer);
	return spent;
}

static int64_t op_timer_create(uint64_t n)
{
	int timer;

	TIMED_LOOP(n, {
		TRY(sys(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer));
		TRY(sys(SYS_timer_delete, timer));
	});
}

const struct operation poll_operations[] = {
	{ "poll_100", op_poll, 1 },
	{ "select_100", op_select, 1 },
	{ "epoll_add_delete", op_epoll_watch, 1 },
	{ "eventfd_write_read", op_eventfd, 1 },
	{ "timerfd_settime", op_timerfd, 1 },
	{ "timer_settime", op_timer_settime, 1 },
	{ "timer_create_delete", op_timer_create, 1 },
	{ 0 },
};
