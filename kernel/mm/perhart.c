/* SPDX-License-Identifier: MIT */
/*
 * Per-hart variables: the harts' copies of the section .perhart. Uses: base/perhart.h. It stands in
 * mm/ because it allocates.
 *
 * The copies are made of what the boot hart's variables hold at that time, except for the page
 * lists, which are in use by then.
 */
#include "base/perhart.h"
#include "lib/assert.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/pagelist.h"

extern char __perhart_start[], __perhart_end[];

unsigned long perhart_offset[MAX_HARTS];
unsigned int nr_harts = 1;
hartmask_t harts_online = 1;

static void copy_for(unsigned int hart, size_t size)
{
	unsigned int order = 0;
	struct page *page;

	while ((size_t)PAGE_SIZE << order < size)
		order++;
	page = page_alloc(order, 0);
	if (!page)
		panic("no memory for the variables of hart %u", hart);
	memcpy(page_address(page), __perhart_start, size);
	perhart_offset[hart] = (unsigned long)page_address(page) - (unsigned long)__perhart_start;
	pagelist_init_hart(hart);
}

void perhart_init(unsigned int count)
{
	assert(count >= 1 && count <= MAX_HARTS);
	for (unsigned int hart = 1; hart < count; hart++)
		copy_for(hart, __perhart_end - __perhart_start);
	nr_harts = count;
}
