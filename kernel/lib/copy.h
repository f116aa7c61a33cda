/* SPDX-License-Identifier: MIT */
/* The innermost step of copies: a block of eight words, all loaded before any is stored. */
#ifndef LIB_COPY_H
#define LIB_COPY_H

#include "lib/types.h"

enum { COPY_WORDS = 8 };

static inline void copy_block(u64 *to, const u64 *from)
{
	u64 a = from[0], b = from[1], c = from[2], d = from[3];
	u64 e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	to[7] = h;
}

#endif
