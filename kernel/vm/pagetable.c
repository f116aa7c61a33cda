/* SPDX-License-Identifier: MIT */
/*
 * Page tables of user space (pagetable.h): life, copies, ownership.
 *
 * Unsharing needs no lock between the spaces that share a table. Each that wants to change it
 * makes a copy, with a reference of its own to everything below, puts the copy into its own
 * table, flushes, and then drops its reference to the old one; whoever drops the last one
 * releases the old table's references. refs == 1 means that the only entry pointing to the table
 * is ours, because a new reference is only made from an existing one, and the table that holds
 * the entry is ours too. The release in refcount_dec_and_test pairs with the acquire in
 * table_is_shared: what the other space read from the table, it read before we change it.
 *
 * Closed tables and fork's part are closed.c's.
 *
 * Tested by tests/unit/test_space.c, tests/guest/cow.c, tests/guest/forkmuch.c.
 */
#include "vm/pagetable.h"

#include "base/perhart.h"
#include "lib/errno.h"
#include "sched/sched.h"

static DEFINE_PERHART(s64, tables); /* made minus freed, on this hart */

/* A new empty table with one reference; NULL. */
static struct page *table_alloc(unsigned int level)
{
	struct page *table = page_alloc(0, ALLOC_ZERO);

	if (!table)
		return NULL;
	(*this_hart_ptr(tables))++;
	table->flags = PG_TABLE;
	table->present = 0;
	table->level = level;
	table->cow_clean = true;
	table->owner_word = 0;
	return table;
}

u64 table_count(void)
{
	unsigned int hart;
	s64 count = 0;

	for_each_hart (hart)
		count += READ_ONCE(*hart_ptr(tables, hart));
	return (u64)MAX(count, (s64)0);
}

/* --- release: the table's last reference is gone --- */

static void table_free(struct page *table)
{
	(*this_hart_ptr(tables))--;
	page_free(table, 0);
}

static void leaf_release(struct page *leaf)
{
	const struct page_range first = page_ranges[0];
	pte_t *at;

	for_each_present (at, leaf)
		if (!pte_special(*at))
			page_put(page_of(*at, first));
	table_free(leaf);
}

static void middle_release(struct page *middle)
{
	const struct page_range first = page_ranges[0];
	pte_t *at;

	for_each_present (at, middle) {
		struct page *below = page_of(*at, first);

		if (entry_is_huge(*at)) {
			page_put(below);
		} else if (refcount_dec_and_test(&below->refs)) {
			leaf_release(below);
			cond_resched();
		}
	}
	table_free(middle);
}

void table_put(struct page *table)
{
	if (!refcount_dec_and_test(&table->refs))
		return;
	if (table->level == LEVEL_MIDDLE)
		middle_release(table);
	else
		leaf_release(table);
}

/* --- copies --- */

static void copy_leaf(const struct page *leaf, struct page *copy)
{
	const struct page_range first = page_ranges[0];
	s64 distance = table_entries(copy) - table_entries(leaf);
	pte_t *at;

	for_each_present (at, leaf) {
		pte_t entry = entry_without_write(*at);

		at[distance] = entry;
		if (!pte_special(entry))
			page_get(page_of(entry, first));
	}
}

static void copy_middle(const struct page *middle, struct page *copy)
{
	const struct page_range first = page_ranges[0];
	s64 distance = table_entries(copy) - table_entries(middle);
	pte_t *at;

	assert(middle->cow_clean);
	for_each_present (at, middle) {
		pte_t entry = *at;

		/* A leaf table, or a huge page's head. */
		at[distance] = entry;
		refcount_inc(&page_of(entry, first)->refs);
	}
}

/* Copies a shared table, which is open or a closed leaf table, without rights to write, and takes
 * a reference to all that it refers to. NULL: no memory. */
static struct page *table_copy(const struct page *table)
{
	struct page *copy = table_alloc(table->level);

	if (!copy)
		return NULL;
	copy->present = table->present;
	copy->owner_word = table->owner_word;
	if (table->level == LEVEL_MIDDLE)
		copy_middle(table, copy);
	else
		copy_leaf(table, copy);
	return copy;
}

/* Makes the leaf table behind a closed entry of an owned table our own, and opens it. */
static struct page *own_closed(struct page *middle, pte_t *at, struct gather *gather)
{
	struct page *leaf = entry_page(*at);
	struct page *copy;

	if (!table_is_shared(leaf)) {
		table_open_own(middle, at, leaf);
		return leaf;
	}
	copy = table_copy(leaf);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	entry_set(at, pte_table(page_to_pfn(copy)));
	/* No hart has found it since it was closed: no flush. */
	gather_page(gather, leaf);
	return copy;
}

/* --- ownership --- */

/* A new table for an empty entry. */
static struct page *own_new(struct page *parent, pte_t *at, unsigned int level)
{
	struct page *table = table_alloc(level);

	if (!table)
		return ERR_PTR(-ENOMEM);
	if (parent)
		parent->present++;
	entry_set(at, pte_table(page_to_pfn(table)));
	return table;
}

/* Makes the table behind an entry of an owned table (parent; NULL for the root) our own, see
 * table_own_middle. NULL: absent. */
static struct page *own_table(struct page *parent, pte_t *at, unsigned int level, bool create,
			      struct gather *gather)
{
	pte_t entry = *at;
	struct page *table, *copy;

	if (unlikely(!pte_present(entry))) {
		if (!entry_none(entry))
			return own_closed(parent, at, gather);
		return create ? own_new(parent, at, level) : NULL;
	}
	table = entry_page(entry);
	if (likely(!table_is_shared(table)))
		return table;
	copy = table_copy(table);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	entry_set(at, pte_table(page_to_pfn(copy)));
	gather_table(gather, table);
	return copy;
}

int table_own_middle(struct mm_struct *mm, uaddr_t address, bool create, struct gather *gather,
		     struct table_path *path)
{
	pte_t *at = root_entry(mm, address);
	struct page *middle = own_table(NULL, at, LEVEL_MIDDLE, create, gather);

	path->leaf = NULL;
	path->middle = NULL;
	if (IS_ERR(middle))
		return -ENOMEM;
	path->middle = middle;
	if (middle)
		path->middle_entry = entry_table(*at) + pte_index(address, LEVEL_MIDDLE);
	return 0;
}

int table_own_leaf(uaddr_t address, bool create, struct gather *gather, struct table_path *path)
{
	pte_t *at = path->middle_entry;
	struct page *leaf = own_table(path->middle, at, LEVEL_LEAF, create, gather);

	path->leaf = NULL;
	if (IS_ERR(leaf))
		return -ENOMEM;
	path->leaf = leaf;
	if (leaf)
		path->leaf_entry = entry_table(*at) + pte_index(address, LEVEL_LEAF);
	return 0;
}

pte_t *table_peek(struct mm_struct *mm, uaddr_t address, unsigned int *level)
{
	pte_t *entry = root_entry(mm, address);

	if (entry_none(*entry))
		return NULL;
	entry = entry_table(*entry) + pte_index(address, LEVEL_MIDDLE);
	*level = LEVEL_MIDDLE;
	if (!entry_is_table(*entry))
		return entry;
	*level = LEVEL_LEAF;
	return entry_table(*entry) + pte_index(address, LEVEL_LEAF);
}

u64 vm_table_pages(struct mm_struct *mm)
{
	u64 pages = 1;

	mutex_lock(&mm->lock);
	for (uaddr_t at = 0; at < USER_END; at += MIDDLE_SPAN) {
		pte_t root = *root_entry(mm, at);
		unsigned int i;

		if (entry_none(root))
			continue;
		pages++;
		for_each_used (i, entry_table(root))
			pages += entry_is_table(entry_table(root)[i]);
	}
	mutex_unlock(&mm->lock);
	return pages;
}

uaddr_t table_next(struct mm_struct *mm, uaddr_t at, uaddr_t end)
{
	while (at < end) {
		unsigned int level = LEVEL_ROOT;
		pte_t *entry = table_peek(mm, at, &level);

		if (entry && !entry_none(*entry))
			return at;
		at = span_end(at, end, level);
	}
	return end;
}

/* --- huge pages --- */

/* One reference of a huge page becomes one for each of its parts. */
static void huge_refs_to_parts(struct page *head)
{
	if (load_acquire(&head->refs.count) == 1) {
		page_split_huge(head);
		for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
			head[i].flags = PG_ANON;
		return;
	}
	atomic_fetch_add_relaxed(&head->refs.count, TABLE_ENTRIES - 1);
}

int table_split_huge(uaddr_t address, struct gather *gather, struct table_path *path)
{
	pte_t huge = *path->middle_entry;
	struct page *leaf = table_alloc(LEVEL_LEAF);
	pte_t *entries;

	if (!leaf)
		return -ENOMEM;
	huge_refs_to_parts(entry_page(huge));
	entries = table_entries(leaf);
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
		entries[i] = pte_make(pte_pfn(huge) + i, pte_flags(huge));
	leaf->present = TABLE_ENTRIES;
	leaf->cow_clean = !entry_private_write(huge);
	entry_set(path->middle_entry, pte_table(page_to_pfn(leaf)));
	/* The huge page's translation and the parts' must not stand in a TLB beside each other. */
	gather->whole = true;
	path->leaf = leaf;
	path->leaf_entry = entries + pte_index(address, LEVEL_LEAF);
	return 0;
}

/* --- ownership of ranges --- */

/* Below an owned middle table: the leaf table on the way to address becomes our own, a huge page
 * is split if asked. */
static int own_below(uaddr_t address, bool split, struct gather *gather, struct table_path *path)
{
	if (entry_none(*path->middle_entry))
		return 0;
	if (entry_is_huge(*path->middle_entry))
		return split ? table_split_huge(address, gather, path) : 0;
	return table_own_leaf(address, false, gather, path);
}

int tables_own_range(struct mm_struct *mm, uaddr_t start, uaddr_t end, struct gather *gather)
{
	struct table_path path;

	for (uaddr_t at = start, next; at < end; at = next) {
		int error;

		if (entry_none(*root_entry(mm, at))) {
			next = span_end(at, end, LEVEL_ROOT);
			continue;
		}
		next = span_end(at, end, LEVEL_MIDDLE);
		error = table_own_middle(mm, at, false, gather, &path);
		if (!error)
			error = own_below(at, !span_is_whole(at, next, LEVEL_MIDDLE), gather,
					  &path);
		if (error)
			return error;
		cond_resched();
	}
	return 0;
}

static int own_edge(struct mm_struct *mm, uaddr_t address, struct gather *gather)
{
	struct table_path path;
	int error;

	if (address % level_span(LEVEL_ROOT) == 0 || entry_none(*root_entry(mm, address)))
		return 0;
	error = table_own_middle(mm, address, false, gather, &path);
	if (error || address % level_span(LEVEL_MIDDLE) == 0)
		return error;
	return own_below(address, true, gather, &path);
}

int tables_own_edges(struct mm_struct *mm, uaddr_t start, uaddr_t end, struct gather *gather)
{
	int error = own_edge(mm, start, gather);

	return error ? error : own_edge(mm, end, gather);
}

/* --- resident-set size --- */

static void rss_add_leaf(struct mm_struct *mm, const struct page *leaf, s64 times)
{
	s64 object = (s64)(leaf->owner_word & 0xffffffff);
	s64 special = (s64)(leaf->owner_word >> 32);

	mm->rss_file += times * object;
	mm->rss_anon += times * ((s64)leaf->present - object - special);
}

void rss_add_below(struct mm_struct *mm, pte_t entry, unsigned int level, s64 times)
{
	const pte_t *entries;
	unsigned int i;

	if (!entry_is_table(entry)) {
		mm->rss_anon += times * TABLE_ENTRIES;
		return;
	}
	if (level == LEVEL_MIDDLE) {
		rss_add_leaf(mm, entry_page(entry), times);
		return;
	}
	entries = entry_table(entry);
	for_each_used (i, entries)
		rss_add_below(mm, entries[i], LEVEL_MIDDLE, times);
}
