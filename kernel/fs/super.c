/* SPDX-License-Identifier: MIT */
/*
 * Superblocks and the registry of file systems.
 *
 * super->refs counts mounts and, for file systems with one instance for all, the file system's own
 * reference. The last put prunes the dentries that the file system pinned.
 *
 * Locks: namespace_lock for the registry, which only grows.
 */
#include "fs/internal.h"
#include "fs/notify.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

static LIST_HEAD(file_systems); /* [namespace_lock] struct file_system; never removed */
static u32 last_dev_minor;	/* [a] superblocks have devices 0:1, 0:2, ... */

struct super *super_create(const char *type, u32 magic)
{
	struct super *super = kzalloc(sizeof(*super));

	if (!super)
		return NULL;
	super->type = type;
	super->magic = magic;
	super->dev = MKDEV(0, __atomic_add_fetch(&last_dev_minor, 1, __ATOMIC_RELAXED));
	refcount_set(&super->refs, 1);
	list_init(&super->watches);
	return super;
}

void super_put(struct super *super)
{
	if (!refcount_dec_and_test(&super->refs))
		return;
	if (!list_empty(&super->watches))
		notify_super_gone(super);
	if (super->root) {
		dentry_prune(super->root);
		dentry_put(super->root);
	}
	if (super->destroy)
		super->destroy(super);
	kfree(super);
}

void file_system_register(struct file_system *fs)
{
	spin_lock(&namespace_lock);
	list_add_tail(&fs->link, &file_systems);
	spin_unlock(&namespace_lock);
}

struct file_system *file_system_find(const char *name)
{
	struct file_system *found = NULL;
	struct file_system *fs;

	spin_lock(&namespace_lock);
	list_for_each_entry (fs, &file_systems, link)
		if (!found && strcmp(fs->name, name) == 0)
			found = fs;
	spin_unlock(&namespace_lock);
	return found;
}

int file_systems_show(char *buffer, size_t size)
{
	struct file_system *fs;
	size_t used = 0;

	spin_lock(&namespace_lock);
	list_for_each_entry (fs, &file_systems, link)
		used += (size_t)snprintf(buffer + MIN(used, size), size - MIN(used, size),
					 "%s\t%s\n", fs->nodev ? "nodev" : "", fs->name);
	spin_unlock(&namespace_lock);
	return (int)used;
}
