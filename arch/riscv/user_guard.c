/* SPDX-License-Identifier: MIT */
/*
 * Whether user memory is closed to the kernel but for its own copies.
 *
 * It is, by sstatus.SUM: each copy opens it and closes it again (arch/uaccess.h), which costs a
 * hart some cycles. Emulators may forget all translations at each change of SUM: QEMU does up to
 * version 8.0, where a copy of a few bytes then costs as much as ten system calls. Where a change
 * is that dear, the boot hart replaces the instructions that change SUM by nops, and SUM stays set.
 * Whether an access of user memory is meant is then told by __ex_table alone (trap.c). Debug builds
 * always close.
 *
 * The text is written under the early map, before the kernel's own map protects it, and before
 * other harts run.
 */
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/internal.h"
#include "base/log.h"
#include "base/machine.h"

enum {
	CHANGES = 32,	  /* of SUM in a trial, to and fro */
	TRIALS = 4,	  /* the quickest counts: the host may do something else in between */
	DEAR_NSEC = 1000, /* a real hart needs some 10 */
	NOP = 0x13,
};

/* Where SUM is changed: addresses of csrs and csrc, four bytes each. */
extern u32 *const __user_guard_start[], *const __user_guard_end[];

bool user_guarded = true;

/* Nanoseconds of a change to and fro, with an access before each as in a copy. */
static u64 trial(void)
{
	u64 start = arch_ticks();

	for (unsigned int i = 0; i < CHANGES; i++) {
		csr_set(sstatus, SSTATUS_SUM);
		(void)READ_ONCE(user_guarded);
		csr_clear(sstatus, SSTATUS_SUM);
		(void)READ_ONCE(user_guarded);
	}
	return (arch_ticks() - start) * 1000000000 / machine.timebase_hz / CHANGES;
}

static u64 cost_of_change(void)
{
	u64 least = trial();

	for (unsigned int i = 1; i < TRIALS; i++)
		least = MIN(least, trial());
	return least;
}

void user_guard_init(void)
{
	u64 cost = cost_of_change();

	if (CONFIG_DEBUG || cost < DEAR_NSEC)
		return;
	for (u32 *const *site = __user_guard_start; site < __user_guard_end; site++)
		**site = NOP;
	__asm__ volatile("fence.i" : : : "memory");
	user_guarded = false;
	log_info("user memory stays open to the kernel: to close it takes %lu ns here", cost);
}
