/* SPDX-License-Identifier: MIT */
/*
 * Mounting a tmpfs: its options, mount(8) under "Mount options for tmpfs".
 *
 * Limits may change while the file system is in use: a new size holds for files created from then
 * on, as each object keeps the limit it was made with.
 */
#include "fs/internal.h"
#include "fs/options.h"
#include "fs/tmpfs.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"

/* What the options say, in units of the superblock; kept in super->private to be shown. */
struct tmpfs_options {
	u64 pages, inodes; /* limits; 0: none */
	umode_t mode;
	uid_t uid;
	gid_t gid;
};

/* A size in bytes, or as a percentage of memory, in pages. */
static bool parse_pages(const char *value, u64 *pages)
{
	const char *end;
	u64 number = parse_size(value, &end);

	if (end == value)
		return false;
	if (*end == '%') {
		number = page_total_count() * number / 100 * PAGE_SIZE;
		end++;
	}
	*pages = DIV_ROUND_UP(number, (u64)PAGE_SIZE);
	return !*end;
}

/* One "name=value" or "name". */
static bool parse_option(void *data, const char *name, const char *value)
{
	struct tmpfs_options *options = data;
	u64 number = 0;
	bool valid = false;

	if (strcmp(name, "size") == 0)
		return value && parse_pages(value, &options->pages);
	if (strcmp(name, "nr_blocks") == 0)
		return option_number(value, &options->pages, 0);
	if (strcmp(name, "nr_inodes") == 0)
		return option_number(value, &options->inodes, 0);
	if (strcmp(name, "mode") == 0) {
		valid = option_number(value, &number, 8);
		options->mode = (umode_t)number & 07777;
	} else if (strcmp(name, "uid") == 0) {
		valid = option_number(value, &number, 10);
		options->uid = (uid_t)number;
	} else if (strcmp(name, "gid") == 0) {
		valid = option_number(value, &number, 10);
		options->gid = (gid_t)number;
	} else {
		/* those that make no difference here */
		valid = strcmp(name, "inode64") == 0 || strcmp(name, "noswap") == 0 ||
			strcmp(name, "huge") == 0;
	}
	return valid;
}

static void tmpfs_destroy_super(struct super *super)
{
	kfree(super->private);
}

/* Sets up a fresh superblock by its options, which it keeps; 0 or -ENOMEM. */
static int fill_super(struct super *super, const struct tmpfs_options *options)
{
	struct tmpfs_options *kept = kmalloc(sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	*kept = *options;
	super->private = kept;
	super->pages_limit = options->pages;
	super->inodes_limit = options->inodes;
	super->root = tmpfs_make_root(super, options->mode);
	if (!super->root)
		return -ENOMEM;
	super->root->inode->uid = options->uid;
	super->root->inode->gid = options->gid;
	return 0;
}

/* A superblock with defaults that text changes. ERR_PTR. */
static struct super *create(const char *type, u32 magic, struct tmpfs_options defaults,
			    const char *text)
{
	struct super *super;
	int error;

	defaults.uid = current_cred()->fsuid;
	defaults.gid = current_cred()->fsgid;
	error = options_parse(text, parse_option, &defaults);
	if (error)
		return ERR_PTR(error);
	super = super_create(type, magic);
	if (!super)
		return ERR_PTR(-ENOMEM);
	super->destroy = tmpfs_destroy_super;
	error = fill_super(super, &defaults);
	if (error) {
		super_put(super);
		return ERR_PTR(error);
	}
	return super;
}

u64 tmpfs_default_limit(void)
{
	return page_total_count() / 2;
}

struct super *tmpfs_create(const char *type, u32 magic, umode_t mode, u64 limit)
{
	return create(type, magic,
		      (struct tmpfs_options){ .pages = limit, .inodes = limit, .mode = mode }, "");
}

void tmpfs_limit_rest(struct super *super)
{
	struct tmpfs_options *kept = super->private;
	u64 rest = page_total_count() - MIN(super->pages_used, page_total_count());

	kept->pages = kept->inodes = super->pages_used + rest / 2;
	super->pages_limit = kept->pages;
	super->inodes_limit = kept->inodes;
}

static struct super *tmpfs_mount(const char *source, u32 flags, const char *options)
{
	u64 half = tmpfs_default_limit();

	return create("tmpfs", TMPFS_MAGIC,
		      (struct tmpfs_options){ .pages = half, .inodes = half, .mode = 01777 },
		      options);
}

static int tmpfs_remount(struct super *super, const char *text)
{
	struct tmpfs_options *kept = super->private;
	struct tmpfs_options options = *kept;
	int error = options_parse(text, parse_option, &options);

	if (error)
		return error;
	if (options.pages && options.pages < super->pages_used)
		return -EINVAL;
	if (options.inodes && options.inodes < super->inodes_used)
		return -EINVAL;
	kept->pages =
		options.pages; /* the root's mode and owner are no longer the mount's matter */
	kept->inodes = options.inodes;
	super->pages_limit = options.pages;
	super->inodes_limit = options.inodes;
	return 0;
}

/* What differs from the defaults. */
static size_t tmpfs_show_options(const struct super *super, char *buffer, size_t size)
{
	const struct tmpfs_options *options = super->private;
	int used = 0;

	if (options->pages != tmpfs_default_limit())
		used += scnprintf(buffer, size, ",size=%luk", options->pages * (PAGE_SIZE / KiB));
	if (options->inodes != tmpfs_default_limit())
		used += scnprintf(buffer + used, size - (size_t)used, ",nr_inodes=%lu",
				  options->inodes);
	if (options->mode != 01777)
		used += scnprintf(buffer + used, size - (size_t)used, ",mode=%o", options->mode);
	if (options->uid)
		used += scnprintf(buffer + used, size - (size_t)used, ",uid=%u", options->uid);
	if (options->gid)
		used += scnprintf(buffer + used, size - (size_t)used, ",gid=%u", options->gid);
	return (size_t)used;
}

static struct file_system tmpfs = {
	.name = "tmpfs",
	.nodev = true,
	.mount = tmpfs_mount,
	.remount = tmpfs_remount,
	.show_options = tmpfs_show_options,
};

void tmpfs_init(void)
{
	file_system_register(&tmpfs);
}
