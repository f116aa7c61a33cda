/* SPDX-License-Identifier: MIT */
/*
 * Timers: one queue for each hart, a tree by expiry with its first element at hand.
 *
 * TQ1: a timer is on the queue of timer->hart, or on none (queued false). Both change under that
 *	queue's lock; so who wants a timer's queue reads hart, locks, and looks again.
 * TQ2: `programmed` is not later than the first timer's expiry, but while the queue expires. The
 *	hardware may be set earlier than needed: cancelling the first timer does not set it anew,
 *	the interrupt finds nothing to do. That is cheaper than a hardware access (or a firmware
 *	call) for each timeout that is armed and cancelled.
 * TQ3: while a timer's function runs it is `running` of its queue, and is not moved to another one:
 *	so timer_cancel() knows where to look.
 * TQ4: a timer that waits for a real time has `expires` by the offset of that clock which was read
 *	under its queue's lock. Who sets the clock changes the offset first and then goes through
 *	the queues; so no timer keeps an old one.
 * TQ5: one interrupt runs TIMER_BATCH timers at the most, so that its length is bounded. What has
 *	expired beyond that is left to ksoftirqd/N, which the scheduler lets run when its turn has
 *	come; should that take long, the next interrupt, LEFT_DELAY later, runs as many again. So
 *	every timer fires, in the order of expiry, even while a real-time task keeps the hart: the
 *	tick among them.
 * TQ6: no `expires` is negative, as the hardware counts from 0: one that lay before boot would
 *	never fire, and hide all later ones behind TQ2.
 *
 * Functions run without the lock and may start their own timer again, or free it: after the call
 * only the queue is touched.
 */
#include "arch/hart.h"
#include "base/lock.h"
#include "base/perhart.h"
#include "lib/atomic.h"
#include "sched/sched.h"
#include "sched/timer.h"

enum { TIMER_BATCH = 32, LEFT_DELAY = 1000000 };

struct timer_queue {
	spinlock_t lock;	    /* RANK_TIMER; lower hart first */
	struct rb_root tree;	    /* [lock] by expires, equals in order of arming */
	struct timer *first;	    /* [lock] */
	struct timer *running;	    /* [lock to change] whose function runs */
	bool expiring;		    /* [lock] timer_interrupt() is at work and will program */
	nsec_t programmed;	    /* [lock] what the hardware is set for */
	struct task_struct *helper; /* [I] once it is there: ksoftirqd of this hart */
};

static DEFINE_PERHART(struct timer_queue, timer_queue) = {
	.lock = SPINLOCK_INIT(RANK_TIMER),
	.programmed = NSEC_NEVER,
};

static struct timer_queue *queue_lock(struct timer *timer)
{
	for (;;) {
		unsigned int hart = READ_ONCE(timer->hart);
		struct timer_queue *queue = hart_ptr(timer_queue, hart);

		spin_lock(&queue->lock);
		if (likely(timer->hart == hart))
			return queue;
		spin_unlock(&queue->lock);
	}
}

static void queue_insert(struct timer_queue *queue, struct timer *timer)
{
	struct rb_node **link = &queue->tree.node, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (timer->expires < rb_entry(parent, struct timer, node)->expires) {
			link = &parent->left;
		} else {
			link = &parent->right;
			first = false;
		}
	}
	rb_insert(&queue->tree, &timer->node, parent, link, NULL);
	if (first)
		queue->first = timer;
	timer->queued = true;
}

static void queue_remove(struct timer_queue *queue, struct timer *timer)
{
	if (queue->first == timer) {
		struct rb_node *next = rb_next(&timer->node);

		queue->first = next ? rb_entry(next, struct timer, node) : NULL;
	}
	rb_erase(&queue->tree, &timer->node, NULL);
	timer->queued = false;
}

static void queue_program_for(struct timer_queue *queue, nsec_t expires)
{
	queue->programmed = expires;
	arch_timer_set(clock_ns_to_ticks(expires));
}

static void queue_program(struct timer_queue *queue)
{
	queue_program_for(queue, queue->first ? queue->first->expires : NSEC_NEVER);
}

/* Takes the timer off its queue and brings it to this hart's, which is returned locked; to the one
 * where its function runs, when it does (TQ3). */
static struct timer_queue *bring_here(struct timer *timer)
{
	struct timer_queue *here = this_hart_ptr(timer_queue);

	for (;;) {
		struct timer_queue *queue = queue_lock(timer);

		if (timer->queued)
			queue_remove(queue, timer);
		if (queue == here || queue->running == timer)
			return queue;
		timer->hart = (u8)this_hart();
		spin_unlock(&queue->lock);
	}
}

void timer_init(struct timer *timer, void (*function)(struct timer *timer))
{
	timer->function = function;
	timer->hart = (u8)this_hart();
	timer->queued = false;
}

/* Queues a timer, which is on no queue, and programs the hardware for it; lock held, and this
 * hart's queue unless that one expires. */
static void queue_start(struct timer_queue *queue, struct timer *timer)
{
	queue_insert(queue, timer);
	if (queue->first == timer && !queue->expiring && timer->expires < queue->programmed)
		queue_program(queue);
}

void timer_start(struct timer *timer, nsec_t expires)
{
	struct timer_queue *queue = bring_here(timer);

	timer->expires = MAX(expires, (nsec_t)0); /* before boot is over, too: TQ6 */
	timer->realtime = NSEC_NEVER;
	queue_start(queue, timer);
	spin_unlock(&queue->lock);
}

/* --- real time --- */

/* TQ4. A time before boot is over. */
static nsec_t realtime_to_monotonic(nsec_t realtime)
{
	if (realtime == NSEC_NEVER)
		return NSEC_NEVER;
	return MAX(realtime - clock_realtime_offset(), (nsec_t)0);
}

void timer_start_realtime(struct timer *timer, nsec_t realtime)
{
	struct timer_queue *queue = bring_here(timer);

	timer->realtime = realtime;
	timer->expires = realtime_to_monotonic(realtime);
	queue_start(queue, timer);
	spin_unlock(&queue->lock);
}

static void queue_restart(struct timer_queue *queue, struct timer *timer)
{
	timer->expires = realtime_to_monotonic(timer->realtime);
	queue_start(queue, timer);
}

/* Takes the timers that wait for a real time off a queue and chains them by their left links. One
 * whose function runs stays (TQ3): its queue expires, and will be programmed. */
static struct rb_node *take_realtime(struct timer_queue *queue)
{
	struct rb_node *node = rb_first(&queue->tree), *next, *chain = NULL;
	struct timer *staying = NULL;

	for (; node; node = next) {
		struct timer *timer = rb_entry(node, struct timer, node);

		next = rb_next(node);
		if (timer->realtime == NSEC_NEVER)
			continue;
		queue_remove(queue, timer);
		if (timer == queue->running) {
			staying = timer;
			continue;
		}
		node->left = chain;
		chain = node;
	}
	if (staying)
		queue_restart(queue, staying);
	return chain;
}

static void put_realtime(struct timer_queue *queue, struct rb_node *chain)
{
	while (chain) {
		struct timer *timer = rb_entry(chain, struct timer, node);

		chain = chain->left;
		timer->hart = (u8)this_hart();
		queue_restart(queue, timer);
	}
}

void timer_realtime_was_set(void)
{
	struct timer_queue *here = this_hart_ptr(timer_queue);
	unsigned int hart;

	for_each_hart (hart) {
		struct timer_queue *queue = hart_ptr(timer_queue, hart);

		if (queue == here) {
			spin_lock(&here->lock);
			put_realtime(here, take_realtime(here));
			spin_unlock(&here->lock);
			continue;
		}
		spin_lock(hart < this_hart() ? &queue->lock : &here->lock);
		spin_lock_nested(hart < this_hart() ? &here->lock : &queue->lock);
		put_realtime(here, take_realtime(queue));
		spin_unlock(&queue->lock);
		spin_unlock(&here->lock);
	}
}

bool timer_cancel(struct timer *timer)
{
	struct timer_queue *here = this_hart_ptr(timer_queue);
	bool was_queued = false;

	for (;;) {
		struct timer_queue *queue = queue_lock(timer);
		bool runs_elsewhere = queue->running == timer && queue != here;

		if (timer->queued) {
			queue_remove(queue, timer);
			was_queued = true;
		}
		spin_unlock(&queue->lock);
		if (likely(!runs_elsewhere))
			return was_queued;
		while (load_acquire(&queue->running) == timer)
			arch_relax();
	}
}

/* Runs one timer; lock held, but not while its function runs. */
static void queue_run_first(struct timer_queue *queue)
{
	struct timer *timer = queue->first;

	queue_remove(queue, timer);
	queue->running = timer;
	spin_unlock(&queue->lock);
	timer->function(timer);
	spin_lock(&queue->lock);
	store_release(&queue->running, NULL);
}

bool timer_run_batch(void)
{
	struct timer_queue *queue = this_hart_ptr(timer_queue);
	nsec_t now = clock_monotonic();
	bool left;

	spin_lock(&queue->lock);
	queue->expiring = true;
	for (unsigned int i = 0; i < TIMER_BATCH && queue->first && queue->first->expires <= now;
	     i++)
		queue_run_first(queue);
	queue->expiring = false;
	left = queue->first && queue->first->expires <= now;
	if (unlikely(left))
		queue_program_for(queue, now + LEFT_DELAY);
	else
		queue_program(queue);
	spin_unlock(&queue->lock);
	return left;
}

void timer_interrupt(void)
{
	struct task_struct *helper = this_hart_ptr(timer_queue)->helper;

	if (unlikely(timer_run_batch()) && helper)
		wake_up_process(helper);
}

nsec_t timer_next_expiry(void)
{
	struct timer_queue *queue = this_hart_ptr(timer_queue);
	nsec_t expires;

	spin_lock(&queue->lock);
	expires = queue->first ? queue->first->expires : NSEC_NEVER;
	spin_unlock(&queue->lock);
	return expires;
}

bool timer_is_due(void)
{
	return timer_next_expiry() <= clock_monotonic();
}

void timer_set_helper(unsigned int hart, struct task_struct *task)
{
	WRITE_ONCE(hart_ptr(timer_queue, hart)->helper, task);
}

void timer_init_hart(void)
{
	struct timer_queue *queue = this_hart_ptr(timer_queue);

	spin_lock(&queue->lock);
	queue_program(queue);
	spin_unlock(&queue->lock);
}
