/* SPDX-License-Identifier: MIT */
/*
 * Missing pages that a program provides: userfaultfd(2). The file is ipc/userfaultfd.c's.
 */
#ifndef VM_USERFAULT_H
#define VM_USERFAULT_H

#include "base/lock.h"
#include "sched/waitq.h"
#include "uapi/userfaultfd.h"
#include "vm/fault.h"

struct userfault {
	refcount_t refs;	      /* the open file, and each fault that waits */
	struct mm_struct *mm;	      /* [I] whose faults, with a reference to the structure */
	bool user_only;		      /* [I] UFFD_USER_MODE_ONLY: others' faults are SIGBUS */
	u64 features;		      /* [a] set once, with UFFD_API_DONE: what was agreed on */
	spinlock_t lock;	      /* RANK_OBJECT */
	struct list_head pending;     /* [lock] struct userfault_waiter: not read yet */
	struct list_head taken;	      /* [lock] read, not served yet */
	struct wait_queue fault_wait; /* faults */
	struct wait_queue read_wait;  /* readers and pollers */
};

extern bool userfault_unprivileged; /* [a] /proc/sys/vm/unprivileged_userfaultfd */

/* For a space, of which a reference is taken; ERR_PTR(-ENOMEM). */
struct userfault *userfault_create(struct mm_struct *mm, bool user_only) must_check;
void userfault_put(struct userfault *userfault);
/* The file is closed: no region asks any more, who waits goes on without. May sleep. */
void userfault_release(struct userfault *userfault);

/* The fault's page is asked for, and waited for without mm->lock. -EAGAIN: look again; -EINTR: a
 * signal came; -EIO: SIGBUS. mm->lock is held, before and after. */
int userfault_wait(struct fault *fault) must_check;
/* The next fault that nobody has been told of, as a message; false: there is none. */
bool userfault_next(struct userfault *userfault, struct uffd_msg *message);

/* ioctl_userfaultfd(2) on a range of userfault->mm, which is whole (a user reference is held).
 * 0 or -errno; those that fill pages: bytes done, or -errno for none. All sleep. */
int userfault_register(struct userfault *userfault, uaddr_t start, u64 length);
int userfault_unregister(struct userfault *userfault, uaddr_t start, u64 length);
int userfault_wake(struct userfault *userfault, uaddr_t start, u64 length);
/* From memory of the running task at `from`; 0: zeros. */
ssize_t userfault_fill(struct userfault *userfault, uaddr_t start, u64 length, uaddr_t from,
		       bool wake);

#endif
