/* SPDX-License-Identifier: MIT */
/* sources: kernel/sched/deadline.c kernel/sched/reserve.c kernel/lib/rbtree.c tests/unit/host.c */
/*
 * SCHED_DEADLINE: the earliest deadline first; nobody gets more than was asked for, nor less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host.h"
#include "sched/class.h"

#define MS 1000000UL
#define STEP 50000UL /* ns between two looks of the simulation */

static struct runqueue queue;
static const struct sched_class other_class;
static struct sched_entity other = { .class = &other_class };

static int setup(void **state)
{
	queue = (struct runqueue){ .clock = 1000 * MS };
	list_init(&queue.deadline.throttled);
	return 0;
}

static struct sched_entity entity_for(u64 runtime, u64 deadline, u64 period)
{
	return (struct sched_entity){
		.class = &deadline_class,
		.policy = SCHED_DEADLINE,
		.server = { .runtime = runtime, .deadline = deadline, .period = period },
	};
}

static void enqueue(struct sched_entity *entity)
{
	deadline_class.enqueue(&queue, entity, ENQUEUE_WAKEUP);
}

static void fall_asleep(struct sched_entity *entity)
{
	deadline_class.dequeue(&queue, entity, DEQUEUE_SLEEP);
}

/* As schedule() does; NULL: another policy's turn. */
static struct sched_entity *reschedule(void)
{
	struct sched_entity *previous = queue.deadline.current_entity;
	struct sched_entity *next = deadline_class.pick(&queue);

	if (next == previous)
		return next;
	if (previous)
		deadline_class.put_current(&queue, previous);
	if (next)
		deadline_class.set_current(&queue, next);
	return next;
}

/* Lets time pass, rescheduling only when the policy asks for it. */
static void run_for(u64 length)
{
	u64 end = queue.clock + length;

	while (queue.clock < end) {
		struct sched_entity *next = deadline_class.pick(&queue), *running;
		u64 event = deadline_next_event(&queue, next ? next : &other);
		u64 until = MIN(end, MAX(event, queue.clock + 1)), delta = until - queue.clock;

		running = reschedule();
		assert_ptr_equal(running, next);
		queue.clock = until;
		if (running) {
			running->sum_exec += delta;
			deadline_class.charge(&queue, running, delta);
		} else {
			other.sum_exec += delta;
			reserve_fair_ran(&queue, delta);
		}
	}
	reschedule();
}

static void earliest_first(void **state)
{
	struct sched_entity late = entity_for(2 * MS, 20 * MS, 20 * MS);
	struct sched_entity soon = entity_for(2 * MS, 10 * MS, 10 * MS);

	assert_null(reschedule());
	assert_int_equal(deadline_next_event(&queue, &other), UINT64_MAX);
	enqueue(&late);
	assert_ptr_equal(reschedule(), &late);
	assert_int_equal(deadline_next_event(&queue, &late), queue.clock + 2 * MS);
	enqueue(&soon);
	assert_true(deadline_class.preempts(&queue, &soon));
	assert_ptr_equal(deadline_class.candidate(&queue, 0), &soon);
	assert_null(deadline_class.candidate(&queue, 1));
	assert_ptr_equal(reschedule(), &soon);
	fall_asleep(&soon);
	assert_ptr_equal(reschedule(), &late);
	fall_asleep(&late);
	assert_null(reschedule());
	assert_int_equal(queue.deadline.count, 0);
}

/* One that never sleeps gets its share and no more; the rest is for others. */
static void a_greedy_one_is_held(void **state)
{
	struct sched_entity greedy = entity_for(3 * MS, 10 * MS, 10 * MS);

	other.sum_exec = 0;
	enqueue(&greedy);
	run_for(1000 * MS);
	assert_in_range(greedy.sum_exec, 300 * MS, 303 * MS);
	assert_in_range(other.sum_exec, 697 * MS, 700 * MS);
	assert_true(greedy.server.overrun);
	fall_asleep(&greedy);
}

/* Shares of 95 % in all: each has its own in each period, whatever the others want. */
static void each_gets_its_share(void **state)
{
	struct sched_entity entities[] = {
		entity_for(2 * MS, 10 * MS, 10 * MS),
		entity_for(5 * MS, 25 * MS, 25 * MS),
		entity_for(30 * MS, 100 * MS, 100 * MS),
		entity_for(MS, 4 * MS, 4 * MS),
	};
	const u64 share[] = { 200, 200, 300, 250 };

	for (unsigned int i = 0; i < 4; i++)
		enqueue(&entities[i]);
	for (unsigned int second = 1; second <= 10; second++) {
		run_for(1000 * MS);
		for (unsigned int i = 0; i < 4; i++)
			assert_in_range(entities[i].sum_exec, (second * share[i] - 30) * MS,
					(second * share[i] + 30) * MS);
	}
}

/* Who works for its budget and sleeps until its next period meets all deadlines beside greedy ones.
 */
static void deadlines_are_met(void **state)
{
	struct sched_entity greedy = entity_for(6 * MS, 10 * MS, 10 * MS);
	struct sched_entity worker = entity_for(3 * MS, 10 * MS, 10 * MS);

	enqueue(&greedy);
	for (unsigned int period = 0; period < 200; period++) {
		u64 begin = queue.clock, before = worker.sum_exec;

		enqueue(&worker);
		while (worker.sum_exec - before < 3 * MS - STEP)
			run_for(STEP);
		assert_true(queue.clock <= begin + 10 * MS);
		fall_asleep(&worker);
		run_for(begin + 10 * MS - queue.clock);
	}
	assert_false(worker.server.overrun);
}

/* One that sleeps and wakes at will takes no more than its share either. */
static void waking_gives_no_more(void **state)
{
	struct sched_entity entity = entity_for(2 * MS, 10 * MS, 10 * MS);

	enqueue(&entity);
	for (unsigned int i = 0; i < 5000; i++) {
		run_for(100 + host_random() % 300000);
		fall_asleep(&entity);
		run_for(host_random() % 20000);
		enqueue(&entity);
	}
	assert_true(entity.sum_exec <= (queue.clock - 1000 * MS) / 5 + 4 * MS);
	fall_asleep(&entity);
}

/* With a deadline before the period's end, a second wake-up waits for the next period. */
static void a_short_deadline_waits(void **state)
{
	struct sched_entity entity = entity_for(2 * MS, 4 * MS, 20 * MS);
	u64 begin = queue.clock;

	enqueue(&entity);
	assert_ptr_equal(reschedule(), &entity);
	run_for(MS);
	fall_asleep(&entity);
	run_for(5 * MS);
	enqueue(&entity);
	assert_null(reschedule());
	assert_int_equal(deadline_next_event(&queue, &other), begin + 20 * MS);
	run_for(14 * MS);
	assert_ptr_equal(reschedule(), &entity);
	assert_int_equal(entity.server.budget, 2 * MS);
	fall_asleep(&entity);
}

static void yield_ends_the_period(void **state)
{
	struct sched_entity entity = entity_for(2 * MS, 10 * MS, 10 * MS);

	enqueue(&entity);
	reschedule();
	run_for(MS);
	deadline_class.yield(&queue, &entity);
	assert_true(deadline_class.tick(&queue, &entity));
	assert_null(reschedule());
	run_for(9 * MS);
	assert_ptr_equal(reschedule(), &entity);
	assert_int_equal(entity.server.budget, 2 * MS);
	fall_asleep(&entity);
}

/* Fair tasks that want the hart have a twentieth of it, even of who was promised all of it; and who
 * was promised the rest has that. */
static void fair_tasks_keep_their_reserve(void **state)
{
	static const u64 wanted[] = { 10, 9 };

	for (unsigned int i = 0; i < 2; i++) {
		struct sched_entity greedy = entity_for(wanted[i] * MS, 10 * MS, 10 * MS);

		setup(NULL);
		queue.fair.count = 1;
		other.sum_exec = 0;
		enqueue(&greedy);
		for (unsigned int ms = 0; ms < 20000; ms++)
			run_for(MS);
		assert_in_range(other.sum_exec, i ? 1990 * MS : 950 * MS,
				i ? 2010 * MS : 1050 * MS);
		assert_int_equal(greedy.sum_exec + other.sum_exec, 20000 * MS);
		fall_asleep(&greedy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(earliest_first, setup),
		cmocka_unit_test_setup(a_greedy_one_is_held, setup),
		cmocka_unit_test_setup(each_gets_its_share, setup),
		cmocka_unit_test_setup(deadlines_are_met, setup),
		cmocka_unit_test_setup(waking_gives_no_more, setup),
		cmocka_unit_test_setup(a_short_deadline_waits, setup),
		cmocka_unit_test_setup(yield_ends_the_period, setup),
		cmocka_unit_test_setup(fair_tasks_keep_their_reserve, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
