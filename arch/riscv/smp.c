/* SPDX-License-Identifier: MIT */
/*
 * The other harts: starting them, and telling them something through the firmware.
 *
 * A hart that has been asked to start may come late, or never (some have no S-mode). The struct
 * hart_start that it is given is claimed once, by the hart itself (boot.S) or by the boot hart
 * when it gives up; so a late hart finds the door closed, and its logical index serves the next
 * hart.
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

static struct hart_start starts[MAX_HARTS]; /* one for each hart that was asked */
u64 hart_starting;

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

/* Real harts come in microseconds; virtual ones may have to wait for a processor of a busy host. */
enum { START_SECONDS = 5 };

/* Waits for a hart to come online. */
static bool wait_online(unsigned int hart)
{
	u64 start = arch_ticks();

	while (!(load_acquire(&harts_online) & hartmask_of(hart))) {
		if (arch_ticks() - start > START_SECONDS * machine.timebase_hz)
			return false;
		arch_doze();
	}
	return true;
}

/* Starts the machine's hart with that logical index on its idle task; false when it does not
 * come. */
static bool start_hart(unsigned int hart, struct hart_start *start, struct task_struct *idle)
{
	u64 hartid = arch_hartid(hart);
	long error;

	*start = (struct hart_start){ .claim = START_OPEN, .idle = idle, .hartid = hartid };
	fence_full();
	WRITE_ONCE(hart_starting, virt_to_phys(start).addr);
	fence_full();
	error = sbi_hart_start(hartid, virt_to_phys((void *)secondary_start).addr,
			       virt_to_phys(start).addr);
	if (error) {
		log_warning("hart %lu does not start: SBI error %ld", hartid, error);
		return false;
	}
	if (wait_online(hart))
		return true;
	if (atomic_exchange(&start->claim, START_REVOKED) == START_TAKEN) {
		if (!wait_online(hart))
			panic("hart %lu started and got lost", hartid);
		return true;
	}
	log_warning("hart %lu does not answer, going on without it", hartid);
	return false;
}

void arch_start_harts(void)
{
	unsigned int asked = 0;

	for (unsigned int hart = 1; hart < nr_harts; hart++) {
		struct task_struct *idle = sched_idle_task(hart);

		if (IS_ERR_OR_NULL(idle)) {
			log_warning("no memory for hart %lu", arch_hartid(hart));
			nr_harts = hart;
			return;
		}
		while (hart < nr_harts && !start_hart(hart, &starts[++asked], idle)) {
			machine_drop_hart(hart);
			nr_harts--;
		}
	}
}
