/* SPDX-License-Identifier: MIT */
/*
 * A ring of bytes in memory that its user gives. No lock, no waiting.
 *
 * RING1: head and tail run freely; head - tail bytes are kept, at most size, a power of two.
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include "lib/assert.h"
#include "lib/string.h"
#include "lib/types.h"

struct byte_ring {
	u8 *data;
	u32 size;
	u32 head, tail; /* RING1 */
};

static inline void ring_init(struct byte_ring *ring, u8 *data, u32 size)
{
	assert((size & (size - 1)) == 0);
	*ring = (struct byte_ring){ .data = data, .size = size };
}

static inline u32 ring_count(const struct byte_ring *ring)
{
	return ring->head - ring->tail;
}

static inline u32 ring_room(const struct byte_ring *ring)
{
	return ring->size - ring_count(ring);
}

static inline void ring_clear(struct byte_ring *ring)
{
	ring->tail = ring->head;
}

/* The oldest bytes that lie in one piece: their number, with *bytes at the first. */
static inline u32 ring_peek(const struct byte_ring *ring, const u8 **bytes)
{
	u32 offset = ring->tail & (ring->size - 1);

	*bytes = ring->data + offset;
	return MIN(ring_count(ring), ring->size - offset);
}

/* Forgets the oldest bytes, of which there are at least count. */
static inline void ring_drop(struct byte_ring *ring, u32 count)
{
	ring->tail += count;
}

/* Appends as much as fits; returns how much that was. */
static inline u32 ring_put(struct byte_ring *ring, const u8 *bytes, size_t size)
{
	u32 count = (u32)MIN(size, (size_t)ring_room(ring));
	u32 offset = ring->head & (ring->size - 1);
	u32 run = MIN(count, ring->size - offset);

	memcpy(ring->data + offset, bytes, run);
	memcpy(ring->data, bytes + run, count - run);
	ring->head += count;
	return count;
}

/* Takes up to size of the oldest bytes. */
static inline u32 ring_take(struct byte_ring *ring, u8 *bytes, size_t size)
{
	const u8 *from;
	u32 total = 0, run;

	while (size > total && (run = ring_peek(ring, &from))) {
		run = (u32)MIN((size_t)run, size - total);
		memcpy(bytes + total, from, run);
		ring_drop(ring, run);
		total += run;
	}
	return total;
}

#endif
