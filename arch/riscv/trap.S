/* SPDX-License-Identifier: MIT */
/*
 * Entry of all traps, and the way back to user mode.
 *
 * tp and sscratch: in user mode sscratch holds current; in the kernel tp is current and sscratch
 * is 0. One swap at the entry tells both where the trap came from and finds current.
 *
 * From user mode, the registers go to the task's trap frame, at the top of its kernel stack; from
 * the kernel (faults of user accesses, bugs) to a frame on the stack where it is. Interrupts come
 * from user mode only: the kernel runs with sstatus.SIE = 0 and polls for them (arch_irq_window).
 *
 * A system call is done right here when nothing special is up: its arguments are still in
 * a0 .. a5 when the handler is called, and frame.a0 gets only the result. The way back loads
 * every register from the frame, because exec, signals, clone and ptrace change it.
 */
#include <generated/asm-offsets.h>

#include "arch/csr.h"
#include "arch/layout.h"
#include "arch/user_guard.h"

#define SYSCALL_SHIFT 9		/* log2 of SYSCALL_COUNT, entry.h; trap.c asserts it */
#define TIF_SYSCALL_WORK 520	/* as in arch/current.h; trap.c asserts them */
#define TIF_WORK 199

/* All registers but sp, tp, t0 and a0, into or out of the frame at sp. */
.macro	each_register instruction
	\instruction	ra, FRAME_RA(sp)
	\instruction	gp, FRAME_GP(sp)
	\instruction	t1, FRAME_T1(sp)
	\instruction	t2, FRAME_T2(sp)
	\instruction	s0, FRAME_S0(sp)
	\instruction	s1, FRAME_S1(sp)
	\instruction	a1, FRAME_A1(sp)
	\instruction	a2, FRAME_A2(sp)
	\instruction	a3, FRAME_A3(sp)
	\instruction	a4, FRAME_A4(sp)
	\instruction	a5, FRAME_A5(sp)
	\instruction	a6, FRAME_A6(sp)
	\instruction	a7, FRAME_A7(sp)
	\instruction	s2, FRAME_S2(sp)
	\instruction	s3, FRAME_S3(sp)
	\instruction	s4, FRAME_S4(sp)
	\instruction	s5, FRAME_S5(sp)
	\instruction	s6, FRAME_S6(sp)
	\instruction	s7, FRAME_S7(sp)
	\instruction	s8, FRAME_S8(sp)
	\instruction	s9, FRAME_S9(sp)
	\instruction	s10, FRAME_S10(sp)
	\instruction	s11, FRAME_S11(sp)
	\instruction	t3, FRAME_T3(sp)
	\instruction	t4, FRAME_T4(sp)
	\instruction	t5, FRAME_T5(sp)
	\instruction	t6, FRAME_T6(sp)
.endm

	.text
	.balign	64
	.globl trap_entry
trap_entry:
	csrrw	tp, sscratch, tp
	beqz	tp, entry_from_kernel

	sd	sp, TI_USER_SP(tp)
	ld	sp, TI_KERNEL_SP(tp)
	addi	sp, sp, -FRAME_SIZE
	sd	t0, FRAME_T0(sp)
	each_register sd
	ld	t0, TI_USER_SP(tp)
	csrrw	t1, sscratch, zero
	csrr	t2, sepc
	csrr	t3, sstatus
	csrr	t4, scause
	sd	t0, FRAME_SP(sp)
	sd	t1, FRAME_TP(sp)
	sd	t3, FRAME_STATUS(sp)
	li	t5, SCAUSE_ECALL
	bne	t4, t5, user_trap

	ld	t0, TI_FLAGS(tp)
	srli	t1, a7, SYSCALL_SHIFT
	andi	t0, t0, TIF_SYSCALL_WORK
	addi	t2, t2, 4
	sd	t2, FRAME_PC(sp)
	sd	a7, FRAME_SYSCALL(sp)
	sd	a0, FRAME_ORIG_A0(sp)
	or	t0, t0, t1
	bnez	t0, slow_syscall
	lla	t1, syscall_table
	slli	t0, a7, 3
	add	t0, t0, t1
	ld	t0, 0(t0)
	jalr	t0
syscall_done:
	sd	a0, FRAME_A0(sp)

	/* Back to user mode through the frame at sp. */
return_to_user:
	ld	t0, TI_FLAGS(tp)
	andi	t0, t0, TIF_WORK
	bnez	t0, return_work
restore_user:
	ld	t1, FRAME_PC(sp)
	ld	t0, FRAME_STATUS(sp)
	sc.d	zero, t1, (sp)		/* ends any load reservation; rewrites pc, if at all */
	csrw	sepc, t1
	csrw	sstatus, t0
	csrw	sscratch, tp
	each_register ld
	ld	a0, FRAME_A0(sp)
	ld	t0, FRAME_T0(sp)
	ld	tp, FRAME_TP(sp)
	ld	sp, FRAME_SP(sp)
	sret

slow_syscall:
	sd	a0, FRAME_A0(sp)
	mv	a0, sp
	call	entry_syscall_slow
	j	syscall_done

return_work:
	mv	a0, sp
	call	entry_return_work
	j	return_to_user

user_trap:
	sd	a0, FRAME_A0(sp)
	li	t0, -1
	csrr	a2, stval
	ld	a3, FRAME_PC(sp)	/* where the task was last sent, and after which call */
	ld	a4, FRAME_SYSCALL(sp)
	sd	t2, FRAME_PC(sp)
	sd	t0, FRAME_SYSCALL(sp)
	sd	a2, FRAME_BADADDR(sp)
	mv	a0, sp
	mv	a1, t4
	call	trap_from_user
	j	return_to_user

	/* tp is 0 and sscratch holds current. Overflow: the bit that tells the halves of a
	 * stack's slot apart is 0 where the frame would begin. */
entry_from_kernel:
	csrrw	tp, sscratch, tp
	sd	sp, TI_USER_SP(tp)
	addi	sp, sp, -FRAME_SIZE
	slli	sp, sp, 63 - KSTACK_SHIFT
	bgez	sp, stack_overflow
	ld	sp, TI_USER_SP(tp)
	addi	sp, sp, -FRAME_SIZE
	sd	t0, FRAME_T0(sp)
	sd	a0, FRAME_A0(sp)
	each_register sd
	csrr	t2, sepc
	csrr	t3, sstatus
	ld	t0, TI_USER_SP(tp)
	csrr	a1, scause
	csrr	a2, stval
	sd	t2, FRAME_PC(sp)
	sd	t3, FRAME_STATUS(sp)
	sd	t0, FRAME_SP(sp)
	sd	tp, FRAME_TP(sp)
	sd	a2, FRAME_BADADDR(sp)
	li	t0, SSTATUS_SUM		/* a user access was interrupted; the frame keeps it */
	close_user t0
	mv	a0, sp
	call	trap_from_kernel
	ld	t1, FRAME_PC(sp)
	ld	t0, FRAME_STATUS(sp)
	csrw	sepc, t1
	csrw	sstatus, t0
	each_register ld
	ld	a0, FRAME_A0(sp)
	ld	t0, FRAME_T0(sp)
	ld	sp, FRAME_SP(sp)
	sret

	/* One hart at a time may report; any other that comes here meanwhile stops. */
stack_overflow:
	lla	sp, overflow_taken
	amoswap.w.aqrl sp, tp, (sp)
1:	bnez	sp, 1b
	lla	sp, overflow_stack_top
	ld	a0, TI_USER_SP(tp)
	csrr	a1, sepc
	call	trap_stack_overflow

	/* A new task's first instructions; a0 is the task that ran before (switch.S). */
	.globl ret_from_fork
ret_from_fork:
	call	schedule_tail
	j	return_to_user

	.globl arch_enter_user
arch_enter_user:
	ld	sp, TI_KERNEL_SP(tp)
	addi	sp, sp, -FRAME_SIZE
	j	return_to_user

	.globl kernel_task_start
kernel_task_start:
	call	schedule_tail
	mv	a0, s1
	jalr	s0

	.bss
	.balign	4
overflow_taken:
	.zero	4
