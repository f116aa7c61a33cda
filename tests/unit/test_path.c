/* SPDX-License-Identifier: MIT */
/* Cutting path names into components. */
/* sources: */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fs/component.h"

/* Cuts a path and puts it together again: components separated by '|', '/' where slashes follow the
 * last one. */
static const char *cut(const char *path)
{
	static char text[256];
	const char *at = skip_slashes(path);

	text[0] = '\0';
	while (*at) {
		struct component part;

		at = component_scan(at, &part);
		assert_true(part.length > 0);
		assert_int_equal(part.hash, hash_name(part.name, part.length));
		assert_int_equal(part.final, *at == '\0');
		strncat(text, part.name, part.length);
		if (part.slash)
			strcat(text, part.final ? "/" : "|");
	}
	return text;
}

static void test_cutting(void **state)
{
	assert_string_equal(cut(""), "");
	assert_string_equal(cut("/"), "");
	assert_string_equal(cut("///"), "");
	assert_string_equal(cut("a"), "a");
	assert_string_equal(cut("/a"), "a");
	assert_string_equal(cut("a/"), "a/");
	assert_string_equal(cut("a///"), "a/");
	assert_string_equal(cut("//usr///bin/ls"), "usr|bin|ls");
	assert_string_equal(cut("./../x/."), ".|..|x|.");
}

static void test_dots(void **state)
{
	static const struct {
		const char *path;
		bool dot, dotdot;
	} cases[] = {
		{ ".", true, false },	 { "./", true, false },	  { "..", false, true },
		{ "../a", false, true }, { "...", false, false }, { ".a", false, false },
		{ "a.", false, false },	 { "a", false, false },	  { "..a", false, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct component part;

		component_scan(cases[i].path, &part);
		assert_int_equal(component_is_dot(&part), cases[i].dot);
		assert_int_equal(component_is_dotdot(&part), cases[i].dotdot);
	}
}

/* The names of a directory of a thousand files fall into different buckets mostly. */
static void test_hash_spreads(void **state)
{
	enum { NAMES = 1000, BUCKETS = 1024 };
	unsigned int fill[BUCKETS] = { 0 };
	unsigned int worst = 0;

	for (int i = 0; i < NAMES; i++) {
		char name[16] = "file0000";
		unsigned int bucket;

		name[4] = (char)('0' + i / 1000 % 10);
		name[5] = (char)('0' + i / 100 % 10);
		name[6] = (char)('0' + i / 10 % 10);
		name[7] = (char)('0' + i % 10);
		bucket = hash_name(name, 8) % BUCKETS;
		fill[bucket]++;
		worst = fill[bucket] > worst ? fill[bucket] : worst;
	}
	assert_true(worst <= 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cutting),
		cmocka_unit_test(test_dots),
		cmocka_unit_test(test_hash_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
