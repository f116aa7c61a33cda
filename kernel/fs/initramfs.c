/* SPDX-License-Identifier: MIT */
/*
 * The initramfs: cpio archives, plain or gzip, one after the other, unpacked into the root file
 * system at boot by the boot task, before anything else runs.
 *
 * An entry that cannot be made (its directory is missing, say) is left out and counted; what is
 * malformed ends the unpacking, and what came before stays. Entries with more than one link are
 * remembered until the archive's end, so that the later names become hard links to the first.
 *
 * Entry point: initramfs_unpack. Host-tested part: fs/cpio.c.
 */
#include "base/log.h"
#include "fs/cpio.h"
#include "fs/file.h"
#include "fs/gunzip.h"
#include "fs/mnt_ns.h"
#include "fs/tmpfs.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/timer.h"

enum { LINK_BUCKETS = 64 };

/* The first name of a file that has several. */
struct first_name {
	struct list_head link;
	u32 ino, dev_major, dev_minor;
	char name[];
};

struct unpacking {
	struct cpio cpio;
	struct cpio_entry entry;
	char name[PATH_MAX + 1]; /* "/" and the entry's name */
	struct file *file;	 /* regular file that is being filled, or NULL */
	loff_t pos;
	char *target; /* symbolic link's, being collected, or NULL */
	u32 target_length;
	bool skip; /* the entry could not be made */
	u64 failures;
	struct list_head links[LINK_BUCKETS];
};

/* --- hard links --- */

static struct list_head *bucket_of(struct unpacking *u)
{
	return &u->links[u->entry.ino % LINK_BUCKETS];
}

static const char *find_first_name(struct unpacking *u)
{
	const struct cpio_entry *entry = &u->entry;
	struct first_name *first;

	list_for_each_entry (first, bucket_of(u), link)
		if (first->ino == entry->ino && first->dev_major == entry->dev_major &&
		    first->dev_minor == entry->dev_minor)
			return first->name;
	return NULL;
}

static int remember_name(struct unpacking *u)
{
	size_t size = strlen(u->name) + 1;
	struct first_name *first = kmalloc(sizeof(*first) + size);

	if (!first)
		return -ENOMEM;
	first->ino = u->entry.ino;
	first->dev_major = u->entry.dev_major;
	first->dev_minor = u->entry.dev_minor;
	memcpy(first->name, u->name, size);
	list_add(&first->link, bucket_of(u));
	return 0;
}

static int forget_names(void *context)
{
	struct unpacking *u = context;

	for (u32 i = 0; i < LINK_BUCKETS; i++) {
		struct first_name *first, *after;

		list_for_each_entry_safe (first, after, &u->links[i], link)
			kfree(first);
		list_init(&u->links[i]);
	}
	return 0;
}

/* Makes the entry another name of a file that came before: 1; 0: it is the first. */
static int link_to_first(struct unpacking *u)
{
	const char *first = find_first_name(u);
	struct path path;
	int error;

	if (!first)
		return remember_name(u);
	error = path_lookup(AT_FDCWD, first, 0, &path);
	if (error)
		return error;
	error = name_link(&path, AT_FDCWD, u->name);
	path_put(&path);
	return error ? error : 1;
}

/* --- one entry --- */

/* Owner, mode and times as archived. Directories' times would not last. */
static int set_attributes(struct unpacking *u)
{
	const struct cpio_entry *entry = &u->entry;
	struct iattr times = { .valid = ATTR_MTIME | ATTR_ATIME };
	struct path path;
	int error = path_lookup(AT_FDCWD, u->name, 0, &path);

	if (error)
		return error;
	times.mtime = (nsec_t)entry->mtime * NSEC_PER_SEC;
	times.atime = times.mtime;
	error = path_chown(&path, entry->uid, entry->gid);
	if (!error && !S_ISLNK(entry->mode))
		error = path_chmod(&path, entry->mode);
	if (!error && !S_ISDIR(entry->mode))
		error = path_set_times(&path, &times, false);
	path_put(&path);
	return error;
}

/* Removes what has the entry's name, unless both are directories. */
static int clear_name(struct unpacking *u)
{
	struct path path;
	umode_t mode;
	int error = path_lookup(AT_FDCWD, u->name, 0, &path);

	if (error)
		return error == -ENOENT ? 0 : error;
	mode = path.dentry->inode->mode;
	path_put(&path);
	if (!S_ISDIR(mode))
		return name_unlink(AT_FDCWD, u->name);
	return S_ISDIR(u->entry.mode) ? 0 : name_rmdir(AT_FDCWD, u->name);
}

static int begin_file(struct unpacking *u)
{
	int linked = u->entry.nlink > 1 ? link_to_first(u) : 0;
	struct file *file;

	if (linked < 0)
		return linked;
	if (linked && !u->entry.size)
		return 0;
	file = file_open(AT_FDCWD, u->name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	u->file = file;
	u->pos = 0;
	return 0;
}

static int begin_link(struct unpacking *u)
{
	if (u->entry.size == 0 || u->entry.size >= PATH_MAX)
		return -EINVAL;
	u->target = kmalloc(u->entry.size + 1);
	u->target_length = 0;
	return u->target ? 0 : -ENOMEM;
}

static int make_directory(struct unpacking *u)
{
	int error = node_create(AT_FDCWD, u->name, S_IFDIR | 0700, 0, NULL);

	return error == -EEXIST ? 0 : error;
}

static int begin_by_type(struct unpacking *u)
{
	dev_t dev = MKDEV(u->entry.rdev_major, u->entry.rdev_minor);
	int error = clear_name(u);

	if (error)
		return error;
	switch (u->entry.mode & S_IFMT) {
	case S_IFREG: return begin_file(u);
	case S_IFDIR: return make_directory(u);
	case S_IFLNK: return begin_link(u);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return node_create(AT_FDCWD, u->name, u->entry.mode & (S_IFMT | 07777), dev, NULL);
	default: return -EINVAL;
	}
}

/* Notes that the entry is lost; the first one is named in the log. Without memory there is no point
 * in going on. */
static int fail_entry(struct unpacking *u, int error)
{
	u->skip = true;
	if (!u->failures++)
		log_warning("initramfs: %s: error %d", u->name, -error);
	return error == -ENOMEM || error == -ENOSPC ? error : 0;
}

static int begin_entry(void *context, const struct cpio_entry *entry)
{
	struct unpacking *u = context;
	const char *name = entry->name;
	int error;

	while (*name == '/')
		name++;
	u->entry = *entry;
	u->name[0] = '/';
	memcpy(u->name + 1, name, strlen(name) + 1);
	u->skip = false;
	error = begin_by_type(u);
	return error ? fail_entry(u, error) : 0;
}

static int entry_data(void *context, const void *bytes, size_t size)
{
	struct unpacking *u = context;

	while (u->file && size) {
		ssize_t written = kernel_write(u->file, bytes, size, &u->pos);

		if (written <= 0)
			return written ? (int)written : -ENOSPC;
		bytes = (const char *)bytes + written;
		size -= (size_t)written;
	}
	if (u->target) {
		memcpy(u->target + u->target_length, bytes, size);
		u->target_length += (u32)size;
	}
	return 0;
}

/* Frees what the entry held. */
static void drop_entry(struct unpacking *u)
{
	if (u->file)
		fput(u->file);
	kfree(u->target);
	u->file = NULL;
	u->target = NULL;
}

static int end_entry(void *context)
{
	struct unpacking *u = context;
	int error = 0;

	if (u->target) {
		u->target[u->target_length] = '\0';
		error = name_symlink(u->target, AT_FDCWD, u->name);
	}
	drop_entry(u);
	if (!error && !u->skip)
		error = set_attributes(u);
	return error ? fail_entry(u, error) : 0;
}

static const struct cpio_sink unpacking_sink = {
	.begin = begin_entry,
	.data = entry_data,
	.end = end_entry,
	.trailer = forget_names,
};

/* --- archives --- */

/* Decompressed pieces: nothing but archives may be in them. */
static int take_piece(void *context, const void *piece, size_t size)
{
	struct unpacking *u = context;
	ssize_t used = cpio_feed(&u->cpio, piece, size);

	if (used < 0)
		return (int)used;
	return (size_t)used == size ? 0 : -EINVAL;
}

/* Unpacks what starts at from, and more of its kind after it; the bytes used. */
static ssize_t unpack_some(struct unpacking *u, const void *from, size_t size)
{
	ssize_t used;

	cpio_init(&u->cpio, &unpacking_sink, u);
	if (is_gzip(from, size))
		used = gunzip(from, size, take_piece, u);
	else
		used = cpio_feed(&u->cpio, from, size);
	if (used >= 0 && !cpio_complete(&u->cpio))
		return -EINVAL;
	return used ? used : -EINVAL;
}

static int unpack_all(struct unpacking *u, const char *archive, size_t size, size_t *at)
{
	while (*at < size) {
		ssize_t used = unpack_some(u, archive + *at, size - *at);

		if (used < 0)
			return (int)used;
		*at += (size_t)used;
	}
	return 0;
}

void initramfs_unpack(const void *archive, size_t size)
{
	struct unpacking *u = kmalloc(sizeof(*u));
	size_t at = 0;
	int error;

	if (!u) {
		log_error("initramfs: no memory");
		return;
	}
	u->file = NULL;
	u->target = NULL;
	u->failures = 0;
	for (u32 i = 0; i < LINK_BUCKETS; i++)
		list_init(&u->links[i]);
	error = unpack_all(u, archive, size, &at);
	drop_entry(u);
	forget_names(u);
	tmpfs_limit_rest(init_mnt_ns.root->super);
	if (error)
		log_error("initramfs: %s, in the archive that begins at byte %lu of %lu (error %d)",
			  error == -EINVAL ? "malformed or truncated" : "unpacking failed", at,
			  size, -error);
	if (u->failures)
		log_warning("initramfs: %lu entries left out", u->failures);
	kfree(u);
}
