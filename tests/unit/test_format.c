/* SPDX-License-Identifier: MIT */
/* sources: kernel/lib/format.c tests/unit/host.c */
/* flags: -Dvsnprintf=k_vsnprintf -Dsnprintf=k_snprintf -Wno-format */
/*
 * The kernel's printf and number parsing, with what C11 says that they give. The flags rename the
 * functions, so that the host's C library keeps its own; some formats are wrong on purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/format.h"
#include "lib/string.h"

#define assert_format(expected, ...)                                                               \
	do {                                                                                       \
		char buffer[128];                                                                  \
		int length = snprintf(buffer, sizeof(buffer), __VA_ARGS__);                        \
                                                                                                   \
		assert_string_equal(buffer, expected);                                             \
		assert_int_equal(length, strlen(expected));                                        \
	} while (0)

static void test_decimal(void **state)
{
	assert_format("0", "%d", 0);
	assert_format("-2147483648 2147483647", "%d %i", INT32_MIN, INT32_MAX);
	assert_format("-9223372036854775808", "%ld", INT64_MIN);
	assert_format("18446744073709551615", "%lu", UINT64_MAX);
	assert_format("18446744073709551615", "%zu", (size_t)-1);
	assert_format("-1 -1", "%hhd %hd", 0xff, 0xffff);
	assert_format("255 65535 4294967295", "%hhu %hu %u", -1, -1, -1);
	assert_format("-5", "%lld", -5LL);
}

static void test_flags(void **state)
{
	assert_format("   42", "%5d", 42);
	assert_format("42   |", "%-5d|", 42);
	assert_format("00042", "%05d", 42);
	assert_format("-0042", "%05d", -42);
	assert_format("+42 -42", "%+d %+d", 42, -42);
	assert_format(" 42", "% d", 42);
	assert_format("  042", "%5.3d", 42);
	assert_format("  042", "%05.3d", 42);
	assert_format("", "%.0d", 0);
	assert_format("   42|", "%*d|", 5, 42);
	assert_format("42   |", "%*d|", -5, 42);
	assert_format("0042", "%.*d", 4, 42);
	assert_format("123456", "%3d", 123456);
}

static void test_bases(void **state)
{
	assert_format("ff FF 377", "%x %X %o", 255, 255, 255);
	assert_format("0xff 0XFF 0377", "%#x %#X %#o", 255, 255, 255);
	assert_format("0 0", "%#x %#o", 0, 0);
	assert_format("0x00ff", "%#06x", 255);
	assert_format("  0xff", "%#6x", 255);
	assert_format("deadbeefdeadbeef", "%016lx", 0xdeadbeefdeadbeefUL);
	assert_format("1777777777777777777777", "%lo", UINT64_MAX);
	assert_format("0x1000", "%p", (void *)0x1000);
}

static void test_text(void **state)
{
	assert_format("hello", "%s", "hello");
	assert_format("  hi|hi  |", "%4s|%-4s|", "hi", "hi");
	assert_format("hel", "%.3s", "hello");
	assert_format("abc", "%.*s", 3, "abcdef");
	assert_format("(null)", "%s", NULL);
	assert_format("x", "%c", 'x');
	assert_format("  x|x  |", "%3c|%-3c|", 'x', 'x');
	assert_format("100%", "%d%%", 100);
	assert_format("%y 7", "%y %d", 7);
}

static void test_precision_bounds_reading(void **state)
{
	char unterminated[3] = { 'a', 'b', 'c' };

	assert_format("abc", "%.3s", unterminated);
}

static void test_truncation(void **state)
{
	char buffer[8];

	assert_int_equal(snprintf(buffer, sizeof(buffer), "%s", "0123456789"), 10);
	assert_string_equal(buffer, "0123456");
	assert_int_equal(snprintf(buffer, 1, "%d", 12345), 5);
	assert_string_equal(buffer, "");
	assert_int_equal(snprintf(NULL, 0, "%d", 12345), 5);
	assert_int_equal(scnprintf(buffer, sizeof(buffer), "%s", "0123456789"), 7);
	assert_int_equal(scnprintf(buffer, sizeof(buffer), "%s", "01"), 2);
	assert_int_equal(scnprintf(buffer, 0, "%s", "01"), 0);
	assert_int_equal(scnprintf(buffer, sizeof(buffer), "%20d", 1), 7);
	assert_string_equal(buffer, "       ");
}

static void assert_number(u64 expected, size_t used, const char *text, unsigned int base)
{
	const char *end;

	assert_int_equal(parse_number(text, &end, base), expected);
	assert_int_equal(end - text, used);
}

static void test_parse_number(void **state)
{
	assert_number(123, 3, "123abc", 10);
	assert_number(0x123abc, 6, "123abc", 16);
	assert_number(0x1f, 4, "0x1F", 0);
	assert_number(0x1f, 4, "0x1f", 16);
	assert_number(0, 1, "0x", 0);
	assert_number(0, 1, "0xg", 16);
	assert_number(8, 3, "010", 0);
	assert_number(0, 1, "08", 0);
	assert_number(0, 0, "", 10);
	assert_number(0, 0, "-1", 10);
	assert_number(UINT64_MAX, 20, "18446744073709551615", 10);
	assert_number(UINT64_MAX, 20, "18446744073709551616", 10);
	assert_number(UINT64_MAX, 24, "999999999999999999999999", 10);
	assert_int_equal(parse_number("7", NULL, 10), 7);
}

static void test_parse_size(void **state)
{
	const char *end;

	assert_int_equal(parse_size("64M,", &end), 64 * MiB);
	assert_int_equal(*end, ',');
	assert_int_equal(parse_size("0x10k", &end), 16 * KiB);
	assert_int_equal(*end, '\0');
	assert_int_equal(parse_size("2G", NULL), 2 * GiB);
	assert_int_equal(parse_size("100", &end), 100);
	assert_int_equal(parse_size("M", &end), 0);
	assert_int_equal(*end, 'M');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_precision_bounds_reading),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_parse_number),
		cmocka_unit_test(test_parse_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
