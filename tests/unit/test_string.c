/* SPDX-License-Identifier: MIT */
/* sources: kernel/lib/string.c tests/unit/host.c */
/* flags: -Dmemcpy=k_memcpy -Dmemmove=k_memmove -Dmemset=k_memset -Dmemcmp=k_memcmp
 * -Dmemchr=k_memchr -Dstrlen=k_strlen -Dstrnlen=k_strnlen -Dstrcmp=k_strcmp -Dstrncmp=k_strncmp
 * -Dstrchr=k_strchr -Dstrrchr=k_strrchr -Dstrstr=k_strstr -Dstrlcpy=k_strlcpy */
/*
 * Memory and string functions against byte-by-byte definitions: all sizes up to a few blocks, at
 * all alignments, with every byte beside the run checked. The flags rename the kernel's functions,
 * so that the host's C library keeps its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/string.h"

enum { SIZE_MAX_TESTED = 210, MARGIN = 16, AREA = SIZE_MAX_TESTED + 2 * MARGIN };

static u8 source[AREA], target[AREA], expected[AREA];

static void fill_random(u8 *area)
{
	for (size_t i = 0; i < AREA; i++)
		area[i] = (u8)host_random();
}

static void copy_plainly(u8 *to, const u8 *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[i];
}

static void assert_same(const u8 *a, const u8 *b)
{
	for (size_t i = 0; i < AREA; i++)
		if (a[i] != b[i])
			fail_msg("byte %zu is %02x, not %02x", i, a[i], b[i]);
}

static void test_memcpy(void **state)
{
	fill_random(source);
	for (size_t size = 0; size <= SIZE_MAX_TESTED; size++) {
		for (size_t to = 0; to < 8; to++) {
			for (size_t from = 0; from < 8; from++) {
				fill_random(target);
				copy_plainly(expected, target, AREA);
				copy_plainly(expected + MARGIN + to, source + from, size);
				assert_ptr_equal(memcpy(target + MARGIN + to, source + from, size),
						 target + MARGIN + to);
				assert_same(target, expected);
			}
		}
	}
}

static void test_memmove(void **state)
{
	u8 original[AREA];

	for (size_t size = 0; size <= 80; size++) {
		for (size_t to = 0; to < 80; to += 1 + to / 20) {
			for (size_t from = 0; from < 80; from += 1 + from / 20) {
				fill_random(target);
				copy_plainly(original, target, AREA);
				copy_plainly(expected, target, AREA);
				copy_plainly(expected + to, original + from, size);
				assert_ptr_equal(memmove(target + to, target + from, size),
						 target + to);
				assert_same(target, expected);
			}
		}
	}
}

static void test_memset(void **state)
{
	for (size_t size = 0; size <= SIZE_MAX_TESTED; size++) {
		for (size_t at = 0; at < 8; at++) {
			fill_random(target);
			copy_plainly(expected, target, AREA);
			for (size_t i = 0; i < size; i++)
				expected[MARGIN + at + i] = 0xc3;
			assert_ptr_equal(memset(target + MARGIN + at, 0x1c3, size),
					 target + MARGIN + at);
			assert_same(target, expected);
		}
	}
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void test_memcmp(void **state)
{
	for (size_t size = 1; size <= 40; size++) {
		for (size_t a = 0; a < 8; a++) {
			for (size_t b = 0; b < 8; b++) {
				fill_random(source);
				copy_plainly(target + b, source + a, size);
				assert_int_equal(memcmp(source + a, target + b, size), 0);
				for (size_t i = 0; i < size; i++) {
					u8 kept = target[b + i];

					target[b + i] ^= 0x80;
					assert_int_equal(sign(memcmp(source + a, target + b, size)),
							 sign(source[a + i] - target[b + i]));
					assert_int_equal(memcmp(source + a, target + b, i), 0);
					target[b + i] = kept;
				}
			}
		}
	}
	assert_int_equal(memcmp("a", "b", 0), 0);
}

static void test_memchr(void **state)
{
	for (size_t at = 0; at < 8; at++) {
		for (size_t size = 0; size < 40; size++) {
			for (size_t i = 0; i < AREA; i++)
				target[i] = 0x80 + i % 2; /* near misses of 0x00 and 0x81 */
			target[at + size] = 0;
			assert_null(memchr(target + at, 0, size));
			assert_ptr_equal(memchr(target + at, 0, size + 1), target + at + size);
			assert_int_equal(strlen((char *)target + at), size);
			assert_int_equal(strnlen((char *)target + at, size + 9), size);
			assert_int_equal(strnlen((char *)target + at, size / 2), size / 2);
		}
	}
}

static void test_strcmp(void **state)
{
	char a[64], b[64];

	for (size_t shift_a = 0; shift_a < 8; shift_a++) {
		for (size_t shift_b = 0; shift_b < 8; shift_b++) {
			memset(a, 'x', sizeof(a));
			memset(b, 'x', sizeof(b));
			a[shift_a + 30] = b[shift_b + 30] = '\0';
			assert_int_equal(strcmp(a + shift_a, b + shift_b), 0);
			assert_int_equal(strncmp(a + shift_a, b + shift_b, 50), 0);
			b[shift_b + 20] = '\xff';
			assert_true(strcmp(a + shift_a, b + shift_b) < 0);
			assert_true(strncmp(b + shift_b, a + shift_a, 21) > 0);
			assert_int_equal(strncmp(a + shift_a, b + shift_b, 20), 0);
			b[shift_b + 20] = '\0';
			assert_true(strcmp(a + shift_a, b + shift_b) > 0);
		}
	}
	assert_true(strcmp("", "a") < 0);
	assert_int_equal(strcmp("", ""), 0);
}

static void test_search(void **state)
{
	const char *text = "one/two/three";

	assert_ptr_equal(strchr(text, '/'), text + 3);
	assert_ptr_equal(strrchr(text, '/'), text + 7);
	assert_ptr_equal(strchr(text, '\0'), text + 13);
	assert_ptr_equal(strrchr(text, '\0'), text + 13);
	assert_null(strchr(text, 'z'));
	assert_null(strrchr(text, 'z'));
}

static void test_strlcpy(void **state)
{
	char buffer[8];

	assert_int_equal(strlcpy(buffer, "short", sizeof(buffer)), 5);
	assert_string_equal(buffer, "short");
	assert_int_equal(strlcpy(buffer, "much too long", sizeof(buffer)), 13);
	assert_string_equal(buffer, "much to");
	assert_int_equal(strlcpy(buffer, "abc", 1), 3);
	assert_string_equal(buffer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy), cmocka_unit_test(test_memmove),
		cmocka_unit_test(test_memset), cmocka_unit_test(test_memcmp),
		cmocka_unit_test(test_memchr), cmocka_unit_test(test_strcmp),
		cmocka_unit_test(test_search), cmocka_unit_test(test_strlcpy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
