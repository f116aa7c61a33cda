/* SPDX-License-Identifier: MIT */
/*
 * Clocks and nanosecond timers.
 *
 * Each hart has a queue of timers ordered by expiry (RANK_TIMER); its hardware timer is set for the
 * first of them, so an idle hart with no timer takes no interrupt at all. Functions run in
 * interrupt context on the hart that armed the timer: they wake and rearm, they do not allocate or
 * sleep.
 */
#ifndef SCHED_TIMER_H
#define SCHED_TIMER_H

#include "lib/rbtree.h"
#include "lib/types.h"

struct task_struct;

#define NSEC_NEVER INT64_MAX /* an instant that does not come: no limit, no timer */

/* An instant after a duration, neither negative. */
static inline nsec_t nsec_add(nsec_t instant, nsec_t duration)
{
	return duration < NSEC_NEVER - instant ? instant + duration : NSEC_NEVER;
}

#define NSEC_PER_SEC 1000000000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_USEC 1000L

/* Nanoseconds since boot (CLOCK_MONOTONIC). A multiplication, no division. */
nsec_t clock_monotonic(void);
/* Nanoseconds since 1970 (CLOCK_REALTIME): monotonic plus what clock_set_realtime() has set. */
nsec_t clock_realtime(void);
/* Task context: timers that wait for a real time follow. */
void clock_set_realtime(nsec_t now);
nsec_t clock_realtime_offset(void); /* realtime - monotonic */
/* International atomic time is that many seconds ahead of CLOCK_REALTIME; as adjtimex(2) sets it.
 */
s32 clock_tai_offset(void);
void clock_set_tai_offset(s32 seconds);
u64 clock_ns_to_ticks(nsec_t ns); /* of the time CSR, rounded up */

struct timer {
	struct rb_node node; /* [queue lock] */
	nsec_t expires;	     /* [queue lock] monotonic */
	nsec_t realtime; /* [queue lock] what it waits for by CLOCK_REALTIME; NSEC_NEVER: nothing */
	void (*function)(struct timer *timer); /* [I] */
	u8 hart;			       /* [queue lock] whose queue it is on */
	bool queued;			       /* [queue lock] */
};

/* Not armed. The function runs in interrupts or in ksoftirqd/N, without a lock. */
void timer_init(struct timer *timer, void (*function)(struct timer *timer));
/* Arms for an absolute monotonic time, moving it if it was armed: on this hart, or, while its
 * function runs on another, on that one. Any context; callers see to it that only one of them
 * starts it at a time. */
void timer_start(struct timer *timer, nsec_t expires);
/* The same for a time of CLOCK_REALTIME: it follows when that clock is set. */
void timer_start_realtime(struct timer *timer, nsec_t realtime);
/* Disarms; true when it was armed. When it returns, the function does not run and will not: waits
 * for one that runs on another hart (so not from the timer's own function, where it returns false
 * at once). */
bool timer_cancel(struct timer *timer);

/* CLOCK_REALTIME was set: arms anew what waits for a time of it, on this hart. Task context. */
void timer_realtime_was_set(void);

/* From the timer interrupt: runs what has expired, up to a bounded number, sets the hardware for
 * the next, and wakes the hart's helper if more is left. */
void timer_interrupt(void);
/* The helper's part (sched/softirq.c), on the hart itself: runs as many; true: more is left. */
bool timer_run_batch(void);
bool timer_is_due(void); /* a timer of this hart has expired and not run yet */
void timer_set_helper(unsigned int hart, struct task_struct *task);
/* The earliest expiry on this hart; NSEC_NEVER when none. */
nsec_t timer_next_expiry(void);

void clock_init(void);	    /* boot: after machine_init(); fills the vDSO's data */
void timer_init_hart(void); /* each hart */

#endif
