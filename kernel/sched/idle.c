/* SPDX-License-Identifier: MIT */
/*
 * What a hart does when there is nothing to do: the class of its idle task, and the loop.
 *
 * I1 (check, then wfi): wake-ups set NEED_RESCHED of the idle task under the queue's lock, and
 *	other harts' send an IPI after that. The loop looks at the flag with interrupts off, and
 *	they stay off until wfi returns. So either it sees the flag, or the flag is set later: then
 *	the IPI becomes pending later than that look too, and wfi, which ends at a pending interrupt
 *	whether or not it is enabled in sstatus, does not sleep over it. An interrupt that wakes a
 *	task here is taken in the window only, before the next look. tests/model/idle.pml checks
 *	this.
 * I2 (no lost work): the hart shows itself in harts_idle before it looks for work at other harts.
 *	One that queues a task after that look sees the bit, at the latest at its next tick, and
 *	sends an IPI.
 *
 * The idle hart has no tick (tick.c): with no timer armed it sleeps for good.
 */
#include "arch/hart.h"
#include "sched/internal.h"

static void idle_enqueue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	panic("the idle task is never queued");
}

static struct sched_entity *idle_pick(struct runqueue *rq)
{
	return &rq->idle->se;
}

static void idle_set_current(struct runqueue *rq, struct sched_entity *entity)
{
	rq->idle_since = rq->clock;
}

static void idle_put_current(struct runqueue *rq, struct sched_entity *entity)
{
	rq->idle_ns += rq->clock - rq->idle_since;
	tick_arm(rq);
}

static void idle_charge(struct runqueue *rq, struct sched_entity *entity, u64 delta)
{
}

static bool idle_tick(struct runqueue *rq, struct sched_entity *entity)
{
	return false;
}

static struct sched_entity *idle_candidate(struct runqueue *rq, unsigned int n)
{
	return NULL;
}

const struct sched_class idle_class = {
	.name = "idle",
	.precedence = 0,
	.enqueue = idle_enqueue,
	.dequeue = idle_enqueue,
	.pick = idle_pick,
	.set_current = idle_set_current,
	.put_current = idle_put_current,
	.charge = idle_charge,
	.tick = idle_tick,
	.candidate = idle_candidate,
};

void noreturn sched_idle_loop(void)
{
	struct runqueue *rq = this_rq();
	hartmask_t bit = hartmask_of(rq->hart);

	assert(current == rq->idle);
	for (;;) {
		atomic_fetch_or(&harts_idle, bit);
		if (!task_has_flag(current, TIF_NEED_RESCHED) && !balance_idle(rq)) {
			arch_wait_for_interrupt();
			arch_irq_window();
			continue;
		}
		atomic_fetch_and(&harts_idle, ~bit);
		schedule();
	}
}
