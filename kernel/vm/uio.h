/* SPDX-License-Identifier: MIT */
/*
 * struct uio: where a read or write moves bytes to or from: up to UIO_MAXIOV pieces of user
 * memory, or one kernel buffer. uio_copy_out() and uio_copy_in() advance it; a fault leaves it
 * where it was.
 */
#ifndef VM_UIO_H
#define VM_UIO_H

#include "lib/string.h"
#include "lib/types.h"
#include "vm/usercopy.h"

enum { UIO_MAXIOV = 1024 };

struct iovec { /* as readv(2) */
	u64 base;
	u64 length;
};

enum uio_how {
	UIO_NOWAIT = 1,	  /* as if the file were O_NONBLOCK */
	UIO_APPEND = 2,	  /* as if it were O_APPEND */
	UIO_NOAPPEND = 4, /* as if it were not */
};

struct uio {
	const struct iovec *pieces; /* in kernel memory */
	u32 count;		    /* pieces left, the current one included */
	bool kernel;		    /* base is a kernel address */
	u8 how;			    /* enum uio_how: preadv2(2)'s wishes; 0 for all other calls */
	u64 done;		    /* bytes of the current piece that are done */
	u64 left;		    /* bytes left in all */
};

/* piece must live as long as the uio. */
static inline void uio_init(struct uio *uio, const struct iovec *pieces, u32 count, u64 total,
			    bool kernel)
{
	*uio = (struct uio){ pieces, count, kernel, 0, 0, total };
}

static inline u64 uio_address(const struct uio *uio)
{
	return uio->pieces->base + uio->done;
}

/* Bytes that can be moved at uio_address() in one run. */
static inline u64 uio_run(const struct uio *uio)
{
	return MIN(uio->pieces->length - uio->done, uio->left);
}

/* Goes to the next piece that has bytes. Call before uio_address() when uio_run() is 0 and left
 * is not. */
static inline void uio_advance(struct uio *uio, u64 bytes)
{
	uio->done += bytes;
	uio->left -= bytes;
	while (uio->left && uio->done == uio->pieces->length) {
		uio->pieces++;
		uio->count--;
		uio->done = 0;
	}
}

/* Kernel buffer to the uio (a read) or back (a write). Bytes moved: fewer than size only when the
 * uio is full; -EFAULT when nothing could be moved. May sleep. vm/uio.c */
ssize_t uio_copy_out(struct uio *uio, const void *from, size_t size) must_check;
ssize_t uio_copy_in(struct uio *uio, void *to, size_t size) must_check;
ssize_t uio_clear(struct uio *uio, size_t size) must_check; /* zeros */

#endif
