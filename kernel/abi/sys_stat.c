/* SPDX-License-Identifier: MIT */
/*
 * System calls that report files: fstat(2), newfstatat(2), statx(2), getdents64(2).
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/notify.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/timer.h"
#include "uapi/stat.h"
#include "vm/usercopy.h"

/* --- stat --- */

static long put_stat(const struct kstat *from, uaddr_t result)
{
	struct stat to = {
		.st_dev = from->dev,
		.st_ino = from->ino,
		.st_mode = from->mode,
		.st_nlink = from->nlink,
		.st_uid = from->uid,
		.st_gid = from->gid,
		.st_rdev = from->rdev,
		.st_size = (s64)from->size,
		.st_blksize = (s32)from->blksize,
		.st_blocks = (s64)from->blocks,
		.st_atime = from->atime / NSEC_PER_SEC,
		.st_atime_nsec = (u64)(from->atime % NSEC_PER_SEC),
		.st_mtime = from->mtime / NSEC_PER_SEC,
		.st_mtime_nsec = (u64)(from->mtime % NSEC_PER_SEC),
		.st_ctime = from->ctime / NSEC_PER_SEC,
		.st_ctime_nsec = (u64)(from->ctime % NSEC_PER_SEC),
	};

	return copy_to_user(result, &to, sizeof(to));
}

static long fd_stat(unsigned int fd, struct kstat *stat)
{
	struct fd file = fdget_raw(fd);
	long error;

	if (!file.file)
		return -EBADF;
	error = path_stat(&file.file->path, stat);
	fdput(file);
	return error;
}

/* Status of a name, or of dirfd itself when the name is empty and AT_EMPTY_PATH allows that. */
static long name_stat(int dirfd, uaddr_t name, unsigned int flags, struct kstat *stat)
{
	unsigned int lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path path;
	long error;

	if (flags & AT_EMPTY_PATH) {
		u8 first = 0;

		if (name && get_user8(&first, name))
			return -EFAULT;
		if (!first && dirfd >= 0)
			return fd_stat((unsigned int)dirfd, stat);
		lookup |= LOOKUP_EMPTY;
	}
	error = user_path_lookup(dirfd, name, lookup, &path);
	if (error)
		return error;
	error = path_stat(&path, stat);
	path_put(&path);
	return error;
}

long sys_newfstatat(int dirfd, uaddr_t name, uaddr_t result, unsigned int flags)
{
	struct kstat stat;
	long error;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	error = name_stat(dirfd, name, flags, &stat);
	return error ? error : put_stat(&stat, result);
}

long sys_fstat(unsigned int fd, uaddr_t result)
{
	struct kstat stat;
	long error = fd_stat(fd, &stat);

	return error ? error : put_stat(&stat, result);
}

static struct statx_timestamp timestamp(nsec_t time)
{
	return (struct statx_timestamp){ time / NSEC_PER_SEC, (u32)(time % NSEC_PER_SEC), 0 };
}

long sys_statx(int dirfd, uaddr_t name, unsigned int flags, unsigned int mask, uaddr_t result)
{
	const u32 known =
		AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;
	struct kstat stat;
	struct statx to;
	long error;

	if (flags & ~known || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    mask & STATX__RESERVED)
		return -EINVAL;
	error = name_stat(dirfd, name, flags, &stat);
	if (error)
		return error;
	to = (struct statx){
		.stx_mask = STATX_BASIC_STATS | STATX_BTIME,
		.stx_blksize = stat.blksize,
		.stx_nlink = stat.nlink,
		.stx_uid = stat.uid,
		.stx_gid = stat.gid,
		.stx_mode = (u16)stat.mode,
		.stx_ino = stat.ino,
		.stx_size = stat.size,
		.stx_blocks = stat.blocks,
		.stx_atime = timestamp(stat.atime),
		.stx_btime = timestamp(stat.btime),
		.stx_ctime = timestamp(stat.ctime),
		.stx_mtime = timestamp(stat.mtime),
		.stx_rdev_major = MAJOR(stat.rdev),
		.stx_rdev_minor = MINOR(stat.rdev),
		.stx_dev_major = MAJOR(stat.dev),
		.stx_dev_minor = MINOR(stat.dev),
	};
	return copy_to_user(result, &to, sizeof(to));
}

/* --- getdents64 --- */

/* Writes entries to user memory as they are emitted. */
struct user_entries {
	struct dir_emitter emitter; /* first: emit() gets it */
	uaddr_t to;
	size_t left;
	int error; /* why it stopped, when nothing fits or memory faults */
};

/* Room that an entry takes, with its terminator, aligned. */
static size_t entry_size(size_t length)
{
	return ALIGN_UP(offsetof(struct linux_dirent64, d_name) + length + 1, (size_t)8);
}

static bool emit_entry(struct dir_emitter *emitter, const char *name, size_t length, u64 ino,
		       u8 type, loff_t next)
{
	struct user_entries *entries = container_of(emitter, struct user_entries, emitter);
	size_t size = entry_size(length), header = offsetof(struct linux_dirent64, d_name);
	u64 buffer[(sizeof(struct linux_dirent64) + NAME_MAX + 16) / 8];
	struct linux_dirent64 *entry = (struct linux_dirent64 *)buffer;

	if (size > entries->left || length > NAME_MAX) {
		entries->error = -EINVAL;
		return false;
	}
	buffer[size / 8 - 1] = 0;
	entry->d_ino = ino;
	entry->d_off = next;
	entry->d_reclen = (u16)size;
	entry->d_type = type;
	memcpy((char *)entry + header, name, length);
	((char *)entry)[header + length] = '\0';
	if (copy_to_user(entries->to, entry, size)) {
		entries->error = -EFAULT;
		return false;
	}
	entries->to += size;
	entries->left -= size;
	return true;
}

static long read_directory(struct file *file, uaddr_t to, size_t size)
{
	struct user_entries entries = { .emitter = { emit_entry }, .to = to, .left = size };
	long error;

	if (!file->ops->iterate)
		return -ENOTDIR;
	mutex_lock(&file->pos_lock);
	error = file->ops->iterate(file, &entries.emitter);
	mutex_unlock(&file->pos_lock);
	if (error)
		return error;
	notify_file(file, IN_ACCESS);
	return entries.left < size ? (long)(size - entries.left) : entries.error;
}

long sys_getdents64(unsigned int fd, uaddr_t to, unsigned int size)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = read_directory(file.file, to, size);
	fdput(file);
	return result;
}
