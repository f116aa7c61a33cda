/* SPDX-License-Identifier: MIT */
/*
 * The other harts: starting them, and telling them something through the firmware.
 *
 * All are asked to start at once. A hart may come late, or never (some have no S-mode), so who a
 * hart is, its logical index and idle task, is settled only after all have come or the time is
 * over; it waits for that in boot.S. The struct hart_start that a hart is given is claimed once,
 * by the hart itself or by the boot hart when it gives up: a late hart finds the door closed.
 */
#include "arch/hart.h"
#include "arch/internal.h"
#include "arch/layout.h"
#include "arch/sbi.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/atomic.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "sched/sched.h"

static struct hart_start starts[MAX_HARTS];   /* by the index at which a hart was asked */
static struct hart_start *arrived[MAX_HARTS]; /* those that came, by logical index */

u64 arch_hartid(unsigned int hart)
{
	return machine.harts[hart].hartid;
}

bool sbi_next_group(hartmask_t *left, u64 *mask, u64 *base)
{
	unsigned int hart;

	if (!*left)
		return false;
	*base = arch_hartid(lowest_bit(*left)) & ~63UL;
	*mask = 0;
	for_each_hart_in (hart, *left) {
		u64 distance = arch_hartid(hart) - *base;

		if (distance < 64) {
			*mask |= 1UL << distance;
			*left &= ~hartmask_of(hart);
		}
	}
	return true;
}

void arch_send_ipi(unsigned int hart)
{
	sbi_send_ipi(1, arch_hartid(hart));
}

void arch_send_ipi_mask(hartmask_t harts)
{
	u64 mask, base;

	while (sbi_next_group(&harts, &mask, &base))
		sbi_send_ipi(mask, base);
}

void arch_fence_i(hartmask_t harts)
{
	hartmask_t self = hartmask_of(this_hart());
	hartmask_t others = harts & ~self;
	u64 mask, base;

	if (harts & self)
		__asm__ volatile("fence.i" : : : "memory");
	fence_full(); /* the instructions are in memory before the others are told */
	while (sbi_next_group(&others, &mask, &base))
		sbi_remote_fence_i(mask, base);
}

/* --- starting --- */

/* Asks the firmware to start the hart with that logical index. */
static void ask(unsigned int hart)
{
	u64 hartid = arch_hartid(hart);
	long error = sbi_hart_start(hartid, virt_to_phys((void *)secondary_start).addr,
				    (u64)&starts[hart]);

	if (!error)
		return;
	log_warning("hart %lu does not start: SBI error %ld", hartid, error);
	starts[hart].claim = START_REFUSED;
}

/* Harts that were asked and have not come yet. */
static hartmask_t missing_harts(unsigned int asked)
{
	hartmask_t missing = 0;

	for (unsigned int hart = 1; hart < asked; hart++)
		if (load_acquire(&starts[hart].claim) == START_OPEN)
			missing |= hartmask_of(hart);
	return missing;
}

/* Whether the firmware is still busy with one of them. */
static bool firmware_busy(hartmask_t harts)
{
	unsigned int hart;

	for_each_hart_in (hart, harts)
		if (sbi_hart_starting(arch_hartid(hart)))
			return true;
	return false;
}

/* Waits until all have come, or none has for a second. The firmware may need longer for many harts
 * that share a slow processor, as in an emulator: while it says so it has PATIENCE seconds. */
static void wait_arrivals(unsigned int asked)
{
	enum { PATIENCE = 10 };
	hartmask_t missing, before = 0;
	unsigned int seconds = 0;
	u64 since = 0;

	while ((missing = missing_harts(asked)) != 0) {
		if (missing != before) {
			before = missing;
			seconds = 0;
			since = arch_ticks();
		} else if (arch_ticks() - since > machine.timebase_hz) {
			if (++seconds == PATIENCE || !firmware_busy(missing))
				return;
			since = arch_ticks();
		}
		arch_relax();
	}
}

/* Closes the door, and takes the harts that have not come out of the machine, so that the logical
 * indices of the others are dense. */
static void keep_arrived(unsigned int asked)
{
	unsigned int kept = 1;

	for (unsigned int i = 1; i < asked; i++) {
		u32 claim = atomic_exchange(&starts[i].claim, START_REVOKED);

		if (claim == START_TAKEN) {
			arrived[kept++] = &starts[i];
			continue;
		}
		if (claim == START_OPEN)
			log_warning("hart %lu does not answer, going on without it",
				    arch_hartid(kept));
		machine_drop_hart(kept);
	}
	nr_harts = kept;
}

/* Gives each hart that waits in boot.S its idle task, and wakes it. */
static void let_go(void)
{
	hartmask_t others = 0;

	for (unsigned int hart = 1; hart < nr_harts; hart++) {
		struct task_struct *idle = sched_idle_task(hart);

		if (IS_ERR_OR_NULL(idle)) {
			log_warning("no memory for hart %lu", arch_hartid(hart));
			nr_harts = hart;
			break;
		}
		store_release(&arrived[hart]->idle, idle);
		others |= hartmask_of(hart);
	}
	arch_send_ipi_mask(others);
	while ((load_acquire(&harts_online) & others) != others)
		arch_relax();
}

void arch_start_harts(void)
{
	unsigned int asked = nr_harts;

	for (unsigned int hart = 1; hart < asked; hart++)
		ask(hart);
	wait_arrivals(asked);
	keep_arrived(asked);
	let_go();
}
