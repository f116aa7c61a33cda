/* SPDX-License-Identifier: MIT */
/*
 * Robust futexes: a thread that dies leaves its mutexes to the next one (get_robust_list(2)).
 *
 * The C library keeps a list of the mutexes that a thread holds in the thread's own memory. When
 * the thread ends, the kernel walks it: each word that still holds the thread's id gets
 * FUTEX_OWNER_DIED in its place, and a waiter is woken. All of it is user memory that may be
 * wrong in any way: the walk is bounded, and ends at the first fault. Runs in the dying task, in
 * its space; sleeps.
 */
#include "ipc/futex.h"
#include "lib/errno.h"
#include "task/task.h"
#include "uapi/futex.h"
#include "vm/usercopy.h"

enum {
	ROBUST_LIMIT = 2048, /* entries walked, as on Linux */
	ROBUST_PI = 1,	     /* bit 0 of a link: a priority-inheritance futex */
};

/* Marks one word that the thread may hold. 0, or -EFAULT. */
static int futex_owner_died(struct task_struct *task, uaddr_t word, bool pending, bool pi)
{
	u32 value, seen;

	if (word & 3)
		return -EFAULT;
	if (get_user32(&value, word))
		return -EFAULT;
	/* It had given the mutex up already, and died before it could wake the next one. */
	if (pending && !pi && !(value & FUTEX_TID_MASK)) {
		futex_wake_word(word, true, 1);
		return 0;
	}
	for (;;) {
		if ((value & FUTEX_TID_MASK) != (u32)task->vpid)
			return 0;
		if (arch_user_cmpxchg32(word, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED,
					&seen))
			return -EFAULT;
		if (seen == value)
			break;
		value = seen;
	}
	if (!pi && value & FUTEX_WAITERS)
		futex_wake_word(word, true, 1);
	return 0;
}

static void walk_robust_list(struct task_struct *task, uaddr_t address,
			     const struct robust_list_head *head)
{
	uaddr_t pending = head->pending & ~(u64)ROBUST_PI;
	u64 link = head->next;

	for (int i = 0; i < ROBUST_LIMIT; i++) {
		uaddr_t entry = link & ~(u64)ROBUST_PI;
		bool pi = link & ROBUST_PI;

		if (entry == address)
			break;
		if (i % 64 == 63)
			cond_resched();
		/* The link is read first: the waiter that is woken may reuse the entry's memory. */
		if (get_user64(&link, entry))
			return;
		if (entry != pending &&
		    futex_owner_died(task, entry + head->futex_offset, false, pi))
			return;
	}
	if (pending)
		futex_owner_died(task, pending + head->futex_offset, true,
				 head->pending & ROBUST_PI);
}

void futex_exit_robust(struct task_struct *task)
{
	uaddr_t address = task->robust_list;
	struct robust_list_head head;

	task->robust_list = 0;
	if (address && task->mm && !copy_from_user(&head, address, sizeof(head)))
		walk_robust_list(task, address, &head);
}
