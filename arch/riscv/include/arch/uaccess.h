/* SPDX-License-Identifier: MIT */
/*
 * Access to user memory (open for the access only: arch/user_guard.h), safe against faults: each
 * instruction that touches user memory has an entry in __ex_table; a fault there asks
 * entry_kernel_fault() first, and takes the fixup when it fails. A fixup stands in a subsection,
 * behind the code of its own section: GNU as 2.44, told not to relax, forgets the relocation of a
 * jump to a local label of another section.
 *
 * The range must have been checked to lie below USER_END (vm/usercopy.h does). May sleep in a
 * fault.
 */
#ifndef ARCH_UACCESS_H
#define ARCH_UACCESS_H

#include "arch/layout.h"
#include "arch/user_guard.h"
#include "lib/errno.h"
#include "lib/types.h"

/* Bytes that could NOT be copied: 0 is success. uaccess.S */
size_t arch_copy_from_user(void *to, uaddr_t from, size_t size) must_check;
size_t arch_copy_to_user(uaddr_t to, const void *from, size_t size) must_check;
size_t arch_clear_user(uaddr_t to, size_t size) must_check;
/* Copies a string with its terminator; returns its length without it, size when there is no
 * terminator in the first size bytes, -EFAULT. */
long arch_copy_string_from_user(char *to, uaddr_t from, size_t size) must_check;

/* Atomic operations on an aligned 32-bit user word (futex): 0 or -EFAULT; *old gets the value
 * before. */
int arch_user_cmpxchg32(uaddr_t address, u32 expected, u32 value, u32 *old) must_check;
enum user_op { USER_OP_SET, USER_OP_ADD, USER_OP_OR, USER_OP_ANDN, USER_OP_XOR };
int arch_user_fetch_op32(uaddr_t address, enum user_op op, u32 operand, u32 *old) must_check;

#define ARCH_DEFINE_GET_USER(bits, instruction)                                                    \
	static inline must_check int arch_get_user##bits(u##bits *value, uaddr_t address)          \
	{                                                                                          \
		int error = 0;                                                                     \
		u##bits got = 0;                                                                   \
		open_user();                                                                       \
		__asm__ volatile("1: " instruction " %1, 0(%2)\n"                                  \
				 "2:\n"                                                            \
				 ".subsection 1\n"                                                 \
				 "3: li %0, %3\n"                                                  \
				 "j 2b\n"                                                          \
				 ".previous\n"                                                     \
				 ".pushsection __ex_table, \"a\"\n"                                \
				 ".balign 8\n"                                                     \
				 ".dword 1b, 3b\n"                                                 \
				 ".popsection\n"                                                   \
				 : "+r"(error), "+r"(got)                                          \
				 : "r"(address), "i"(-EFAULT)                                      \
				 : "memory");                                                      \
		close_user();                                                                      \
		*value = got;                                                                      \
		return error;                                                                      \
	}

#define ARCH_DEFINE_PUT_USER(bits, instruction)                                                    \
	static inline must_check int arch_put_user##bits(u##bits value, uaddr_t address)           \
	{                                                                                          \
		int error = 0;                                                                     \
		open_user();                                                                       \
		__asm__ volatile("1: " instruction " %1, 0(%2)\n"                                  \
				 "2:\n"                                                            \
				 ".subsection 1\n"                                                 \
				 "3: li %0, %3\n"                                                  \
				 "j 2b\n"                                                          \
				 ".previous\n"                                                     \
				 ".pushsection __ex_table, \"a\"\n"                                \
				 ".balign 8\n"                                                     \
				 ".dword 1b, 3b\n"                                                 \
				 ".popsection\n"                                                   \
				 : "+r"(error)                                                     \
				 : "r"(value), "r"(address), "i"(-EFAULT)                          \
				 : "memory");                                                      \
		close_user();                                                                      \
		return error;                                                                      \
	}

ARCH_DEFINE_GET_USER(8, "lbu")
ARCH_DEFINE_GET_USER(32, "lwu")
ARCH_DEFINE_GET_USER(64, "ld")
ARCH_DEFINE_PUT_USER(8, "sb")
ARCH_DEFINE_PUT_USER(32, "sw")
ARCH_DEFINE_PUT_USER(64, "sd")

#endif
