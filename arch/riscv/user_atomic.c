/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations on a word of user memory, for futexes: arch/uaccess.h. May sleep in a fault.
 */
#include "arch/uaccess.h"
#include "arch/user_guard.h"

/* Guards the instruction at a label: a fault that stays unresolved goes on at 9, then 8, with
 * -EFAULT. */
#define USER_FIXUP(label)                                                                          \
	".pushsection __ex_table, \"a\"\n"                                                         \
	".balign 8\n"                                                                              \
	".dword " label ", 9f\n"                                                                   \
	".popsection\n"

#define USER_FIXUP_END                                                                             \
	".subsection 1\n"                                                                          \
	"9: li %[error], %[efault]\n"                                                              \
	"j 8b\n"                                                                                   \
	".previous\n"

int arch_user_cmpxchg32(uaddr_t address, u32 expected, u32 value, u32 *old)
{
	int error = 0;
	u64 failed;
	s32 seen = 0;

	open_user();
	__asm__ volatile("1: lr.w.aqrl %[seen], (%[address])\n"
			 "bne %[seen], %[expected], 8f\n"
			 "2: sc.w.rl %[failed], %[value], (%[address])\n"
			 "bnez %[failed], 1b\n"
			 "8:\n" USER_FIXUP("1b") USER_FIXUP("2b") USER_FIXUP_END
			 : [error] "+r"(error), [seen] "+&r"(seen), [failed] "=&r"(failed)
			 : [address] "r"(address), [expected] "r"((s64)(s32)expected),
			   [value] "r"(value), [efault] "i"(-EFAULT)
			 : "memory");
	close_user();
	*old = seen;
	return error;
}

#define USER_AMO(instruction)                                                                      \
	__asm__ volatile("1: " instruction ".aqrl %[seen], %[operand], (%[address])\n"             \
			 "8:\n" USER_FIXUP("1b") USER_FIXUP_END                                    \
			 : [error] "+r"(error), [seen] "+&r"(seen)                                 \
			 : [address] "r"(address), [operand] "r"(operand), [efault] "i"(-EFAULT)   \
			 : "memory")

int arch_user_fetch_op32(uaddr_t address, enum user_op op, u32 operand, u32 *old)
{
	int error = 0;
	u32 seen = 0;

	open_user();
	switch (op) {
	case USER_OP_SET: USER_AMO("amoswap.w"); break;
	case USER_OP_ADD: USER_AMO("amoadd.w"); break;
	case USER_OP_OR: USER_AMO("amoor.w"); break;
	case USER_OP_ANDN:
		operand = ~operand;
		USER_AMO("amoand.w");
		break;
	case USER_OP_XOR: USER_AMO("amoxor.w"); break;
	}
	close_user();
	*old = seen;
	return error;
}
