/* SPDX-License-Identifier: MIT */
/*
 * memfd_secret(2): memory that is reached through shared mappings only. The pages are those of a
 * memory object like any other, but that RLIMIT_MEMLOCK counts them where they are mapped, and that
 * neither tracers nor core files see them. They stay in the kernel's direct map.
 */
#include "fs/internal.h"
#include "fs/memfd.h"
#include "vm/space.h"
#include "vm/vmo.h"

/* --- the file --- */

static struct vmo *secret_map(struct file *file, int prot, unsigned int flags)
{
	return (flags & MAP_TYPE) == MAP_PRIVATE ? ERR_PTR(-EINVAL) : vmo_get(file->inode->object);
}

static const struct file_ops secret_file_ops = { .map = secret_map };

/* Its size is set once. */
static int secret_setattr(struct inode *inode, const struct iattr *attr)
{
	if (attr->valid & ATTR_SIZE) {
		int error = inode->object->size ? -EINVAL
						: vmo_set_size(inode->object, (u64)attr->size);

		if (error)
			return error;
	}
	inode_set_attributes(inode, attr);
	return 0;
}

static const struct inode_ops secret_ops = { .setattr = secret_setattr };

struct file *secretmem_create(void)
{
	struct vmo *object = vmo_create(0, NULL);
	struct file *file;

	if (IS_ERR(object))
		return ERR_PTR(PTR_ERR(object));
	file = file_create_anonymous("/secretmem (deleted)", S_IFREG | 0600, &secret_file_ops, NULL,
				     O_RDWR | O_LARGEFILE, FMODE_READ | FMODE_WRITE);
	if (IS_ERR(file)) {
		vmo_put(object);
		return file;
	}
	object->secret = true;
	file->inode->object = object;
	file->inode->ops = &secret_ops;
	file->inode->file_ops = &secret_file_ops;
	return file;
}
