/* SPDX-License-Identifier: MIT */
/* The size of a page (privileged specification, 4.4: Sv39), which everybody counts in. */
#ifndef LIB_PAGESIZE_H
#define LIB_PAGESIZE_H

enum {
	PAGE_SHIFT = 12,
	PAGE_SIZE = 1 << PAGE_SHIFT,
};

#define PAGE_MASK (~((u64)PAGE_SIZE - 1))

#endif
