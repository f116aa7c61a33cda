/* SPDX-License-Identifier: MIT */
/*
 * ppoll(2) and pselect6(2): decoding and answering. The waiting is ipc/poll.c's.
 *
 * As on Linux, the timeout in user memory gets what is left of it, so that a call that a signal
 * without a handler interrupted (ERESTARTNOHAND) goes on for the rest when it is restarted.
 */
#include "abi/poll_timeout.h"
#include "fs/fdtable.h"
#include "ipc/poll.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "task/signal.h"
#include "task/task.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

enum { POLL_INLINE = 32, SELECT_INLINE_WORDS = 4 };

nsec_t poll_expires(nsec_t length)
{
	nsec_t now;

	if (!length)
		return 0;
	now = clock_monotonic();
	return nsec_add(now, length);
}

int poll_timeout_get(uaddr_t address, nsec_t *expires)
{
	struct timespec timeout;

	*expires = NSEC_NEVER;
	if (!address)
		return 0;
	if (copy_from_user(&timeout, address, sizeof(timeout)))
		return -EFAULT;
	if (!timespec_valid(&timeout))
		return -EINVAL;
	*expires = poll_expires(timespec_to_ns(&timeout));
	return 0;
}

/* The end of a call: puts the signal mask back unless a handler is to run, and writes the time
 * left. */
static long timeout_finish(uaddr_t address, nsec_t expires, long result)
{
	nsec_t left = expires ? expires - clock_monotonic() : 0;
	struct timespec timeout = ns_to_timespec(MAX(left, (nsec_t)0));

	if (result == -EINTR)
		result = -ERESTARTNOHAND;
	restore_saved_sigmask_unless(result == -ERESTARTNOHAND);
	if (!address || expires == NSEC_NEVER)
		return result;
	if (copy_to_user(address, &timeout, sizeof(timeout)) && result == -ERESTARTNOHAND)
		return -EINTR; /* a restart would begin with the whole time again */
	return result;
}

/* Only revents changes, and the whole array was readable: each is written alone, as on Linux. */
static int pollfds_put(uaddr_t to, const struct pollfd *fds, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (copy_to_user(to + i * sizeof(*fds) + offsetof(struct pollfd, revents),
				 &fds[i].revents, sizeof(fds[i].revents)))
			return -EFAULT;
	return 0;
}

static long ppoll_fds(uaddr_t address, u32 count, nsec_t expires)
{
	struct pollfd inline_fds[POLL_INLINE], *fds = inline_fds;
	long result = -EFAULT;

	if (count > POLL_INLINE) {
		fds = kmalloc(count * sizeof(*fds));
		if (!fds)
			return -ENOMEM;
	}
	if (!copy_from_user(fds, address, count * sizeof(*fds))) {
		result = do_poll(fds, count, expires);
		if (result >= 0 && pollfds_put(address, fds, count))
			result = -EFAULT;
	}
	if (fds != inline_fds)
		kfree(fds);
	return result;
}

/* ppoll(2). */
long sys_ppoll(uaddr_t fds, u64 count_word, uaddr_t timeout, uaddr_t mask, size_t mask_size)
{
	u32 count = (u32)count_word;
	nsec_t expires;
	int error = poll_timeout_get(timeout, &expires);

	if (error)
		return error;
	error = set_user_sigmask(mask, mask_size);
	if (error)
		return error;
	return timeout_finish(timeout, expires,
			      count > rlimit(RLIMIT_NOFILE) ? -EINVAL
							    : ppoll_fds(fds, count, expires));
}

/* Three sets to ask and three to answer, of words words each, from memory that is large enough. */
static void select_layout(struct select_sets *sets, u64 *memory, u32 words)
{
	for (u32 i = 0; i < 3; i++) {
		sets->in[i] = memory + i * words;
		sets->result[i] = memory + (3 + i) * words;
	}
	memset(memory, 0, 6 * words * sizeof(u64));
}

static long select_user_sets(struct select_sets *sets, const uaddr_t address[3], nsec_t expires)
{
	size_t bytes = BITMAP_WORDS(sets->limit) * sizeof(u64);
	long result;

	for (int i = 0; i < 3; i++)
		if (address[i] && copy_from_user(sets->in[i], address[i], bytes))
			return -EFAULT;
	result = do_select(sets, expires);
	if (result < 0)
		return result;
	for (int i = 0; i < 3; i++)
		if (address[i] && copy_to_user(address[i], sets->result[i], bytes))
			return -EFAULT;
	return result;
}

static long select_user(int limit, const uaddr_t address[3], nsec_t expires)
{
	u64 inline_memory[6 * SELECT_INLINE_WORDS], *memory = inline_memory;
	struct select_sets sets = { .limit = (u32)limit };
	u32 words;
	long result;

	if (limit < 0)
		return -EINVAL;
	sets.limit = MIN(sets.limit, READ_ONCE(current->files->size));
	words = BITMAP_WORDS(sets.limit);
	if (words > SELECT_INLINE_WORDS) {
		memory = kmalloc(6 * words * sizeof(u64));
		if (!memory)
			return -ENOMEM;
	}
	select_layout(&sets, memory, words);
	result = select_user_sets(&sets, address, expires);
	if (memory != inline_memory)
		kfree(memory);
	return result;
}

/* pselect6(2): mask points to { address of the mask, its size }. */
long sys_pselect6(long limit, uaddr_t in, uaddr_t out, uaddr_t exceptional, uaddr_t timeout,
		  uaddr_t mask)
{
	const uaddr_t sets[3] = { in, out, exceptional };
	u64 mask_argument[2] = { 0, 0 };
	nsec_t expires;
	int error;

	if (mask && copy_from_user(mask_argument, mask, sizeof(mask_argument)))
		return -EFAULT;
	error = poll_timeout_get(timeout, &expires);
	if (error)
		return error;
	error = set_user_sigmask(mask_argument[0], mask_argument[1]);
	if (error)
		return error;
	return timeout_finish(timeout, expires, select_user((int)limit, sets, expires));
}
