/* SPDX-License-Identifier: MIT */
/*
 * Page faults: find the region, own the tables on the way, map or copy the page.
 *
 * A fault holds the space's lock from the look at the region to the entry that it writes. It
 * first makes the tables on the path the space's own (pagetable.c), so all that follows changes
 * tables that nobody else sees. Entries that appear need no flush: a hart that still believes in
 * the absence faults once more, finds the entry there, and flushes the address for itself.
 *
 * Without memory the lock is dropped, a process is killed (vm_out_of_memory), and the fault tried
 * again. A page that a pager must fill is waited for without the lock, too.
 *
 * Entry points: vm_fault; for the rest of vm/ fault_resolve, populate.
 */
#include "vm/fault.h"

#include "lib/errno.h"
#include "sched/sched.h"
#include "sched/waitq.h"
#include "task/task.h"
#include "vm/map.h"
#include "vm/object.h"
#include "vm/userfault.h"

enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2 }; /* codes of SIGSEGV, sigaction(2) */

enum { FAULT_AROUND = 16 }; /* pages of an object mapped beside the one asked for */

bool (*vm_out_of_memory)(void);

u64 region_entry_bits(const struct region *region)
{
	enum { VALID = PTE_V | PTE_U | PTE_A, READ = PTE_R, WRITE = PTE_R | PTE_W | PTE_D };
	/* By PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4. Writable pages are readable: W without R is
	 * reserved. */
	static const u8 bits[8] = {
		PTE_U,	       VALID | READ,	     VALID | WRITE,	    VALID | WRITE,
		VALID | PTE_X, VALID | READ | PTE_X, VALID | WRITE | PTE_X, VALID | WRITE | PTE_X,
	};

	return bits[region->flags & (PROT_READ | PROT_WRITE | PROT_EXEC)];
}

/* --- anonymous memory --- */

static int map_zero_page(struct fault *fault)
{
	u64 bits = region_cow_bits(fault->region) | PTE_SPECIAL;

	path_map(&fault->path, pte_make(page_to_pfn(zero_page), bits), NULL);
	return 0;
}

static int map_anonymous(struct fault *fault)
{
	struct page *page;

	if (unlikely(fault->region->flags & REGION_USERFAULT))
		return userfault_wait(fault);
	if (!fault->write)
		return map_zero_page(fault);
	page = page_alloc(0, ALLOC_USER | ALLOC_ZERO);
	if (unlikely(!page))
		return -ENOMEM;
	page->flags = PG_ANON;
	fault->mm->rss_anon++;
	path_map(&fault->path, pte_make(page_to_pfn(page), region_private_bits(fault->region)),
		 page);
	return 0;
}

/* --- pages of objects --- */

/* The entry that maps a page of the region's object as such, not a copy. */
static pte_t object_entry(const struct region *region, const struct page *page)
{
	u64 bits =
		region->flags & REGION_SHARED ? region_entry_bits(region) : region_cow_bits(region);

	return pte_make(page_to_pfn(page), bits);
}

/* Maps what the object has around the fault where nothing is mapped yet, within the leaf table
 * and the region. */
static void map_neighbours(struct fault *fault)
{
	struct region *region = fault->region;
	uaddr_t around = ALIGN_DOWN(fault->address, (uaddr_t)FAULT_AROUND * PAGE_SIZE);
	uaddr_t start = MAX(around, region->start);
	uaddr_t end = MIN(around + FAULT_AROUND * PAGE_SIZE, region->end);
	pte_t *entry = fault->path.leaf_entry - (fault->address - start) / PAGE_SIZE;
	struct table_path path = fault->path;
	struct page *pages[FAULT_AROUND];
	unsigned int count = (end - start) / PAGE_SIZE;

	object_find_pages(region->object, region_offset(region, start) / PAGE_SIZE, count, pages);
	for (unsigned int i = 0; i < count; i++, entry++) {
		if (!pages[i])
			continue;
		if (!entry_none(*entry)) {
			page_put(pages[i]);
			continue;
		}
		path.leaf_entry = entry;
		fault->mm->rss_file++;
		path_map(&path, object_entry(region, pages[i]), pages[i]);
	}
}

/* A copy of the object's page for a private mapping that is written to. Takes over the page's
 * reference. */
static int map_copy(struct fault *fault, struct page *original)
{
	struct page *page = page_alloc(0, ALLOC_USER);

	if (!page) {
		page_put(original);
		return -ENOMEM;
	}
	page_copy(page_address(page), page_address(original));
	page_put(original);
	page->flags = PG_ANON;
	fault->mm->rss_anon++;
	path_map(&fault->path, pte_make(page_to_pfn(page), region_private_bits(fault->region)),
		 page);
	return 0;
}

/* Lets a pager fill the page, without the space's lock; then the fault begins anew. */
static int wait_for_pager(struct fault *fault, u64 index)
{
	struct region_backing backing = region_backing_get(fault->region);
	struct page *page;

	gather_end(&fault->gather);
	mutex_unlock(&fault->mm->lock);
	page = vmo_get_page(backing.object, index);
	if (!IS_ERR(page))
		page_put(page);
	region_backing_put(backing);
	mutex_lock(&fault->mm->lock);
	if (!IS_ERR(page))
		return -EAGAIN;
	return PTR_ERR(page) == -ENOMEM ? -ENOMEM : -EIO;
}

static int map_object(struct fault *fault)
{
	struct region *region = fault->region;
	u64 index = region_offset(region, fault->address) / PAGE_SIZE;
	struct page *page = vmo_find_page(region->object, index);

	if (!page && region->object->pager)
		return wait_for_pager(fault, index);
	if (!page && unlikely(region->flags & REGION_USERFAULT))
		return userfault_wait(fault);
	if (!page)
		page = vmo_get_page(region->object, index);
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? -ENOMEM : -EIO;
	if (fault->write && !(region->flags & REGION_SHARED))
		return map_copy(fault, page);
	fault->mm->rss_file++;
	path_map(&fault->path, object_entry(region, page), page);
	map_neighbours(fault);
	return 0;
}

/* --- a page that is mapped --- */

/* The entry permits what the region does, but for writing to private pages: else another hart was
 * faster, or this one's TLB knows an older entry. */
static int resolve_mapped(struct fault *fault)
{
	pte_t entry = *fault->path.leaf_entry;

	if (fault->write && pte_cow(entry) && !pte_write(entry))
		return cow_break(fault);
	arch_flush_local(fault->address);
	return 0;
}

/* --- the way down --- */

/* At a closed middle entry: opens it for reading; true when the page is mapped then. */
static bool resolve_closed(struct fault *fault)
{
	struct table_path *path = &fault->path;

	if (fault->write)
		return false;
	table_open_leaf(path);
	if (entry_none(entry_table(*path->middle_entry)[pte_index(fault->address, LEVEL_LEAF)]))
		return false;
	arch_flush_local(fault->address);
	return true;
}

/* At the middle entry: true when a huge page, or opening, resolves the fault. *error: no memory to
 * split one. */
static bool resolve_middle(struct fault *fault, int *error)
{
	pte_t entry = *fault->path.middle_entry;

	if (entry_none(entry))
		return huge_possible(fault) && huge_map(fault);
	if (likely(entry_is_table(entry)))
		return unlikely(entry_is_closed(entry)) && resolve_closed(fault);
	if (!fault->write || pte_write(entry)) {
		arch_flush_local(fault->address);
		return true;
	}
	if (huge_reuse(fault))
		return true;
	*error = table_split_huge(fault->address, &fault->gather, &fault->path);
	return false;
}

static int resolve(struct fault *fault)
{
	int error = table_own_middle(fault->mm, fault->address, true, &fault->gather, &fault->path);

	if (unlikely(error))
		return error;
	if (resolve_middle(fault, &error))
		return 0;
	if (!error)
		error = table_own_leaf(fault->address, true, &fault->gather, &fault->path);
	if (unlikely(error))
		return error;
	if (!entry_none(*fault->path.leaf_entry))
		return resolve_mapped(fault);
	if (fault->region->object)
		return map_object(fault);
	return map_anonymous(fault);
}

int fault_resolve(struct mm_struct *mm, struct region *region, uaddr_t address, unsigned int access)
{
	struct fault fault;
	u64 rss;
	int error;

	fault.mm = mm;
	fault.region = region;
	fault.address = ALIGN_DOWN(address, (uaddr_t)PAGE_SIZE);
	fault.write = access & FAULT_WRITE;
	fault.user = access & FAULT_USER;
	gather_begin(&fault.gather, mm);
	error = resolve(&fault);
	gather_end(&fault.gather);
	rss = (u64)(mm->rss_anon + mm->rss_file);
	if (rss > mm->max_rss)
		mm->max_rss = rss;
	return error;
}

/* --- the region --- */

/* Grows a stack down to address: within RLIMIT_STACK and RLIMIT_AS, and with a gap to what lies
 * below. */
static bool stack_grow(struct mm_struct *mm, struct region *region, uaddr_t address)
{
	uaddr_t start = ALIGN_DOWN(address, (uaddr_t)PAGE_SIZE);
	u64 grown = region->start - start;

	if (region->end - start > rlimit(RLIMIT_STACK) || start < MMAP_MIN_ADDRESS)
		return false;
	if (region->hole - grown < STACK_GUARD_GAP && region_before(region))
		return false;
	if (limits_check(mm, region->flags, grown))
		return false;
	region_set_start(mm, region, start);
	return true;
}

static bool region_permits(const struct region *region, enum fault_access access)
{
	if (access & FAULT_WRITE)
		return region->flags & REGION_WRITE;
	if (access & FAULT_EXEC)
		return region->flags & REGION_EXEC;
	return region->flags & (REGION_READ | REGION_WRITE);
}

struct region *region_reach(struct mm_struct *mm, uaddr_t address)
{
	struct region *region = vm_find_region(mm, address);

	if (likely(region && address >= region->start))
		return region;
	if (!region || !(region->flags & REGION_STACK) || !stack_grow(mm, region, address))
		return NULL;
	return region;
}

/* The region for an access. NULL with *code. */
static struct region *region_for(struct mm_struct *mm, uaddr_t address, enum fault_access access,
				 int *code)
{
	struct region *region = region_reach(mm, address);

	*code = region ? SEGV_ACCERR : SEGV_MAPERR;
	return region && region_permits(region, access) ? region : NULL;
}

static int fault_once(struct mm_struct *mm, uaddr_t address, enum fault_access access, int *code)
{
	struct region *region;
	int error;

	mutex_lock(&mm->lock);
	do {
		region = region_for(mm, address, access, code);
		error = region ? fault_resolve(mm, region, address, access) : -EFAULT;
	} while (unlikely(error == -EAGAIN));
	mutex_unlock(&mm->lock);
	return error;
}

int vm_fault(struct mm_struct *mm, uaddr_t address, enum fault_access access, int *code)
{
	int error;

	*code = SEGV_MAPERR;
	if (unlikely(address >= USER_END))
		return -EFAULT;
	while (unlikely((error = fault_once(mm, address, access, code)) == -ENOMEM)) {
		if (current_fatal_signal_pending() || !vm_out_of_memory())
			return -ENOMEM;
		cond_resched();
	}
	return error;
}

/* --- many pages --- */

static bool is_mapped(struct mm_struct *mm, uaddr_t address, bool write)
{
	unsigned int level;
	pte_t *entry;
	bool mapped;

	mutex_lock(&mm->lock);
	entry = table_peek(mm, address, &level);
	mapped = entry && pte_present(*entry) && (!write || pte_write(*entry)) &&
		 !table_is_closed(mm, address);
	mutex_unlock(&mm->lock);
	return mapped;
}

static int populate_page(struct mm_struct *mm, uaddr_t address, bool write)
{
	int code = 0;
	int error = vm_fault(mm, address, write ? FAULT_WRITE : FAULT_READ, &code);

	return error == -EFAULT && code == SEGV_MAPERR ? -ENOMEM : error;
}

int populate(struct mm_struct *mm, uaddr_t start, uaddr_t end, bool write)
{
	for (uaddr_t at = start; at < end; at += PAGE_SIZE) {
		int error;

		if (current_fatal_signal_pending())
			return -EINTR;
		if (is_mapped(mm, at, write))
			continue;
		error = populate_page(mm, at, write);
		if (error)
			return error;
		cond_resched();
	}
	return 0;
}
