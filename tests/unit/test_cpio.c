/* SPDX-License-Identifier: MIT */
/* The cpio parser: whole archives, every way of cutting them, and damaged ones. */
/* sources: kernel/fs/cpio.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fs/cpio.h"
#include "lib/errno.h"

enum { ARCHIVE_MAX = 16384, EVENTS_MAX = 65536, FLIPS = 20000 };

struct archive {
	char bytes[ARCHIVE_MAX];
	size_t size;
};

/* What the sink saw, as text: "b name size;", "d byte...;", "e;", "t;". */
struct log {
	char text[EVENTS_MAX];
	size_t length;
	int fail_at; /* the sink call that answers -ENOSPC, from 1; 0: none */
	int calls;
};

static int answer(struct log *log)
{
	return ++log->calls == log->fail_at ? -ENOSPC : 0;
}

static void add(struct log *log, const char *text)
{
	size_t length = strlen(text);

	if (log->length + length < EVENTS_MAX) {
		memcpy(log->text + log->length, text, length + 1);
		log->length += length;
	}
}

static int on_begin(void *context, const struct cpio_entry *entry)
{
	char text[CPIO_NAME_MAX + 64];

	snprintf(text, sizeof(text), "b %s %o %u %u;", entry->name, entry->mode, entry->ino,
		 entry->size);
	add(context, text);
	return answer(context);
}

static int on_data(void *context, const void *bytes, size_t size)
{
	struct log *log = context;

	assert_true(size > 0);
	for (size_t i = 0; i < size; i++) {
		char text[2] = { ((const char *)bytes)[i], 0 };

		if (!text[0])
			text[0] = '0';
		add(log, text);
	}
	return answer(log);
}

static int on_end(void *context)
{
	add(context, "e;");
	return answer(context);
}

static int on_trailer(void *context)
{
	add(context, "t;");
	return answer(context);
}

static const struct cpio_sink sink = { on_begin, on_data, on_end, on_trailer };

/* --- making archives --- */

static void put(struct archive *archive, const void *bytes, size_t size)
{
	assert_true(archive->size + size <= ARCHIVE_MAX);
	memcpy(archive->bytes + archive->size, bytes, size);
	archive->size += size;
}

static void pad(struct archive *archive)
{
	while (archive->size % 4)
		put(archive, "", 1);
}

static void put_entry(struct archive *archive, const char *name, unsigned int mode,
		      unsigned int ino, const char *content)
{
	char header[CPIO_HEADER_SIZE + 1];
	size_t size = strlen(content);

	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ino, mode, 1, 2, 1,
		 0x5f000000, (unsigned int)size, 8, 1, 4, 64, (unsigned int)strlen(name) + 1, 0);
	put(archive, header, CPIO_HEADER_SIZE);
	put(archive, name, strlen(name) + 1);
	pad(archive);
	put(archive, content, size);
	pad(archive);
}

static void put_trailer(struct archive *archive)
{
	put_entry(archive, "TRAILER!!!", 0, 0, "");
}

static void make_sample(struct archive *archive)
{
	archive->size = 0;
	put_entry(archive, ".", 040755, 1, "");
	put_entry(archive, "bin", 040755, 2, "");
	put_entry(archive, "bin/a", 0100755, 3, "content of a");
	put_entry(archive, "bin/bb", 0100755, 4, "x");
	put_entry(archive, "bin/link", 0120777, 5, "a");
	put_entry(archive, "empty", 0100644, 6, "");
	put_trailer(archive);
}

static const char *const sample_log = "b . 40755 1 0;e;b bin 40755 2 0;e;"
				      "b bin/a 100755 3 12;content of ae;b bin/bb 100755 4 1;xe;"
				      "b bin/link 120777 5 1;ae;b empty 100644 6 0;e;t;";

/* --- running --- */

static ssize_t parse(const struct archive *archive, size_t size, size_t chunk, struct log *log,
		     bool *complete)
{
	struct cpio cpio;
	size_t at = 0;

	memset(log->text, 0, 1);
	log->length = 0;
	log->calls = 0;
	cpio_init(&cpio, &sink, log);
	while (at < size) {
		/* An exact copy on the heap, so that reading past it is found. */
		size_t piece = size - at < chunk ? size - at : chunk;
		char *copy = test_malloc(piece);
		ssize_t used;

		memcpy(copy, archive->bytes + at, piece);
		used = cpio_feed(&cpio, copy, piece);
		test_free(copy);
		if (used < 0)
			return used;
		at += (size_t)used;
		if ((size_t)used < piece)
			break;
	}
	*complete = cpio_complete(&cpio);
	return (ssize_t)at;
}

static struct archive archive;
static struct log sink_log;

static void test_whole(void **state)
{
	bool complete;

	make_sample(&archive);
	sink_log.fail_at = 0;
	assert_int_equal(parse(&archive, archive.size, archive.size, &sink_log, &complete),
			 archive.size);
	assert_true(complete);
	assert_string_equal(sink_log.text, sample_log);
}

static void test_every_chunk(void **state)
{
	bool complete;

	make_sample(&archive);
	for (size_t chunk = 1; chunk <= archive.size; chunk++) {
		assert_int_equal(parse(&archive, archive.size, chunk, &sink_log, &complete),
				 archive.size);
		assert_true(complete);
		assert_string_equal(sink_log.text, sample_log);
	}
}

/* A truncated archive is incomplete, unless it was cut between two entries; what was seen is right.
 */
static void test_every_truncation(void **state)
{
	bool complete;

	make_sample(&archive);
	for (size_t size = 0; size < archive.size; size++) {
		assert_int_equal(parse(&archive, size, 7, &sink_log, &complete), size);
		assert_memory_equal(sink_log.text, sample_log, sink_log.length);
		if (complete && size)
			assert_true(size % 4 == 0);
	}
}

static void test_concatenated(void **state)
{
	char twice[512];
	bool complete;

	make_sample(&archive);
	for (int i = 0; i < 5; i++)
		put(&archive, "\0\0\0\0", 4);
	put_entry(&archive, "second", 0100600, 9, "abc");
	put_trailer(&archive);
	put(&archive, "\0\0\0", 3);
	snprintf(twice, sizeof(twice), "%sb second 100600 9 3;abce;t;", sample_log);
	assert_int_equal(parse(&archive, archive.size, 11, &sink_log, &complete), archive.size);
	assert_true(complete);
	assert_string_equal(sink_log.text, twice);
}

/* Parsing stops before what is no archive, such as a compressed one. */
static void test_foreign(void **state)
{
	bool complete;
	size_t size;

	make_sample(&archive);
	put(&archive, "\0\0", 2);
	size = archive.size;
	put(&archive, "\x1f\x8b\x08 and so on", 12);
	assert_int_equal(parse(&archive, archive.size, archive.size, &sink_log, &complete), size);
	assert_true(complete);
	assert_int_equal(parse(&archive, archive.size, 5, &sink_log, &complete), size);
	assert_string_equal(sink_log.text, sample_log);
}

static void test_malformed(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
	} damages[] = {
		{ 0, "070707" },			/* another format */
		{ 5, "9" },				/* unknown magic */
		{ 6, "0000000g" },			/* no hexadecimal digit */
		{ 94, "00000000" },			/* no name */
		{ 94, "00000001" },			/* an empty name */
		{ 94, "00001001" },			/* a name that is too long */
		{ 94, "ffffffff" }, { 94, "00000003" }, /* a name without its end */
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		bool complete;

		make_sample(&archive);
		memcpy(archive.bytes + damages[i].at, damages[i].bytes, strlen(damages[i].bytes));
		assert_int_equal(parse(&archive, archive.size, 64, &sink_log, &complete), -EINVAL);
	}
}

static void test_sink_errors(void **state)
{
	bool complete;
	int calls;

	make_sample(&archive);
	sink_log.fail_at = 0;
	parse(&archive, archive.size, 3, &sink_log, &complete);
	calls = sink_log.calls;
	for (int i = 1; i <= calls; i++) {
		sink_log.fail_at = i;
		assert_int_equal(parse(&archive, archive.size, 3, &sink_log, &complete), -ENOSPC);
	}
	sink_log.fail_at = 0;
}

static size_t pseudo_random(size_t limit)
{
	static u64 seed = 88172645463325252u;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

/* Damaged in any way, an archive is parsed or refused, with no access out of bounds. */
static void test_random_flips(void **state)
{
	for (int i = 0; i < FLIPS; i++) {
		size_t flips = 1 + pseudo_random(4);
		bool complete;

		make_sample(&archive);
		while (flips--)
			archive.bytes[pseudo_random(archive.size)] ^= (char)(1 << pseudo_random(8));
		parse(&archive, archive.size, 1 + pseudo_random(200), &sink_log, &complete);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_chunk),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_concatenated),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_sink_errors),
		cmocka_unit_test(test_random_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
