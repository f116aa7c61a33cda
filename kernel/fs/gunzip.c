/* SPDX-License-Identifier: MIT */
/*
 * gzip by zlib (fs/gunzip.h). zlib's memory comes from kmalloc; it is about 40 KiB for the window
 * and tables, and the output buffer.
 */
#include "fs/gunzip.h"

#include <zlib.h>

#include "lib/errno.h"
#include "mm/slab.h"

enum { OUTPUT_SIZE = 64 * KiB, GZIP_WINDOW = 16 + MAX_WBITS };

bool is_gzip(const void *bytes, size_t size)
{
	const u8 *head = bytes;

	return size >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == Z_DEFLATED;
}

static voidpf zlib_alloc(voidpf opaque, uInt items, uInt size)
{
	return kmalloc((size_t)items * size);
}

static void zlib_free(voidpf opaque, voidpf memory)
{
	kfree(memory);
}

static int error_of(int status)
{
	return status == Z_MEM_ERROR ? -ENOMEM : -EINVAL;
}

/* Runs the stream to its end, through a buffer of OUTPUT_SIZE. */
static int inflate_all(z_stream *stream, u8 *buffer,
		       int (*take)(void *context, const void *piece, size_t size), void *context)
{
	int status;
	int error;

	do {
		stream->next_out = buffer;
		stream->avail_out = OUTPUT_SIZE;
		status = inflate(stream, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END)
			return error_of(status);
		error = take(context, buffer, OUTPUT_SIZE - stream->avail_out);
		if (error)
			return error;
	} while (status != Z_STREAM_END);
	return 0;
}

ssize_t gunzip(const void *from, size_t size,
	       int (*take)(void *context, const void *piece, size_t size), void *context)
{
	z_stream stream = {
		.next_in = (z_const Bytef *)from,
		.avail_in = (uInt)MIN(size, (size_t)UINT32_MAX),
		.zalloc = zlib_alloc,
		.zfree = zlib_free,
	};
	u8 *buffer = kmalloc(OUTPUT_SIZE);
	int status, error;

	if (!buffer)
		return -ENOMEM;
	status = inflateInit2(&stream, GZIP_WINDOW);
	error = status == Z_OK ? inflate_all(&stream, buffer, take, context) : error_of(status);
	if (status == Z_OK)
		inflateEnd(&stream);
	kfree(buffer);
	return error ? error : (ssize_t)(size - stream.avail_in);
}
