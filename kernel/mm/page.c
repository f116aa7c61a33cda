/* SPDX-License-Identifier: MIT */
/*
 * The memory map: which struct page belongs to which page, and how all of it comes to be.
 *
 * One array of struct page per range of memory, in the range itself where it fits. Ranges are
 * extended to multiples of the largest block, and joined where that makes them touch; what is in a
 * range but is not memory, or is in use since boot, is PG_RESERVED. Changes at boot only.
 *
 * Allocation: mm/pagelist.c (the entry), mm/buddy.c, mm/hugepage.c, mm/shrinker.c.
 */
#include "lib/assert.h"
#include "mm/bootmem.h"
#include "mm/buddy.h"
#include "mm/page.h"
#include "mm/pagelist.h"

enum { BLOCK_SIZE = PAGE_SIZE << MAX_ORDER };

struct page_range page_ranges[MAX_MEMORY_RANGES];
static unsigned int range_count;
struct page *zero_page;

static const struct page_range *find_range(pfn_t pfn)
{
	for (unsigned int i = 0; i < range_count; i++)
		if (pfn - page_ranges[i].start < page_ranges[i].count)
			return &page_ranges[i];
	return NULL;
}

struct page *pfn_to_page_far(pfn_t pfn)
{
	const struct page_range *range = find_range(pfn);

	if (!range)
		panic("page %lx is not in the memory map", pfn);
	return &range->pages[pfn - range->start];
}

pfn_t page_to_pfn_far(const struct page *page)
{
	for (unsigned int i = 0; i < range_count; i++) {
		const struct page_range *range = &page_ranges[i];

		if (page >= range->pages && page < range->pages + range->count)
			return range->start + (page - range->pages);
	}
	panic("%p is not in the memory map", page);
}

u64 page_total_count(void)
{
	return READ_ONCE(buddy_total);
}

u64 page_free_count(void)
{
	return READ_ONCE(buddy_free_pages);
}

void page_stats(struct page_stats *stats)
{
	stats->total = page_total_count();
	stats->free = page_free_count() + pagelist_count();
	buddy_count_blocks(stats->blocks);
}

void page_free_range(paddr_t start, paddr_t end)
{
	pfn_t first = ALIGN_UP(start.addr, PAGE_SIZE) >> PAGE_SHIFT;
	pfn_t last = end.addr >> PAGE_SHIFT;
	struct page *page;

	if (first >= last)
		return;
	page = pfn_to_page(first);
	for (pfn_t i = 0; i < last - first; i++) {
		assert(page[i].flags == PG_RESERVED);
		page[i].flags = 0;
	}
	buddy_add(page, last - first);
}

/* --- boot --- */

/* Adds [start, end) to the ranges, sorted by address. */
static void add_range(pfn_t start, pfn_t end)
{
	unsigned int at = range_count++;

	for (; at > 0 && page_ranges[at - 1].start > start; at--)
		page_ranges[at] = page_ranges[at - 1];
	page_ranges[at] = (struct page_range){ .start = start, .count = end - start };
}

/* Makes one range of those that touch. */
static void join_ranges(void)
{
	unsigned int last = 0;

	for (unsigned int i = 1; i < range_count; i++) {
		struct page_range *low = &page_ranges[last], *high = &page_ranges[i];

		if (high->start > low->start + low->count)
			page_ranges[++last] = *high;
		else
			low->count = MAX(low->count, high->start + high->count - low->start);
	}
	range_count = last + 1;
}

static void find_ranges(void)
{
	for (unsigned int i = 0; i < machine.memory_count; i++) {
		u64 start = ALIGN_DOWN(machine.memory[i].start, (u64)BLOCK_SIZE);
		u64 end = MIN(machine.memory[i].end, (u64)DIRECT_MAP_SIZE);

		if (start < end)
			add_range(start >> PAGE_SHIFT,
				  ALIGN_UP(end, (u64)BLOCK_SIZE) >> PAGE_SHIFT);
	}
	if (!range_count)
		panic("the device tree names no memory");
	join_ranges();
}

static void allocate_map(struct page_range *range)
{
	size_t size = range->count * sizeof(struct page);

	range->pages = boot_alloc_within(range->start << PAGE_SHIFT,
					 (range->start + range->count) << PAGE_SHIFT, size);
	if (!range->pages)
		range->pages = boot_alloc(size);
}

static void reserve_pages(const struct page_range *range, u64 from, u64 until)
{
	for (u64 i = from; i < until; i++)
		range->pages[i].flags = PG_RESERVED;
}

/* Frees what is free in the range, and marks all else. The map was made of zeros. */
static void fill_range(const struct page_range *range)
{
	u64 done = 0;

	while (done < range->count) {
		struct phys_range span =
			boot_next_free((range->start + done) << PAGE_SHIFT,
				       (range->start + range->count) << PAGE_SHIFT);
		u64 first = (span.start >> PAGE_SHIFT) - range->start;
		u64 last = (span.end >> PAGE_SHIFT) - range->start;

		if (span.start == span.end) {
			first = range->count;
			last = range->count;
		}
		reserve_pages(range, done, first);
		if (first < last)
			buddy_add(&range->pages[first], last - first);
		done = last;
	}
}

void page_init(void)
{
	find_ranges();
	buddy_init();
	for (unsigned int i = 0; i < range_count; i++)
		allocate_map(&page_ranges[i]);
	for (unsigned int i = 0; i < range_count; i++)
		fill_range(&page_ranges[i]);
	pagelist_init_hart(0);
	zero_page = page_alloc(0, ALLOC_ZERO);
	if (!zero_page)
		panic("no memory");
}
