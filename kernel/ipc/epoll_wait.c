/* SPDX-License-Identifier: MIT */
/*
 * epoll: from a file's news to the program that waits for it.
 *
 * A waker costs the same however many files the set has: it puts the item on the ready list, and
 * wakes one task. What the item says is looked up only when somebody takes it off (EP2).
 */
#include "ipc/epoll_internal.h"

#include "lib/errno.h"
#include "vm/usercopy.h"

bool epoll_make_ready(struct epoll_item *item)
{
	struct epoll *epoll = item->epoll;

	if (list_empty(&item->ready_link))
		list_add_tail(&item->ready_link, &epoll->ready);
	if (list_empty(&epoll->wait.waiters))
		return false;
	waitq_wake_locked(&epoll->wait, TASK_NORMAL, 1, POLLIN | POLLRDNORM);
	return true;
}

/* The first item of a list, taken off it; NULL. */
static struct epoll_item *take_first(struct epoll *epoll, struct list_head *list)
{
	struct epoll_item *item = NULL;

	spin_lock(&epoll->wait.lock);
	if (!list_empty(list)) {
		item = list_first_entry(list, struct epoll_item, ready_link);
		list_del(&item->ready_link);
	}
	spin_unlock(&epoll->wait.lock);
	return item;
}

/* Puts an item that is to be told again back, behind the others. */
static void put_back(struct epoll *epoll, struct epoll_item *item)
{
	spin_lock(&epoll->wait.lock);
	if (list_empty(&item->ready_link))
		list_add_tail(&item->ready_link, &epoll->ready);
	spin_unlock(&epoll->wait.lock);
}

static u32 events_now(struct epoll_item *item)
{
	return poll_file(item->file, item->events & ~EPOLL_FLAGS, NULL);
}

/* --- as a file --- */

/* Is any item really ready? Those that no longer are leave the list. */
static bool has_events(struct epoll *epoll)
{
	struct epoll_item *item;

	mutex_lock_nested(&epoll->lock);
	while ((item = take_first(epoll, &epoll->ready)) != NULL) {
		if (item->events & ~EPOLL_FLAGS && events_now(item)) {
			put_back(epoll, item);
			break;
		}
	}
	mutex_unlock(&epoll->lock);
	return item;
}

u32 epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *epoll = file->private;

	poll_wait(file, &epoll->wait, table);
	return !list_empty(&epoll->ready) && has_events(epoll) ? POLLIN | POLLRDNORM : 0;
}

/* --- epoll_wait --- */

/* Tells the program of one item: 1, 0 when it has no events, -EFAULT. The set is locked. */
static int tell(struct epoll *epoll, struct epoll_item *item, uaddr_t to)
{
	struct epoll_event event = { .data = item->data };

	if (!(item->events & ~EPOLL_FLAGS))
		return 0;
	event.events = events_now(item);
	if (!event.events)
		return 0;
	if (copy_to_user(to, &event, sizeof(event))) {
		put_back(epoll, item);
		return -EFAULT;
	}
	if (item->events & EPOLLONESHOT)
		WRITE_ONCE(item->events, item->events & EPOLL_FLAGS);
	else if (!(item->events & EPOLLET))
		put_back(epoll, item);
	return 1;
}

/* What was not looked at comes first again; then whoever else waits may have the rest. */
static void finish_scan(struct epoll *epoll, struct list_head *rest)
{
	spin_lock(&epoll->wait.lock);
	list_splice_tail(&epoll->ready, rest);
	list_splice_tail(rest, &epoll->ready);
	if (!list_empty(&epoll->ready) && !list_empty(&epoll->wait.waiters))
		waitq_wake_locked(&epoll->wait, TASK_NORMAL, 1, POLLIN | POLLRDNORM);
	spin_unlock(&epoll->wait.lock);
}

/* Each ready item once: how many events were written, or -EFAULT. */
static long tell_ready(struct epoll *epoll, uaddr_t to, int max)
{
	LIST_HEAD(scan);
	struct epoll_item *item;
	long count = 0;
	int told = 0;

	mutex_lock(&epoll->lock);
	spin_lock(&epoll->wait.lock);
	list_splice_tail(&epoll->ready, &scan);
	spin_unlock(&epoll->wait.lock);
	while (count < max && told >= 0 && (item = take_first(epoll, &scan)) != NULL) {
		told = tell(epoll, item, to + (u64)count * sizeof(struct epoll_event));
		count += told > 0;
	}
	finish_scan(epoll, &scan);
	mutex_unlock(&epoll->lock);
	return count || told >= 0 ? count : told;
}

/* Sleeps until an item gets ready. False: the time is up. */
static bool sleep_for_events(struct epoll *epoll, nsec_t expires)
{
	struct waiter waiter = { 0 };
	bool time_left = true;

	waitq_prepare_exclusive(&epoll->wait, &waiter, TASK_INTERRUPTIBLE);
	if (list_empty(&epoll->ready) && !current_signal_pending())
		time_left = schedule_timeout_until(expires) != 0;
	waitq_finish(&epoll->wait, &waiter);
	return time_left;
}

long epoll_wait_events(struct file *set, uaddr_t to, int max, nsec_t expires)
{
	struct epoll *epoll = set->private;
	bool time_left = expires != 0;

	for (;;) {
		long count = list_empty(&epoll->ready) ? 0 : tell_ready(epoll, to, max);

		if (count || !time_left)
			return count;
		if (current_signal_pending())
			return -EINTR;
		time_left = sleep_for_events(epoll, expires);
	}
}
