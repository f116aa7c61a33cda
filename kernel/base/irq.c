/* SPDX-License-Identifier: MIT */
/*
 * Handlers of external interrupts: base/irq.h, and the upcall entry_external().
 *
 * irq_lock (RANK_IRQ) protects registration and the controller's enable bits. Dispatch takes no
 * lock: a handler is published before its source is enabled, and never removed.
 */
#include "base/irq.h"
#include "base/lock.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "base/plic.h"
#include "entry.h"
#include "lib/errno.h"

enum { IRQ_LIMIT = 256, IRQ_HART = 0 };

static spinlock_t irq_lock = SPINLOCK_INIT(RANK_IRQ);
static struct {
	irq_handler handler; /* [irq_lock] to change */
	void *data;	     /* [I] once handler is set */
} sources[IRQ_LIMIT];

DEFINE_PERHART(struct irq_counts, irq_counts);

/* Has the machine an interrupt controller that the kernel drives? */
static bool irq_available(void)
{
	return machine.plic.base && machine.plic.context[IRQ_HART] >= 0;
}

int irq_register(unsigned int source, irq_handler handler, void *data)
{
	int error = 0;

	if (!irq_available())
		return -ENODEV;
	if (source == 0 || source > machine.plic.sources || source >= IRQ_LIMIT)
		return -EINVAL;
	spin_lock(&irq_lock);
	if (sources[source].handler) {
		error = -EBUSY;
	} else {
		sources[source].data = data;
		store_release(&sources[source].handler, handler);
		plic_enable(source, IRQ_HART);
	}
	spin_unlock(&irq_lock);
	return error;
}

void entry_external(void)
{
	unsigned int hart = this_hart();
	unsigned int source;

	if (machine.plic.context[hart] < 0)
		return;
	while ((source = plic_claim(hart)) != 0) {
		irq_handler handler = NULL;

		this_hart_ptr(irq_counts)->external++;
		if (source < IRQ_LIMIT)
			handler = load_acquire(&sources[source].handler);
		if (handler)
			handler(sources[source].data);
		plic_complete(hart, source);
	}
}

void irq_init(void)
{
	if (irq_available())
		plic_init();
}
