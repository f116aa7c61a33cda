/* SPDX-License-Identifier: MIT */
/*
 * Looking into a space from outside: its memory (ptrace, /proc/pid/mem, exec), what is resident,
 * and where a futex word lives.
 *
 * Takes mm->lock where space.h does not say that the caller holds it.
 */
#include "arch/hart.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/fault.h"
#include "vm/map.h"
#include "vm/object.h"
#include "vm/usercopy.h"

/* --- vm_access --- */

static bool access_permitted(const struct region *region, bool write, bool force)
{
	u32 flags = region->flags;

	if (region->object && region->object->secret)
		return false;
	if (!write)
		return flags & (REGION_READ | REGION_WRITE) || (force && flags & REGION_MAY_READ);
	if (flags & REGION_WRITE)
		return true;
	return force && (flags & (REGION_MAY_WRITE | REGION_SHARED)) == REGION_MAY_WRITE;
}

/* The kernel's address of a mapped user byte; NULL when the entry is empty. */
static char *kernel_address(struct mm_struct *mm, uaddr_t address)
{
	unsigned int level;
	pte_t *entry = table_peek(mm, address, &level);

	if (!entry || entry_none(*entry))
		return NULL;
	return (char *)phys_to_virt(paddr(pte_pfn(*entry) << PAGE_SHIFT)) +
	       address % level_span(level);
}

/* True when the entry must be faulted in, or COW broken, before the access. */
static bool needs_fault(struct mm_struct *mm, uaddr_t address, bool write)
{
	unsigned int level;
	pte_t *entry = table_peek(mm, address, &level);

	if (!entry || entry_none(*entry))
		return true;
	return write && (!pte_write(*entry) || table_is_closed(mm, address));
}

/* Moves bytes within one page of a locked space; 0 or -errno. */
static int access_page(struct mm_struct *mm, uaddr_t address, char *buffer, size_t size, bool write,
		       bool force)
{
	struct region *region;
	char *memory;
	int error = 0;

	do {
		region = region_reach(mm, address);
		if (!region || !access_permitted(region, write, force))
			return -EFAULT;
		if (needs_fault(mm, address, write))
			error = fault_resolve(mm, region, address,
					      write ? FAULT_WRITE : FAULT_READ);
	} while (error == -EAGAIN);
	memory = error ? NULL : kernel_address(mm, address);
	if (!memory)
		return error ? error : -EFAULT;
	if (write)
		memcpy(memory, buffer, size);
	else
		memcpy(buffer, memory, size);
	if (write && region->flags & REGION_EXEC)
		arch_fence_i(harts_online);
	return 0;
}

ssize_t vm_access(struct mm_struct *mm, uaddr_t address, void *buffer, size_t size, bool write,
		  bool force)
{
	size_t done = 0;
	int error = 0;

	while (done < size && !error) {
		uaddr_t at = address + done;
		size_t piece = MIN(size - done, (size_t)(PAGE_SIZE - at % PAGE_SIZE));

		if (at >= USER_END)
			error = -EFAULT;
		mutex_lock(&mm->lock);
		if (!error)
			error = access_page(mm, at, (char *)buffer + done, piece, write, force);
		mutex_unlock(&mm->lock);
		if (!error)
			done += piece;
		cond_resched();
	}
	return done || !error ? (ssize_t)done : error;
}

/* --- futexes --- */

int vm_futex_place(struct mm_struct *mm, uaddr_t address, bool shared, struct futex_place *place)
{
	struct region *region;
	int error = 0;

	if (address >= USER_END)
		return -EFAULT;
	*place = (struct futex_place){ mm, address };
	if (!shared)
		return 0;
	mutex_lock(&mm->lock);
	region = vm_find_region(mm, address);
	if (!region || region->start > address)
		error = -EFAULT;
	else if (region->flags & REGION_SHARED)
		*place = (struct futex_place){ region->object, region_offset(region, address) };
	mutex_unlock(&mm->lock);
	return error;
}

/* --- what is resident --- */

enum { MINCORE_CHUNK = 256 };

static bool is_resident(struct mm_struct *mm, uaddr_t address)
{
	struct region *region = vm_find_region(mm, address);
	unsigned int level;
	pte_t *entry = table_peek(mm, address, &level);
	struct page *page;

	if (entry && !entry_none(*entry))
		return true;
	if (!region || !region->object)
		return false;
	page = vmo_find_page(region->object, region_offset(region, address) / PAGE_SIZE);
	if (page)
		page_put(page);
	return page;
}

int vm_mincore(struct mm_struct *mm, uaddr_t start, u64 length, uaddr_t vector)
{
	u8 chunk[MINCORE_CHUNK];
	uaddr_t end;

	if (start % PAGE_SIZE)
		return -EINVAL;
	if (range_check(start, length, &end) || end > USER_END)
		return -ENOMEM;
	if (!access_ok(vector, (end - start) / PAGE_SIZE))
		return -EFAULT;
	for (uaddr_t at = start; at < end;) {
		unsigned int count = MIN((end - at) / PAGE_SIZE, (u64)MINCORE_CHUNK);
		bool mapped;

		mutex_lock(&mm->lock);
		mapped = range_is_mapped(mm, at, at + (u64)count * PAGE_SIZE);
		for (unsigned int i = 0; mapped && i < count; i++)
			chunk[i] = is_resident(mm, at + (u64)i * PAGE_SIZE);
		mutex_unlock(&mm->lock);
		if (!mapped)
			return -ENOMEM;
		if (copy_to_user(vector + (at - start) / PAGE_SIZE, chunk, count))
			return -EFAULT;
		at += (u64)count * PAGE_SIZE;
		cond_resched();
	}
	return 0;
}

int vm_page_there(struct mm_struct *mm, uaddr_t address)
{
	struct region *region;
	unsigned int level;
	pte_t *entry;
	int result = 0;

	if (address >= USER_END)
		return -EFAULT;
	mutex_lock(&mm->lock);
	region = vm_find_region(mm, address);
	entry = table_peek(mm, address, &level);
	if (!region || region->start > address || region->flags & REGION_SPECIAL)
		result = -EFAULT;
	else if (!entry || entry_none(*entry))
		result = -ENOENT;
	else if (pte_special(*entry))
		result = -EFAULT;
	mutex_unlock(&mm->lock);
	return result;
}

/* How many entries map it; an object that it is of has a reference, too. */
static u64 page_users(const struct page *page)
{
	bool of_object = page->flags & PG_OBJECT;

	return MAX((u64)refcount_read(&page->refs) - of_object, (u64)1);
}

/* tables: how many spaces share the table that maps the page. */
static void count_page(struct vm_usage *usage, const struct page *page, pte_t entry, u64 tables)
{
	bool of_object = page->flags & PG_OBJECT;
	u64 users = page_users(page) * tables;

	usage->rss++;
	usage->pss += PAGE_SIZE / users;
	if (!of_object)
		usage->anon++;
	if (page->flags & PG_HUGE_HEAD)
		usage->huge++;
	if (users > 1)
		usage->shared_clean++;
	else if (of_object && !pte_write(entry))
		usage->private_clean++;
	else
		usage->private_dirty++;
}

static u64 table_users(struct mm_struct *mm, uaddr_t at, const pte_t *entry)
{
	u64 middle = refcount_read(&entry_page(*root_entry(mm, at))->refs);
	u64 leaf = refcount_read(&virt_to_page(entry)->refs);

	return MAX(MAX(middle, leaf), (u64)1);
}

void vm_page_state(struct mm_struct *mm, uaddr_t address, struct vm_page_state *state)
{
	unsigned int level;
	pte_t *entry = table_peek(mm, address, &level);
	const struct page *page;

	*state = (struct vm_page_state){ 0 };
	if (!entry || entry_none(*entry))
		return;
	state->present = true;
	state->users = 1;
	state->frame = pte_pfn(*entry) + address % level_span(level) / PAGE_SIZE;
	if (pte_special(*entry))
		return;
	page = page_head(entry_page(*entry));
	state->of_object = page->flags & PG_OBJECT;
	state->users = page_users(page) * table_users(mm, address, entry);
}

void vm_region_usage(struct region *region, struct vm_usage *usage)
{
	uaddr_t at = region->start;

	for (; (at = table_next(region->mm, at, region->end)) < region->end; at += PAGE_SIZE) {
		unsigned int level;
		pte_t *entry = table_peek(region->mm, at, &level);

		if (at % HUGE_SIZE == 0)
			cond_resched();
		if (!pte_special(*entry))
			count_page(usage, page_head(entry_page(*entry)), *entry,
				   table_users(region->mm, at, entry));
	}
}
