/* SPDX-License-Identifier: MIT */
/*
 * Per-hart variables.
 *
 *	DEFINE_PERHART(struct runqueue, runqueue);
 *	this_hart_ptr(runqueue)->...      the running hart's copy
 *	hart_ptr(runqueue, hart)->...     another's
 *
 * The linker gathers them in the section .perhart. The boot hart uses that section itself; each
 * other hart gets a copy of it, made before the hart starts. A variable must therefore be
 * statically initialized, or initialized for every hart by its subsystem's *_init_hart().
 *
 * Tasks are not preempted in the kernel, so a pointer to this hart's copy stays good until the
 * task sleeps or calls cond_resched().
 */
#ifndef BASE_PERHART_H
#define BASE_PERHART_H

#include "arch/current.h"
#include "lib/types.h"

#define DEFINE_PERHART(type, name) __attribute__((section(".perhart"))) type perhart_##name
#define DECLARE_PERHART(type, name) extern type perhart_##name

/* Distance of a hart's copies from the section .perhart, in bytes. */
extern unsigned long perhart_offset[MAX_HARTS];

#define perhart_at(name, offset)                                                                   \
	((__typeof__(perhart_##name) *)((unsigned long)&perhart_##name + (offset)))
#define this_hart_ptr(name) perhart_at(name, current_thread_info()->perhart)
#define hart_ptr(name, hart) perhart_at(name, perhart_offset[hart])

/* Logical index of the running hart. */
static inline unsigned int this_hart(void)
{
	return current_thread_info()->hart;
}

extern unsigned int nr_harts;	/* harts that run; indices are 0 .. nr_harts - 1 */
extern hartmask_t harts_online; /* [a] those that have come up */

#define for_each_hart(hart) for ((hart) = 0; (hart) < nr_harts; (hart)++)

/* Makes the copies for harts 1 .. count - 1. Called once, after the page allocator is up. */
void perhart_init(unsigned int count);

#endif
