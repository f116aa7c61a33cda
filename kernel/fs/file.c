/* SPDX-License-Identifier: MIT */
/*
 * Open files: life, reading, writing, seeking.
 *
 * An open file is shared by descriptors that dup or fork made, and lives until the last of them is
 * closed. Its position is changed under pos_lock when anybody else may use the file at the same
 * time; a file with one reference, found in a table that is not shared, belongs to the caller
 * alone.
 */
#include "fs/file.h"

#include "base/perhart.h"
#include "fs/file_owner.h"
#include "fs/internal.h"
#include "fs/notify.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "task/task.h"
#include "vm/vmo.h"

static struct kmem_cache *file_cache;

/* --- life --- */

static void file_construct(void *object)
{
	struct file *file = object;

	mutex_init(&file->pos_lock, MUTEX_FILE);
	file->watchers = NULL; /* and again whenever it is freed */
}

struct file *file_alloc(const struct path *path, u32 flags)
{
	struct file *file = kmem_cache_alloc(file_cache);

	if (unlikely(!file))
		return ERR_PTR(-ENOMEM);
	refcount_set(&file->refs, 1);
	file->flags = flags;
	file->mode = 0;
	file->ops = NULL;
	file->inode = path->dentry->inode;
	file->path = *path;
	file->pos = 0;
	file->private = NULL;
	file->owner = NULL;
	return file;
}

void file_free(struct file *file)
{
	if (file->mode & FMODE_WRITER)
		inode_put_write(file->inode);
	if (file->mode & FMODE_READER)
		atomic_fetch_add(&file->inode->readers, -1u);
	file_allow_write(file);
	if (nr_harts > 1)
		fget_wait(file);
	kmem_cache_free(file_cache, file);
}

void fput_last(struct file *file)
{
	struct path path = file->path;

	if (notify_wanted() && !(file->mode & FMODE_PATH))
		notify_file(file, file->mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	if (unlikely(file->watchers))
		epoll_forget_file(file);
	if (unlikely(file->owner))
		file_owner_release(file);
	if (file->ops->release)
		file->ops->release(file);
	if (unlikely(file->inode->locks))
		locks_release_file(file);
	file_free(file);
	path_put(&path);
}

/* --- reading and writing --- */

static ssize_t missing_operation(const struct file *file)
{
	return inode_is_dir(file->inode) ? -EISDIR : -EINVAL;
}

/* The operations where somebody is to be told: out of the way of those where nobody is. */
static noinline ssize_t read_and_tell(struct file *file, struct uio *uio, loff_t *pos)
{
	ssize_t result = file->ops->read(file, uio, pos);

	if (result > 0)
		notify_file(file, IN_ACCESS);
	return result;
}

static noinline ssize_t write_and_tell(struct file *file, struct uio *uio, loff_t *pos)
{
	ssize_t result = file->ops->write(file, uio, pos);

	if (result > 0)
		notify_file(file, IN_MODIFY);
	return result;
}

ssize_t file_read(struct file *file, struct uio *uio, loff_t *pos)
{
	if (unlikely(!(file->mode & FMODE_READ)))
		return -EBADF;
	if (unlikely(!file->ops->read))
		return missing_operation(file);
	if (unlikely(*pos < 0))
		return -EINVAL;
	return notify_wanted() ? read_and_tell(file, uio, pos) : file->ops->read(file, uio, pos);
}

ssize_t file_write(struct file *file, struct uio *uio, loff_t *pos)
{
	if (unlikely(!(file->mode & FMODE_WRITE)))
		return -EBADF;
	if (unlikely(!file->ops->write))
		return missing_operation(file);
	if (unlikely(*pos < 0))
		return -EINVAL;
	return notify_wanted() ? write_and_tell(file, uio, pos) : file->ops->write(file, uio, pos);
}

/* Moves at the file's own position, or at none when it has none. */
static inline ssize_t move_here(struct file *file, struct uio *uio,
				ssize_t (*move)(struct file *, struct uio *, loff_t *))
{
	bool shared = refcount_read(&file->refs) > 1;
	loff_t nowhere = 0;
	ssize_t result;

	if (file->mode & FMODE_STREAM)
		return move(file, uio, &nowhere);
	if (unlikely(shared))
		mutex_lock(&file->pos_lock);
	result = move(file, uio, &file->pos);
	if (unlikely(shared))
		mutex_unlock(&file->pos_lock);
	return result;
}

ssize_t file_read_here(struct file *file, struct uio *uio)
{
	return move_here(file, uio, file_read);
}

ssize_t file_write_here(struct file *file, struct uio *uio)
{
	return move_here(file, uio, file_write);
}

ssize_t kernel_read(struct file *file, void *buffer, size_t size, loff_t pos)
{
	struct iovec piece = { (u64)buffer, size };
	struct uio uio;
	ssize_t got;

	uio_init(&uio, &piece, 1, size, true);
	got = file_read(file, &uio, &pos);
	io_count_read(got);
	return got;
}

ssize_t kernel_write(struct file *file, const void *buffer, size_t size, loff_t *pos)
{
	struct iovec piece = { (u64)buffer, size };
	struct uio uio;
	ssize_t put;

	uio_init(&uio, &piece, 1, size, true);
	put = file_write(file, &uio, pos);
	io_count_write(put);
	return put;
}

/* --- seeking: lseek(2) --- */

/* The first offset at or after offset with data (or without, for SEEK_HOLE). A page is the unit. */
static loff_t seek_content(const struct inode *inode, loff_t offset, bool data)
{
	loff_t size = (loff_t)inode_size(inode);

	if (offset < 0 || offset >= size)
		return -ENXIO;
	while (offset < size) {
		struct page *page = vmo_find_page(inode->object, (u64)offset / PAGE_SIZE);

		if (page)
			page_put(page);
		if (!!page == data)
			return offset;
		offset = ALIGN_DOWN(offset, PAGE_SIZE) + PAGE_SIZE;
		if (offset % MiB == 0)
			cond_resched();
	}
	return data ? -ENXIO : size;
}

static loff_t seek_target(struct file *file, loff_t offset, int whence)
{
	const struct inode *inode = file->inode;

	switch (whence) {
	case SEEK_SET: return offset;
	case SEEK_CUR: return (loff_t)((u64)file->pos + (u64)offset);
	case SEEK_END: return (loff_t)(inode_size(inode) + (u64)offset);
	case SEEK_DATA:
	case SEEK_HOLE:
		return inode->object ? seek_content(inode, offset, whence == SEEK_DATA) : -EINVAL;
	default: return -EINVAL;
	}
}

static loff_t generic_seek(struct file *file, loff_t offset, int whence)
{
	loff_t target = seek_target(file, offset, whence);

	if (target >= 0)
		file->pos = target;
	else if (whence <= SEEK_END)
		target = -EINVAL;
	return target;
}

loff_t file_seek_nowhere(struct file *file, loff_t offset, int whence)
{
	return 0;
}

loff_t file_seek(struct file *file, loff_t offset, int whence)
{
	loff_t result;

	if (file->mode & FMODE_STREAM)
		return file->ops->seek ? file->ops->seek(file, offset, whence) : -ESPIPE;
	mutex_lock(&file->pos_lock);
	if (file->ops->seek)
		result = file->ops->seek(file, offset, whence);
	else
		result = generic_seek(file, offset, whence);
	mutex_unlock(&file->pos_lock);
	return result;
}

void file_init(void)
{
	file_cache = kmem_cache_create("filp", sizeof(struct file), 64, file_construct);
}
