/* SPDX-License-Identifier: MIT */
/* sources: kernel/base/lock.c kernel/base/lockdep.c tests/unit/host.c */
/*
 * The rank checks of spinlocks: what the order permits passes, what it forbids panics and names
 * the locks' ranks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/lock.h"
#include "base/perhart.h"
#include "host.h"

unsigned long perhart_offset[MAX_HARTS];

static spinlock_t low = SPINLOCK_INIT(RANK_FILES);
static spinlock_t queue_a = SPINLOCK_INIT(RANK_RUNQUEUE);
static spinlock_t queue_b = SPINLOCK_INIT(RANK_RUNQUEUE);
static spinlock_t high = SPINLOCK_INIT(RANK_PAGE);

static void test_order(void **state)
{
	spin_lock(&low);
	spin_lock(&queue_a);
	spin_lock_nested(&queue_b);
	spin_lock(&high);
	assert_true(spin_is_locked(&high));
	spin_unlock(&queue_a); /* any order */
	spin_unlock(&high);
	spin_unlock(&low);
	spin_unlock(&queue_b);
	assert_false(spin_is_locked(&high));
	lock_check_may_sleep();
}

static void test_trylock(void **state)
{
	spin_lock(&high);
	assert_true(spin_trylock(&low)); /* never waits, so needs no order */
	assert_false(spin_trylock(&low));
	spin_unlock(&high);
	spin_unlock(&low);
}

static void test_tickets_wrap(void **state)
{
	for (int i = 0; i < 70000; i++) {
		spin_lock(&low);
		spin_unlock(&low);
	}
	assert_true(spin_trylock(&low));
	spin_unlock(&low);
}

static void test_violations(void **state)
{
	static spinlock_t raw;

	expect_panic("no rank", spin_lock(&raw));
	expect_panic("does not hold it", spin_unlock(&low));
	spin_lock(&queue_a);
	expect_panic("(files) is taken under", spin_lock(&low));
	expect_panic("(runqueue), against the rank order", spin_lock(&queue_b));
	expect_panic("(runqueue) is taken twice", spin_lock_nested(&queue_a));
	expect_panic("about to sleep", lock_check_may_sleep());
	spin_unlock(&queue_a);
	lock_check_may_sleep();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_trylock),
		cmocka_unit_test(test_tickets_wrap),
		cmocka_unit_test(test_violations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
