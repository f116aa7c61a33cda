/* SPDX-License-Identifier: MIT */
/*
 * From file to file inside the kernel: sendfile(2), copy_file_range(2).
 *
 * Content that is pages (file_ops.read_page) is written from where it is; other files are read
 * through a buffer. Task context; sleeps; no locks of its own.
 */
#include "fs/file.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/sched.h"

enum { COPY_CHUNK = 16 * PAGE_SIZE };

ssize_t file_read_chunk(struct file *file, void *buffer, size_t size, loff_t *pos)
{
	struct iovec piece = { (u64)buffer, size };
	struct uio uio;

	uio_init(&uio, &piece, 1, size, true);
	return pos ? file_read(file, &uio, pos) : file_read_here(file, &uio);
}

ssize_t file_write_chunk(struct file *file, const void *buffer, size_t size, loff_t *pos)
{
	struct iovec piece = { (u64)buffer, size };
	struct uio uio;

	uio_init(&uio, &piece, 1, size, true);
	return pos ? file_write(file, &uio, pos) : file_write_here(file, &uio);
}

/* One page that the source has; bytes, 0 at its end, or -errno. */
static ssize_t copy_page(struct file *from, loff_t *from_pos, struct file *to, loff_t *to_pos,
			 size_t size)
{
	size_t bytes;
	struct page *page = from->ops->read_page(from, *from_pos, &bytes);
	ssize_t moved;

	if (IS_ERR_OR_NULL(page))
		return PTR_ERR(page);
	moved = file_write_chunk(to, (char *)page_address(page) + *from_pos % PAGE_SIZE,
				 MIN(bytes, size), to_pos);
	if (moved > 0)
		*from_pos += moved;
	page_put(page);
	return moved;
}

/* A buffer's worth of any other source. */
static ssize_t copy_chunk(struct file *from, loff_t *from_pos, struct file *to, loff_t *to_pos,
			  size_t size)
{
	char *buffer = kmalloc(COPY_CHUNK);
	ssize_t got, moved;

	if (!buffer)
		return -ENOMEM;
	got = file_read_chunk(from, buffer, MIN(size, (size_t)COPY_CHUNK), from_pos);
	moved = got;
	if (got > 0)
		moved = file_write_chunk(to, buffer, (size_t)got, to_pos);
	/* What was read and could not be written is read again. */
	if (moved < got)
		*from_pos -= got - MAX(moved, (ssize_t)0);
	kfree(buffer);
	return moved;
}

ssize_t file_copy(struct file *from, loff_t *from_pos, struct file *to, loff_t *to_pos, size_t size)
{
	bool pages = from->ops->read_page;
	ssize_t done = 0, moved = 0;

	while ((size_t)done < size) {
		size_t left = size - (size_t)done;

		moved = pages ? copy_page(from, from_pos, to, to_pos, left)
			      : copy_chunk(from, from_pos, to, to_pos, left);
		if (moved <= 0)
			break;
		done += moved;
		if (current_signal_pending())
			break;
		cond_resched();
	}
	return done ? done : moved;
}
