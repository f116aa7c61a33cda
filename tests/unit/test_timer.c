/* SPDX-License-Identifier: MIT */
/* sources: kernel/sched/timer.c kernel/lib/rbtree.c kernel/base/lock.c kernel/base/lockdep.c
 *	tests/unit/host.c */
/*
 * Timers of one hart: they fire in the order of their expiry and not before it, may start
 * themselves and others again, and do not fire once cancelled. A tick of the test's clock is 1 ns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/hart.h"
#include "base/perhart.h"
#include "host.h"
#include "sched/timer.h"

enum { MANY = 500 };

unsigned long perhart_offset[MAX_HARTS];
unsigned int nr_harts = 1;

nsec_t clock_monotonic(void)
{
	return (nsec_t)host_ticks;
}

static nsec_t offset_of_realtime;

nsec_t clock_realtime_offset(void)
{
	return offset_of_realtime;
}

u64 clock_ns_to_ticks(nsec_t ns)
{
	return (u64)ns;
}

static struct timer timers[MANY];
static nsec_t fired_at[MANY];
static unsigned int fired;
static nsec_t last_expiry;

/* The helper that an interrupt wakes when it leaves timers over. */
static unsigned int helper_woken;

bool try_to_wake_up(struct task_struct *task, unsigned int states)
{
	assert_ptr_equal(task, &fired);
	helper_woken++;
	return true;
}

static void note(struct timer *timer)
{
	assert_true(timer->expires <= clock_monotonic());
	assert_true(timer->expires >= last_expiry);
	last_expiry = timer->expires;
	fired_at[timer - timers] = clock_monotonic();
	fired++;
}

static int setup(void **state)
{
	host_ticks = 1000;
	last_expiry = 0;
	fired = 0;
	helper_woken = 0;
	timer_set_helper(0, (struct task_struct *)&fired);
	for (unsigned int i = 0; i < MANY; i++) {
		timer_init(&timers[i], note);
		fired_at[i] = 0;
	}
	return 0;
}

static void advance_to(u64 ticks)
{
	host_ticks = ticks;
	timer_interrupt();
	while (timer_is_due())
		timer_run_batch();
}

static void fires_in_order(void **state)
{
	for (unsigned int i = 0; i < MANY; i++)
		timer_start(&timers[i], 1000 + (nsec_t)(host_random() % 1000));
	for (u64 now = 1000; now <= 2000; now += 10)
		advance_to(now);
	assert_int_equal(fired, MANY);
	for (unsigned int i = 0; i < MANY; i++)
		assert_true(fired_at[i] - timers[i].expires < 10);
	assert_int_equal(timer_next_expiry(), NSEC_NEVER);
}

static void cancelled_ones_do_not_fire(void **state)
{
	for (unsigned int i = 0; i < MANY; i++)
		timer_start(&timers[i], 1000 + (nsec_t)(host_random() % 1000));
	for (unsigned int i = 0; i < MANY; i += 2) {
		assert_true(timer_cancel(&timers[i]));
		assert_false(timer_cancel(&timers[i]));
	}
	advance_to(3000);
	assert_int_equal(fired, MANY / 2);
	for (unsigned int i = 0; i < MANY; i += 2)
		assert_int_equal(fired_at[i], 0);
	assert_false(timer_cancel(&timers[1]));
}

static void start_moves_the_expiry(void **state)
{
	timer_start(&timers[0], 2000);
	timer_start(&timers[1], 3000);
	assert_int_equal(timer_next_expiry(), 2000);
	timer_start(&timers[0], 4000);
	assert_int_equal(timer_next_expiry(), 3000);
	advance_to(3500);
	assert_int_equal(fired, 1);
	advance_to(4000);
	assert_int_equal(fired, 2);
}

/* TQ5: no interrupt runs more than a few, all run in the end, with or without the helper. */
static void an_interrupt_is_bounded(void **state)
{
	enum { MOST = 32 };
	unsigned int before;

	for (unsigned int i = 0; i < MANY; i++)
		timer_start(&timers[i], 2000);
	host_ticks = 2000;
	do {
		before = fired;
		timer_interrupt();
		assert_true(fired > before && fired - before <= MOST);
		assert_int_equal(helper_woken, fired < MANY ? fired / MOST : MANY / MOST);
	} while (timer_is_due());
	assert_int_equal(fired, MANY);
	timer_start(&timers[0], 5000);
	assert_int_equal(timer_next_expiry(), 5000);
	assert_true(timer_cancel(&timers[0]));
}

static void periodic(struct timer *timer)
{
	fired++;
	timer_start(timer, timer->expires + 100);
}

static void may_start_itself(void **state)
{
	timers[0].function = periodic;
	timer_start(&timers[0], 1100);
	advance_to(1099);
	assert_int_equal(fired, 0);
	advance_to(1100);
	assert_int_equal(fired, 1);
	advance_to(2000); /* catches up */
	assert_int_equal(fired, 10);
	assert_true(timer_cancel(&timers[0]));
}

static void starts_another(struct timer *timer)
{
	fired++;
	timer_start(&timers[1], timer->expires);
}

static void one_started_late_fires_at_once(void **state)
{
	timers[0].function = starts_another;
	timer_start(&timers[0], 1500);
	advance_to(1600);
	assert_int_equal(fired, 2);
	assert_int_equal(fired_at[1], 1600);
}

/* Hardware that is set to a negative time waits for ever, and all timers with it. */
static void one_before_boot_is_over(void **state)
{
	timer_start(&timers[0], -1000000);
	advance_to(1001);
	assert_int_equal(fired, 1);
	timer_start(&timers[1], 1100);
	advance_to(1100);
	assert_int_equal(fired, 2);
}

static void cancels_itself(struct timer *timer)
{
	fired++;
	assert_false(timer_cancel(timer));
}

static void own_function_may_cancel(void **state)
{
	timers[0].function = cancels_itself;
	timer_start(&timers[0], 1500);
	advance_to(1600);
	assert_int_equal(fired, 1);
}

/* Setting the clock moves what waits for it, and nothing else. */
static void real_time_is_followed(void **state)
{
	offset_of_realtime = 1000000;
	for (unsigned int i = 0; i < 10; i++)
		timer_start_realtime(&timers[i], 1002000 + i % 3);
	timer_start(&timers[10], 2500);
	timer_start_realtime(&timers[11], 5); /* long ago */
	advance_to(1001);
	assert_int_equal(fired, 1);
	offset_of_realtime = 999000; /* back */
	timer_realtime_was_set();
	advance_to(2400);
	assert_int_equal(fired, 1);
	advance_to(2600);
	assert_int_equal(fired, 2);
	offset_of_realtime = 999500; /* forward */
	last_expiry = 0;
	timer_realtime_was_set();
	advance_to(2600);
	assert_int_equal(fired, 12);
	timer_start_realtime(&timers[0], NSEC_NEVER);
	timer_realtime_was_set();
	assert_true(timer_cancel(&timers[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fires_in_order, setup),
		cmocka_unit_test_setup(cancelled_ones_do_not_fire, setup),
		cmocka_unit_test_setup(start_moves_the_expiry, setup),
		cmocka_unit_test_setup(an_interrupt_is_bounded, setup),
		cmocka_unit_test_setup(may_start_itself, setup),
		cmocka_unit_test_setup(one_started_late_fires_at_once, setup),
		cmocka_unit_test_setup(one_before_boot_is_over, setup),
		cmocka_unit_test_setup(own_function_may_cancel, setup),
		cmocka_unit_test_setup(real_time_is_followed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
