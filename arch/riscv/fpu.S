/* SPDX-License-Identifier: MIT */
/*
 * Moves the floating-point registers to and from a struct fpu_state. sstatus.FS is not Off.
 * Encoded by hand (fsd, fld, fcsr), because the kernel is compiled for harts without floating
 * point.
 */

	.text
/* void fpu_save(struct fpu_state *state) */
	.globl fpu_save
fpu_save:
.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.insn s 0x27, 3, x\n, 8 * \n(a0)
.endr
	csrr	t0, 0x003
	sw	t0, 256(a0)
	ret

/* void fpu_load(const struct fpu_state *state) */
	.globl fpu_load
fpu_load:
.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.insn i 0x07, 3, x\n, 8 * \n(a0)
.endr
	lw	t0, 256(a0)
	csrw	0x003, t0
	ret
