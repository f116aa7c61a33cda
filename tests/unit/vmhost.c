/* SPDX-License-Identifier: MIT */
/*
 * The kernel around address spaces, for host tests: see vmhost.h.
 *
 * Single pages and huge pages come from two halves of one arena. A page that is freed is filled
 * with junk, so a use of it shows in what a test reads. The TLB keeps translations until they are
 * flushed, never longer or shorter.
 */
#include "base/perhart.h"
#include "vmhost.h"

#include "host.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "task/task.h"
#include "vm/fault.h"
#include "vm/pagetable.h"
#include "vm/region.h"
#include "vm/vmo.h"

unsigned int nr_harts = 1;
unsigned long perhart_offset[MAX_HARTS];

enum {
	MEMORY_START = 0x80000000,
	MEMORY_SIZE = 512 * MiB,
	PAGES = MEMORY_SIZE / PAGE_SIZE,
	HUGE_FIRST = PAGES / 2, /* huge pages lie above */
	HUGE_BLOCKS = PAGES / 2 / TABLE_ENTRIES,
	TLB_SIZE = 4096,
};

long vmhost_pages;
long vmhost_objects;
long vmhost_allowed = -1;

/* --- memory --- */

struct page_range page_ranges[2];
static struct page map[PAGES];
static u32 free_single[PAGES], free_singles;
static u32 block_used[HUGE_BLOCKS];
struct page *zero_page;

struct page *pfn_to_page_far(pfn_t pfn)
{
	panic("page %lx does not exist", pfn);
}

pfn_t page_to_pfn_far(const struct page *page)
{
	panic("%p is no page", page);
}

static bool allowed(void)
{
	if (!vmhost_allowed)
		return false;
	if (vmhost_allowed > 0)
		vmhost_allowed--;
	return true;
}

static struct page *take_block(void)
{
	for (u32 i = 0; i < HUGE_BLOCKS; i++)
		if (!block_used[i]) {
			block_used[i] = TABLE_ENTRIES;
			return &map[HUGE_FIRST + i * TABLE_ENTRIES];
		}
	return NULL;
}

static void prepare_huge(struct page *head)
{
	head->flags = PG_HUGE_HEAD;
	for (u32 i = 1; i < TABLE_ENTRIES; i++) {
		head[i].flags = PG_HUGE_TAIL;
		head[i].head = head;
	}
}

struct page *page_alloc(unsigned int order, unsigned int flags)
{
	struct page *page;

	assert(!order || (order == HUGE_ORDER && flags & ALLOC_HUGE));
	if (!allowed() || (!order && !free_singles))
		return NULL;
	page = order ? take_block() : &map[free_single[--free_singles]];
	if (!page)
		return NULL;
	page->flags = 0;
	page->order = order;
	refcount_set(&page->refs, 1);
	if (order)
		prepare_huge(page);
	vmhost_pages += 1L << order;
	memset(page_address(page), flags & ALLOC_ZERO ? 0 : 0x77, (size_t)PAGE_SIZE << order);
	return page;
}

static void free_one(struct page *page)
{
	u32 index = page - map;

	page->flags = 0;
	page->order = 0;
	refcount_set(&page->refs, 0);
	memset(page_address(page), 0x5c, PAGE_SIZE);
	vmhost_pages--;
	if (index < HUGE_FIRST)
		free_single[free_singles++] = index;
	else
		block_used[(index - HUGE_FIRST) / TABLE_ENTRIES]--;
}

void page_free(struct page *page, unsigned int order)
{
	assert(page->order == order && refcount_read(&page->refs) == 0);
	for (u32 i = 0; i < 1u << order; i++)
		free_one(page + i);
}

void huge_dissolve(struct page *head)
{
}

void page_clear(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void page_copy(void *to, const void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

u64 page_total_count(void)
{
	return PAGES;
}

struct kmem_cache {
	size_t size;
};

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     void (*ctor)(void *object))
{
	struct kmem_cache *cache = __builtin_malloc(sizeof(*cache));

	cache->size = size;
	return cache;
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	void *object;

	if (!allowed())
		return NULL;
	object = __builtin_malloc(cache->size);
	memset(object, 0x77, cache->size);
	vmhost_objects++;
	return object;
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	void *object = kmem_cache_alloc(cache);

	return object ? memset(object, 0, cache->size) : NULL;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	vmhost_objects--;
	__builtin_free(object);
}

/* --- scheduling: one task, which never waits for a lock, but for memory --- */

static struct task_struct task;
static struct signal_struct task_signal;

void mutex_init(struct mutex *mutex, enum mutex_level level)
{
	mutex->owner = 0;
}

void mutex_lock(struct mutex *mutex)
{
	if (mutex->owner)
		panic("a lock is taken twice");
	mutex->owner = 1;
}

void mutex_lock_nested(struct mutex *mutex)
{
	mutex_lock(mutex);
}

int mutex_lock_killable(struct mutex *mutex)
{
	mutex_lock(mutex);
	return 0;
}

void mutex_unlock(struct mutex *mutex)
{
	assert(mutex->owner);
	mutex->owner = 0;
}

void lock_check_acquire(spinlock_t *lock, bool nested)
{
}

void lock_check_acquired(spinlock_t *lock)
{
}

void lock_check_release(spinlock_t *lock)
{
}

void spin_wait_turn(spinlock_t *lock, u16 ticket)
{
	panic("a spinlock is taken twice");
}

void cond_resched(void)
{
}

bool current_fatal_signal_pending(void)
{
	return false;
}

nsec_t clock_monotonic(void)
{
	return 0;
}

nsec_t schedule_timeout_until(nsec_t expires)
{
	vmhost_allowed = -1;
	return 0;
}

u64 random_u64(void)
{
	return host_random();
}

/* --- the MMU --- */

struct translation {
	const struct arch_space *space; /* NULL: none */
	u64 page;			/* of user space */
	u64 frame;
	bool write;
};

static struct translation tlb[TLB_SIZE];

int arch_space_init(struct arch_space *space)
{
	struct page *root = page_alloc(0, ALLOC_ZERO);

	if (!root)
		return -ENOMEM;
	space->root = page_to_phys(root);
	return 0;
}

void arch_space_fini(struct arch_space *space)
{
	struct page *root = phys_to_page(space->root);
	const pte_t *entries = page_address(root);

	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		assert(!entries[i].value);
	/* The next space at this address is another one, with another ASID. */
	arch_flush_space(space);
	page_put(root);
}

void page_release(struct page *head)
{
	page_free(head, head->order);
}

void page_split_huge(struct page *head)
{
	head->flags = 0;
	head->order = 0;
	for (u32 i = 1; i < TABLE_ENTRIES; i++) {
		head[i].flags = 0;
		refcount_set(&head[i].refs, 1);
	}
}

void arch_space_switch(struct arch_space *from, struct arch_space *to)
{
}

void arch_flush_range(struct arch_space *space, uaddr_t start, uaddr_t end)
{
	for (u32 i = 0; i < TLB_SIZE; i++)
		if (tlb[i].space == space && tlb[i].page >= start / PAGE_SIZE &&
		    tlb[i].page < DIV_ROUND_UP(end, PAGE_SIZE))
			tlb[i].space = NULL;
}

void arch_flush_space(struct arch_space *space)
{
	arch_flush_range(space, 0, USER_END);
}

/* Of all spaces: the task that faults may be any. */
void arch_flush_local(uaddr_t address)
{
	for (u32 i = 0; i < TLB_SIZE; i++)
		if (tlb[i].page == address / PAGE_SIZE)
			tlb[i].space = NULL;
}

void vmhost_forget(void)
{
	memset(tlb, 0, sizeof(tlb));
}

static struct translation *tlb_slot(struct mm_struct *mm, uaddr_t address)
{
	u64 hash = (address / PAGE_SIZE * 31 + (u64)mm / 64) % TLB_SIZE;

	return &tlb[hash];
}

/* What the hardware finds for an access: from the TLB, else from the tables. NULL: a fault. */
static const struct translation *translate(struct mm_struct *mm, uaddr_t address, bool write)
{
	struct translation *slot = tlb_slot(mm, address);
	unsigned int level;
	pte_t *entry;

	if (slot->space != &mm->arch || slot->page != address / PAGE_SIZE) {
		entry = table_peek(mm, address, &level);
		if (!entry || !pte_present(*entry) || !(entry->value & PTE_R) ||
		    table_is_closed(mm, address))
			return NULL;
		*slot = (struct translation){
			&mm->arch,
			address / PAGE_SIZE,
			pte_pfn(*entry) + address % level_span(level) / PAGE_SIZE,
			pte_write(*entry),
		};
	}
	return write && !slot->write ? NULL : slot;
}

int vmhost_access(struct mm_struct *mm, uaddr_t address, u64 *value, bool write)
{
	const struct translation *found;
	int faults = 0;

	while (!(found = translate(mm, address, write))) {
		int code;
		int error = vm_fault(mm, address, write ? FAULT_WRITE : FAULT_READ, &code);

		if (error)
			return error;
		if (++faults > 4)
			panic("the fault at %lx does not end", address);
	}
	{
		u64 *word = (u64 *)((char *)phys_to_virt(paddr(found->frame * PAGE_SIZE)) +
				    address % PAGE_SIZE);

		if (write)
			*word = *value;
		else
			*value = *word;
	}
	return 0;
}

/* --- userfaultfd: no region is registered --- */

int userfault_wait(struct fault *fault)
{
	return -EIO;
}

/* --- bring-up --- */

static bool no_memory(void)
{
	return false;
}

void vmhost_init(void)
{
	host_memory(MEMORY_START, (u64)MEMORY_START + MEMORY_SIZE);
	page_ranges[0] = (struct page_range){ MEMORY_START / PAGE_SIZE, PAGES, map };
	for (u32 i = 0; i < HUGE_FIRST; i++)
		free_single[free_singles++] = i;
	for (u32 i = 0; i < RLIM_NLIMITS; i++)
		task_signal.limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	task.signal = &task_signal;
	host_current = &task.ti;
	vm_out_of_memory = no_memory;
	zero_page = page_alloc(0, ALLOC_ZERO);
	vmhost_pages = 0;
	vm_init();
	vmo_init();
	vmhost_objects = 0;
}
