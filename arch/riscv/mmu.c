/* SPDX-License-Identifier: MIT */
/*
 * The kernel's map, and root tables for address spaces (arch/mmu.h, layout in arch/layout.h).
 *
 * MMU1: no page is both writable and executable, in any mapping of it. So the direct map is
 *	 read-only where the image's text and read-only data lie.
 * MMU2: the upper half of every root equals that of kernel_root, for ever. So all middle tables
 *	 that it will need are made at boot: the stack area gets as many as stacks in all of
 *	 memory could use.
 *
 * map_lock (RANK_KERNELMAP) protects the entries of the stack area. Each hart keeps a few roots
 * of dead spaces, complete with the kernel's half, for the next fork (task context only, no
 * lock).
 */
#include "arch/csr.h"
#include "arch/internal.h"
#include "arch/layout.h"
#include "arch/mmu.h"
#include "base/lock.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"

enum {
	KERNEL_READ = PTE_V | PTE_R | PTE_G | PTE_A,
	KERNEL_WRITE = KERNEL_READ | PTE_W | PTE_D,
	KERNEL_EXEC = KERNEL_READ | PTE_X,
	KERNEL_HALF = TABLE_ENTRIES / 2, /* first entry of the upper half of a root */
	ROOTS_KEPT = 8,
};

extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[], __data_start[],
	__kernel_end[];

u64 kernel_phys_base __aligned(8);
u64 kernel_satp;

static pte_t kernel_root[TABLE_ENTRIES] __aligned(PAGE_SIZE);
static spinlock_t map_lock = SPINLOCK_INIT(RANK_KERNELMAP);

struct root_stock {
	unsigned int count;
	struct page *roots[ROOTS_KEPT];
};
static DEFINE_PERHART(struct root_stock, root_stock);

static pte_t *entry_table(pte_t entry)
{
	return phys_to_virt(paddr(pte_pfn(entry) << PAGE_SHIFT));
}

/* --- boot --- */

static pte_t *boot_next_table(pte_t *entry)
{
	if (!pte_present(*entry))
		*entry = pte_table(virt_to_phys(boot_alloc(PAGE_SIZE)).addr >> PAGE_SHIFT);
	return entry_table(*entry);
}

/* Maps [address, address + size) to physical memory in the largest pages that fit. */
static void boot_map(u64 address, u64 physical, u64 size, u64 bits)
{
	while (size > 0) {
		unsigned int level = TABLE_LEVELS - 1;
		pte_t *table = kernel_root;

		while ((address | physical) & (level_span(level) - 1) || size < level_span(level))
			level--;
		for (unsigned int above = TABLE_LEVELS - 1; above > level; above--)
			table = boot_next_table(&table[pte_index(address, above)]);
		table[pte_index(address, level)] = pte_make(physical >> PAGE_SHIFT, bits);
		address += level_span(level);
		physical += level_span(level);
		size -= level_span(level);
	}
}

static void boot_map_image(const char *start, const char *end, u64 bits)
{
	boot_map((u64)start, virt_to_phys(start).addr, end - start, bits);
}

static void boot_map_direct(u64 start, u64 end, u64 bits)
{
	boot_map(DIRECT_MAP_BASE + start, start, end - start, bits);
}

/* Stacks take twice their memory in addresses, so twice the memory is enough of the area. */
static void boot_make_stack_tables(void)
{
	u64 memory = 0;
	u64 span;

	for (unsigned int i = 0; i < machine.memory_count; i++)
		memory += machine.memory[i].end - machine.memory[i].start;
	span = MIN(ALIGN_UP(2 * memory, GiB) + GiB, KSTACK_AREA_SIZE);
	for (u64 offset = 0; offset < span; offset += GiB)
		boot_next_table(&kernel_root[pte_index(KSTACK_AREA_BASE + offset, 2)]);
}

void arch_mmu_init(void)
{
	u64 image = virt_to_phys(__text_start).addr;
	u64 image_rodata_end = virt_to_phys(__rodata_end).addr;

	boot_map_image(__text_start, __text_end, KERNEL_EXEC);
	boot_map_image(__rodata_start, __rodata_end, KERNEL_READ);
	boot_map_image(__data_start, __kernel_end, KERNEL_WRITE);
	boot_map_direct(0, image, KERNEL_WRITE);
	boot_map_direct(image, image_rodata_end, KERNEL_READ);
	boot_map_direct(image_rodata_end, DIRECT_MAP_SIZE, KERNEL_WRITE);
	boot_make_stack_tables();

	kernel_satp = SATP_MODE_SV39 | virt_to_phys(kernel_root).addr >> PAGE_SHIFT;
	csr_write(satp, kernel_satp);
	tlb_init();
}

/* --- the stack area --- */

/* The leaf table's entry for an address, or NULL when the table is not there. */
static pte_t *stack_entry(unsigned long address)
{
	pte_t middle = kernel_root[pte_index(address, 2)];
	pte_t leaf;

	if (!pte_present(middle))
		return NULL;
	leaf = entry_table(middle)[pte_index(address, 1)];
	if (!pte_present(leaf))
		return NULL;
	return &entry_table(leaf)[pte_index(address, 0)];
}

/* Makes the leaf table for an address; -ENOMEM, also when memory can hold no stack there. */
static int stack_make_table(unsigned long address)
{
	pte_t middle = kernel_root[pte_index(address, 2)];
	struct page *page;
	pte_t *entry;

	if (!pte_present(middle))
		return -ENOMEM;
	page = page_alloc(0, ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	page->flags |= PG_TABLE;
	entry = &entry_table(middle)[pte_index(address, 1)];
	spin_lock(&map_lock);
	if (!pte_present(*entry)) {
		*entry = pte_table(page_to_pfn(page));
		page = NULL;
	}
	spin_unlock(&map_lock);
	if (page) {
		page->flags &= ~PG_TABLE;
		page_free(page, 0);
	}
	return 0;
}

/* Harts on which a former, invalid entry could still be cached need no fence: only
 * implementations that keep invalid entries would need it, and none that the kernel runs on does.
 * */
int arch_map_kernel_page(unsigned long address, paddr_t page)
{
	pte_t *entry = stack_entry(address);

	if (!entry) {
		int error = stack_make_table(address);

		if (error)
			return error;
		entry = stack_entry(address);
	}
	spin_lock(&map_lock);
	*entry = pte_make(page.addr >> PAGE_SHIFT, KERNEL_WRITE);
	spin_unlock(&map_lock);
	arch_flush_local(address);
	return 0;
}

bool arch_unmap_kernel_page(unsigned long address, paddr_t *page)
{
	pte_t *entry = stack_entry(address);

	if (!entry || !pte_present(*entry))
		return false;
	*page = paddr(pte_pfn(*entry) << PAGE_SHIFT);
	spin_lock(&map_lock);
	*entry = PTE_NONE;
	spin_unlock(&map_lock);
	return true;
}

/* --- root tables --- */

static struct page *root_create(void)
{
	struct page *page = page_alloc(0, 0);
	pte_t *root;

	if (!page)
		return NULL;
	root = page_address(page);
	memset(root, 0, KERNEL_HALF * sizeof(pte_t));
	memcpy(root + KERNEL_HALF, kernel_root + KERNEL_HALF, KERNEL_HALF * sizeof(pte_t));
	return page;
}

int arch_space_init(struct arch_space *space)
{
	struct root_stock *stock = this_hart_ptr(root_stock);
	struct page *page = stock->count ? stock->roots[--stock->count] : root_create();

	if (unlikely(!page))
		return -ENOMEM;
	page->flags = PG_TABLE;
	page->present = 0;
	page->level = 2;
	page->cow_clean = false;
	*space = (struct arch_space){ .root = page_to_phys(page) };
	return 0;
}

void arch_space_fini(struct arch_space *space)
{
	struct root_stock *stock = this_hart_ptr(root_stock);
	struct page *page = phys_to_page(space->root);

	if (stock->count < ROOTS_KEPT) {
		stock->roots[stock->count++] = page;
		return;
	}
	page->flags = 0;
	page_free(page, 0);
}
