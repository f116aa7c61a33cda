/* SPDX-License-Identifier: MIT */
/*
 * The fair tasks' reserve: a twentieth of a hart that deadline and real-time tasks cannot take.
 *
 * A real-time task that never sleeps would keep all fair ones off its hart for good, and with them
 * the shell that could end it (sched(7)). So what the others run while a fair task waits counts up
 * to RESERVE_PATIENCE; then fair tasks go first until what they have run, times RESERVE_SHARE - 1,
 * has counted it down to 0. Who gets a twentieth of the hart anyhow never takes it from others.
 *
 * RES1: going first is going before every real-time task; of deadline tasks, before those whose
 *	deadline is later than the reserve's own. What deadline tasks are promised on average fits
 *	beside the reserve, and their order is that of deadlines.
 * RES2: while no fair task wants the hart, the count goes down as if one ran.
 *
 * All functions run under the queue's lock. Tested by tests/unit/test_rt.c, test_deadline.c.
 */
#include "sched/class.h"

static void count_down(struct fair_reserve *reserve, u64 delta)
{
	reserve->waited -= MIN(reserve->waited, delta * (RESERVE_SHARE - 1));
	if (!reserve->waited)
		reserve->goes_first = false;
}

void reserve_fair_ran(struct runqueue *rq, u64 delta)
{
	if (rq->reserve.goes_first)
		rq->reserve.others_ns += delta;
	count_down(&rq->reserve, delta);
}

void reserve_others_ran(struct runqueue *rq, u64 delta)
{
	struct fair_reserve *reserve = &rq->reserve;

	reserve->others_ns += delta;
	if (!rq->fair.count) { /* RES2 */
		count_down(reserve, delta);
		return;
	}
	if (reserve->goes_first)
		return;
	reserve->waited += delta;
	if (reserve->waited >= RESERVE_PATIENCE) {
		reserve->waited = RESERVE_PATIENCE;
		reserve->goes_first = true;
		reserve->until = rq->clock + RESERVE_PATIENCE / (RESERVE_SHARE - 1);
	}
}

bool fair_before_deadline(const struct runqueue *rq, u64 until)
{
	return fair_goes_first(rq) && rq->reserve.until <= until;
}

u64 reserve_next_event(const struct runqueue *rq)
{
	return fair_goes_first(rq) ? rq->clock + rq->reserve.waited / (RESERVE_SHARE - 1) + 1
				   : UINT64_MAX;
}
