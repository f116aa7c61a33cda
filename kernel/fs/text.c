/* SPDX-License-Identifier: MIT */
/*
 * Growing text (fs/text.h). Task context; allocates, does not sleep.
 */
#include "fs/text.h"

#include <stdarg.h>

#include "base/perhart.h"
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
	size_t wanted = LINE_GUESS;

	for (;;) {
		char *place = text_reserve(text, wanted);
		size_t room = text->size - text->length;
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
		wanted = (size_t)length + 1;
	}
}

void text_hart_list(struct text *text, hartmask_t harts)
{
	const char *separator = "";

	for (unsigned int first = 0; first < MAX_HARTS; first++) {
		unsigned int last = first;

		if (!(harts >> first & 1))
			continue;
		while (last + 1 < MAX_HARTS && harts >> (last + 1) & 1)
			last++;
		if (first == last)
			text_printf(text, "%s%u", separator, first);
		else
			text_printf(text, "%s%u-%u", separator, first, last);
		separator = ",";
		first = last;
	}
}

void text_hart_mask(struct text *text, hartmask_t harts)
{
	enum { WORD = 32, DIGIT = 4 };

	if (nr_harts > WORD)
		text_printf(text, "%0*lx,%08lx", (int)DIV_ROUND_UP(nr_harts - WORD, DIGIT),
			    harts >> WORD, harts & UINT32_MAX);
	else
		text_printf(text, "%0*lx", (int)DIV_ROUND_UP(nr_harts, DIGIT), harts);
}

void text_free(struct text *text)
{
	kfree(text->buffer);
	*text = (struct text){ 0 };
}
