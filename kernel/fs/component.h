/* SPDX-License-Identifier: MIT */
/*
 * One component of a path name: cut off and hashed in one pass. Pure; tests/unit/test_path.c.
 */
#ifndef FS_COMPONENT_H
#define FS_COMPONENT_H

#include "lib/types.h"

struct component {
	const char *name; /* not terminated */
	u32 length;
	u32 hash;   /* of the name alone */
	bool slash; /* a slash follows it */
	bool final; /* nothing but slashes follows it */
};

/* The hash of a name is that of all its bytes in order, from HASH_SEED on. */
enum { HASH_SEED = 0, HASH_FACTOR = 0x01000193 };

static inline u32 hash_byte(u32 hash, char byte)
{
	return (hash ^ (u8)byte) * HASH_FACTOR;
}

static inline u32 hash_name(const char *name, size_t length)
{
	u32 hash = HASH_SEED;

	while (length--)
		hash = hash_byte(hash, *name++);
	return hash;
}

static inline const char *skip_slashes(const char *at)
{
	while (*at == '/')
		at++;
	return at;
}

/* Cuts the first component off a path that does not start with a slash and is not empty; returns
 * where the next one starts. */
static inline const char *component_scan(const char *at, struct component *part)
{
	u32 hash = HASH_SEED;

	part->name = at;
	for (; *at && *at != '/'; at++)
		hash = hash_byte(hash, *at);
	part->length = (u32)(at - part->name);
	part->hash = hash;
	part->slash = *at;
	at = skip_slashes(at);
	part->final = !*at;
	return at;
}

static inline bool component_is_dot(const struct component *part)
{
	return part->length == 1 && part->name[0] == '.';
}

static inline bool component_is_dotdot(const struct component *part)
{
	return part->length == 2 && part->name[0] == '.' && part->name[1] == '.';
}

#endif
