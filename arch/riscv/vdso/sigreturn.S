/* SPDX-License-Identifier: MIT */
/*
 * Where signal handlers return to. Debuggers and unwinders know a signal frame by exactly these
 * two instructions, uncompressed.
 */
	.text
	.option	norvc
	.balign	16
	.globl __vdso_rt_sigreturn
	.type __vdso_rt_sigreturn, @function
__vdso_rt_sigreturn:
	li	a7, 139
	ecall
	.size __vdso_rt_sigreturn, . - __vdso_rt_sigreturn
