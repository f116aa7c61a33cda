/* SPDX-License-Identifier: MIT */
/* sources: kernel/task/corename.c kernel/lib/format.c kernel/lib/string.c */
/*
 * Names of core files: every letter of a pattern, names that would lead elsewhere, and what does
 * not fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "task/coredump.h"

static struct core_facts facts = {
	.pid = 2,
	.global_pid = 12,
	.tid = 3,
	.global_tid = 13,
	.uid = 1000,
	.gid = 100,
	.signal = 11,
	.seconds = 1234567890,
	.limit = ~0UL,
	.hart = 5,
	.host = "board",
	.command = "a/b",
	.path = "/usr/bin/cat",
	.mode = 1,
};

static void assert_name(const char *pattern, bool uses_pid, const char *expected)
{
	char name[64];

	assert_true(core_name(pattern, &facts, uses_pid, name, sizeof(name)));
	assert_string_equal(name, expected);
}

static void letters(void **state)
{
	assert_name("core", false, "core");
	assert_name("%p %P %i %I", false, "2 12 3 13");
	assert_name("%u/%g/%d/%s", false, "1000/100/1/11");
	assert_name("%t.%h.%C.%c", false, "1234567890.board.5.18446744073709551615");
	assert_name("%e-%f-%E", false, "a!b-cat-!usr!bin!cat");
	assert_name("%%%x%", false, "%");
	assert_name("", false, "");
}

static void process_id(void **state)
{
	assert_name("core", true, "core.2");
	assert_name("core.%p", true, "core.2");
	assert_name("%%p", true, "%p.2");
}

static void names_that_lead_elsewhere(void **state)
{
	facts.command = "..";
	facts.path = "";
	assert_name("/tmp/%e", false, "/tmp/!.");
	assert_name("%E", false, "!. (path unknown)");
	facts.command = "";
	assert_name("%e", false, "!");
}

static void too_long(void **state)
{
	char name[8];

	assert_true(core_name("1234567", &facts, false, name, sizeof(name)));
	assert_string_equal(name, "1234567");
	assert_false(core_name("12345678", &facts, false, name, sizeof(name)));
	assert_false(core_name("123456%p%p", &facts, false, name, sizeof(name)));
}

static void assert_words(const char *pattern, const char *const *expected)
{
	const char *words[8];
	char room[64];
	u32 i = 0;

	assert_true(core_command(pattern, &facts, room, sizeof(room), words, 8));
	for (; expected[i]; i++)
		assert_string_equal(words[i], expected[i]);
	assert_null(words[i]);
}

static void commands(void **state)
{
	const char *words[3];
	char room[16];

	facts.command = "a b";
	assert_words("/bin/x", (const char *[]){ "/bin/x", NULL });
	assert_words(" /bin/x \t%p  %e ", (const char *[]){ "/bin/x", "2", "a b", NULL });
	assert_words("x %% %z %", (const char *[]){ "x", "%", "", "", NULL });
	assert_false(core_command("", &facts, room, sizeof(room), words, 3));
	assert_false(core_command(" \n", &facts, room, sizeof(room), words, 3));
	assert_false(core_command("/a/rather/long/name", &facts, room, sizeof(room), words, 3));
	assert_true(core_command("a b c d", &facts, room, sizeof(room), words, 3));
	assert_string_equal(words[1], "b");
	assert_null(words[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters),    cmocka_unit_test(commands),
		cmocka_unit_test(process_id), cmocka_unit_test(names_that_lead_elsewhere),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
