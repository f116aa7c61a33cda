/* SPDX-License-Identifier: MIT */
/*
 * ksoftirqd/N: runs the timers that the timer interrupt of hart N left over, in task context, with
 * a window for interrupts and other tasks after each batch (TQ5 of sched/timer.c).
 */
#include "sched/internal.h"
#include "task/kthread.h"

/* Never returns: it is not stopped. */
static int noreturn softirq_main(void *unused)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!timer_is_due()) {
			schedule();
			continue;
		}
		WRITE_ONCE(current->state, TASK_RUNNING);
		timer_run_batch();
		cond_resched();
	}
}

void sched_start_softirqs(void)
{
	unsigned int hart;

	for_each_hart (hart) {
		struct task_struct *thread =
			kthread_create_on_hart(softirq_main, NULL, hart, "ksoftirqd/%u", hart);

		if (IS_ERR(thread))
			panic("no memory for ksoftirqd/%u", hart);
		wake_up_process(thread);
		timer_set_helper(hart, thread);
	}
}
