/* SPDX-License-Identifier: MIT */
/*
 * Moves the vector registers to and from a struct vector_state (arch/vector.h). sstatus.VS is not
 * Off. Encoded by hand, because the kernel is compiled for harts without vectors. The CSRs: vstart
 * 0x008, vcsr 0x00f, vl 0xc20, vtype 0xc21, vlenb 0xc22.
 */
#define REGISTERS 48

	/* t0: bytes of eight registers, a group */
.macro	all_registers instruction
	.4byte	0x0c3072d7		/* vsetvli t0, zero, e8, m8, ta, ma */
	addi	a1, a0, REGISTERS
	.4byte	\instruction
	add	a1, a1, t0
	.4byte	\instruction + 0x400
	add	a1, a1, t0
	.4byte	\instruction + 0x800
	add	a1, a1, t0
	.4byte	\instruction + 0xc00
.endm

	.text
/* void vector_save(struct vector_state *state) */
	.globl vector_save
vector_save:
	csrr	t0, 0x008
	csrr	t1, 0xc20
	csrr	t2, 0xc21
	csrr	t3, 0x00f
	csrr	t4, 0xc22
	sd	t0, 0(a0)
	sd	t1, 8(a0)
	sd	t2, 16(a0)
	sd	t3, 24(a0)
	sd	t4, 32(a0)
	mv	t5, t0
	csrw	0x008, zero
	all_registers 0x02058027	/* vse8.v v0, (a1) */
	mv	t0, t1
	mv	t1, t2
	.4byte	0x8062f057		/* vsetvl zero, t0, t1: the registers stay the task's */
	csrw	0x008, t5
	ret

/* void vector_load(const struct vector_state *state) */
	.globl vector_load
vector_load:
	csrw	0x008, zero
	all_registers 0x02058007	/* vle8.v v0, (a1) */
	ld	t0, 8(a0)
	ld	t1, 16(a0)
	.4byte	0x8062f057		/* vsetvl zero, t0, t1 */
	ld	t0, 0(a0)
	ld	t1, 24(a0)
	csrw	0x008, t0
	csrw	0x00f, t1
	ret

/* u64 vector_read_length(void) */
	.globl vector_read_length
vector_read_length:
	csrr	a0, 0xc22
	ret
