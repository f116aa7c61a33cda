/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs: a ring of pages between writers and readers.
 */
#ifndef IPC_PIPE_H
#define IPC_PIPE_H

#include "fs/vfs.h"
#include "ipc/poll.h"
#include "mm/page.h"

enum {
	PIPE_SLOTS = 16,      /* pages: a capacity of 64 KiB, as on Linux */
	PIPE_BUF = PAGE_SIZE, /* writes up to here are never torn: pipe(7) */
};

enum pipe_slot_flags {
	SLOT_PACKET = 1, /* one write of O_DIRECT mode: neither joined nor split */
	SLOT_SHARED = 2, /* the page is a file's or another pipe's, too: never written to, and given
			  * back when the slot is empty */
};

/* One page of the ring and the part of it that holds bytes not read yet. */
struct pipe_slot {
	u8 *data;   /* the page, a reference to it; NULL: not needed so far. Stays, if not shared,
		     * until the pipe goes */
	u32 offset; /* first unread byte */
	u16 length; /* unread bytes: at least 1 while the slot is in use */
	u16 flags;  /* enum pipe_slot_flags; 0 or SLOT_PACKET while the slot is not in use */
};

struct pipe {
	struct mutex lock;	     /* MUTEX_PIPE: the ring and the counts */
	u32 first;		     /* [lock] oldest slot in use */
	u32 used;		     /* [lock] slots in use; waiters look at it without the lock */
	u32 slots;		     /* [lock] of the ring, a power of two; likewise */
	struct pipe_slot *slot;	     /* [lock] the ring: few, or allocated by F_SETPIPE_SZ */
	u32 readers, writers;	     /* [lock] open files that may read, write; likewise */
	u32 reader_opens;	     /* [lock] opens so far: what fifo_open() waits to see change */
	u32 writer_opens;	     /* [lock] likewise */
	u32 files;		     /* [inode's lock] open files, blocked opens included */
	struct wait_queue read_wait; /* readers, pollers, opens that wait for a writer */
	struct wait_queue write_wait;	  /* writers, pollers, opens that wait for a reader */
	struct pipe_slot few[PIPE_SLOTS]; /* [lock] */
};

extern const struct file_ops pipe_ops;
extern u32 pipe_max_size; /* [a] /proc/sys/fs/pipe-max-size: bytes for who has no privilege */

/* --- for those who move pages (splice.c, pipe_pair.c, pipe_size.c); pipe->lock is held --- */

static inline bool pipe_full(const struct pipe *pipe)
{
	return READ_ONCE(pipe->used) == READ_ONCE(pipe->slots);
}

/* The i-th slot from the oldest one in use on. */
static inline struct pipe_slot *pipe_slot_at(struct pipe *pipe, u32 i)
{
	return &pipe->slot[(pipe->first + i) & (pipe->slots - 1)];
}

/* The slow parts of the next two. */
int pipe_wait_readable(struct pipe *pipe, bool nonblocking) must_check;
int pipe_wait_writable(struct pipe *pipe, bool nonblocking) must_check;

/* Waits until there are bytes, or no writer: 1 with pipe->lock held, 0 at the end of file,
 * -EAGAIN, -ERESTARTSYS. */
static inline int pipe_lock_readable(struct pipe *pipe, bool nonblocking)
{
	mutex_lock(&pipe->lock);
	return likely(pipe->used) ? 1 : pipe_wait_readable(pipe, nonblocking);
}

/* Waits until there is room: 0 with pipe->lock held, -EPIPE (with SIGPIPE), -EAGAIN, -ERESTARTSYS.
 */
static inline int pipe_lock_writable(struct pipe *pipe, bool nonblocking)
{
	mutex_lock(&pipe->lock);
	return likely(pipe->readers && !pipe_full(pipe)) ? 0
							 : pipe_wait_writable(pipe, nonblocking);
}

/* Would bytes that come now be something new for readers? */
static inline bool pipe_would_be_news(const struct pipe *pipe)
{
	return !pipe->used || READ_ONCE(pipe->read_wait.watched);
}

/* Lets go of the lock after slots were taken or put in, and wakes who waits for that; the arguments
 * (pipe_full(), pipe_would_be_news()) as they were when the lock was taken. */
static inline void pipe_unlock_after_taking(struct pipe *pipe, bool was_full)
{
	bool more = pipe->used;

	was_full &= !pipe_full(pipe);
	mutex_unlock(&pipe->lock);
	if (was_full)
		wake_up_poll(&pipe->write_wait, POLLOUT | POLLWRNORM);
	if (more)
		wake_up_poll(&pipe->read_wait, POLLIN | POLLRDNORM | WAKE_NEXT);
}

static inline void pipe_unlock_after_putting(struct pipe *pipe, bool news)
{
	bool room = !pipe_full(pipe);

	news &= pipe->used != 0;
	mutex_unlock(&pipe->lock);
	if (news)
		wake_up_poll(&pipe->read_wait, POLLIN | POLLRDNORM);
	if (room)
		wake_up_poll(&pipe->write_wait, POLLOUT | POLLWRNORM | WAKE_NEXT);
}

/* Puts a page in, which the caller's reference goes to, as the newest slot; there is room. */
void pipe_put_page(struct pipe *pipe, struct page *page, u32 offset, u16 length);
/* Takes bytes off the oldest slot. */
void pipe_consume(struct pipe *pipe, u16 bytes);
/* Drops an unused slot's page. */
void pipe_slot_empty(struct pipe_slot *slot);

/* The pipe that an open file is an end of; NULL. */
static inline struct pipe *pipe_of(const struct file *file)
{
	return file->ops == &pipe_ops ? file->private : NULL;
}

/* pipe_size.c: F_SETPIPE_SZ of fcntl(2): the capacity in bytes, or -EINVAL, -EPERM, -EBUSY,
 * -ENOMEM. May sleep. */
long pipe_set_size(struct pipe *pipe, u64 bytes);
/* /proc/sys/fs/pipe-max-size: 0 or -EINVAL. */
int pipe_set_max_size(u64 bytes) must_check;

/* The pipe of a FIFO's or pipe's inode, made when it is not open yet, with one more in pipe->files.
 * ERR_PTR(-ENOMEM). Takes inode->lock. */
struct pipe *pipe_get(struct inode *inode) must_check;
/* Gives that back; the last one frees the pipe and what is in it. Takes inode->lock. */
void pipe_put(struct inode *inode, struct pipe *pipe);

/* pipe2(2): the reading end in ends[0], the writing one in ends[1]. flags: O_NONBLOCK, O_DIRECT. 0,
 * -ENOMEM, -ENFILE. May sleep. */
int pipe_create(struct file *ends[2], u32 flags) must_check;

/* Lets the readers of a pipe find its end, although the file stays open for writing, and waits
 * until they have closed it, or for a signal. */
void pipe_await_closing(struct file *file);

/* Opening a FIFO's inode: blocks for the other side as fifo(7) says. The pipe lives in
 * inode->private while it is open. 0, -ENOMEM, -ENXIO (nonblocking write, no reader), -ERESTARTSYS.
 * Called without locks. May sleep. */
int fifo_open(struct inode *inode, struct file *file);
void pipe_init(void);

#endif
