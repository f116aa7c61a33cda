/* SPDX-License-Identifier: MIT */
/*
 * Bit operations on arrays of words, and on single words. No locks, not atomic.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/types.h"

enum { BITS_PER_WORD = 64 };

#define BITMAP_WORDS(bits) (((bits) + BITS_PER_WORD - 1) / BITS_PER_WORD)

static inline bool bitmap_test(const u64 *map, unsigned long bit)
{
	return map[bit / BITS_PER_WORD] >> (bit % BITS_PER_WORD) & 1;
}

static inline void bitmap_set(u64 *map, unsigned long bit)
{
	map[bit / BITS_PER_WORD] |= (u64)1 << (bit % BITS_PER_WORD);
}

static inline void bitmap_clear(u64 *map, unsigned long bit)
{
	map[bit / BITS_PER_WORD] &= ~((u64)1 << (bit % BITS_PER_WORD));
}

/* First set (clear) bit at or after from; bits when there is none. */
unsigned long bitmap_find_set(const u64 *map, unsigned long bits, unsigned long from);
unsigned long bitmap_find_clear(const u64 *map, unsigned long bits, unsigned long from);

/* Index of the lowest set bit of a word that is not 0. rv64imac has no ctz instruction. */
unsigned int lowest_bit(u64 word);

/* Visits each hart (logical index) of a hartmask_t. */
#define for_each_hart_in(hart, mask)                                                               \
	for (hartmask_t hart##_left = (mask);                                                      \
	     hart##_left && ((hart) = lowest_bit(hart##_left), true);                              \
	     hart##_left &= hart##_left - 1)

#endif
