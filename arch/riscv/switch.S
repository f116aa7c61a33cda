/* SPDX-License-Identifier: MIT */
/*
 * arch_switch(prev, next): see arch/switch.h.
 *
 * Only callee-saved registers need saving: to the C code of prev, this is a function call that
 * returns later. Both tasks run on this hart, so next takes over prev's hart and per-hart offset.
 */
#include <generated/asm-offsets.h>

.macro	each_saved instruction
	\instruction	ra, SWITCH_RA(sp)
	\instruction	s0, SWITCH_S0 + 0(sp)
	\instruction	s1, SWITCH_S0 + 8(sp)
	\instruction	s2, SWITCH_S0 + 16(sp)
	\instruction	s3, SWITCH_S0 + 24(sp)
	\instruction	s4, SWITCH_S0 + 32(sp)
	\instruction	s5, SWITCH_S0 + 40(sp)
	\instruction	s6, SWITCH_S0 + 48(sp)
	\instruction	s7, SWITCH_S0 + 56(sp)
	\instruction	s8, SWITCH_S0 + 64(sp)
	\instruction	s9, SWITCH_S0 + 72(sp)
	\instruction	s10, SWITCH_S0 + 80(sp)
	\instruction	s11, SWITCH_S0 + 88(sp)
.endm

	.text
	.balign	16
	.globl arch_switch
arch_switch:
	addi	sp, sp, -SWITCH_FRAME_SIZE
	each_saved sd
	ld	t0, TI_PERHART(a0)
	lw	t1, TI_HART(a0)
	sd	sp, TASK_SP(a0)
	ld	sp, TASK_SP(a1)
	sd	t0, TI_PERHART(a1)
	sw	t1, TI_HART(a1)
	mv	tp, a1
	each_saved ld
	addi	sp, sp, SWITCH_FRAME_SIZE
	ret
