/* SPDX-License-Identifier: MIT */
/* sources: kernel/mm/kstack.c kernel/lib/bitmap.c kernel/mm/slab.c kernel/mm/slabpages.c
 * kernel/mm/slabdebug.c kernel/mm/kmalloc.c kernel/mm/page.c kernel/mm/bootmem.c
 * kernel/mm/buddy.c kernel/mm/pagelist.c kernel/mm/hugepage.c kernel/mm/pagefill.c
 * kernel/mm/shrinker.c kernel/mm/perhart.c kernel/base/lock.c kernel/base/lockdep.c
 * tests/unit/host.c */
/* flags: -Wl,-T,tests/unit/perhart.ld */
/*
 * Kernel stacks: each has memory of its own in the upper half of its slot, many come and go, and
 * running out of memory loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/layout.h"
#include "base/perhart.h"
#include "host.h"
#include "lib/string.h"
#include "mm/kstack.h"
#include "mm/page.h"
#include "mm/slab.h"

enum { MANY = 500 };

static void *stacks[4000];

static int boot(void **state)
{
	host_memory(0x80000000, 0x80000000 + 16 * MiB);
	host_kstacks();
	page_init();
	perhart_init(1);
	slab_init();
	kstack_init();
	return 0;
}

static void test_many(void **state)
{
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			stacks[i] = kstack_alloc();
			assert_int_equal((u64)stacks[i] % (2 * KSTACK_SIZE), KSTACK_SIZE);
			memset(stacks[i], i, KSTACK_SIZE);
		}
		for (int i = 0; i < MANY; i++) {
			assert_int_equal(*(u8 *)stacks[i], (u8)i);
			assert_int_equal(((u8 *)stacks[i])[KSTACK_SIZE - 1], (u8)i);
		}
		assert_true(kstack_pages() >= MANY * KSTACK_SIZE / PAGE_SIZE);
		for (int i = 0; i < MANY; i++)
			kstack_free(stacks[i]);
		assert_true(kstack_pages() < 100 * KSTACK_SIZE / PAGE_SIZE);
	}
}

static void test_reuse(void **state)
{
	void *stack = kstack_alloc();

	kstack_free(stack);
	assert_ptr_equal(kstack_alloc(), stack);
	kstack_free(stack);
}

static void test_exhaustion(void **state)
{
	unsigned int count = 0, again = 0;

	while ((stacks[count] = kstack_alloc()))
		count++;
	assert_in_range(count, 16 * MiB / KSTACK_SIZE * 9 / 10, 16 * MiB / KSTACK_SIZE);
	for (unsigned int i = 0; i < count; i++)
		kstack_free(stacks[i]);
	while ((stacks[again] = kstack_alloc()))
		again++;
	assert_int_equal(again, count);
	while (again)
		kstack_free(stacks[--again]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_exhaustion),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
