/* SPDX-License-Identifier: MIT */
/*
 * Work queues: functions that want task context, called by a kernel thread of the hart that asked,
 * kworker/N.
 *
 * WORK1: a work item is on one queue at the most; `pending` says that it is queued and not yet
 *	begun, and is set before it is linked, so two schedule_work() at once queue it once. It is
 *	cleared before the function is called: the function, or an interrupt meanwhile, may queue it
 *	again.
 * WORK2: flush_work() waits until the item is neither pending nor running, looked at in this order:
 *	it is running before it stops being pending.
 *
 * Locks: a hart's pool has a spinlock (RANK_WORK), taken in any context, interrupts included.
 */
#include "base/perhart.h"
#include "lib/errno.h"
#include "sched/waitq.h"
#include "task/kthread.h"
#include "task/task.h"

struct work_pool {
	spinlock_t lock;	/* RANK_WORK */
	struct list_head items; /* [lock] struct work */
	struct work *running;	/* [a] the one whose function is being called; set by the worker */
	struct task_struct *worker; /* [I] once workqueue_init() has run */
};

static DEFINE_PERHART(struct work_pool, work_pool);

/* flush_work()'s sleepers: one queue for all harts, since an item may move from pool to pool. */
static struct wait_queue flushers = WAIT_QUEUE_INIT(flushers);

/* The next item, which is the running one from now on; NULL: there is none. */
static struct work *take_work(struct work_pool *pool)
{
	struct work *work = NULL;

	spin_lock(&pool->lock);
	if (!list_empty(&pool->items)) {
		work = list_first_entry(&pool->items, struct work, link);
		list_del(&work->link);
		pool->running = work;
		store_release(&work->pending, 0); /* after running: WORK2 */
	}
	spin_unlock(&pool->lock);
	return work;
}

/* The function may have freed its item: only the pool is touched. */
static void finish_work(struct work_pool *pool)
{
	store_release(&pool->running, NULL);
	wake_up_all(&flushers);
}

/* Never returns: kworkers are not stopped. */
static int noreturn worker_main(void *data)
{
	struct work_pool *pool = data;

	for (;;) {
		struct work *work = take_work(pool);

		if (work) {
			work->function(work);
			finish_work(pool);
			cond_resched();
			continue;
		}
		set_current_state(TASK_INTERRUPTIBLE);
		if (!list_empty(&pool->items))
			set_current_state(TASK_RUNNING);
		schedule();
	}
}

bool schedule_work(struct work *work)
{
	struct work_pool *pool = this_hart_ptr(work_pool);

	if (atomic_exchange(&work->pending, 1))
		return false;
	spin_lock(&pool->lock);
	list_add_tail(&work->link, &pool->items);
	spin_unlock(&pool->lock);
	if (pool->worker)
		wake_up_process(pool->worker);
	return true;
}

static bool work_done(struct work *work)
{
	unsigned int hart;

	if (load_acquire(&work->pending))
		return false;
	for_each_hart (hart)
		if (load_acquire(&hart_ptr(work_pool, hart)->running) == work)
			return false;
	return true;
}

void flush_work(struct work *work)
{
	wait_event(&flushers, work_done(work));
}

void workqueue_init(void)
{
	unsigned int hart;

	for_each_hart (hart) {
		struct work_pool *pool = hart_ptr(work_pool, hart);

		spin_init(&pool->lock, RANK_WORK);
		list_init(&pool->items);
	}
	for_each_hart (hart) {
		struct work_pool *pool = hart_ptr(work_pool, hart);
		struct task_struct *worker =
			kthread_create_on_hart(worker_main, pool, hart, "kworker/%u", hart);

		if (IS_ERR(worker))
			panic("no memory for kworker/%u", hart);
		pool->worker = worker;
		wake_up_process(worker);
	}
}
