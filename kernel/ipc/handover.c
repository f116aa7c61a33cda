/* SPDX-License-Identifier: MIT */
/*
 * Handing over (handover.h).
 */
#include "ipc/handover.h"

#include "lib/errno.h"
#include "sched/waitq.h"
#include "task/task.h"

void handover_init(struct handover *waiter)
{
	list_init(&waiter->link);
	waiter->task = current;
	waiter->result = 0;
	waiter->taken = waiter->done = false;
}

int handover_sleep(struct handover *waiter, nsec_t expires)
{
	int result = wait_for_waker(load_acquire(&waiter->done), expires);

	return result == -ERESTARTSYS ? -EINTR : result;
}

bool handover_leave(struct handover *waiter)
{
	if (waiter->taken)
		return false;
	list_del(&waiter->link);
	return true;
}

int handover_join(struct handover *waiter)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (load_acquire(&waiter->done))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return waiter->result;
}

void handover_take(struct handover *waiter, int result, struct list_head *finished)
{
	waiter->result = result;
	waiter->taken = true;
	list_move_tail(&waiter->link, finished);
}

void handover_take_all(struct list_head *queue, int result, struct list_head *finished)
{
	struct handover *waiter, *next;

	list_for_each_entry_safe (waiter, next, queue, link)
		handover_take(waiter, result, finished);
}

void handover_finish(struct list_head *finished)
{
	struct handover *waiter, *next;

	list_for_each_entry_safe (waiter, next, finished, link) {
		struct task_struct *task = get_task_struct(waiter->task);

		store_release(&waiter->done, true);
		wake_up_process(task);
		put_task_struct(task);
	}
}
