/* SPDX-License-Identifier: MIT */
/*
 * The radix tree of memory objects (radix.h).
 *
 * R1: a bit of node->used is set exactly when that slot is not NULL. R2: no node of the tree is
 * empty. Tested by tests/unit/test_radix.c against a plain array.
 */
#include "vm/radix.h"

#include "lib/assert.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "mm/slab.h"

enum { RADIX_HEIGHT_MAX = (64 + RADIX_BITS - 1) / RADIX_BITS };

static struct kmem_cache *node_cache;

/* Bits of an index that a tree of that height resolves. */
static unsigned int height_bits(unsigned int height)
{
	return height * RADIX_BITS;
}

static bool index_fits(u64 index, unsigned int height)
{
	return height_bits(height) >= 64 || !(index >> height_bits(height));
}

/* The slot on the way to index in a node that stands at that level (1 is the lowest). */
static unsigned int slot_of(u64 index, unsigned int level)
{
	return index >> height_bits(level - 1) & (RADIX_SLOTS - 1);
}

static void node_set(struct radix_node *node, unsigned int slot, void *item)
{
	node->slot[slot] = item;
	if (item)
		node->used |= (u64)1 << slot;
	else
		node->used &= ~((u64)1 << slot);
}

void *radix_find(const struct radix_tree *tree, u64 index)
{
	unsigned int level = tree->height;
	void *at = tree->root;

	if (unlikely(!index_fits(index, level)))
		return NULL;
	for (; level && at; level--)
		at = ((struct radix_node *)at)->slot[slot_of(index, level)];
	return at;
}

/* The first index of the slot after the one that holds index, at that level; false when there is
 * none. */
static bool skip_slot(u64 *index, unsigned int level)
{
	unsigned int bits = height_bits(level);

	if (bits >= 64 || *index >> bits == ~(u64)0 >> bits)
		return false;
	*index = ((*index >> bits) + 1) << bits;
	return true;
}

/* Goes down from the root to the first item at or after *index. NULL with *index moved behind
 * what is empty (*more: look again from there). */
static void *next_descend(const struct radix_tree *tree, u64 *index, bool *more)
{
	unsigned int level = tree->height;
	void *at = tree->root;

	*more = false;
	for (; level; level--) {
		struct radix_node *node = at;
		unsigned int slot = slot_of(*index, level);
		u64 rest = node->used >> slot;
		unsigned int skipped;

		if (!rest) {
			*more = skip_slot(index, level);
			return NULL;
		}
		skipped = lowest_bit(rest);
		if (skipped) {
			unsigned int bits = height_bits(level - 1);

			*index = ((*index >> bits) + skipped) << bits;
		}
		at = node->slot[slot + skipped];
	}
	return at;
}

void *radix_next(const struct radix_tree *tree, u64 *index)
{
	bool more = true;

	while (tree->root && more && index_fits(*index, tree->height)) {
		void *item = next_descend(tree, index, &more);

		if (item)
			return item;
	}
	return NULL;
}

/* Clears the slot of index in the lowest node of path and frees nodes that become empty up to the
 * root. */
static void path_clear(struct radix_tree *tree, struct radix_node **path, u64 index,
		       unsigned int level)
{
	for (; level <= tree->height; level++) {
		node_set(path[level], slot_of(index, level), NULL);
		if (path[level]->used)
			return;
		kmem_cache_free(node_cache, path[level]);
	}
	*tree = (struct radix_tree){ 0 };
}

/* Makes the tree high enough for index. */
static int tree_grow(struct radix_tree *tree, u64 index)
{
	while (!index_fits(index, tree->height)) {
		struct radix_node *node;

		if (tree->root) {
			node = kmem_cache_zalloc(node_cache);
			if (!node)
				return -ENOMEM;
			node_set(node, 0, tree->root);
			tree->root = node;
		}
		tree->height++;
	}
	return 0;
}

int radix_insert(struct radix_tree *tree, u64 index, void *item)
{
	struct radix_node *path[RADIX_HEIGHT_MAX + 1];
	struct radix_node *node;
	unsigned int level;
	void **at;

	assert(item);
	if (tree_grow(tree, index))
		return -ENOMEM;
	at = &tree->root;
	for (level = tree->height; level; level--) {
		if (!*at) {
			node = kmem_cache_zalloc(node_cache);
			if (!node)
				goto undo;
			if (level == tree->height)
				tree->root = node;
			else
				node_set(path[level + 1], slot_of(index, level + 1), node);
		}
		path[level] = *at;
		at = &path[level]->slot[slot_of(index, level)];
	}
	assert(!*at);
	if (tree->height)
		node_set(path[1], slot_of(index, 1), item);
	else
		tree->root = item;
	return 0;
undo:
	if (level == tree->height)
		tree->height = 0;
	else if (!path[level + 1]->used)
		path_clear(tree, path, index, level + 1);
	return -ENOMEM;
}

void *radix_remove(struct radix_tree *tree, u64 index)
{
	struct radix_node *path[RADIX_HEIGHT_MAX + 1];
	unsigned int level = tree->height;
	void *at = tree->root;

	if (!index_fits(index, level))
		return NULL;
	for (; level && at; level--) {
		path[level] = at;
		at = path[level]->slot[slot_of(index, level)];
	}
	if (at)
		path_clear(tree, path, index, 1);
	return at;
}

void radix_init(void)
{
	node_cache = kmem_cache_create("radix_node", sizeof(struct radix_node), 0, NULL);
}
