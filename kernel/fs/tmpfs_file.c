/* SPDX-License-Identifier: MIT */
/*
 * Reading, writing and mapping the files of tmpfs.
 *
 * A reader takes no lock. A writer holds inode->lock, and extends the object before it copies, so a
 * reader who has seen the larger size waits for the writer (TF1); then it has real bytes before it.
 * A write that stops short gives back what it had extended too much.
 *
 * Memory that a write copies from may be a mapping of the same file: faults take no inode->lock.
 */
#include "fs/file.h"
#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "sched/sched.h"
#include "task/cred.h"
#include "mm/page.h"
#include "task/signal.h"
#include "vm/vmo.h"

enum { RUN_MAX = 256 * KiB };
#define FILE_SIZE_MAX INT64_MAX
#define DAY (24 * 3600 * NSEC_PER_SEC)

/* Bytes to move in one go: of one piece, within a limit, and not too long. */
static u64 run_of(const struct uio *uio, u64 limit)
{
	u64 run = MIN(uio_run(uio), limit);

	return MIN(run, (u64)RUN_MAX);
}

/* --- reading --- */

/* The size, once what lies below it has been written (TF1). */
static u64 settled_size(struct inode *inode)
{
	u64 size = load_acquire(&inode->object->size);

	if (likely(!__atomic_load_n(&inode->lock.owner, __ATOMIC_ACQUIRE)))
		return size;
	mutex_lock(&inode->lock);
	size = inode->object->size;
	mutex_unlock(&inode->lock);
	return size;
}

/* As MS_RELATIME, Linux's default: once after each change, and once a day. */
static void note_access(struct file *file)
{
	struct inode *inode = file->inode;
	nsec_t changed = MAX(inode->mtime, inode->ctime);
	nsec_t now;

	now = clock_realtime();
	if (likely(inode->atime > changed && now - inode->atime < DAY))
		return;
	if (file->flags & O_NOATIME || (file->path.mount->flags & (MS_NOATIME | MS_RDONLY)))
		return;
	inode->atime = MAX(now, changed + 1); /* later, though the clock may not have advanced */
}

static ssize_t tmpfs_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct inode *inode = file->inode;
	u64 size = settled_size(inode);
	ssize_t done = 0;

	uio_advance(uio, 0); /* past empty pieces */
	while (uio->left && (u64)*pos < size) {
		u64 run = run_of(uio, size - (u64)*pos);
		ssize_t moved =
			vmo_read(inode->object, (u64)*pos, uio_address(uio), run, uio->kernel);

		if (unlikely(moved < 0))
			return done ? done : moved;
		done += moved;
		*pos += moved;
		uio_advance(uio, (u64)moved);
		if (unlikely((u64)moved < run))
			break;
		if (unlikely(uio->left && (u64)*pos < size))
			cond_resched();
	}
	note_access(file);
	return done;
}

/* A page of the file, or for a hole one of zeros. */
static struct page *tmpfs_read_page(struct file *file, loff_t pos, size_t *bytes)
{
	struct inode *inode = file->inode;
	u64 size = settled_size(inode);
	struct page *page;

	if ((u64)pos >= size)
		return NULL;
	*bytes = MIN(size - (u64)pos, (u64)(PAGE_SIZE - pos % PAGE_SIZE));
	note_access(file);
	page = vmo_find_page(inode->object, (u64)pos / PAGE_SIZE);
	if (!page)
		page = page_alloc(0, ALLOC_USER | ALLOC_ZERO);
	return page ? page : ERR_PTR(-ENOMEM);
}

/* --- writing --- */

/* Bytes that may be written at pos: within RLIMIT_FSIZE (else SIGXFSZ, -EFBIG) and the largest
 * size. */
static ssize_t limit_write(const struct uio *uio, loff_t pos)
{
	u64 limit = FILE_SIZE_MAX;

	if (rlimit(RLIMIT_FSIZE) < limit) {
		limit = rlimit(RLIMIT_FSIZE);
		if ((u64)pos >= limit)
			send_signal_current(SIGXFSZ);
	}
	if ((u64)pos >= limit)
		return -EFBIG;
	return (ssize_t)MIN(uio->left, limit - (u64)pos);
}

/* A write by who may not keep them takes the set-id bits away: chmod(2). */
static void drop_set_id(struct inode *inode)
{
	umode_t drop = S_ISUID;

	if (inode->mode & 0010)
		drop |= S_ISGID;
	if (unlikely(inode->mode & drop) && !capable(CAP_FSETID))
		inode->mode &= ~drop;
}

/* 0, or -EPERM when the seals of memfd_create(2) forbid to write up to end. */
static int check_seals(const struct vmo *object, u64 end)
{
	u32 forbidden = F_SEAL_NO_WRITE | (end > object->size ? F_SEAL_GROW : 0);

	return object->seals & forbidden ? -EPERM : 0;
}

/* Copies up to count bytes in, within the object's size; bytes, or -errno when there were none. */
static ssize_t copy_runs(struct inode *inode, struct uio *uio, loff_t *pos, u64 count)
{
	u64 done = 0;

	uio_advance(uio, 0); /* past empty pieces */
	while (done < count) {
		u64 run = run_of(uio, count - done);
		ssize_t moved =
			vmo_write(inode->object, (u64)*pos, uio_address(uio), run, uio->kernel);

		if (unlikely(moved < 0))
			return done ? (ssize_t)done : moved;
		done += (u64)moved;
		*pos += moved;
		uio_advance(uio, (u64)moved);
		if (unlikely((u64)moved < run))
			break;
		if (done < count) {
			cond_resched();
			if (current_fatal_signal_pending())
				break;
		}
	}
	return (ssize_t)done;
}

static bool appends(const struct file *file, const struct uio *uio)
{
	if (unlikely(uio->how))
		return uio->how & UIO_APPEND ||
		       (file->flags & O_APPEND && !(uio->how & UIO_NOAPPEND));
	return file->flags & O_APPEND;
}

/* inode->lock is held. */
static ssize_t write_locked(struct file *file, struct uio *uio, loff_t *pos)
{
	struct inode *inode = file->inode;
	u64 before = inode->object->size;
	ssize_t result;
	u64 end;

	if (appends(file, uio))
		*pos = (loff_t)before;
	result = limit_write(uio, *pos);
	if (result <= 0)
		return result;
	end = (u64)*pos + (u64)result;
	if (check_seals(inode->object, end))
		return -EPERM;
	drop_set_id(inode);
	if (end > before) {
		int error = vmo_set_size(inode->object, end);

		if (error)
			return error;
	}
	result = copy_runs(inode, uio, pos, (u64)result);
	if (end > before && (u64)*pos < end) {
		u64 reached = result > 0 ? (u64)*pos : before;
		int error = vmo_set_size(inode->object, MAX(before, reached));

		assert(!error);
		(void)error;
	}
	inode_touch(inode);
	return result;
}

static ssize_t tmpfs_write(struct file *file, struct uio *uio, loff_t *pos)
{
	ssize_t result;

	if (unlikely(!uio->left))
		return 0;
	mutex_lock(&file->inode->lock);
	result = write_locked(file, uio, pos);
	mutex_unlock(&file->inode->lock);
	return result;
}

static struct vmo *tmpfs_map(struct file *file, int prot, unsigned int flags)
{
	note_access(file);
	return vmo_get(file->inode->object);
}

const struct file_ops tmpfs_file_ops = {
	.read = tmpfs_read,
	.write = tmpfs_write,
	.map = tmpfs_map,
	.read_page = tmpfs_read_page,
};
