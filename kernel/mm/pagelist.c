/* SPDX-License-Identifier: MIT */
/*
 * page_alloc() and page_free(): per-hart lists of single pages over the buddy allocator.
 *
 * A hart's list is a stack (the page freed last is warm in its cache), touched by that hart
 * alone in task context: neither lock nor atomic. It is refilled, and drained when it is full,
 * a quarter at a time. On the lists pages have flags 0, order 0, refs 0.
 *
 * The slow paths take RANK_PAGE, and ask shrinkers when there is nothing left. User memory may not
 * go below the kernel's reserve, so that the kernel can always go on to free some.
 */
#include "base/perhart.h"
#include "mm/buddy.h"
#include "mm/hugepage.h"
#include "mm/pagelist.h"
#include "mm/shrinker.h"

struct pagelist {
	struct page *first; /* all by the hart itself; count is read by others */
	u32 count;
	u32 high; /* the most that it keeps; [I] */
};

static DEFINE_PERHART(struct pagelist, pagelist);

enum { HIGH_MIN = 64, HIGH_MAX = 512, HIGH_SHARE = 512 };

/* A hart may keep 1/512 of memory: 64 pages of 128 MiB, 2 MiB of 1 GiB or more. */
void pagelist_init_hart(unsigned int hart)
{
	u64 share = buddy_total / HIGH_SHARE;

	*hart_ptr(pagelist, hart) = (struct pagelist){
		.high = (u32)MIN(MAX(share, (u64)HIGH_MIN), (u64)HIGH_MAX),
	};
}

u64 pagelist_count(void)
{
	unsigned int hart;
	u64 count = 0;

	for_each_hart (hart)
		count += READ_ONCE(hart_ptr(pagelist, hart)->count);
	return count;
}

static void list_push(struct pagelist *list, struct page *page)
{
	page->next = list->first;
	list->first = page;
	list->count++;
}

static struct page *list_pop(struct pagelist *list)
{
	struct page *page = list->first;

	list->first = page->next;
	list->count--;
	return page;
}

static struct page *take_single(struct pagelist *list)
{
	if (!list->first)
		list->count += buddy_alloc_chain(&list->first, list->high / 4);
	return list->first ? list_pop(list) : NULL;
}

/* A larger block may need the buddies of pages that lie on this hart's list. */
static struct page *take_block(struct pagelist *list, unsigned int order)
{
	struct page *page = buddy_alloc(order);

	if (page || !list->count)
		return page;
	buddy_free_chain(&list->first, list->count);
	list->count = 0;
	return buddy_alloc(order);
}

static bool may_take(unsigned int flags)
{
	if (flags & ALLOC_HUGE)
		return READ_ONCE(buddy_free_pages) > buddy_total / 8;
	return !(flags & ALLOC_USER) || !READ_ONCE(buddy_short);
}

static struct page *take(unsigned int order, unsigned int flags)
{
	struct pagelist *list = this_hart_ptr(pagelist);

	if (!may_take(flags))
		return NULL;
	return order ? take_block(list, order) : take_single(list);
}

static struct page *clear_block(struct page *page, unsigned int order)
{
	char *memory = page_address(page);

	for (unsigned int i = 0; i < 1u << order; i++)
		page_clear(memory + i * (size_t)PAGE_SIZE);
	return page;
}

static noinline struct page *clear_single(struct page *page)
{
	page_clear(page_address(page));
	return page;
}

static noinline struct page *alloc_slow(unsigned int order, unsigned int flags)
{
	struct page *page = take(order, flags);

	if (!page && !(flags & ALLOC_HUGE) && shrink_all())
		page = take(order, flags);
	if (!page)
		return NULL;
	if (CONFIG_DEBUG)
		page_mark_used(page, order);
	page->order = order;
	refcount_set(&page->refs, 1);
	if (flags & ALLOC_HUGE)
		huge_prepare(page);
	return flags & ALLOC_ZERO ? clear_block(page, order) : page;
}

struct page *page_alloc(unsigned int order, unsigned int flags)
{
	struct pagelist *list = this_hart_ptr(pagelist);
	struct page *page = list->first;

	assert(order <= MAX_ORDER && (!(flags & ALLOC_HUGE) || order == HUGE_ORDER));
	if (unlikely(order || !page || (flags & ALLOC_USER && READ_ONCE(buddy_short))))
		return alloc_slow(order, flags);
	list_pop(list);
	if (CONFIG_DEBUG)
		page_mark_used(page, 0);
	refcount_set(&page->refs, 1);
	return flags & ALLOC_ZERO ? clear_single(page) : page;
}

static inline void forget_owner(struct page *page)
{
	page->flags = 0;
	page->order = 0;
	refcount_set(&page->refs, 0);
}

static noinline void free_slow(struct page *page, unsigned int order)
{
	struct pagelist *list = this_hart_ptr(pagelist);

	if (page->flags & PG_HUGE_HEAD)
		huge_dissolve(page);
	forget_owner(page);
	if (CONFIG_DEBUG)
		page_mark_free(page, order);
	if (order) {
		buddy_free(page, order);
		return;
	}
	buddy_free_chain(&list->first, list->high / 4);
	list->count -= list->high / 4;
	list_push(list, page);
}

/* Debug: the page is as its last user must leave it. */
static void check_unused(const struct page *page, unsigned int order)
{
	s32 refs = refcount_read(&page->refs);

	if (refs != 0 && refs != 1)
		panic("page %lx is freed with %d references", page_to_pfn(page), refs);
	if (page->flags & (PG_SLAB | PG_HUGE_TAIL))
		panic("page %lx is freed, but part of something: flags %x", page_to_pfn(page),
		      page->flags);
	if (page->flags & (PG_RESERVED | PG_BUDDY))
		panic("page %lx is freed, but was never allocated", page_to_pfn(page));
	if (page->order != order)
		panic("page %lx: a block of order %u is freed as order %u", page_to_pfn(page),
		      page->order, order);
}

void page_free(struct page *page, unsigned int order)
{
	struct pagelist *list = this_hart_ptr(pagelist);

	if (CONFIG_DEBUG)
		check_unused(page, order);
	if (unlikely(order || list->count >= list->high)) {
		free_slow(page, order);
		return;
	}
	forget_owner(page);
	if (CONFIG_DEBUG)
		page_mark_free(page, 0);
	list_push(list, page);
}
