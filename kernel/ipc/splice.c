/* SPDX-License-Identifier: MIT */
/*
 * Splicing between a pipe and a file, or memory: splice(2), vmsplice(2).
 *
 * A file whose content is pages (file_ops.read_page) gives the pipe references to them: no byte is
 * copied, and a later change of the file shows in what waits in the pipe, as on Linux. Other files
 * are read into fresh pages. Towards a file the pipe's pages are written from where they are.
 * User memory is copied both ways: a gift (SPLICE_F_GIFT) is taken as any other.
 *
 * pipe->lock is held while the file is read or written, so that bytes that could not be written
 * stay first in the pipe; a file that makes its caller wait keeps the pipe's other users waiting,
 * too. The file's locks come after the pipe's (enum mutex_level).
 *
 * Tested by tests/guest/splice.c.
 */
#include "ipc/splice.h"

#include "fs/file.h"
#include "lib/errno.h"
#include "sched/sched.h"

/* --- file to pipe --- */

/* What can be spliced from: regular files, devices, sockets. */
static bool is_source(const struct file *file)
{
	umode_t mode = file->inode->mode;

	return file->ops->read && (S_ISREG(mode) || S_ISCHR(mode) || S_ISSOCK(mode));
}

/* Puts the page of the file at pos in; bytes, 0 at the end, or -errno. */
static ssize_t put_file_page(struct file *file, loff_t pos, struct pipe *pipe, size_t size)
{
	size_t bytes;
	struct page *page = file->ops->read_page(file, pos, &bytes);

	if (IS_ERR_OR_NULL(page))
		return PTR_ERR(page);
	bytes = MIN(bytes, size);
	pipe_put_page(pipe, page, (u32)(pos % PAGE_SIZE), (u16)bytes);
	return (ssize_t)bytes;
}

/* Reads up to a page of another file in. */
static ssize_t put_read_page(struct file *file, loff_t *pos, struct pipe *pipe, size_t size)
{
	struct page *page = page_alloc(0, ALLOC_USER);
	ssize_t bytes;

	if (!page)
		return -ENOMEM;
	bytes = file_read_chunk(file, page_address(page), MIN(size, (size_t)PAGE_SIZE), pos);
	if (bytes > 0)
		pipe_put_page(pipe, page, 0, (u16)bytes);
	else
		page_put(page);
	return bytes;
}

/* One page at a time until the pipe is full. pipe->lock is held. */
static ssize_t fill_from_file(struct file *file, loff_t *pos, struct pipe *pipe, size_t size)
{
	loff_t *at = pos ? pos : &file->pos;
	size_t done = 0;
	ssize_t bytes = 0;

	while (done < size && !pipe_full(pipe)) {
		if (file->ops->read_page) {
			bytes = put_file_page(file, *at, pipe, size - done);
			*at += MAX(bytes, (ssize_t)0);
		} else {
			bytes = put_read_page(file, pos, pipe, size - done);
		}
		if (bytes <= 0)
			break;
		done += (size_t)bytes;
		if (file->mode & FMODE_STREAM || current_signal_pending())
			break;
		cond_resched();
	}
	return done ? (ssize_t)done : bytes;
}

ssize_t splice_from_file(struct file *file, loff_t *pos, struct pipe *pipe, size_t size,
			 bool nonblocking)
{
	bool own_position = !pos && file->ops->read_page;
	ssize_t result;
	bool news;

	if (!is_source(file))
		return -EINVAL;
	result = pipe_lock_writable(pipe, nonblocking);
	if (result)
		return result;
	news = pipe_would_be_news(pipe);
	if (own_position)
		mutex_lock(&file->pos_lock);
	result = fill_from_file(file, pos, pipe, size);
	if (own_position)
		mutex_unlock(&file->pos_lock);
	pipe_unlock_after_putting(pipe, news);
	return result;
}

/* --- pipe to file --- */

static bool is_target(const struct file *file)
{
	umode_t mode = file->inode->mode;

	return file->ops->write &&
	       ((S_ISREG(mode) && file->inode->object) || S_ISCHR(mode) || S_ISSOCK(mode));
}

/* Writes what is in the pipe. pipe->lock is held. */
static ssize_t drain_to_file(struct pipe *pipe, struct file *file, loff_t *pos, size_t size)
{
	size_t done = 0;
	ssize_t bytes = 0;

	while (done < size && pipe->used) {
		struct pipe_slot *slot = pipe_slot_at(pipe, 0);
		size_t wanted = MIN((size_t)slot->length, size - done);

		bytes = file_write_chunk(file, slot->data + slot->offset, wanted, pos);
		if (bytes <= 0)
			break;
		pipe_consume(pipe, (u16)bytes);
		done += (size_t)bytes;
		if ((size_t)bytes < wanted || current_signal_pending())
			break;
		cond_resched();
	}
	return done ? (ssize_t)done : bytes;
}

ssize_t splice_to_file(struct pipe *pipe, struct file *file, loff_t *pos, size_t size,
		       bool nonblocking)
{
	ssize_t result;
	bool was_full;

	if (!is_target(file))
		return -EINVAL;
	result = pipe_lock_readable(pipe, nonblocking);
	if (result <= 0)
		return result;
	was_full = pipe_full(pipe);
	result = drain_to_file(pipe, file, pos, size);
	pipe_unlock_after_taking(pipe, was_full);
	return result;
}

/* --- memory --- */

ssize_t splice_memory_in(struct file *file, struct uio *uio, bool nonblocking)
{
	struct pipe *pipe = file->private;
	ssize_t result;

	uio->how |= UIO_NOWAIT;
	do {
		result = pipe_lock_writable(pipe, nonblocking);
		if (result)
			return result;
		mutex_unlock(&pipe->lock);
		result = file->ops->write(file, uio, NULL);
	} while (result == -EAGAIN && !nonblocking);
	return result;
}

ssize_t splice_memory_out(struct file *file, struct uio *uio, bool nonblocking)
{
	if (nonblocking)
		uio->how |= UIO_NOWAIT;
	return file->ops->read(file, uio, NULL);
}
