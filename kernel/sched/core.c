/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's core: sleeping, waking, switching.
 *
 * Which task runs next is a policy's business (class.h); here is what holds for all of them. The
 * protocol by which no wake-up is lost, docs/waiting.md tells with its reasons;
 * tests/model/sleep.pml checks it. In short, with the names that stand at the places below:
 *
 * W1 (state, test, schedule): the sleeper stores its state, fence, tests its condition. The waker
 *	makes the condition true, fence, looks at the state. One of them sees the other. schedule()
 *	looks at the state again under the queue's lock, and a waker changes the state of a queued
 *	task under the same lock: either the task is still queued and finds itself RUNNING, or the
 *	waker finds it off the queue.
 * W2 (one waker): state goes from sleeping to RUNNING under wake_lock only, so a task is put on a
 *	queue once.
 * W3 (off its stack): a task that has left its queue may still be on its old hart, on its stack,
 *	until the switch is over. Its on_hart is cleared after the last use of the stack; who wakes
 *	it waits for that before another hart can pick it. The wait is short and ends: the old hart
 *	is inside schedule() and needs no lock that the waker holds.
 * W4 (telling the hart): NEED_RESCHED of the running task is set under the queue's lock, then the
 *	IPI is sent. The flag is looked at with interrupts off before user mode and before wfi, so
 *	the IPI is pending when the hart goes there (idle.c).
 *
 * Locks: wake_lock, then a queue's lock. schedule() holds its queue's lock across the switch; the
 * next task unlocks it. All entry points but schedule() and cond_resched() may be called
 * from interrupts.
 */
#include "arch/fpu.h"
#include "arch/hart.h"
#include "arch/mmu.h"
#include "arch/switch.h"
#include "arch/vector.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/internal.h"
#include "task/process.h"
#include "uapi/sched.h"

DEFINE_PERHART(struct runqueue, runqueue);

const struct sched_class *const sched_classes[SCHED_CLASS_COUNT] = {
	&stop_class, &deadline_class, &rt_class, &fair_class, &idle_class,
};

static void (*dead_hook)(struct task_struct *task);

/* --- queues --- */

struct runqueue *task_rq_lock(struct task_struct *task)
{
	for (;;) {
		unsigned int hart = READ_ONCE(task->hart);
		struct runqueue *rq = hart_rq(hart);

		spin_lock(&rq->lock);
		if (likely(task->hart == hart))
			return rq;
		spin_unlock(&rq->lock);
	}
}

void rq_lock_pair(struct runqueue *a, struct runqueue *b)
{
	spin_lock(a->hart < b->hart ? &a->lock : &b->lock);
	spin_lock_nested(a->hart < b->hart ? &b->lock : &a->lock);
}

void rq_unlock_pair(struct runqueue *a, struct runqueue *b)
{
	spin_unlock(&a->lock);
	spin_unlock(&b->lock);
}

bool rq_resched(struct runqueue *rq)
{
	assert(spin_is_locked(&rq->lock));
	if (task_has_flag(rq->current_task, TIF_NEED_RESCHED))
		return false;
	task_set_flag(rq->current_task, TIF_NEED_RESCHED);
	return rq->hart != this_hart();
}

/* A new task leaves the hart to a running one of its class, often its parent: which then most
 * likely waits for it, and one switch does. */
bool rq_preempt_for(struct runqueue *rq, struct task_struct *task, unsigned int flags)
{
	const struct sched_class *class = task->se.class, *running = rq->current_task->se.class;

	if (class->precedence < running->precedence)
		return false;
	if (class == running && ((flags & ENQUEUE_NEW) || !class->preempts(rq, &task->se)))
		return false;
	return rq_resched(rq);
}

/* --- flags of tasks that run --- */

bool sched_flag_running(unsigned int hart, const struct mm_struct *mm, unsigned long flag)
{
	struct runqueue *rq = hart_rq(hart);
	bool found;

	spin_lock(&rq->lock);
	found = rq->current_task->mm == mm && rq->current_task != current;
	if (found)
		task_set_flag(rq->current_task, flag);
	spin_unlock(&rq->lock);
	if (found)
		arch_send_ipi(hart);
	return found;
}

bool sched_running_has_flag(unsigned int hart, const struct mm_struct *mm, unsigned long flag)
{
	struct runqueue *rq = hart_rq(hart);
	bool has;

	spin_lock(&rq->lock);
	has = rq->current_task->mm == mm && rq->current_task != current &&
	      task_has_flag(rq->current_task, flag);
	spin_unlock(&rq->lock);
	return has;
}

/* --- switching --- */

static void deadline_timer_fires(struct timer *timer)
{
	struct runqueue *rq = container_of(timer, struct runqueue, deadline_timer);

	spin_lock(&rq->lock);
	(void)!rq_resched(rq); /* it is this hart's */
	spin_unlock(&rq->lock);
}

/* The hart has, or has just had, entities of the deadline policy; next will run. */
static void watch_deadlines(struct runqueue *rq, struct task_struct *prev, struct task_struct *next)
{
	u64 event = deadline_next_event(rq, &next->se);

	if (event < NSEC_NEVER)
		timer_start(&rq->deadline_timer, (nsec_t)event);
	if (prev->se.server.overrun && prev->se.server.flags & SCHED_FLAG_DL_OVERRUN)
		task_set_flag(prev, TIF_NOTIFY);
}

static struct task_struct *pick_next(struct runqueue *rq)
{
	for (unsigned int i = likely(!rq->before_rt) ? SCHED_CLASS_RT : 0;; i++) {
		struct sched_entity *entity = sched_classes[i]->pick(rq);

		if (entity)
			return entity_task(entity);
		assert(i + 1 < SCHED_CLASS_COUNT);
	}
}

/* The second half of a switch, on the stack of the task that now runs: prev is off its stack (W3),
 * and may be woken and run elsewhere from here on, or be freed. */
static inline void finish_switch(struct task_struct *prev)
{
	bool dead = prev->state == TASK_DEAD;

	store_release(&prev->on_hart, false);
	spin_unlock(&this_rq()->lock);
	if (unlikely(dead))
		dead_hook(prev);
}

/* The hardware's view of a task's address space: the first member of mm_struct (vm/space.h), which
 * belongs to a floor above. NULL: the kernel's own. */
static inline struct arch_space *task_space(const struct task_struct *task)
{
	return (struct arch_space *)task->mm;
}

/* A task that was switched out in the middle of its program, or that comes to another hart, brings
 * its struct rseq up to date before it goes on (task/rseq.c). */
static void note_switch(struct runqueue *rq, struct task_struct *next)
{
	if (next->rseq_hart != rq->hart || thread_frame(&next->ti)->syscall < 0)
		task_set_flag(next, TIF_RSEQ_WORK);
}

static void switch_state(struct runqueue *rq, struct task_struct *prev, struct task_struct *next)
{
	if ((prev->ti.flags | next->ti.flags) & TIF_FPU_USED)
		arch_fpu_switch(prev, next);
	if ((prev->ti.flags | next->ti.flags) & TIF_VECTOR_USED)
		arch_vector_switch(prev, next);
	if (next->ti.flags & TIF_RSEQ)
		note_switch(rq, next);
}

static void switch_to(struct runqueue *rq, struct task_struct *prev, struct task_struct *next)
{
	if (prev->se.on_rq)
		prev->se.class->put_current(rq, &prev->se);
	next->se.class->set_current(rq, &next->se);
	next->se.exec_start = rq->clock;
	rq->current_task = next;
	rq->switches++;
	next->on_hart = true;
	if (prev->mm != next->mm)
		arch_space_switch(task_space(prev), task_space(next));
	if (unlikely((prev->ti.flags | next->ti.flags) & TIF_STATE))
		switch_state(rq, prev, next);
	finish_switch(arch_switch(prev, next));
}

void schedule_tail(struct task_struct *prev)
{
	finish_switch(prev);
}

/* May the task not go to sleep in that state, for a signal's sake? */
static bool signal_ends_sleep(struct task_struct *task, u32 state)
{
	if (state & TASK_INTERRUPTIBLE)
		return true;
	return (state & TASK_KILLABLE_BIT) && current_fatal_signal_pending();
}

/* Takes current off the queue if it still sleeps (W1). */
static void leave_queue(struct runqueue *rq, struct task_struct *task)
{
	u32 state = task->state;

	if (state == TASK_RUNNING)
		return;
	rq_remove(rq, task, DEQUEUE_SLEEP);
	if (state & TASK_UNINTERRUPTIBLE)
		rq->uninterruptible++;
	task->switches_voluntary++;
	store_release(&task->se.on_rq, false);
}

/* forced: current goes on later whatever its state is. A task that is interrupted between setting
 * its state and testing its condition must get to the test. */
static void switch_away(bool forced)
{
	struct task_struct *prev = current, *next;
	struct runqueue *rq = this_rq();

	if (CONFIG_DEBUG)
		lock_check_may_sleep();
	spin_lock(&rq->lock);
	if (task_has_flag(prev, TIF_NEED_RESCHED))
		task_clear_flag(prev, TIF_NEED_RESCHED);
	rq_charge(rq);
	if (!forced)
		leave_queue(rq, prev);
	next = pick_next(rq);
	if (unlikely(rq->before_rt))
		watch_deadlines(rq, prev, next);
	if (next == prev) {
		spin_unlock(&rq->lock);
		return;
	}
	if (prev->se.on_rq)
		prev->switches_forced++;
	switch_to(rq, prev, next);
}

void schedule(void)
{
	struct task_struct *task = current;
	u32 state = READ_ONCE(task->state);

	/* Before the lock: the signal's sender sets its flag first and wakes the task after. */
	if (state != TASK_RUNNING && task_has_flag(task, TIF_SIGPENDING) &&
	    signal_ends_sleep(task, state))
		WRITE_ONCE(task->state, TASK_RUNNING);
	switch_away(false);
}

void cond_resched(void)
{
	if (CONFIG_DEBUG)
		lock_check_may_sleep();
	arch_irq_window();
	if (task_has_flag(current, TIF_NEED_RESCHED))
		switch_away(true);
}

void sched_yield(void)
{
	struct runqueue *rq = this_rq();
	struct sched_entity *entity = &current->se;

	if (READ_ONCE(rq->count) == 1 && entity->class != &deadline_class)
		return;
	spin_lock(&rq->lock);
	rq_charge(rq);
	entity->class->yield(rq, entity);
	spin_unlock(&rq->lock);
	switch_away(true);
}

/* --- states --- */

void set_special_state(u32 state)
{
	spin_lock(&current->wake_lock);
	WRITE_ONCE(current->state, state);
	spin_unlock(&current->wake_lock);
}

bool change_sleep_state(struct task_struct *task, u32 from, u32 to)
{
	bool sleeps;

	spin_lock(&task->wake_lock);
	sleeps = task->state == from;
	if (sleeps)
		WRITE_ONCE(task->state, to);
	spin_unlock(&task->wake_lock);
	return sleeps;
}

void sched_set_dead_hook(void (*hook)(struct task_struct *task))
{
	dead_hook = hook;
}

void noreturn do_task_dead(void)
{
	set_special_state(TASK_DEAD);
	switch_away(false);
	panic("a dead task was scheduled: pid %d", current->pid);
}

/* --- waking --- */

/* A task that has set its state and is still queued, most often one that runs now. False: it left
 * meanwhile. */
static bool wake_queued(struct task_struct *task)
{
	struct runqueue *rq = task_rq_lock(task);
	bool queued = task->se.on_rq;

	if (queued)
		WRITE_ONCE(task->state, TASK_RUNNING);
	spin_unlock(&rq->lock);
	return queued;
}

/* Puts the task on the queue of a hart, and tells that hart. wake_lock held. */
static void queue_task(struct task_struct *task, unsigned int hart, unsigned int flags)
{
	struct runqueue *rq = hart_rq(hart);
	bool tell;

	spin_lock(&rq->lock);
	rq_charge_from(rq, CHARGE_GRAIN);
	if (task->state & TASK_UNINTERRUPTIBLE)
		rq->uninterruptible--;
	WRITE_ONCE(task->state, TASK_RUNNING);
	task->se.on_rq = true;
	rq_add(rq, task, flags);
	tell = rq_preempt_for(rq, task, flags);
	spin_unlock(&rq->lock);
	if (tell)
		arch_send_ipi(hart);
}

static void wake_sleeping(struct task_struct *task)
{
	while (unlikely(load_acquire(&task->on_hart)))
		arch_relax();
	queue_task(task, place_task(task), ENQUEUE_WAKEUP);
}

bool try_to_wake_up(struct task_struct *task, unsigned int states)
{
	bool woken = false;

	fence_full(); /* W1: the waker's condition before the state */
	if (!(READ_ONCE(task->state) & states))
		return false;
	spin_lock(&task->wake_lock);
	if (load_acquire(&task->state) & states) {
		woken = true;
		if (!load_acquire(&task->se.on_rq) || !wake_queued(task))
			wake_sleeping(task);
	}
	spin_unlock(&task->wake_lock);
	return woken;
}

void wake_up_new_task(struct task_struct *task)
{
	assert(task->state == TASK_NEW && !task->se.on_rq);
	spin_lock(&task->wake_lock);
	queue_task(task, place_new_task(task), ENQUEUE_NEW);
	spin_unlock(&task->wake_lock);
}

/* --- life of a task --- */

void sched_fork(struct task_struct *child)
{
	struct sched_entity *entity = &child->se;
	const struct sched_entity *parent = &current->se;

	*entity = (struct sched_entity){
		.policy = parent->policy,
		.nice = parent->nice,
		.rt_priority = parent->rt_priority,
		.slice = parent->slice,
	};
	if (parent->reset_on_fork) {
		if (parent->rt_priority || parent->policy == SCHED_DEADLINE)
			entity->policy = SCHED_NORMAL;
		entity->rt_priority = 0;
		entity->nice = MAX(parent->nice, (s8)0);
		entity->slice = FAIR_SLICE;
	}
	sched_entity_update(entity);
	spin_init(&child->wake_lock, RANK_WAKE);
	child->state = TASK_NEW;
	child->on_hart = false;
	child->hart = this_hart();
	child->switches_voluntary = child->switches_forced = 0;
	child->ticks_user = child->ticks_system = 0;
	memset(child->mutexes_held, 0, sizeof(child->mutexes_held));
	child->ti.flags &= ~(unsigned long)TIF_NEED_RESCHED;
	this_rq()->forks++;
}

/* --- bring-up --- */

static void rq_init(struct runqueue *rq, unsigned int hart)
{
	*rq = (struct runqueue){ .lock = SPINLOCK_INIT(RANK_RUNQUEUE), .hart = hart };
	for (unsigned int i = 0; i < RT_LEVELS; i++)
		list_init(&rq->rt.level[i]);
	list_init(&rq->deadline.throttled);
	timer_init(&rq->deadline_timer, deadline_timer_fires);
	list_init(&rq->migrate_requests);
	rq->clock = rq->idle_since = (u64)clock_monotonic();
	tick_init(rq);
}

/* The task is the running one of its hart from now on; it counts as queued but is on no policy's
 * list. */
static void make_idle_task(struct task_struct *task, unsigned int hart)
{
	struct runqueue *rq = hart_rq(hart);

	/* its children ask for slices as it would */
	task->se =
		(struct sched_entity){ .class = &idle_class, .on_rq = true, .slice = FAIR_SLICE };
	task->se.exec_start = rq->clock;
	spin_init(&task->wake_lock, RANK_WAKE);
	task->state = TASK_RUNNING;
	task->on_hart = true;
	task->hart = hart;
	task->affinity = hartmask_of(hart);
	task->flags |= PF_IDLE | PF_KTHREAD;
	task->ti.hart = hart;
	task->ti.perhart = perhart_offset[hart];
	rq->idle = rq->current_task = task;
}

void sched_init(void)
{
	unsigned int hart;

	for_each_hart (hart)
		rq_init(hart_rq(hart), hart);
	make_idle_task(current, 0);
}

struct task_struct *sched_idle_task(unsigned int hart)
{
	struct task_struct *task = task_alloc_idle(hart);

	if (!IS_ERR_OR_NULL(task))
		make_idle_task(task, hart);
	return task;
}
