/* SPDX-License-Identifier: MIT */
/*
 * What the files of epoll share: the set and its items. Nobody else includes it.
 *
 * EP1: an item is in its set's tree, in its file's list of watchers, and on the queues that the
 *	file's poll operation named, from EPOLL_CTL_ADD on until it is removed; all three go
 *	together, under the set's lock. It holds no reference to its file: whoever closes that for
 *	good removes the items first (epoll_forget_file()).
 * EP2: an item whose file may have news is on the ready list. Wakers put it there; the set's lock's
 *	holder takes it off before it looks at the file, so no news that come after the look are
 *	lost.
 *
 * Locks: epoll->lock (MUTEX_EPOLL, outer set before inner) for the tree and for taking from the
 * ready list; epoll->wait.lock (RANK_EPOLL, inner set before outer, under the lock of a file's
 * queue) for the ready list and what wakers read; watchers_lock (RANK_WATCH) for the files' lists.
 */
#ifndef IPC_EPOLL_INTERNAL_H
#define IPC_EPOLL_INTERNAL_H

#include "ipc/epoll.h"
#include "ipc/poll.h"
#include "lib/rbtree.h"

struct epoll {
	struct mutex lock;
	refcount_t refs;	  /* its file; who is about to remove an item of a closed file */
	struct file *file;	  /* [I] its own, which outlives all items */
	struct user_counts *user; /* [I] referenced; counts the items */
	struct rb_root items;	  /* [lock] by file and descriptor */
	struct wait_queue wait;	  /* tasks in epoll_wait(2), and who waits for the set as a file */
	struct list_head ready;	  /* [wait.lock] */
	u64 visit;		  /* [nest_lock] the last walk that was here: epoll_nest.c */
	int depth;		  /* [nest_lock] what it found */
};

/* A place on one of the file's wait queues. */
struct epoll_hook {
	struct waiter waiter;
	struct epoll_item *item;  /* [I] */
	struct wait_queue *queue; /* [I] */
};

enum { EPOLL_HOOKS = 3 }; /* queues that a file may have */

struct epoll_item {
	struct rb_node node;	     /* [lock] */
	struct epoll *epoll;	     /* [I] */
	struct file *file;	     /* [I] not counted: EP1 */
	int fd;			     /* [I] as which it was added */
	u32 events;		     /* [wait.lock to change] EPOLL*; none but flags: disarmed */
	u64 data;		     /* [lock] the program's */
	struct list_head ready_link; /* [wait.lock] */
	struct epoll_item *next_watcher; /* [watchers_lock] of the same file */
	u32 hooks;			 /* [lock] in use */
	struct epoll_hook hook[EPOLL_HOOKS];
};

#define EPOLL_FLAGS (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)

extern spinlock_t watchers_lock;

static inline struct epoll_item *item_of(struct rb_node *node)
{
	return rb_entry(node, struct epoll_item, node);
}

/* epoll_wait.c: */
/* Puts an item on the ready list unless it is there, and wakes who waits for the set. True: there
 * was somebody. wait.lock held. */
bool epoll_make_ready(struct epoll_item *item);
/* epoll_poll(): the poll operation of a set. */
u32 epoll_poll(struct file *file, struct poll_table *table);

/* epoll_nest.c: */
/* Does adding file to the set make sets watch each other? Then nest_enter() comes before, and
 * nest_leave() after it, with no set locked. */
bool nest_matters(const struct epoll *epoll, const struct file *file);
/* 0 with the sets' structure locked, or -ELOOP: in a circle, or too deep. */
int nest_enter(struct epoll *epoll, struct file *file) must_check;
void nest_leave(void);
/* Once the item is linked: 0, or -EINVAL when a file would wake too many sets, or too deep. The
 * item's set is locked. */
int nest_check_paths(struct epoll_item *item) must_check;

#endif
