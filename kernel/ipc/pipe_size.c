/* SPDX-License-Identifier: MIT */
/*
 * The capacity of a pipe: fcntl(2), F_SETPIPE_SZ, and /proc/sys/fs/pipe-max-size. A ring of another
 * size replaces the old one under pipe->lock; the bytes in it stay as they are.
 */
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

enum { SIZE_MOST = 1u << 31 };

u32 pipe_max_size = 1 << 20;

/* Pages for that many bytes: a power of two; 0 when there is none. */
static u32 round_slots(u64 bytes)
{
	u32 slots = 1;

	if (bytes > SIZE_MOST)
		return 0;
	while ((u64)slots * PAGE_SIZE < bytes)
		slots *= 2;
	return slots;
}

/* Moves the slots in use to the front of a new ring, and drops the pages of the others. */
static void replace_ring(struct pipe *pipe, struct pipe_slot *ring, u32 slots)
{
	struct pipe_slot *old = pipe->slot;

	for (u32 i = 0; i < pipe->slots; i++) {
		struct pipe_slot *slot = pipe_slot_at(pipe, i);

		if (i < pipe->used)
			ring[i] = *slot;
		else
			pipe_slot_empty(slot);
	}
	pipe->slot = ring;
	pipe->first = 0;
	WRITE_ONCE(pipe->slots, slots);
	if (old != pipe->few)
		kfree(old);
}

long pipe_set_size(struct pipe *pipe, u64 bytes)
{
	u32 slots = round_slots(bytes);
	struct pipe_slot *ring;

	if (!slots)
		return -EINVAL;
	if (slots > pipe->slots && (u64)slots * PAGE_SIZE > READ_ONCE(pipe_max_size) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	ring = kzalloc(slots * sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	mutex_lock(&pipe->lock);
	if (slots < pipe->used) {
		mutex_unlock(&pipe->lock);
		kfree(ring);
		return -EBUSY;
	}
	replace_ring(pipe, ring, slots);
	mutex_unlock(&pipe->lock);
	wake_up_poll(&pipe->write_wait, POLLOUT | POLLWRNORM);
	return (long)slots * PAGE_SIZE;
}

int pipe_set_max_size(u64 bytes)
{
	u32 slots = round_slots(bytes);

	if (!slots || !bytes)
		return -EINVAL;
	WRITE_ONCE(pipe_max_size, slots * PAGE_SIZE);
	return 0;
}
