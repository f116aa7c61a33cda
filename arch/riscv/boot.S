/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a hart: the Linux image header, the early map, the way to kernel_main().
 *
 * Firmware enters _start on one hart with a0 = hart id, a1 = physical address of the device tree,
 * satp = 0 and interrupts off (Linux Documentation/arch/riscv/boot.rst; image header as in
 * boot-image-header.rst). The image may lie at any 2 MiB boundary; everything before the jump to
 * virtual addresses is position independent. Other harts are started one by one through SBI HSM
 * and enter secondary_start.
 *
 * The early map: the image at KERNEL_BASE in 2 MiB pages, all rights; the direct map in 1 GiB
 * pages. Both are replaced by arch_mmu_init(). The MMU is turned on with stvec pointing at the
 * next instruction's virtual address: the fetch at the physical one faults, and lands there.
 */
#include <generated/asm-offsets.h>

#include "arch/csr.h"
#include "arch/layout.h"

	.section .head.text, "ax"
	.globl _start
_start:
	.option push
	.option norvc
	j	boot
	nop
	.option pop
	.dword	0x200000		/* distance from the start of memory */
	.dword	image_size
	.dword	0			/* flags: little-endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\005"
	.word	0

/* Leaves physical addressing: t0 = value for satp. Uses t1, t2. Returns to the virtual twin of
 * ra. */
enable_mmu:
	lla	t1, _start
	li	t2, KERNEL_BASE
	sub	t2, t2, t1		/* virtual - physical */
	add	ra, ra, t2
	csrw	stvec, ra
	sfence.vma
	csrw	satp, t0
	ret				/* for the case that both addresses are mapped */

boot:
	csrw	sie, zero
	csrw	sip, zero
	lla	t0, boot_taken
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, late
	mv	s0, a0
	mv	s1, a1
	lla	s2, _start
	slli	t0, s2, 43		/* the low 21 bits: not on a 2 MiB boundary */
	bnez	t0, park

	lla	t0, __bss_start
	lla	t1, __bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	/* Direct map: entries 256 .. 383 of the root. */
	lla	s3, early_root
	li	t0, 256 * 8
	add	t0, t0, s3
	li	t1, EARLY_DATA
	li	t2, 1 << (30 - 12 + 10)
	li	t3, DIRECT_MAP_SIZE >> 30
1:	sd	t1, 0(t0)
	add	t1, t1, t2
	addi	t0, t0, 8
	addi	t3, t3, -1
	bnez	t3, 1b

	/* Image: entry 510 of the root points to a table of 2 MiB pages. */
	lla	t0, early_image
	srli	t1, t0, 2
	ori	t1, t1, EARLY_TABLE
	li	t2, 510 * 8
	add	t2, t2, s3
	sd	t1, 0(t2)
	srli	t1, s2, 2
	ori	t1, t1, EARLY_CODE
	li	t2, 1 << (21 - 12 + 10)
	lla	t3, __kernel_end
1:	sd	t1, 0(t0)
	add	t1, t1, t2
	addi	t0, t0, 8
	li	t4, 1 << 21
	add	s2, s2, t4
	bltu	s2, t3, 1b

	lla	t1, _start
	lla	t2, kernel_phys_base
	sd	t1, 0(t2)

	srli	t0, s3, 12
	li	t1, SATP_MODE_SV39
	or	t0, t0, t1
	.balign	4			/* stvec holds no other addresses */
	call	enable_mmu

	lla	t0, trap_entry
	csrw	stvec, t0
	csrw	sscratch, zero
	lla	tp, init_task
	lla	sp, boot_stack
	li	t0, KSTACK_SIZE
	add	sp, sp, t0
	sd	sp, TI_KERNEL_SP(tp)
	mv	a0, s0
	mv	a1, s1
	tail	kernel_main

	/* A second hart. OpenSBI 1.1 tells a hart that it may start before it says where, so that
	 * one that just looks comes here: it goes on as the one that smp.c is starting, if it is. */
late:
	fence
	lla	t0, hart_starting
	ld	a1, 0(t0)
	beqz	a1, park
	ld	t0, START_HARTID(a1)
	bne	a0, t0, park

	.globl secondary_start
secondary_start:
	csrw	sie, zero
	li	t0, 1			/* START_TAKEN */
	addi	t1, a1, START_CLAIM
	amoswap.w.aqrl t0, t0, (t1)
	bnez	t0, park		/* too late: the boot hart has gone on without this one */
	ld	s0, START_IDLE(a1)
	lla	t0, kernel_satp
	ld	t0, 0(t0)
	.balign	4			/* stvec holds no other addresses */
	call	enable_mmu

	lla	t0, trap_entry
	csrw	stvec, t0
	csrw	sscratch, zero
	mv	tp, s0
	ld	sp, TI_KERNEL_SP(tp)
	tail	secondary_main

park:
	wfi
	j	park

	.data
	.balign	4
boot_taken:
	.word	0			/* a hart boots */

	/* The stack lies in the upper half of an aligned slot, like those of mm/kstack, so that
	 * the trap entry's test for overflows holds for it too. The lower half serves as the
	 * stack on which an overflow of any stack is reported. */
	.bss
	.balign	2 * KSTACK_SIZE
	.globl overflow_stack_top
	.zero	KSTACK_SIZE
overflow_stack_top:
	.globl boot_stack
boot_stack:
	.zero	KSTACK_SIZE

	.balign	4096
early_root:
	.zero	4096
early_image:
	.zero	4096
