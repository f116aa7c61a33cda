/* SPDX-License-Identifier: MIT */
/*
 * /sys/devices/system/cpu and node: the harts and how they belong together.
 *
 * Harts are what is started at boot; none is added or removed later. Each is a core with one
 * thread, all are in one package and one node.
 */
#include "base/perhart.h"
#include "fs/sysfs.h"
#include "lib/format.h"
#include "mm/page.h"
#include "procfs/sysfs_tree.h"

static hartmask_t all_harts(void)
{
	return ~(hartmask_t)0 >> (MAX_HARTS - nr_harts);
}

static unsigned int hart_of(void *object)
{
	return (unsigned int)(uintptr_t)object;
}

static int show_list_line(struct text *text, hartmask_t harts)
{
	text_hart_list(text, harts);
	text_printf(text, "\n");
	return 0;
}

static int show_mask_line(struct text *text, hartmask_t harts)
{
	text_hart_mask(text, harts);
	text_printf(text, "\n");
	return 0;
}

/* --- all harts --- */

static int show_possible(struct text *text, void *object)
{
	return show_list_line(text, all_harts());
}

static int show_online(struct text *text, void *object)
{
	return show_list_line(text, harts_online);
}

static int show_offline(struct text *text, void *object)
{
	return show_list_line(text, all_harts() & ~harts_online);
}

static int show_none(struct text *text, void *object)
{
	return show_list_line(text, 0);
}

static int show_kernel_max(struct text *text, void *object)
{
	text_printf(text, "%d\n", MAX_HARTS - 1);
	return 0;
}

static const struct sysfs_attribute cpu_files[] = {
	{ .name = "possible", .show = show_possible },
	{ .name = "present", .show = show_possible },
	{ .name = "online", .show = show_online },
	{ .name = "offline", .show = show_offline },
	{ .name = "isolated", .show = show_none },
	{ .name = "kernel_max", .show = show_kernel_max },
	{ 0 },
};

/* --- one hart --- */

static int show_core_id(struct text *text, void *hart)
{
	text_printf(text, "%u\n", hart_of(hart));
	return 0;
}

static int show_package_id(struct text *text, void *hart)
{
	text_printf(text, "0\n");
	return 0;
}

static int show_own_mask(struct text *text, void *hart)
{
	return show_mask_line(text, hartmask_of(hart_of(hart)));
}

static int show_own_list(struct text *text, void *hart)
{
	return show_list_line(text, hartmask_of(hart_of(hart)));
}

static int show_package_mask(struct text *text, void *hart)
{
	return show_mask_line(text, harts_online);
}

static int show_package_list(struct text *text, void *hart)
{
	return show_list_line(text, harts_online);
}

/* Linux has two names for each set, the older ones last. */
static const struct sysfs_attribute topology_files[] = {
	{ .name = "core_id", .show = show_core_id },
	{ .name = "physical_package_id", .show = show_package_id },
	{ .name = "core_cpus", .show = show_own_mask },
	{ .name = "core_cpus_list", .show = show_own_list },
	{ .name = "package_cpus", .show = show_package_mask },
	{ .name = "package_cpus_list", .show = show_package_list },
	{ .name = "thread_siblings", .show = show_own_mask },
	{ .name = "thread_siblings_list", .show = show_own_list },
	{ .name = "core_siblings", .show = show_package_mask },
	{ .name = "core_siblings_list", .show = show_package_list },
	{ 0 },
};

/* --- the node --- */

static int show_zero(struct text *text, void *object)
{
	text_printf(text, "0\n");
	return 0;
}

static int show_distance(struct text *text, void *object)
{
	text_printf(text, "10\n");
	return 0;
}

static int show_node_memory(struct text *text, void *object)
{
	struct page_stats pages;
	u64 total = page_total_count();

	page_stats(&pages);
	const struct {
		const char *name;
		u64 pages;
	} lines[] = {
		{ "MemTotal:", total },
		{ "MemFree:", pages.free },
		{ "MemUsed:", total - pages.free },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		text_printf(text, "Node 0 %-15s %8lu kB\n", lines[i].name,
			    lines[i].pages * (PAGE_SIZE / KiB));
	return 0;
}

static const struct sysfs_attribute node_files[] = {
	{ .name = "possible", .show = show_zero },
	{ .name = "online", .show = show_zero },
	{ .name = "has_cpu", .show = show_zero },
	{ .name = "has_memory", .show = show_zero },
	{ .name = "has_normal_memory", .show = show_zero },
	{ 0 },
};

static const struct sysfs_attribute node0_files[] = {
	{ .name = "cpumap", .show = show_package_mask },
	{ .name = "cpulist", .show = show_package_list },
	{ .name = "distance", .show = show_distance },
	{ .name = "meminfo", .show = show_node_memory },
	{ 0 },
};

/* --- the tree --- */

void sysfs_add_harts(void)
{
	struct dentry *cpus = sysfs_directory(NULL, "devices/system/cpu");
	struct dentry *nodes = sysfs_directory(NULL, "devices/system/node");
	unsigned int hart;

	sysfs_add_files(cpus, cpu_files, NULL);
	sysfs_add_files(nodes, node_files, NULL);
	sysfs_add_files(sysfs_directory(nodes, "node0"), node0_files, NULL);
	for_each_hart (hart) {
		char path[32];

		snprintf(path, sizeof(path), "cpu%u/topology", hart);
		sysfs_add_files(sysfs_directory(cpus, path), topology_files,
				(void *)(uintptr_t)hart);
	}
}
