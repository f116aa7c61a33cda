/* SPDX-License-Identifier: MIT */
/*
 * Memory before the page allocator: which parts of it are free. Used by page_init().
 */
#ifndef MM_BOOTMEM_H
#define MM_BOOTMEM_H

#include "base/machine.h"
#include "lib/types.h"

/* The first span of free memory, in whole pages, inside [from, limit); start == end: none. */
struct phys_range boot_next_free(u64 from, u64 limit);

/* Takes size bytes (whole pages, zeroed) from free memory in [from, limit). NULL: no room. */
void *boot_alloc_within(u64 from, u64 limit, size_t size);

#endif
