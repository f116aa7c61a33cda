/* SPDX-License-Identifier: MIT */
/*
 * Timers of timer_create(2).
 *
 * PT1: a timer has one signal entry of its own from the start, charged to its user, so that firing
 *	needs no memory. While the entry is queued the signal is pending once, however often the
 *	timer fires: the rest is counted as overrun.
 * PT2: a periodic timer on a clock that time itself drives is not armed while its signal waits:
 *	what would have fired meanwhile follows from the clock when the signal is taken. So a short
 *	period whose signal is blocked costs nothing. On CPU clocks, which are looked at in steps
 *	anyway, it stays armed and counts.
 * PT3: the hardware-backed timer may fire with nothing to do (the time was changed, or the clock
 *	was set): its function looks at target.
 *
 * All but what is marked [I] is protected by sighand->lock of the owner. The function of a timer
 * runs in an interrupt and takes tasklist_lock first, to find whom it is for. Who deletes a timer
 * takes it out of the tree under the lock, so it is the only one, and then waits for the function.
 */
#include "task/posix_timer.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cpuclock.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/signal.h"
#include "uapi/time.h"

/* Between two firings whose signal is ignored, at least: nobody would see them. */
#define IGNORED_STEP (4 * NSEC_PER_MSEC)

struct posix_timer {
	struct rb_node node;	     /* signal->posix_timers, by id */
	int id;			     /* [I] */
	enum timer_base base;	     /* [I] */
	struct cpu_clock cpu;	     /* [I] BASE_CPU */
	enum timer_notify notify;    /* [I] */
	struct signal_struct *owner; /* [I] */
	struct task_struct *thread;  /* [I] SIGEV_THREAD_ID: with a reference; else NULL */
	struct sigqueue *entry;	     /* [I] PT1; linked while it waits */
	struct timer timer;
	nsec_t target;	 /* on its clock; 0: not armed */
	nsec_t interval; /* 0: once */
	bool realtime;	 /* target is a time of CLOCK_REALTIME, and follows when that is set */
	bool parked; /* PT2: periodic, has fired at target and waits for its signal to be taken */
	s64 overrun; /* firings since the signal was queued, not counting its own */
	s64 last_overrun; /* of the signal taken last */
};

/* --- clocks --- */

int base_of_clock(int clock, enum timer_base *base)
{
	switch (clock) {
	case CLOCK_REALTIME: *base = BASE_REALTIME; return 0;
	case CLOCK_TAI: *base = BASE_TAI; return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME: *base = BASE_MONOTONIC; return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID: *base = BASE_CPU; return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM: return -EOPNOTSUPP;
	}
	*base = BASE_CPU;
	if (clock >= 0)
		return -EINVAL;
	return cpu_clock_is_file(clock) ? -EOPNOTSUPP : 0;
}

/* Now, on the clock of target. tasklist_lock held for CPU clocks. */
static nsec_t timer_now(const struct posix_timer *timer)
{
	if (timer->base == BASE_CPU)
		return cpu_clock_read(&timer->cpu);
	return timer->realtime ? clock_realtime() : clock_monotonic();
}

/* Has the hardware-backed timer look at target, at the time of the clock's given. */
static void arm_at(struct posix_timer *timer, nsec_t when, nsec_t now)
{
	if (timer->base == BASE_CPU)
		timer_start(&timer->timer, cpu_clock_next_look(&timer->cpu, when - now));
	else if (timer->realtime)
		timer_start_realtime(&timer->timer, when);
	else
		timer_start(&timer->timer, when);
}

/* Moves target on by whole periods until it lies after now; how many. */
static s64 forward(struct posix_timer *timer, nsec_t now)
{
	s64 periods;

	if (now < timer->target)
		return 0;
	periods = (now - timer->target) / timer->interval;
	timer->target = nsec_add(timer->target + periods * timer->interval, timer->interval);
	return periods + 1;
}

/* --- firing --- */

static bool signal_waits(const struct posix_timer *timer)
{
	return timer->entry && !list_empty(&timer->entry->link);
}

/* False: it is ignored. tasklist_lock held. */
static bool post_signal(struct posix_timer *timer)
{
	struct task_struct *task = timer->thread;

	if (!task)
		task = list_first_entry(&timer->owner->threads, struct task_struct, thread_link);
	else if (task->exit_state == EXIT_DEAD)
		return true; /* nobody will take it, ever */
	return send_sigqueue(timer->entry, task, !timer->thread);
}

/* The clock has reached target. */
static void expire(struct posix_timer *timer, nsec_t now)
{
	s64 periods = timer->interval ? (now - timer->target) / timer->interval : 0;
	bool waits = signal_waits(timer);
	bool ignored = !waits && !post_signal(timer);

	if (!timer->interval) {
		timer->target = 0;
		timer->overrun += waits;
	} else if (timer->base == BASE_CPU || ignored) {
		timer->overrun += forward(timer, now) - !waits;
		arm_at(timer, ignored ? MAX(timer->target, now + IGNORED_STEP) : timer->target,
		       now);
	} else {
		timer->parked = true;
		timer->overrun += waits ? periods + 1 : 0;
	}
}

static void fires(struct timer *hardware)
{
	struct posix_timer *timer = container_of(hardware, struct posix_timer, timer);
	struct task_struct *leader;
	struct sighand_struct *sighand;
	nsec_t now;

	spin_lock(&tasklist_lock);
	leader = list_first_entry(&timer->owner->threads, struct task_struct, thread_link);
	sighand = lock_sighand(leader);
	now = timer_now(timer);
	if (timer->target && !timer->parked) {
		if (now >= timer->target)
			expire(timer, now);
		else if (timer->base != BASE_CPU || cpu_clock_runs(&timer->cpu))
			arm_at(timer, timer->target, now);
	}
	spin_unlock(&sighand->lock);
	spin_unlock(&tasklist_lock);
}

void posix_timer_signal_gone(struct posix_timer *timer, struct siginfo *info)
{
	if (timer->parked) {
		nsec_t now = timer_now(timer);

		timer->parked = false;
		timer->overrun += forward(timer, now) - 1;
		arm_at(timer, timer->target, now);
	}
	timer->last_overrun = timer->overrun;
	timer->overrun = 0;
	if (info)
		info->timer.overrun = (s32)MIN(timer->last_overrun, (s64)INT32_MAX);
}

/* --- making --- */

static int check_event(const struct timer_event *event, struct posix_timer *timer)
{
	struct task_struct *thread;

	timer->notify = event->notify;
	if (event->notify == SIGEV_NONE)
		return 0;
	if (event->notify == SIGEV_THREAD_ID) {
		spin_lock(&tasklist_lock);
		thread = find_task_by_pid(event->thread);
		if (thread && thread->tgid == current->tgid)
			timer->thread = get_task_struct(thread);
		spin_unlock(&tasklist_lock);
		if (!timer->thread)
			return -EINVAL;
	} else if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD) {
		return -EINVAL;
	}
	return event->signal > 0 && event->signal <= SIGRTMAX ? 0 : -EINVAL;
}

static void free_timer(struct posix_timer *timer)
{
	if (timer->entry)
		sigqueue_free(timer->entry);
	if (timer->cpu.task)
		cpu_clock_close(&timer->cpu);
	if (timer->thread)
		put_task_struct(timer->thread);
	kfree(timer);
}

static int next_id(void)
{
	u32 id = atomic_fetch_add_relaxed(&current->signal->next_posix_timer, 1);

	return (int)(id & INT32_MAX);
}

static int make_entry(struct posix_timer *timer, const struct timer_event *event)
{
	struct siginfo *info;

	timer->entry = sigqueue_alloc(current->cred->user, rlimit(RLIMIT_SIGPENDING));
	if (!timer->entry)
		return -EAGAIN;
	timer->entry->timer = timer;
	info = &timer->entry->info;
	*info = (struct siginfo){ .signo = event->signal, .code = SI_TIMER };
	info->timer.id = timer->id;
	info->timer.value = event->has_value ? event->value : (u32)timer->id;
	return 0;
}

struct posix_timer *posix_timer_prepare(int clock, const struct timer_event *event, int *id)
{
	struct posix_timer *timer;
	enum timer_base base;
	int error = base_of_clock(clock, &base);

	if (error)
		return ERR_PTR(error);
	timer = kzalloc(sizeof(*timer));
	if (!timer)
		return ERR_PTR(-EAGAIN);
	timer->base = base;
	timer->owner = current->signal;
	timer_init(&timer->timer, fires);
	*id = timer->id = next_id();
	error = make_entry(timer, event);
	if (!error)
		error = check_event(event, timer);
	if (!error && base == BASE_CPU)
		error = cpu_clock_open(clock, false, &timer->cpu);
	if (error) {
		free_timer(timer);
		return ERR_PTR(error);
	}
	return timer;
}

void posix_timer_discard(struct posix_timer *timer)
{
	free_timer(timer);
}

void posix_timer_publish(struct posix_timer *timer)
{
	struct sighand_struct *sighand = lock_sighand(current);
	struct rb_root *root = &current->signal->posix_timers;
	struct rb_node **link = &root->node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = timer->id < rb_entry(parent, struct posix_timer, node)->id ? &parent->left
										  : &parent->right;
	}
	rb_insert(root, &timer->node, parent, link, NULL);
	spin_unlock(&sighand->lock);
}

/* --- finding --- */

static struct posix_timer *find_timer(int id)
{
	struct rb_node *node = current->signal->posix_timers.node;

	while (node) {
		struct posix_timer *timer = rb_entry(node, struct posix_timer, node);

		if (timer->id == id)
			return timer;
		node = id < timer->id ? node->left : node->right;
	}
	return NULL;
}

/* What is locked while a timer is looked at: tasklist_lock too, when its clock needs that. */
struct timer_lock {
	struct sighand_struct *sighand;
	bool tasklist;
};

static void unlock_timer(struct timer_lock *lock)
{
	spin_unlock(&lock->sighand->lock);
	if (lock->tasklist)
		spin_unlock(&tasklist_lock);
}

/* Finds a timer of current's, locked; NULL with nothing locked. */
static struct posix_timer *lock_timer(int id, struct timer_lock *lock)
{
	struct posix_timer *timer;

	lock->tasklist = false;
	lock->sighand = lock_sighand(current);
	timer = find_timer(id);
	if (timer && timer->base == BASE_CPU) {
		spin_unlock(&lock->sighand->lock);
		spin_lock(&tasklist_lock);
		lock->tasklist = true;
		lock->sighand = lock_sighand(current);
		timer = find_timer(id);
	}
	if (!timer)
		unlock_timer(lock);
	return timer;
}

/* --- setting and asking --- */

/* What is left. One that is armed and due shows the least time, as its signal is still to come. */
static void report(const struct posix_timer *timer, struct itimer_setting *setting)
{
	nsec_t now, left;

	*setting = (struct itimer_setting){ .interval = timer->interval };
	if (!timer->target)
		return;
	now = timer_now(timer);
	left = timer->target - now;
	if (left <= 0 && timer->interval && (timer->parked || timer->notify == SIGEV_NONE))
		left = timer->interval - (now - timer->target) % timer->interval;
	if (left <= 0)
		left = timer->notify != SIGEV_NONE;
	setting->left = left;
}

/* The time on the clock of target at which to fire. Relative times do not follow when the clock is
 * set. */
static void set_target(struct posix_timer *timer, nsec_t time, bool absolute)
{
	bool real = timer->base == BASE_REALTIME || timer->base == BASE_TAI;
	nsec_t now;

	timer->realtime = real && absolute;
	if (!time || timer->base == BASE_CPU || !absolute) {
		now = absolute || !time ? 0 : timer_now(timer);
		timer->target = nsec_add(now, time);
		return;
	}
	if (timer->base == BASE_TAI && time != NSEC_NEVER)
		time -= clock_tai_offset() * NSEC_PER_SEC;
	timer->target = MAX(time, (nsec_t)1);
}

int posix_timer_set(int id, const struct itimer_setting *setting, bool absolute,
		    struct itimer_setting *old)
{
	struct timer_lock lock;
	struct posix_timer *timer = lock_timer(id, &lock);

	if (!timer)
		return -EINVAL;
	if (timer->base == BASE_CPU && !cpu_clock_runs(&timer->cpu)) {
		unlock_timer(&lock);
		return -ESRCH;
	}
	report(timer, old);
	timer->parked = false;
	timer->overrun = timer->last_overrun = 0;
	timer->interval = setting->left ? setting->interval : 0;
	set_target(timer, setting->left, absolute);
	if (timer->target && timer->notify != SIGEV_NONE)
		arm_at(timer, timer->target, timer_now(timer));
	unlock_timer(&lock);
	return 0;
}

int posix_timer_get(int id, struct itimer_setting *setting)
{
	struct timer_lock lock;
	const struct posix_timer *timer = lock_timer(id, &lock);

	if (!timer)
		return -EINVAL;
	report(timer, setting);
	unlock_timer(&lock);
	return 0;
}

int posix_timer_overrun(int id)
{
	struct sighand_struct *sighand = lock_sighand(current);
	const struct posix_timer *timer = find_timer(id);
	int overrun = timer ? (int)MIN(timer->last_overrun, (s64)INT32_MAX) : -EINVAL;

	spin_unlock(&sighand->lock);
	return overrun;
}

/* --- deleting --- */

/* A signal that waits stays: its entry is an ordinary one from now on. Lock held. */
static void take_out(struct posix_timer *timer)
{
	rb_erase(&timer->owner->posix_timers, &timer->node, NULL);
	timer->target = 0;
	timer->parked = false;
}

/* After take_out(), without the lock. */
static void destroy(struct posix_timer *timer)
{
	struct sighand_struct *sighand;

	timer_cancel(&timer->timer);
	sighand = lock_sighand(current);
	if (signal_waits(timer)) {
		timer->entry->timer = NULL;
		timer->entry = NULL;
	}
	spin_unlock(&sighand->lock);
	free_timer(timer);
}

int posix_timer_delete(int id)
{
	struct sighand_struct *sighand = lock_sighand(current);
	struct posix_timer *timer = find_timer(id);

	if (timer)
		take_out(timer);
	spin_unlock(&sighand->lock);
	if (!timer)
		return -EINVAL;
	destroy(timer);
	return 0;
}

void posix_timers_delete_all(struct signal_struct *signal)
{
	while (unlikely(READ_ONCE(signal->posix_timers.node))) {
		struct sighand_struct *sighand = lock_sighand(current);
		struct rb_node *node = signal->posix_timers.node;

		if (node)
			take_out(rb_entry(node, struct posix_timer, node));
		spin_unlock(&sighand->lock);
		if (node)
			destroy(rb_entry(node, struct posix_timer, node));
	}
}
