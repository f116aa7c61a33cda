/* SPDX-License-Identifier: MIT */
/* sources: kernel/sched/fair.c kernel/sched/reserve.c kernel/lib/rbtree.c tests/unit/host.c */
/*
 * The fair policy: shares follow weights, nobody is owed more than a slice and a tick (with any
 * number of entities), lag survives sleep and migration, the tree's sums and order hold.
 *
 * The test plays the core: it gives a policy a clock, charges the running entity, and picks at
 * ticks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sched/class.h"

enum { TICK = 4000000, MANY = 200 };

static struct runqueue queue;
static u32 random_state;

/* Numerical Recipes' linear congruential generator: the same life in each run. */
static u32 random_below(u32 limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % limit;
}

static s64 distance(s64 difference)
{
	return difference < 0 ? -difference : difference;
}

static void setup_queue(struct runqueue *rq)
{
	*rq = (struct runqueue){ .clock = 1000 };
}

static struct sched_entity entity_of_weight(u32 weight)
{
	return (struct sched_entity){ .class = &fair_class, .weight = weight, .slice = FAIR_SLICE };
}

static void enqueue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	rq->count++;
	entity->on_rq = true;
	fair_class.enqueue(rq, entity, flags);
}

static void dequeue(struct runqueue *rq, struct sched_entity *entity, unsigned int flags)
{
	rq->count--;
	entity->on_rq = false;
	fair_class.dequeue(rq, entity, flags);
}

static struct sched_entity *running(struct runqueue *rq)
{
	return rq->fair.current_entity;
}

/* What schedule() does. */
static struct sched_entity *reschedule(struct runqueue *rq)
{
	struct sched_entity *previous = running(rq), *next = fair_class.pick(rq);

	if (next == previous)
		return next;
	if (previous)
		fair_class.put_current(rq, previous);
	if (next) {
		fair_class.set_current(rq, next);
		next->exec_start = rq->clock;
	}
	return next;
}

static void run_for(struct runqueue *rq, u64 ns)
{
	struct sched_entity *entity = running(rq);

	rq->clock += ns;
	entity->exec_start = rq->clock;
	entity->sum_exec += ns;
	fair_class.charge(rq, entity, ns);
}

static void run_ticks(struct runqueue *rq, unsigned int ticks)
{
	while (ticks--) {
		run_for(rq, TICK);
		if (fair_class.tick(rq, running(rq)))
			reschedule(rq);
	}
}

/* FAIR1 and FAIR2, by looking at every entity. */
static u64 check_tree(struct rb_node *node, u64 *weight, s64 *sum, u64 *last, u32 *count)
{
	struct sched_entity *entity;
	u64 least;

	if (!node)
		return 0;
	entity = rb_entry(node, struct sched_entity, node);
	least = entity->deadline;
	if (node->left) {
		u64 left = check_tree(node->left, weight, sum, last, count);

		least = (s64)(left - least) < 0 ? left : least;
	}
	assert_true(*count == 0 || (s64)(entity->vruntime - *last) >= 0);
	*last = entity->vruntime;
	*weight += entity->weight;
	*sum += (s64)(entity->vruntime - queue.fair.base) * entity->weight;
	++*count;
	if (node->right) {
		u64 right = check_tree(node->right, weight, sum, last, count);

		least = (s64)(right - least) < 0 ? right : least;
	}
	assert_int_equal(entity->min_deadline, least);
	return least;
}

static void check_queue(void)
{
	u64 weight = 0, last = 0;
	s64 sum = 0;
	u32 count = 0;

	check_tree(queue.fair.tree.node, &weight, &sum, &last, &count);
	assert_int_equal(weight, queue.fair.total_weight);
	assert_int_equal(sum, queue.fair.weighted_sum);
	assert_int_equal(count + (running(&queue) ? 1 : 0), queue.fair.count);
}

static void alone_runs_on(void **state)
{
	struct sched_entity a = entity_of_weight(1024);

	setup_queue(&queue);
	assert_null(fair_class.pick(&queue));
	enqueue(&queue, &a, ENQUEUE_NEW);
	assert_ptr_equal(reschedule(&queue), &a);
	run_ticks(&queue, 1000);
	assert_ptr_equal(running(&queue), &a);
	fair_class.yield(&queue, &a);
	assert_ptr_equal(fair_class.pick(&queue), &a);
	dequeue(&queue, &a, DEQUEUE_SLEEP);
	assert_null(fair_class.pick(&queue));
	assert_int_equal(queue.fair.total_weight, 0);
	assert_int_equal(queue.fair.weighted_sum, 0);
}

static void shares_follow_weights(void **state)
{
	static const u32 weights[] = { 1024, 2048, 512, 15, 88818 };
	struct sched_entity entities[5];
	u64 total = 0, weight = 0;

	setup_queue(&queue);
	for (unsigned int i = 0; i < 5; i++) {
		entities[i] = entity_of_weight(weights[i]);
		enqueue(&queue, &entities[i], ENQUEUE_NEW);
		weight += weights[i];
	}
	reschedule(&queue);
	for (unsigned int i = 0; i < 1000; i++) {
		run_ticks(&queue, 100);
		check_queue();
	}
	total = 1000 * 100 * (u64)TICK;
	for (unsigned int i = 0; i < 5; i++) {
		s64 ideal = (s64)(total * weights[i] / weight);
		s64 error = (s64)entities[i].sum_exec - ideal;

		assert_true(distance(error) <= FAIR_SLICE + 2 * TICK);
	}
}

static void nobody_waits_long(void **state)
{
	static struct sched_entity entities[MANY];

	setup_queue(&queue);
	for (unsigned int i = 0; i < MANY; i++) {
		entities[i] = entity_of_weight(1024);
		enqueue(&queue, &entities[i], ENQUEUE_NEW);
		if (!running(&queue))
			reschedule(&queue);
		run_ticks(&queue, 1);
	}
	for (unsigned int i = 0; i < MANY; i++)
		entities[i].sum_exec = 0;
	for (u64 tick = 1; tick <= 20 * MANY; tick++) {
		s64 ideal = (s64)(tick * TICK / MANY);

		run_ticks(&queue, 1);
		for (unsigned int i = 0; i < MANY; i++)
			assert_true(distance((s64)entities[i].sum_exec - ideal) <=
				    FAIR_SLICE + 3 * TICK);
	}
	check_queue();
}

static void random_life_keeps_the_sums(void **state)
{
	static struct sched_entity entities[MANY];
	static const u32 weights[] = { 3, 15, 335, 1024, 3125, 88818 };

	setup_queue(&queue);
	random_state = 7;
	for (unsigned int i = 0; i < MANY; i++)
		entities[i] = entity_of_weight(weights[random_below(6)]);
	for (unsigned int step = 0; step < 50000; step++) {
		struct sched_entity *entity = &entities[random_below(MANY)];

		if (entity->on_rq)
			dequeue(&queue, entity, random_below(2) ? DEQUEUE_SLEEP : 0);
		else
			enqueue(&queue, entity,
				random_below(2) ? ENQUEUE_WAKEUP : ENQUEUE_MIGRATED);
		reschedule(&queue);
		if (running(&queue))
			run_for(&queue, random_below(2 * TICK));
		if (running(&queue) && random_below(8) == 0)
			fair_class.yield(&queue, running(&queue));
		check_queue();
		assert_true(!queue.count == !fair_class.pick(&queue));
	}
}

static void sleeper_cannot_save_up(void **state)
{
	struct sched_entity hog = entity_of_weight(1024), sleeper = entity_of_weight(1024);
	u64 before;

	setup_queue(&queue);
	enqueue(&queue, &hog, ENQUEUE_NEW);
	enqueue(&queue, &sleeper, ENQUEUE_NEW);
	reschedule(&queue);
	run_ticks(&queue, 10);
	dequeue(&queue, &sleeper, DEQUEUE_SLEEP);
	reschedule(&queue);
	run_ticks(&queue, 10000);
	enqueue(&queue, &sleeper, ENQUEUE_WAKEUP);
	before = hog.sum_exec;
	run_ticks(&queue, 100);
	assert_true(hog.sum_exec - before >= 100 * (u64)TICK / 2 - 3 * TICK);
}

static void debt_is_kept_and_paid(void **state)
{
	struct sched_entity a = entity_of_weight(1024), b = entity_of_weight(1024);

	setup_queue(&queue);
	enqueue(&queue, &a, ENQUEUE_NEW);
	enqueue(&queue, &b, ENQUEUE_NEW);
	reschedule(&queue);
	assert_ptr_equal(running(&queue), &a);
	run_for(&queue, TICK);
	dequeue(&queue, &a, DEQUEUE_SLEEP);
	assert_true(a.vlag < 0);
	reschedule(&queue);

	/* Back at once: the debt stands, b runs on. */
	enqueue(&queue, &a, ENQUEUE_WAKEUP);
	assert_ptr_equal(fair_class.pick(&queue), &b);
	assert_true((s64)(a.vruntime - b.vruntime) > 0);
	dequeue(&queue, &a, DEQUEUE_SLEEP);
	assert_true(a.vlag < 0);

	run_for(&queue, TICK);
	enqueue(&queue, &a, ENQUEUE_WAKEUP);
	assert_true((s64)(a.vruntime - b.vruntime) <= 0);
}

static void lag_moves_with_the_entity(void **state)
{
	static struct runqueue other;
	struct sched_entity a = entity_of_weight(1024), b = entity_of_weight(1024);
	struct sched_entity c = entity_of_weight(1024);
	s64 lag;

	setup_queue(&queue);
	setup_queue(&other);
	enqueue(&queue, &a, ENQUEUE_NEW);
	enqueue(&queue, &b, ENQUEUE_NEW);
	enqueue(&other, &c, ENQUEUE_NEW);
	reschedule(&queue);
	reschedule(&other);
	run_for(&other, 1000 * (u64)TICK);
	run_for(&queue, TICK);
	dequeue(&queue, &b, ENQUEUE_MIGRATED);
	lag = b.vlag;
	assert_true(lag > 0);
	other.clock = queue.clock;
	enqueue(&other, &b, ENQUEUE_MIGRATED);
	dequeue(&other, &b, ENQUEUE_MIGRATED);
	assert_true(distance(b.vlag - lag) <= 2);
}

static void yield_lets_another_run(void **state)
{
	struct sched_entity a = entity_of_weight(1024), b = entity_of_weight(15);

	setup_queue(&queue);
	enqueue(&queue, &a, ENQUEUE_NEW);
	enqueue(&queue, &b, ENQUEUE_NEW);
	reschedule(&queue);
	for (unsigned int i = 0; i < 100; i++) {
		struct sched_entity *yielder = running(&queue);

		run_for(&queue, 100);
		fair_class.yield(&queue, yielder);
		assert_ptr_not_equal(reschedule(&queue), yielder);
	}
}

static void wakers_are_not_preempted_at_once(void **state)
{
	struct sched_entity a = entity_of_weight(1024), b = entity_of_weight(1024);

	setup_queue(&queue);
	enqueue(&queue, &a, ENQUEUE_NEW);
	reschedule(&queue);
	run_for(&queue, 1000);
	enqueue(&queue, &b, ENQUEUE_WAKEUP);
	assert_false(fair_class.preempts(&queue, &b));
	run_for(&queue, TICK);
	assert_true(fair_class.preempts(&queue, &b));
	b.policy = SCHED_BATCH;
	assert_false(fair_class.preempts(&queue, &b));
	a.policy = SCHED_IDLE;
	assert_true(fair_class.preempts(&queue, &b));
}

static void who_is_a_slice_behind_preempts_at_once(void **state)
{
	struct sched_entity a = entity_of_weight(1024), b = entity_of_weight(1024);

	setup_queue(&queue);
	enqueue(&queue, &a, ENQUEUE_NEW);
	reschedule(&queue);
	run_for(&queue, 1000);
	b.vlag = 2 * FAIR_SLICE;
	enqueue(&queue, &b, ENQUEUE_WAKEUP);
	assert_true(fair_class.preempts(&queue, &b));
	assert_ptr_equal(reschedule(&queue), &b);
}

static void candidates_are_those_that_wait(void **state)
{
	struct sched_entity entities[4];
	bool seen[4] = { false };

	setup_queue(&queue);
	for (unsigned int i = 0; i < 4; i++) {
		entities[i] = entity_of_weight(1024);
		enqueue(&queue, &entities[i], ENQUEUE_NEW);
	}
	reschedule(&queue);
	for (unsigned int n = 0; n < 3; n++) {
		struct sched_entity *entity = fair_class.candidate(&queue, n);

		assert_non_null(entity);
		assert_ptr_not_equal(entity, running(&queue));
		assert_false(seen[entity - entities]);
		seen[entity - entities] = true;
	}
	assert_null(fair_class.candidate(&queue, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone_runs_on),
		cmocka_unit_test(shares_follow_weights),
		cmocka_unit_test(nobody_waits_long),
		cmocka_unit_test(random_life_keeps_the_sums),
		cmocka_unit_test(sleeper_cannot_save_up),
		cmocka_unit_test(debt_is_kept_and_paid),
		cmocka_unit_test(lag_moves_with_the_entity),
		cmocka_unit_test(yield_lets_another_run),
		cmocka_unit_test(wakers_are_not_preempted_at_once),
		cmocka_unit_test(who_is_a_slice_behind_preempts_at_once),
		cmocka_unit_test(candidates_are_those_that_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
