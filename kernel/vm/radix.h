/* SPDX-License-Identifier: MIT */
/*
 * Radix tree: pointers by a 64-bit index, 64 to a node. A tree whose only entry has index 0 has
 * no node at all, so small files cost nothing. No locks: the owner protects the tree.
 */
#ifndef VM_RADIX_H
#define VM_RADIX_H

#include "lib/types.h"

enum { RADIX_BITS = 6, RADIX_SLOTS = 1 << RADIX_BITS };

struct radix_node {
	u64 used;		 /* one bit for each slot that is not NULL */
	void *slot[RADIX_SLOTS]; /* nodes, or items in the lowest level */
};

struct radix_tree {
	void *root; /* a node; with height 0 the item of index 0 */
	u8 height;  /* levels of nodes: indices below 64^height have a place */
};

/* The item at index; NULL when there is none. */
void *radix_find(const struct radix_tree *tree, u64 index);
/* The item with the least index >= *index, which is stored back; NULL when there is none. */
void *radix_next(const struct radix_tree *tree, u64 *index);
/* Puts an item, not NULL, at an index that is free. 0, or -ENOMEM and the tree is as before. Does
 * not sleep. */
int radix_insert(struct radix_tree *tree, u64 index, void *item) must_check;
/* Takes the item at index out and returns it; NULL when there was none. Frees nodes that become
 * empty. */
void *radix_remove(struct radix_tree *tree, u64 index);

void radix_init(void);

#endif
