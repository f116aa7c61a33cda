/* SPDX-License-Identifier: MIT */
/* sources: kernel/ipc/futex_op.c */
/*
 * FUTEX_WAKE_OP's argument: every operation and test, signs, and what does not exist.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ipc/futex_op.h"
#include "lib/errno.h"

/* As the macro FUTEX_OP of futex(2). */
static u32 encode(u32 op, s32 operand, u32 compare, s32 against)
{
	return op << 28 | compare << 24 | ((u32)operand & 0xfff) << 12 | ((u32)against & 0xfff);
}

static void test_decode(void **state)
{
	struct futex_op op;

	for (u32 operation = 0; operation < 5; operation++)
		for (u32 compare = 0; compare < 6; compare++) {
			assert_int_equal(futex_op_decode(encode(operation, -3, compare, 2047), &op),
					 0);
			assert_int_equal(op.op, operation);
			assert_int_equal(op.compare, compare);
			assert_int_equal(op.operand, -3);
			assert_int_equal(op.against, 2047);
		}
	assert_int_equal(futex_op_decode(encode(0, 2047, 0, -2048), &op), 0);
	assert_int_equal(op.operand, 2047);
	assert_int_equal(op.against, -2048);
}

static void test_shifted_operand(void **state)
{
	struct futex_op op;

	for (int bit = 0; bit < 32; bit++) {
		assert_int_equal(futex_op_decode(encode(8 | 2, bit, 0, 0), &op), 0);
		assert_int_equal(op.op, 2);
		assert_int_equal((u32)op.operand, 1u << bit);
	}
	/* Out of range: the low five bits count, as on Linux. */
	assert_int_equal(futex_op_decode(encode(8, 33, 0, 0), &op), 0);
	assert_int_equal(op.operand, 2);
}

static void test_unknown(void **state)
{
	struct futex_op op;

	for (u32 operation = 5; operation < 8; operation++)
		assert_int_equal(futex_op_decode(encode(operation, 1, 0, 0), &op), -ENOSYS);
	for (u32 compare = 6; compare < 16; compare++)
		assert_int_equal(futex_op_decode(encode(1, 1, compare, 0), &op), -ENOSYS);
}

static bool holds(u32 compare, s32 old, s32 against)
{
	struct futex_op op;

	assert_int_equal(futex_op_decode(encode(0, 0, compare, against), &op), 0);
	return futex_op_compare(&op, old);
}

static void test_compare(void **state)
{
	static const s32 values[] = { -2048, -1, 0, 1, 2047 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
			s32 old = values[i], against = values[j];

			assert_int_equal(holds(0, old, against), old == against);
			assert_int_equal(holds(1, old, against), old != against);
			assert_int_equal(holds(2, old, against), old < against);
			assert_int_equal(holds(3, old, against), old <= against);
			assert_int_equal(holds(4, old, against), old > against);
			assert_int_equal(holds(5, old, against), old >= against);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_shifted_operand),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
