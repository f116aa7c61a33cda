/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE_OP's argument (futex_op.h): op 4 bits, cmp 4, oparg 12, cmparg 12, from the top. Pure.
 */
#include "ipc/futex_op.h"

#include "lib/errno.h"

enum {
	OP_COUNT = 5,
	OP_SHIFTED = 8, /* bit of op: the operand is 1 << oparg */
	COMPARE_COUNT = 6,
};

static s32 sign_extend_12(u32 field)
{
	return (s32)(field << 20) >> 20;
}

int futex_op_decode(u32 encoded, struct futex_op *op)
{
	u32 operation = encoded >> 28;

	op->op = operation & ~OP_SHIFTED;
	op->compare = encoded >> 24 & 15;
	op->operand = sign_extend_12(encoded >> 12 & 0xfff);
	op->against = sign_extend_12(encoded & 0xfff);
	if (operation & OP_SHIFTED)
		op->operand = (s32)(1u << (op->operand & 31));
	return op->op < OP_COUNT && op->compare < COMPARE_COUNT ? 0 : -ENOSYS;
}

bool futex_op_compare(const struct futex_op *op, s32 old)
{
	switch (op->compare) {
	case 0: return old == op->against;
	case 1: return old != op->against;
	case 2: return old < op->against;
	case 3: return old <= op->against;
	case 4: return old > op->against;
	}
	return old >= op->against;
}
