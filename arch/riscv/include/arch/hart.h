/* SPDX-License-Identifier: MIT */
/*
 * What generic code asks of a hart: interrupts, time, other harts, power.
 */
#ifndef ARCH_HART_H
#define ARCH_HART_H

#include "arch/current.h"
#include "lib/types.h"

/* Reads the time CSR (unprivileged specification, Zicntr): ticks of machine.timebase_hz. */
static inline u64 arch_ticks(void)
{
	u64 ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return ticks;
}

/* Programs this hart's timer interrupt for that tick (stimecmp with Sstc, else SBI TIME); one
 * in the past fires at once, ~0 never. Clears a pending one. */
void arch_timer_set(u64 tick);

/* Sleeps until an interrupt is pending. Interrupts are off and stay off: one that came before
 * the wfi is pending too, so the hart does not sleep over it. */
static inline void arch_wait_for_interrupt(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

/* Takes the interrupts that are pending now, and returns with interrupts off again. */
void arch_irq_window(void);

static inline void arch_relax(void)
{
	__asm__ volatile(".insn i 0x0F, 0, x0, x0, 0x010" : : : "memory"); /* pause (Zihintpause) */
}

/* Sleeps for 50 microseconds, for who has waited too long for another hart: under a hypervisor with
 * fewer processors than harts, that one may need ours to go on. Takes no interrupts. */
void arch_doze(void);

/* Sends a reschedule interrupt to a hart (SBI IPI). The receiver's entry_ipi() runs. */
void arch_send_ipi(unsigned int hart);
void arch_send_ipi_mask(hartmask_t harts);

/* Starts the other harts (SBI HSM, section 9), each into secondary_main() on its idle task's stack;
 * reports and skips those that do not answer in 5 seconds. */
void arch_start_harts(void);
/* hartid of a logical hart. */
u64 arch_hartid(unsigned int hart);

/* Makes instructions written to memory visible to this hart's fetch, or to all harts of the mask
 * (SBI RFENCE). */
void arch_fence_i(hartmask_t harts);

/* Off, or reboot, by SBI SRST (section 10) or its predecessor. Return if the firmware cannot. */
void arch_power_off(void);
void arch_reboot(void);
/* Stops this hart for good, interrupts off. */
void noreturn arch_halt(void);

/* Return addresses up the stack, for panics; returns how many. */
unsigned int arch_backtrace(unsigned long *addresses, unsigned int limit);

/* "task PID (name)" of the running task, for panics. */
void arch_describe_task(char *buffer, size_t size);

/* mvendorid, marchid and mimpid of the harts, as the firmware tells them. */
void arch_machine_ids(u64 ids[3]);

/* Text lines for /proc/cpuinfo ("isa", "mmu", "uarch" "mvendorid" ...) of a hart; returns bytes. */
int arch_cpuinfo(unsigned int hart, char *buffer, size_t size);

#endif
