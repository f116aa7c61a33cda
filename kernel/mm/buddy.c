/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator: free blocks of 2^order pages, aligned to their size.
 *
 * What always holds, outside buddy_lock: BUDDY1: the first page of a free block has PG_BUDDY, the
 * block's order, and is on the list of that order; no other page has PG_BUDDY. BUDDY2: two free
 * blocks of one order, the halves of a block of the next, do not both exist: freeing joins them.
 * Since ranges of the memory map begin and end at multiples of the largest block, both halves of
 * any block have a struct page in the same array.
 *
 * buddy_lock (RANK_PAGE) protects the lists and counts. It is taken for a batch of single pages at
 * a time by mm/pagelist.c, whose per-hart lists are pages in use as seen from here.
 */
#include "base/lock.h"
#include "mm/buddy.h"

enum { PAGE_FREE_MARK = 0xf5, RESERVE_MIN = 64, RESERVE_MAX = 4 * MiB / PAGE_SIZE };

static spinlock_t buddy_lock = SPINLOCK_INIT(RANK_PAGE);
static struct list_head free_lists[MAX_ORDER + 1]; /* [buddy_lock] */
static u64 free_blocks[MAX_ORDER + 1];		   /* [buddy_lock] lengths of the lists */
static u64 reserve;				   /* [buddy_lock] pages that users do not get */
u64 buddy_total;
u64 buddy_free_pages;
bool buddy_short;

void page_mark_free(struct page *page, unsigned int order)
{
	for (unsigned int i = 0; i < 1u << order; i++) {
		if (page[i].free_mark == PAGE_FREE_MARK)
			panic("page %lx is freed twice", page_to_pfn(&page[i]));
		if (page[i].flags & (PG_RESERVED | PG_BUDDY))
			panic("page %lx is freed, but was never allocated", page_to_pfn(&page[i]));
		page[i].free_mark = PAGE_FREE_MARK;
	}
}

void page_mark_used(struct page *page, unsigned int order)
{
	for (unsigned int i = 0; i < 1u << order; i++) {
		if (page[i].free_mark != PAGE_FREE_MARK)
			panic("page %lx is allocated twice", page_to_pfn(&page[i]));
		if (page[i].flags || refcount_read(&page[i].refs))
			panic("page %lx was used while free: flags %x, refs %d",
			      page_to_pfn(&page[i]), page[i].flags, refcount_read(&page[i].refs));
		page[i].free_mark = 0;
	}
}

static void count_changed_locked(s64 pages)
{
	buddy_free_pages += pages;
	buddy_short = buddy_free_pages < reserve;
}

static void list_block_locked(struct page *page, unsigned int order)
{
	page->flags = PG_BUDDY;
	page->order = order;
	list_add(&page->link, &free_lists[order]);
	free_blocks[order]++;
}

static void unlist_block_locked(struct page *page, unsigned int order)
{
	list_del(&page->link);
	page->flags = 0;
	page->order = 0;
	free_blocks[order]--;
}

static void free_block_locked(struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);

	for (; order < MAX_ORDER; order++) {
		pfn_t size = (pfn_t)1 << order;
		struct page *buddy = pfn & size ? page - size : page + size;

		if (!(buddy->flags & PG_BUDDY) || buddy->order != order)
			break;
		unlist_block_locked(buddy, order);
		page = pfn & size ? buddy : page;
		pfn &= ~size;
	}
	list_block_locked(page, order);
}

/* The smallest order of a free block that is at least order; above MAX_ORDER: there is none. */
static unsigned int find_order_locked(unsigned int order)
{
	while (order <= MAX_ORDER && !free_blocks[order])
		order++;
	return order;
}

/* Takes a block from the list of order from, and frees all but its first 2^order pages. */
static struct page *take_block_locked(unsigned int from, unsigned int order)
{
	struct page *page = list_first_entry(&free_lists[from], struct page, link);

	unlist_block_locked(page, from);
	while (from > order) {
		from--;
		list_block_locked(page + ((size_t)1 << from), from);
	}
	return page;
}

struct page *buddy_alloc(unsigned int order)
{
	struct page *page = NULL;
	unsigned int from;

	spin_lock(&buddy_lock);
	from = find_order_locked(order);
	if (from <= MAX_ORDER) {
		page = take_block_locked(from, order);
		count_changed_locked(-((s64)1 << order));
	}
	spin_unlock(&buddy_lock);
	return page;
}

void buddy_free(struct page *page, unsigned int order)
{
	spin_lock(&buddy_lock);
	free_block_locked(page, order);
	count_changed_locked((s64)1 << order);
	spin_unlock(&buddy_lock);
}

/* Whole blocks are taken as long as they are wanted whole: a block of 16 pages costs one search. */
unsigned int buddy_alloc_chain(struct page **chain, unsigned int count)
{
	unsigned int taken = 0;

	spin_lock(&buddy_lock);
	while (taken < count) {
		unsigned int from = find_order_locked(0);
		unsigned int order = from;
		struct page *page;

		if (from > MAX_ORDER)
			break;
		while (1u << order > count - taken)
			order--;
		page = take_block_locked(from, order);
		for (unsigned int i = 1u << order; i-- > 0;) {
			page[i].next = *chain;
			*chain = &page[i];
		}
		taken += 1u << order;
	}
	count_changed_locked(-(s64)taken);
	spin_unlock(&buddy_lock);
	return taken;
}

void buddy_free_chain(struct page **chain, unsigned int count)
{
	spin_lock(&buddy_lock);
	for (unsigned int i = 0; i < count; i++) {
		struct page *page = *chain;

		*chain = page->next;
		free_block_locked(page, 0);
	}
	count_changed_locked(count);
	spin_unlock(&buddy_lock);
}

/* The largest order of a block that begins at pfn and has at most count pages. */
static unsigned int fitting_order(pfn_t pfn, u64 count)
{
	unsigned int order = 0;

	while (order < MAX_ORDER && !(pfn >> order & 1) && (u64)2 << order <= count)
		order++;
	return order;
}

void buddy_add(struct page *page, u64 count)
{
	pfn_t pfn = page_to_pfn(page);

	spin_lock(&buddy_lock);
	buddy_total += count;
	reserve = MIN(MAX(buddy_total / 64, (u64)RESERVE_MIN), (u64)RESERVE_MAX);
	count_changed_locked(count);
	while (count) {
		unsigned int order = fitting_order(pfn, count);

		if (CONFIG_DEBUG)
			page_mark_free(page, order);
		free_block_locked(page, order);
		page += (size_t)1 << order;
		pfn += (pfn_t)1 << order;
		count -= (u64)1 << order;
	}
	spin_unlock(&buddy_lock);
}

void buddy_count_blocks(u64 blocks[MAX_ORDER + 1])
{
	spin_lock(&buddy_lock);
	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		blocks[order] = free_blocks[order];
	spin_unlock(&buddy_lock);
}

void buddy_init(void)
{
	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		list_init(&free_lists[order]);
}
