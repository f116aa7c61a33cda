/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads: children of kthreadd (PID 2), made by clone like every task, without an address
 * space; and work queues on them.
 */
#ifndef TASK_KTHREAD_H
#define TASK_KTHREAD_H

#include "lib/list.h"
#include "lib/types.h"

struct task_struct;
struct kthread;

/* A thread that will run function(data); it does not run until wake_up_process(). The name is a
 * printf format. ERR_PTR(-ENOMEM). May sleep: kthreadd makes it. */
struct task_struct *kthread_create(int (*function)(void *), void *data, const char *name,
				   ...) must_check __printf(3, 4);
/* The same, bound to one hart. */
struct task_struct *kthread_create_on_hart(int (*function)(void *), void *data, unsigned int hart,
					   const char *name, ...) must_check __printf(4, 5);
/* kthread_create and wake_up_process. */
#define kthread_run(function, data, ...)                                                           \
	({                                                                                         \
		struct task_struct *run_task = kthread_create(function, data, __VA_ARGS__);        \
		if (!IS_ERR(run_task))                                                             \
			wake_up_process(run_task);                                                 \
		run_task;                                                                          \
	})
/* Asks the thread to end, waits, returns its function's result; -EINTR when it never ran. May
 * sleep. */
int kthread_stop(struct task_struct *thread);
bool kthread_should_stop(void);

/* Work: a function that a kworker of a hart calls in task context. */
struct work {
	struct list_head link; /* [lock of the hart's queue] */
	void (*function)(struct work *work);
	u32 pending; /* [a] 1: queued, and not begun yet */
};

#define WORK_INIT(work_function)                                                                   \
	{                                                                                          \
		.function = (work_function)                                                        \
	}
/* Queues work on this hart's kworker; false when it is queued already. Any context. */
bool schedule_work(struct work *work);
/* Waits until work that was queued has been done. May sleep. */
void flush_work(struct work *work);

/* How a kernel thread begins: what copy_process prepares its stack for. */
void kthread_start(void *unused);
/* At the end of a kernel thread, from do_exit(): tells who stops it. */
void kthread_exiting(void);
void kthread_free(struct kthread *kthread);
/* For a task made with a function: what it runs. ERR_PTR(-ENOMEM). */
struct kthread *kthread_describe(int (*function)(void *), void *argument) must_check;

void kthread_init(void); /* makes kthreadd: PID 2. Called by the first task after init was forked */
void workqueue_init(void); /* kworker/N for each hart */

#endif
