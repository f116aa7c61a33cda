/* SPDX-License-Identifier: MIT */
/*
 * One hart: its trap registers, timer, interrupts that it polls for, and its end. Other harts
 * are smp.c's subject.
 */
#include "arch/csr.h"
#include "arch/hart.h"
#include "arch/internal.h"
#include "arch/sbi.h"
#include "base/machine.h"
#include "base/perhart.h"

enum {
	ENABLED_INTERRUPTS =
		1 << INTERRUPT_SOFTWARE | 1 << INTERRUPT_TIMER | 1 << INTERRUPT_EXTERNAL,
	DOZES_PER_SECOND = 20000
};

static DEFINE_PERHART(u64, timer_tick); /* [hart] that the timer is programmed for */

static void program_timer(u64 tick)
{
	if (machine.has_sstc)
		csr_write(0x14d, tick); /* stimecmp, which older assemblers do not know by name */
	else
		sbi_set_timer(tick);
}

void arch_timer_set(u64 tick)
{
	*this_hart_ptr(timer_tick) = tick;
	program_timer(tick);
}

/* Only the timer may end the sleep, programmed anew for it. What else comes stays pending, and so
 * does a tick that was due already: it is due again when its time is put back. */
void arch_doze(void)
{
	csr_write(sie, 1 << INTERRUPT_TIMER);
	program_timer(arch_ticks() + machine.timebase_hz / DOZES_PER_SECOND);
	arch_wait_for_interrupt();
	program_timer(*this_hart_ptr(timer_tick));
	csr_write(sie, ENABLED_INTERRUPTS);
}

/* Each hart, before it takes its first interrupt. machine_init() has run. */
void arch_hart_init(void)
{
	csr_write(stvec, (u64)trap_entry);
	csr_write(sscratch, 0);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SUM | SSTATUS_FS);
	if (!user_guarded)
		csr_set(sstatus, SSTATUS_SUM);
	csr_write(scounteren, SCOUNTEREN_ALL);
	arch_timer_set(~0UL);
	csr_clear(sip, 1 << INTERRUPT_SOFTWARE);
	csr_write(sie, ENABLED_INTERRUPTS);
}

/* Polling costs less than a trap, and makes traps from the kernel mean faults only. */
void arch_irq_window(void)
{
	u64 pending = csr_read(sip) & ENABLED_INTERRUPTS;

	if (likely(!pending))
		return;
	if (pending & 1 << INTERRUPT_SOFTWARE)
		trap_interrupt(INTERRUPT_SOFTWARE, false);
	if (pending & 1 << INTERRUPT_TIMER)
		trap_interrupt(INTERRUPT_TIMER, false);
	if (pending & 1 << INTERRUPT_EXTERNAL)
		trap_interrupt(INTERRUPT_EXTERNAL, false);
}

void arch_halt(void)
{
	csr_write(sie, 0);
	for (;;)
		arch_wait_for_interrupt();
}

void arch_power_off(void)
{
	sbi_reset(SBI_SHUTDOWN);
}

void arch_reboot(void)
{
	sbi_reset(SBI_COLD_REBOOT);
}
