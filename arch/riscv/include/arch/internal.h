/* SPDX-License-Identifier: MIT */
/*
 * What the files of arch share among themselves, assembly included. No other part includes it,
 * but for kernel/init.c (arch_hart_init, boot_stack).
 */
#ifndef ARCH_INTERNAL_H
#define ARCH_INTERNAL_H

#include "lib/types.h"

struct task_struct;

/* Callee-saved registers of a task that does not run, at its task_struct.sp (switch.S). */
struct switch_frame {
	u64 ra;
	u64 s[12];
	u64 spare; /* keeps the size a multiple of 16 */
};

enum hart_start_claim { START_OPEN, START_TAKEN, START_REVOKED };

/* What a hart finds by physical address when it starts (boot.S). */
struct hart_start {
	u32 claim; /* [a] enum hart_start_claim: swapped by the hart that arrives, and by the
		    * boot hart when it gives up waiting; who finds it OPEN has won */
	u32 spare;
	struct task_struct *idle; /* [I] the task it becomes */
	u64 hartid;		  /* [I] who is meant */
};

/* Physical address of the struct hart_start of the hart that is being started, 0 before. smp.c */
extern u64 hart_starting;

/* Where firmware starts a hart; a1 is the physical address of its struct hart_start. boot.S */
void secondary_start(void);
/* First instructions of new tasks. trap.S, switch.S */
void ret_from_fork(void);
void kernel_task_start(void);
/* Trap vector, trap.S. */
void trap_entry(void);

/* Lowest address of the boot hart's stack, KSTACK_SIZE bytes. boot.S */
extern char boot_stack[];

/* The traps' C side, trap.c. */
struct trap_frame;
void trap_from_user(struct trap_frame *frame, u64 cause, u64 badaddr, u64 sent_to, s64 call);
void trap_from_kernel(struct trap_frame *frame, u64 cause, u64 badaddr);
void noreturn trap_stack_overflow(u64 sp, u64 pc);
/* One interrupt, by its number; user_mode: the program's time ends with it. Interrupts off. */
void trap_interrupt(u64 number, bool user_mode);

/* satp of the kernel's own space, with ASID 0. mmu.c */
extern u64 kernel_satp;
/* Finds out how many ASIDs the harts have, and about their errata. tlb.c */
void tlb_init(void);
/* Takes from left (logical harts) some harts whose hardware ids lie in one window of 64, as the
 * SBI wants a set of harts; false when left was empty. smp.c */
bool sbi_next_group(hartmask_t *left, u64 *mask, u64 *base);

/* Decides whether user_guarded stays; writes the text, so before arch_mmu_init. user_guard.c */
void user_guard_init(void);
/* User memory is closed to the kernel but in its copies. [I] after boot */
extern bool user_guarded;

/* This hart's trap registers: vector, enabled interrupts, counters. hart.c */
void arch_hart_init(void);

#endif
