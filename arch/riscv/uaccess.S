/* SPDX-License-Identifier: MIT */
/*
 * Copies from and to user memory (arch/uaccess.h), as fast as rv64imac without misaligned
 * accesses goes.
 *
 * User memory is open from the first to the last instruction. Each load and store that may touch
 * user memory has an entry in __ex_table. The fixup of the fast loops is the byte loop: pointers
 * move at the end of a round only, so it repeats the round byte by byte until it meets the bad
 * byte itself, and the count of what could not be copied is exact.
 */
#include "arch/user_guard.h"

.macro	guarded fixup, instruction:vararg
9001:	\instruction
	.pushsection __ex_table, "a"
	.balign	8
	.dword	9001b, \fixup
	.popsection
.endm

	.text

/* size_t copy(to, from, size). a3: end of the destination; a6: end of what a loop is to write. */
	.balign	16
	.globl arch_copy_from_user
	.globl arch_copy_to_user
arch_copy_from_user:
arch_copy_to_user:
	open_user t0
	add	a3, a0, a2
	sltiu	t1, a2, 8
	bnez	t1, copy_bytes
	andi	t1, a0, 7
	beqz	t1, 2f
1:	guarded	copy_done, lbu t2, 0(a1)
	guarded	copy_done, sb t2, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	andi	t1, a0, 7
	bnez	t1, 1b
2:	andi	t1, a1, 7
	bnez	t1, copy_shifted

	sub	t1, a3, a0
	andi	t1, t1, -128
	add	a6, a0, t1
	beqz	t1, 4f
3:
.irp	half, 0, 64
	guarded	copy_bytes, ld t1, \half + 0(a1)
	guarded	copy_bytes, ld t2, \half + 8(a1)
	guarded	copy_bytes, ld t3, \half + 16(a1)
	guarded	copy_bytes, ld t4, \half + 24(a1)
	guarded	copy_bytes, ld t5, \half + 32(a1)
	guarded	copy_bytes, ld t6, \half + 40(a1)
	guarded	copy_bytes, ld a4, \half + 48(a1)
	guarded	copy_bytes, ld a5, \half + 56(a1)
	guarded	copy_bytes, sd t1, \half + 0(a0)
	guarded	copy_bytes, sd t2, \half + 8(a0)
	guarded	copy_bytes, sd t3, \half + 16(a0)
	guarded	copy_bytes, sd t4, \half + 24(a0)
	guarded	copy_bytes, sd t5, \half + 32(a0)
	guarded	copy_bytes, sd t6, \half + 40(a0)
	guarded	copy_bytes, sd a4, \half + 48(a0)
	guarded	copy_bytes, sd a5, \half + 56(a0)
.endr
	addi	a0, a0, 128
	addi	a1, a1, 128
	bne	a0, a6, 3b

4:	sub	t1, a3, a0
	andi	t1, t1, -32
	add	a6, a0, t1
	beqz	t1, 6f
5:	guarded	copy_bytes, ld t1, 0(a1)
	guarded	copy_bytes, ld t2, 8(a1)
	guarded	copy_bytes, ld t3, 16(a1)
	guarded	copy_bytes, ld t4, 24(a1)
	guarded	copy_bytes, sd t1, 0(a0)
	guarded	copy_bytes, sd t2, 8(a0)
	guarded	copy_bytes, sd t3, 16(a0)
	guarded	copy_bytes, sd t4, 24(a0)
	addi	a0, a0, 32
	addi	a1, a1, 32
	bne	a0, a6, 5b

6:	sub	t1, a3, a0
	andi	t1, t1, -8
	add	a6, a0, t1
	beqz	t1, copy_bytes
7:	guarded	copy_bytes, ld t1, 0(a1)
	guarded	copy_bytes, sd t1, 0(a0)
	addi	a0, a0, 8
	addi	a1, a1, 8
	bne	a0, a6, 7b

copy_bytes:
	beq	a0, a3, copy_done
8:	guarded	copy_done, lbu t1, 0(a1)
	guarded	copy_done, sb t1, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	bne	a0, a3, 8b
copy_done:
	sub	a0, a3, a0
	close_user t0
	ret

/* The destination is aligned, the source is not: each word is joined from two aligned source
 * words, every one of which holds bytes of the source, so none lies on a page that does not. a5:
 * aligned source; t1, t2: shifts in bits; t3: the word before. */
copy_shifted:
	sub	a4, a3, a0
	andi	a4, a4, -16
	beqz	a4, copy_bytes
	add	a6, a0, a4
	slli	t1, t1, 3
	neg	t2, t1
	andi	a5, a1, -8
	guarded	copy_bytes, ld t3, 0(a5)
1:	guarded	copy_unshift, ld t4, 8(a5)
	guarded	copy_unshift, ld a7, 16(a5)
	srl	t5, t3, t1
	sll	t6, t4, t2
	or	t5, t5, t6
	srl	t4, t4, t1
	sll	t6, a7, t2
	or	t4, t4, t6
	guarded	copy_unshift, sd t5, 0(a0)
	guarded	copy_unshift, sd t4, 8(a0)
	mv	t3, a7
	addi	a5, a5, 16
	addi	a0, a0, 16
	bne	a0, a6, 1b
copy_unshift:
	srli	t1, t1, 3
	add	a1, a5, t1
	j	copy_bytes

/* size_t arch_clear_user(to, size) */
	.balign	16
	.globl arch_clear_user
arch_clear_user:
	open_user t0
	add	a3, a0, a1
	sltiu	t1, a1, 8
	bnez	t1, clear_bytes
	andi	t1, a0, 7
	beqz	t1, 2f
1:	guarded	clear_done, sb zero, 0(a0)
	addi	a0, a0, 1
	andi	t1, a0, 7
	bnez	t1, 1b
2:	sub	t1, a3, a0
	andi	t1, t1, -64
	add	a6, a0, t1
	beqz	t1, 4f
3:
.irp	offset, 0, 8, 16, 24, 32, 40, 48, 56
	guarded	clear_bytes, sd zero, \offset(a0)
.endr
	addi	a0, a0, 64
	bne	a0, a6, 3b
4:	sub	t1, a3, a0
	andi	t1, t1, -8
	add	a6, a0, t1
	beqz	t1, clear_bytes
5:	guarded	clear_bytes, sd zero, 0(a0)
	addi	a0, a0, 8
	bne	a0, a6, 5b
clear_bytes:
	beq	a0, a3, clear_done
6:	guarded	clear_done, sb zero, 0(a0)
	addi	a0, a0, 1
	bne	a0, a3, 6b
clear_done:
	sub	a0, a3, a0
	close_user t0
	ret

/* long arch_copy_string_from_user(to, from, size). Word by word while both are equally aligned
 * and the word holds no zero byte: (word - 0x01..01) & ~word & 0x80..80 is not 0 when it does. */
	.balign	16
	.globl arch_copy_string_from_user
arch_copy_string_from_user:
	open_user t0
	mv	a3, a0
	add	a4, a0, a2
	xor	t1, a0, a1
	andi	t1, t1, 7
	bnez	t1, string_bytes
1:	andi	t1, a0, 7
	beqz	t1, 2f
	beq	a0, a4, string_done
	guarded	string_fault, lbu t2, 0(a1)
	sb	t2, 0(a0)
	beqz	t2, string_done
	addi	a0, a0, 1
	addi	a1, a1, 1
	j	1b
2:	sub	t1, a4, a0
	andi	t1, t1, -8
	beqz	t1, string_bytes
	add	a6, a0, t1
	lla	t3, low_bits
	ld	t3, 0(t3)
	slli	t4, t3, 7
3:	guarded	string_fault, ld t2, 0(a1)
	sub	t5, t2, t3
	not	t6, t2
	and	t5, t5, t6
	and	t5, t5, t4
	bnez	t5, string_bytes
	sd	t2, 0(a0)
	addi	a0, a0, 8
	addi	a1, a1, 8
	bne	a0, a6, 3b
string_bytes:
	beq	a0, a4, string_done
4:	guarded	string_fault, lbu t2, 0(a1)
	sb	t2, 0(a0)
	beqz	t2, string_done
	addi	a0, a0, 1
	addi	a1, a1, 1
	bne	a0, a4, 4b
string_done:
	sub	a0, a0, a3
	close_user t0
	ret
string_fault:
	li	a0, -14			/* -EFAULT */
	close_user t0
	ret

	.section .rodata
	.balign	8
low_bits:
	.dword	0x0101010101010101
