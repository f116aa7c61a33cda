/* SPDX-License-Identifier: MIT */
/*
 * Taking rights from page tables for fork, at once or when somebody needs them (PT5).
 *
 * A closed leaf table is out of all harts' reach, so rights may be taken from its entries while it
 * is shared, by several spaces at once: all write the same. Who finds cow_clean set (acquire) finds
 * all of them taken (release).
 *
 * mm->lock is held for all. Entry points: table_make_clean closes, table_open_leaf and
 * table_open_own open. Tested by tests/unit/test_space.c, tests/guest/forkmuch.c.
 */
#include "sched/sched.h"
#include "vm/pagetable.h"

bool table_is_closed(struct mm_struct *mm, uaddr_t address)
{
	pte_t root = *root_entry(mm, address);

	return !entry_none(root) &&
	       entry_is_closed(entry_table(root)[pte_index(address, LEVEL_MIDDLE)]);
}

/* --- rights --- */

/* Takes the right to write from all private pages. Of a closed table also while it is shared, by
 * several spaces at once: all write the same. */
static void leaf_make_clean(struct page *leaf)
{
	pte_t *at;

	for_each_present (at, leaf)
		if (entry_private_write(*at))
			WRITE_ONCE(at->value, entry_without_write(*at).value);
	store_release(&leaf->cow_clean, true);
}

/* The same for a closed table that is ours alone, but pages that nobody else has stay writable
 * (VM3). */
static void leaf_reclaim(struct page *leaf)
{
	const struct page_range first = page_ranges[0];
	bool clean = true;
	pte_t *at;

	for_each_present (at, leaf) {
		if (!entry_private_write(*at))
			continue;
		if (refcount_read(&page_head(page_of(*at, first))->refs) == 1)
			clean = false;
		else
			*at = entry_without_write(*at);
	}
	leaf->cow_clean = clean;
	/* What others read from the pages, they read before we write to them. */
	fence_full();
}

/* --- opening --- */

void table_open_own(struct page *middle, pte_t *at, struct page *leaf)
{
	if (!leaf->cow_clean)
		leaf_reclaim(leaf);
	if (!leaf->cow_clean)
		middle->cow_clean = false;
	entry_set(at, pte_table(page_to_pfn(leaf)));
}

void table_open_leaf(struct table_path *path)
{
	struct page *leaf = entry_page(*path->middle_entry);

	if (!table_is_shared(leaf)) {
		table_open_own(path->middle, path->middle_entry, leaf);
		return;
	}
	if (!load_acquire(&leaf->cow_clean))
		leaf_make_clean(leaf);
	entry_set(path->middle_entry, pte_table(page_to_pfn(leaf)));
}

/* --- closing --- */

/* Entries in use from which on a leaf table is closed: below, cleaning it costs less than the
 * faults that open it. */
enum { CLOSE_ENTRIES = 128 };

/* Anonymous memory that may well stay untouched until the child has gone. What holds pages of
 * files holds code or data as well, which is needed at once. */
static bool is_worth_closing(const struct page *leaf)
{
	return leaf->present >= CLOSE_ENTRIES && !(leaf->owner_word % TABLE_SPECIAL_ONE);
}

/* Takes the rights in a leaf table, which is open, or closes its entry. */
static void protect_leaf(pte_t *at, struct page *leaf)
{
	if (is_worth_closing(leaf)) {
		WRITE_ONCE(at->value, at->value & ~(u64)PTE_V);
		return;
	}
	leaf_make_clean(leaf);
	cond_resched();
}

void table_make_clean(struct page *middle)
{
	const struct page_range first = page_ranges[0];
	pte_t *at;

	for_each_present (at, middle) {
		struct page *below = page_of(*at, first);

		if (entry_is_huge(*at))
			*at = entry_without_write(*at);
		else if (pte_present(*at) && !below->cow_clean)
			protect_leaf(at, below);
	}
	middle->cow_clean = true;
}
