/* SPDX-License-Identifier: MIT */
/*
 * poll(2) and select(2): waiting on several files. file_ops.poll says what holds and registers on
 * queues with poll_wait() (fs/vfs.h).
 */
#ifndef IPC_POLL_H
#define IPC_POLL_H

#include "lib/types.h"
#include "sched/waitq.h"

struct file;

enum poll_events {
	POLLIN = 0x1,
	POLLPRI = 0x2,
	POLLOUT = 0x4,
	POLLERR = 0x8,
	POLLHUP = 0x10,
	POLLNVAL = 0x20,
	POLLRDNORM = 0x40,
	POLLRDBAND = 0x80,
	POLLWRNORM = 0x100,
	POLLWRBAND = 0x200,
	POLLMSG = 0x400,
	POLLRDHUP = 0x2000,
};

struct pollfd { /* poll(2) */
	s32 fd;
	u16 events;
	u16 revents;
};

/* Who asks a file and wants to be told later: how to register on the file's queues. */
struct poll_table {
	/* Called by the file's poll operation, through poll_wait(), for each of its queues. */
	void (*enter)(struct poll_table *table, struct file *file, struct wait_queue *queue);
	u32 events; /* what the file that is asked now is to wake for */
};

/* One registration on one wait queue. */
struct poll_entry {
	struct waiter waiter;	  /* its wake function is poll's */
	struct poll_call *call;	  /* [I] whom it belongs to */
	struct wait_queue *queue; /* [I] */
	struct file *file;	  /* [I] with a reference, which keeps the queue */
	u32 events;		  /* [I] that wake, of enum poll_events */
};

enum { POLL_INLINE_ENTRIES = 8, POLL_BLOCK_ENTRIES = 50 };

struct poll_block { /* more entries than a call has room for */
	struct poll_block *next;
	u32 count;
	struct poll_entry entry[POLL_BLOCK_ENTRIES];
};

/* A call of poll or select with all its registrations. On the caller's stack. */
struct poll_call {
	struct poll_table table;   /* to register by */
	struct task_struct *task;  /* [I] who waits */
	bool triggered;		   /* [a] a waker came since the last look at the files */
	int error;		   /* -ENOMEM: not all queues could be registered */
	u32 count;		   /* entries in use of inline_entry */
	struct poll_block *blocks; /* newest first */
	struct poll_entry inline_entry[POLL_INLINE_ENTRIES];
};

/* A set of files that is waited for, in poll's form or select's: asks each with poll_file(),
 * notes what holds and returns how many have something, or -errno. */
typedef long (*poll_scan_fn)(void *set, struct poll_table *table);

/* What holds of events, POLLERR and POLLHUP for a file; registers on its queues when table is not
 * NULL. */
u32 poll_file(struct file *file, u32 events, struct poll_table *table);

/* Scans the set until something holds, the clock (monotonic ns) reaches expires (0: scan once;
 * NSEC_NEVER: no limit), or a signal comes: scan's result, 0, or -EINTR. Sleeps. */
long poll_until(poll_scan_fn scan, void *set, nsec_t expires);

/* ppoll(2) on descriptors in kernel memory: how many have events, or -errno as poll_until(). */
long do_poll(struct pollfd *fds, u32 count, nsec_t expires);

/* select(2): the sets that a call asks for and the ones that it answers, as bitmaps in kernel
 * memory, all of limit bits rounded up to words. */
struct select_sets {
	u32 limit;	/* descriptors below this */
	u64 *in[3];	/* to read, to write, exceptional; zeroed where the caller gave none */
	u64 *result[3]; /* filled in */
};
/* Bits set in the results, -EBADF for a descriptor that is not open, or as poll_until(). */
long do_select(struct select_sets *sets, nsec_t expires);

#endif
