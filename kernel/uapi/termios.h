/* SPDX-License-Identifier: MIT */
/* Linux's terminal settings: the structures and bits of asm-generic/termbits.h. */
#ifndef UAPI_TERMIOS_H
#define UAPI_TERMIOS_H

#include "lib/assert.h"
#include "lib/types.h"

enum { NCCS = 19 };

struct termios {
	u32 c_iflag;
	u32 c_oflag;
	u32 c_cflag;
	u32 c_lflag;
	u8 c_line;
	u8 c_cc[NCCS];
};

static_assert(sizeof(struct termios) == 36, "struct termios of the ABI");

struct winsize {
	u16 ws_row;
	u16 ws_col;
	u16 ws_xpixel;
	u16 ws_ypixel;
};

enum { /* indexes of c_cc */
       VINTR = 0,
       VQUIT,
       VERASE,
       VKILL,
       VEOF,
       VTIME,
       VMIN,
       VSWTC,
       VSTART,
       VSTOP,
       VSUSP,
       VEOL,
       VREPRINT,
       VDISCARD,
       VWERASE,
       VLNEXT,
       VEOL2,
};

enum { /* c_iflag */
       IGNBRK = 01,
       BRKINT = 02,
       IGNPAR = 04,
       PARMRK = 010,
       INPCK = 020,
       ISTRIP = 040,
       INLCR = 0100,
       IGNCR = 0200,
       ICRNL = 0400,
       IUCLC = 01000,
       IXON = 02000,
       IXANY = 04000,
       IXOFF = 010000,
       IMAXBEL = 020000,
       IUTF8 = 040000,
};

enum { /* c_oflag */
       OPOST = 01,
       OLCUC = 02,
       ONLCR = 04,
       OCRNL = 010,
       ONOCR = 020,
       ONLRET = 040,
       TABDLY = 014000,
       XTABS = 014000,
};

enum {
	B38400 = 017,
	B115200 = 010002,
	CS8 = 060,
	CREAD = 0200,
	HUPCL = 02000,
	CLOCAL = 04000
}; /* c_cflag */

enum { /* c_lflag */
       ISIG = 01,
       ICANON = 02,
       ECHO = 010,
       ECHOE = 020,
       ECHOK = 040,
       ECHONL = 0100,
       NOFLSH = 0200,
       TOSTOP = 0400,
       ECHOCTL = 01000,
       ECHOPRT = 02000,
       ECHOKE = 04000,
       FLUSHO = 010000,
       PENDIN = 040000,
       IEXTEN = 0100000,
};

enum { TCIFLUSH = 0, TCOFLUSH = 1, TCIOFLUSH = 2 };    /* TCFLSH */
enum { TCOOFF = 0, TCOON = 1, TCIOFF = 2, TCION = 3 }; /* TCXONC */

#endif
