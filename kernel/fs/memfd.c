/* SPDX-License-Identifier: MIT */
/*
 * Files of memory without a name: memfd_create(2), and sealing: fcntl(2).
 *
 * The files live in a tmpfs of the kernel's own that is mounted nowhere and has no limits. Their
 * seals stand in the memory object, where the mappings of the file are known too.
 *
 * What changes a file holds inode->lock, and so does sealing: what was checked before a seal was
 * set is done by then. Files of huge pages (MFD_HUGETLB) have none to be had, as on a Linux that
 * reserves none: they can be sized and mapped with MAP_NORESERVE, and every touch is SIGBUS.
 *
 * Tested by tests/guest/memfd.c.
 */
#include "fs/memfd.h"

#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "lib/format.h"
#include "mm/page.h"
#include "vm/space.h"
#include "vm/vmo.h"

static struct mount *memfd_mount; /* [I] after memfd_init */

/* --- files of huge pages --- */

static struct vmo *huge_map(struct file *file, int prot, unsigned int flags)
{
	if (!(flags & MAP_NORESERVE))
		return ERR_PTR(-ENOMEM);
	return vmo_get(file->inode->object);
}

static ssize_t huge_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return tmpfs_file_ops.read(file, uio, pos);
}

static const struct file_ops huge_file_ops = {
	.read = huge_read,
	.map = huge_map,
};

static int huge_setattr(struct inode *inode, const struct iattr *attr)
{
	if (attr->valid & ATTR_SIZE && attr->size % HUGE_SIZE)
		return -EINVAL;
	return tmpfs_setattr(inode, attr);
}

static const struct inode_ops huge_ops = { .setattr = huge_setattr };

static void make_huge(struct inode *inode)
{
	inode->ops = &huge_ops;
	inode->file_ops = &huge_file_ops;
	inode->object->charge_limit = 0;
}

/* --- making --- */

/* Sizes of huge pages that can be asked for: none given, 2 MiB, 1 GiB. */
static bool is_huge_size(u32 flags)
{
	u32 shift = flags >> MFD_HUGE_SHIFT & MFD_HUGE_MASK;

	return !shift || shift == 21 || shift == 30;
}

int memfd_check_flags(u32 flags)
{
	u32 known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC;

	if (flags & MFD_HUGETLB)
		known |= (u32)MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	if (flags & ~known)
		return -EINVAL;
	return flags & MFD_EXEC && flags & MFD_NOEXEC_SEAL ? -EINVAL : 0;
}

static struct inode *make_inode(u32 flags)
{
	umode_t mode = flags & MFD_NOEXEC_SEAL ? 0666 : 0777;
	struct inode *inode = tmpfs_make_file(memfd_mount->super, mode);

	if (IS_ERR(inode))
		return inode;
	inode->nlink = 0;
	if (flags & MFD_HUGETLB)
		make_huge(inode);
	if (flags & MFD_NOEXEC_SEAL)
		inode->object->seals = F_SEAL_EXEC;
	else if (flags & MFD_ALLOW_SEALING)
		inode->object->seals = 0;
	return inode;
}

/* A path to a new inode, which has the only references. */
static int make_path(const char *name, u32 flags, struct path *path)
{
	char shown[MEMFD_NAME_MAX + sizeof("/memfd: (deleted)")];
	struct inode *inode = make_inode(flags);

	if (IS_ERR(inode))
		return (int)PTR_ERR(inode);
	snprintf(shown, sizeof(shown), "/memfd:%s (deleted)", name);
	path->dentry = dentry_create_anonymous(shown, inode);
	if (!path->dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	path->mount = memfd_mount;
	refcount_inc(&memfd_mount->refs);
	return 0;
}

struct file *memfd_create(const char *name, u32 flags)
{
	struct path path;
	struct file *file;
	int error;

	if (flags & MFD_HUGETLB && !is_huge_size(flags))
		return ERR_PTR(-ENODEV);
	error = make_path(name, flags, &path);
	if (error)
		return ERR_PTR(error);
	file = file_alloc(&path, O_RDWR | O_LARGEFILE);
	if (IS_ERR(file)) {
		path_put(&path);
		return file;
	}
	/* Not counted as a writer: the file may be executed while this is open. */
	file->mode = FMODE_READ | FMODE_WRITE;
	file->ops = file->inode->file_ops;
	return file;
}

/* --- seals --- */

static struct vmo *sealable_object(const struct file *file)
{
	const struct file_ops *ops = file->inode->file_ops;

	return ops == &tmpfs_file_ops || ops == &huge_file_ops ? file->inode->object : NULL;
}

int memfd_add_seals(struct file *file, u32 seals)
{
	struct inode *inode = file->inode;
	struct vmo *object = sealable_object(file);
	int error;

	if (!(file->mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~(u32)F_SEAL_ALL || !object)
		return -EINVAL;
	mutex_lock(&inode->lock);
	/* A program that stays executable must stay what it is. */
	if (seals & F_SEAL_EXEC && inode->mode & 0111)
		seals |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_NO_WRITE;
	error = vmo_seal(object, seals);
	mutex_unlock(&inode->lock);
	return error;
}

int memfd_get_seals(const struct file *file)
{
	const struct vmo *object = sealable_object(file);

	return object ? (int)READ_ONCE(object->seals) : -EINVAL;
}

void memfd_init(void)
{
	struct super *super = tmpfs_create("tmpfs", TMPFS_MAGIC, 01777, 0);

	if (!IS_ERR(super))
		memfd_mount = mount_create(super, super->root, "tmpfs", 0);
	if (!memfd_mount)
		panic("no memory for the file system of memfd_create");
}
