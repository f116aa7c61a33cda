/* SPDX-License-Identifier: MIT */
/* Signals taken by reading a descriptor: signalfd(2). */
#ifndef IPC_SIGNALFD_H
#define IPC_SIGNALFD_H

#include "fs/vfs.h"

enum { SFD_CLOEXEC = O_CLOEXEC, SFD_NONBLOCK = O_NONBLOCK };

/* For the signals of a set. ERR_PTR(-ENOMEM), (-ENFILE). May sleep. */
struct file *signalfd_create(u64 set, u32 flags) must_check;
/* Another set for one that exists: 0, -EINVAL when it is no such file. */
int signalfd_change(struct file *file, u64 set) must_check;

#endif
