/* SPDX-License-Identifier: MIT */
/*
 * Buffers for path names, and path names from user space. A name is copied once, before the walk,
 * so that no other thread can change it under the kernel's hands. No locks.
 */
#include "fs/internal.h"
#include "mm/slab.h"

static struct kmem_cache *name_cache;

char *name_alloc(void)
{
	return kmem_cache_alloc(name_cache);
}

char *name_get(uaddr_t name)
{
	char *buffer = name_alloc();
	long length;

	if (unlikely(!buffer))
		return ERR_PTR(-ENOMEM);
	length = copy_string_from_user(buffer, name, PATH_MAX);
	if (likely(length > 0))
		return buffer;
	name_put(buffer);
	return ERR_PTR(length ? length : -ENOENT);
}

void name_put(char *name)
{
	kmem_cache_free(name_cache, name);
}

int user_path_lookup(int dirfd, uaddr_t name, unsigned int flags, struct path *path)
{
	char *buffer = name_get(name);
	int error;

	if (IS_ERR(buffer)) {
		if (PTR_ERR(buffer) != -ENOENT || !(flags & LOOKUP_EMPTY))
			return (int)PTR_ERR(buffer);
		return path_lookup(dirfd, "", flags, path);
	}
	error = path_lookup(dirfd, buffer, flags, path);
	name_put(buffer);
	return error;
}

void name_init(void)
{
	name_cache = kmem_cache_create("names", PATH_MAX, 0, NULL);
}
