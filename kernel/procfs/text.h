/* SPDX-License-Identifier: MIT */
/*
 * Growing text: what a file of /proc is written into, whole, before any of it is read. So no lock
 * of the kernel is held while text goes to user memory.
 */
#ifndef PROCFS_TEXT_H
#define PROCFS_TEXT_H

#include "lib/types.h"

struct text {
	char *buffer; /* NULL until something is written */
	size_t length;
	size_t size;
	bool failed; /* no memory: what follows is dropped, the read fails with ENOMEM */
};

void text_printf(struct text *text, const char *format, ...) __printf(2, 3);
void text_append(struct text *text, const void *bytes, size_t length);
/* Makes room for size more bytes and gives the place; NULL when there is no memory. text_commit()
 * adds what was used. */
char *text_reserve(struct text *text, size_t size);
static inline void text_commit(struct text *text, size_t length)
{
	text->length += length;
}
void text_free(struct text *text);

#endif
