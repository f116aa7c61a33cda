/* SPDX-License-Identifier: MIT */
/*
 * The line discipline of a terminal: what becomes of characters between the line and the
 * programs, as termios(3) describes (canonical and raw input, echo, editing, output processing).
 *
 * It is a state machine without locks, sleeping or devices: the terminal (ipc/tty.c) calls it
 * under its lock. tests/unit/test_ldisc.c drives it on the host.
 */
#ifndef IPC_LDISC_H
#define IPC_LDISC_H

#include "lib/bitmap.h"
#include "lib/types.h"
#include "uapi/termios.h"

enum {
	LDISC_SIZE = 4096,	/* bytes of input kept: a line may have 4095 and its end */
	LDISC_ECHO_SIZE = 1024, /* echo that the terminal has not written out yet; more is lost */
	LDISC_OUTPUT_MAX = 8,	/* bytes that one byte written may become (a tab) */
};

struct ldisc {
	struct termios2 termios;
	/* Input: tail <= lines <= head, counted without wrap. Bytes from tail to lines may be
	 * read in canonical mode, those from lines to head are the line that is being edited. */
	u32 tail, lines, head;
	u64 mark[LDISC_SIZE / 64]; /* at a byte that ends a line */
	u8 input[LDISC_SIZE];
	u32 column;	 /* where the cursor is, for tabs and their erasure */
	u32 line_column; /* where the line that is being edited began */
	bool literal;	 /* the next character has no meaning: after LNEXT */
	bool erasing;	 /* ECHOPRT: a backslash was printed, the slash has yet to come */
	bool stopped;	 /* output waits: after STOP, or TCXONC */
	bool held;	 /* and START does not help: after TCXONC */
	u32 echo_count;
	u8 echo[LDISC_ECHO_SIZE]; /* to be written by the terminal: ldisc_take_echo() */
};

/* A terminal with Linux's settings for a console. */
void ldisc_init(struct ldisc *ldisc);
/* New settings; what was typed already is kept. */
void ldisc_set_termios(struct ldisc *ldisc, const struct termios2 *termios);

/* A speed, as its code in c_cflag and in bits per second. */
void ldisc_set_speed(struct ldisc *ldisc, u32 code, u32 speed);

/* Is there room for a character? Without, canonical mode takes those that edit a line which has
 * grown too long. */
bool ldisc_accepts(const struct ldisc *ldisc);
/* One character from the line. Returns the signal that it means for the foreground group, or 0. */
int ldisc_receive(struct ldisc *ldisc, u8 character);
/* The echo so far, at most size bytes, to write to the line. */
size_t ldisc_take_echo(struct ldisc *ldisc, u8 *buffer, size_t size);

/* Bytes that a read would find now; in canonical mode those of whole lines. */
size_t ldisc_available(const struct ldisc *ldisc);
/* True when a read need not wait: whole line (or end of file), or minimum bytes in raw mode. */
bool ldisc_readable(const struct ldisc *ldisc, size_t minimum);
/* Takes at most size bytes, not past the end of a line in canonical mode; *end: that end was
 * reached (with 0 bytes: end of file). */
size_t ldisc_read(struct ldisc *ldisc, u8 *buffer, size_t size, bool *end);
/* Forgets input. */
void ldisc_flush_input(struct ldisc *ldisc);

/* One byte that a program writes, processed (OPOST): up to LDISC_OUTPUT_MAX bytes to send. */
size_t ldisc_output(struct ldisc *ldisc, u8 character, u8 *out);

#endif
