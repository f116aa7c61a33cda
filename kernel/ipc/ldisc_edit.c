/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (ldisc.h): keys that edit the line, and how that looks.
 *
 * What is taken off the line is rubbed out on the screen character by character. A terminal on
 * paper (ECHOPRT) prints it between a backslash and a slash instead.
 */
#include "ipc/ldisc.h"

#include "ipc/ldisc_internal.h"

enum erasure { ERASE_CHARACTER, ERASE_WORD, ERASE_LINE };

static bool has_local(const struct ldisc *ldisc, u32 flags)
{
	return (ldisc->termios.c_lflag & flags) == flags;
}

static bool is_word_byte(u8 character)
{
	return character == '_' || (character >= '0' && character <= '9') ||
	       ldisc_is_letter(character);
}

/* Columns that the edited line takes on the screen up to head. */
static u32 edited_column(const struct ldisc *ldisc)
{
	u32 column = ldisc->line_column;

	for (u32 at = ldisc->lines; at != ldisc->head; at++) {
		u8 character = ldisc_byte(ldisc, at);

		if (character == '\t')
			column = (column | 7) + 1;
		else if (ldisc_is_control(character))
			column += has_local(ldisc, ECHOCTL) ? 2 : 0;
		else if (!ldisc_is_continuation(ldisc, character))
			column++;
	}
	return column;
}

void ldisc_finish_erasing(struct ldisc *ldisc)
{
	if (!ldisc->erasing)
		return;
	ldisc_echo_raw(ldisc, '/');
	ldisc->erasing = false;
}

/* Prints the character that begins at head and is gone. */
static void print_erased(struct ldisc *ldisc, u32 bytes)
{
	if (!ldisc->erasing)
		ldisc_echo_raw(ldisc, '\\');
	ldisc->erasing = true;
	ldisc_echo(ldisc, ldisc_byte(ldisc, ldisc->head));
	for (u32 i = 1; i < bytes; i++)
		ldisc_echo_raw(ldisc, ldisc_byte(ldisc, ldisc->head + i));
}

static void rub_out(struct ldisc *ldisc)
{
	ldisc_echo_raw(ldisc, '\b');
	ldisc_echo_raw(ldisc, ' ');
	ldisc_echo_raw(ldisc, '\b');
}

/* Shows that the character that begins at head is gone. */
static void show_erased(struct ldisc *ldisc, u32 bytes, enum erasure what)
{
	u8 character = ldisc_byte(ldisc, ldisc->head);

	if (has_local(ldisc, ECHOPRT)) {
		print_erased(ldisc, bytes);
	} else if (what == ERASE_CHARACTER && !has_local(ldisc, ECHOE)) {
		ldisc_echo(ldisc, ldisc->termios.c_cc[VERASE]);
	} else if (character == '\t') {
		u32 column = edited_column(ldisc);

		while (ldisc->column > column)
			ldisc_echo_raw(ldisc, '\b');
	} else if (!ldisc_is_control(character)) {
		rub_out(ldisc);
	} else if (has_local(ldisc, ECHOCTL)) {
		rub_out(ldisc);
		rub_out(ldisc);
	}
}

/* Where the last character of the line begins; head when the line is empty or has only a part of
 * one. */
static u32 last_character(const struct ldisc *ldisc)
{
	u32 at = ldisc->head;

	while (at != ldisc->lines)
		if (!ldisc_is_continuation(ldisc, ldisc_byte(ldisc, --at)))
			return at;
	return ldisc->head;
}

/* Takes a character, a word (with what stands behind it), or the line off the line. */
static void erase(struct ldisc *ldisc, enum erasure what)
{
	bool in_word = false;
	u32 at;

	while ((at = last_character(ldisc)) != ldisc->head) {
		u32 bytes = ldisc->head - at;

		if (what == ERASE_WORD) {
			bool word = is_word_byte(ldisc_byte(ldisc, at));

			if (in_word && !word)
				break;
			in_word = word;
		}
		ldisc->head = at;
		if (has_local(ldisc, ECHO))
			show_erased(ldisc, bytes, what);
		if (what == ERASE_CHARACTER)
			break;
	}
	if (ldisc->head == ldisc->lines && has_local(ldisc, ECHO))
		ldisc_finish_erasing(ldisc);
}

void ldisc_erase_character(struct ldisc *ldisc)
{
	erase(ldisc, ERASE_CHARACTER);
}

void ldisc_erase_word(struct ldisc *ldisc)
{
	erase(ldisc, ERASE_WORD);
}

void ldisc_erase_line(struct ldisc *ldisc)
{
	if (has_local(ldisc, ECHO | ECHOK | ECHOKE | ECHOE)) {
		erase(ldisc, ERASE_LINE);
		return;
	}
	if (ldisc->head == ldisc->lines)
		return;
	ldisc->head = ldisc->lines;
	if (!has_local(ldisc, ECHO))
		return;
	ldisc_finish_erasing(ldisc);
	ldisc_echo(ldisc, ldisc->termios.c_cc[VKILL]);
	if (has_local(ldisc, ECHOK))
		ldisc_echo_raw(ldisc, '\n');
	ldisc->line_column = ldisc->column;
}

void ldisc_reprint_line(struct ldisc *ldisc)
{
	ldisc_finish_erasing(ldisc);
	ldisc_echo(ldisc, ldisc->termios.c_cc[VREPRINT]);
	ldisc_echo_raw(ldisc, '\n');
	ldisc->line_column = ldisc->column;
	for (u32 at = ldisc->lines; at != ldisc->head; at++)
		ldisc_echo(ldisc, ldisc_byte(ldisc, at));
}
