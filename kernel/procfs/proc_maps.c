/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/maps: the regions of an address space (proc(5)).
 *
 * The space's lock is held while the regions are written into the text, which is kernel memory.
 */
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/string.h"
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

int proc_show_maps(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct mm_struct *mm = get_task_mm(task);
	struct region *region;
	char *buffer;

	if (!mm)
		return 0;
	buffer = kmalloc(PATH_MAX);
	if (!buffer) {
		mm_put_user(mm);
		return -ENOMEM;
	}
	mutex_lock(&mm->lock);
	for (region = vm_first_region(mm); region; region = vm_next_region(region))
		show_region(text, mm, region, buffer);
	mutex_unlock(&mm->lock);
	kfree(buffer);
	mm_put_user(mm);
	return 0;
}
