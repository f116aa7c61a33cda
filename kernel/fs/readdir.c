/* SPDX-License-Identifier: MIT */
/*
 * Listing a directory that is its dentries (tmpfs): in order of creation, by each entry's cookie.
 *
 * A position is the cookie from which on the rest follows; 0 and 1 are "." and "..". Entries that
 * are removed or added meanwhile leave the others' cookies alone, so each name that stays is seen
 * once.
 *
 * Locks: namespace_lock from one entry to the next; none while an entry is handed on.
 */
#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "lib/string.h"

enum { DOTS = 2 };

static u8 type_of(const struct inode *inode)
{
	return (u8)((inode->mode & S_IFMT) >> 12);
}

/* What is handed on of an entry, copied under the lock. */
struct entry {
	u64 ino;
	u64 cookie;
	size_t length;
	u8 type;
	char name[NAME_MAX + 1];
};

static void copy_entry(struct entry *entry, const struct dentry *dentry)
{
	entry->ino = dentry->inode->ino;
	entry->cookie = dentry->cookie;
	entry->type = type_of(dentry->inode);
	entry->length = dentry->length;
	memcpy(entry->name, dentry->name, dentry->length + 1u);
}

/* The first child whose cookie is at least position. namespace_lock is held. */
static struct dentry *child_from(struct dentry *directory, u64 position)
{
	struct dentry *child;

	list_for_each_entry (child, &directory->children, sibling)
		if (child->cookie >= position)
			return child;
	return NULL;
}

/* The child after one that was listed, if that is still where it was. namespace_lock is held. */
static struct dentry *child_after(struct dentry *directory, struct dentry *last, u64 position)
{
	if (!last || last->parent != directory || last->flags & DENTRY_UNHASHED ||
	    last->cookie >= position)
		return child_from(directory, position);
	if (last->sibling.next == &directory->children)
		return NULL;
	return list_next_entry(last, sibling);
}

/* Goes to the entry at position; *last is the one before, if known, and is replaced. False: the
 * end. */
static bool next_entry(struct dentry *directory, struct dentry **last, u64 position,
		       struct entry *entry)
{
	struct dentry *before = *last;
	struct dentry *child;

	spin_lock(&namespace_lock);
	child = child_after(directory, before, position);
	while (child && !dentry_try_get(child))
		child = child_after(directory, child, child->cookie + 1);
	if (child)
		copy_entry(entry, child);
	spin_unlock(&namespace_lock);
	if (before)
		dentry_put(before);
	*last = child;
	return child;
}

static bool emit_dots(struct file *file, struct dir_emitter *emitter)
{
	struct dentry *directory = file->path.dentry;

	if (file->pos == 0) {
		if (!emitter->emit(emitter, ".", 1, directory->inode->ino, S_IFDIR >> 12, 1))
			return false;
		file->pos = 1;
	}
	if (file->pos == 1) {
		u64 parent;

		spin_lock(&namespace_lock);
		parent = directory->parent->inode->ino;
		spin_unlock(&namespace_lock);
		if (!emitter->emit(emitter, "..", 2, parent, S_IFDIR >> 12, DOTS))
			return false;
		file->pos = DOTS;
	}
	return true;
}

static int iterate(struct file *file, struct dir_emitter *emitter)
{
	struct dentry *directory = file->path.dentry;
	struct dentry *last = NULL;
	struct entry entry;

	if (directory->flags & DENTRY_UNHASHED)
		return -ENOENT;
	if (!emit_dots(file, emitter))
		return 0;
	while (next_entry(directory, &last, (u64)file->pos, &entry)) {
		if (!emitter->emit(emitter, entry.name, entry.length, entry.ino, entry.type,
				   (loff_t)entry.cookie + 1))
			break;
		file->pos = (loff_t)entry.cookie + 1;
	}
	if (last)
		dentry_put(last);
	return 0;
}

const struct file_ops tmpfs_directory_ops = {
	.iterate = iterate,
};
