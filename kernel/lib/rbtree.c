/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees (Cormen et al., Introduction to Algorithms, chapter 13), with augmentation.
 *
 * What always holds: the root is black; a red node has no red child; each way from a node down to a
 * null link passes the same number of black nodes. So no way is longer than twice another.
 *
 * Augmented values depend on a node and its children only. Each operation first brings them up to
 * date along the changed path, then rebalances; a rotation changes the children of two nodes and
 * the set below the upper place not at all, so it recomputes those two. Colours never matter to
 * them.
 *
 * The tree's owner serializes all calls. Tested by tests/unit/test_rbtree.c.
 */
#include "lib/assert.h"
#include "lib/rbtree.h"

enum { RED = 0, BLACK = 1 };

static inline struct rb_node *parent_of(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_colour & ~1UL);
}

static inline bool is_red(const struct rb_node *node)
{
	return node && !(node->parent_colour & BLACK);
}

static inline bool is_black(const struct rb_node *node)
{
	return !is_red(node);
}

static inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_colour = (unsigned long)parent | (node->parent_colour & BLACK);
}

static inline void set_red(struct rb_node *node)
{
	node->parent_colour &= ~1UL;
}

static inline void set_black(struct rb_node *node)
{
	node->parent_colour |= BLACK;
}

static inline void copy_colour(struct rb_node *node, const struct rb_node *from)
{
	node->parent_colour = (node->parent_colour & ~1UL) | (from->parent_colour & BLACK);
}

/* Lets the link that points to old, in parent or the root, point to fresh. */
static inline void replace_child(struct rb_root *root, struct rb_node *parent, struct rb_node *old,
				 struct rb_node *fresh)
{
	if (!parent)
		root->node = fresh;
	else if (parent->left == old)
		parent->left = fresh;
	else
		parent->right = fresh;
}

/* The right child takes top's place, and top becomes its left child. */
static void rotate_left(struct rb_root *root, struct rb_node *top, rb_update_fn update)
{
	struct rb_node *pivot = top->right;

	top->right = pivot->left;
	if (top->right)
		set_parent(top->right, top);
	set_parent(pivot, parent_of(top));
	replace_child(root, parent_of(top), top, pivot);
	pivot->left = top;
	set_parent(top, pivot);
	if (update) {
		update(top);
		update(pivot);
	}
}

/* The left child takes top's place, and top becomes its right child. */
static void rotate_right(struct rb_root *root, struct rb_node *top, rb_update_fn update)
{
	struct rb_node *pivot = top->left;

	top->left = pivot->right;
	if (top->left)
		set_parent(top->left, top);
	set_parent(pivot, parent_of(top));
	replace_child(root, parent_of(top), top, pivot);
	pivot->right = top;
	set_parent(top, pivot);
	if (update) {
		update(top);
		update(pivot);
	}
}

void rb_propagate(struct rb_node *node, rb_update_fn update)
{
	while (node && update(node))
		node = parent_of(node);
}

/* node is red, and its parent may be red too: the only rule that may be broken. */
static void fix_red_parent(struct rb_root *root, struct rb_node *node, rb_update_fn update)
{
	struct rb_node *parent;

	while (is_red(parent = parent_of(node))) {
		struct rb_node *top = parent_of(parent);
		bool left = parent == top->left;
		struct rb_node *uncle = left ? top->right : top->left;

		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(top);
			node = top;
			continue;
		}
		if (node == (left ? parent->right : parent->left)) {
			if (left)
				rotate_left(root, parent, update);
			else
				rotate_right(root, parent, update);
			parent = node;
		}
		set_black(parent);
		set_red(top);
		if (left)
			rotate_right(root, top, update);
		else
			rotate_left(root, top, update);
		break;
	}
	set_black(root->node);
}

void rb_insert(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
	       struct rb_node **link, rb_update_fn update)
{
	assert(!*link);
	node->parent_colour = (unsigned long)parent | RED;
	node->left = NULL;
	node->right = NULL;
	*link = node;
	if (update) {
		update(node);
		rb_propagate(parent, update);
	}
	fix_red_parent(root, node, update);
}

/*
 * The ways through node (which may be null) have one black node too few; parent is its parent.
 * Either a red node on the way up is coloured black, or the sibling's side gives one up.
 */
static void fix_missing_black(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
			      rb_update_fn update)
{
	while (parent && is_black(node)) {
		bool left = node == parent->left;
		struct rb_node *sibling = left ? parent->right : parent->left;
		struct rb_node *near, *far;

		if (is_red(sibling)) {
			set_black(sibling);
			set_red(parent);
			if (left)
				rotate_left(root, parent, update);
			else
				rotate_right(root, parent, update);
			sibling = left ? parent->right : parent->left;
		}
		near = left ? sibling->left : sibling->right;
		far = left ? sibling->right : sibling->left;
		if (is_black(near) && is_black(far)) {
			set_red(sibling);
			node = parent;
			parent = parent_of(node);
			continue;
		}
		if (is_black(far)) {
			set_black(near);
			set_red(sibling);
			if (left)
				rotate_right(root, sibling, update);
			else
				rotate_left(root, sibling, update);
			far = sibling;
			sibling = near;
		}
		copy_colour(sibling, parent);
		set_black(parent);
		set_black(far);
		if (left)
			rotate_left(root, parent, update);
		else
			rotate_right(root, parent, update);
		return;
	}
	if (node)
		set_black(node);
}

/* Puts the next node in order, which has no left child, in node's place. *gap_parent gets the
 * parent of the place that it left; returns what stands in that place now, maybe null. */
static struct rb_node *replace_by_next(struct rb_root *root, struct rb_node *node,
				       struct rb_node *next, struct rb_node **gap_parent)
{
	struct rb_node *child = next->right;

	if (parent_of(next) == node) {
		*gap_parent = next;
	} else {
		*gap_parent = parent_of(next);
		(*gap_parent)->left = child;
		if (child)
			set_parent(child, *gap_parent);
		next->right = node->right;
		set_parent(next->right, next);
	}
	next->left = node->left;
	set_parent(next->left, next);
	next->parent_colour = node->parent_colour;
	replace_child(root, parent_of(node), node, next);
	return child;
}

void rb_erase(struct rb_root *root, struct rb_node *node, rb_update_fn update)
{
	struct rb_node *next = NULL;
	struct rb_node *child, *gap_parent;
	bool black;

	if (node->left && node->right) {
		for (next = node->right; next->left;)
			next = next->left;
		black = is_black(next);
		child = replace_by_next(root, node, next, &gap_parent);
	} else {
		child = node->left ? node->left : node->right;
		gap_parent = parent_of(node);
		black = is_black(node);
		if (child)
			set_parent(child, gap_parent);
		replace_child(root, gap_parent, node, child);
	}
	if (update) {
		rb_propagate(gap_parent, update);
		if (next) { /* those above it knew node's value, not next's: start there anew */
			update(next);
			rb_propagate(parent_of(next), update);
		}
	}
	if (black)
		fix_missing_black(root, child, gap_parent, update);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->node;

	while (node && node->left)
		node = node->left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->node;

	while (node && node->right)
		node = node->right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->right) {
		for (node = node->right; node->left;)
			node = node->left;
		return (struct rb_node *)node;
	}
	while ((parent = parent_of(node)) && node == parent->right)
		node = parent;
	return parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->left) {
		for (node = node->left; node->right;)
			node = node->right;
		return (struct rb_node *)node;
	}
	while ((parent = parent_of(node)) && node == parent->left)
		node = parent;
	return parent;
}
