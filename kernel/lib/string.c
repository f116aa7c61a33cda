/* SPDX-License-Identifier: MIT */
/*
 * The C library's memory and string functions (C11, 7.24), word by word.
 *
 * A word is loaded and stored at aligned addresses only: boards trap on others, and emulating one
 * costs hundreds of instructions. Runs whose source and destination are misaligned differently
 * are read in aligned words that are shifted together. Such a read may touch bytes
 * beside the run, never another word, hence never another page; WHOLE_WORDS tells that to the
 * address sanitizer of the host tests.
 *
 * The compiler must not see memset() in a loop of memset's: the loops are shaped, and checked
 * in the disassembly, not to be recognized.
 */
#include "lib/atomic.h"
#include "lib/copy.h"
#include "lib/string.h"

#define WHOLE_WORDS __attribute__((no_sanitize_address))

enum { WORD = sizeof(u64), BITS = 8 * WORD, BLOCK = COPY_WORDS * WORD };

#define ONES 0x0101010101010101UL
#define TOPS 0x8080808080808080UL

static inline unsigned int misalignment(const void *pointer)
{
	return (unsigned long)pointer % WORD;
}

/* Not 0 when one of the word's bytes is 0. */
static inline u64 zero_bytes(u64 word)
{
	return (word - ONES) & ~word & TOPS;
}

static inline void copy_words(u64 *to, const u64 *from, size_t words)
{
	for (; words >= COPY_WORDS; words -= COPY_WORDS) {
		copy_block(to, from);
		to += COPY_WORDS;
		from += COPY_WORDS;
	}
	for (; words; words--) {
		*to++ = *from++;
		barrier();
	}
}

static inline void copy_bytes(u8 *to, const u8 *from, size_t size)
{
	for (; size; size--) {
		*to++ = *from++;
		barrier();
	}
}

/* to is aligned, from is not: each word is put together from two. */
WHOLE_WORDS static void copy_shifted(u64 *to, const u8 *from, size_t words)
{
	unsigned int low_shift = misalignment(from) * 8;
	unsigned int high_shift = BITS - low_shift;
	const u64 *source = (const u64 *)(from - misalignment(from));
	u64 low = *source++;

	for (; words; words--) {
		u64 high = *source++;

		*to++ = low >> low_shift | high << high_shift;
		low = high;
	}
}

/* Copies upwards; right also when the runs overlap and start lies below from. Returns start. */
static void *copy_up(void *start, const u8 *from, size_t size)
{
	u8 *to = start;

	if (size >= WORD) {
		size_t head = -(unsigned long)to % WORD;
		size_t words = (size - head) / WORD;

		copy_bytes(to, from, head);
		to += head;
		from += head;
		size -= head + words * WORD;
		if (misalignment(from) == 0)
			copy_words((u64 *)to, (const u64 *)from, words);
		else if (words)
			copy_shifted((u64 *)to, from, words);
		to += words * WORD;
		from += words * WORD;
	}
	copy_bytes(to, from, size);
	return start;
}

/* Copies downwards; right also when the runs overlap and start lies above from. Returns start. */
static void *copy_down(void *start, const u8 *from, size_t size)
{
	u8 *to = (u8 *)start + size;

	from += size;
	if (misalignment(to) == misalignment(from)) {
		for (; size && misalignment(to); size--)
			*--to = *--from;
		for (; size >= WORD; size -= WORD) {
			to -= WORD;
			from -= WORD;
			*(u64 *)to = *(const u64 *)from;
			barrier();
		}
	}
	for (; size; size--) {
		*--to = *--from;
		barrier();
	}
	return start;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return copy_up(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	if ((unsigned long)to - (unsigned long)from >= size) /* to below from, or behind its end */
		return copy_up(to, from, size);
	return copy_down(to, from, size);
}

static inline void fill_words(u64 *at, u64 word, size_t words)
{
	for (; words >= COPY_WORDS; words -= COPY_WORDS) {
		at[0] = word;
		at[1] = word;
		at[2] = word;
		at[3] = word;
		at[4] = word;
		at[5] = word;
		at[6] = word;
		at[7] = word;
		at += BLOCK / WORD;
		barrier();
	}
	for (; words; words--) {
		*at++ = word;
		barrier();
	}
}

static inline void fill_bytes(u8 *at, u8 byte, size_t size)
{
	for (; size; size--) {
		*at++ = byte;
		barrier();
	}
}

void *memset(void *to, int value, size_t size)
{
	u8 *at = to;

	if (size >= WORD) {
		size_t head = -(unsigned long)at % WORD;
		size_t words = (size - head) / WORD;

		fill_bytes(at, (u8)value, head);
		fill_words((u64 *)(at + head), (u8)value * ONES, words);
		at += head + words * WORD;
		size -= head + words * WORD;
	}
	fill_bytes(at, (u8)value, size);
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const u8 *x = a, *y = b;

	if (misalignment(x) == misalignment(y)) {
		for (; size && misalignment(x); size--, x++, y++)
			if (*x != *y)
				return *x - *y;
		for (; size >= WORD && *(const u64 *)x == *(const u64 *)y; size -= WORD) {
			x += WORD;
			y += WORD;
		}
	}
	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *memory, int value, size_t size)
{
	const u8 *at = memory;
	u64 pattern = (u8)value * ONES;

	for (; size && misalignment(at); size--, at++)
		if (*at == (u8)value)
			return (void *)at;
	for (; size >= WORD && !zero_bytes(*(const u64 *)at ^ pattern); size -= WORD)
		at += WORD;
	for (; size; size--, at++)
		if (*at == (u8)value)
			return (void *)at;
	return NULL;
}

WHOLE_WORDS size_t strlen(const char *string)
{
	const char *at = string;

	for (; misalignment(at); at++)
		if (!*at)
			return at - string;
	while (!zero_bytes(*(const u64 *)at))
		at += WORD;
	while (*at)
		at++;
	return at - string;
}

size_t strnlen(const char *string, size_t limit)
{
	const char *end = memchr(string, 0, limit);

	return end ? (size_t)(end - string) : limit;
}

WHOLE_WORDS int strcmp(const char *a, const char *b)
{
	if (misalignment(a) == misalignment(b)) {
		for (; misalignment(a); a++, b++)
			if (*a != *b || !*a)
				return (u8)*a - (u8)*b;
		while (*(const u64 *)a == *(const u64 *)b && !zero_bytes(*(const u64 *)a)) {
			a += WORD;
			b += WORD;
		}
	}
	for (; *a == *b && *a; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t limit)
{
	for (; limit; limit--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *string, int character)
{
	for (; *string != (char)character; string++)
		if (!*string)
			return NULL;
	return (char *)string;
}

char *strrchr(const char *string, int character)
{
	const char *found = NULL;

	do {
		if (*string == (char)character)
			found = string;
	} while (*string++);
	return (char *)found;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);
	size_t part = MIN(length, size - 1);

	memcpy(to, from, part);
	to[part] = '\0';
	return length;
}
