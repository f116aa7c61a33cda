/* SPDX-License-Identifier: MIT */
/* sources: kernel/sched/rt.c kernel/sched/reserve.c kernel/lib/bitmap.c tests/unit/host.c */
/*
 * SCHED_FIFO and SCHED_RR: the most urgent first, turns within a level as sched(7) has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sched/class.h"

enum { TICK = 4000000 };

static struct runqueue queue;

static int setup(void **state)
{
	queue = (struct runqueue){ 0 };
	for (unsigned int i = 0; i < RT_LEVELS; i++)
		list_init(&queue.rt.level[i]);
	return 0;
}

static struct sched_entity entity_of(enum sched_policy policy, u8 priority)
{
	return (struct sched_entity){
		.class = &rt_class,
		.policy = (u8)policy,
		.rt_priority = priority,
		.urgency = priority,
	};
}

static void enqueue(struct sched_entity *entity)
{
	rt_class.enqueue(&queue, entity, ENQUEUE_WAKEUP);
}

static struct sched_entity *reschedule(void)
{
	struct sched_entity *previous = queue.rt.current_entity, *next = rt_class.pick(&queue);

	if (next == previous)
		return next;
	if (previous)
		rt_class.put_current(&queue, previous);
	if (next)
		rt_class.set_current(&queue, next);
	return next;
}

/* Runs until the tick wants another one, at most limit ticks; returns the ticks. */
static unsigned int run_until_resched(unsigned int limit)
{
	struct sched_entity *entity = queue.rt.current_entity;

	for (unsigned int ticks = 1; ticks <= limit; ticks++) {
		rt_class.charge(&queue, entity, TICK);
		if (rt_class.tick(&queue, entity))
			return ticks;
	}
	return limit;
}

static void urgent_ones_first(void **state)
{
	struct sched_entity low = entity_of(SCHED_FIFO, 1), high = entity_of(SCHED_FIFO, 99);
	struct sched_entity middle = entity_of(SCHED_RR, 50);

	assert_null(rt_class.pick(&queue));
	enqueue(&low);
	assert_ptr_equal(reschedule(), &low);
	enqueue(&high);
	assert_true(rt_class.preempts(&queue, &high));
	assert_ptr_equal(reschedule(), &high);
	enqueue(&middle);
	assert_false(rt_class.preempts(&queue, &middle));
	assert_ptr_equal(reschedule(), &high);
	rt_class.dequeue(&queue, &high, DEQUEUE_SLEEP);
	assert_ptr_equal(reschedule(), &middle);
	rt_class.dequeue(&queue, &middle, DEQUEUE_SLEEP);
	assert_ptr_equal(reschedule(), &low);
	rt_class.dequeue(&queue, &low, DEQUEUE_SLEEP);
	assert_null(reschedule());
	assert_int_equal(queue.rt.count, 0);
}

static void fifo_runs_until_it_sleeps(void **state)
{
	struct sched_entity a = entity_of(SCHED_FIFO, 10), b = entity_of(SCHED_FIFO, 10);

	enqueue(&a);
	enqueue(&b);
	assert_ptr_equal(reschedule(), &a);
	assert_int_equal(run_until_resched(1000), 1000);
	assert_ptr_equal(reschedule(), &a);
	rt_class.dequeue(&queue, &a, DEQUEUE_SLEEP);
	assert_ptr_equal(reschedule(), &b);
}

static void preempted_one_keeps_its_turn(void **state)
{
	struct sched_entity a = entity_of(SCHED_FIFO, 10), b = entity_of(SCHED_FIFO, 10);
	struct sched_entity high = entity_of(SCHED_FIFO, 20);

	enqueue(&a);
	enqueue(&b);
	reschedule();
	enqueue(&high);
	assert_ptr_equal(reschedule(), &high);
	rt_class.dequeue(&queue, &high, DEQUEUE_SLEEP);
	assert_ptr_equal(reschedule(), &a);
}

static void round_robin_takes_turns(void **state)
{
	struct sched_entity entities[3];

	for (unsigned int i = 0; i < 3; i++) {
		entities[i] = entity_of(SCHED_RR, 5);
		enqueue(&entities[i]);
	}
	for (unsigned int i = 0; i < 9; i++) {
		assert_ptr_equal(reschedule(), &entities[i % 3]);
		assert_int_equal(run_until_resched(1000), RR_SLICE / TICK);
	}
}

static void round_robin_alone_goes_on(void **state)
{
	struct sched_entity a = entity_of(SCHED_RR, 5), lower = entity_of(SCHED_RR, 4);

	enqueue(&a);
	enqueue(&lower);
	reschedule();
	assert_int_equal(run_until_resched(1000), 1000);
	assert_ptr_equal(reschedule(), &a);
	assert_true(a.slice_left > 0);
}

static void yield_goes_to_the_tail(void **state)
{
	struct sched_entity a = entity_of(SCHED_FIFO, 10), b = entity_of(SCHED_FIFO, 10);

	enqueue(&a);
	reschedule();
	rt_class.yield(&queue, &a);
	assert_ptr_equal(reschedule(), &a);
	enqueue(&b);
	rt_class.yield(&queue, &a);
	assert_ptr_equal(reschedule(), &b);
	rt_class.yield(&queue, &b);
	assert_ptr_equal(reschedule(), &a);
}

static void candidates_most_urgent_first(void **state)
{
	struct sched_entity entities[4] = {
		entity_of(SCHED_FIFO, 99),
		entity_of(SCHED_FIFO, 10),
		entity_of(SCHED_FIFO, 10),
		entity_of(SCHED_FIFO, 1),
	};

	for (unsigned int i = 0; i < 4; i++)
		enqueue(&entities[i]);
	assert_ptr_equal(reschedule(), &entities[0]);
	for (unsigned int n = 0; n < 3; n++)
		assert_ptr_equal(rt_class.candidate(&queue, n), &entities[n + 1]);
	assert_null(rt_class.candidate(&queue, 3));
}

/* How long fair tasks run of so many ticks, when they want the hart from the first one named on,
 * and a real-time task always does, but for every n-th tick (0: never). */
static u64 fair_share(unsigned int ticks, unsigned int first, unsigned int others_sleep)
{
	struct sched_entity greedy = entity_of(SCHED_FIFO, 50);
	u64 fair_ran = 0;

	enqueue(&greedy);
	for (unsigned int tick = 0; tick < ticks; tick++) {
		bool asleep = others_sleep && tick % others_sleep == 0;
		struct sched_entity *running = reschedule();

		queue.clock += TICK;
		queue.fair.count = tick >= first;
		if (running && !asleep) {
			rt_class.charge(&queue, running, TICK);
			assert_int_equal(rt_class.tick(&queue, running), fair_goes_first(&queue));
		} else {
			reserve_fair_ran(&queue, TICK);
			fair_ran += TICK;
		}
	}
	rt_class.dequeue(&queue, &greedy, DEQUEUE_SLEEP);
	return fair_ran;
}

/* Fair tasks that wait get a twentieth of the hart; while none does, nothing is given away. */
static void others_are_not_starved(void **state)
{
	u64 turn = RESERVE_PATIENCE / (RESERVE_SHARE - 1);

	assert_in_range(fair_share(1260, 250, 0), 4 * turn - TICK, 4 * (turn + TICK));
}

/* Who gets more than that takes nothing from real-time tasks. */
static void content_ones_take_nothing(void **state)
{
	assert_int_equal(fair_share(5000, 0, 10), 500 * (u64)TICK);
	assert_false(queue.reserve.goes_first);
}

static void turn_that_nobody_wants_passes(void **state)
{
	struct sched_entity greedy = entity_of(SCHED_FIFO, 50);

	enqueue(&greedy);
	reschedule();
	queue.fair.count = 1;
	rt_class.charge(&queue, &greedy, RESERVE_PATIENCE);
	assert_null(rt_class.pick(&queue));
	queue.fair.count = 0;
	assert_ptr_equal(reschedule(), &greedy);
	rt_class.charge(&queue, &greedy, RESERVE_PATIENCE);
	queue.fair.count = 1;
	assert_ptr_equal(reschedule(), &greedy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(urgent_ones_first, setup),
		cmocka_unit_test_setup(fifo_runs_until_it_sleeps, setup),
		cmocka_unit_test_setup(preempted_one_keeps_its_turn, setup),
		cmocka_unit_test_setup(round_robin_takes_turns, setup),
		cmocka_unit_test_setup(round_robin_alone_goes_on, setup),
		cmocka_unit_test_setup(yield_goes_to_the_tail, setup),
		cmocka_unit_test_setup(candidates_most_urgent_first, setup),
		cmocka_unit_test_setup(others_are_not_starved, setup),
		cmocka_unit_test_setup(content_ones_take_nothing, setup),
		cmocka_unit_test_setup(turn_that_nobody_wants_passes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
