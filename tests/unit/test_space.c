/* SPDX-License-Identifier: MIT */
/* sources: kernel/vm/space.c kernel/vm/share.c kernel/vm/region.c kernel/vm/range.c kernel/vm/map.c
 * kernel/vm/unmap.c kernel/vm/protect.c kernel/vm/remap.c kernel/vm/brk.c kernel/vm/advise.c
 * kernel/vm/fault.c kernel/vm/cow.c kernel/vm/huge.c kernel/vm/seal.c kernel/vm/pagetable.c
 * kernel/vm/closed.c kernel/vm/gather.c kernel/vm/vmo.c kernel/vm/radix.c kernel/lib/rbtree.c
 * kernel/lib/bitmap.c tests/unit/host.c tests/unit/vmhost.c
 * kernel/vm/region_merge.c kernel/vm/commit.c */
/*
 * Address spaces against a model: a program of random steps maps, writes, forks, protects, moves,
 * truncates and exits in several spaces at once. After each step some words must read as the
 * model says, through a TLB that keeps what is not flushed; every so often all counts are
 * recomputed from the tables (PT1, PT2, PT3 of vm/pagetable.h, VM1 of vm/space.h). In the end
 * nothing is allocated. The same with allocations that fail at random places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "vm/pagetable.h"
#include "vm/region.h"
#include "vm/vmo.h"
#include "vmhost.h"

enum {
	SPACES = 6,
	WINDOW_PAGES = 5 * TABLE_ENTRIES, /* the part of each space that is used */
	OBJECTS = 24, /* the first two are files, the others shared anonymous memory */
	FILES = 2,
	OBJECT_PAGES = 700,
	STEPS = 30000,
	MADV_DONTNEED = 4,
	MADV_DONTFORK = 10,
	MADV_DOFORK = 11,
	MADV_NOHUGEPAGE = 15,
	MADV_WIPEONFORK = 18,
	MADV_KEEPONFORK = 19,
	MREMAP_MAYMOVE_FIXED = 3,
};

/* Across the border of two middle tables. */
#define WINDOW ((uaddr_t)8 * GiB - 2 * HUGE_SIZE - 64 * PAGE_SIZE)

struct model_page {
	bool mapped, shared, own, dontfork, wipe;
	u8 prot;
	s8 object; /* -1: none */
	u32 index; /* page of the object */
	u64 value; /* own, or no object: what it holds */
};

struct model_object {
	u64 value[OBJECT_PAGES];
	u32 pages; /* size */
	struct vmo *vmo;
};

static struct mm_struct *spaces[SPACES];
static struct model_page model[SPACES][WINDOW_PAGES];
static struct model_object objects[OBJECTS];
static unsigned int next_shared;

static u32 chance(u32 limit)
{
	return host_random() % limit;
}

static uaddr_t page_start(u32 page)
{
	return WINDOW + (u64)page * PAGE_SIZE;
}

/* The word of the page that is looked at. */
static uaddr_t address_of(u32 page)
{
	return page_start(page) + 1000;
}

/* --- the model --- */

/* What an access must give: 0 with *value, -EFAULT, -EIO. */
static int model_read(struct model_page *page, u64 *value)
{
	if (!page->mapped || !(page->prot & (PROT_READ | PROT_WRITE)))
		return -EFAULT;
	if (page->object < 0 || page->own) {
		*value = page->value;
		return 0;
	}
	if (page->index >= objects[page->object].pages)
		return -EIO;
	*value = objects[page->object].value[page->index];
	return 0;
}

static int model_write(struct model_page *page, u64 value)
{
	if (!page->mapped || !(page->prot & PROT_WRITE))
		return -EFAULT;
	if (page->object >= 0 && !page->own && page->index >= objects[page->object].pages)
		return -EIO;
	if (page->shared) {
		objects[page->object].value[page->index] = value;
		return 0;
	}
	page->own = true;
	page->value = value;
	return 0;
}

/* --- steps; each is refused without memory, and then has changed nothing --- */

struct range {
	u32 first, count;
};

static struct range random_range(void)
{
	struct range range;

	range.first = chance(WINDOW_PAGES);
	range.count = 1 + chance(chance(4) ? 40 : 1200);
	/* Now and then whole 2 MiB. */
	if (!chance(4)) {
		range.first = ALIGN_DOWN(range.first, 512u) + 64;
		range.count = 512 * (1 + chance(2));
	}
	range.first = MIN(range.first, (u32)WINDOW_PAGES - 1);
	range.count = MIN(range.count, WINDOW_PAGES - range.first);
	return range;
}

static void step_map(unsigned int s)
{
	struct range range = random_range();
	u32 kind = chance(6);
	bool shared = kind == 0 || kind == 1;
	int object = kind == 1 || kind == 2 ? (int)chance(FILES) : -1;
	u32 index = object < 0 ? 0 : chance(OBJECT_PAGES / 2);
	int prot = chance(6) ? PROT_READ | PROT_WRITE : PROT_READ;
	long result;

	if (shared && object < 0) {
		if (next_shared == OBJECTS || range.count > OBJECT_PAGES)
			return;
		object = (int)next_shared;
		objects[object].vmo = vmo_create((u64)range.count * PAGE_SIZE, NULL);
		if (IS_ERR(objects[object].vmo)) {
			objects[object].vmo = NULL;
			return;
		}
		next_shared++;
		objects[object].pages = range.count;
	}
	if (object >= 0)
		range.count = MIN(range.count, OBJECT_PAGES - index);
	result = vm_map(spaces[s], page_start(range.first), (u64)range.count * PAGE_SIZE, prot,
			MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE), NULL,
			object < 0 ? NULL : objects[object].vmo, (u64)index * PAGE_SIZE);
	if (result == -ENOMEM)
		return;
	assert_int_equal(result, page_start(range.first));
	for (u32 i = 0; i < range.count; i++)
		model[s][range.first + i] = (struct model_page){
			.mapped = true,
			.shared = shared,
			.prot = prot,
			.object = object,
			.index = index + i,
		};
}

static void step_unmap(unsigned int s)
{
	struct range range = random_range();

	if (vm_unmap(spaces[s], page_start(range.first), (u64)range.count * PAGE_SIZE))
		return;
	memset(&model[s][range.first], 0, range.count * sizeof(model[s][0]));
}

static bool all_mapped(unsigned int s, struct range range)
{
	for (u32 i = 0; i < range.count; i++)
		if (!model[s][range.first + i].mapped)
			return false;
	return true;
}

static void step_protect(unsigned int s)
{
	static const u8 prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
				    PROT_READ | PROT_WRITE };
	struct range range = random_range();
	u8 prot = prots[chance(4)];
	int result =
		vm_protect(spaces[s], page_start(range.first), (u64)range.count * PAGE_SIZE, prot);

	if (!all_mapped(s, range)) {
		assert_int_equal(result, -ENOMEM);
		return;
	}
	for (u32 i = 0; !result && i < range.count; i++)
		model[s][range.first + i].prot = prot;
}

static void step_advise(unsigned int s)
{
	static const u8 advices[] = { MADV_DONTNEED,   MADV_DONTFORK,	MADV_DOFORK,
				      MADV_NOHUGEPAGE, MADV_WIPEONFORK, MADV_KEEPONFORK };
	struct range range = random_range();
	u8 advice = advices[chance(6)];

	/* Only where it is taken as a whole. */
	if (!all_mapped(s, range))
		return;
	for (u32 i = 0; advice == MADV_WIPEONFORK && i < range.count; i++)
		if (model[s][range.first + i].object >= 0)
			return;
	if (vm_advise(spaces[s], page_start(range.first), (u64)range.count * PAGE_SIZE, advice)) {
		/* Without memory it may have been taken in part: make it whole. */
		vmhost_allowed = -1;
		assert_int_equal(vm_advise(spaces[s], page_start(range.first),
					   (u64)range.count * PAGE_SIZE, advice),
				 0);
	}
	for (u32 i = 0; i < range.count; i++) {
		struct model_page *page = &model[s][range.first + i];

		if (advice == MADV_DONTNEED && !page->shared) {
			page->own = false;
			page->value = 0;
		}
		if (advice == MADV_DONTFORK || advice == MADV_DOFORK)
			page->dontfork = advice == MADV_DONTFORK;
		if (advice == MADV_WIPEONFORK || advice == MADV_KEEPONFORK)
			page->wipe = advice == MADV_WIPEONFORK;
	}
}

static void write_page(unsigned int s, u32 at)
{
	u64 value = host_random();
	struct model_page old = model[s][at];
	int expected, result;

	result = vmhost_access(spaces[s], address_of(at), &value, true);
	if (result == -ENOMEM)
		return;
	expected = model_write(&model[s][at], value);
	if (result != expected)
		print_error("space %u page %u: object %d own %d prot %d\n", s, at, old.object,
			    old.own, old.prot);
	assert_int_equal(result, expected);
}

static void check_page(unsigned int s, u32 at)
{
	u64 expected_value = 0, value = 0;
	int expected = model_read(&model[s][at], &expected_value);
	int result = vmhost_access(spaces[s], address_of(at), &value, false);

	if (result == -ENOMEM)
		return;
	if (result != expected || (!result && value != expected_value))
		print_error("space %u page %u: object %d own %d prot %d\n", s, at,
			    model[s][at].object, model[s][at].own, model[s][at].prot);
	assert_int_equal(result, expected);
	if (!result)
		assert_int_equal(value, expected_value);
}

static void step_touch(unsigned int s)
{
	u32 at = chance(WINDOW_PAGES);
	u32 count = 1 + chance(30);

	for (u32 i = 0; i < count && at + i < WINDOW_PAGES; i++) {
		if (chance(3))
			write_page(s, at + i);
		else
			check_page(s, at + i);
	}
}

/* Fills what one leaf table maps, so that fork closes it. */
static void step_fill(unsigned int s)
{
	u32 first = 64 + 512 * chance(4);

	for (u32 i = 0; i < 512; i++)
		write_page(s, first + i);
}

static void step_fork(unsigned int s)
{
	for (unsigned int to = 0; to < SPACES; to++) {
		struct mm_struct *child;

		if (spaces[to])
			continue;
		child = mm_fork(spaces[s]);
		if (IS_ERR(child))
			return;
		spaces[to] = child;
		memcpy(model[to], model[s], sizeof(model[s]));
		for (u32 i = 0; i < WINDOW_PAGES; i++) {
			struct model_page *page = &model[to][i];

			if (page->dontfork)
				*page = (struct model_page){ 0 };
			if (page->wipe)
				page->value = 0;
		}
		return;
	}
}

static void space_exit(unsigned int s)
{
	mm_put_user(spaces[s]);
	spaces[s] = NULL;
}

static void step_exit(unsigned int s)
{
	unsigned int alive = 0;

	for (unsigned int i = 0; i < SPACES; i++)
		alive += spaces[i] != NULL;
	if (alive > 1)
		space_exit(s);
}

/* Moves what is one region to a free place, maybe to grow. */
static void step_move(unsigned int s)
{
	struct range from = random_range();
	struct range to = random_range();
	struct model_page pages[WINDOW_PAGES];
	long result;

	to.count = from.count;
	/* Where whole tables and huge pages can move. */
	if (chance(2))
		to.first = (from.first + 512 * (1 + chance(4))) % WINDOW_PAGES;
	if (to.first + to.count > WINDOW_PAGES ||
	    (to.first < from.first + from.count && from.first < to.first + to.count))
		return;
	if (vm_unmap(spaces[s], page_start(to.first), (u64)to.count * PAGE_SIZE))
		return;
	memset(&model[s][to.first], 0, to.count * sizeof(model[s][0]));
	result = vm_remap(spaces[s], page_start(from.first), (u64)from.count * PAGE_SIZE,
			  (u64)to.count * PAGE_SIZE, MREMAP_MAYMOVE_FIXED, page_start(to.first));
	if (result == -ENOMEM || result == -EFAULT)
		return;
	assert_int_equal(result, page_start(to.first));
	memcpy(pages, &model[s][from.first], from.count * sizeof(pages[0]));
	memset(&model[s][from.first], 0, from.count * sizeof(pages[0]));
	memcpy(&model[s][to.first], pages, from.count * sizeof(pages[0]));
}

/* Changes a file's size; what lies beyond leaves all spaces, copies too. */
static void step_truncate(void)
{
	int file = chance(FILES);
	struct model_object *object = &objects[file];
	u32 pages = chance(OBJECT_PAGES);

	vmo_set_size(object->vmo, (u64)pages * PAGE_SIZE);
	for (u32 i = pages; i < OBJECT_PAGES; i++)
		object->value[i] = 0;
	for (unsigned int s = 0; s < SPACES && pages < object->pages; s++)
		for (u32 i = 0; i < WINDOW_PAGES; i++)
			if (model[s][i].mapped && model[s][i].object == file &&
			    model[s][i].index >= pages)
				model[s][i].own = false;
	object->pages = pages;
}

static void step_punch(void)
{
	struct model_object *object = &objects[chance(FILES)];
	u32 first = chance(OBJECT_PAGES);
	u32 end = MIN(first + 1 + chance(100), object->pages);

	vmo_punch(object->vmo, (u64)first * PAGE_SIZE, (u64)end * PAGE_SIZE);
	for (u32 i = first; i < end; i++)
		object->value[i] = 0;
}

/* --- the counts, from the tables --- */

enum { ARENA_PAGES = 512 * MiB / PAGE_SIZE };

static u32 seen[ARENA_PAGES]; /* references found, by index of the page */
static bool visited[ARENA_PAGES];

static u32 index_of(const struct page *page)
{
	return page - page_ranges[0].pages;
}

static u64 closed_tables, closed_shared_tables; /* how many were met */

struct counts {
	s64 anon, file;
};

static void count_leaf(pte_t entry, u32 parts, struct counts *counts, bool first, u64 *kinds)
{
	struct page *page;

	if (pte_special(entry)) {
		*kinds += TABLE_SPECIAL_ONE;
		return;
	}
	page = page_head(entry_page(entry));
	*kinds += page->flags & PG_OBJECT ? TABLE_OBJECT_ONE : 0;
	if (page->flags & PG_OBJECT)
		counts->file += parts;
	else
		counts->anon += parts;
	if (first)
		seen[index_of(page)]++;
}

/* Counts below a table. Its entries' references count once, however many spaces share it. True:
 * something may write privately, by this entry for the table. */
static bool count_table(pte_t entry, struct counts *counts)
{
	struct page *table = entry_page(entry);
	bool closed = entry_is_closed(entry);
	const pte_t *entries = table_entries(table);
	bool first = !visited[index_of(table)];
	bool dirty = false;
	u32 present = 0;
	u64 kinds = 0;

	visited[index_of(table)] = true;
	for (u32 i = 0; i < TABLE_ENTRIES; i++) {
		if (entry_none(entries[i]))
			continue;
		present++;
		if (table->level == LEVEL_MIDDLE && entry_is_table(entries[i])) {
			if (first)
				seen[index_of(entry_page(entries[i]))]++;
			dirty |= count_table(entries[i], counts);
			continue;
		}
		dirty |= entry_private_write(entries[i]);
		count_leaf(entries[i], table->level ? TABLE_ENTRIES : 1, counts, first, &kinds);
	}
	assert_int_equal(present, table->present);
	if (table->level == LEVEL_LEAF)
		assert_int_equal(kinds, table->owner_word);
	closed_tables += closed && dirty;
	closed_shared_tables += closed && dirty && refcount_read(&table->refs) > 1;
	assert_false(dirty && table->cow_clean);
	assert_true(table->cow_clean || closed || refcount_read(&table->refs) == 1);
	return dirty && !closed;
}

static void count_space(struct mm_struct *mm)
{
	struct counts counts = { 0 };

	for (u32 i = 0; i < TABLE_ENTRIES; i++) {
		pte_t entry = ((pte_t *)phys_to_virt(mm->arch.root))[i];

		if (entry_none(entry))
			continue;
		seen[index_of(entry_page(entry))]++;
		count_table(entry, &counts);
	}
	assert_int_equal(mm->rss_anon, counts.anon);
	assert_int_equal(mm->rss_file, counts.file);
}

static void check_counts(void)
{
	memset(seen, 0, sizeof(seen));
	memset(visited, 0, sizeof(visited));
	for (unsigned int s = 0; s < SPACES; s++)
		if (spaces[s])
			count_space(spaces[s]);
	for (u32 i = 0; i < ARENA_PAGES; i++) {
		const struct page *page = &page_ranges[0].pages[i];
		u32 object = page->flags & PG_OBJECT && page->object ? 1 : 0;

		if (seen[i])
			assert_int_equal(refcount_read(&page->refs), seen[i] + object);
	}
}

/* --- the program --- */

static void step(void)
{
	unsigned int s = chance(SPACES);

	if (!spaces[s])
		return;
	switch (chance(20)) {
	case 0:
	case 1: step_map(s); break;
	case 2: step_unmap(s); break;
	case 3:
	case 4: step_protect(s); break;
	case 5: step_advise(s); break;
	case 6: step_fork(s); break;
	case 7:
		if (!chance(2))
			step_exit(s);
		break;
	case 8: step_move(s); break;
	case 9:
		if (!chance(6))
			step_truncate();
		break;
	case 10:
		if (!chance(4))
			step_punch();
		break;
	case 11:
		if (!chance(8))
			step_fill(s);
		break;
	default: step_touch(s);
	}
}

static void begin(void)
{
	memset(model, 0, sizeof(model));
	memset(objects, 0, sizeof(objects));
	next_shared = FILES;
	for (unsigned int i = 0; i < FILES; i++) {
		objects[i].pages = OBJECT_PAGES;
		objects[i].vmo = vmo_create(OBJECT_PAGES * PAGE_SIZE, NULL);
	}
	spaces[0] = mm_create();
}

static void check_all(void)
{
	for (unsigned int s = 0; s < SPACES; s++)
		for (u32 i = 0; spaces[s] && i < WINDOW_PAGES; i++)
			check_page(s, i);
}

static void end(void)
{
	for (unsigned int s = 0; s < SPACES; s++)
		if (spaces[s])
			space_exit(s);
	for (unsigned int i = 0; i < next_shared; i++)
		vmo_put(objects[i].vmo);
	vmhost_forget();
	assert_int_equal(vmhost_pages, 0);
	assert_int_equal(vmhost_objects, 0);
}

/* Lets go of shared objects that were mapped for long enough, and begins anew. */
static void run(u32 steps, bool scarce)
{
	begin();
	for (u32 i = 0; i < steps; i++) {
		vmhost_allowed = scarce && !chance(3) ? (long)chance(12) : -1;
		step();
		vmhost_allowed = -1;
		if (i % 100 == 0)
			check_counts();
		if (i % 1000 == 0)
			check_all();
	}
	check_all();
	check_counts();
	end();
}

static void spaces_agree_with_the_model(void **state)
{
	for (u32 i = 0; i < 8; i++)
		run(STEPS / 8, false);
	assert_true(closed_tables > 50 && closed_shared_tables > 10);
	print_message("%lu closed tables met, %lu of them shared\n", closed_tables,
		      closed_shared_tables);
}

static void nothing_changes_without_memory(void **state)
{
	for (u32 i = 0; i < 8; i++)
		run(STEPS / 8, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spaces_agree_with_the_model),
		cmocka_unit_test(nothing_changes_without_memory),
	};

	vmhost_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
