/* SPDX-License-Identifier: MIT */
/*
 * Attributes of files, and who may change them: chmod(2), chown(2), utimensat(2), truncate(2),
 * fallocate(2), access(2), statfs(2).
 *
 * Locks: inode->lock around the file system's setattr.
 */
#include "fs/file.h"
#include "fs/internal.h"
#include "fs/notify.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "task/cred.h"
#include "task/signal.h"
#include "vm/vmo.h"

enum { PERMISSION_BITS = 07777 };

/* What a change of attributes is to watchers. */
static u32 events_of(const struct iattr *attr)
{
	u32 times = attr->valid & (ATTR_ATIME | ATTR_MTIME);
	u32 events = 0;

	if (attr->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) || times == (ATTR_ATIME | ATTR_MTIME))
		events |= IN_ATTRIB;
	if (attr->valid & ATTR_SIZE || times == ATTR_MTIME)
		events |= IN_MODIFY;
	if (times == ATTR_ATIME)
		events |= IN_ACCESS;
	return events;
}

static int set_attributes(const struct path *path, const struct iattr *attr)
{
	struct inode *inode = path->dentry->inode;
	int error;

	if (!inode->ops || !inode->ops->setattr)
		return -EPERM;
	mutex_lock(&inode->lock);
	error = inode->ops->setattr(inode, attr);
	mutex_unlock(&inode->lock);
	if (!error)
		notify_dentry(path->dentry, events_of(attr));
	return error;
}

int path_chmod(const struct path *path, umode_t mode)
{
	struct inode *inode = path->dentry->inode;
	struct iattr attr = { .valid = ATTR_MODE, .mode = mode & PERMISSION_BITS };
	int error = mount_want_write(path->mount);

	if (error)
		return error;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	if (!in_group(current_cred(), inode->gid) && !capable(CAP_FSETID))
		attr.mode &= ~(umode_t)S_ISGID;
	return set_attributes(path, &attr);
}

static bool may_chown(const struct inode *inode, const struct iattr *attr)
{
	const struct cred *cred = current_cred();

	if (capable(CAP_CHOWN))
		return true;
	if (attr->valid & ATTR_UID && (cred->fsuid != inode->uid || attr->uid != inode->uid))
		return false;
	if (attr->valid & ATTR_GID &&
	    (cred->fsuid != inode->uid || (attr->gid != inode->gid && !in_group(cred, attr->gid))))
		return false;
	return true;
}

int path_chown(const struct path *path, uid_t uid, gid_t gid)
{
	struct inode *inode = path->dentry->inode;
	struct iattr attr = { .uid = uid, .gid = gid, .mode = inode->mode };
	int error = mount_want_write(path->mount);

	if (error)
		return error;
	attr.valid = (uid != (uid_t)-1 ? ATTR_UID : 0) | (gid != (gid_t)-1 ? ATTR_GID : 0);
	if (!may_chown(inode, &attr))
		return -EPERM;
	/* A program that changes hands is not set-id any more. */
	if (!inode_is_dir(inode) && inode->mode & (S_ISUID | S_ISGID)) {
		attr.mode &= ~(umode_t)S_ISUID;
		if (inode->mode & 0010)
			attr.mode &= ~(umode_t)S_ISGID;
		attr.valid |= ATTR_MODE;
	}
	return set_attributes(path, &attr);
}

int path_set_times(const struct path *path, const struct iattr *times, bool now)
{
	struct inode *inode = path->dentry->inode;
	int error = mount_want_write(path->mount);

	if (error || !times->valid)
		return error;
	if (!inode_owner_or_capable(inode)) {
		if (!now)
			return -EPERM;
		error = inode_permission(inode, MAY_WRITE);
		if (error)
			return error;
	}
	return set_attributes(path, times);
}

/* --- size --- */

int path_set_size(const struct path *path, loff_t size)
{
	const struct iattr attr = { .valid = ATTR_SIZE, .size = size };

	return set_attributes(path, &attr);
}

/* May a file become so large? -EFBIG with SIGXFSZ. */
static int check_size(const struct inode *inode, u64 size)
{
	if (likely(size <= rlimit(RLIMIT_FSIZE) || size <= inode_size(inode)))
		return 0;
	send_signal_current(SIGXFSZ);
	return -EFBIG;
}

int path_truncate(const struct path *path, loff_t size)
{
	struct inode *inode = path->dentry->inode;
	int error;

	if (inode_is_dir(inode))
		return -EISDIR;
	if (size < 0 || !S_ISREG(inode->mode))
		return -EINVAL;
	error = mount_want_write(path->mount);
	if (!error)
		error = inode_permission(inode, MAY_WRITE);
	if (!error)
		error = check_size(inode, (u64)size);
	if (!error)
		error = inode_get_write(inode);
	if (error)
		return error;
	error = lease_break(inode, O_WRONLY);
	if (!error)
		error = path_set_size(path, size);
	inode_put_write(inode);
	return error;
}

int file_truncate(struct file *file, loff_t size)
{
	int error;

	if (size < 0 || !S_ISREG(file->inode->mode) || !(file->mode & FMODE_WRITE))
		return -EINVAL;
	error = check_size(file->inode, (u64)size);
	return error ? error : path_set_size(&file->path, size);
}

/* Makes sure that all pages of a range are there; what was made for nothing is given back at an
 * error. */
static int allocate_pages(struct vmo *object, u64 start, u64 end)
{
	for (u64 index = start / PAGE_SIZE; index < DIV_ROUND_UP(end, (u64)PAGE_SIZE); index++) {
		struct page *page = vmo_get_page(object, index);

		if (IS_ERR(page))
			return (int)PTR_ERR(page);
		page_put(page);
		if (index % 64 == 0) {
			cond_resched();
			if (current_fatal_signal_pending())
				return -EINTR;
		}
	}
	return 0;
}

/* inode->lock is held. */
static int allocate_locked(struct inode *inode, int mode, u64 start, u64 end)
{
	struct vmo *object = inode->object;
	u64 size = object->size;
	int error;

	if (mode & FALLOC_FL_PUNCH_HOLE) {
		if (object->seals & F_SEAL_NO_WRITE)
			return -EPERM;
		inode_touch(inode);
		return vmo_punch(object, start, MIN(end, size));
	}
	if (end <= size)
		return allocate_pages(object, start, end);
	if (object->seals & F_SEAL_GROW)
		return -EPERM;
	error = vmo_set_size(object, end);
	if (!error)
		error = allocate_pages(object, start, end);
	if (error || mode & FALLOC_FL_KEEP_SIZE) {
		int shrunk = vmo_set_size(object, size);

		return error ? error : shrunk;
	}
	inode_touch(inode);
	return 0;
}

int file_allocate(struct file *file, int mode, loff_t offset, loff_t length)
{
	struct inode *inode = file->inode;
	loff_t end;
	int error;

	if (offset < 0 || length <= 0)
		return -EINVAL;
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) || mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	if (S_ISFIFO(inode->mode))
		return -ESPIPE;
	if (inode_is_dir(inode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -ENODEV;
	if (!inode->object)
		return -EOPNOTSUPP;
	if (__builtin_add_overflow(offset, length, &end))
		return -EFBIG;
	error = mode & FALLOC_FL_KEEP_SIZE ? 0 : check_size(inode, (u64)end);
	if (error)
		return error;
	mutex_lock(&inode->lock);
	error = allocate_locked(inode, mode, (u64)offset, (u64)end);
	mutex_unlock(&inode->lock);
	if (!error)
		notify_file(file, IN_MODIFY);
	return error;
}

/* --- reports --- */

int path_stat(const struct path *path, struct kstat *stat)
{
	struct inode *inode = path->dentry->inode;

	if (inode->ops && inode->ops->getattr)
		return inode->ops->getattr(inode, stat);
	inode_stat(inode, stat);
	return 0;
}

int path_access(const struct path *path, int mask)
{
	struct inode *inode = path->dentry->inode;
	bool content = S_ISREG(inode->mode) || inode_is_dir(inode);
	int error;

	if (!mask)
		return 0;
	if (mask & MAY_EXEC && S_ISREG(inode->mode) && path_no_exec(path))
		return -EACCES;
	error = inode_permission(inode, mask);
	if (!error && mask & MAY_WRITE && content)
		error = mount_want_write(path->mount);
	return error;
}

/* statvfs(3)'s flags from a mount's. */
static u64 status_flags(u32 flags)
{
	u64 status = ST_VALID | (flags & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)) |
		     (flags & (MS_NOATIME | MS_NODIRATIME));

	return flags & MS_RELATIME ? status | ST_RELATIME : status;
}

static u64 left_of(u64 limit, u64 used)
{
	return limit > used ? limit - used : 0;
}

int path_statfs(const struct path *path, struct statfs *status)
{
	const struct super *super = path->mount->super;

	*status = (struct statfs){
		.f_type = super->magic,
		.f_bsize = PAGE_SIZE,
		.f_blocks = super->pages_limit,
		.f_bfree = left_of(super->pages_limit, super->pages_used),
		.f_bavail = left_of(super->pages_limit, super->pages_used),
		.f_files = super->inodes_limit,
		.f_ffree = left_of(super->inodes_limit, super->inodes_used),
		.f_fsid = { super->dev },
		.f_namelen = NAME_MAX,
		.f_frsize = PAGE_SIZE,
		.f_flags = status_flags(path->mount->flags | super->mount_flags),
	};
	return 0;
}
