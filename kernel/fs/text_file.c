/* SPDX-License-Identifier: MIT */
/*
 * Open files whose content is a text that is made when it is read (fs/text.h).
 *
 * Locks: none of its own; file->pos_lock serializes the reads of one open file.
 */
#include "fs/text.h"
#include "fs/vfs.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"

int text_file_open(struct file *file)
{
	file->private = kzalloc(sizeof(struct text));
	return file->private ? 0 : -ENOMEM;
}

void text_file_release(struct file *file)
{
	text_free(file->private);
	kfree(file->private);
}

static int make_anew(struct file *file, int (*make)(struct file *file, struct text *text))
{
	struct text *text = file->private;
	int error;

	text->length = 0;
	text->failed = false;
	error = make(file, text);
	return !error && text->failed ? -ENOMEM : error;
}

ssize_t text_file_read(struct file *file, struct uio *uio, loff_t *pos,
		       int (*make)(struct file *file, struct text *text))
{
	struct text *text = file->private;
	ssize_t moved;

	if (*pos == 0 || !text->buffer) {
		int error = make_anew(file, make);

		if (error)
			return error;
	}
	if ((u64)*pos >= text->length)
		return 0;
	moved = uio_copy_out(uio, text->buffer + *pos, text->length - (size_t)*pos);
	if (moved > 0)
		*pos += moved;
	return moved;
}

ssize_t text_file_write(struct file *file, struct uio *uio, loff_t *pos,
			int (*store)(struct file *file, char *value, size_t length))
{
	size_t length = uio->left;
	ssize_t result;
	char *value;

	if (length >= PAGE_SIZE)
		return -EINVAL;
	value = kmalloc(length + 1);
	if (!value)
		return -ENOMEM;
	result = uio_copy_in(uio, value, length);
	if (result >= 0) {
		int error;

		value[result] = '\0';
		error = store(file, value, (size_t)result);
		result = error ? error : result;
	}
	kfree(value);
	if (result > 0)
		*pos += result;
	return result;
}
