/* SPDX-License-Identifier: MIT */
/*
 * Stand-in for the host tests: one hart, whose time a test sets and whose timer it may look at;
 * nothing ever interrupts.
 */
#ifndef ARCH_HART_H
#define ARCH_HART_H

#include "arch/current.h"
#include "lib/types.h"

extern u64 host_ticks; /* what arch_ticks() gives */
extern u64 host_timer; /* what arch_timer_set() was given last */

static inline u64 arch_ticks(void)
{
	return host_ticks;
}

static inline void arch_timer_set(u64 tick)
{
	host_timer = tick;
}

static inline void arch_wait_for_interrupt(void)
{
}

static inline void arch_irq_window(void)
{
}

static inline void arch_relax(void)
{
}

static inline void arch_doze(void)
{
}

static inline void arch_send_ipi(unsigned int hart)
{
}

static inline void arch_send_ipi_mask(hartmask_t harts)
{
}

#endif
