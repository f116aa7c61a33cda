/* SPDX-License-Identifier: MIT */
/*
 * Clearing and copying a page: straight runs of loads and stores, so that hardly anything but them
 * is executed (547 instructions to clear, 1075 to copy). Loads run eight ahead of their stores for
 * the sake of in-order cores. Zicboz would be shorter where it exists; no board of ours has it.
 */
#include "mm/page.h"

enum { RUN = 256 / sizeof(u64) };

static inline void clear_8(u64 *to)
{
	to[0] = 0;
	to[1] = 0;
	to[2] = 0;
	to[3] = 0;
	to[4] = 0;
	to[5] = 0;
	to[6] = 0;
	to[7] = 0;
}

static inline void copy_8(u64 *restrict to, const u64 *restrict from)
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

void page_clear(void *page)
{
	u64 *end = (u64 *)page + PAGE_SIZE / sizeof(u64);

	for (u64 *at = page; at != end; at += RUN) {
		clear_8(at);
		clear_8(at + 8);
		clear_8(at + 16);
		clear_8(at + 24);
		barrier(); /* else the compiler sees a memset() */
	}
}

void page_copy(void *to, const void *from)
{
	const u64 *source = from;
	u64 *end = (u64 *)to + PAGE_SIZE / sizeof(u64);

	for (u64 *at = to; at != end; at += RUN, source += RUN) {
		copy_8(at, source);
		copy_8(at + 8, source + 8);
		copy_8(at + 16, source + 16);
		copy_8(at + 24, source + 24);
	}
}
