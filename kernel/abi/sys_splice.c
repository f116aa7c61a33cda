/* SPDX-License-Identifier: MIT */
/*
 * System calls that move data between descriptors: splice(2), tee(2), vmsplice(2), sendfile(2),
 * copy_file_range(2).
 */
#include "abi/user_iovec.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "ipc/splice.h"
#include "lib/errno.h"

enum { SPLICE_KNOWN = SPLICE_MOVE | SPLICE_NONBLOCK | SPLICE_MORE | SPLICE_GIFT };

/* --- positions that a program gives --- */

/* Reads a position; user is 0 when the file's own is meant. 0 or -EFAULT. */
static int get_position(loff_t *pos, uaddr_t user)
{
	u64 value = 0;

	if (user && get_user64(&value, user))
		return -EFAULT;
	*pos = (loff_t)value;
	return 0;
}

static int put_position(loff_t pos, uaddr_t user)
{
	return user ? put_user64((u64)pos, user) : 0;
}

/* Two descriptors as two open files; false when one is not open. */
struct fd_pair {
	struct fd in, out;
};

static bool pair_get(struct fd_pair *pair, unsigned int in, unsigned int out)
{
	pair->in = fdget(in);
	pair->out = fdget(out);
	if (pair->in.file && pair->out.file)
		return true;
	fdput(pair->out);
	fdput(pair->in);
	return false;
}

static void pair_put(struct fd_pair *pair)
{
	fdput(pair->out);
	fdput(pair->in);
}

static bool pair_permits(const struct file *in, const struct file *out)
{
	return in->mode & FMODE_READ && out->mode & FMODE_WRITE;
}

/* --- splice, tee --- */

/* A file's position for a splice with a pipe: given at user, or its own. */
static int check_file_side(const struct file *file, uaddr_t user, loff_t pos)
{
	if (user && (file->mode & FMODE_STREAM || pos < 0))
		return -EINVAL;
	return 0;
}

static long splice_in(struct file *in, uaddr_t in_user, struct pipe *to, size_t size,
		      bool nonblocking)
{
	loff_t pos;
	long result = get_position(&pos, in_user);

	if (!result)
		result = check_file_side(in, in_user, pos);
	if (!result)
		result = splice_from_file(in, in_user ? &pos : NULL, to, size, nonblocking);
	if (result >= 0 && put_position(pos, in_user))
		return -EFAULT;
	return result;
}

static long splice_out(struct pipe *from, struct file *out, uaddr_t out_user, size_t size,
		       bool nonblocking)
{
	loff_t pos;
	long result = get_position(&pos, out_user);

	if (!result)
		result = check_file_side(out, out_user, pos);
	if (!result && out->flags & O_APPEND)
		result = -EINVAL;
	if (!result)
		result = splice_to_file(from, out, out_user ? &pos : NULL, size, nonblocking);
	if (result >= 0 && put_position(pos, out_user))
		return -EFAULT;
	return result;
}

static long splice_files(struct file *in, uaddr_t in_user, struct file *out, uaddr_t out_user,
			 size_t size, unsigned int flags)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);
	bool nonblocking = flags & SPLICE_NONBLOCK;

	if ((from && in_user) || (to && out_user))
		return -ESPIPE;
	if (!pair_permits(in, out))
		return -EBADF;
	if (from == to)
		return -EINVAL;
	if (from)
		nonblocking |= (in->flags & O_NONBLOCK) != 0;
	if (to)
		nonblocking |= (out->flags & O_NONBLOCK) != 0;
	if (from && to)
		return splice_pipes(from, to, size, false, nonblocking);
	return from ? splice_out(from, out, out_user, size, nonblocking)
		    : splice_in(in, in_user, to, size, nonblocking);
}

long sys_splice(unsigned int in, uaddr_t in_offset, unsigned int out, uaddr_t out_offset,
		size_t size, unsigned int flags)
{
	struct fd_pair pair;
	long result;

	if (!size)
		return 0;
	if (flags & ~(unsigned int)SPLICE_KNOWN)
		return -EINVAL;
	if (!pair_get(&pair, in, out))
		return -EBADF;
	result = splice_files(pair.in.file, in_offset, pair.out.file, out_offset,
			      MIN(size, (size_t)RW_MAX), flags);
	pair_put(&pair);
	return result;
}

static long tee_files(struct file *in, struct file *out, size_t size, unsigned int flags)
{
	struct pipe *from = pipe_of(in), *to = pipe_of(out);
	bool nonblocking = flags & SPLICE_NONBLOCK || (in->flags | out->flags) & O_NONBLOCK;

	if (!pair_permits(in, out))
		return -EBADF;
	if (!from || !to || from == to)
		return -EINVAL;
	return splice_pipes(from, to, size, true, nonblocking);
}

long sys_tee(unsigned int in, unsigned int out, size_t size, unsigned int flags)
{
	struct fd_pair pair;
	long result;

	if (flags & ~(unsigned int)SPLICE_KNOWN)
		return -EINVAL;
	if (!size)
		return 0;
	if (!pair_get(&pair, in, out))
		return -EBADF;
	result = tee_files(pair.in.file, pair.out.file, MIN(size, (size_t)RW_MAX), flags);
	pair_put(&pair);
	return result;
}

/* --- vmsplice --- */

static long splice_memory(struct file *file, uaddr_t vector, u64 count, unsigned int flags)
{
	bool nonblocking = flags & SPLICE_NONBLOCK;
	struct user_iovec pieces;
	struct uio uio;
	long result;

	if (!pipe_of(file))
		return -EBADF;
	result = user_iovec_get(&pieces, vector, count, &uio);
	if (result)
		return result;
	if (uio.left)
		result = file->mode & FMODE_WRITE ? splice_memory_in(file, &uio, nonblocking)
						  : splice_memory_out(file, &uio, nonblocking);
	user_iovec_free(&pieces);
	return result;
}

long sys_vmsplice(unsigned int fd, uaddr_t vector, u64 count, unsigned int flags)
{
	struct fd file;
	long result;

	if (flags & ~(unsigned int)SPLICE_KNOWN)
		return -EINVAL;
	file = fdget(fd);
	if (!file.file)
		return -EBADF;
	result = splice_memory(file.file, vector, count, flags);
	fdput(file);
	return result;
}

/* --- sendfile --- */

/* A call that moves from file to file is one read and one write of /proc/pid/io. */
static void count_copy(long result)
{
	io_count_read(result);
	io_count_write(result);
}

/* A source must have a position, and content: regular files and devices. */
static bool is_source(const struct file *file)
{
	return !(file->mode & FMODE_STREAM) && file->ops->read;
}

static long send_at(struct file *out, struct file *in, loff_t *pos, size_t size)
{
	struct pipe *pipe = pipe_of(out);

	if (pipe)
		return splice_from_file(in, pos, pipe, size, out->flags & O_NONBLOCK);
	if (!is_source(in) || out->flags & O_APPEND)
		return -EINVAL;
	return file_copy(in, pos, out, NULL, size);
}

static long send_file(struct file *out, struct file *in, uaddr_t offset, size_t size)
{
	loff_t pos;
	long result = get_position(&pos, offset);

	if (result)
		return result;
	if (!(in->mode & FMODE_READ))
		return -EBADF;
	if (in->mode & FMODE_STREAM && offset)
		return -ESPIPE;
	if (pos < 0)
		return -EINVAL;
	if (!(out->mode & FMODE_WRITE))
		return -EBADF;
	if (in->mode & FMODE_STREAM)
		return -EINVAL;
	if (!offset)
		pos = in->pos;
	result = send_at(out, in, &pos, MIN(size, (size_t)RW_MAX));
	count_copy(result);
	if (result > 0 && !offset)
		in->pos = pos;
	if (result >= 0 && put_position(pos, offset))
		return -EFAULT;
	return result;
}

long sys_sendfile(unsigned int out, unsigned int in, uaddr_t offset, size_t size)
{
	struct fd_pair pair;
	long result;

	if (!pair_get(&pair, in, out))
		return -EBADF;
	result = send_file(pair.out.file, pair.in.file, offset, size);
	pair_put(&pair);
	return result;
}

/* --- copy_file_range --- */

static int check_copy_range(const struct file *in, const struct file *out, unsigned int flags)
{
	if (flags)
		return -EINVAL;
	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!pair_permits(in, out) || out->flags & O_APPEND)
		return -EBADF;
	return in->inode->super == out->inode->super ? 0 : -EXDEV;
}

/* Cuts the size to what the source has; -EOVERFLOW, -EINVAL (overlap, negative positions). */
static ssize_t check_range(const struct file *in, loff_t in_pos, const struct file *out,
			   loff_t out_pos, size_t size)
{
	u64 length = inode_size(in->inode);

	if ((u64)in_pos + size < size || (u64)out_pos + size < size)
		return -EOVERFLOW;
	if (in_pos < 0 || out_pos < 0)
		return -EINVAL;
	size = (u64)in_pos < length ? MIN(size, length - (u64)in_pos) : 0;
	if (in->inode == out->inode && (u64)in_pos < (u64)out_pos + size &&
	    (u64)out_pos < (u64)in_pos + size)
		return -EINVAL;
	return (ssize_t)MIN(size, (size_t)RW_MAX);
}

static long copy_and_count(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			   size_t size)
{
	long result = file_copy(in, in_pos, out, out_pos, size);

	count_copy(result);
	return result;
}

static long copy_range(struct file *in, uaddr_t in_offset, struct file *out, uaddr_t out_offset,
		       size_t size, unsigned int flags)
{
	loff_t in_pos, out_pos;
	long result = get_position(&in_pos, in_offset);

	if (!result)
		result = get_position(&out_pos, out_offset);
	if (!result)
		result = check_copy_range(in, out, flags);
	if (result)
		return result;
	if (!in_offset)
		in_pos = in->pos;
	if (!out_offset)
		out_pos = out->pos;
	result = check_range(in, in_pos, out, out_pos, size);
	if (result > 0)
		result = copy_and_count(in, &in_pos, out, &out_pos, (size_t)result);
	if (result <= 0)
		return result;
	if (!in_offset)
		in->pos = in_pos;
	if (!out_offset)
		out->pos = out_pos;
	if (put_position(in_pos, in_offset) || put_position(out_pos, out_offset))
		return -EFAULT;
	return result;
}

long sys_copy_file_range(unsigned int in, uaddr_t in_offset, unsigned int out, uaddr_t out_offset,
			 size_t size, unsigned int flags)
{
	struct fd_pair pair;
	long result;

	if (!pair_get(&pair, in, out))
		return -EBADF;
	result = copy_range(pair.in.file, in_offset, pair.out.file, out_offset, size, flags);
	pair_put(&pair);
	return result;
}
