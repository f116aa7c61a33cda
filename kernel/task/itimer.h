/* SPDX-License-Identifier: MIT */
/*
 * A process's interval timers, as setitimer(2) sets them. (What fork and exit do with them stands
 * in process.h.)
 */
#ifndef TASK_ITIMER_H
#define TASK_ITIMER_H

#include "lib/types.h"

struct signal_struct;

struct itimer_setting {
	nsec_t left;	 /* until it fires, 0: not armed */
	nsec_t interval; /* from then on, 0: once */
};

/* which: enum itimer_which, current's. Take tasklist_lock and sighand->lock. */
void itimer_get(unsigned int which, struct itimer_setting *setting);
void itimer_set(unsigned int which, const struct itimer_setting *setting,
		struct itimer_setting *old);

/* A SIGALRM of the process is no longer pending. Its sighand->lock is held. */
void itimer_alarm_gone(struct signal_struct *signal);

/* RLIMIT_CPU of a process is another one than before, or its first; its sighand->lock and
 * tasklist_lock are held. */
void cpu_limit_changed(struct signal_struct *signal);

/* Each timer interrupt of a real-time task: has it run too long without a sleep (RLIMIT_RTTIME)? */
void realtime_limit_tick(void);

#endif
