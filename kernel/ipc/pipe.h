/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs: a ring of pages between writers and readers.
 */
#ifndef IPC_PIPE_H
#define IPC_PIPE_H

#include "fs/vfs.h"
#include "mm/page.h"

enum {
	PIPE_SLOTS = 16,      /* pages: a capacity of 64 KiB, as on Linux */
	PIPE_BUF = PAGE_SIZE, /* writes up to here are never torn: pipe(7) */
	PIPE_CAPACITY = PIPE_SLOTS * PAGE_SIZE,
};

/* One page of the ring and the part of it that holds bytes not read yet. */
struct pipe_slot {
	u8 *data;    /* the page; NULL: not needed so far. Stays until the pipe goes */
	u32 offset;  /* first unread byte */
	u16 length;  /* unread bytes: at least 1 while the slot is in use */
	bool packet; /* one write of O_DIRECT mode: neither joined nor split */
};

struct pipe {
	struct mutex lock;	     /* MUTEX_PIPE: the ring and the counts */
	u32 first;		     /* [lock] oldest slot in use */
	u32 used;		     /* [lock] slots in use; waiters look at it without the lock */
	u32 readers, writers;	     /* [lock] open files that may read, write; likewise */
	u32 reader_opens;	     /* [lock] opens so far: what fifo_open() waits to see change */
	u32 writer_opens;	     /* [lock] likewise */
	u32 files;		     /* [inode's lock] open files, blocked opens included */
	struct wait_queue read_wait; /* readers, pollers, opens that wait for a writer */
	struct wait_queue write_wait;	   /* writers, pollers, opens that wait for a reader */
	struct pipe_slot slot[PIPE_SLOTS]; /* [lock] */
};

extern const struct file_ops pipe_ops;

/* The pipe of a FIFO's or pipe's inode, made when it is not open yet, with one more in pipe->files.
 * ERR_PTR(-ENOMEM). Takes inode->lock. */
struct pipe *pipe_get(struct inode *inode) must_check;
/* Gives that back; the last one frees the pipe and what is in it. Takes inode->lock. */
void pipe_put(struct inode *inode, struct pipe *pipe);

/* pipe2(2): the reading end in ends[0], the writing one in ends[1]. flags: O_NONBLOCK, O_DIRECT. 0,
 * -ENOMEM, -ENFILE. May sleep. */
int pipe_create(struct file *ends[2], u32 flags) must_check;

/* Opening a FIFO's inode: blocks for the other side as fifo(7) says. The pipe lives in
 * inode->private while it is open. 0, -ENOMEM, -ENXIO (nonblocking write, no reader), -ERESTARTSYS.
 * Called without locks. May sleep. */
int fifo_open(struct inode *inode, struct file *file);
void pipe_init(void);

#endif
