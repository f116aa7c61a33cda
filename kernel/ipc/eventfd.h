/* SPDX-License-Identifier: MIT */
/* Event counters with a descriptor: eventfd(2). */
#ifndef IPC_EVENTFD_H
#define IPC_EVENTFD_H

#include "fs/vfs.h"

enum eventfd_flags { EFD_SEMAPHORE = 1, EFD_CLOEXEC = O_CLOEXEC, EFD_NONBLOCK = O_NONBLOCK };

/* A counter that begins at initial. ERR_PTR(-ENOMEM), (-ENFILE). May sleep. */
struct file *eventfd_create(u32 initial, u32 flags) must_check;

#endif
