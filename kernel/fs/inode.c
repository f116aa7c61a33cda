/* SPDX-License-Identifier: MIT */
/*
 * Inodes: what a name leads to. Making, counting, freeing; permission and status of any inode.
 *
 * An inode is freed with its last reference: each dentry holds one. nlink counts names; that of a
 * file without names is 0, and its content goes with the last open file.
 *
 * Locks: inode->lock for changes of attributes; reading them needs none (single words).
 */
#include "fs/internal.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "vm/vmo.h"

static struct kmem_cache *inode_cache;

/* Counts an inode of super; false when its quota is used up. */
static bool charge_inode(struct super *super)
{
	u64 used = __atomic_add_fetch(&super->inodes_used, 1, __ATOMIC_RELAXED);

	if (likely(!super->inodes_limit || used <= super->inodes_limit))
		return true;
	__atomic_sub_fetch(&super->inodes_used, 1, __ATOMIC_RELAXED);
	return false;
}

static void uncharge_inode(struct super *super)
{
	__atomic_sub_fetch(&super->inodes_used, 1, __ATOMIC_RELAXED);
}

struct inode *inode_create(struct super *super, umode_t mode)
{
	const struct cred *cred = current_cred();
	nsec_t now = clock_realtime();
	struct inode *inode;

	if (!charge_inode(super))
		return NULL;
	inode = kmem_cache_alloc(inode_cache);
	if (!inode) {
		uncharge_inode(super);
		return NULL;
	}
	*inode = (struct inode){
		.refs = REFCOUNT_INIT(1),
		.mode = mode,
		.uid = cred->fsuid,
		.gid = cred->fsgid,
		.nlink = 1,
		.ino = __atomic_add_fetch(&super->next_ino, 1, __ATOMIC_RELAXED),
		.super = super,
		.atime = now,
		.mtime = now,
		.ctime = now,
		.btime = now,
	};
	mutex_init(&inode->lock, S_ISDIR(mode) ? MUTEX_DIRECTORY : MUTEX_INODE);
	return inode;
}

struct inode *inode_get(struct inode *inode)
{
	refcount_inc(&inode->refs);
	return inode;
}

void inode_put(struct inode *inode)
{
	if (!refcount_dec_and_test(&inode->refs))
		return;
	if (inode->ops && inode->ops->destroy)
		inode->ops->destroy(inode);
	if (inode->object)
		vmo_put(inode->object);
	locks_free(inode);
	uncharge_inode(inode->super);
	kmem_cache_free(inode_cache, inode);
}

void inode_touch(struct inode *inode)
{
	inode->mtime = clock_realtime();
	inode->ctime = inode->mtime;
}

void inode_link(struct inode *inode)
{
	inode->nlink++;
	inode->ctime = clock_realtime();
}

void inode_unlink(struct inode *inode)
{
	assert(inode->nlink > 0);
	inode->nlink--;
	inode->ctime = clock_realtime();
}

u64 inode_size(const struct inode *inode)
{
	return inode->object ? READ_ONCE(inode->object->size) : 0;
}

void inode_set_attributes(struct inode *inode, const struct iattr *attr)
{
	if (attr->valid & ATTR_MODE)
		inode->mode = (inode->mode & S_IFMT) | (attr->mode & ~(umode_t)S_IFMT);
	if (attr->valid & ATTR_UID)
		inode->uid = attr->uid;
	if (attr->valid & ATTR_GID)
		inode->gid = attr->gid;
	if (attr->valid & ATTR_ATIME)
		inode->atime = attr->atime;
	if (attr->valid & ATTR_MTIME)
		inode->mtime = attr->mtime;
	inode->ctime = clock_realtime();
}

void inode_stat(struct inode *inode, struct kstat *stat)
{
	*stat = (struct kstat){
		.ino = inode->ino,
		.dev = inode->super->dev,
		.rdev = inode->rdev,
		.mode = inode->mode,
		.nlink = inode->nlink,
		.uid = inode->uid,
		.gid = inode->gid,
		.blksize = PAGE_SIZE,
		.atime = inode->atime,
		.mtime = inode->mtime,
		.ctime = inode->ctime,
		.btime = inode->btime,
	};
	if (inode->object) {
		stat->size = inode_size(inode);
		stat->blocks = READ_ONCE(inode->object->pages) * (PAGE_SIZE / 512);
	}
}

/* --- permission: path_resolution(7), capabilities(7) --- */

static bool capability_permits(const struct inode *inode, int mask)
{
	bool executable = S_ISDIR(inode->mode) || inode->mode & 0111;

	if (capable(CAP_DAC_OVERRIDE))
		return !(mask & MAY_EXEC) || executable;
	if (S_ISDIR(inode->mode))
		return !(mask & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH);
	return mask == MAY_READ && capable(CAP_DAC_READ_SEARCH);
}

int generic_permission(const struct inode *inode, int mask)
{
	const struct cred *cred = current_cred();
	umode_t mode = inode->mode;

	if (cred->fsuid == inode->uid)
		mode >>= 6;
	else if (in_group(cred, inode->gid))
		mode >>= 3;
	if (likely(!((umode_t)mask & ~mode & 7)) || capability_permits(inode, mask))
		return 0;
	return -EACCES;
}

int inode_permission(struct inode *inode, int mask)
{
	if (unlikely(inode->ops && inode->ops->permission))
		return inode->ops->permission(inode, mask);
	return generic_permission(inode, mask);
}

bool inode_owner_or_capable(const struct inode *inode)
{
	return current_cred()->fsuid == inode->uid || capable(CAP_FOWNER);
}

/* --- writing against executing --- */

/* Each side announces itself before it looks for the other, so at least one of two that come at the
 * same time sees the other; both may give up, which ETXTBSY allows. */
int inode_get_write(struct inode *inode)
{
	atomic_fetch_add(&inode->writers, 1);
	if (likely(!__atomic_load_n(&inode->denied, __ATOMIC_SEQ_CST)))
		return 0;
	inode_put_write(inode);
	return -ETXTBSY;
}

void inode_put_write(struct inode *inode)
{
	atomic_fetch_add(&inode->writers, -1u);
}

int file_deny_write(struct file *file)
{
	struct inode *inode = file->inode;

	atomic_fetch_add(&inode->denied, 1);
	if (unlikely(__atomic_load_n(&inode->writers, __ATOMIC_SEQ_CST))) {
		atomic_fetch_add(&inode->denied, -1u);
		return -ETXTBSY;
	}
	file->mode |= FMODE_DENIES;
	return 0;
}

void file_allow_write(struct file *file)
{
	if (!(file->mode & FMODE_DENIES))
		return;
	file->mode &= ~(u32)FMODE_DENIES;
	atomic_fetch_add(&file->inode->denied, -1u);
}

void inode_init(void)
{
	inode_cache = kmem_cache_create("inode", sizeof(struct inode), 64, NULL);
}
