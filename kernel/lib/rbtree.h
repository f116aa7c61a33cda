/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees whose nodes are embedded in the elements, with an optional per-node value
 * (augmentation) that a callback derives from a node and its children: run queues keep the least
 * virtual deadline of each subtree so, address spaces the largest gap.
 *
 * The caller descends itself to find the place of a new node, links it, and calls rb_insert().
 * No locks: the owner of a tree protects it.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include "lib/types.h"

struct rb_node {
	unsigned long parent_colour; /* the parent's address; bit 0: black */
	struct rb_node *left;
	struct rb_node *right;
};

struct rb_root {
	struct rb_node *node;
};

#define RB_ROOT                                                                                    \
	(struct rb_root)                                                                           \
	{                                                                                          \
		NULL                                                                               \
	}

/* Recomputes node's augmented value from the node and its children; true when it changed. */
typedef bool (*rb_update_fn)(struct rb_node *node);

/* Puts node at *link, a null link of parent (parent is NULL for the first node), and rebalances.
 * update may be NULL. */
void rb_insert(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
	       struct rb_node **link, rb_update_fn update);

/* Takes node, which is in the tree, out of it. update may be NULL. */
void rb_erase(struct rb_root *root, struct rb_node *node, rb_update_fn update);

/* The same for a tree of one node, which needs no rebalancing: puts node into an empty tree (its
 * augmented value is the caller's business), and makes a tree of one node empty. */
static inline void rb_insert_only(struct rb_root *root, struct rb_node *node)
{
	*node = (struct rb_node){ .parent_colour = 1 }; /* black, no parent */
	root->node = node;
}

static inline void rb_erase_only(struct rb_root *root)
{
	root->node = NULL;
}

/* Recomputes the augmented values from node up to the root, after the node's own value changed. */
void rb_propagate(struct rb_node *node, rb_update_fn update);

/* In-order neighbours; NULL at the ends. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

#define rb_entry(node, type, member) container_of(node, type, member)

#endif
