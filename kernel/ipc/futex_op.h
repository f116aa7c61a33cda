/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAKE_OP's argument: an operation on the second word and a test of its old value. Pure:
 * tests/unit/test_futex_op.c.
 */
#ifndef IPC_FUTEX_OP_H
#define IPC_FUTEX_OP_H

#include "lib/types.h"

struct futex_op {
	u8 op;	    /* 0 set, 1 add, 2 or, 3 and-not, 4 xor */
	u8 compare; /* 0 ==, 1 !=, 2 <, 3 <=, 4 >, 5 >= */
	s32 operand;
	s32 against; /* what the old value is compared with */
};

/* Takes the argument apart (futex(2), FUTEX_WAKE_OP). 0, or -ENOSYS for what does not exist. */
int futex_op_decode(u32 encoded, struct futex_op *op) must_check;
/* The test: does the second futex get its wake-up? */
bool futex_op_compare(const struct futex_op *op, s32 old);

#endif
