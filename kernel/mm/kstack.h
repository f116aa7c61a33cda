/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks, mapped in an area of their own with a guard below each.
 *
 * A slot is twice KSTACK_SIZE, aligned to its size; its upper half is the stack, its lower half
 * stays unmapped. So one bit of sp tells the trap entry that a stack overflowed
 * (arch/riscv/trap.S), and no overflow reaches other memory. Freed stacks stay mapped in per-hart
 * and shared pools for the next fork; a shrinker unmaps the surplus in batches, with one TLB
 * shootdown for all.
 */
#ifndef MM_KSTACK_H
#define MM_KSTACK_H

#include "arch/layout.h"
#include "lib/types.h"

/* A stack's lowest address (KSTACK_SIZE bytes, not zeroed), or NULL. Does not sleep. */
void *kstack_alloc(void) must_check;
void kstack_free(void *stack);

/* Pages that stacks hold now, pooled ones included, for /proc/meminfo's KernelStack. */
u64 kstack_pages(void);

void kstack_init(void);

#endif
