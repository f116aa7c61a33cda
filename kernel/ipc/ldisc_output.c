/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (ldisc.h): output processing, and the echo of what is typed, which goes
 * through it too. The column of the cursor is followed for tabs, and for erasing them.
 */
#include "ipc/ldisc.h"
#include "ipc/ldisc_internal.h"
#include "lib/string.h"

/* Moves the column by a character that goes out as it is. */
static void follow_column(struct ldisc *ldisc, u8 character)
{
	if (character == '\r')
		ldisc->column = 0;
	else if (character == '\b')
		ldisc->column -= ldisc->column != 0;
	else if (character == '\t')
		ldisc->column = (ldisc->column | 7) + 1;
	else if (!ldisc_is_control(character) && !ldisc_is_continuation(ldisc, character))
		ldisc->column++;
}

static size_t output_newline(struct ldisc *ldisc, u8 *out)
{
	size_t count = 0;

	if (ldisc->termios.c_oflag & (ONLCR | ONLRET))
		ldisc->column = 0;
	if (ldisc->termios.c_oflag & ONLCR)
		out[count++] = '\r';
	out[count++] = '\n';
	return count;
}

/* OCRNL: a newline, which is not mapped again. */
static size_t output_mapped_return(struct ldisc *ldisc, u8 *out)
{
	if (ldisc->termios.c_oflag & ONLRET)
		ldisc->column = 0;
	out[0] = '\n';
	return 1;
}

static size_t output_tab(struct ldisc *ldisc, u8 *out)
{
	u32 spaces = 8 - (ldisc->column & 7);

	ldisc->column += spaces;
	if ((ldisc->termios.c_oflag & TABDLY) != XTABS) {
		out[0] = '\t';
		return 1;
	}
	memset(out, ' ', spaces);
	return spaces;
}

size_t ldisc_output(struct ldisc *ldisc, u8 character, u8 *out)
{
	u32 flags = ldisc->termios.c_oflag;

	if (flags & OPOST) {
		if (character == '\r' && flags & ONOCR && !ldisc->column)
			return 0;
		if (character == '\r' && flags & OCRNL)
			return output_mapped_return(ldisc, out);
		if (character == '\n')
			return output_newline(ldisc, out);
		if (character == '\t')
			return output_tab(ldisc, out);
		if (flags & OLCUC)
			character = ldisc_to_upper(character);
	}
	follow_column(ldisc, character);
	out[0] = character;
	return 1;
}

/* --- echo --- */

void ldisc_echo_raw(struct ldisc *ldisc, u8 character)
{
	u8 out[LDISC_OUTPUT_MAX];
	size_t count = ldisc_output(ldisc, character, out);

	if (ldisc->echo_count + count > LDISC_ECHO_SIZE)
		return;
	memcpy(ldisc->echo + ldisc->echo_count, out, count);
	ldisc->echo_count += count;
}

void ldisc_echo(struct ldisc *ldisc, u8 character)
{
	if (ldisc_is_control(character) && ldisc->termios.c_lflag & ECHOCTL) {
		ldisc_echo_raw(ldisc, '^');
		character ^= 0x40;
	}
	ldisc_echo_raw(ldisc, character);
}

size_t ldisc_take_echo(struct ldisc *ldisc, u8 *buffer, size_t size)
{
	size_t count = MIN((size_t)ldisc->echo_count, size);

	memcpy(buffer, ldisc->echo, count);
	memmove(ldisc->echo, ldisc->echo + count, ldisc->echo_count - count);
	ldisc->echo_count -= count;
	return count;
}
