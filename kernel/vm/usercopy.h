/* SPDX-License-Identifier: MIT */
/*
 * Checked access to the running task's user memory. All may sleep (a fault may), all return -EFAULT
 * for an address that is not the user's or not mapped.
 */
#ifndef VM_USERCOPY_H
#define VM_USERCOPY_H

#include "arch/uaccess.h"
#include "lib/errno.h"
#include "lib/types.h"

/* True when [address, address + size) lies in user space. */
static inline bool access_ok(uaddr_t address, size_t size)
{
	return likely(size <= USER_END && address <= USER_END - size);
}

/* 0 or -EFAULT. On a fault in the middle a prefix may have been copied; from: the rest of the
 * kernel buffer is undefined, and must not be used. */
static inline must_check int copy_from_user(void *to, uaddr_t from, size_t size)
{
	if (unlikely(!access_ok(from, size)) || unlikely(arch_copy_from_user(to, from, size)))
		return -EFAULT;
	return 0;
}

static inline must_check int copy_to_user(uaddr_t to, const void *from, size_t size)
{
	if (unlikely(!access_ok(to, size)) || unlikely(arch_copy_to_user(to, from, size)))
		return -EFAULT;
	return 0;
}

static inline must_check int clear_user(uaddr_t to, size_t size)
{
	if (unlikely(!access_ok(to, size)) || unlikely(arch_clear_user(to, size)))
		return -EFAULT;
	return 0;
}

/* Copies a string; its length, -ENAMETOOLONG when it does not fit size with its terminator,
 * -EFAULT. */
static inline must_check long copy_string_from_user(char *to, uaddr_t from, size_t size)
{
	long length;

	if (unlikely(from >= USER_END))
		return -EFAULT;
	length = arch_copy_string_from_user(to, from, MIN(size, (size_t)(USER_END - from)));
	if (length == (long)size)
		return -ENAMETOOLONG;
	return length;
}

#define USER_ACCESSORS(bits)                                                                       \
	static inline must_check int get_user##bits(u##bits *value, uaddr_t from)                  \
	{                                                                                          \
		if (unlikely(!access_ok(from, sizeof(*value))))                                    \
			return -EFAULT;                                                            \
		return arch_get_user##bits(value, from);                                           \
	}                                                                                          \
	static inline must_check int put_user##bits(u##bits value, uaddr_t to)                     \
	{                                                                                          \
		if (unlikely(!access_ok(to, sizeof(value))))                                       \
			return -EFAULT;                                                            \
		return arch_put_user##bits(value, to);                                             \
	}

USER_ACCESSORS(8)
USER_ACCESSORS(32)
USER_ACCESSORS(64)

#endif
