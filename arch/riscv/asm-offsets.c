/* SPDX-License-Identifier: MIT */
/*
 * Offsets of C structures for assembly. Compiled to text only; the Makefile takes the marked
 * lines and makes <generated/asm-offsets.h> of them.
 */
#include "arch/frame.h"
#include "arch/internal.h"
#include "arch/pte.h"
#include "task/task.h"

#define DEFINE(name, value) __asm__ volatile(".ascii \"->" #name " %0\"" : : "i"(value))
#define OFFSET(name, structure, member) DEFINE(name, offsetof(structure, member))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(TI_FLAGS, struct task_struct, ti.flags);
	OFFSET(TI_KERNEL_SP, struct task_struct, ti.kernel_sp);
	OFFSET(TI_USER_SP, struct task_struct, ti.user_sp);
	OFFSET(TI_PERHART, struct task_struct, ti.perhart);
	OFFSET(TI_HART, struct task_struct, ti.hart);
	OFFSET(TASK_SP, struct task_struct, sp);

	OFFSET(FRAME_PC, struct trap_frame, pc);
	OFFSET(FRAME_RA, struct trap_frame, ra);
	OFFSET(FRAME_SP, struct trap_frame, sp);
	OFFSET(FRAME_GP, struct trap_frame, gp);
	OFFSET(FRAME_TP, struct trap_frame, tp);
	OFFSET(FRAME_T0, struct trap_frame, t0);
	OFFSET(FRAME_T1, struct trap_frame, t1);
	OFFSET(FRAME_T2, struct trap_frame, t2);
	OFFSET(FRAME_S0, struct trap_frame, s0);
	OFFSET(FRAME_S1, struct trap_frame, s1);
	OFFSET(FRAME_A0, struct trap_frame, a0);
	OFFSET(FRAME_A1, struct trap_frame, a1);
	OFFSET(FRAME_A2, struct trap_frame, a2);
	OFFSET(FRAME_A3, struct trap_frame, a3);
	OFFSET(FRAME_A4, struct trap_frame, a4);
	OFFSET(FRAME_A5, struct trap_frame, a5);
	OFFSET(FRAME_A6, struct trap_frame, a6);
	OFFSET(FRAME_A7, struct trap_frame, a7);
	OFFSET(FRAME_S2, struct trap_frame, s2);
	OFFSET(FRAME_S3, struct trap_frame, s3);
	OFFSET(FRAME_S4, struct trap_frame, s4);
	OFFSET(FRAME_S5, struct trap_frame, s5);
	OFFSET(FRAME_S6, struct trap_frame, s6);
	OFFSET(FRAME_S7, struct trap_frame, s7);
	OFFSET(FRAME_S8, struct trap_frame, s8);
	OFFSET(FRAME_S9, struct trap_frame, s9);
	OFFSET(FRAME_S10, struct trap_frame, s10);
	OFFSET(FRAME_S11, struct trap_frame, s11);
	OFFSET(FRAME_T3, struct trap_frame, t3);
	OFFSET(FRAME_T4, struct trap_frame, t4);
	OFFSET(FRAME_T5, struct trap_frame, t5);
	OFFSET(FRAME_T6, struct trap_frame, t6);
	OFFSET(FRAME_STATUS, struct trap_frame, status);
	OFFSET(FRAME_BADADDR, struct trap_frame, badaddr);
	OFFSET(FRAME_SYSCALL, struct trap_frame, syscall);
	OFFSET(FRAME_ORIG_A0, struct trap_frame, orig_a0);
	DEFINE(FRAME_SIZE, sizeof(struct trap_frame));

	DEFINE(SWITCH_FRAME_SIZE, sizeof(struct switch_frame));
	OFFSET(SWITCH_RA, struct switch_frame, ra);
	OFFSET(SWITCH_S0, struct switch_frame, s[0]);

	DEFINE(EARLY_TABLE, PTE_V);
	DEFINE(EARLY_DATA, PTE_V | PTE_R | PTE_W | PTE_G | PTE_A | PTE_D);
	DEFINE(EARLY_CODE, PTE_V | PTE_R | PTE_W | PTE_X | PTE_G | PTE_A | PTE_D);

	OFFSET(START_CLAIM, struct hart_start, claim);
	OFFSET(START_IDLE, struct hart_start, idle);
	OFFSET(START_HARTID, struct hart_start, hartid);
}
