/* SPDX-License-Identifier: MIT */
/*
 * Growing text, and open files that show one: what a file of /proc or /sys is written into, whole,
 * before any of it is read. So no lock of the kernel is held while text goes to user memory.
 */
#ifndef FS_TEXT_H
#define FS_TEXT_H

#include "lib/types.h"

struct file;
struct uio;

struct text {
	char *buffer; /* NULL until something is written */
	size_t length;
	size_t size;
	bool failed; /* no memory: what follows is dropped, the read fails with ENOMEM */
};

/* Add to the end; what there is no memory for is dropped (text->failed). May sleep. */
void text_printf(struct text *text, const char *format, ...) __printf(2, 3);
void text_append(struct text *text, const void *bytes, size_t length);
/* A set of harts as "0-2,5". */
void text_hart_list(struct text *text, hartmask_t harts);
/* The same as Linux prints a bit map of all harts: "f", or words of 32 bits with commas between. */
void text_hart_mask(struct text *text, hartmask_t harts);
/* Makes room for size more bytes and gives the place; NULL when there is no memory. text_commit()
 * adds what was used. */
char *text_reserve(struct text *text, size_t size);
static inline void text_commit(struct text *text, size_t length)
{
	text->length += length;
}
void text_free(struct text *text);

/* --- open files; fs/text_file.c --- */

/* file_ops.open and .release: file->private is the text. 0 or -ENOMEM. */
int text_file_open(struct file *file) must_check;
void text_file_release(struct file *file);
/* file_ops.read: make writes the text anew, when the file is read from its beginning.
 * file->pos_lock serializes the reads of one open file. */
ssize_t text_file_read(struct file *file, struct uio *uio, loff_t *pos,
		       int (*make)(struct file *file, struct text *text)) must_check;
/* file_ops.write: hands what is written, less than a page and terminated, to store, which returns 0
 * or -errno. */
ssize_t text_file_write(struct file *file, struct uio *uio, loff_t *pos,
			int (*store)(struct file *file, char *value, size_t length)) must_check;

#endif
