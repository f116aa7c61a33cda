/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (ldisc.h): input, from the line to the reader. Keys that edit are in
 * ldisc_edit.c, output in ldisc_output.c.
 *
 * LD1: tail <= lines <= head <= tail + LDISC_SIZE, as differences of free-running counters.
 * LD2: a mark stands only between tail and lines. A marked byte is the last of a line; one that
 *      was typed as EOF is kept as a marked NUL and given to nobody.
 * LD3: in raw mode lines == tail, and all input may be read.
 */
#include "ipc/ldisc.h"

#include "ipc/ldisc_internal.h"
#include "lib/string.h"
#include "uapi/signal.h"

/* --- the input buffer --- */

static u32 slot_of(u32 position)
{
	return position % LDISC_SIZE;
}

u8 ldisc_byte(const struct ldisc *ldisc, u32 position)
{
	return ldisc->input[slot_of(position)];
}

static u32 input_room(const struct ldisc *ldisc)
{
	return LDISC_SIZE - (ldisc->head - ldisc->tail);
}

/* EXTPROC: the other end edits lines; what comes is taken as it is. */
static bool is_canonical(const struct ldisc *ldisc)
{
	return (ldisc->termios.c_lflag & (ICANON | EXTPROC)) == ICANON;
}

static void put_input(struct ldisc *ldisc, u8 character)
{
	ldisc->input[slot_of(ldisc->head++)] = character;
}

/* Ends the line that is being edited with a character; it may be read now. */
static void put_line_end(struct ldisc *ldisc, u8 character)
{
	bitmap_set(ldisc->mark, slot_of(ldisc->head));
	put_input(ldisc, character);
	ldisc->lines = ldisc->head;
}

static bool marked(const struct ldisc *ldisc, u32 position)
{
	return bitmap_test(ldisc->mark, slot_of(position));
}

/* A NUL that stands for EOF: marked, which a typed NUL never is unless it is an end-of-line
 * character. */
static bool is_eof_mark(const struct ldisc *ldisc, u32 position)
{
	return marked(ldisc, position) && !ldisc_byte(ldisc, position);
}

void ldisc_flush_input(struct ldisc *ldisc)
{
	ldisc->tail = ldisc->lines = ldisc->head = 0;
	memset(ldisc->mark, 0, sizeof(ldisc->mark));
	ldisc->literal = ldisc->erasing = false;
}

/* --- characters from the line --- */

/* Whether the character is the one at that index of c_cc; NUL there disables it. */
static bool is_key(const struct ldisc *ldisc, u8 character, int index)
{
	return character && ldisc->termios.c_cc[index] == character;
}

static bool is_extended_key(const struct ldisc *ldisc, u8 character, int index)
{
	return ldisc->termios.c_lflag & IEXTEN && is_key(ldisc, character, index);
}

/* Shows a character that is typed as part of the line. */
static void echo_data(struct ldisc *ldisc, u8 character)
{
	if (!(ldisc->termios.c_lflag & ECHO))
		return;
	ldisc_finish_erasing(ldisc);
	if (ldisc->head == ldisc->lines)
		ldisc->line_column = ldisc->column;
	ldisc_echo(ldisc, character);
}

/* Data for the reader; a byte that PARMRK would mistake for a mark is doubled. Room is kept for a
 * line's end. */
static void put_data(struct ldisc *ldisc, u8 character)
{
	u32 bytes = character == 0xff && ldisc->termios.c_iflag & PARMRK ? 2 : 1;

	for (; bytes && input_room(ldisc) > 1; bytes--)
		put_input(ldisc, character);
}

static void receive_data(struct ldisc *ldisc, u8 character)
{
	if (character == '\n' && ldisc->termios.c_lflag & ECHO)
		ldisc_echo_raw(ldisc, '\n');
	else
		echo_data(ldisc, character);
	put_data(ldisc, character);
}

static void receive_line_end(struct ldisc *ldisc, u8 character)
{
	u32 flags = ldisc->termios.c_lflag;

	if (character != '\n')
		echo_data(ldisc, character);
	else if (flags & (ECHO | ECHONL))
		ldisc_echo_raw(ldisc, '\n');
	if (input_room(ldisc))
		put_line_end(ldisc, character);
}

/* Canonical mode: keys that edit or end the line. False: it is data. */
static bool receive_canonical(struct ldisc *ldisc, u8 character)
{
	bool echoes = ldisc->termios.c_lflag & ECHO;

	if (is_key(ldisc, character, VERASE)) {
		ldisc_erase_character(ldisc);
	} else if (is_key(ldisc, character, VKILL)) {
		ldisc_erase_line(ldisc);
	} else if (is_extended_key(ldisc, character, VWERASE)) {
		ldisc_erase_word(ldisc);
	} else if (echoes && is_extended_key(ldisc, character, VREPRINT)) {
		ldisc_reprint_line(ldisc);
	} else if (is_key(ldisc, character, VEOF)) {
		if (input_room(ldisc))
			put_line_end(ldisc, 0);
	} else if (character == '\n' || is_key(ldisc, character, VEOL) ||
		   is_extended_key(ldisc, character, VEOL2)) {
		if (echoes)
			ldisc_finish_erasing(ldisc);
		receive_line_end(ldisc, character);
	} else {
		return false;
	}
	return true;
}

static int signal_of(const struct ldisc *ldisc, u8 character)
{
	if (!(ldisc->termios.c_lflag & ISIG))
		return 0;
	if (is_key(ldisc, character, VINTR))
		return SIGINT;
	if (is_key(ldisc, character, VQUIT))
		return SIGQUIT;
	return is_key(ldisc, character, VSUSP) ? SIGTSTP : 0;
}

/* STOP and START. True: the character was one of them. */
static bool receive_flow_control(struct ldisc *ldisc, u8 character)
{
	if (!(ldisc->termios.c_iflag & IXON))
		return false;
	if (is_key(ldisc, character, VSTART)) {
		ldisc->stopped = ldisc->held;
		return true;
	}
	if (is_key(ldisc, character, VSTOP)) {
		ldisc->stopped = true;
		return true;
	}
	if (ldisc->termios.c_iflag & IXANY)
		ldisc->stopped = ldisc->held;
	return false;
}

/* CR and NL as c_iflag has them; -1: the character is dropped. */
static int map_input(const struct ldisc *ldisc, u8 character)
{
	u32 flags = ldisc->termios.c_iflag;

	if (character == '\r')
		return flags & IGNCR ? -1 : flags & ICRNL ? '\n' : '\r';
	if (character == '\n' && flags & INLCR)
		return '\r';
	return character;
}

static void receive_signal(struct ldisc *ldisc, u8 character)
{
	if (!(ldisc->termios.c_lflag & NOFLSH)) {
		ldisc_flush_input(ldisc);
		ldisc->echo_count = 0;
	}
	if (ldisc->termios.c_iflag & IXON)
		ldisc->stopped = ldisc->held;
	if (ldisc->termios.c_lflag & ECHO)
		ldisc_echo(ldisc, character);
}

/* LNEXT: the next character is data, whatever it is. */
static void receive_literal_key(struct ldisc *ldisc)
{
	ldisc->literal = true;
	if ((ldisc->termios.c_lflag & (ECHO | ECHOCTL)) != (ECHO | ECHOCTL))
		return;
	ldisc_finish_erasing(ldisc);
	ldisc_echo_raw(ldisc, '^');
	ldisc_echo_raw(ldisc, '\b');
}

/* What c_iflag does to every character. */
static u8 reduce(const struct ldisc *ldisc, u8 character)
{
	if (ldisc->termios.c_iflag & ISTRIP)
		character &= 0x7f;
	if (ldisc->termios.c_iflag & IUCLC && ldisc->termios.c_lflag & IEXTEN)
		character = ldisc_to_lower(character);
	return character;
}

/* A character that may have a meaning. Returns a signal, or 0. */
static int interpret(struct ldisc *ldisc, u8 character)
{
	int signal, mapped;

	if (receive_flow_control(ldisc, character))
		return 0;
	signal = signal_of(ldisc, character);
	if (signal) {
		receive_signal(ldisc, character);
		return signal;
	}
	mapped = map_input(ldisc, character);
	if (mapped < 0)
		return 0;
	if (ldisc->termios.c_lflag & ICANON && is_extended_key(ldisc, (u8)mapped, VLNEXT))
		receive_literal_key(ldisc);
	else if (!(ldisc->termios.c_lflag & ICANON) || !receive_canonical(ldisc, (u8)mapped))
		receive_data(ldisc, (u8)mapped);
	return 0;
}

int ldisc_receive(struct ldisc *ldisc, u8 character)
{
	character = reduce(ldisc, character);
	if (ldisc->termios.c_lflag & EXTPROC) {
		put_data(ldisc, character);
		return 0;
	}
	if (!ldisc->literal)
		return interpret(ldisc, character);
	ldisc->literal = false;
	echo_data(ldisc, character);
	put_data(ldisc, character);
	return 0;
}

bool ldisc_accepts(const struct ldisc *ldisc)
{
	return input_room(ldisc) > 1 || (is_canonical(ldisc) && ldisc->lines == ldisc->tail);
}

/* --- reading --- */

size_t ldisc_available(const struct ldisc *ldisc)
{
	size_t count = 0;

	if (!is_canonical(ldisc))
		return ldisc->head - ldisc->tail;
	for (u32 at = ldisc->tail; at != ldisc->lines; at++)
		count += !is_eof_mark(ldisc, at);
	return count;
}

bool ldisc_readable(const struct ldisc *ldisc, size_t minimum)
{
	if (is_canonical(ldisc))
		return ldisc->lines != ldisc->tail;
	return ldisc->head - ldisc->tail >= minimum;
}

static size_t read_raw(struct ldisc *ldisc, u8 *buffer, size_t size)
{
	size_t count = 0;

	while (count < size && ldisc->tail != ldisc->head) {
		bitmap_clear(ldisc->mark, slot_of(ldisc->tail));
		buffer[count++] = ldisc_byte(ldisc, ldisc->tail++);
	}
	ldisc->lines = ldisc->tail;
	return count;
}

/* The last byte of a line, and with it its mark. */
static void pass_mark(struct ldisc *ldisc)
{
	bitmap_clear(ldisc->mark, slot_of(ldisc->tail));
	ldisc->tail++;
}

static size_t read_line(struct ldisc *ldisc, u8 *buffer, size_t size, bool *end)
{
	size_t count = 0;

	while (count < size && ldisc->tail != ldisc->lines && !*end) {
		*end = marked(ldisc, ldisc->tail);
		if (!is_eof_mark(ldisc, ldisc->tail))
			buffer[count++] = ldisc_byte(ldisc, ldisc->tail);
		pass_mark(ldisc);
	}
	/* A read that stops just before an EOF takes it along, or the next one would return 0. */
	if (count && !*end && ldisc->tail != ldisc->lines && is_eof_mark(ldisc, ldisc->tail)) {
		pass_mark(ldisc);
		*end = true;
	}
	return count;
}

size_t ldisc_read(struct ldisc *ldisc, u8 *buffer, size_t size, bool *end)
{
	*end = false;
	if (is_canonical(ldisc))
		return read_line(ldisc, buffer, size, end);
	return read_raw(ldisc, buffer, size);
}

/* --- settings --- */

/* What was typed without line editing becomes a line; what was being edited may be read raw
 * (LD3). */
static void change_mode(struct ldisc *ldisc)
{
	ldisc->lines = ldisc->tail;
	memset(ldisc->mark, 0, sizeof(ldisc->mark));
	ldisc->literal = ldisc->erasing = false;
	if (ldisc->termios.c_lflag & ICANON && ldisc->head != ldisc->tail) {
		bitmap_set(ldisc->mark, slot_of(ldisc->head - 1));
		ldisc->lines = ldisc->head;
	}
}

void ldisc_set_termios(struct ldisc *ldisc, const struct termios2 *termios)
{
	u32 changed = ldisc->termios.c_lflag ^ termios->c_lflag;

	ldisc->termios = *termios;
	if (changed & (ICANON | EXTPROC))
		change_mode(ldisc);
	if (!(termios->c_iflag & IXON))
		ldisc->stopped = ldisc->held;
}

void ldisc_set_speed(struct ldisc *ldisc, u32 code, u32 speed)
{
	ldisc->termios.c_cflag = (ldisc->termios.c_cflag & ~(u32)CBAUD) | code;
	ldisc->termios.c_ispeed = ldisc->termios.c_ospeed = speed;
}

void ldisc_init(struct ldisc *ldisc)
{
	static const u8 keys[NCCS] = {
		[VINTR] = 3,	 [VQUIT] = 28,	 [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
		[VMIN] = 1,	 [VSTART] = 17,	 [VSTOP] = 19,	 [VSUSP] = 26, [VREPRINT] = 18,
		[VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22,
	};

	memset(ldisc, 0, sizeof(*ldisc));
	ldisc->termios.c_iflag = ICRNL | IXON;
	ldisc->termios.c_oflag = OPOST | ONLCR;
	ldisc->termios.c_cflag = CS8 | CREAD | HUPCL | CLOCAL;
	ldisc->termios.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	memcpy(ldisc->termios.c_cc, keys, sizeof(keys));
	ldisc_set_speed(ldisc, B115200, 115200);
}
