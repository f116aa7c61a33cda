/* SPDX-License-Identifier: MIT */
/*
 * Reading cpio archives in the "newc" format (cpio(5), Linux's early-userspace/buffer-format): a
 * parser that is fed pieces of any size, and calls a sink. Pure: no allocation, no globals;
 * host-tested by tests/unit/test_cpio.c.
 */
#ifndef FS_CPIO_H
#define FS_CPIO_H

#include "lib/types.h"

enum { CPIO_HEADER_SIZE = 110, CPIO_NAME_MAX = 4096 };

struct cpio_entry {
	u32 ino, mode, uid, gid, nlink, mtime, size;
	u32 dev_major, dev_minor; /* of the file system that was archived: hard links */
	u32 rdev_major, rdev_minor;
	const char *name; /* terminated; not empty; valid until the entry's end */
};

/* What is called, in this order for each entry; a negative errno ends the parsing with it. */
struct cpio_sink {
	int (*begin)(void *context, const struct cpio_entry *entry);
	/* Some of the entry's size bytes, in order; not called for empty ones. */
	int (*data)(void *context, const void *bytes, size_t size);
	int (*end)(void *context);
	int (*trailer)(void *context); /* after an archive's last entry */
};

enum cpio_state {
	CPIO_BETWEEN, /* before an archive's first header: zeros may stand here */
	CPIO_HEADER,
	CPIO_NAME,
	CPIO_NAME_PADDING,
	CPIO_DATA,
	CPIO_DATA_PADDING,
};

struct cpio {
	enum cpio_state state;
	u32 have;	 /* bytes of the header or name so far */
	u32 left;	 /* bytes of padding or data to come */
	u32 name_size;	 /* with its terminator */
	bool is_trailer; /* the entry is the archive's last */
	struct cpio_entry entry;
	char header[CPIO_HEADER_SIZE];
	char name[CPIO_NAME_MAX];
	const struct cpio_sink *sink;
	void *context;
};

/* At the beginning of an archive: what it holds goes to sink, with context. */
void cpio_init(struct cpio *cpio, const struct cpio_sink *sink, void *context);
/* Takes the next piece. Returns the bytes used: fewer than size only between archives, before a
 * byte that starts no header; or -EINVAL (malformed), or the sink's error. After an error feed no
 * more. */
ssize_t cpio_feed(struct cpio *cpio, const void *piece, size_t size);
/* False while an entry is incomplete. */
bool cpio_complete(const struct cpio *cpio);

#endif
