/* SPDX-License-Identifier: MIT */
/*
 * System calls on open files: read(2), write(2) and their relatives, lseek(2), sendfile(2),
 * truncation and synchronization.
 */
#include "abi/user_iovec.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"

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

long sys_read(unsigned int fd, uaddr_t buffer, size_t size)
{
	struct fd file = fdget(fd);
	struct iovec piece;
	struct uio uio;
	long result;

	if (unlikely(!file.file))
		return -EBADF;
	result = single_uio(&uio, &piece, buffer, size);
	if (likely(!result))
		result = file_read_here(file.file, &uio);
	fdput(file);
	return result;
}

long sys_write(unsigned int fd, uaddr_t buffer, size_t size)
{
	struct fd file = fdget(fd);
	struct iovec piece;
	struct uio uio;
	long result;

	if (unlikely(!file.file))
		return -EBADF;
	result = single_uio(&uio, &piece, buffer, size);
	if (likely(!result))
		result = file_write_here(file.file, &uio);
	fdput(file);
	return result;
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
		result = move_at(file.file, &uio, pos, write);
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

/* At a position, or at the file's own. */
static long move_vector(unsigned int fd, uaddr_t vector, u64 count, const loff_t *pos, bool write)
{
	struct fd file = fdget(fd);
	struct user_iovec pieces;
	struct uio uio;
	long result;

	if (!file.file)
		return -EBADF;
	result = user_iovec_get(&pieces, vector, count, &uio);
	if (!result) {
		if (pos)
			result = move_at(file.file, &uio, *pos, write);
		else
			result = write ? file_write_here(file.file, &uio)
				       : file_read_here(file.file, &uio);
		user_iovec_free(&pieces);
	}
	fdput(file);
	return result;
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

/* --- from file to file: sendfile(2), copy_file_range(2) --- */

enum { COPY_CHUNK = 16 * PAGE_SIZE };

/* Reads a chunk at a position, or at the file's own, into a kernel buffer. */
static ssize_t read_chunk(struct file *file, char *buffer, size_t size, loff_t *pos)
{
	struct iovec piece = { (u64)buffer, size };
	struct uio uio;

	uio_init(&uio, &piece, 1, size, true);
	return pos ? file_read(file, &uio, pos) : file_read_here(file, &uio);
}

static ssize_t write_chunk(struct file *file, const char *buffer, size_t size, loff_t *pos)
{
	struct iovec piece = { (u64)buffer, size };
	struct uio uio;

	uio_init(&uio, &piece, 1, size, true);
	return pos ? file_write(file, &uio, pos) : file_write_here(file, &uio);
}

/* Takes back the part of a chunk that was read and could not be written. */
static void unread(struct file *file, loff_t *pos, ssize_t bytes)
{
	if (pos)
		*pos -= bytes;
	else if (!(file->mode & FMODE_STREAM))
		file->pos -= bytes;
}

/* Copies up to size bytes; positions may be NULL. Bytes, or -errno when there are none. */
static ssize_t copy_between(struct file *from, loff_t *from_pos, struct file *to, loff_t *to_pos,
			    size_t size)
{
	char *buffer = kmalloc(COPY_CHUNK);
	ssize_t done = 0, moved = 0;

	if (!buffer)
		return -ENOMEM;
	while ((size_t)done < size) {
		ssize_t got = read_chunk(from, buffer, MIN(size - (size_t)done, (size_t)COPY_CHUNK),
					 from_pos);

		moved = got;
		if (got > 0)
			moved = write_chunk(to, buffer, (size_t)got, to_pos);
		if (moved < got)
			unread(from, from_pos, got - MAX(moved, (ssize_t)0));
		if (moved <= 0)
			break;
		done += moved;
		if (moved < got || current_signal_pending())
			break;
		cond_resched();
	}
	kfree(buffer);
	return done ? done : moved;
}

static int get_position(loff_t *pos, uaddr_t from)
{
	u64 value;

	if (get_user64(&value, from))
		return -EFAULT;
	*pos = (loff_t)value;
	return *pos < 0 ? -EINVAL : 0;
}

static long send_file(struct file *to, struct file *from, uaddr_t offset, size_t size)
{
	loff_t pos;
	long result;

	if (!(from->mode & FMODE_READ) || !(to->mode & FMODE_WRITE))
		return -EBADF;
	if (from->mode & FMODE_STREAM && offset)
		return -ESPIPE;
	if (!from->inode->object) /* as Linux: the source must be something that can be mapped */
		return -EINVAL;
	if (to->flags & O_APPEND)
		return -EINVAL;
	if (offset && (result = get_position(&pos, offset)))
		return result;
	size = MIN(size, (size_t)RW_MAX);
	result = copy_between(from, offset ? &pos : NULL, to, NULL, size);
	if (offset && result >= 0 && put_user64((u64)pos, offset))
		return -EFAULT;
	return result;
}

long sys_sendfile(unsigned int out, unsigned int in, uaddr_t offset, size_t size)
{
	struct fd from = fdget(in), to = fdget(out);
	long result = -EBADF;

	if (from.file && to.file)
		result = send_file(to.file, from.file, offset, size);
	fdput(to);
	fdput(from);
	return result;
}

static int check_copy_range(const struct file *from, const struct file *to, unsigned int flags)
{
	if (flags)
		return -EINVAL;
	if (!(from->mode & FMODE_READ) || !(to->mode & FMODE_WRITE) || to->flags & O_APPEND)
		return -EBADF;
	if (S_ISDIR(from->inode->mode) || S_ISDIR(to->inode->mode))
		return -EISDIR;
	if (!S_ISREG(from->inode->mode) || !S_ISREG(to->inode->mode))
		return -EINVAL;
	return 0;
}

static long copy_range(struct file *from, uaddr_t from_offset, struct file *to, uaddr_t to_offset,
		       size_t size, unsigned int flags)
{
	loff_t from_pos = from->pos, to_pos = to->pos;
	long result = check_copy_range(from, to, flags);

	if (!result && from_offset)
		result = get_position(&from_pos, from_offset);
	if (!result && to_offset)
		result = get_position(&to_pos, to_offset);
	if (result)
		return result;
	size = MIN(size, (size_t)RW_MAX);
	if (from->inode == to->inode && from_pos < to_pos + (loff_t)size &&
	    to_pos < from_pos + (loff_t)size)
		return -EINVAL;
	result = copy_between(from, &from_pos, to, &to_pos, size);
	if (result < 0)
		return result;
	if (from_offset && put_user64((u64)from_pos, from_offset))
		return -EFAULT;
	if (to_offset && put_user64((u64)to_pos, to_offset))
		return -EFAULT;
	if (!from_offset)
		from->pos = from_pos;
	if (!to_offset)
		to->pos = to_pos;
	return result;
}

long sys_copy_file_range(unsigned int in, uaddr_t in_offset, unsigned int out, uaddr_t out_offset,
			 size_t size, unsigned int flags)
{
	struct fd from = fdget(in), to = fdget(out);
	long result = -EBADF;

	if (from.file && to.file)
		result = copy_range(from.file, in_offset, to.file, out_offset, size, flags);
	fdput(to);
	fdput(from);
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

/* --- synchronization: what tmpfs holds is where it belongs already --- */

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
