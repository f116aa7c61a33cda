/* SPDX-License-Identifier: MIT */
/*
 * Statistics for /proc: times and switches of harts, load averages.
 *
 * The load averages (Linux's definition) sample every five seconds how many tasks run or wait, or
 * sleep uninterruptibly, and let older samples fade. No timer is kept for that: whichever hart's
 * tick comes first after a sample is due takes it, and the samples that nobody took, all harts
 * idle, are made up for then or when somebody asks.
 */
#include "base/perhart.h"
#include "sched/internal.h"

enum { LOAD_FRACTION_BITS = 11, LOAD_ONE = 1 << LOAD_FRACTION_BITS };

#define LOAD_PERIOD (5 * (u64)NSEC_PER_SEC)

/* exp(-5 s / 1, 5, 15 min) in fixed point: what stays of the average at a sample. */
static const u32 load_stays[3] = { 1884, 2014, 2037 };

static struct {
	u64 average[3]; /* [a] changed by who has claimed the sample */
	u64 next;	/* [a] when the next sample is due, ns; moved on to claim it */
} loadavg;

unsigned int sched_running_count(void)
{
	unsigned int hart, count = 0;

	for_each_hart (hart)
		count += READ_ONCE(hart_rq(hart)->count);
	return count;
}

unsigned int sched_blocked_count(void)
{
	unsigned int hart;
	s64 uninterruptible = 0;

	for_each_hart (hart)
		uninterruptible += READ_ONCE(hart_rq(hart)->uninterruptible);
	return (unsigned int)MAX(uninterruptible, (s64)0);
}

static u64 active_count(void)
{
	return sched_running_count() + sched_blocked_count();
}

/* Rounds up while the load grows, so that it reaches what it tends to. */
static u64 fade(u64 average, u32 stays, u64 active)
{
	u64 target = active * LOAD_ONE;
	u64 sum = average * stays + target * (LOAD_ONE - stays);

	if (target >= average)
		sum += LOAD_ONE - 1;
	return sum / LOAD_ONE;
}

static void take_samples(u64 active, u64 count)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(loadavg.average); i++) {
		u64 average = loadavg.average[i];

		for (u64 n = 0; n < count && average != active * LOAD_ONE; n++)
			average = fade(average, load_stays[i], active);
		WRITE_ONCE(loadavg.average[i], average);
	}
}

void loadavg_tick(u64 now)
{
	u64 next = READ_ONCE(loadavg.next), missed;

	if (likely(now < next))
		return;
	missed = (now - next) / LOAD_PERIOD;
	if (!atomic_cmpxchg(&loadavg.next, &next, next + (missed + 1) * LOAD_PERIOD))
		return;
	take_samples(0, missed);
	take_samples(active_count(), 1);
}

void sched_loadavg(u64 load[3])
{
	loadavg_tick((u64)clock_monotonic());
	for (unsigned int i = 0; i < ARRAY_SIZE(loadavg.average); i++)
		load[i] = READ_ONCE(loadavg.average[i]);
}

void sched_hart_stats(unsigned int hart, struct sched_hart_stats *stats)
{
	struct runqueue *rq = hart_rq(hart);

	spin_lock(&rq->lock);
	*stats = (struct sched_hart_stats){
		.switches = rq->switches,
		.idle_ns = rq->idle_ns,
		.user_ns = rq->user_ns,
		.system_ns = rq->system_ns,
		.nice_ns = rq->nice_ns,
		.running = rq->count,
	};
	if (rq->current_task == rq->idle)
		stats->idle_ns += (u64)clock_monotonic() - rq->idle_since;
	spin_unlock(&rq->lock);
}

u64 sched_forks(void)
{
	unsigned int hart;
	u64 forks = 0;

	for_each_hart (hart)
		forks += READ_ONCE(hart_rq(hart)->forks);
	return forks;
}
