/* SPDX-License-Identifier: MIT */
/* Two new open files at once: pipe2(2), socketpair(2). */
#ifndef ABI_FILE_PAIR_H
#define ABI_FILE_PAIR_H

#include "fs/vfs.h"

/* Gives the files the two lowest free numbers and writes them to user memory, before anybody can
 * see the files. 0 with the references taken over, or -EMFILE, -ENOMEM, -EFAULT with nothing
 * done. */
int install_file_pair(struct file *const ends[2], uaddr_t to, bool cloexec) must_check;

#endif
