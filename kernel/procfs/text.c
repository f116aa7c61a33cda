/* SPDX-License-Identifier: MIT */
/*
 * Growing text (procfs/text.h). Task context; allocates, does not sleep.
 */
#include "procfs/text.h"

#include <stdarg.h>

#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

enum { TEXT_FIRST = 1024, LINE_GUESS = 128 };

char *text_reserve(struct text *text, size_t size)
{
	size_t wanted = text->length + size;
	size_t bigger = MAX(text->size, (size_t)TEXT_FIRST);
	char *buffer;

	if (text->failed)
		return NULL;
	if (wanted <= text->size)
		return text->buffer + text->length;
	while (bigger < wanted)
		bigger *= 2;
	buffer = kmalloc(bigger);
	if (!buffer) {
		text->failed = true;
		return NULL;
	}
	if (text->length)
		memcpy(buffer, text->buffer, text->length);
	kfree(text->buffer);
	text->buffer = buffer;
	text->size = bigger;
	return buffer + text->length;
}

void text_append(struct text *text, const void *bytes, size_t length)
{
	char *place = text_reserve(text, length);

	if (!place)
		return;
	memcpy(place, bytes, length);
	text_commit(text, length);
}

void text_printf(struct text *text, const char *format, ...)
{
	size_t room = LINE_GUESS;

	for (;;) {
		char *place = text_reserve(text, room);
		va_list arguments;
		int length;

		if (!place)
			return;
		va_start(arguments, format);
		length = vsnprintf(place, room, format, arguments);
		va_end(arguments);
		if ((size_t)length < room) {
			text_commit(text, (size_t)length);
			return;
		}
		room = (size_t)length + 1;
	}
}

void text_free(struct text *text)
{
	kfree(text->buffer);
	*text = (struct text){ 0 };
}
