/* SPDX-License-Identifier: MIT */
/*
 * Copy on write: a private page is about to be written that the entry does not permit to write.
 *
 * VM3: a page is taken over in place when its one reference is our entry's, in a table that is
 * ours: nobody else can reach it then, and nobody can begin to, as references are only made from
 * existing ones. Else it is copied. Pages of objects have the object's reference too, and so are
 * always copied; the page of zeros is not counted, and replaced by a new one.
 *
 * Tested by tests/guest/cow.c.
 */
#include "lib/errno.h"
#include "vm/fault.h"

/* Replaces the entry by one that maps a new page of ours; old is NULL for the page of zeros. */
static void replace_page(struct fault *fault, struct page *page, struct page *old)
{
	struct mm_struct *mm = fault->mm;
	struct table_path *path = &fault->path;
	u64 bits = region_private_bits(fault->region);

	page->flags = PG_ANON;
	path->leaf->owner_word -= table_kind(old ? page_head(old) : NULL);
	if (!old || page_head(old)->flags & PG_OBJECT)
		mm->rss_anon++;
	if (old && page_head(old)->flags & PG_OBJECT)
		mm->rss_file--;
	path_mark(path, bits);
	entry_set(path->leaf_entry, pte_make(page_to_pfn(page), bits));
	gather_range(&fault->gather, fault->address, fault->address + PAGE_SIZE);
	if (old)
		gather_page(&fault->gather, old);
}

/* Gives the entry the right to write to the page that it maps. */
static void take_over(struct fault *fault)
{
	struct table_path *path = &fault->path;
	u64 bits = region_private_bits(fault->region);

	path_mark(path, bits);
	entry_set(path->leaf_entry, pte_make(pte_pfn(*path->leaf_entry), bits));
	arch_flush_local(fault->address);
}

int cow_break(struct fault *fault)
{
	pte_t entry = *fault->path.leaf_entry;
	struct page *old, *page;

	if (pte_special(entry)) {
		page = page_alloc(0, ALLOC_USER | ALLOC_ZERO);
		if (!page)
			return -ENOMEM;
		replace_page(fault, page, NULL);
		return 0;
	}
	old = entry_page(entry);
	if (load_acquire(&page_head(old)->refs.count) == 1) {
		take_over(fault);
		return 0;
	}
	page = page_alloc(0, ALLOC_USER);
	if (!page)
		return -ENOMEM;
	page_copy(page_address(page), page_address(old));
	replace_page(fault, page, old);
	return 0;
}
