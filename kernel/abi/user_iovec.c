/* SPDX-License-Identifier: MIT */
/*
 * Copying in and checking the pieces of readv(2), writev(2) and their relatives.
 */
#include "abi/user_iovec.h"

#include "fs/file.h"
#include "lib/errno.h"
#include "mm/slab.h"

/* Checks the pieces and sums them up; what is beyond RW_MAX bytes in all is cut off. */
static ssize_t check_pieces(struct iovec *pieces, u64 count)
{
	u64 total = 0;

	for (u64 i = 0; i < count; i++) {
		if ((s64)pieces[i].length < 0)
			return -EINVAL;
		if (!access_ok(pieces[i].base, pieces[i].length))
			return -EFAULT;
		pieces[i].length = MIN(pieces[i].length, RW_MAX - total);
		total += pieces[i].length;
	}
	return (ssize_t)total;
}

int user_iovec_get(struct user_iovec *vector, uaddr_t from, u64 count, struct uio *uio)
{
	ssize_t total;

	if (count > UIO_MAXIOV)
		return -EINVAL;
	vector->pieces = vector->few;
	if (count > IOVEC_INLINE)
		vector->pieces = kmalloc(count * sizeof(struct iovec));
	if (!vector->pieces)
		return -ENOMEM;
	total = -EFAULT;
	if (!copy_from_user(vector->pieces, from, count * sizeof(struct iovec)))
		total = check_pieces(vector->pieces, count);
	if (total < 0) {
		user_iovec_free(vector);
		return (int)total;
	}
	uio_init(uio, vector->pieces, (u32)count, (u64)total, false);
	uio_advance(uio, 0);
	return 0;
}

void user_iovec_free(struct user_iovec *vector)
{
	if (vector->pieces != vector->few)
		kfree(vector->pieces);
}
