/* SPDX-License-Identifier: MIT */
/*
 * System calls about what a file system keeps in memory: sync(2), fsync(2) and their relatives,
 * readahead(2), posix_fadvise(2), cachestat(2). What tmpfs holds is where it belongs already, so
 * they check their arguments, and tell what is so.
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "vm/vmo.h"

static long sync_file(unsigned int fd)
{
	struct fd file = fdget(fd);
	long result = -EBADF;

	if (file.file)
		result = file.file->mode & FMODE_STREAM ? -EINVAL : 0;
	fdput(file);
	return result;
}

long sys_fsync(unsigned int fd)
{
	return sync_file(fd);
}

long sys_fdatasync(unsigned int fd)
{
	return sync_file(fd);
}

long sys_sync(void)
{
	return 0;
}

long sys_syncfs(unsigned int fd)
{
	struct fd file = fdget(fd);

	if (!file.file)
		return -EBADF;
	fdput(file);
	return 0;
}

static int check_sync_range(const struct file *file, loff_t offset, loff_t length,
			    unsigned int flags)
{
	enum { KNOWN = 7 }; /* SYNC_FILE_RANGE_* */
	umode_t mode = file->inode->mode;
	loff_t end;

	if (flags & ~(unsigned int)KNOWN || offset < 0 || length < 0 ||
	    __builtin_add_overflow(offset, length, &end))
		return -EINVAL;
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISBLK(mode) ? 0 : -ESPIPE;
}

long sys_sync_file_range(unsigned int fd, loff_t offset, loff_t length, unsigned int flags)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = check_sync_range(file.file, offset, length, flags);
	fdput(file);
	return result;
}

long sys_readahead(unsigned int fd, loff_t offset, size_t count)
{
	struct fd file = fdget(fd);
	long result = 0;

	if (!file.file)
		return -EBADF;
	if (!(file.file->mode & FMODE_READ))
		result = -EBADF;
	else if (!file.file->inode->object)
		result = -EINVAL;
	fdput(file);
	return result;
}

/* cachestat(2): all pages of tmpfs are in the cache and none is dirty. */
static long cache_status(const struct file *file, uaddr_t range, uaddr_t status, unsigned int flags)
{
	struct {
		u64 offset, length;
	} wanted;
	struct {
		u64 cached, dirty, writeback, evicted, recently_evicted;
	} found = { 0 };
	struct vmo *object = file->inode->object;
	u64 first, end;

	if (copy_from_user(&wanted, range, sizeof(wanted)))
		return -EFAULT;
	if (flags)
		return -EINVAL;
	first = wanted.offset / PAGE_SIZE;
	end = wanted.length ? (wanted.offset + wanted.length - 1) / PAGE_SIZE + 1 : ~(u64)0;
	if (object)
		found.cached = vmo_count_pages(object, first, end);
	return copy_to_user(status, &found, sizeof(found));
}

long sys_cachestat(unsigned int fd, uaddr_t range, uaddr_t status, unsigned int flags)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = cache_status(file.file, range, status, flags);
	fdput(file);
	return result;
}

long sys_fadvise64(unsigned int fd, loff_t offset, loff_t length, int advice)
{
	struct fd file = fdget(fd);
	long result = 0;

	if (!file.file)
		return -EBADF;
	if (file.file->mode & FMODE_STREAM)
		result = -ESPIPE;
	else if (length < 0 || advice < 0 || advice > POSIX_FADV_NOREUSE)
		result = -EINVAL;
	fdput(file);
	return result;
}
