/* SPDX-License-Identifier: MIT */
/*
 * The kernel's command line (base/machine.h), with Linux's rules.
 *
 * Blanks separate words, unless they stand between double quotes; quotes around a whole word or a
 * value are taken off. Up to a word "--", words that the kernel knows are its own, and what has a
 * dot in its name is some module's; of the rest, name=value goes to init's environment and a bare
 * word to init's arguments, as does everything after "--". Arguments in front of init= or rdinit=
 * are dropped.
 */
#include "base/machine.h"
#include "lib/string.h"

enum { WORD_LIMIT = 128, INIT_LIMIT = 32 };

/* Names that the kernel takes for itself, those that it accepts and ignores among them. */
static const char *const known_names[] = {
	"console", "debug", "earlycon",	  "init",     "initrd", "ignore_loglevel", "loglevel",
	"maxcpus", "mem",   "nokaslr",	  "nosmp",    "panic",	"quiet",	   "rdinit",
	"ro",	   "root",  "rootfstype", "rootwait", "rw",	"sched",
};

static char text[CMDLINE_SIZE]; /* words, each terminated, without their quotes */
static const char *words[WORD_LIMIT];
static unsigned int word_count; /* the kernel's words: those before "--" */
static const char *arguments[INIT_LIMIT];
static unsigned int argument_count;
static const char *environment[INIT_LIMIT];
static unsigned int environment_count;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Cuts one word off the text at *at, takes its quotes off, terminates it. */
static char *next_word(char **at)
{
	char *from = *at;
	char *word, *to;
	bool quoted = false;

	while (is_blank(*from))
		from++;
	word = to = from;
	for (; *from && (quoted || !is_blank(*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*at = *from ? from + 1 : from;
	*to = 0;
	return word;
}

/* Compares the name of a word; '-' and '_' are the same in names. Returns its value ("" when it
 * has none), or NULL. */
static const char *word_value(const char *word, const char *name)
{
	for (; *name; word++, name++) {
		char a = *word == '-' ? '_' : *word;
		char b = *name == '-' ? '_' : *name;

		if (a != b)
			return NULL;
	}
	if (*word == '=')
		return word + 1;
	return *word ? NULL : word;
}

static bool is_known(const char *word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(known_names); i++)
		if (word_value(word, known_names[i]))
			return true;
	return false;
}

static bool has_dotted_name(const char *word)
{
	while (*word && *word != '=' && *word != '.')
		word++;
	return *word == '.';
}

static void add_argument(const char *word)
{
	if (argument_count < INIT_LIMIT)
		arguments[argument_count++] = word;
}

static void sort_word(const char *word)
{
	if (word_count < WORD_LIMIT)
		words[word_count++] = word;
	if (word_value(word, "init") || word_value(word, "rdinit"))
		argument_count = 0;
	if (is_known(word) || has_dotted_name(word))
		return;
	if (!strchr(word, '='))
		add_argument(word);
	else if (environment_count < INIT_LIMIT)
		environment[environment_count++] = word;
}

void cmdline_init(void)
{
	char *at = text;
	bool for_init = false;

	word_count = argument_count = environment_count = 0;
	strlcpy(text, machine.cmdline, sizeof(text));
	for (;;) {
		char *word = next_word(&at);

		if (!*word && !*at)
			return;
		if (!*word)
			continue;
		if (for_init)
			add_argument(word);
		else if (!strcmp(word, "--"))
			for_init = true;
		else
			sort_word(word);
	}
}

const char *cmdline_value(const char *name, unsigned int n)
{
	for (unsigned int i = word_count; i-- > 0;) {
		const char *value = word_value(words[i], name);

		if (value && n-- == 0)
			return value;
	}
	return NULL;
}

bool cmdline_get(const char *name, char *buffer, size_t size)
{
	const char *value = cmdline_value(name, 0);

	if (value)
		strlcpy(buffer, value, size);
	return value;
}

const char *cmdline_init_argument(unsigned int n)
{
	return n < argument_count ? arguments[n] : NULL;
}

const char *cmdline_init_environment(unsigned int n)
{
	return n < environment_count ? environment[n] : NULL;
}
