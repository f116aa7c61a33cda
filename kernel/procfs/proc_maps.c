/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/maps, smaps, smaps_rollup and numa_maps: the regions of an address space, and what is
 * mapped there (proc(5)).
 *
 * The space's lock is held while one region is written into the text, which is kernel memory.
 */
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "procfs/procfs.h"
#include "task/process.h"
#include "vm/space.h"

enum { NAME_COLUMN = 73 };

/* The name that stands behind a region without a file; "" when it has none. */
static const char *special_name(const struct mm_struct *mm, const struct region *region)
{
	if (region->flags & REGION_STACK)
		return "[stack]";
	if (region->flags & REGION_VDSO)
		return region->flags & REGION_EXEC ? "[vdso]" : "[vvar]";
	if (region->flags & REGION_HEAP ||
	    (!region->object && region->start < mm->brk && region->end > mm->brk_start))
		return "[heap]";
	return "";
}

static const char *region_name(const struct mm_struct *mm, const struct region *region,
			       char *buffer)
{
	char *name;

	if (!region->file)
		return special_name(mm, region);
	name = path_name(&region->file->path, buffer, PATH_MAX);
	return IS_ERR(name) ? "" : name;
}

static void show_region(struct text *text, const struct mm_struct *mm, const struct region *region,
			char *buffer)
{
	const struct file *file = region->file;
	dev_t dev = file ? file->inode->super->dev : 0;
	const char *name = region_name(mm, region, buffer);
	size_t start = text->length;

	text_printf(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu", region->start, region->end,
		    region->flags & REGION_READ ? 'r' : '-',
		    region->flags & REGION_WRITE ? 'w' : '-',
		    region->flags & REGION_EXEC ? 'x' : '-',
		    region->flags & REGION_SHARED ? 's' : 'p', region->object ? region->offset : 0,
		    MAJOR(dev), MINOR(dev), file ? file->inode->ino : 0);
	if (*name)
		text_printf(text, "%*s%s",
			    (int)(NAME_COLUMN - MIN(text->length - start, (size_t)NAME_COLUMN - 1)),
			    "", name);
	text_printf(text, "\n");
}

/* --- smaps --- */

static void show_kib(struct text *text, const char *name, u64 bytes)
{
	text_printf(text, "%s:%*lu kB\n", name, (int)(23 - strlen(name)), bytes / KiB);
}

static void show_usage(struct text *text, const struct vm_usage *usage)
{
	show_kib(text, "Rss", usage->rss * PAGE_SIZE);
	show_kib(text, "Pss", usage->pss);
	show_kib(text, "Pss_Dirty", usage->private_dirty * PAGE_SIZE);
	show_kib(text, "Shared_Clean", usage->shared_clean * PAGE_SIZE);
	show_kib(text, "Shared_Dirty", 0);
	show_kib(text, "Private_Clean", usage->private_clean * PAGE_SIZE);
	show_kib(text, "Private_Dirty", usage->private_dirty * PAGE_SIZE);
	show_kib(text, "Referenced", usage->rss * PAGE_SIZE);
	show_kib(text, "Anonymous", usage->anon * PAGE_SIZE);
	show_kib(text, "LazyFree", 0);
	show_kib(text, "AnonHugePages", usage->huge * PAGE_SIZE);
	show_kib(text, "ShmemPmdMapped", 0);
	show_kib(text, "FilePmdMapped", 0);
	show_kib(text, "Shared_Hugetlb", 0);
	show_kib(text, "Private_Hugetlb", 0);
	show_kib(text, "Swap", 0);
	show_kib(text, "SwapPss", 0);
}

static void show_flags(struct text *text, u32 flags)
{
	static const struct {
		u32 flag;
		const char *name;
	} names[] = {
		{ REGION_READ, "rd" },	     { REGION_WRITE, "wr" },	{ REGION_EXEC, "ex" },
		{ REGION_SHARED, "sh" },     { REGION_MAY_READ, "mr" }, { REGION_MAY_WRITE, "mw" },
		{ REGION_MAY_EXEC, "me" },   { REGION_SHARED, "ms" },	{ REGION_STACK, "gd" },
		{ REGION_LOCKED, "lo" },     { REGION_DONTFORK, "dc" }, { REGION_SPECIAL, "de" },
		{ REGION_WIPEONFORK, "wf" }, { REGION_DONTDUMP, "dd" }, { REGION_NOHUGE, "nh" },
	};

	text_printf(text, "VmFlags:");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			text_printf(text, " %s", names[i].name);
	text_printf(text, " \n");
}

static void show_region_usage(struct text *text, struct region *region)
{
	struct vm_usage usage = { 0 };

	vm_region_usage(region, &usage);
	show_kib(text, "Size", region->end - region->start);
	show_kib(text, "KernelPageSize", PAGE_SIZE);
	show_kib(text, "MMUPageSize", PAGE_SIZE);
	show_usage(text, &usage);
	show_kib(text, "Locked", region->flags & REGION_LOCKED ? usage.pss : 0);
	text_printf(text, "THPeligible:           %d\n",
		    !region->object && !(region->flags & (REGION_NOHUGE | REGION_SPECIAL)) &&
			    region->end - region->start >= HUGE_SIZE);
	show_flags(text, region->flags);
}

/* --- the files --- */

/* What a file is made of: visits the regions in order. */
struct maps_report {
	struct text *text;
	char *name;	     /* a buffer of PATH_MAX */
	struct vm_usage sum; /* smaps_rollup */
	uaddr_t start, end;  /* smaps_rollup: all regions */
};

/* Calls show for each region, with the space locked for the time of one only: a space with large
 * regions is not kept from faulting for long. 0 or -ENOMEM. */
static int for_each_region(struct mm_struct *mm, struct maps_report *report,
			   void (*show)(struct maps_report *report, struct mm_struct *mm,
					struct region *region))
{
	struct region *region;
	uaddr_t at = 0;

	report->name = kmalloc(PATH_MAX);
	if (!report->name)
		return -ENOMEM;
	do {
		mutex_lock(&mm->lock);
		region = vm_find_region(mm, at);
		if (region) {
			show(report, mm, region);
			at = region->end;
		}
		mutex_unlock(&mm->lock);
	} while (region);
	kfree(report->name);
	return 0;
}

static void report_line(struct maps_report *report, struct mm_struct *mm, struct region *region)
{
	show_region(report->text, mm, region, report->name);
}

static void report_usage(struct maps_report *report, struct mm_struct *mm, struct region *region)
{
	show_region(report->text, mm, region, report->name);
	show_region_usage(report->text, region);
}

/* Where the pages are, as numastat(8) reads it: on the only node. */
static void report_node(struct maps_report *report, struct mm_struct *mm, struct region *region)
{
	const char *name = region_name(mm, region, report->name);
	struct vm_usage usage = { 0 };

	vm_region_usage(region, &usage);
	text_printf(report->text, "%08lx default", region->start);
	if (region->file)
		text_printf(report->text, " file=%s", name);
	else if (strcmp(name, "[heap]") == 0 || strcmp(name, "[stack]") == 0)
		text_printf(report->text, " %.*s", (int)strlen(name) - 2, name + 1);
	if (usage.anon)
		text_printf(report->text, " anon=%lu dirty=%lu", usage.anon, usage.anon);
	if (usage.rss != usage.anon)
		text_printf(report->text, " mapped=%lu", usage.rss);
	if (usage.rss)
		text_printf(report->text, " N0=%lu kernelpagesize_kB=%lu", usage.rss,
			    PAGE_SIZE / KiB);
	text_printf(report->text, "\n");
}

static void report_sum(struct maps_report *report, struct mm_struct *mm, struct region *region)
{
	if (!report->end)
		report->start = region->start;
	report->end = region->end;
	vm_region_usage(region, &report->sum);
}

static int show_each(struct text *text, struct task_struct *task,
		     void (*show)(struct maps_report *, struct mm_struct *, struct region *))
{
	struct maps_report report = { .text = text };
	struct mm_struct *mm = get_task_mm(task);
	int error;

	if (!mm)
		return 0;
	error = for_each_region(mm, &report, show);
	mm_put_user(mm);
	return error;
}

int proc_show_maps(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	return show_each(text, task, report_line);
}

int proc_show_smaps(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	return show_each(text, task, report_usage);
}

int proc_show_numa_maps(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	return show_each(text, task, report_node);
}

int proc_show_smaps_rollup(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	struct maps_report report = { .text = text };
	struct mm_struct *mm = get_task_mm(task);
	int error;

	if (!mm)
		return -ESRCH;
	error = for_each_region(mm, &report, report_sum);
	mm_put_user(mm);
	if (error)
		return error;
	text_printf(text, "%08lx-%08lx ---p 00000000 00:00 0%*s[rollup]\n", report.start,
		    report.end, NAME_COLUMN - 40, "");
	show_usage(text, &report.sum);
	return 0;
}
