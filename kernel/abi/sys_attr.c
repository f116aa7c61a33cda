/* SPDX-License-Identifier: MIT */
/*
 * System calls on attributes of files: access(2), chmod(2), chown(2), utimensat(2), statfs(2).
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "uapi/stat.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* LOOKUP_* flags for the AT_* flags that calls with a name have in common. */
static unsigned int lookup_of(unsigned int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

/* --- access --- */

/* access(2) asks for the real ids, so that a set-id program can ask for its caller. The old
 * ones, if there is a difference; ERR_PTR(-ENOMEM). */
static struct cred *use_real_ids(void)
{
	const struct cred *old = current_cred();
	struct cred *cred;

	if (old->fsuid == old->uid && old->fsgid == old->gid)
		return NULL;
	cred = cred_prepare();
	if (IS_ERR(cred))
		return cred;
	cred->fsuid = cred->uid;
	cred->fsgid = cred->gid;
	cred->cap_effective = cred->uid ? 0 : cred->cap_permitted;
	return cred_override(cred);
}

static long access_path(int dirfd, uaddr_t name, int mask, unsigned int flags)
{
	struct path path;
	long error = user_path_lookup(dirfd, name, lookup_of(flags), &path);

	if (error)
		return error;
	error = path_access(&path, mask);
	path_put(&path);
	return error;
}

long sys_faccessat2(int dirfd, uaddr_t name, int mask, unsigned int flags)
{
	struct cred *before = NULL;
	long result;

	if (mask & ~(MAY_READ | MAY_WRITE | MAY_EXEC) ||
	    flags & ~(u32)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!(flags & AT_EACCESS))
		before = use_real_ids();
	if (IS_ERR(before))
		return PTR_ERR(before);
	result = access_path(dirfd, name, mask, flags);
	if (before)
		cred_put(cred_override(before));
	return result;
}

long sys_faccessat(int dirfd, uaddr_t name, int mask)
{
	return sys_faccessat2(dirfd, name, mask, 0);
}

/* --- mode and owner --- */

long sys_fchmodat2(int dirfd, uaddr_t name, umode_t mode, unsigned int flags)
{
	struct path path;
	long error;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = user_path_lookup(dirfd, name, lookup_of(flags), &path);
	if (error)
		return error;
	error = path_chmod(&path, mode);
	path_put(&path);
	return error;
}

long sys_fchmodat(int dirfd, uaddr_t name, umode_t mode)
{
	return sys_fchmodat2(dirfd, name, mode, 0);
}

long sys_fchmod(unsigned int fd, umode_t mode)
{
	struct fd file = fdget(fd);
	long error;

	if (!file.file)
		return -EBADF;
	error = path_chmod(&file.file->path, mode);
	fdput(file);
	return error;
}

long sys_fchownat(int dirfd, uaddr_t name, uid_t uid, gid_t gid, unsigned int flags)
{
	struct path path;
	long error;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = user_path_lookup(dirfd, name, lookup_of(flags), &path);
	if (error)
		return error;
	error = path_chown(&path, uid, gid);
	path_put(&path);
	return error;
}

long sys_fchown(unsigned int fd, uid_t uid, gid_t gid)
{
	struct fd file = fdget(fd);
	long error;

	if (!file.file)
		return -EBADF;
	error = path_chown(&file.file->path, uid, gid);
	fdput(file);
	return error;
}

/* --- times (utimensat(2)) --- */

/* One of the two times: now, a given one, or (flag not set in attr) left as it is. */
static int decode_time(const struct timespec *from, nsec_t now, u32 flag, struct iattr *attr,
		       nsec_t *time)
{
	if (from->tv_nsec == UTIME_OMIT)
		return 0;
	attr->valid |= flag;
	*time = now;
	if (from->tv_nsec == UTIME_NOW)
		return 0;
	if (from->tv_nsec < 0 || from->tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*time = from->tv_sec * NSEC_PER_SEC + from->tv_nsec;
	return 0;
}

static bool both(const struct timespec times[2], s64 nanoseconds)
{
	return times[0].tv_nsec == nanoseconds && times[1].tv_nsec == nanoseconds;
}

static int decode_times(uaddr_t user_times, struct iattr *attr, bool *now)
{
	struct timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	nsec_t current_time = clock_realtime();
	int error;

	if (user_times && copy_from_user(times, user_times, sizeof(times)))
		return -EFAULT;
	*now = both(times, UTIME_NOW);
	error = decode_time(&times[0], current_time, ATTR_ATIME, attr, &attr->atime);
	if (!error)
		error = decode_time(&times[1], current_time, ATTR_MTIME, attr, &attr->mtime);
	return error;
}

/* Without a name: the file that dirfd names. */
static int times_path(int dirfd, uaddr_t name, unsigned int flags, struct path *path)
{
	struct fd file;

	if (name)
		return user_path_lookup(dirfd, name, lookup_of(flags), path);
	file = fdget((unsigned int)dirfd);
	if (!file.file)
		return -EBADF;
	*path = file.file->path;
	path_get(path);
	fdput(file);
	return flags ? -EINVAL : 0;
}

long sys_utimensat(int dirfd, uaddr_t name, uaddr_t user_times, unsigned int flags)
{
	struct iattr attr = { 0 };
	struct path path;
	bool now;
	long error;

	if (flags & ~(u32)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) || (!name && flags))
		return -EINVAL;
	error = decode_times(user_times, &attr, &now);
	if (error || !attr.valid)
		return error;
	error = times_path(dirfd, name, flags, &path);
	if (error)
		return error;
	error = path_set_times(&path, &attr, now);
	path_put(&path);
	return error;
}

/* --- statfs --- */

static long put_statfs(const struct path *path, uaddr_t result)
{
	struct statfs status;
	int error = path_statfs(path, &status);

	return error ? error : copy_to_user(result, &status, sizeof(status));
}

long sys_statfs(uaddr_t name, uaddr_t result)
{
	struct path path;
	long error = user_path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &path);

	if (error)
		return error;
	error = put_statfs(&path, result);
	path_put(&path);
	return error;
}

long sys_fstatfs(unsigned int fd, uaddr_t result)
{
	struct fd file = fdget_raw(fd);
	long error;

	if (!file.file)
		return -EBADF;
	error = put_statfs(&file.file->path, result);
	fdput(file);
	return error;
}
