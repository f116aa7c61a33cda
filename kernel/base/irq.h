/* SPDX-License-Identifier: MIT */
/*
 * External interrupts: handlers by source number of the machine's interrupt controller.
 *
 * All sources go to the boot hart. Handlers run in interrupt context there: they quiet their
 * device, wake somebody, and return.
 */
#ifndef BASE_IRQ_H
#define BASE_IRQ_H

#include "base/perhart.h"
#include "lib/types.h"

typedef void (*irq_handler)(void *data);

/* Installs the only handler of a source, called with data, and enables it. -ENODEV: no controller;
 * -EINVAL: no such source; -EBUSY: it has one. Takes RANK_IRQ. */
int irq_register(unsigned int source, irq_handler handler, void *data) must_check;

/* Interrupts taken, for /proc/interrupts; by the hart itself. */
struct irq_counts {
	u64 timer, ipi;
	u64 external; /* all sources */
};
DECLARE_PERHART(struct irq_counts, irq_counts);

void irq_init(void); /* boot hart, after machine_init() */

#endif
