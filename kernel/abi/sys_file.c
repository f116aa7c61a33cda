/* SPDX-License-Identifier: MIT */
/*
 * System calls on open files: read(2), write(2) and their relatives, lseek(2), truncation. From
 * file to file: abi/sys_splice.c.
 */
#include "abi/user_iovec.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mm/page.h"

/* --- read and write --- */

/* One user buffer as a uio. 0 or -EFAULT. */
static inline int single_uio(struct uio *uio, struct iovec *piece, uaddr_t buffer, size_t size)
{
	if (unlikely((s64)size < 0))
		return -EINVAL;
	size = MIN(size, (size_t)RW_MAX);
	if (unlikely(!access_ok(buffer, size)))
		return -EFAULT;
	*piece = (struct iovec){ buffer, size };
	uio_init(uio, piece, 1, size, false);
	return 0;
}

/* A call counts for /proc/pid/io if the file can do such a thing at all. */
static inline void count_move(const struct file *file, long result, bool write)
{
	if (write) {
		if (likely(result > 0) || (file->mode & FMODE_WRITE && file->ops->write))
			io_count_write(result);
	} else {
		if (likely(result > 0) || (file->mode & FMODE_READ && file->ops->read))
			io_count_read(result);
	}
}

/* read(2) and write(2), which differ in what moves. */
static inline long move_single(unsigned int fd, uaddr_t buffer, size_t size, bool write)
{
	struct fd file = fdget(fd);
	struct iovec piece;
	struct uio uio;
	long result;

	if (unlikely(!file.file))
		return -EBADF;
	result = single_uio(&uio, &piece, buffer, size);
	if (likely(!result)) {
		result = write ? file_write_here(file.file, &uio) : file_read_here(file.file, &uio);
		count_move(file.file, result, write);
	}
	fdput(file);
	return result;
}

long sys_read(unsigned int fd, uaddr_t buffer, size_t size)
{
	return move_single(fd, buffer, size, false);
}

long sys_write(unsigned int fd, uaddr_t buffer, size_t size)
{
	return move_single(fd, buffer, size, true);
}

/* Moves at a position that the caller gives. */
static long move_at(struct file *file, struct uio *uio, loff_t pos, bool write)
{
	if (pos < 0)
		return -EINVAL;
	if (file->mode & FMODE_STREAM)
		return -ESPIPE;
	return write ? file_write(file, uio, &pos) : file_read(file, uio, &pos);
}

static long move_single_at(struct file *file, struct uio *uio, loff_t pos, bool write)
{
	long result = move_at(file, uio, pos, write);

	if (pos >= 0 && !(file->mode & FMODE_STREAM))
		count_move(file, result, write);
	return result;
}

static long single_at(unsigned int fd, uaddr_t buffer, size_t size, loff_t pos, bool write)
{
	struct fd file = fdget(fd);
	struct iovec piece;
	struct uio uio;
	long result;

	if (unlikely(!file.file))
		return -EBADF;
	result = single_uio(&uio, &piece, buffer, size);
	if (likely(!result))
		result = move_single_at(file.file, &uio, pos, write);
	fdput(file);
	return result;
}

long sys_pread64(unsigned int fd, uaddr_t buffer, size_t size, loff_t pos)
{
	return single_at(fd, buffer, size, pos, false);
}

long sys_pwrite64(unsigned int fd, uaddr_t buffer, size_t size, loff_t pos)
{
	return single_at(fd, buffer, size, pos, true);
}

enum rwf_flags {
	RWF_HIPRI = 1,
	RWF_DSYNC = 2,
	RWF_SYNC = 4,
	RWF_NOWAIT = 8,
	RWF_APPEND = 0x10,
	RWF_NOAPPEND = 0x20,
	RWF_KNOWN = 0x3f,
};

/* The wishes of preadv2(2), as enum uio_how; -EOPNOTSUPP, -EINVAL. Only pipes and sockets can tell
 * beforehand whether they would wait; all that is written is where it belongs at once. */
static int how_of_flags(const struct file *file, unsigned int flags)
{
	umode_t mode = file->inode->mode;
	int how = 0;

	if (flags & ~(unsigned int)RWF_KNOWN)
		return -EOPNOTSUPP;
	if (flags & RWF_NOWAIT && !S_ISFIFO(mode) && !S_ISSOCK(mode))
		return -EOPNOTSUPP;
	if (flags & RWF_APPEND && flags & RWF_NOAPPEND)
		return -EINVAL;
	how |= flags & RWF_NOWAIT ? UIO_NOWAIT : 0;
	how |= flags & RWF_APPEND ? UIO_APPEND : 0;
	how |= flags & RWF_NOAPPEND ? UIO_NOAPPEND : 0;
	return how;
}

static long move_pieces(unsigned int fd, uaddr_t vector, u64 count, const loff_t *pos,
			unsigned int flags, bool write)
{
	struct fd file = fdget(fd);
	struct user_iovec pieces;
	struct uio uio;
	long result;

	if (!file.file)
		return -EBADF;
	result = user_iovec_get(&pieces, vector, count, &uio);
	if (!result) {
		int how = uio.left && flags ? how_of_flags(file.file, flags) : 0;

		uio.how = (u8)MAX(how, 0);
		if (how < 0)
			result = how;
		else if (pos)
			result = move_at(file.file, &uio, *pos, write);
		else
			result = write ? file_write_here(file.file, &uio)
				       : file_read_here(file.file, &uio);
		user_iovec_free(&pieces);
	}
	fdput(file);
	return result;
}

/* At a position, or at the file's own. Every such call counts, as Linux has it. */
static long move_vector_how(unsigned int fd, uaddr_t vector, u64 count, const loff_t *pos,
			    unsigned int flags, bool write)
{
	long result = move_pieces(fd, vector, count, pos, flags, write);

	if (write)
		io_count_write(result);
	else
		io_count_read(result);
	return result;
}

static long move_vector(unsigned int fd, uaddr_t vector, u64 count, const loff_t *pos, bool write)
{
	return move_vector_how(fd, vector, count, pos, 0, write);
}

long sys_readv(unsigned int fd, uaddr_t vector, u64 count)
{
	return move_vector(fd, vector, count, NULL, false);
}

long sys_writev(unsigned int fd, uaddr_t vector, u64 count)
{
	return move_vector(fd, vector, count, NULL, true);
}

long sys_preadv(unsigned int fd, uaddr_t vector, u64 count, loff_t pos)
{
	return move_vector(fd, vector, count, &pos, false);
}

long sys_pwritev(unsigned int fd, uaddr_t vector, u64 count, loff_t pos)
{
	return move_vector(fd, vector, count, &pos, true);
}

/* The position comes in two words, the second of which does not matter where a word holds it; -1 is
 * the file's own. */
long sys_preadv2(unsigned int fd, uaddr_t vector, u64 count, loff_t pos, u64 unused,
		 unsigned int flags)
{
	return move_vector_how(fd, vector, count, pos == -1 ? NULL : &pos, flags, false);
}

long sys_pwritev2(unsigned int fd, uaddr_t vector, u64 count, loff_t pos, u64 unused,
		  unsigned int flags)
{
	return move_vector_how(fd, vector, count, pos == -1 ? NULL : &pos, flags, true);
}

long sys_lseek(unsigned int fd, loff_t offset, int whence)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = file_seek(file.file, offset, whence);
	fdput(file);
	return result;
}

/* --- size --- */

long sys_ftruncate(unsigned int fd, loff_t size)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = size < 0 ? -EINVAL : file_truncate(file.file, size);
	fdput(file);
	return result;
}

long sys_truncate(uaddr_t name, loff_t size)
{
	struct path path;
	long result;

	if (size < 0)
		return -EINVAL;
	result = user_path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);
	if (result)
		return result;
	result = path_truncate(&path, size);
	path_put(&path);
	return result;
}

long sys_fallocate(unsigned int fd, int mode, loff_t offset, loff_t length)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = file_allocate(file.file, mode, offset, length);
	fdput(file);
	return result;
}
