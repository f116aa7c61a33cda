/* SPDX-License-Identifier: MIT */
/* Decompressing gzip (RFC 1952) from memory with zlib's inflate, piece by piece. */
#ifndef FS_GUNZIP_H
#define FS_GUNZIP_H

#include "lib/types.h"

/* Do they begin as a member of a gzip file does? */
bool is_gzip(const void *bytes, size_t size);
/* Decompresses the member at the start of from and hands it on in pieces. Returns the bytes of from
 * that it took; -EINVAL (malformed, truncated, wrong checksum), -ENOMEM, or take's error. */
ssize_t gunzip(const void *from, size_t size,
	       int (*take)(void *context, const void *piece, size_t size),
	       void *context) must_check;

#endif
