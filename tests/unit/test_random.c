/* SPDX-License-Identifier: MIT */
/* sources: kernel/base/random.c kernel/base/lock.c kernel/base/lockdep.c kernel/lib/chacha.c
 * tests/unit/host.c */
/*
 * The random generator: the ChaCha20 block function gives RFC 8439's test vector; output
 * does not repeat, depends on seeds, and fills exactly what it is asked to fill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/chacha.h"
#include "lib/random.h"
#include "lib/string.h"

unsigned long perhart_offset[MAX_HARTS];

/* RFC 8439, section 2.3.2. */
static void test_block_vector(void **state)
{
	static const u8 expected[CHACHA_BLOCK_SIZE] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
		0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
		0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
		0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
		0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
	};
	u32 words[CHACHA_STATE_WORDS];
	u8 key[CHACHA_KEY_SIZE], output[CHACHA_BLOCK_SIZE];

	for (int i = 0; i < CHACHA_KEY_SIZE; i++)
		key[i] = i;
	chacha_init(words, key);
	words[12] = 1; /* block counter */
	words[13] = 0x09000000;
	words[14] = 0x4a000000;
	words[15] = 0;
	chacha_block(words, output);
	assert_memory_equal(output, expected, sizeof(expected));
	assert_int_equal(words[12], 2);
}

static void test_sizes(void **state)
{
	u8 buffer[300];

	for (size_t size = 0; size < sizeof(buffer) - 1; size++) {
		unsigned int zeros = 0;

		memset(buffer, 0, sizeof(buffer));
		random_bytes(buffer, size);
		for (size_t i = 0; i < size; i++)
			zeros += !buffer[i];
		assert_true(zeros <= 5 + size / 20);
		assert_int_equal(buffer[size], 0);
	}
}

static void test_no_repeats(void **state)
{
	u64 seen[500];

	for (int i = 0; i < 500; i++) {
		seen[i] = random_u64();
		for (int j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
	}
}

/* Each bit of many numbers is 1 in about half of them. */
static void test_balance(void **state)
{
	enum { DRAWS = 4000 };
	int ones[64] = { 0 };

	for (int i = 0; i < DRAWS; i++) {
		u64 word = random_u64();

		for (int bit = 0; bit < 64; bit++)
			ones[bit] += word >> bit & 1;
	}
	for (int bit = 0; bit < 64; bit++)
		assert_in_range(ones[bit], DRAWS * 45 / 100, DRAWS * 55 / 100);
}

static void test_seed(void **state)
{
	static const char seed[] =
		"more than thirty-two bytes of seed, so that it takes two rounds";
	u64 before = random_u64();

	random_seed(seed, sizeof(seed));
	assert_int_not_equal(random_u64(), before);
	random_seed(seed, 0);
	assert_int_not_equal(random_u64(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block_vector), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_no_repeats),   cmocka_unit_test(test_balance),
		cmocka_unit_test(test_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
