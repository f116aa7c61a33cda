/* SPDX-License-Identifier: MIT */
/*
 * Waiting on several files: the common part of poll and select, and poll itself.
 *
 * The first look at the files registers on the wait queues of each; after that the caller sleeps
 * until one of the wakers has something that it asked for, and looks again. The order is: clear
 * call->triggered, look at the files, sleep if it is still clear. A waker makes its event true,
 * then sets triggered, then wakes; so what comes after the look ends the sleep.
 *
 * poll_wake() runs under the queue's lock in any context, interrupts too. The rest sleeps. An
 * entry holds a reference to its file, as another thread may close the descriptor meanwhile.
 */
#include "ipc/poll.h"

#include "fs/fdtable.h"
#include "lib/errno.h"
#include "mm/slab.h"

enum { POLL_BATCH = 64 }; /* files asked between two looks at whether others want the hart */

static bool poll_wake(struct waiter *waiter, unsigned long key)
{
	struct poll_entry *entry = container_of(waiter, struct poll_entry, waiter);

	if (key && !(key & entry->events))
		return false;
	store_release(&entry->call->triggered, true);
	return wake_up_process(entry->call->task);
}

/* The next unused entry; NULL when there is no memory. */
static struct poll_entry *poll_entry_alloc(struct poll_call *call)
{
	struct poll_block *block = call->blocks;

	if (call->count < POLL_INLINE_ENTRIES)
		return &call->inline_entry[call->count++];
	if (!block || block->count == POLL_BLOCK_ENTRIES) {
		block = kmalloc(sizeof(*block));
		if (!block)
			return NULL;
		block->count = 0;
		block->next = call->blocks;
		call->blocks = block;
	}
	return &block->entry[block->count++];
}

static void poll_enter(struct poll_table *table, struct file *file, struct wait_queue *queue)
{
	struct poll_call *call = container_of(table, struct poll_call, table);
	struct poll_entry *entry = poll_entry_alloc(call);

	if (!entry) {
		call->error = -ENOMEM;
		return;
	}
	entry->waiter = (struct waiter){ .task = call->task, .wake = poll_wake };
	list_init(&entry->waiter.link);
	entry->call = call;
	entry->queue = queue;
	entry->file = get_file(file);
	entry->events = table->events;
	waitq_add(queue, &entry->waiter);
}

void poll_wait(struct file *file, struct wait_queue *queue, struct poll_table *table)
{
	if (table)
		table->enter(table, file, queue);
}

static void poll_entry_release(struct poll_entry *entry)
{
	waitq_remove(entry->queue, &entry->waiter);
	fput(entry->file);
}

static void poll_call_release(struct poll_call *call)
{
	struct poll_block *block;

	for (u32 i = 0; i < call->count; i++)
		poll_entry_release(&call->inline_entry[i]);
	while ((block = call->blocks) != NULL) {
		for (u32 i = 0; i < block->count; i++)
			poll_entry_release(&block->entry[i]);
		call->blocks = block->next;
		kfree(block);
	}
}

u32 poll_file(struct file *file, u32 events, struct poll_table *table)
{
	u32 now = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

	events |= POLLERR | POLLHUP;
	if (table)
		table->events = events;
	if (file->ops->poll)
		now = file->ops->poll(file, table);
	return now & events;
}

/* Sleeps until a waker comes or the time is up. False: it is up. */
static bool poll_sleep(struct poll_call *call, nsec_t expires)
{
	bool time_left = true;

	set_current_state(TASK_INTERRUPTIBLE);
	if (!READ_ONCE(call->triggered))
		time_left = schedule_timeout_until(expires) != 0;
	set_current_state(TASK_RUNNING);
	WRITE_ONCE(call->triggered, false);
	fence_full();
	return time_left;
}

long poll_until(poll_scan_fn scan, void *set, nsec_t expires)
{
	struct poll_call call;
	bool time_left = expires != 0;
	long found;

	call.table.enter = poll_enter;
	call.task = current;
	call.triggered = false;
	call.error = 0;
	call.count = 0;
	call.blocks = NULL;

	found = scan(set, time_left ? &call.table : NULL);
	while (!found && time_left) {
		found = call.error;
		if (!found && current_signal_pending())
			found = -EINTR;
		if (found)
			break;
		time_left = poll_sleep(&call, expires);
		found = scan(set, NULL);
	}
	poll_call_release(&call);
	return found;
}

/* --- poll --- */

struct poll_set {
	struct pollfd *fds;
	u32 count;
};

static u16 poll_descriptor(const struct pollfd *pollfd, struct poll_table *table)
{
	struct fd fd;
	u32 events;

	if (pollfd->fd < 0)
		return 0;
	fd = fdget((unsigned int)pollfd->fd);
	if (!fd.file)
		return POLLNVAL;
	events = poll_file(fd.file, pollfd->events, table);
	fdput(fd);
	return (u16)events;
}

static long poll_scan(void *data, struct poll_table *table)
{
	struct poll_set *set = data;
	long found = 0;

	for (u32 i = 0; i < set->count; i++) {
		struct pollfd *pollfd = &set->fds[i];

		if (i && !(i % POLL_BATCH))
			cond_resched();
		pollfd->revents = poll_descriptor(pollfd, table);
		if (pollfd->revents) {
			found++;
			table = NULL;
		}
	}
	return found;
}

long do_poll(struct pollfd *fds, u32 count, nsec_t expires)
{
	struct poll_set set = { fds, count };

	return poll_until(poll_scan, &set, expires);
}
