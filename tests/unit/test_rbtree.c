/* SPDX-License-Identifier: MIT */
/* sources: kernel/lib/rbtree.c tests/unit/host.c */
/*
 * Red-black trees: after each of many random insertions and removals the tree has its nodes in
 * order, its colours right, and each augmented value (the maximum of the subtree) too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/rbtree.h"

enum { NODES = 300, STEPS = 20000 };

struct item {
	struct rb_node node;
	u32 key;
	u32 value;
	u32 max; /* greatest value in the subtree */
	bool linked;
};

static struct item items[NODES];
static struct rb_root root;

static u32 max_of(const struct rb_node *node)
{
	return node ? rb_entry(node, struct item, node)->max : 0;
}

static u32 max_below(const struct rb_node *node)
{
	return MAX(max_of(node->left), max_of(node->right));
}

static bool update(struct rb_node *node)
{
	struct item *item = rb_entry(node, struct item, node);
	u32 max = MAX(item->value, max_below(node));
	bool changed = max != item->max;

	item->max = max;
	return changed;
}

static void insert(struct item *item, rb_update_fn updater)
{
	struct rb_node **link = &root.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = item->key < rb_entry(parent, struct item, node)->key ? &parent->left
									    : &parent->right;
	}
	rb_insert(&root, &item->node, parent, link, updater);
	item->linked = true;
}

/* Returns the black height; checks everything below node. */
static int check_subtree(const struct rb_node *node, const struct rb_node *parent, bool augmented)
{
	const struct item *item = rb_entry(node, struct item, node);
	bool black;
	int height;

	if (!node)
		return 1;
	black = node->parent_colour & 1;
	assert_ptr_equal((void *)(node->parent_colour & ~1UL), parent);
	if (parent && !(parent->parent_colour & 1))
		assert_true(black);
	height = check_subtree(node->left, node, augmented);
	assert_int_equal(height, check_subtree(node->right, node, augmented));
	if (node->left)
		assert_true(rb_entry(node->left, struct item, node)->key <= item->key);
	if (node->right)
		assert_true(rb_entry(node->right, struct item, node)->key >= item->key);
	if (augmented) {
		u32 expected = MAX(item->value, max_below(node));

		assert_int_equal(item->max, expected);
	}
	return height + black;
}

static void check_tree(int expected, bool augmented)
{
	u32 last = 0;
	int count = 0;

	check_subtree(root.node, NULL, augmented);
	if (root.node)
		assert_true(root.node->parent_colour & 1);
	for (struct rb_node *node = rb_first(&root); node; node = rb_next(node)) {
		assert_true(rb_entry(node, struct item, node)->key >= last);
		last = rb_entry(node, struct item, node)->key;
		count++;
	}
	assert_int_equal(count, expected);
	for (struct rb_node *node = rb_last(&root); node; node = rb_prev(node))
		count--;
	assert_int_equal(count, 0);
}

static void random_life(rb_update_fn updater, u32 keys)
{
	int count = 0;

	root = RB_ROOT;
	for (int i = 0; i < NODES; i++)
		items[i] = (struct item){ 0 };
	for (int step = 0; step < STEPS; step++) {
		struct item *item = &items[host_random() % NODES];

		if (item->linked) {
			rb_erase(&root, &item->node, updater);
			item->linked = false;
			count--;
		} else {
			item->key = host_random() % keys;
			item->value = host_random() % 64;
			insert(item, updater);
			count++;
		}
		if (step % 8 == 0 || count < 8)
			check_tree(count, updater);
	}
	for (int i = 0; i < NODES; i++)
		if (items[i].linked)
			rb_erase(&root, &items[i].node, updater);
	assert_null(root.node);
}

static void test_random_plain(void **state)
{
	random_life(NULL, 1000000);
}

static void test_random_augmented(void **state)
{
	random_life(update, 1000000);
}

static void test_equal_keys(void **state)
{
	random_life(update, 5);
}

static void test_propagate(void **state)
{
	root = RB_ROOT;
	for (u32 i = 0; i < NODES; i++) {
		items[i] = (struct item){ .key = i, .value = 1 };
		insert(&items[i], update);
	}
	for (u32 i = 0; i < NODES; i++) {
		items[i].value = i + 2;
		rb_propagate(&items[i].node, update);
		assert_int_equal(max_of(root.node), i + 2);
	}
	for (u32 i = 0; i < NODES; i++) {
		items[i].value = 0;
		rb_propagate(&items[i].node, update);
	}
	check_tree(NODES, true);
}

static void test_only(void **state)
{
	root = RB_ROOT;
	items[0] = (struct item){ .key = 1, .value = 5, .max = 5 };
	rb_insert_only(&root, &items[0].node);
	check_tree(1, true);
	items[1] = (struct item){ .key = 2, .value = 7 };
	insert(&items[1], update);
	check_tree(2, true);
	rb_erase(&root, &items[0].node, update);
	check_tree(1, true);
	rb_erase_only(&root);
	check_tree(0, true);
}

static void test_empty(void **state)
{
	root = RB_ROOT;
	assert_null(rb_first(&root));
	assert_null(rb_last(&root));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_random_plain),
		cmocka_unit_test(test_random_augmented),
		cmocka_unit_test(test_equal_keys),
		cmocka_unit_test(test_propagate),
		cmocka_unit_test(test_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
