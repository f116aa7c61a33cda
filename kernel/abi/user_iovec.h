/* SPDX-License-Identifier: MIT */
/* The pieces of readv(2) and its relatives, from user memory. */
#ifndef ABI_USER_IOVEC_H
#define ABI_USER_IOVEC_H

#include "vm/uio.h"

enum { IOVEC_INLINE = 8 };

struct user_iovec {
	struct iovec few[IOVEC_INLINE];
	struct iovec *pieces; /* few, or allocated */
};

/* Copies count pieces and checks them (readv(2): their sum fits ssize_t and is cut to what one call
 * moves); sets *uio to them. 0, -EINVAL, -EFAULT, -ENOMEM. On success user_iovec_free() afterwards.
 * May sleep. */
int user_iovec_get(struct user_iovec *vector, uaddr_t from, u64 count, struct uio *uio) must_check;
void user_iovec_free(struct user_iovec *vector);

#endif
