/* SPDX-License-Identifier: MIT */
/*
 * A process's timers, as timer_create(2) makes them.
 *
 * A timer fires on any clock that programs can wait for and sends a signal that carries its id and
 * how often it has fired meanwhile. Locks: tasklist_lock for CPU clocks, then sighand->lock.
 */
#ifndef TASK_POSIX_TIMER_H
#define TASK_POSIX_TIMER_H

#include "lib/types.h"
#include "task/itimer.h"

struct posix_timer;
struct signal_struct;
struct siginfo;

enum timer_notify { SIGEV_SIGNAL = 0, SIGEV_NONE = 1, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4 };

struct timer_event { /* what happens when it fires: sigevent(3type) */
	enum timer_notify notify;
	int signal;
	pid_t thread;	/* SIGEV_THREAD_ID: of current's process */
	u64 value;	/* si_value */
	bool has_value; /* else its id is the value */
};

/* What a clock that one can wait on goes by. 0, -EINVAL: no such clock, -EOPNOTSUPP: there is none
 * that wakes the machine, as alarms want. */
enum timer_base { BASE_MONOTONIC, BASE_REALTIME, BASE_TAI, BASE_CPU };
int base_of_clock(int clock, enum timer_base *base) must_check;

/* A timer that nobody sees yet; *id is its number-to-be. ERR_PTR: -EINVAL (no such clock, signal or
 * thread), -EOPNOTSUPP (a clock that has no timers), -EAGAIN (RLIMIT_SIGPENDING, memory). */
struct posix_timer *posix_timer_prepare(int clock, const struct timer_event *event,
					int *id) must_check;
void posix_timer_publish(struct posix_timer *timer);
void posix_timer_discard(struct posix_timer *timer); /* one that was not published */

/* timer_settime(2), timer_gettime(2), timer_getoverrun(2), timer_delete(2) on current's: 0 (the
 * overrun), -EINVAL: no such timer, -ESRCH: who its CPU clock belongs to is gone. May wait for the
 * timer's function on another hart: no lock held. */
int posix_timer_set(int id, const struct itimer_setting *setting, bool absolute,
		    struct itimer_setting *old) must_check;
int posix_timer_get(int id, struct itimer_setting *setting) must_check;
int posix_timer_overrun(int id) must_check;
int posix_timer_delete(int id) must_check;

/* exec, and the end of the process: all timers go. No lock held. */
void posix_timers_delete_all(struct signal_struct *signal);

/* Its signal leaves the queue, taken (info is what is delivered, and gets the overrun) or dropped
 * (NULL); the timer may go on. sighand->lock held. */
void posix_timer_signal_gone(struct posix_timer *timer, struct siginfo *info);

#endif
