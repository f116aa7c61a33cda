/* SPDX-License-Identifier: MIT */
/*
 * Moving bytes between kernel buffers and a struct uio (vm/uio.h). Sleeps in faults; no locks of
 * its own.
 */
#include "vm/uio.h"

/* One run within a piece; 0 or -EFAULT. */
static int copy_run_out(struct uio *uio, const void *from, size_t size)
{
	if (uio->kernel) {
		memcpy((void *)uio_address(uio), from, size);
		return 0;
	}
	return copy_to_user(uio_address(uio), from, size);
}

static int copy_run_in(struct uio *uio, void *to, size_t size)
{
	if (uio->kernel) {
		memcpy(to, (const void *)uio_address(uio), size);
		return 0;
	}
	return copy_from_user(to, uio_address(uio), size);
}

static int clear_run(struct uio *uio, size_t size)
{
	if (uio->kernel) {
		memset((void *)uio_address(uio), 0, size);
		return 0;
	}
	return clear_user(uio_address(uio), size);
}

/* Skips empty pieces at the front, so that the current one has a run. */
static void uio_settle(struct uio *uio)
{
	uio_advance(uio, 0);
}

ssize_t uio_copy_out(struct uio *uio, const void *from, size_t size)
{
	size_t moved = 0;

	uio_settle(uio);
	while (moved < size && uio->left) {
		size_t run = MIN(size - moved, (size_t)uio_run(uio));

		if (copy_run_out(uio, (const char *)from + moved, run))
			return moved ? (ssize_t)moved : -EFAULT;
		uio_advance(uio, run);
		moved += run;
	}
	return (ssize_t)moved;
}

ssize_t uio_copy_in(struct uio *uio, void *to, size_t size)
{
	size_t moved = 0;

	uio_settle(uio);
	while (moved < size && uio->left) {
		size_t run = MIN(size - moved, (size_t)uio_run(uio));

		if (copy_run_in(uio, (char *)to + moved, run))
			return moved ? (ssize_t)moved : -EFAULT;
		uio_advance(uio, run);
		moved += run;
	}
	return (ssize_t)moved;
}

ssize_t uio_clear(struct uio *uio, size_t size)
{
	size_t moved = 0;

	uio_settle(uio);
	while (moved < size && uio->left) {
		size_t run = MIN(size - moved, (size_t)uio_run(uio));

		if (clear_run(uio, run))
			return moved ? (ssize_t)moved : -EFAULT;
		uio_advance(uio, run);
		moved += run;
	}
	return (ssize_t)moved;
}
