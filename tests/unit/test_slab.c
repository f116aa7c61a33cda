/* SPDX-License-Identifier: MIT */
/* sources: kernel/mm/slab.c kernel/mm/slabpages.c kernel/mm/slabdebug.c kernel/mm/slabreport.c
 * kernel/mm/kmalloc.c kernel/mm/page.c kernel/mm/bootmem.c kernel/mm/buddy.c
 * kernel/mm/pagelist.c kernel/mm/hugepage.c kernel/mm/pagefill.c kernel/mm/shrinker.c
 * kernel/mm/perhart.c kernel/base/lock.c kernel/base/lockdep.c tests/unit/host.c */
/* flags: -Wl,-T,tests/unit/perhart.ld */
/*
 * Slab caches over real pages, on two harts in turn: objects are aligned, apart, and keep what is
 * written to them; memory comes back; misuse is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/machine.h"
#include "base/perhart.h"
#include "host.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

enum { OBJECTS = 3000, CONSTRUCTED = 0x1234 };

static void *objects[OBJECTS];

static void be_hart(unsigned int hart)
{
	host_current->hart = hart;
	host_current->perhart = perhart_offset[hart];
}

static int boot(void **state)
{
	host_memory(0x80000000, 0x80000000 + 16 * MiB);
	page_init();
	perhart_init(2);
	slab_init();
	return 0;
}

static struct slab_stats stats_of(const char *name)
{
	struct slab_stats stats;

	for (unsigned int i = 0; slab_stats(i, &stats); i++)
		if (!strcmp(stats.name, name))
			return stats;
	fail_msg("no cache %s", name);
	return (struct slab_stats){ 0 };
}

static u64 free_pages(void)
{
	struct page_stats stats;

	page_stats(&stats);
	return stats.free;
}

/* Gives back what both harts' magazines hold. */
static void shrink_everywhere(void)
{
	be_hart(1);
	slab_shrink();
	be_hart(0);
	slab_shrink();
}

/* Objects of a cache live and die at random, each filled with a number of its own. */
static void random_life(struct kmem_cache *cache, size_t size, size_t align, unsigned int live)
{
	static u8 mark[OBJECTS];

	memset(objects, 0, sizeof(objects));
	for (int step = 0; step < 30000; step++) {
		unsigned int i = host_random() % live;
		u8 *object = objects[i];

		if (step % 100 == 0)
			be_hart(host_random() % 2);
		if (object) {
			assert_int_equal(object[0], mark[i]);
			assert_int_equal(object[size - 1], mark[i]);
			kmem_cache_free(cache, object);
			objects[i] = NULL;
			continue;
		}
		object = kmem_cache_alloc(cache);
		assert_non_null(object);
		assert_int_equal((u64)object % align, 0);
		mark[i] = host_random();
		memset(object, mark[i], size);
		objects[i] = object;
	}
	for (unsigned int i = 0; i < live; i++)
		if (objects[i])
			kmem_cache_free(cache, objects[i]);
	be_hart(0);
}

static void test_random_life(void **state)
{
	static const struct {
		const char *name;
		size_t size, align;
		unsigned int live;
	} kinds[] = {
		{ "test-1", 1, 8, 3000 },	  { "test-40", 40, 8, 3000 },
		{ "test-64", 64, 64, 2000 },	  { "test-200", 200, 16, 2000 },
		{ "test-700", 700, 8, 1000 },	  { "test-3000", 3000, 8, 500 },
		{ "test-4096", 4096, 4096, 300 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct kmem_cache *cache =
			kmem_cache_create(kinds[i].name, kinds[i].size, kinds[i].align, NULL);
		struct slab_stats stats;
		u64 before;

		shrink_everywhere();
		before = free_pages();
		random_life(cache, kinds[i].size, kinds[i].align, kinds[i].live);
		stats = stats_of(kinds[i].name);
		assert_int_equal(stats.active, 0);
		assert_true(stats.allocations > 10000);
		assert_true(stats.misses < stats.allocations / 4);
		shrink_everywhere();
		assert_int_equal(stats_of(kinds[i].name).slabs, 0);
		assert_int_equal(free_pages(), before);
	}
}

static void construct(void *object)
{
	*(u32 *)object = CONSTRUCTED;
}

static void test_constructor(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("test-ctor", 20, 4, construct);

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < OBJECTS; i++) {
			objects[i] = kmem_cache_alloc(cache);
			assert_int_equal(*(u32 *)objects[i], CONSTRUCTED);
			((u32 *)objects[i])[4] = i;
		}
		for (int i = 0; i < OBJECTS; i++)
			assert_int_equal(((u32 *)objects[i])[4], i);
		for (int i = 0; i < OBJECTS; i++)
			kmem_cache_free(cache, objects[i]);
	}
}

static void test_stats(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("test-stats", 100, 0, NULL);
	struct slab_stats stats;

	for (int i = 0; i < 500; i++)
		objects[i] = kmem_cache_zalloc(cache);
	for (int i = 0; i < 100; i++)
		assert_int_equal(((u8 *)objects[499])[i], 0);
	be_hart(1);
	for (int i = 0; i < 200; i++)
		kmem_cache_free(cache, objects[i]);
	be_hart(0);
	stats = stats_of("test-stats");
	assert_int_equal(stats.active, 300);
	assert_int_equal(stats.allocations, 500);
	assert_int_equal(stats.total, stats.slabs * stats.per_slab);
	assert_in_range(stats.total, 500, 500 + 2 * stats.per_slab);
	assert_true(stats.size >= 100);
	for (int i = 200; i < 500; i++)
		kmem_cache_free(cache, objects[i]);
	assert_int_equal(stats_of("test-stats").active, 0);
}

static void test_kmalloc(void **state)
{
	static const size_t sizes[] = { 1,    15,   16,	  17,	48,   100,  500,   1024,
					1025, 1500, 2048, 4096, 8192, 8193, 20000, 1 * MiB };
	void *memory[ARRAY_SIZE(sizes)];
	u64 before;

	shrink_everywhere();
	before = free_pages();
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			memory[i] = round ? kmalloc(sizes[i]) : kzalloc(sizes[i]);
			assert_non_null(memory[i]);
			assert_int_equal((u64)memory[i] % 16, 0);
			if (!round)
				assert_int_equal(((u8 *)memory[i])[sizes[i] - 1], 0);
			memset(memory[i], i, sizes[i]);
		}
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			assert_int_equal(((u8 *)memory[i])[0], i);
			assert_int_equal(((u8 *)memory[i])[sizes[i] - 1], i);
			kfree(memory[i]);
		}
	}
	kfree(NULL);
	assert_null(kmalloc(5 * MiB));
	kfree(kmalloc(0));
	shrink_everywhere();
	assert_int_equal(free_pages(), before);
}

/* When memory is gone, what the caches keep is used first, then NULL is the answer. */
static void test_exhaustion(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("test-end", 2000, 0, NULL);
	void *first = NULL, *object;
	u64 before;
	u64 count = 0;

	shrink_everywhere();
	before = free_pages();
	while ((object = kmem_cache_alloc(cache))) {
		*(void **)object = first;
		first = object;
		count++;
	}
	assert_true(count * 2000 > before * PAGE_SIZE * 3 / 4);
	assert_null(kmalloc(100000));
	while (first) {
		object = first;
		first = *(void **)object;
		kmem_cache_free(cache, object);
	}
	shrink_everywhere();
	assert_int_equal(free_pages(), before);
}

static void test_misuse(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("test-bad", 30, 0, NULL);
	struct kmem_cache *other = kmem_cache_create("test-other", 30, 0, NULL);
	char *object = kmem_cache_alloc(cache);

	if (!CONFIG_DEBUG)
		return; /* only debug builds look */
	expect_panic("belongs to test-bad", kmem_cache_free(other, object));
	expect_panic("not the start", kmem_cache_free(cache, object + 8));
	object[30] = 1;
	expect_panic("written behind its end at offset 30", kmem_cache_free(cache, object));
	object[30] = (char)0xbd;
	object[-1] = 1;
	expect_panic("written before its start at offset -1", kmem_cache_free(cache, object));
	object[-1] = (char)0xbd;
	kmem_cache_free(cache, object);
	expect_panic("test-bad", kmem_cache_free(cache, object));
	expect_panic("freed twice", kmem_cache_free(cache, object));
	object[3] = 1;
	expect_panic("written after it was freed at offset 3", object = kmem_cache_alloc(cache));
	expect_panic("no cache", kmem_cache_free(cache, page_address(zero_page)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_life), cmocka_unit_test(test_constructor),
		cmocka_unit_test(test_stats),	    cmocka_unit_test(test_kmalloc),
		cmocka_unit_test(test_exhaustion),  cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
