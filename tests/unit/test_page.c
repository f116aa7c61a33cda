/* SPDX-License-Identifier: MIT */
/* sources: kernel/mm/page.c kernel/mm/bootmem.c kernel/mm/buddy.c kernel/mm/pagelist.c
 * kernel/mm/hugepage.c kernel/mm/pagefill.c kernel/mm/shrinker.c kernel/mm/perhart.c
 * kernel/base/lock.c kernel/base/lockdep.c tests/unit/host.c */
/* flags: -Wl,-T,tests/unit/perhart.ld */
/*
 * The page allocator, on a machine with two ranges of memory far apart: what is given out is
 * memory, is free, and is given out once; all of it comes back together again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/machine.h"
#include "base/perhart.h"
#include "host.h"
#include "lib/string.h"
#include "mm/page.h"

#define LOW_START 0x80000000UL
#define LOW_END (LOW_START + 24 * MiB)
#define HIGH_START 0x1040000000UL
#define HIGH_END (HIGH_START + 8 * MiB)
#define INITRD_START (LOW_START + 8 * MiB + 100)
#define INITRD_END (LOW_START + 10 * MiB + 50)

enum { PAGES_MAX = 32 * MiB / PAGE_SIZE };

static struct page *pages[PAGES_MAX];
static u64 *boot_memory;

static void be_hart(unsigned int hart)
{
	host_current->hart = hart;
	host_current->perhart = perhart_offset[hart];
}

static int boot(void **state)
{
	host_memory(LOW_START, LOW_END);
	host_memory_add(HIGH_START, HIGH_END);
	machine.reserved[0] = (struct phys_range){ LOW_START, LOW_START + 1 * MiB };
	machine.reserved[1] = (struct phys_range){ INITRD_START, INITRD_END };
	machine.reserved[2] = (struct phys_range){ HIGH_START + 64 * KiB, HIGH_START + 65 * KiB };
	machine.reserved_count = 3;
	boot_memory = boot_alloc(5000);
	page_init();
	perhart_init(2);
	return 0;
}

static bool is_reserved(u64 address)
{
	for (unsigned int i = 0; i < machine.reserved_count; i++)
		if (address + PAGE_SIZE > machine.reserved[i].start &&
		    address < machine.reserved[i].end)
			return true;
	return false;
}

/* The page is memory that may be used, and neither the memory map nor what boot_alloc() gave. */
static void assert_usable(struct page *page)
{
	u64 address = page_to_phys(page).addr;
	u64 boot_start = virt_to_phys(boot_memory).addr;

	assert_true((address >= LOW_START && address < LOW_END) ||
		    (address >= HIGH_START && address < HIGH_END));
	assert_false(is_reserved(address));
	assert_false(address >= boot_start && address < boot_start + 2 * PAGE_SIZE);
	for (int i = 0; i < 2; i++)
		assert_false((u64)page_address(page) + PAGE_SIZE > (u64)page_ranges[i].pages &&
			     (u64)page_address(page) <
				     (u64)(page_ranges[i].pages + page_ranges[i].count));
}

/* Takes all single pages that there are; returns how many. */
static unsigned int take_all(unsigned int flags)
{
	unsigned int count = 0;

	while ((pages[count] = page_alloc(0, flags)))
		count++;
	return count;
}

static void give_all(unsigned int count)
{
	while (count)
		page_free(pages[--count], 0);
}

static u64 free_pages(void)
{
	struct page_stats stats;

	page_stats(&stats);
	return stats.free;
}

/* Lets a hart ask for more large blocks than there are, for which it gives up its list. */
static void drain_hart(unsigned int hart)
{
	unsigned int count = 0;

	be_hart(hart);
	while ((pages[count] = page_alloc(MAX_ORDER, 0)))
		count++;
	while (count)
		page_free(pages[--count], MAX_ORDER);
	be_hart(0);
}

static void test_boot_alloc(void **state)
{
	for (int i = 0; i < 2 * PAGE_SIZE / 8; i++)
		assert_int_equal(boot_memory[i], 0);
	assert_int_equal((u64)boot_memory % PAGE_SIZE, 0);
}

static void test_conversions(void **state)
{
	static const u64 inside[] = { LOW_START, LOW_END - PAGE_SIZE, HIGH_START, HIGH_END - 1 };
	static const u64 outside[] = { 0, LOW_START - 1, LOW_END, HIGH_START - 1, HIGH_END };

	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		pfn_t pfn = inside[i] >> PAGE_SHIFT;
		struct page *page = pfn_to_page(pfn);

		assert_int_equal(page_to_pfn(page), pfn);
		assert_ptr_equal(virt_to_page(page_address(page)), page);
		assert_int_equal(page_to_phys(page).addr, pfn << PAGE_SHIFT);
	}
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
		expect_panic("not in the memory map", pfn_to_page(outside[i] >> PAGE_SHIFT));
}

static void test_take_all(void **state)
{
	u64 before = free_pages();
	unsigned int count = take_all(0);
	struct page_stats stats;

	assert_int_equal(count, before);
	assert_int_equal(free_pages(), 0);
	for (unsigned int i = 0; i < count; i++) {
		assert_usable(pages[i]);
		assert_int_equal(refcount_read(&pages[i]->refs), 1);
		assert_int_equal(pages[i]->flags, 0);
		pages[i]->flags = PG_ANON; /* what page_free() must clear */
	}
	give_all(count);
	assert_int_equal(free_pages(), before);
	assert_int_equal(take_all(0), before);
	give_all(before);

	/* What can be joined is joined: at most the per-hart list keeps blocks apart. */
	page_stats(&stats);
	assert_true(stats.blocks[MAX_ORDER] >= 4);
	assert_true(stats.total >= before);
}

/* Blocks of all orders come and go; no two that live share a page. */
static void test_random_blocks(void **state)
{
	enum { LIVE = 60 };
	static u8 used[2][PAGES_MAX];
	struct page *live[LIVE] = { NULL };
	u64 before = free_pages();

	for (int step = 0; step < 20000; step++) {
		unsigned int slot = host_random() % LIVE;
		struct page *page = live[slot];
		unsigned int order = page ? page->order : host_random() % (MAX_ORDER + 1);
		bool high;

		be_hart(host_random() % 2);
		if (!page && !(page = page_alloc(order, 0)))
			continue;
		high = page_to_phys(page).addr >= HIGH_START;
		assert_int_equal(page_to_pfn(page) & ((1u << order) - 1), 0);
		for (unsigned int i = 0; i < 1u << order; i++) {
			u64 offset = page_to_phys(page + i).addr - (high ? HIGH_START : LOW_START);

			if (!live[slot])
				assert_usable(page + i);
			used[high][offset / PAGE_SIZE] ^= 1;
			assert_int_equal(used[high][offset / PAGE_SIZE], !live[slot]);
		}
		if (live[slot])
			page_free(page, order);
		live[slot] = live[slot] ? NULL : page;
	}
	for (int i = 0; i < LIVE; i++)
		if (live[i])
			page_free(live[i], live[i]->order);
	drain_hart(1);
	assert_int_equal(free_pages(), before);
}

static void test_fill(void **state)
{
	struct page *page = page_alloc(0, 0), *other;
	u8 *memory = page_address(page), *copy;

	memset(memory, 0x77, PAGE_SIZE);
	page_free(page, 0);
	assert_ptr_equal(page_alloc(0, ALLOC_ZERO), page);
	for (int i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(memory[i], 0);
	for (int i = 0; i < PAGE_SIZE; i++)
		memory[i] = i * 7;
	other = page_alloc(0, 0);
	copy = page_address(other);
	page_copy(copy, memory);
	assert_memory_equal(copy, memory, PAGE_SIZE);
	page_free(other, 0);
	page_free(page, 0);

	page = page_alloc(3, ALLOC_ZERO);
	memory = page_address(page);
	for (int i = 0; i < 8 * PAGE_SIZE; i++)
		assert_int_equal(memory[i], 0);
	page_free(page, 3);
	for (int i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(((u8 *)page_address(zero_page))[i], 0);
}

/* Users leave the kernel at least the reserve: 1/64 of memory, or 64 pages when that is more. */
static void test_reserve(void **state)
{
	u64 reserve = MAX(page_total_count() / 64, 64UL);
	unsigned int users = take_all(ALLOC_USER), kernel = 0;
	struct page *page;

	assert_true(page_free_count() < reserve);
	while ((page = page_alloc(0, 0)))
		pages[users + kernel++] = page;
	assert_in_range(kernel, reserve - 64, reserve + 64);
	give_all(users + kernel);
}

static void test_huge(void **state)
{
	u64 before = free_pages();
	struct page *head = page_alloc(HUGE_ORDER, ALLOC_HUGE | ALLOC_USER);
	unsigned int count = 0;

	assert_non_null(head);
	assert_ptr_equal(page_head(head), head);
	assert_ptr_equal(page_head(head + 511), head);
	page_get(head + 17);
	assert_int_equal(refcount_read(&head->refs), 2);
	page_put(head + 300);
	page_put(head + 4);
	assert_int_equal(free_pages(), before);
	assert_int_equal(head[17].flags, 0);

	head = page_alloc(HUGE_ORDER, ALLOC_HUGE);
	head->flags |= PG_ANON;
	page_split_huge(head);
	for (int i = 0; i < 512; i++) {
		assert_int_equal(head[i].flags, PG_ANON);
		assert_ptr_equal(page_head(&head[i]), &head[i]);
		page_put(&head[i]);
	}
	assert_int_equal(free_pages(), before);

	/* Only while more than an eighth is free. */
	while ((pages[count] = page_alloc(HUGE_ORDER, ALLOC_HUGE)))
		count++;
	assert_in_range(count, 8, 13);
	while (count)
		page_put(pages[--count]);
	assert_int_equal(free_pages(), before);
}

static struct page *hoard;
static unsigned int shrinks;

static unsigned long give_hoard(void)
{
	unsigned long freed = hoard != NULL;

	shrinks++;
	assert_null(page_alloc(0, 0)); /* no shrinkers inside shrinkers */
	if (hoard)
		page_free(hoard, 0);
	hoard = NULL;
	return freed;
}

static void test_shrinker(void **state)
{
	static struct shrinker shrinker = { .shrink = give_hoard };
	unsigned int count;

	shrinker_register(&shrinker);
	hoard = page_alloc(0, 0);
	count = take_all(0);
	assert_null(hoard);
	assert_int_equal(shrinks, 2);
	assert_int_equal(free_pages(), 0);
	give_all(count);
	list_del(&shrinker.link);
}

static void test_free_range(void **state)
{
	u64 total = page_total_count();
	u64 before = free_pages();
	u64 whole =
		(ALIGN_DOWN(INITRD_END, PAGE_SIZE) - ALIGN_UP(INITRD_START, PAGE_SIZE)) / PAGE_SIZE;

	page_free_range(paddr(INITRD_START), paddr(INITRD_END));
	assert_int_equal(page_total_count(), total + whole);
	assert_int_equal(free_pages(), before + whole);
	page_free_range(paddr(HIGH_START + 64 * KiB + 1), paddr(HIGH_START + 65 * KiB));
	assert_int_equal(page_total_count(), total + whole);
	assert_int_equal(take_all(0), before + whole);
	give_all(before + whole);
}

static void test_misuse(void **state)
{
	struct page *page = page_alloc(0, 0), *block = page_alloc(3, 0);

	if (!CONFIG_DEBUG)
		return; /* only debug builds look */
	page_free(page, 0);
	expect_panic("freed twice", page_free(page, 0));
	expect_panic("order 3 is freed as order 2", page_free(block, 2));
	refcount_set(&block->refs, 2);
	expect_panic("freed with 2 references", page_free(block, 3));
	refcount_set(&block->refs, 1);
	page_free(block, 3);
	expect_panic("never allocated", page_free(phys_to_page(paddr(LOW_START)), 0));
	page->flags = PG_ANON;
	expect_panic("used while free", page_alloc(0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_alloc), cmocka_unit_test(test_conversions),
		cmocka_unit_test(test_take_all),   cmocka_unit_test(test_random_blocks),
		cmocka_unit_test(test_fill),	   cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_huge),	   cmocka_unit_test(test_shrinker),
		cmocka_unit_test(test_free_range), cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
