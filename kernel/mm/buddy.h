/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator under page_alloc() and page_free(); for files of mm/ only.
 */
#ifndef MM_BUDDY_H
#define MM_BUDDY_H

#include "mm/page.h"

/* A block of 2^order pages, or NULL. Takes RANK_PAGE, as all of these. */
struct page *buddy_alloc(unsigned int order);
void buddy_free(struct page *page, unsigned int order);

/* Takes up to count single pages, and puts them on a chain through page->next before *chain;
 * returns how many. */
unsigned int buddy_alloc_chain(struct page **chain, unsigned int count);
/* Frees the first count pages of a chain. */
void buddy_free_chain(struct page **chain, unsigned int count);

/* Gives new memory to the allocator: pages of the memory map that nobody uses. */
void buddy_add(struct page *page, u64 count);

/* [RANK_PAGE to change] Counts of pages, and whether those free are fewer than the kernel's
 * reserve. */
extern u64 buddy_total;
extern u64 buddy_free_pages;
extern bool buddy_short;

/* Free blocks of each order. */
void buddy_count_blocks(u64 blocks[MAX_ORDER + 1]);

void buddy_init(void); /* before all others: no memory yet */

/* Debug builds: a page goes to, or comes from, the allocator. Panics when it was there, or not. */
void page_mark_free(struct page *page, unsigned int order);
void page_mark_used(struct page *page, unsigned int order);

#endif
