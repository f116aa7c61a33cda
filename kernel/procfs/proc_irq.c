/* SPDX-License-Identifier: MIT */
/*
 * /proc/interrupts and /proc/softirqs: what the harts were interrupted by.
 */
#include "base/irq.h"
#include "base/perhart.h"
#include "procfs/procfs.h"

static void show_harts(struct text *text, int width)
{
	unsigned int hart;

	text_printf(text, "%*s", width, "");
	for_each_hart (hart)
		text_printf(text, "CPU%-8u", hart);
	text_printf(text, "\n");
}

int proc_show_interrupts(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	unsigned int hart;

	show_harts(text, 11);
	text_printf(text, "  5: ");
	for_each_hart (hart)
		text_printf(text, "%10lu ", hart_ptr(irq_counts, hart)->timer);
	text_printf(text, " RISC-V INTC   5 Edge      riscv-timer\n  9: ");
	for_each_hart (hart)
		text_printf(text, "%10lu ", hart_ptr(irq_counts, hart)->external);
	text_printf(text, " RISC-V INTC   9 Level     plic\nIPI0:");
	for_each_hart (hart)
		text_printf(text, "%10lu ", hart_ptr(irq_counts, hart)->ipi);
	text_printf(text, " Rescheduling interrupts\n");
	return 0;
}

/* All interrupts taken since boot. */
u64 proc_interrupt_count(void)
{
	unsigned int hart;
	u64 sum = 0;

	for_each_hart (hart) {
		const struct irq_counts *counts = hart_ptr(irq_counts, hart);

		sum += counts->timer + counts->ipi + counts->external;
	}
	return sum;
}

/* There are none of Linux's: an interrupt does its work itself, but for timers beyond a number. */
int proc_show_softirqs(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	static const char *const names[] = { "HI",	 "TIMER",   "NET_TX", "NET_RX",	 "BLOCK",
					     "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU" };
	unsigned int hart;

	show_harts(text, 20);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		text_printf(text, "%12s:", names[i]);
		for_each_hart (hart)
			text_printf(text, " %10u", 0);
		text_printf(text, "\n");
	}
	return 0;
}
