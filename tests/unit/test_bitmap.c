/* SPDX-License-Identifier: MIT */
/* sources: kernel/lib/bitmap.c tests/unit/host.c */
/*
 * Bit searches against bit-by-bit definitions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/bitmap.h"

enum { BITS = 200 };

static void test_word(void **state)
{
	for (unsigned int bit = 0; bit < BITS_PER_WORD; bit++) {
		assert_int_equal(lowest_bit((u64)1 << bit), bit);
		assert_int_equal(lowest_bit(~(u64)0 << bit), bit);
	}
}

static unsigned long find_plainly(const u64 *map, unsigned long bits, unsigned long from,
				  bool value)
{
	while (from < bits && bitmap_test(map, from) != value)
		from++;
	return MIN(from, bits);
}

static void test_find(void **state)
{
	u64 map[BITMAP_WORDS(BITS)] = { 0 };

	assert_int_equal(bitmap_find_set(map, BITS, 0), BITS);
	for (int i = 0; i < 300; i++) {
		unsigned long bit = host_random() % BITS;
		unsigned long bits = 1 + host_random() % BITS;

		if (bitmap_test(map, bit))
			bitmap_clear(map, bit);
		else
			bitmap_set(map, bit);
		for (unsigned long from = 0; from < bits; from++) {
			assert_int_equal(bitmap_find_set(map, bits, from),
					 find_plainly(map, bits, from, true));
			assert_int_equal(bitmap_find_clear(map, bits, from),
					 find_plainly(map, bits, from, false));
		}
		assert_int_equal(bitmap_find_set(map, bits, bits), bits);
		assert_int_equal(bitmap_find_set(map, bits, bits + 70), bits);
	}
}

static void test_each_hart(void **state)
{
	hartmask_t mask = hartmask_of(0) | hartmask_of(5) | hartmask_of(63);
	hartmask_t seen = 0;
	unsigned int hart;

	for_each_hart_in (hart, mask)
		seen |= hartmask_of(hart);
	assert_int_equal(seen, mask);
	for_each_hart_in (hart, (hartmask_t)0)
		fail();
}

static void test_zero_word(void **state)
{
	expect_panic("word != 0", lowest_bit(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_each_hart),
		cmocka_unit_test(test_zero_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
