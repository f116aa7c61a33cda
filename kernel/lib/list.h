/* SPDX-License-Identifier: MIT */
/*
 * Circular doubly linked lists whose links are embedded in the elements.
 *
 * A list head and a link are the same structure; an empty list and an unlinked link point to
 * themselves. No locks: the owner of a list protects it.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#define LIST_HEAD_INIT(name)                                                                       \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void list_init(struct list_head *link)
{
	link->next = link;
	link->prev = link;
}

static inline void list_insert_between(struct list_head *link, struct list_head *before,
				       struct list_head *after)
{
	after->prev = link;
	link->next = after;
	link->prev = before;
	before->next = link;
}

/* Adds link as the first element. */
static inline void list_add(struct list_head *link, struct list_head *head)
{
	list_insert_between(link, head, head->next);
}

/* Adds link as the last element; with an element for head: before that element. */
static inline void list_add_tail(struct list_head *link, struct list_head *head)
{
	list_insert_between(link, head->prev, head);
}

/* Takes link out of its list, and leaves it unlinked (list_empty(link) holds). */
static inline void list_del(struct list_head *link)
{
	link->next->prev = link->prev;
	link->prev->next = link->next;
	list_init(link);
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

static inline void list_move_tail(struct list_head *link, struct list_head *head)
{
	list_del(link);
	list_add_tail(link, head);
}

/* Appends all elements of from to the end of to; from becomes empty. */
static inline void list_splice_tail(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(link, type, member) container_of(link, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_next_entry(item, member) list_entry((item)->member.next, __typeof__(*(item)), member)

#define list_for_each_entry(item, head, member)                                                    \
	for (item = list_first_entry(head, __typeof__(*item), member); &item->member != (head);    \
	     item = list_next_entry(item, member))

/* The same, where the body may take item out of the list. */
#define list_for_each_entry_safe(item, after, head, member)                                        \
	for (item = list_first_entry(head, __typeof__(*item), member),                             \
	    after = list_next_entry(item, member);                                                 \
	     &item->member != (head); item = after, after = list_next_entry(after, member))

#endif
