/* SPDX-License-Identifier: MIT */
/*
 * Page tables of user space: walking, sharing and unsharing. Private to vm/. The theory stands in
 * docs/memory.md.
 *
 * A user address is resolved by the root (one per space, never shared), a middle table (1 GiB)
 * and a leaf table (2 MiB). A middle entry may itself be a leaf: a huge page.
 *
 * PT1: refs of a table count the entries that point to it; a table with refs > 1 is shared and
 * not changed.
 * PT2: present counts the entries in use. A table with none is freed by whoever empties it.
 * PT3: cow_clean says that no entry in a table, or in open tables below, permits writing to a
 * private page. A table that is shared and open is clean.
 * PT4: every table lies on the path of an address that is in a region.
 * PT5: a closed entry of a middle table refers to a leaf table that the hardware does not find by
 * it. Fork closes instead of cleaning what lies below; who needs the table next cleans and opens
 * it. Of a shared table that is closed, rights are taken by anybody, and nothing else is changed.
 *
 * PTE_COW marks a page of a private mapping, also while it may be written. An entry that is not 0
 * but lacks PTE_V keeps its page for a region that permits no access.
 *
 * mm->lock is held for all of these; tables of other spaces that share one are protected by PT1
 * alone.
 */
#ifndef VM_PAGETABLE_H
#define VM_PAGETABLE_H

#include "mm/page.h"
#include "vm/gather.h"
#include "vm/space.h"

enum { LEVEL_LEAF = 0, LEVEL_MIDDLE = 1, LEVEL_ROOT = 2 };

#define MIDDLE_SPAN ((u64)GiB) /* bytes that a middle table covers */

/* --- entries --- */

static inline bool entry_none(pte_t entry)
{
	return !entry.value;
}

/* Of a middle table: a leaf table, open or closed. All that maps a page is PTE_U. */
static inline bool entry_is_table(pte_t entry)
{
	return entry.value && !(entry.value & PTE_U);
}

/* A leaf table that the hardware does not find (PT5). */
static inline bool entry_is_closed(pte_t entry)
{
	return entry.value && !(entry.value & (PTE_U | PTE_V));
}

/* In a middle table: a huge page. */
static inline bool entry_is_huge(pte_t entry)
{
	return entry.value & PTE_U;
}

static inline struct page *entry_page(pte_t entry)
{
	return pfn_to_page(pte_pfn(entry));
}

/* Permits writing to a private page. */
static inline bool entry_private_write(pte_t entry)
{
	return (entry.value & (PTE_W | PTE_COW)) == (PTE_W | PTE_COW);
}

static inline pte_t entry_without_write(pte_t entry)
{
	return entry_private_write(entry) ? (pte_t){ entry.value & ~(u64)(PTE_W | PTE_D) } : entry;
}

/* What it points to is complete before another hart's walk can find it. */
static inline void entry_set(pte_t *at, pte_t entry)
{
	store_release(&at->value, entry.value);
}

static inline pte_t *entry_table(pte_t entry)
{
	return phys_to_virt(paddr(pte_pfn(entry) << PAGE_SHIFT));
}

static inline pte_t *table_entries(const struct page *table)
{
	return page_address(table);
}

static inline pte_t *root_entry(struct mm_struct *mm, uaddr_t address)
{
	return (pte_t *)phys_to_virt(mm->arch.root) + pte_index(address, LEVEL_ROOT);
}

/* First index >= i whose entry is in use; TABLE_ENTRIES when there is none. Skips eight empty
 * ones at a time. */
static inline unsigned int table_next_used(const pte_t *table, unsigned int i)
{
	for (; i < TABLE_ENTRIES; i++) {
		const pte_t *at = table + i;

		if (at->value)
			return i;
		if (i % 8 == 0 && !(at[1].value | at[2].value | at[3].value | at[4].value |
				    at[5].value | at[6].value | at[7].value))
			i += 7;
	}
	return i;
}

/* The first entry in use from there on; there is one in the table. Skips eight empty ones at a
 * time. */
static inline pte_t *table_used_from(pte_t *at)
{
	enum { GROUP = 8 * sizeof(pte_t) };

	while (!at->value) {
		bool group = (u64)at % GROUP == 0 &&
			     !(at[1].value | at[2].value | at[3].value | at[4].value | at[5].value |
			       at[6].value | at[7].value);

		at += group ? 8 : 1;
		assert((u64)at % PAGE_SIZE);
	}
	return at;
}

/* Visits the entries in use of a table (PT2). */
#define for_each_present(at, table)                                                                \
	for (u32 at##_left = ((at) = table_entries(table), (table)->present);                      \
	     at##_left && ((at) = table_used_from(at), true); (at)++, at##_left--)

/* entry_page() for long loops: what it needs to know of the memory map stays in registers. */
static inline struct page *page_of(pte_t entry, const struct page_range first)
{
	pfn_t pfn = pte_pfn(entry);
	u64 index = pfn - first.start;

	return likely(index < first.count) ? first.pages + index : pfn_to_page_far(pfn);
}

/* Visits the entries in use of a whole table, which may change meanwhile. */
#define for_each_used(i, table)                                                                    \
	for ((i) = table_next_used(table, 0); (i) < TABLE_ENTRIES;                                 \
	     (i) = table_next_used(table, (i) + 1))

/* The end of the part of [address, end) that one entry of the level covers. */
static inline uaddr_t span_end(uaddr_t address, uaddr_t end, unsigned int level)
{
	return MIN(ALIGN_DOWN(address, level_span(level)) + level_span(level), end);
}

/* True when [start, end) is all that an entry of the level covers. */
static inline bool span_is_whole(uaddr_t start, uaddr_t end, unsigned int level)
{
	return end - start == level_span(level);
}

/* --- counts of a leaf table, beside `present`: what its entries are, for the space's
 * resident-set size --- */

#define TABLE_OBJECT_ONE ((u64)1)	 /* owner_word, low half: pages of objects */
#define TABLE_SPECIAL_ONE ((u64)1 << 32) /* high half: special entries */

/* What an entry with that page (NULL: special) adds to owner_word. */
static inline u64 table_kind(const struct page *page)
{
	if (!page)
		return TABLE_SPECIAL_ONE;
	return page->flags & PG_OBJECT ? TABLE_OBJECT_ONE : 0;
}

/* Adds `times` all that is mapped below an entry of the level to the space's counts. */
void rss_add_below(struct mm_struct *mm, pte_t entry, unsigned int level, s64 times);

/* --- walking --- */

/* The way to an address. Tables that are named are the space's alone (PT1), until the next call
 * that may unshare. */
struct table_path {
	struct page *middle; /* NULL: absent */
	pte_t *middle_entry; /* entry of middle for the address */
	struct page *leaf;   /* NULL: absent, or middle_entry is a huge page */
	pte_t *leaf_entry;
};

/* The entry that maps address, for reading it only: a leaf table's, or a huge page's (*level
 * tells). NULL when there is no table; the entry may be empty. Its rights hold only while the
 * table is not closed. */
pte_t *table_peek(struct mm_struct *mm, uaddr_t address, unsigned int *level);
/* The first page at or above `at` whose entry is not empty; end when there is none below it. Goes
 * over missing tables at a step. */
uaddr_t table_next(struct mm_struct *mm, uaddr_t at, uaddr_t end);
/* Whether the leaf table on the way to address is there and closed (PT5). */
bool table_is_closed(struct mm_struct *mm, uaddr_t address);

/* Makes the middle table on the way to address the space's own: copies it when shared; when
 * absent, makes it with create, else leaves path->middle NULL. 0 or -ENOMEM. */
int table_own_middle(struct mm_struct *mm, uaddr_t address, bool create, struct gather *gather,
		     struct table_path *path) must_check;
/* The same for the leaf table, after the middle one; it is open then. The middle entry is not a
 * huge page. */
int table_own_leaf(uaddr_t address, bool create, struct gather *gather,
		   struct table_path *path) must_check;
/* Opens the closed leaf table of path->middle_entry, which may stay shared: for reading. */
void table_open_leaf(struct table_path *path);
/* Replaces the huge page of path->middle_entry by a leaf table that maps its 512 parts. 0 or
 * -ENOMEM. */
int table_split_huge(uaddr_t address, struct gather *gather, struct table_path *path) must_check;

/* All tables with entries in [start, end) become the space's own, and huge pages that are partly
 * inside are split. 0 or -ENOMEM; what was done then changes no meaning. May sleep. */
int tables_own_range(struct mm_struct *mm, uaddr_t start, uaddr_t end,
		     struct gather *gather) must_check;
/* The same for the tables that [start, end) covers in part only: what zap_range() needs. */
int tables_own_edges(struct mm_struct *mm, uaddr_t start, uaddr_t end,
		     struct gather *gather) must_check;

static inline bool table_is_shared(const struct page *table)
{
	return load_acquire(&table->refs.count) > 1;
}

/* Opens the leaf table of a closed entry of an owned middle table; it is ours alone. */
void table_open_own(struct page *middle, pte_t *at, struct page *leaf);

/* --- changing; the path is owned --- */

/* The entry that was written permits writing to a private page: the tables are not clean any more
 * (PT3). */
static inline void path_mark(struct table_path *path, u64 bits)
{
	if ((bits & (PTE_W | PTE_COW)) == (PTE_W | PTE_COW)) {
		path->middle->cow_clean = false;
		if (path->leaf)
			path->leaf->cow_clean = false;
	}
}

/* Fills the empty leaf entry. page is NULL for a special one; else its reference goes to the
 * entry. */
static inline void path_map(struct table_path *path, pte_t entry, const struct page *page)
{
	path->leaf->present++;
	path->leaf->owner_word += table_kind(page);
	path_mark(path, pte_flags(entry));
	entry_set(path->leaf_entry, entry);
}

/* --- tables --- */

/* Drops the reference of an entry that pointed to the table, which is gone from all TLBs' walks;
 * the last one releases all that is mapped below. May sleep. */
void table_put(struct page *table);

/* fork: takes the right to write from all private pages below a middle table, or closes their leaf
 * tables; it is then clean. May sleep. */
void table_make_clean(struct page *middle);

#endif
