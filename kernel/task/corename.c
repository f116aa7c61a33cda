/* SPDX-License-Identifier: MIT */
/*
 * Names of core files: a pattern with letters after '%' that stand for facts of the process
 * (core(5)). Looks at its arguments only: tests/unit/test_corename.c.
 */
#include "lib/format.h"
#include "lib/string.h"
#include "task/coredump.h"

struct name {
	char *start, *at;
	char *end; /* of the buffer */
	bool full;
};

static void add(struct name *name, const char *text, size_t length)
{
	if ((size_t)(name->end - name->at) <= length) {
		name->full = true;
		return;
	}
	memcpy(name->at, text, length);
	name->at += length;
}

static void add_number(struct name *name, u64 number)
{
	char digits[24];

	add(name, digits, (size_t)scnprintf(digits, sizeof(digits), "%lu", number));
}

static bool is_dots(const char *text)
{
	return !strcmp(text, ".") || !strcmp(text, "..");
}

/* A text that may lead to no other directory: '!' for each '/', and for what is empty or dots. */
static void add_name(struct name *name, const char *text)
{
	if (!*text || is_dots(text)) {
		add(name, "!", 1);
		text += *text ? 1 : 0;
	}
	for (; *text; text++)
		add(name, *text == '/' ? "!" : text, 1);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The program's path, or, when it is not known, its name. */
static void add_path(struct name *name, const struct core_facts *facts, bool whole)
{
	if (*facts->path) {
		add_name(name, whole ? facts->path : last_part(facts->path));
		return;
	}
	add_name(name, facts->command);
	add(name, " (path unknown)", 15);
}

static void add_fact(struct name *name, char letter, const struct core_facts *facts)
{
	switch (letter) {
	case '%': add(name, "%", 1); break;
	case 'p': add_number(name, facts->pid); break;
	case 'P': add_number(name, facts->global_pid); break;
	case 'i': add_number(name, facts->tid); break;
	case 'I': add_number(name, facts->global_tid); break;
	case 'u': add_number(name, facts->uid); break;
	case 'g': add_number(name, facts->gid); break;
	case 'd': add_number(name, facts->mode); break;
	case 's': add_number(name, facts->signal); break;
	case 't': add_number(name, facts->seconds); break;
	case 'C': add_number(name, facts->hart); break;
	case 'c': add_number(name, facts->limit); break;
	case 'h': add_name(name, facts->host); break;
	case 'e': add_name(name, facts->command); break;
	case 'f': add_path(name, facts, false); break;
	case 'E': add_path(name, facts, true); break;
	default: break;
	}
}

/* A character of the pattern, or a letter with its '%': what comes after it. */
static const char *add_one(struct name *name, const char *pattern, const struct core_facts *facts)
{
	if (*pattern != '%') {
		add(name, pattern, 1);
		return pattern + 1;
	}
	if (!pattern[1])
		return pattern + 1;
	add_fact(name, pattern[1], facts);
	return pattern + 2;
}

bool core_name(const char *pattern, const struct core_facts *facts, bool uses_pid, char *buffer,
	       size_t size)
{
	struct name name = { buffer, buffer, buffer + size, false };
	bool has_pid = false;

	while (*pattern) {
		has_pid |= pattern[0] == '%' && pattern[1] == 'p';
		pattern = add_one(&name, pattern, facts);
	}
	if (uses_pid && !has_pid) {
		add(&name, ".", 1);
		add_number(&name, facts->pid);
	}
	*name.at = '\0';
	return !name.full;
}

static bool is_blank(char character)
{
	return character == ' ' || (character >= '\t' && character <= '\r');
}

/* Words are told apart before letters are replaced: names may hold blanks. */
bool core_command(const char *pattern, const struct core_facts *facts, char *buffer, size_t size,
		  const char **words, u32 room)
{
	struct name name = { buffer, buffer, buffer + size, false };
	u32 count = 0;

	while (count + 1 < room) {
		while (is_blank(*pattern))
			pattern++;
		if (!*pattern)
			break;
		words[count++] = name.at;
		while (*pattern && !is_blank(*pattern))
			pattern = add_one(&name, pattern, facts);
		add(&name, "", 1);
	}
	words[count] = NULL;
	return count && !name.full;
}
