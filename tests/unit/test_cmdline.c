/* SPDX-License-Identifier: MIT */
/* sources: kernel/base/cmdline.c */
/*
 * The command line: words, quotes, values, and what goes to init, as on Linux.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/machine.h"

struct machine machine;

size_t strlcpy(char *to, const char *from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

static void parse(const char *line)
{
	strlcpy(machine.cmdline, line, sizeof(machine.cmdline));
	cmdline_init();
}

static void assert_value(const char *name, const char *expected)
{
	char value[64];

	assert_true(cmdline_get(name, value, sizeof(value)));
	assert_string_equal(value, expected);
}

static void values_and_flags(void **state)
{
	char value[4];

	parse("  quiet\tpanic=-1 loglevel=3  loglevel=7 ");
	assert_value("quiet", "");
	assert_value("panic", "-1");
	assert_value("loglevel", "7");
	assert_false(cmdline_get("maxcpus", value, sizeof(value)));
	assert_false(cmdline_get("qui", value, sizeof(value)));
	assert_null(cmdline_init_argument(0));
	assert_null(cmdline_init_environment(0));
}

static void values_are_cut_to_the_buffer(void **state)
{
	char value[4];

	parse("rdinit=/bin/busybox");
	assert_true(cmdline_get("rdinit", value, sizeof(value)));
	assert_string_equal(value, "/bi");
}

static void quotes_hold_words_together(void **state)
{
	parse("init=\"/bin/my init\" \"A=b c\" -- \"two words\"");
	assert_value("init", "/bin/my init");
	assert_string_equal(cmdline_init_environment(0), "A=b c");
	assert_string_equal(cmdline_init_argument(0), "two words");
	assert_null(cmdline_init_argument(1));
}

static void unknown_words_go_to_init(void **state)
{
	parse("single TERM=vt100 module.option=1 console=ttyS0 -- quiet X=1");
	assert_string_equal(cmdline_init_argument(0), "single");
	assert_string_equal(cmdline_init_argument(1), "quiet");
	assert_string_equal(cmdline_init_argument(2), "X=1");
	assert_null(cmdline_init_argument(3));
	assert_string_equal(cmdline_init_environment(0), "TERM=vt100");
	assert_null(cmdline_init_environment(1));
}

static void words_after_the_dashes_are_not_the_kernels(void **state)
{
	char value[4];

	parse("-- quiet panic=1");
	assert_false(cmdline_get("quiet", value, sizeof(value)));
	assert_false(cmdline_get("panic", value, sizeof(value)));
}

static void init_drops_the_arguments_in_front_of_it(void **state)
{
	parse("auto init=/bin/sh -- -l");
	assert_string_equal(cmdline_init_argument(0), "-l");
	assert_null(cmdline_init_argument(1));
}

static void strange_lines_are_survived(void **state)
{
	static char line[CMDLINE_SIZE];

	parse("");
	assert_null(cmdline_init_argument(0));
	parse("\"");
	parse("\"\" = -- \"\"");
	memset(line, 'a', sizeof(line) - 1);
	parse(line);
	assert_int_equal(strlen(cmdline_init_argument(0)), CMDLINE_SIZE - 1);
	for (size_t i = 1; i < sizeof(line) - 1; i += 2)
		line[i] = ' ';
	parse(line);
	assert_string_equal(cmdline_init_argument(31), "a");
	assert_null(cmdline_init_argument(32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_flags),
		cmocka_unit_test(values_are_cut_to_the_buffer),
		cmocka_unit_test(quotes_hold_words_together),
		cmocka_unit_test(unknown_words_go_to_init),
		cmocka_unit_test(words_after_the_dashes_are_not_the_kernels),
		cmocka_unit_test(init_drops_the_arguments_in_front_of_it),
		cmocka_unit_test(strange_lines_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
