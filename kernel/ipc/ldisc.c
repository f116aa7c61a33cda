/* SPDX-License-Identifier: MIT */
/*
 * The line discipline (ldisc.h): input, from the line to the reader. Output is in ldisc_output.c.
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
	ldisc->literal = false;
}

/* --- editing the line --- */

static bool is_continuation(const struct ldisc *ldisc, u8 character)
{
	return ldisc->termios.c_iflag & IUTF8 && (character & 0xc0) == 0x80;
}

static bool is_word_byte(u8 character)
{
	return character == '_' || character >= 0x80 || (character >= '0' && character <= '9') ||
	       ((character | 0x20) >= 'a' && (character | 0x20) <= 'z');
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
			column += ldisc->termios.c_lflag & ECHOCTL ? 2 : 0;
		else if (!is_continuation(ldisc, character))
			column++;
	}
	return column;
}

/* Takes one character, of several bytes maybe, off the edited line. */
static u8 drop_character(struct ldisc *ldisc)
{
	u8 character;

	do {
		character = ldisc_byte(ldisc, --ldisc->head);
	} while (is_continuation(ldisc, character) && ldisc->head != ldisc->lines);
	return character;
}

/* Shows that the line has become shorter. */
static void echo_erasure(struct ldisc *ldisc, u8 key)
{
	u32 column = edited_column(ldisc);

	if (!(ldisc->termios.c_lflag & ECHO))
		return;
	if (!(ldisc->termios.c_lflag & ECHOE)) {
		ldisc_echo(ldisc, key);
		return;
	}
	while (ldisc->column > column) {
		ldisc_echo_raw(ldisc, '\b');
		ldisc_echo_raw(ldisc, ' ');
		ldisc_echo_raw(ldisc, '\b');
	}
}

static void erase_character(struct ldisc *ldisc, u8 key)
{
	if (ldisc->head == ldisc->lines)
		return;
	drop_character(ldisc);
	echo_erasure(ldisc, key);
}

/* Blanks and punctuation before the cursor, then the word before them. */
static void erase_word(struct ldisc *ldisc, u8 key)
{
	bool in_word = false;

	if (ldisc->head == ldisc->lines)
		return;
	while (ldisc->head != ldisc->lines) {
		bool word = is_word_byte(ldisc_byte(ldisc, ldisc->head - 1));

		if (in_word && !word)
			break;
		in_word = word;
		drop_character(ldisc);
	}
	echo_erasure(ldisc, key);
}

static void erase_line(struct ldisc *ldisc, u8 key)
{
	const u32 visibly = ECHOK | ECHOKE | ECHOE;

	ldisc->head = ldisc->lines;
	if (!(ldisc->termios.c_lflag & ECHO))
		return;
	if ((ldisc->termios.c_lflag & visibly) == visibly) {
		echo_erasure(ldisc, key);
		return;
	}
	ldisc_echo(ldisc, key);
	if (ldisc->termios.c_lflag & ECHOK)
		ldisc_echo_raw(ldisc, '\n');
	ldisc->line_column = ldisc->column;
}

static void reprint_line(struct ldisc *ldisc, u8 key)
{
	ldisc_echo(ldisc, key);
	ldisc_echo_raw(ldisc, '\n');
	ldisc->line_column = ldisc->column;
	for (u32 at = ldisc->lines; at != ldisc->head; at++)
		ldisc_echo(ldisc, ldisc_byte(ldisc, at));
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

/* Data for the reader. Canonical mode keeps room for a line's end. */
static void receive_data(struct ldisc *ldisc, u8 character)
{
	if (input_room(ldisc) <= (ldisc->termios.c_lflag & ICANON ? 1 : 0)) {
		if (ldisc->termios.c_iflag & IMAXBEL)
			ldisc_echo_raw(ldisc, '\a');
		return;
	}
	if (ldisc->termios.c_lflag & ECHO) {
		if (ldisc->head == ldisc->lines)
			ldisc->line_column = ldisc->column;
		if (character == '\n')
			ldisc_echo_raw(ldisc, '\n');
		else
			ldisc_echo(ldisc, character);
	}
	put_input(ldisc, character);
}

static void receive_line_end(struct ldisc *ldisc, u8 character)
{
	u32 flags = ldisc->termios.c_lflag;

	if (!input_room(ldisc))
		return;
	if (character == '\n' && flags & (ECHO | ECHONL))
		ldisc_echo_raw(ldisc, '\n');
	else if (character != '\n' && flags & ECHO)
		ldisc_echo(ldisc, character);
	put_line_end(ldisc, character);
}

/* Canonical mode: keys that edit or end the line. False: it is data. */
static bool receive_canonical(struct ldisc *ldisc, u8 character)
{
	if (is_key(ldisc, character, VERASE)) {
		erase_character(ldisc, character);
	} else if (is_key(ldisc, character, VKILL)) {
		erase_line(ldisc, character);
	} else if (is_extended_key(ldisc, character, VWERASE)) {
		erase_word(ldisc, character);
	} else if (is_extended_key(ldisc, character, VREPRINT)) {
		if (ldisc->termios.c_lflag & ECHO)
			reprint_line(ldisc, character);
	} else if (is_key(ldisc, character, VEOF)) {
		if (input_room(ldisc))
			put_line_end(ldisc, 0);
	} else if (character == '\n' || is_key(ldisc, character, VEOL) ||
		   is_extended_key(ldisc, character, VEOL2)) {
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

int ldisc_receive(struct ldisc *ldisc, u8 character)
{
	u32 flags = ldisc->termios.c_lflag;
	int signal, mapped;

	if (ldisc->termios.c_iflag & ISTRIP)
		character &= 0x7f;
	if (ldisc->literal) {
		ldisc->literal = false;
		receive_data(ldisc, character);
		return 0;
	}
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
	if (flags & ICANON && is_extended_key(ldisc, (u8)mapped, VLNEXT)) {
		ldisc->literal = true;
		if ((flags & (ECHO | ECHOCTL)) == (ECHO | ECHOCTL)) {
			ldisc_echo_raw(ldisc, '^');
			ldisc_echo_raw(ldisc, '\b');
		}
		return 0;
	}
	if (!(flags & ICANON) || !receive_canonical(ldisc, (u8)mapped))
		receive_data(ldisc, (u8)mapped);
	return 0;
}

bool ldisc_accepts(const struct ldisc *ldisc)
{
	return input_room(ldisc) > 1 ||
	       (ldisc->termios.c_lflag & ICANON && ldisc->lines == ldisc->tail);
}

/* --- reading --- */

size_t ldisc_available(const struct ldisc *ldisc)
{
	if (!(ldisc->termios.c_lflag & ICANON))
		return ldisc->head - ldisc->tail;
	return ldisc->lines - ldisc->tail;
}

bool ldisc_readable(const struct ldisc *ldisc, size_t minimum)
{
	if (ldisc->termios.c_lflag & ICANON)
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
	if (ldisc->termios.c_lflag & ICANON)
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
	ldisc->literal = false;
	if (ldisc->termios.c_lflag & ICANON && ldisc->head != ldisc->tail) {
		bitmap_set(ldisc->mark, slot_of(ldisc->head - 1));
		ldisc->lines = ldisc->head;
	}
}

void ldisc_set_termios(struct ldisc *ldisc, const struct termios2 *termios)
{
	u32 changed = ldisc->termios.c_lflag ^ termios->c_lflag;

	ldisc->termios = *termios;
	if (changed & ICANON)
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
