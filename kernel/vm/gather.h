/* SPDX-License-Identifier: MIT */
/*
 * What must happen after entries of a page table were taken away, in this order: the TLB is
 * flushed, then the pages and tables that they referred to are let go (the TLB rule, arch/mmu.h).
 *
 *	gather_begin(&gather, mm);
 *	... change entries, gather_range(), gather_page() ...
 *	gather_end(&gather);
 *
 * One flush so serves up to GATHER_MAX pages. mm->lock is held from begin to end. gather_page()
 * and gather_end() may sleep; entries must have been changed before the page is handed over.
 */
#ifndef VM_GATHER_H
#define VM_GATHER_H

#include "mm/page.h"
#include "vm/space.h"

enum { GATHER_MAX = 60 };

struct gather {
	struct mm_struct *mm;
	uaddr_t start, end; /* range to flush; empty: start > end */
	bool whole;	    /* tables changed: flush all of the space */
	u32 count;
	struct page *dead[GATHER_MAX]; /* references to drop: pages and tables */
};

static inline void gather_begin(struct gather *gather, struct mm_struct *mm)
{
	gather->mm = mm;
	gather->start = ~(uaddr_t)0;
	gather->end = 0;
	gather->whole = false;
	gather->count = 0;
}

/* Flushes TLBs of what was collected, then drops the references; it is empty then. May sleep. */
void gather_flush(struct gather *gather);

static inline void gather_end(struct gather *gather)
{
	if (gather->count || gather->whole || gather->start < gather->end)
		gather_flush(gather);
}

/* Leaf entries in the range lost rights or are gone. */
static inline void gather_range(struct gather *gather, uaddr_t start, uaddr_t end)
{
	gather->start = MIN(gather->start, start);
	gather->end = MAX(gather->end, end);
}

/* A reference to a page (or its huge page) is to be dropped. */
static inline void gather_page(struct gather *gather, struct page *page)
{
	gather->dead[gather->count++] = page;
	if (unlikely(gather->count == GATHER_MAX))
		gather_flush(gather);
}

/* An entry that pointed to a table has changed, and its reference is to be dropped. */
static inline void gather_table(struct gather *gather, struct page *table)
{
	gather->whole = true;
	gather_page(gather, table);
}

#endif
