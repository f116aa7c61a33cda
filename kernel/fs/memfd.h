/* SPDX-License-Identifier: MIT */
/*
 * memfd_create(2): files of tmpfs that no name leads to, and the seals of tmpfs's files.
 */
#ifndef FS_MEMFD_H
#define FS_MEMFD_H

#include "fs/vfs.h"
#include "uapi/fcntl.h"

enum { MEMFD_NAME_MAX = 249 }; /* bytes of a name without its end */

/* 0, or -EINVAL for what is not a set of enum memfd_flags. */
int memfd_check_flags(u32 flags) must_check;
/* A new empty file, open for reading and writing, shown as "/memfd:NAME (deleted)"; name fits
 * MEMFD_NAME_MAX. ERR_PTR(-ENODEV, -ENOMEM). May sleep. */
struct file *memfd_create(const char *name, u32 flags) must_check;

/* memfd_secret(2): an empty file that can be sized once, and mapped shared, but not read or
 * written. ERR_PTR(-ENOMEM). secretmem.c */
struct file *secretmem_create(void) must_check;

/* fcntl(2): F_ADD_SEALS, F_GET_SEALS. -EINVAL for what is not a file of tmpfs; -EPERM, -EBUSY as
 * fcntl(2) says. May sleep. */
int memfd_add_seals(struct file *file, u32 seals) must_check;
int memfd_get_seals(const struct file *file);

#endif
