/* SPDX-License-Identifier: MIT */
/*
 * System calls on descriptors: close(2), dup(2), fcntl(2), ioctl(2), flock(2).
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/file_owner.h"
#include "fs/memfd.h"
#include "lib/errno.h"
#include "task/cred.h"

long sys_close(unsigned int fd)
{
	return fd_close(fd);
}

/* The last descriptor of a range is cut to what any table can hold. */
long sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		int error = files_unshare();

		if (error)
			return error;
	}
	fd_close_range(first, last, flags & CLOSE_RANGE_CLOEXEC);
	return 0;
}

/* --- dup --- */

/* A new number, at least from, for an open file. */
static long duplicate(unsigned int fd, unsigned int from, bool cloexec)
{
	struct file *file = fget(fd);
	int number;

	if (!file)
		return -EBADF;
	if (from >= rlimit(RLIMIT_NOFILE)) {
		fput(file);
		return -EINVAL;
	}
	number = fd_reserve(from, cloexec);
	if (number < 0)
		fput(file);
	else
		fd_install(number, file);
	return number;
}

long sys_dup(unsigned int fd)
{
	struct file *file = fget(fd);

	return file ? fd_add(file, false) : -EBADF;
}

long sys_dup3(unsigned int from, unsigned int to, unsigned int flags)
{
	struct file *file;
	long result;

	if (flags & ~(u32)O_CLOEXEC || from == to)
		return -EINVAL;
	if (to >= rlimit(RLIMIT_NOFILE))
		return -EBADF;
	file = fget(from);
	if (!file)
		return -EBADF;
	result = fd_replace((int)to, file, flags & O_CLOEXEC);
	fput(file);
	return result;
}

/* --- fcntl --- */

/* Flags that F_SETFL changes. */
enum { SETTABLE = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME };

/* O_ASYNC, where there is news to be told of. */
static int set_async(struct file *file, unsigned int fd, bool on, int impossible)
{
	if (on == !!(file->flags & O_ASYNC))
		return 0;
	return file->ops->async ? file_set_async(file, (int)fd, on) : impossible;
}

static long set_flags(struct file *file, unsigned int fd, u32 flags)
{
	int error;
	umode_t type = file->inode->mode & S_IFMT;

	if (flags & ~file->flags & O_NOATIME && current_cred()->fsuid != file->inode->uid &&
	    !capable(CAP_FOWNER))
		return -EPERM;
	if (flags & O_DIRECT && type != S_IFIFO && type != S_IFREG)
		return -EINVAL;
	error = set_async(file, fd, flags & O_ASYNC, 0);
	if (error)
		return error;
	WRITE_ONCE(file->flags, (file->flags & ~(u32)SETTABLE) | (flags & SETTABLE));
	return 0;
}

/* --- who is signalled about a file --- */

static long set_owner_from(struct file *file, uaddr_t from)
{
	struct f_owner_ex owner;

	if (copy_from_user(&owner, from, sizeof(owner)))
		return -EFAULT;
	return file_set_owner(file, &owner);
}

static long put_owner(const struct file *file, uaddr_t to)
{
	const struct f_owner_ex owner = file_get_owner(file);

	return copy_to_user(to, &owner, sizeof(owner));
}

static long record_lock(struct file *file, unsigned int command, uaddr_t argument)
{
	struct flock lock;
	long result;

	if (copy_from_user(&lock, argument, sizeof(lock)))
		return -EFAULT;
	result = file_lock(file, command, &lock);
	if (!result && (command == F_GETLK || command == F_OFD_GETLK))
		result = copy_to_user(argument, &lock, sizeof(lock));
	return result;
}

static long fcntl_file(struct file *file, unsigned int fd, unsigned int command,
		       unsigned long argument)
{
	switch (command) {
	case F_GETFL: return file->flags;
	case F_SETFL: return set_flags(file, fd, (u32)argument);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW: return record_lock(file, command, argument);
	case F_SETOWN: return file_set_owner_number(file, (int)argument);
	case F_GETOWN: return file_get_owner_number(file);
	case F_SETOWN_EX: return set_owner_from(file, argument);
	case F_GETOWN_EX: return put_owner(file, argument);
	case F_SETSIG: return file_set_owner_signal(file, argument);
	case F_GETSIG: return file_get_owner_signal(file);
	case F_SETLEASE: return file_set_lease(file, (int)fd, (int)argument);
	case F_GETLEASE: return file_get_lease(file);
	case F_ADD_SEALS: return memfd_add_seals(file, (u32)argument);
	case F_GET_SEALS: return memfd_get_seals(file);
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		if (!S_ISFIFO(file->inode->mode))
			return -EBADF;
		return file->ops->ioctl(file, command, argument);
	case F_DUPFD_QUERY: {
		struct fd other = fdget_raw((unsigned int)argument);
		bool same = other.file == file;
		bool open = other.file;

		fdput(other);
		return open ? same : -EBADF;
	}
	}
	return -EINVAL;
}

long sys_fcntl(unsigned int fd, unsigned int command, unsigned long argument)
{
	struct fd file = fdget_raw(fd);
	long result;

	if (!file.file)
		return -EBADF;
	switch (command) {
	case F_DUPFD: result = duplicate(fd, (unsigned int)argument, false); break;
	case F_DUPFD_CLOEXEC: result = duplicate(fd, (unsigned int)argument, true); break;
	case F_GETFD: result = fd_cloexec(fd); break;
	case F_SETFD:
		fd_set_cloexec(fd, argument & FD_CLOEXEC);
		result = 0;
		break;
	default:
		result = file.file->mode & FMODE_PATH && command != F_GETFL
				 ? -EBADF
				 : fcntl_file(file.file, fd, command, argument);
	}
	fdput(file);
	return result;
}

/* --- ioctl --- */

static long set_nonblocking(struct file *file, uaddr_t argument)
{
	u32 on;

	if (get_user32(&on, argument))
		return -EFAULT;
	WRITE_ONCE(file->flags, on ? file->flags | O_NONBLOCK : file->flags & ~(u32)O_NONBLOCK);
	return 0;
}

static long set_async_from(struct file *file, unsigned int fd, uaddr_t argument)
{
	u32 on;

	if (get_user32(&on, argument))
		return -EFAULT;
	return set_async(file, fd, on, -ENOTTY);
}

/* What is left to read of a regular file; others answer themselves. */
static long bytes_left(struct file *file, uaddr_t argument)
{
	u64 size = inode_size(file->inode);

	return put_user32(size > (u64)file->pos ? (u32)(size - (u64)file->pos) : 0, argument);
}

static long ioctl_file(struct file *file, unsigned int fd, unsigned int command,
		       unsigned long argument)
{
	switch (command) {
	case FIOCLEX: fd_set_cloexec(fd, true); return 0;
	case FIONCLEX: fd_set_cloexec(fd, false); return 0;
	case FIONBIO: return set_nonblocking(file, argument);
	case FIOASYNC: return set_async_from(file, fd, argument);
	case FIONREAD:
		if (S_ISREG(file->inode->mode))
			return bytes_left(file, argument);
		break;
	}
	return file->ops->ioctl ? file->ops->ioctl(file, command, argument) : -ENOTTY;
}

long sys_ioctl(unsigned int fd, unsigned int command, unsigned long argument)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = ioctl_file(file.file, fd, command, argument);
	fdput(file);
	return result;
}

long sys_flock(unsigned int fd, unsigned int operation)
{
	struct fd file = fdget(fd);
	long result;

	if (!file.file)
		return -EBADF;
	result = file_flock(file.file, (int)operation);
	fdput(file);
	return result;
}
