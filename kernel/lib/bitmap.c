/* SPDX-License-Identifier: MIT */
/*
 * Bit searches without a count-zeros instruction (rv64imac has none): the lowest bit by a de Bruijn
 * multiplication, the highest by halving.
 *
 * A de Bruijn word contains each pattern of six bits once. Multiplied by 2^n, its top six bits are
 * a number that belongs to n alone, and a table turns that number back into n.
 */
#include "lib/assert.h"
#include "lib/bitmap.h"

#define DE_BRUIJN 0x0218a392cd3d5dbfUL /* the least de Bruijn sequence B(2, 6) */

/* clang-format off */
static const u8 bit_of_pattern[BITS_PER_WORD] = {
	0,  1,  2,  7,  3,  13, 8,  19, 4,  25, 14, 28, 9,  34, 20, 40,
	5,  17, 26, 38, 15, 46, 29, 48, 10, 31, 35, 54, 21, 50, 41, 57,
	63, 6,  12, 18, 24, 27, 33, 39, 16, 37, 45, 47, 30, 53, 49, 56,
	62, 11, 23, 32, 36, 44, 52, 55, 61, 22, 43, 51, 60, 42, 59, 58,
};
/* clang-format on */

unsigned int lowest_bit(u64 word)
{
	assert(word != 0);
	return bit_of_pattern[((word & -word) * DE_BRUIJN) >> 58];
}

/* First bit at or after from that is set in map, or clear when invert is all ones. */
static inline unsigned long find_bit(const u64 *map, unsigned long bits, unsigned long from,
				     u64 invert)
{
	unsigned long index = from / BITS_PER_WORD;
	u64 word;

	if (from >= bits)
		return bits;
	word = (map[index] ^ invert) & ~(u64)0 << from % BITS_PER_WORD;
	while (!word) {
		if (++index * BITS_PER_WORD >= bits)
			return bits;
		word = map[index] ^ invert;
	}
	return MIN(index * BITS_PER_WORD + lowest_bit(word), bits);
}

unsigned long bitmap_find_set(const u64 *map, unsigned long bits, unsigned long from)
{
	return find_bit(map, bits, from, 0);
}

unsigned long bitmap_find_clear(const u64 *map, unsigned long bits, unsigned long from)
{
	return find_bit(map, bits, from, ~(u64)0);
}
