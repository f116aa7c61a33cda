/* SPDX-License-Identifier: MIT */
/*
 * /sys/devices/system/memory: the memory in blocks of 128 MiB, all of them there for good; and
 * /sys/kernel/mm/transparent_hugepage: what the kernel does with huge pages by itself.
 */
#include "base/machine.h"
#include "fs/sysfs.h"
#include "lib/format.h"
#include "mm/page.h"
#include "procfs/sysfs_tree.h"

enum { BLOCK_PAGES = 128 * MiB / PAGE_SIZE };

/* --- blocks --- */

static int show_block_size(struct text *text, void *object)
{
	text_printf(text, "%lx\n", BLOCK_PAGES * (u64)PAGE_SIZE);
	return 0;
}

static int show_block_index(struct text *text, void *block)
{
	text_printf(text, "%08lx\n", (u64)block);
	return 0;
}

static int show_block_state(struct text *text, void *block)
{
	text_printf(text, "online\n");
	return 0;
}

static int show_one(struct text *text, void *block)
{
	text_printf(text, "1\n");
	return 0;
}

static int show_zero(struct text *text, void *block)
{
	text_printf(text, "0\n");
	return 0;
}

static int show_zone(struct text *text, void *block)
{
	text_printf(text, "Normal\n");
	return 0;
}

static const struct sysfs_attribute memory_files[] = {
	{ .name = "block_size_bytes", .show = show_block_size },
	{ 0 },
};

static const struct sysfs_attribute block_files[] = {
	{ .name = "phys_index", .show = show_block_index },
	{ .name = "state", .show = show_block_state },
	{ .name = "online", .show = show_one },
	{ .name = "removable", .show = show_zero },
	{ .name = "valid_zones", .show = show_zone },
	{ 0 },
};

static void add_block(struct dentry *memory, u64 block)
{
	char name[24];

	snprintf(name, sizeof(name), "memory%lu", block);
	sysfs_add_files(sysfs_directory(memory, name), block_files, (void *)block);
}

static void add_blocks(void)
{
	struct dentry *memory = sysfs_directory(NULL, "devices/system/memory");

	sysfs_add_files(memory, memory_files, NULL);
	for (unsigned int i = 0; i < MAX_MEMORY_RANGES && page_ranges[i].count; i++) {
		pfn_t end = page_ranges[i].start + page_ranges[i].count;

		for (u64 block = page_ranges[i].start / BLOCK_PAGES; block * BLOCK_PAGES < end;
		     block++)
			add_block(memory, block);
	}
}

/* --- huge pages --- */

static int show_enabled(struct text *text, void *object)
{
	text_printf(text, "[always] madvise never\n");
	return 0;
}

static int show_defrag(struct text *text, void *object)
{
	text_printf(text, "always defer defer+madvise madvise [never]\n");
	return 0;
}

static int show_huge_size(struct text *text, void *object)
{
	text_printf(text, "%lu\n", (u64)HUGE_SIZE);
	return 0;
}

static const struct sysfs_attribute huge_files[] = {
	{ .name = "enabled", .show = show_enabled },
	{ .name = "defrag", .show = show_defrag },
	{ .name = "hpage_pmd_size", .show = show_huge_size },
	{ .name = "use_zero_page", .show = show_zero },
	{ 0 },
};

void sysfs_add_memory(void)
{
	add_blocks();
	sysfs_add_files(sysfs_directory(NULL, "kernel/mm/transparent_hugepage"), huge_files, NULL);
}
