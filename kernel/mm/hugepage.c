/* SPDX-License-Identifier: MIT */
/*
 * Huge pages: blocks of HUGE_ORDER whose references are counted by their head.
 *
 * A tail points to the head, and has no references of its own. All changes are made by the only
 * owner: who has just allocated the page, or holds its last reference.
 */
#include "mm/hugepage.h"
#include "mm/page.h"

enum { HUGE_PAGES = 1 << HUGE_ORDER };

void huge_prepare(struct page *head)
{
	head->flags = PG_HUGE_HEAD;
	for (unsigned int i = 1; i < HUGE_PAGES; i++) {
		head[i].flags = PG_HUGE_TAIL;
		head[i].head = head;
	}
}

void huge_dissolve(struct page *head)
{
	head->flags &= ~PG_HUGE_HEAD;
	for (unsigned int i = 1; i < HUGE_PAGES; i++)
		head[i].flags = 0;
}

void page_split_huge(struct page *head)
{
	u16 flags = head->flags & ~PG_HUGE_HEAD;

	assert(head->flags & PG_HUGE_HEAD && refcount_read(&head->refs) == 1);
	head->flags = flags;
	head->order = 0;
	for (unsigned int i = 1; i < HUGE_PAGES; i++) {
		head[i].flags = flags;
		head[i].order = 0;
		refcount_set(&head[i].refs, 1);
	}
}

void page_release(struct page *head)
{
	assert(!(head->flags & (PG_HUGE_TAIL | PG_SLAB | PG_RESERVED)));
	page_free(head, head->order);
}
