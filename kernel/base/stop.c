/* SPDX-License-Identifier: MIT */
/*
 * The machine's end (base/stop.h), by reboot(2), by panic(), or before it has begun.
 *
 * A hart that is told to stop does so at its next interrupt from another hart; it takes those with
 * no lock held, so the hart that ends the machine can still use what the locks protect.
 */
#include "base/stop.h"

#include "arch/hart.h"
#include "base/log.h"
#include "base/perhart.h"
#include "lib/atomic.h"

static bool stopping; /* [a] only ever becomes true */

void stop_other_harts(void)
{
	WRITE_ONCE(stopping, true);
	fence_full();
	arch_send_ipi_mask(READ_ONCE(harts_online) & ~hartmask_of(this_hart()));
}

void stop_check(void)
{
	if (unlikely(READ_ONCE(stopping)))
		arch_halt();
}

void noreturn stop_power_off(void)
{
	stop_other_harts();
	arch_power_off();
	log_print(LOG_EMERG, "the firmware cannot power this machine off: halted");
	arch_halt();
}

void noreturn stop_reboot(void)
{
	stop_other_harts();
	arch_reboot();
	log_print(LOG_EMERG, "the firmware cannot reboot this machine: halted");
	arch_halt();
}

void noreturn stop_halt(void)
{
	stop_other_harts();
	arch_halt();
}
