/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: slots of the stack area, their pages, and pools of stacks that wait for reuse.
 *
 * A slot is 2 * KSTACK_SIZE; the stack is its upper half. Used stacks and pooled ones are mapped,
 * and the map alone knows their pages. A pooled stack's lowest word links it to the next.
 *
 * kstack_lock (RANK_KERNELMAP) protects the map of slots and the shared pool. It is never held
 * while pages are allocated or mapped. Slots of stacks to be unmapped stay marked as used until
 * every hart has flushed its TLB. The hart's own pool needs no lock.
 */
#include "arch/mmu.h"
#include "base/lock.h"
#include "base/perhart.h"
#include "lib/bitmap.h"
#include "mm/kstack.h"
#include "mm/page.h"

enum {
	STACK_PAGES = KSTACK_SIZE / PAGE_SIZE,
	SLOT_COUNT = KSTACK_AREA_SIZE / (2 * KSTACK_SIZE), /* the most threads there can be */
	HART_POOL = 4,
	SHARED_HIGH = 64, /* stacks in the shared pool that make it give back TRIM_BATCH */
	TRIM_BATCH = 32,
};

/* A stack in a pool: its lowest bytes. */
struct idle_stack {
	struct idle_stack *next;
};

struct stack_pool {
	struct idle_stack *first;
	u32 count;
};

static spinlock_t kstack_lock = SPINLOCK_INIT(RANK_KERNELMAP);
static u64 slots_used[BITMAP_WORDS(SLOT_COUNT)]; /* [kstack_lock] one bit per slot */
static unsigned long slot_hint;			 /* [kstack_lock] no slot below is free */
static struct stack_pool shared_pool;		 /* [kstack_lock] */
static u64 mapped_stacks;			 /* [a] */

static DEFINE_PERHART(struct stack_pool, stack_pool); /* by the hart */

static void pool_push(struct stack_pool *pool, void *stack)
{
	struct idle_stack *idle = stack;

	idle->next = pool->first;
	pool->first = idle;
	pool->count++;
}

static void *pool_pop(struct stack_pool *pool)
{
	struct idle_stack *idle = pool->first;

	if (!idle)
		return NULL;
	pool->first = idle->next;
	pool->count--;
	return idle;
}

/* --- slots --- */

static unsigned long slot_stack(unsigned long slot)
{
	return KSTACK_AREA_BASE + slot * 2 * KSTACK_SIZE + KSTACK_SIZE;
}

static unsigned long stack_slot(const void *stack)
{
	return ((unsigned long)stack - KSTACK_AREA_BASE) / (2 * KSTACK_SIZE);
}

/* A slot that was free, or SLOT_COUNT. */
static unsigned long slot_take(void)
{
	unsigned long slot;

	spin_lock(&kstack_lock);
	slot = bitmap_find_clear(slots_used, SLOT_COUNT, slot_hint);
	if (slot < SLOT_COUNT)
		bitmap_set(slots_used, slot);
	slot_hint = slot;
	spin_unlock(&kstack_lock);
	return slot;
}

static void slot_release(unsigned long slot)
{
	spin_lock(&kstack_lock);
	bitmap_clear(slots_used, slot);
	slot_hint = MIN(slot_hint, slot);
	spin_unlock(&kstack_lock);
}

/* --- mapping --- */

/* Takes up to TRIM_BATCH slots and their pages back: first all map entries, then one flush for all
 * harts, then what was mapped. Returns pages freed. */
static unsigned long unmap_slots(const unsigned long *slots, unsigned int count)
{
	paddr_t pages[TRIM_BATCH * STACK_PAGES];
	unsigned long freed = 0;

	for (unsigned int i = 0; i < count; i++)
		for (unsigned long page = 0; page < STACK_PAGES; page++)
			freed += arch_unmap_kernel_page(slot_stack(slots[i]) + page * PAGE_SIZE,
							&pages[freed]);
	arch_flush_kernel_all();
	for (unsigned long i = 0; i < freed; i++)
		page_free(phys_to_page(pages[i]), 0);
	for (unsigned int i = 0; i < count; i++)
		slot_release(slots[i]);
	return freed;
}

/* Gives a slot its pages; false: no memory, and it may have some of them. */
static bool map_slot(unsigned long slot)
{
	for (unsigned long i = 0; i < STACK_PAGES; i++) {
		struct page *page = page_alloc(0, 0);

		if (!page)
			return false;
		if (arch_map_kernel_page(slot_stack(slot) + i * PAGE_SIZE, page_to_phys(page))) {
			page_free(page, 0);
			return false;
		}
	}
	return true;
}

static void *stack_create(void)
{
	unsigned long slot = slot_take();

	if (slot == SLOT_COUNT)
		return NULL;
	if (!map_slot(slot)) {
		unmap_slots(&slot, 1);
		return NULL;
	}
	__atomic_fetch_add(&mapped_stacks, 1, __ATOMIC_RELAXED);
	return (void *)slot_stack(slot);
}

/* Unmaps up to TRIM_BATCH stacks of the shared pool; returns pages freed. */
static unsigned long trim_shared_pool(void)
{
	unsigned long slots[TRIM_BATCH];
	unsigned int count = 0;
	void *stack;

	spin_lock(&kstack_lock);
	while (count < TRIM_BATCH && (stack = pool_pop(&shared_pool)))
		slots[count++] = stack_slot(stack);
	spin_unlock(&kstack_lock);
	if (!count)
		return 0;
	__atomic_fetch_sub(&mapped_stacks, count, __ATOMIC_RELAXED);
	return unmap_slots(slots, count);
}

static unsigned long kstack_shrink(void)
{
	unsigned long freed = 0, batch;

	while ((batch = trim_shared_pool()))
		freed += batch;
	return freed;
}

/* --- the users' side --- */

void *kstack_alloc(void)
{
	void *stack = pool_pop(this_hart_ptr(stack_pool));

	if (likely(stack))
		return stack;
	spin_lock(&kstack_lock);
	stack = pool_pop(&shared_pool);
	spin_unlock(&kstack_lock);
	return stack ? stack : stack_create();
}

void kstack_free(void *stack)
{
	struct stack_pool *pool = this_hart_ptr(stack_pool);
	bool trim;

	assert(((unsigned long)stack & (2 * KSTACK_SIZE - 1)) == KSTACK_SIZE);
	if (likely(pool->count < HART_POOL)) {
		pool_push(pool, stack);
		return;
	}
	spin_lock(&kstack_lock);
	pool_push(&shared_pool, stack);
	trim = shared_pool.count > SHARED_HIGH;
	spin_unlock(&kstack_lock);
	if (trim)
		trim_shared_pool();
}

u64 kstack_pages(void)
{
	return READ_ONCE(mapped_stacks) * STACK_PAGES;
}

void kstack_init(void)
{
	static struct shrinker shrinker = { .shrink = kstack_shrink };

	shrinker_register(&shrinker);
}
