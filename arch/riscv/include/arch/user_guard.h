/* SPDX-License-Identifier: MIT */
/*
 * Opening user memory to the kernel, and closing it, by sstatus.SUM; for arch code and its
 * assembly. Each place is listed in .user_guard, as user_guard.c may have to do without.
 */
#ifndef ARCH_USER_GUARD_H
#define ARCH_USER_GUARD_H

#include "arch/csr.h"

#ifdef __ASSEMBLER__

/* Leaves SSTATUS_SUM in the register, which close_user wants there. */
.macro	open_user register
	li	\register, SSTATUS_SUM
	guard_change csrs, \register
.endm

.macro	close_user register
	guard_change csrc, \register
.endm

.macro	guard_change instruction, register
9002:	\instruction sstatus, \register
	.pushsection .user_guard, "a"
	.balign	8
	.dword	9002b
	.popsection
.endm

#else

#define USER_GUARD_CHANGE(instruction)                                                             \
	__asm__ volatile("1: " instruction " sstatus, %0\n"                                        \
			 ".pushsection .user_guard, \"a\"\n"                                       \
			 ".balign 8\n"                                                             \
			 ".dword 1b\n"                                                             \
			 ".popsection\n"                                                           \
			 :                                                                         \
			 : "r"(SSTATUS_SUM)                                                        \
			 : "memory")

static inline void open_user(void)
{
	USER_GUARD_CHANGE("csrs");
}

static inline void close_user(void)
{
	USER_GUARD_CHANGE("csrc");
}

#endif
#endif
