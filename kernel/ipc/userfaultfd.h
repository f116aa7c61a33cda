/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2) as an open file.
 */
#ifndef IPC_USERFAULTFD_H
#define IPC_USERFAULTFD_H

#include "fs/vfs.h"

/* For current's space. ERR_PTR(-ENOMEM, -ENFILE). */
struct file *userfaultfd_create(bool user_only, u32 flags) must_check;

#endif
