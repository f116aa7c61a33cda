/* SPDX-License-Identifier: MIT */
/* sources: kernel/vm/space.c kernel/vm/share.c kernel/vm/region.c kernel/vm/range.c kernel/vm/map.c
 * kernel/vm/unmap.c kernel/vm/fault.c kernel/vm/cow.c kernel/vm/huge.c kernel/vm/seal.c
 * kernel/vm/pagetable.c kernel/vm/gather.c kernel/vm/vmo.c kernel/vm/radix.c kernel/lib/rbtree.c
 * kernel/lib/bitmap.c tests/unit/host.c tests/unit/vmhost.c
 * kernel/vm/region_merge.c kernel/vm/closed.c kernel/vm/commit.c */
/*
 * The tree of regions against an array of pages: random insertions, removals, cuts, changes of
 * flags and merges; after each, the tree has the array's runs in order, every lookup finds what a
 * search of the array finds, and so does every search for a hole (G1, G2 of vm/region.c); the
 * counts are the sums (G3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host.h"
#include "lib/string.h"
#include "vm/map.h"
#include "vm/region.h"
#include "vm/unmap.h"
#include "vm/vmo.h"
#include "vmhost.h"

enum { SLOTS = 600, STEPS = 20000, FIRST = 16 /* page of slot 0: mmap_min_addr */ };

static struct mm_struct *mm;
static u32 slots[SLOTS]; /* flags of the region that covers the page; 0: free */

static uaddr_t start_of(u32 slot)
{
	return (u64)(FIRST + slot) * PAGE_SIZE;
}

static u32 chance(u32 limit)
{
	return host_random() % limit;
}

static u32 random_flags(void)
{
	static const u32 flags[] = { REGION_READ, REGION_READ | REGION_WRITE,
				     REGION_READ | REGION_EXEC };

	return flags[chance(3)];
}

static bool is_free(u32 first, u32 end)
{
	for (u32 i = first; i < end; i++)
		if (slots[i])
			return false;
	return true;
}

static void fill(u32 first, u32 end, u32 flags)
{
	for (u32 i = first; i < end; i++)
		slots[i] = flags;
}

/* --- steps --- */

static void step_insert(u32 first, u32 end)
{
	struct region_spec spec = { .flags = random_flags() };

	if (!is_free(first, end))
		return;
	if (chance(2) || !region_extend(mm, start_of(first), start_of(end), &spec)) {
		struct region *region = region_create(mm, start_of(first), start_of(end), &spec);

		assert_non_null(region);
		region_insert(mm, region);
	}
	fill(first, end, spec.flags);
}

static void step_remove(u32 first, u32 end)
{
	LIST_HEAD(removed);

	assert_int_equal(unmap_locked(mm, start_of(first), start_of(end), &removed), 0);
	regions_release(&removed);
	fill(first, end, 0);
}

static void step_flags(u32 first, u32 end)
{
	u32 flags = random_flags();

	assert_int_equal(range_set_flags(mm, start_of(first), start_of(end), PROT_ALL, flags), 0);
	for (u32 i = first; i < end; i++)
		if (slots[i])
			slots[i] = flags;
}

static void step_cut(u32 first, u32 end)
{
	assert_int_equal(regions_cut(mm, start_of(first), start_of(end)), 0);
}

static void step_merge(u32 first)
{
	struct region *region = vm_find_region(mm, start_of(first));

	if (region)
		region_merge(mm, region);
}

/* --- checks --- */

static void check_regions(void)
{
	struct region *region = vm_first_region(mm);
	uaddr_t at = 0;
	u64 pages = 0, data = 0, exec = 0;
	u32 count = 0;

	for (; region; region = vm_next_region(region)) {
		u32 first = region->start / PAGE_SIZE - FIRST;
		u32 end = region->end / PAGE_SIZE - FIRST;

		assert_true(region->start >= at && region->start < region->end);
		assert_int_equal(region->hole, region->start - at);
		assert_true(is_free(at ? at / PAGE_SIZE - FIRST : 0, first));
		for (u32 i = first; i < end; i++)
			assert_int_equal(slots[i], region->flags);
		pages += end - first;
		data += region->flags & REGION_WRITE ? end - first : 0;
		exec += region->flags & REGION_EXEC ? end - first : 0;
		at = region->end;
		count++;
	}
	assert_true(is_free(at ? at / PAGE_SIZE - FIRST : 0, SLOTS));
	assert_int_equal(mm->region_count, count);
	assert_int_equal(mm->pages_mapped, pages);
	assert_int_equal(mm->data_pages, data);
	assert_int_equal(mm->exec_pages, exec);
}

static void check_find(u32 slot)
{
	struct region *region = vm_find_region(mm, start_of(slot) + 5);
	u32 i = slot;

	while (i < SLOTS && !slots[i])
		i++;
	if (i == SLOTS) {
		assert_null(region);
		return;
	}
	assert_non_null(region);
	assert_true(region->start <= start_of(i) && start_of(i) < region->end);
}

/* The highest free run by search of the array. */
static uaddr_t naive_gap(u32 pages, u32 low, u32 high)
{
	for (u32 at = high - pages + 1; at-- > low;)
		if (is_free(at, at + pages))
			return start_of(at);
	return 0;
}

static void check_gap(void)
{
	u32 low = chance(SLOTS / 2), high = low + 1 + chance(SLOTS - low - 1);
	u32 pages = 1 + chance(chance(2) ? 4 : 60);
	uaddr_t expected = high - low < pages ? 0 : naive_gap(pages, low, high);

	assert_int_equal(region_find_gap(mm, (u64)pages * PAGE_SIZE, start_of(low), start_of(high)),
			 expected);
}

static void step(void)
{
	u32 first = chance(SLOTS - 1);
	u32 end = MIN(first + 1 + chance(chance(8) ? 12 : 200), (u32)SLOTS);

	switch (chance(6)) {
	case 0:
	case 1: step_insert(first, end); break;
	case 2: step_remove(first, end); break;
	case 3: step_flags(first, end); break;
	case 4: step_cut(first, end); break;
	default: step_merge(first);
	}
}

static void tree_agrees_with_an_array(void **state)
{
	mm = mm_create();
	for (u32 i = 0; i < STEPS; i++) {
		step();
		check_regions();
		check_find(chance(SLOTS));
		check_gap();
	}
	mm_put_user(mm);
	assert_int_equal(vmhost_objects, 0);
}

/* A region that is cut and joined again has the bytes of its object where they were. */
static void offsets_follow_the_cut(void **state)
{
	struct region_spec spec = { .flags = REGION_READ, .offset = 7 * PAGE_SIZE };
	struct region *region, *upper;

	spec.object = vmo_create(100 * PAGE_SIZE, NULL);
	mm = mm_create();
	region = region_create(mm, start_of(10), start_of(30), &spec);
	region_insert(mm, region);
	upper = region_split(mm, region, start_of(14));
	assert_int_equal(upper->offset, 11 * PAGE_SIZE);
	assert_int_equal(region_offset(upper, start_of(20)), 17 * PAGE_SIZE);
	region_set_start(mm, upper, start_of(16));
	assert_int_equal(upper->offset, 13 * PAGE_SIZE);
	assert_ptr_equal(region_merge(mm, region), region);
	assert_int_equal(mm->region_count, 2);
	region_set_start(mm, upper, start_of(14));
	assert_ptr_equal(region_merge(mm, upper), region);
	assert_int_equal(mm->region_count, 1);
	assert_int_equal(region_size(region), 20 * PAGE_SIZE);
	mm_put_user(mm);
	vmo_put(spec.object);
	assert_int_equal(vmhost_objects, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_agrees_with_an_array),
		cmocka_unit_test(offsets_follow_the_cut),
	};

	vmhost_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
