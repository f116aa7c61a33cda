/* SPDX-License-Identifier: MIT */
/*
 * The vDSO's image and data page, as the kernel carries them: arch/vdso.h.
 */
	.section .rodata
	.balign	4096
	.globl vdso_image_start
vdso_image_start:
	.incbin	VDSO_PATH
	.balign	4096
	.globl vdso_image_end
vdso_image_end:

	.balign	8
	.globl vdso_data
vdso_data:
	.dword	vdso_page

	.bss
	.balign	4096
vdso_page:
	.zero	4096
