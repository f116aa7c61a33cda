/* SPDX-License-Identifier: MIT */
/*
 * epoll(7): sets of open files that tell which of them are ready.
 */
#ifndef IPC_EPOLL_H
#define IPC_EPOLL_H

#include "fs/vfs.h"

enum { EPOLL_CLOEXEC = O_CLOEXEC, EPOLL_EVENTS_MAX = INT32_MAX / 16 };
enum epoll_operation { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3 };

/* Besides enum poll_events. */
#define EPOLLEXCLUSIVE (1u << 28) /* one of the sets that watch the file is told, not all */
#define EPOLLWAKEUP (1u << 29)	  /* keeps a system awake; accepted */
#define EPOLLONESHOT (1u << 30)	  /* told once, until EPOLL_CTL_MOD */
#define EPOLLET (1u << 31)	  /* told when something happens, not while it holds */

struct epoll_event { /* epoll_ctl(2) */
	u32 events;
	u32 pad;
	u64 data;
};

/* An empty set. ERR_PTR(-ENOMEM). May sleep. */
struct file *epoll_create(void) must_check;
bool file_is_epoll(const struct file *file);
/* epoll_ctl(2) on a set and a file that is open as fd. May sleep. */
int epoll_control(struct file *set, enum epoll_operation operation, struct file *file, int fd,
		  const struct epoll_event *event) must_check;
/* epoll_wait(2): writes up to max events to user memory. How many, 0 when the clock (monotonic ns)
 * reaches expires (0: at once; NSEC_NEVER: no limit), -EINTR, -EFAULT. Sleeps. */
long epoll_wait_events(struct file *set, uaddr_t to, int max, nsec_t expires) must_check;

extern u64 epoll_watches_max; /* items of one user; /proc/sys/fs/epoll/max_user_watches */
void epoll_init(void);

#endif
