/* SPDX-License-Identifier: MIT */
/*
 * Interval timers (setitimer(2)): a process's three, on real time, on its time in user mode, on its
 * CPU time; and a fourth of the kernel's own for RLIMIT_CPU: SIGXCPU each second beyond the soft
 * limit, SIGKILL at the hard one.
 *
 * Each is a hardware-backed timer that looks at its own clock when it fires: has the clock reached
 * the target, the signal is sent, else it is armed again for the earliest moment at which it can
 * have. The CPU clocks of a process run no faster than its threads times real time; to look more
 * often than every CPU_STEP would cost more than the exactness is worth.
 *
 * IT1: the real timer is parked, not armed, while the SIGALRM that it sent waits; when that is gone
 *	the next period that has not passed yet rings. So a short period costs no more than the
 *	signals that are taken; where they are ignored it rings in steps of IGNORED_STEP.
 *
 * All fields but the timer are protected by sighand->lock. The timer's function runs in an
 * interrupt; it takes tasklist_lock to find the process's leader and sum up its threads' times.
 */
#include "task/itimer.h"
#include "task/process.h"
#include "task/signal.h"
#include "uapi/process.h"

#define CPU_STEP (4 * NSEC_PER_MSEC)
#define IGNORED_STEP (4 * NSEC_PER_MSEC)

static const u8 timer_signal[ITIMER_COUNT] = { SIGALRM, SIGVTALRM, SIGPROF };

/* Now, on the timer's clock. tasklist_lock held for the CPU clocks. */
static nsec_t clock_of(const struct signal_struct *signal, unsigned int which)
{
	u64 user, system;

	if (which == ITIMER_REAL)
		return clock_monotonic();
	process_times(signal, &user, &system);
	return (nsec_t)(which == ITIMER_VIRTUAL ? user : user + system);
}

/* --- RLIMIT_CPU --- */

static nsec_t seconds_to_ns(u64 seconds)
{
	return seconds < NSEC_NEVER / NSEC_PER_SEC ? (nsec_t)seconds * NSEC_PER_SEC : NSEC_NEVER;
}

/* The process has used its CPU time up to the soft limit: told so, and again a second later. */
static void reach_cpu_limit(struct signal_struct *signal, struct task_struct *leader, nsec_t now)
{
	struct rlimit *limit = &signal->limits[RLIMIT_CPU];
	struct itimer *itimer = &signal->itimer[ITIMER_CPU_LIMIT];

	if (now >= seconds_to_ns(limit->hard)) {
		itimer->target = 0;
		send_signal_locked(SIGKILL, SEND_SIG_KERNEL, leader, true);
		return;
	}
	send_signal_locked(SIGXCPU, SEND_SIG_KERNEL, leader, true);
	limit->soft++;
	itimer->target = seconds_to_ns(limit->soft);
}

/* --- all four --- */

/* Arms the hardware for the earliest time at which the clock can be at the target. Lock held. */
static void arm(struct signal_struct *signal, unsigned int which, nsec_t now)
{
	struct itimer *itimer = &signal->itimer[which];
	nsec_t left = itimer->target - now;

	if (which == ITIMER_REAL) {
		timer_start(&itimer->timer, itimer->target);
		return;
	}
	left /= MAX(signal->nr_threads, 1u);
	timer_start(&itimer->timer, clock_monotonic() + MAX(left, (nsec_t)CPU_STEP));
}

/* The next target after one that was reached; periods that were missed are left out. */
static nsec_t next_target(const struct itimer *itimer, nsec_t now)
{
	nsec_t late = now - itimer->target;

	if (!itimer->interval)
		return 0;
	return nsec_add(now - late % itimer->interval, itimer->interval);
}

/* The real timer has rung. IT1. */
static void park_or_arm(struct signal_struct *signal, nsec_t now)
{
	struct itimer *itimer = &signal->itimer[ITIMER_REAL];

	itimer->parked = itimer->target && signal->pending.set & SIG_BIT(SIGALRM);
	if (itimer->target && !itimer->parked)
		timer_start(&itimer->timer, MAX(itimer->target, now + IGNORED_STEP));
}

void itimer_alarm_gone(struct signal_struct *signal)
{
	struct itimer *itimer = &signal->itimer[ITIMER_REAL];
	nsec_t now;

	if (!itimer->parked)
		return;
	itimer->parked = false;
	now = clock_monotonic();
	if (now >= itimer->target)
		itimer->target = next_target(itimer, now);
	timer_start(&itimer->timer, itimer->target);
}

/* The timer is set, and may have reached its target. Lock held. */
static void look_at(struct signal_struct *signal, unsigned int which, struct task_struct *leader,
		    nsec_t now)
{
	struct itimer *itimer = &signal->itimer[which];
	bool reached = now >= itimer->target;

	if (reached && which == ITIMER_CPU_LIMIT) {
		reach_cpu_limit(signal, leader, now);
	} else if (reached) {
		itimer->target = next_target(itimer, now);
		send_signal_locked(timer_signal[which], SEND_SIG_KERNEL, leader, true);
	}
	if (reached && which == ITIMER_REAL)
		park_or_arm(signal, now);
	else if (itimer->target)
		arm(signal, which, now);
}

/* tasklist_lock held, so the process has its threads. */
static void expire(struct signal_struct *signal, unsigned int which)
{
	struct itimer *itimer = &signal->itimer[which];
	struct task_struct *leader;
	struct sighand_struct *sighand;
	nsec_t now;

	if (list_empty(&signal->threads))
		return;
	now = clock_of(signal, which);
	leader = list_first_entry(&signal->threads, struct task_struct, thread_link);
	sighand = lock_sighand(leader);
	if (itimer->target && !itimer->parked)
		look_at(signal, which, leader, now);
	spin_unlock(&sighand->lock);
}

static void fires(struct timer *timer, unsigned int which)
{
	struct itimer *itimer = container_of(timer, struct itimer, timer);
	struct signal_struct *signal =
		container_of(itimer - which, struct signal_struct, itimer[0]);

	spin_lock(&tasklist_lock);
	expire(signal, which);
	spin_unlock(&tasklist_lock);
}

static void real_fires(struct timer *timer)
{
	fires(timer, ITIMER_REAL);
}

static void virtual_fires(struct timer *timer)
{
	fires(timer, ITIMER_VIRTUAL);
}

static void prof_fires(struct timer *timer)
{
	fires(timer, ITIMER_PROF);
}

static void cpu_limit_fires(struct timer *timer)
{
	fires(timer, ITIMER_CPU_LIMIT);
}

void cpu_limit_changed(struct signal_struct *signal)
{
	struct itimer *itimer = &signal->itimer[ITIMER_CPU_LIMIT];
	u64 soft = signal->limits[RLIMIT_CPU].soft;

	itimer->target = soft == RLIM_INFINITY ? 0 : MAX(seconds_to_ns(soft), (nsec_t)1);
	if (itimer->target)
		arm(signal, ITIMER_CPU_LIMIT, clock_of(signal, ITIMER_CPU_LIMIT));
}

void realtime_limit_tick(void)
{
	struct rlimit *limit = &current->signal->limits[RLIMIT_RTTIME];
	u64 used = current->se.awake_ns / NSEC_PER_USEC;
	struct sighand_struct *sighand;

	if (likely(used <= READ_ONCE(limit->soft)))
		return;
	sighand = lock_sighand(current);
	if (used > limit->hard) {
		send_signal_locked(SIGKILL, SEND_SIG_KERNEL, current, true);
	} else if (used > limit->soft) {
		limit->soft += NSEC_PER_SEC / NSEC_PER_USEC;
		send_signal_locked(SIGXCPU, SEND_SIG_KERNEL, current, true);
	}
	spin_unlock(&sighand->lock);
}

void itimers_init(struct signal_struct *signal)
{
	timer_init(&signal->itimer[ITIMER_REAL].timer, real_fires);
	timer_init(&signal->itimer[ITIMER_VIRTUAL].timer, virtual_fires);
	timer_init(&signal->itimer[ITIMER_PROF].timer, prof_fires);
	timer_init(&signal->itimer[ITIMER_CPU_LIMIT].timer, cpu_limit_fires);
}

/* Who has set no timer pays four loads. */
void itimers_stop(struct signal_struct *signal)
{
	for (unsigned int i = 0; i <= ITIMER_CPU_LIMIT; i++) {
		if (!signal->itimer[i].target && !signal->itimer[i].timer.queued)
			continue;
		signal->itimer[i].target = 0;
		timer_cancel(&signal->itimer[i].timer);
	}
}

static nsec_t read_clock(unsigned int which)
{
	nsec_t now;

	spin_lock(&tasklist_lock);
	now = clock_of(current->signal, which);
	spin_unlock(&tasklist_lock);
	return now;
}

/* A timer that is set never shows 0 as what is left. */
static void report(const struct itimer *itimer, nsec_t now, struct itimer_setting *setting)
{
	nsec_t target = itimer->target;

	if (itimer->parked && now >= target)
		target = next_target(itimer, now);
	setting->interval = itimer->interval;
	setting->left = target ? MAX(target - now, (nsec_t)NSEC_PER_USEC) : 0;
}

void itimer_get(unsigned int which, struct itimer_setting *setting)
{
	nsec_t now = read_clock(which);
	struct sighand_struct *sighand = lock_sighand(current);

	report(&current->signal->itimer[which], now, setting);
	spin_unlock(&sighand->lock);
}

void itimer_set(unsigned int which, const struct itimer_setting *setting,
		struct itimer_setting *old)
{
	struct signal_struct *signal = current->signal;
	struct itimer *itimer = &signal->itimer[which];
	struct sighand_struct *sighand;
	nsec_t now;

	timer_cancel(&itimer->timer);
	now = read_clock(which);
	sighand = lock_sighand(current);
	report(itimer, now, old);
	itimer->interval = setting->interval;
	itimer->target = setting->left ? nsec_add(now, setting->left) : 0;
	itimer->parked = false;
	if (itimer->target)
		arm(signal, which, now);
	spin_unlock(&sighand->lock);
}
