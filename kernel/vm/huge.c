/* SPDX-License-Identifier: MIT */
/*
 * Pages of 2 MiB for anonymous memory: where one fits, and writing to one after fork.
 *
 * A huge page is mapped by a middle entry when the whole 2 MiB lie in one anonymous private
 * region that has not asked for small pages, nothing is mapped there yet, and the allocator has
 * one while memory is plenty. Whatever needs a part of one splits it (table_split_huge). A huge
 * page that is shared after fork and written to is split, and only the page that is written is
 * copied.
 */
#include "vm/fault.h"

bool huge_possible(const struct fault *fault)
{
	const struct region *region = fault->region;
	uaddr_t start = ALIGN_DOWN(fault->address, (uaddr_t)HUGE_SIZE);

	return fault->write && !region->object && !fault->mm->no_huge_pages &&
	       start >= region->start && start + HUGE_SIZE <= region->end &&
	       !(region->flags &
		 (REGION_NOHUGE | REGION_SHARED | REGION_SPECIAL | REGION_USERFAULT));
}

bool huge_map(struct fault *fault)
{
	struct page *head = page_alloc(HUGE_ORDER, ALLOC_HUGE | ALLOC_USER | ALLOC_ZERO);
	u64 bits = region_private_bits(fault->region);

	if (!head)
		return false;
	head->flags |= PG_ANON;
	fault->path.middle->present++;
	fault->mm->rss_anon += TABLE_ENTRIES;
	path_mark(&fault->path, bits);
	entry_set(fault->path.middle_entry, pte_make(page_to_pfn(head), bits));
	return true;
}

bool huge_reuse(struct fault *fault)
{
	pte_t *entry = fault->path.middle_entry;
	u64 bits = region_private_bits(fault->region);

	if (load_acquire(&entry_page(*entry)->refs.count) != 1)
		return false;
	path_mark(&fault->path, bits);
	entry_set(entry, pte_make(pte_pfn(*entry), bits));
	arch_flush_local(fault->address);
	return true;
}
