/* SPDX-License-Identifier: MIT */
/* Linux's terminal settings: the structures and bits of asm-generic/termbits.h. */
#ifndef UAPI_TERMIOS_H
#define UAPI_TERMIOS_H

#include "lib/assert.h"
#include "lib/types.h"

enum { NCCS = 19 };

/* The first TERMIOS_SIZE bytes are the older struct termios. */
struct termios2 {
	u32 c_iflag;
	u32 c_oflag;
	u32 c_cflag;
	u32 c_lflag;
	u8 c_line;
	u8 c_cc[NCCS];
	u32 c_ispeed; /* bits per second */
	u32 c_ospeed;
};

enum { TERMIOS_SIZE = 36 };

static_assert(sizeof(struct termios2) == TERMIOS_SIZE + 8, "struct termios2 of the ABI");

/* The oldest form, of System V: the low halves, and fewer keys. */
struct termio {
	u16 c_iflag;
	u16 c_oflag;
	u16 c_cflag;
	u16 c_lflag;
	u8 c_line;
	u8 c_cc[8];
};

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

enum { /* c_cflag */
       B0 = 0,
       B9600 = 015,
       B38400 = 017,
       B115200 = 010002,
       CBAUD = 010017,
       BOTHER = 010000,
       CBAUDEX = 010000,
       CSIZE = 060,
       CS6 = 020,
       CS8 = 060,
       CSTOPB = 0100,
       CREAD = 0200,
       PARENB = 0400,
       PARODD = 01000,
       HUPCL = 02000,
       CLOCAL = 04000,
       CIBAUD_SHIFT = 16,
};

enum { /* c_lflag */
       ISIG = 01,
       ICANON = 02,
       XCASE = 04,
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
       EXTPROC = 0200000,
};

enum { TCIFLUSH = 0, TCOFLUSH = 1, TCIOFLUSH = 2 };    /* TCFLSH */
enum { TCOOFF = 0, TCOON = 1, TCIOFF = 2, TCION = 3 }; /* TCXONC */

#endif
