/* SPDX-License-Identifier: MIT */
/*
 * Moving data between pipes and files without a copy through user memory: splice(2), tee(2),
 * vmsplice(2). Task context; all sleep.
 *
 * Bytes, 0 at the end of what is read, or for none: -EINVAL, -EAGAIN (nonblocking), -ERESTARTSYS,
 * -EPIPE (with SIGPIPE), or what the file's own read or write answers.
 */
#ifndef IPC_SPLICE_H
#define IPC_SPLICE_H

#include "ipc/pipe.h"

enum splice_flags { SPLICE_MOVE = 1, SPLICE_NONBLOCK = 2, SPLICE_MORE = 4, SPLICE_GIFT = 8 };

/* From a file at *pos, or at its own position, into a pipe: what there is room for. */
ssize_t splice_from_file(struct file *file, loff_t *pos, struct pipe *pipe, size_t size,
			 bool nonblocking) must_check;
/* From a pipe to a file: size bytes, or what comes until the pipe is empty. */
ssize_t splice_to_file(struct pipe *pipe, struct file *file, loff_t *pos, size_t size,
		       bool nonblocking) must_check;
/* From one pipe to another: pages are handed over (tee: shared). The pipes differ. */
ssize_t splice_pipes(struct pipe *from, struct pipe *to, size_t size, bool tee,
		     bool nonblocking) must_check;
/* User memory to a pipe's writing end, as far as there is room, and from a reading one. */
ssize_t splice_memory_in(struct file *file, struct uio *uio, bool nonblocking) must_check;
ssize_t splice_memory_out(struct file *file, struct uio *uio, bool nonblocking) must_check;

#endif
