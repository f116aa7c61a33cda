/* SPDX-License-Identifier: MIT */
/*
 * The cpio parser (fs/cpio.h): a state machine over bytes.
 *
 * An entry is a header of 110 bytes (a magic of 6, then 13 numbers of 8 hexadecimal digits), the
 * name with its terminator, zeros to a multiple of 4 from the header's start, the content, zeros to
 * a multiple of 4. An entry named TRAILER!!! ends the archive; another may follow after zeros.
 */
#include "fs/cpio.h"

#include "lib/errno.h"
#include "lib/string.h"

enum { MAGIC_SIZE = 6, FIELD_SIZE = 8, ALIGNMENT = 4 };

void cpio_init(struct cpio *cpio, const struct cpio_sink *sink, void *context)
{
	cpio->state = CPIO_BETWEEN;
	cpio->have = 0;
	cpio->left = 0;
	cpio->is_trailer = false;
	cpio->sink = sink;
	cpio->context = context;
}

bool cpio_complete(const struct cpio *cpio)
{
	return cpio->state == CPIO_BETWEEN || (cpio->state == CPIO_HEADER && !cpio->have);
}

/* --- the header --- */

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool parse_field(const char *text, u32 *value)
{
	*value = 0;
	for (int i = 0; i < FIELD_SIZE; i++) {
		int digit = digit_value(text[i]);

		if (digit < 0)
			return false;
		*value = *value << 4 | (u32)digit;
	}
	return true;
}

static int parse_header(struct cpio *cpio)
{
	struct cpio_entry *entry = &cpio->entry;
	u32 checksum;
	u32 *const fields[] = {
		&entry->ino,	   &entry->mode,       &entry->uid,	   &entry->gid,
		&entry->nlink,	   &entry->mtime,      &entry->size,	   &entry->dev_major,
		&entry->dev_minor, &entry->rdev_major, &entry->rdev_minor, &cpio->name_size,
		&checksum,
	};

	if (memcmp(cpio->header, "070701", MAGIC_SIZE) &&
	    memcmp(cpio->header, "070702", MAGIC_SIZE))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!parse_field(cpio->header + MAGIC_SIZE + i * FIELD_SIZE, fields[i]))
			return -EINVAL;
	if (cpio->name_size < 2 || cpio->name_size > CPIO_NAME_MAX)
		return -EINVAL;
	return 0;
}

/* --- what ends a part and begins the next --- */

static u32 padding_after(u32 size)
{
	return -size % ALIGNMENT;
}

static void go_to(struct cpio *cpio, enum cpio_state state, u32 left)
{
	cpio->state = state;
	cpio->left = left;
	cpio->have = 0;
}

static int name_ended(struct cpio *cpio)
{
	u32 padding = padding_after(CPIO_HEADER_SIZE + cpio->name_size);

	if (memchr(cpio->name, '\0', cpio->name_size) != cpio->name + cpio->name_size - 1)
		return -EINVAL;
	cpio->entry.name = cpio->name;
	cpio->is_trailer = strcmp(cpio->name, "TRAILER!!!") == 0;
	go_to(cpio, CPIO_NAME_PADDING, padding);
	return 0;
}

static int entry_ended(struct cpio *cpio)
{
	u32 padding = padding_after(cpio->entry.size);

	go_to(cpio, CPIO_DATA_PADDING, padding);
	if (cpio->is_trailer)
		return cpio->sink->trailer(cpio->context);
	return cpio->sink->end(cpio->context);
}

static int data_begins(struct cpio *cpio)
{
	int error = 0;

	if (!cpio->is_trailer)
		error = cpio->sink->begin(cpio->context, &cpio->entry);
	if (error)
		return error;
	go_to(cpio, CPIO_DATA, cpio->entry.size);
	return cpio->left ? 0 : entry_ended(cpio);
}

static void padding_ended(struct cpio *cpio)
{
	go_to(cpio, cpio->is_trailer ? CPIO_BETWEEN : CPIO_HEADER, 0);
}

/* --- bytes --- */

/* Collects bytes for the header or the name; those taken. */
static size_t collect(struct cpio *cpio, char *to, u32 wanted, const char *from, size_t size)
{
	size_t taken = MIN(size, (size_t)(wanted - cpio->have));

	memcpy(to + cpio->have, from, taken);
	cpio->have += (u32)taken;
	return taken;
}

static ssize_t feed_header(struct cpio *cpio, const char *from, size_t size)
{
	size_t taken = collect(cpio, cpio->header, CPIO_HEADER_SIZE, from, size);
	int error;

	if (cpio->have < CPIO_HEADER_SIZE)
		return (ssize_t)taken;
	error = parse_header(cpio);
	go_to(cpio, CPIO_NAME, 0);
	return error ? error : (ssize_t)taken;
}

static ssize_t feed_name(struct cpio *cpio, const char *from, size_t size)
{
	size_t taken = collect(cpio, cpio->name, cpio->name_size, from, size);
	int error = cpio->have == cpio->name_size ? name_ended(cpio) : 0;

	return error ? error : (ssize_t)taken;
}

static ssize_t feed_data(struct cpio *cpio, const char *from, size_t size)
{
	size_t taken = MIN(size, (size_t)cpio->left);
	int error = 0;

	if (!cpio->is_trailer)
		error = cpio->sink->data(cpio->context, from, taken);
	cpio->left -= (u32)taken;
	if (!error && !cpio->left)
		error = entry_ended(cpio);
	return error ? error : (ssize_t)taken;
}

static ssize_t feed_between(struct cpio *cpio, const char *from, size_t size)
{
	size_t zeros = 0;

	while (zeros < size && !from[zeros])
		zeros++;
	if (zeros < size && from[zeros] == '0')
		go_to(cpio, CPIO_HEADER, 0);
	return (ssize_t)zeros;
}

static size_t feed_padding(struct cpio *cpio, size_t size)
{
	size_t taken = MIN(size, (size_t)cpio->left);

	cpio->left -= (u32)taken;
	return taken;
}

static ssize_t feed_some(struct cpio *cpio, const char *from, size_t size)
{
	switch (cpio->state) {
	case CPIO_BETWEEN: return feed_between(cpio, from, size);
	case CPIO_HEADER: return feed_header(cpio, from, size);
	case CPIO_NAME: return feed_name(cpio, from, size);
	case CPIO_DATA: return feed_data(cpio, from, size);
	case CPIO_NAME_PADDING:
	case CPIO_DATA_PADDING: return (ssize_t)feed_padding(cpio, size);
	}
	return -EINVAL;
}

/* Passes on from padding that is complete, be it empty. */
static int finish_padding(struct cpio *cpio)
{
	int error = 0;

	if (cpio->state == CPIO_NAME_PADDING && !cpio->left)
		error = data_begins(cpio);
	if (cpio->state == CPIO_DATA_PADDING && !cpio->left)
		padding_ended(cpio);
	return error;
}

ssize_t cpio_feed(struct cpio *cpio, const void *piece, size_t size)
{
	const char *from = piece;
	size_t used = 0;

	while (used < size) {
		enum cpio_state before = cpio->state;
		ssize_t taken = feed_some(cpio, from + used, size - used);
		int error;

		if (taken < 0)
			return taken;
		used += (size_t)taken;
		error = finish_padding(cpio);
		if (error)
			return error;
		if (!taken && cpio->state == before)
			break; /* something else than an archive follows */
	}
	return (ssize_t)used;
}
