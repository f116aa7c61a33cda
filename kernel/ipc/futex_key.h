/* SPDX-License-Identifier: MIT */
/*
 * How the files of futexes name a word: the key of its waiters. For ipc/futex*.c only.
 */
#ifndef IPC_FUTEX_KEY_H
#define IPC_FUTEX_KEY_H

#include "lib/hash.h"
#include "task/task.h"
#include "vm/space.h"
#include "vm/usercopy.h"

/* The key of a word; shared: by its memory object. 0, -EINVAL, -EFAULT. May sleep if shared. */
static inline int futex_key(uaddr_t address, bool shared, struct futex_place *key)
{
	if (address & 3)
		return -EINVAL;
	if (!access_ok(address, sizeof(u32)))
		return -EFAULT;
	if (unlikely(shared))
		return vm_futex_place(current->mm, address, true, key);
	key->owner = current->mm;
	key->offset = address;
	return 0;
}

static inline u64 futex_hash(const struct futex_place *key)
{
	return (((u64)key->owner >> 4) + key->offset / 4) * 0x9e3779b97f4a7c15UL >> 40;
}

static inline bool same_key(const struct futex_place *a, const struct futex_place *b)
{
	return a->offset == b->offset && a->owner == b->owner;
}

#endif
