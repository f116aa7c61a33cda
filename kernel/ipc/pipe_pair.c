/* SPDX-License-Identifier: MIT */
/*
 * Moving or sharing pages between two pipes: splice(2) and tee(2) on pipes.
 *
 * A slot that is taken whole changes hands with its page, and the other pipe's spare page comes
 * back for it. What is taken in part, and all that tee copies, is one page that both pipes refer to
 * from then on: neither writes to it any more (SLOT_SHARED).
 *
 * Both locks are held, the lower address first. A call waits for bytes in the one and for room in
 * the other in turn, and looks again when it has both locks.
 */
#include "ipc/splice.h"

static void lock_pair(struct pipe *a, struct pipe *b)
{
	mutex_lock(a < b ? &a->lock : &b->lock);
	mutex_lock_nested(a < b ? &b->lock : &a->lock);
}

/* The i-th slot of `from`, or its first bytes, become the newest slot of `to` as well. */
static void share_slot(struct pipe_slot *slot, struct pipe *to, u16 bytes)
{
	struct page *page = virt_to_page(slot->data);

	page_get(page);
	slot->flags |= SLOT_SHARED;
	pipe_put_page(to, page, slot->offset, bytes);
}

/* The oldest slot of `from` becomes the newest one of `to`. */
static void hand_over_slot(struct pipe *from, struct pipe *to)
{
	struct pipe_slot *slot = pipe_slot_at(from, 0), *place = pipe_slot_at(to, to->used);
	struct pipe_slot spare = *place;

	*place = *slot;
	place->flags &= SLOT_SHARED;
	*slot = (struct pipe_slot){ .data = spare.data };
	from->first = (from->first + 1) & (from->slots - 1);
	WRITE_ONCE(from->used, from->used - 1);
	WRITE_ONCE(to->used, to->used + 1);
}

static size_t move_slots(struct pipe *from, struct pipe *to, size_t size)
{
	size_t done = 0;

	while (done < size && from->used && !pipe_full(to)) {
		struct pipe_slot *slot = pipe_slot_at(from, 0);
		u16 bytes = (u16)MIN((size_t)slot->length, size - done);

		if (bytes < slot->length) {
			share_slot(slot, to, bytes);
			pipe_consume(from, bytes);
		} else {
			hand_over_slot(from, to);
		}
		done += bytes;
	}
	return done;
}

static size_t copy_slots(struct pipe *from, struct pipe *to, size_t size)
{
	size_t done = 0;

	for (u32 i = 0; done < size && i < from->used && !pipe_full(to); i++) {
		struct pipe_slot *slot = pipe_slot_at(from, i);
		u16 bytes = (u16)MIN((size_t)slot->length, size - done);

		share_slot(slot, to, bytes);
		done += bytes;
	}
	return done;
}

/* Waits until `from` has bytes and, after that, until `to` has room: 1; 0 at the end of file, or
 * -errno. They may be gone again when this returns. */
static int wait_for_both(struct pipe *from, struct pipe *to, bool nonblocking)
{
	int result = pipe_lock_readable(from, nonblocking);

	if (result <= 0)
		return result;
	mutex_unlock(&from->lock);
	result = pipe_lock_writable(to, nonblocking);
	if (result)
		return result;
	mutex_unlock(&to->lock);
	return 1;
}

/* Lets go of both, and wakes those for whom something has changed. */
static void unlock_pair(struct pipe *from, struct pipe *to, bool was_full, bool news)
{
	bool room = was_full && !pipe_full(from);
	bool bytes = news && to->used;

	mutex_unlock(&from->lock);
	mutex_unlock(&to->lock);
	if (room)
		wake_up_poll(&from->write_wait, POLLOUT | POLLWRNORM);
	if (bytes)
		wake_up_poll(&to->read_wait, POLLIN | POLLRDNORM);
	/* Who waited in turn was one of many, perhaps: the next one of each kind looks, too. */
	wake_up_poll(&from->read_wait, POLLIN | POLLRDNORM);
	wake_up_poll(&to->write_wait, POLLOUT | POLLWRNORM);
}

ssize_t splice_pipes(struct pipe *from, struct pipe *to, size_t size, bool tee, bool nonblocking)
{
	size_t done = 0;

	while (!done) {
		int ready = wait_for_both(from, to, nonblocking);
		bool was_full, news;

		if (ready <= 0)
			return ready;
		lock_pair(from, to);
		was_full = pipe_full(from);
		news = pipe_would_be_news(to);
		if (to->readers)
			done = tee ? copy_slots(from, to, size) : move_slots(from, to, size);
		unlock_pair(from, to, was_full, news);
	}
	return (ssize_t)done;
}
