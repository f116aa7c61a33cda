/* SPDX-License-Identifier: MIT */
/* sources: kernel/vm/radix.c kernel/lib/bitmap.c tests/unit/host.c */
/*
 * The radix tree of memory objects against a plain array: random insertions, removals and
 * searches near and far, with and without memory; and no node is left when it is empty.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "vm/radix.h"

/* --- stand-in for the slab cache: counts, and fails when told --- */

static size_t object_size;
static long nodes;
static long nodes_left = -1; /* allocations that still succeed; -1: all */

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     void (*ctor)(void *object))
{
	object_size = size;
	return (struct kmem_cache *)&object_size;
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	if (nodes_left == 0)
		return NULL;
	if (nodes_left > 0)
		nodes_left--;
	nodes++;
	return __builtin_calloc(1, object_size);
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	nodes--;
	__builtin_free(object);
}

/* --- the model --- */

enum { ITEMS = 400, STEPS = 60000 };

struct entry {
	u64 index;
	void *item; /* NULL: absent */
};

static struct entry model[ITEMS];
static char things[ITEMS];
static struct radix_tree tree;

/* Indices of all magnitudes, in clusters. */
static void choose_indices(void)
{
	for (unsigned int i = 0; i < ITEMS; i++) {
		u64 index = i < 200 ? i : host_random() >> (host_random() % 64);

		for (unsigned int j = 0; j < i; j++)
			if (model[j].index == index) {
				index = host_random();
				j = -1;
			}
		model[i] = (struct entry){ index, NULL };
	}
}

static void *model_next(u64 *index)
{
	const struct entry *best = NULL;

	for (unsigned int i = 0; i < ITEMS; i++)
		if (model[i].item && model[i].index >= *index &&
		    (!best || model[i].index < best->index))
			best = &model[i];
	if (!best)
		return NULL;
	*index = best->index;
	return best->item;
}

static void check_next(u64 from)
{
	u64 expected = from, got = from;
	void *item = model_next(&expected);

	assert_ptr_equal(radix_next(&tree, &got), item);
	if (item)
		assert_int_equal(got, expected);
}

static void step(bool scarce)
{
	struct entry *entry = &model[host_random() % ITEMS];

	if (entry->item) {
		assert_ptr_equal(radix_remove(&tree, entry->index), entry->item);
		entry->item = NULL;
	} else {
		long before = nodes;

		nodes_left = scarce ? (long)(host_random() % 4) : -1;
		if (radix_insert(&tree, entry->index, things + (entry - model)))
			assert_true(nodes == before || tree.height);
		else
			entry->item = things + (entry - model);
		nodes_left = -1;
	}
	assert_ptr_equal(radix_find(&tree, entry->index), entry->item);
	check_next(host_random() >> (host_random() % 64));
}

static void remove_all(void)
{
	for (unsigned int i = 0; i < ITEMS; i++) {
		assert_ptr_equal(radix_find(&tree, model[i].index), model[i].item);
		assert_ptr_equal(radix_remove(&tree, model[i].index), model[i].item);
		model[i].item = NULL;
	}
	assert_null(tree.root);
	assert_int_equal(nodes, 0);
}

static void random_steps(bool scarce)
{
	choose_indices();
	for (unsigned int i = 0; i < STEPS; i++)
		step(scarce);
	remove_all();
}

static void agrees_with_a_plain_array(void **state)
{
	random_steps(false);
}

static void survives_without_memory(void **state)
{
	random_steps(true);
}

static void one_item_needs_no_node(void **state)
{
	nodes_left = 0;
	assert_int_equal(radix_insert(&tree, 0, things), 0);
	assert_int_equal(radix_insert(&tree, 1, things), -ENOMEM);
	assert_ptr_equal(radix_find(&tree, 0), things);
	assert_null(radix_find(&tree, 1));
	assert_ptr_equal(radix_remove(&tree, 0), things);
	nodes_left = -1;
	assert_null(tree.root);
}

static void the_last_index_works(void **state)
{
	u64 index = ~(u64)0;

	assert_int_equal(radix_insert(&tree, index, things), 0);
	assert_ptr_equal(radix_find(&tree, index), things);
	index = 1;
	assert_ptr_equal(radix_next(&tree, &index), things);
	assert_int_equal(index, ~(u64)0);
	assert_ptr_equal(radix_remove(&tree, ~(u64)0), things);
	assert_int_equal(nodes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_plain_array),
		cmocka_unit_test(survives_without_memory),
		cmocka_unit_test(one_item_needs_no_node),
		cmocka_unit_test(the_last_index_works),
	};

	radix_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
