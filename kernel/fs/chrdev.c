/* SPDX-License-Identifier: MIT */
/*
 * Character devices by number: who registered which.
 *
 * Devices are registered at boot, or by drivers later, and stay. An inode has the number only; the
 * operations are found when it is opened.
 *
 * Locks: chrdev_lock (RANK_FILES) for the list.
 */
#include "fs/internal.h"
#include "mm/slab.h"

struct chrdev_range {
	struct list_head link;	    /* [chrdev_lock] */
	u32 major, first, count;    /* [I] */
	const struct file_ops *ops; /* [I] */
};

static LIST_HEAD(ranges); /* [chrdev_lock] the newest first */
static spinlock_t chrdev_lock = SPINLOCK_INIT(RANK_FILES);

const struct file_ops *chrdev_find(dev_t dev)
{
	const struct file_ops *found = NULL;
	struct chrdev_range *range;

	spin_lock(&chrdev_lock);
	list_for_each_entry (range, &ranges, link)
		if (!found && range->major == MAJOR(dev) &&
		    MINOR(dev) - range->first < range->count)
			found = range->ops;
	spin_unlock(&chrdev_lock);
	return found;
}

void chrdev_register_range(unsigned int major, unsigned int first, unsigned int count,
			   const struct file_ops *ops)
{
	struct chrdev_range *range = kmalloc(sizeof(*range));

	if (!range)
		panic("no memory to register character device %u:%u", major, first);
	*range =
		(struct chrdev_range){ .major = major, .first = first, .count = count, .ops = ops };
	spin_lock(&chrdev_lock);
	list_add(&range->link, &ranges);
	spin_unlock(&chrdev_lock);
}

void chrdev_register(unsigned int major, unsigned int minor, const char *name, umode_t mode,
		     const struct file_ops *ops)
{
	chrdev_register_range(major, minor, 1, ops);
	if (name)
		devfs_add(name, S_IFCHR | mode, MKDEV(major, minor));
}
