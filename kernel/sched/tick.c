/* SPDX-License-Identifier: MIT */
/*
 * The tick: a timer of each hart that fires every TICK_NS while the hart does not idle.
 *
 * It charges the running task, asks its policy whether another one's turn has come, samples whether
 * the hart was in user mode or in the kernel, and looks whether other harts should take some of the
 * load.
 *
 * The tick is armed when the hart leaves its idle task, and only if it is not still armed from
 * before; it is not cancelled when the hart goes idle. It fires once more then, finds the idle
 * task, and ends. So a hart that runs for short times between sleeps does not program its timer for
 * each.
 *
 * Times: run time is exact to the nanosecond (charged at each switch); how it is split into user
 * and system is sampled here. All busy time since the last sample goes to the mode that the tick
 * finds.
 */
#include "arch/hart.h"
#include "sched/internal.h"

enum { TICK_NS = 4000000 };

static void tick_fires(struct timer *timer)
{
	struct runqueue *rq = container_of(timer, struct runqueue, tick);

	if (rq->current_task == rq->idle)
		return;
	rq->tick_due = true;
	timer_start(timer, clock_monotonic() + TICK_NS);
}

void tick_init(struct runqueue *rq)
{
	timer_init(&rq->tick, tick_fires);
	rq->busy_sampled = rq->clock;
}

void tick_arm(struct runqueue *rq)
{
	if (!rq->tick.queued)
		timer_start(&rq->tick, (nsec_t)rq->clock + TICK_NS);
}

static void sample(struct runqueue *rq, struct task_struct *task, bool user_mode)
{
	u64 busy = rq->clock - rq->idle_ns, spent = busy - rq->busy_sampled;

	rq->busy_sampled = busy;
	if (!user_mode) {
		task->ticks_system++;
		rq->system_ns += spent;
	} else {
		task->ticks_user++;
		if (task->se.nice > 0)
			rq->nice_ns += spent;
		else
			rq->user_ns += spent;
	}
}

/* Others wait: has the running one's turn ended, or that of its policy at the cost of real-time
 * tasks? */
static bool turn_is_over(struct runqueue *rq, struct sched_entity *running)
{
	if (running->class == &fair_class && !fair_goes_first(rq) &&
	    (rq->rt.count || rq->deadline.ready.node))
		return true;
	return running->class->tick(rq, running);
}

void sched_tick(bool user_mode)
{
	struct runqueue *rq = this_rq();
	struct task_struct *task = current;
	struct balance_action action;
	bool resched;

	if (!rq->tick_due)
		return;
	rq->tick_due = false;
	spin_lock(&rq->lock);
	rq_charge(rq);
	sample(rq, task, user_mode);
	resched = rq->count > 1 && turn_is_over(rq, &task->se);
	action = balance_tick(rq);
	spin_unlock(&rq->lock);

	if (resched)
		task_set_flag(task, TIF_NEED_RESCHED);
	if (action.kick)
		arch_send_ipi_mask(action.kick);
	if (action.pull)
		wake_up_process(rq->migration);
	loadavg_tick((u64)clock_monotonic());
}

void sched_ipi(void)
{
}
