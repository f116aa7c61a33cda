/* SPDX-License-Identifier: MIT */
/*
 * select(2): poll.c's waiting with sets of descriptors as bitmaps. Sleeps; no locks.
 */
#include "fs/fdtable.h"
#include "ipc/poll.h"
#include "lib/bitmap.h"
#include "lib/errno.h"

/* What makes a descriptor count as readable, writable, exceptional: select(2), "Correspondence". */
static const u32 select_events[3] = {
	POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
	POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
	POLLPRI,
};

/* One descriptor that is in some of the sets: how many bits of the result it sets, or -EBADF. */
static long select_descriptor(struct select_sets *sets, u32 number, struct poll_table *table)
{
	u32 word = number / BITS_PER_WORD;
	u64 bit = (u64)1 << number % BITS_PER_WORD;
	struct fd fd = fdget(number);
	u32 wanted = 0, now;
	long found = 0;

	if (!fd.file)
		return -EBADF;
	for (int i = 0; i < 3; i++)
		if (sets->in[i][word] & bit)
			wanted |= select_events[i];
	now = poll_file(fd.file, wanted, table);
	fdput(fd);
	for (int i = 0; i < 3 && now; i++) {
		if (sets->in[i][word] & bit && now & select_events[i]) {
			sets->result[i][word] |= bit;
			found++;
		}
	}
	return found;
}

static long select_scan(void *data, struct poll_table *table)
{
	struct select_sets *sets = data;
	long found = 0;

	for (u32 word = 0; word < BITMAP_WORDS(sets->limit); word++) {
		u64 wanted = sets->in[0][word] | sets->in[1][word] | sets->in[2][word];

		if (word)
			cond_resched();
		for (; wanted; wanted &= wanted - 1) {
			u32 number = word * BITS_PER_WORD + lowest_bit(wanted);
			long result;

			if (number >= sets->limit)
				break;
			result = select_descriptor(sets, number, table);
			if (result < 0)
				return result;
			if (result)
				table = NULL;
			found += result;
		}
	}
	return found;
}

long do_select(struct select_sets *sets, nsec_t expires)
{
	return poll_until(select_scan, sets, expires);
}
