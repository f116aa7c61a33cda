/* SPDX-License-Identifier: MIT */
/*
 * Hashes for tables inside the kernel. They spread well but keep no secrets: keys that a user
 * chooses can be made to collide, so a chain must be tolerable even then.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include "lib/types.h"

/* Mixes a number. All bits of the result depend on all bits of value, so any of them may index a
 * table. */
static inline u64 hash_u64(u64 value)
{
	value *= 0x9e3779b97f4a7c15UL; /* 2^64 / golden ratio: spreads neighbours evenly */
	value ^= value >> 32;
	value *= 0x9e3779b97f4a7c15UL;
	return value ^ value >> 32;
}

/* Hashes a run of bytes (FNV-1a, then mixed); seed chains runs or separates tables. */
static inline u64 hash_bytes(const void *bytes, size_t size, u64 seed)
{
	const u8 *at = bytes;
	u64 hash = 0xcbf29ce484222325UL ^ seed;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3UL;
	return hash ^ hash >> 32;
}

#endif
