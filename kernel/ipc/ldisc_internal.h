/* SPDX-License-Identifier: MIT */
/* Between the two files of the line discipline: input (ldisc.c) and output with echo
 * (ldisc_output.c). */
#ifndef IPC_LDISC_INTERNAL_H
#define IPC_LDISC_INTERNAL_H

#include "ipc/ldisc.h"

/* The input's byte at a position, counted from the beginning of time. The tty's lock is held. */
u8 ldisc_byte(const struct ldisc *ldisc, u32 position);

/* Shown as ^X when ECHOCTL is set: what is below blank but TAB, and DEL. */
static inline bool ldisc_is_control(u8 character)
{
	return (character < ' ' && character != '\t') || character == 0x7f;
}

/* Letters of ISO 8859-1, as Linux knows them; 0x20 tells the cases apart. */
static inline bool ldisc_is_letter(u8 character)
{
	u8 upper = character & (u8)~0x20;

	return (upper >= 'A' && upper <= 'Z') || (upper >= 0xc0 && upper != 0xd7);
}

static inline u8 ldisc_to_lower(u8 character)
{
	bool upper = ldisc_is_letter(character) && !(character & 0x20) && character != 0xdf;

	return upper ? character | 0x20 : character;
}

static inline u8 ldisc_to_upper(u8 character)
{
	bool lower = ldisc_is_letter(character) && character & 0x20 && character != 0xff;

	return lower ? character & (u8)~0x20 : character;
}

/* IUTF8: a byte inside a character. */
static inline bool ldisc_is_continuation(const struct ldisc *ldisc, u8 character)
{
	return ldisc->termios.c_iflag & IUTF8 && (character & 0xc0) == 0x80;
}

/* ldisc_edit.c: the keys that edit the line. */
void ldisc_erase_character(struct ldisc *ldisc);
void ldisc_erase_word(struct ldisc *ldisc);
void ldisc_erase_line(struct ldisc *ldisc);
void ldisc_reprint_line(struct ldisc *ldisc);
/* ECHOPRT: what is typed next is no erasure. */
void ldisc_finish_erasing(struct ldisc *ldisc);

/* Adds a typed character to the echo, a control character as ^X. */
void ldisc_echo(struct ldisc *ldisc, u8 character);
/* Adds what it is, through output processing. */
void ldisc_echo_raw(struct ldisc *ldisc, u8 character);

#endif
