/* SPDX-License-Identifier: MIT */
/*
 * Tests of what only the kernel itself can call: kernel threads, work queues, mutexes, wait queues
 * and timers, on as many harts as there are. Debug builds run them when the command line says
 * "selftest" (tests/system/test_kernel.py).
 *
 * Each test is a function that returns whether all was as it should be; a hang is found by who
 * watches the console.
 */
#include "task/selftest.h"

#include "base/log.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/mutex.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "task/kthread.h"
#include "task/pid.h"

enum { MANY = 200, ROUNDS = 2000, ANSWER = 42 };

static void sleep_ms(unsigned int ms)
{
	nsec_t until = clock_monotonic() + ms * NSEC_PER_MSEC;

	while (clock_monotonic() < until) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout_until(until);
	}
}

/* --- kernel threads --- */

static int set_flag(void *data)
{
	WRITE_ONCE(*(bool *)data, true);
	return ANSWER;
}

/* data: a flag that tells that the thread has begun, or NULL. */
static int run_until_stopped(void *data)
{
	if (data)
		WRITE_ONCE(*(bool *)data, true);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		set_current_state(TASK_RUNNING);
	}
	return ANSWER;
}

static bool new_thread_waits_to_be_woken(void)
{
	bool ran = false;
	struct task_struct *thread = kthread_create(set_flag, &ran, "selftest");

	if (IS_ERR(thread))
		return false;
	sleep_ms(5);
	return !ran && kthread_stop(thread) == -EINTR && !ran;
}

static bool stopped_thread_gives_its_result(void)
{
	bool began = false;
	struct task_struct *thread = kthread_run(run_until_stopped, &began, "selftest/%d", 1);

	if (IS_ERR(thread))
		return false;
	while (!READ_ONCE(began))
		sleep_ms(1);
	return thread->real_parent->pid == 2 && kthread_stop(thread) == ANSWER;
}

/* The reference keeps the thread's structure beyond its end, as who may stop it has to. */
static bool thread_that_ended_can_be_stopped(void)
{
	bool ran = false;
	struct task_struct *thread = kthread_create(set_flag, &ran, "selftest");
	bool good;

	if (IS_ERR(thread))
		return false;
	get_task_struct(thread);
	wake_up_process(thread);
	while (!READ_ONCE(ran))
		sleep_ms(1);
	sleep_ms(5);
	good = kthread_stop(thread) == ANSWER;
	put_task_struct(thread);
	return good;
}

static int tell_hart(void *data)
{
	WRITE_ONCE(*(unsigned int *)data, this_hart());
	return run_until_stopped(NULL);
}

static bool bound_thread_runs_on_its_hart(void)
{
	unsigned int hart;

	for_each_hart (hart) {
		unsigned int seen = MAX_HARTS;
		struct task_struct *thread;

		if (!(harts_online & hartmask_of(hart)))
			continue;
		thread = kthread_create_on_hart(tell_hart, &seen, hart, "selftest/%u", hart);
		if (IS_ERR(thread))
			return false;
		wake_up_process(thread);
		while (READ_ONCE(seen) == MAX_HARTS)
			sleep_ms(1);
		if (kthread_stop(thread) != ANSWER || seen != hart)
			return false;
	}
	return true;
}

/* Some are stopped before they have begun. */
static bool many_threads_leave_nothing_behind(void)
{
	unsigned int tasks = task_count();

	for (unsigned int i = 0; i < MANY; i++) {
		struct task_struct *thread = kthread_run(run_until_stopped, NULL, "selftest");

		int result = IS_ERR(thread) ? -ENOMEM : kthread_stop(thread);

		if (result != ANSWER && result != -EINTR)
			return false;
	}
	for (unsigned int i = 0; i < 100 && task_count() != tasks; i++)
		sleep_ms(1); /* kthread_stop() waits for the result, not for the last switch */
	return task_count() == tasks;
}

/* --- work --- */

struct counted_work {
	struct work work;
	u32 runs;
	u32 again; /* times that it is still to queue itself */
};

static void count_run(struct work *work)
{
	struct counted_work *counted = container_of(work, struct counted_work, work);

	counted->runs++;
	if (counted->again) {
		counted->again--;
		schedule_work(work);
	}
}

static bool work_runs_once_for_each_queueing(void)
{
	struct counted_work counted = { .work = WORK_INIT(count_run) };
	bool first = schedule_work(&counted.work), second = schedule_work(&counted.work);

	flush_work(&counted.work);
	return first && !second && counted.runs == 1;
}

static bool work_may_queue_itself(void)
{
	struct counted_work counted = { .work = WORK_INIT(count_run), .again = 10 };

	schedule_work(&counted.work);
	flush_work(&counted.work);
	return counted.runs == 11;
}

/* --- threads against each other --- */

static struct {
	struct mutex mutex;
	struct wait_queue queue;
	u64 plain;   /* [mutex] not atomic on purpose */
	bool inside; /* [mutex] somebody holds it */
	u32 tokens;  /* [a] to be taken by exclusive waiters */
	u32 done;    /* [a] threads that have ended their part */
	bool failed;
} arena;

static int fight_for_mutex(void *unused)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		mutex_lock(&arena.mutex);
		if (arena.inside)
			arena.failed = true;
		arena.inside = true;
		arena.plain++;
		if (i % 64 == 0)
			cond_resched();
		arena.inside = false;
		mutex_unlock(&arena.mutex);
	}
	atomic_fetch_add(&arena.done, 1);
	return 0;
}

static bool take_token(void)
{
	u32 seen = __atomic_load_n(&arena.tokens, __ATOMIC_SEQ_CST);

	while (seen)
		if (atomic_cmpxchg(&arena.tokens, &seen, seen - 1))
			return true;
	return false;
}

static int wait_for_tokens(void *unused)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		(void)wait_event_interruptible_exclusive(&arena.queue, take_token());
		if (READ_ONCE(arena.tokens)) /* passed on, as waitq.h asks for */
			wake_up(&arena.queue);
	}
	atomic_fetch_add(&arena.done, 1);
	return 0;
}

/* Starts one thread of the function for each hart and one more. Their number. */
static u32 start_fighters(int (*function)(void *))
{
	u32 count = 0;

	arena.done = 0;
	for (unsigned int i = 0; i <= nr_harts; i++)
		count += !IS_ERR(kthread_run(function, NULL, "fighter/%u", i));
	return count;
}

static void wait_for_fighters(u32 count)
{
	while (__atomic_load_n(&arena.done, __ATOMIC_SEQ_CST) < count)
		sleep_ms(1);
}

static bool mutex_excludes(void)
{
	u32 count;

	mutex_init(&arena.mutex, MUTEX_LEAF);
	count = start_fighters(fight_for_mutex);
	wait_for_fighters(count);
	return !arena.failed && arena.plain == (u64)count * ROUNDS;
}

/* Each token wakes one waiter; a lost wake-up leaves a token and a sleeper for good. */
static bool no_token_is_lost(void)
{
	u32 count;

	waitq_init(&arena.queue);
	count = start_fighters(wait_for_tokens);
	for (u32 i = 0; i < count * ROUNDS; i++) {
		atomic_fetch_add(&arena.tokens, 1);
		wake_up(&arena.queue);
		if (i % 128 == 0)
			cond_resched();
	}
	wait_for_fighters(count);
	return !arena.tokens;
}

/* --- timers --- */

struct stamped_timer {
	struct timer timer;
	u32 order; /* which it was to fire, from 1; 0: it has not */
};

static u32 timers_fired;

static void stamp(struct timer *timer)
{
	container_of(timer, struct stamped_timer, timer)->order =
		atomic_fetch_add(&timers_fired, 1) + 1;
}

static bool timers_fire_in_order_and_not_when_cancelled(void)
{
	static const u16 after_ms[] = { 6, 2, 4, 10000 };
	struct stamped_timer timers[ARRAY_SIZE(after_ms)] = { 0 };
	nsec_t now = clock_monotonic();
	bool was_armed;

	timers_fired = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(after_ms); i++) {
		timer_init(&timers[i].timer, stamp);
		timer_start(&timers[i].timer, now + after_ms[i] * NSEC_PER_MSEC);
	}
	was_armed = timer_cancel(&timers[3].timer);
	while (READ_ONCE(timers_fired) < ARRAY_SIZE(after_ms) - 1)
		sleep_ms(1);
	return was_armed && timers[1].order == 1 && timers[2].order == 2 && timers[0].order == 3 &&
	       !timers[3].order && !timer_cancel(&timers[0].timer);
}

/* --- the list --- */

#define SELFTEST(function)                                                                         \
	{                                                                                          \
#function, function                                                                \
	}

static const struct {
	const char *name;
	bool (*passes)(void);
} selftests[] = {
	SELFTEST(new_thread_waits_to_be_woken),
	SELFTEST(stopped_thread_gives_its_result),
	SELFTEST(thread_that_ended_can_be_stopped),
	SELFTEST(bound_thread_runs_on_its_hart),
	SELFTEST(many_threads_leave_nothing_behind),
	SELFTEST(work_runs_once_for_each_queueing),
	SELFTEST(work_may_queue_itself),
	SELFTEST(mutex_excludes),
	SELFTEST(no_token_is_lost),
	SELFTEST(timers_fire_in_order_and_not_when_cancelled),
};

/* --- the end of a stack --- */

/* Uses up the kernel stack; nothing but the overflow report ends it. */
static noinline u64 fall(u64 depth)
{
	volatile u64 room[32];

	room[0] = depth;
	return depth == ~0UL ? 0 : fall(depth + 1) + room[0];
}

void selftest_run(void)
{
	unsigned int passed = 0;
	char value[8];

	if (!CONFIG_DEBUG || !cmdline_get("selftest", value, sizeof(value)))
		return;
	if (strcmp(value, "stack") == 0)
		log_notice("selftest: the stack held %lu", fall(0));
	for (unsigned int i = 0; i < ARRAY_SIZE(selftests); i++) {
		bool good = selftests[i].passes();

		passed += good;
		log_notice("selftest: %s %s", selftests[i].name, good ? "ok" : "FAIL");
	}
	log_notice("selftest: %u passed, %u failed", passed,
		   (unsigned int)ARRAY_SIZE(selftests) - passed);
}
