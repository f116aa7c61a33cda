/* SPDX-License-Identifier: MIT */
/*
 * Missing pages that a program provides (userfaultfd(2)).
 *
 * A registered region points to its struct userfault. A fault in it that finds no page enters the
 * list of those that wait, lets go of mm->lock, and sleeps until somebody has filled the page or
 * says to look again; then the fault begins anew.
 *
 * UF1: a fault is in the list before it lets go of mm->lock, and a page is filled under mm->lock
 *      before the waiters of its range are woken. So no fault sleeps for a page that is there.
 * UF2: regions refer to a userfault without being counted: its release takes it out of all of its
 *      space's, under mm->lock, where a fault takes a reference of its own before it sleeps. A
 * child of fork, and a mapping that moves, are not registered.
 *
 * Locks: mm->lock, then userfault->lock for the lists. Tested by tests/guest/userfault.c.
 */
#include "vm/userfault.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "task/task.h"
#include "vm/object.h"
#include "vm/pagetable.h"
#include "vm/usercopy.h"

bool userfault_unprivileged;

/* A fault that waits, on its task's stack. */
struct userfault_waiter {
	struct list_head link; /* [lock] in pending or taken; unlinked once it is woken */
	uaddr_t address;
	u64 flags; /* UFFD_PAGEFAULT_FLAG_* */
	pid_t pid;
	bool woken; /* [lock to set] look again */
};

/* --- life --- */

struct userfault *userfault_create(struct mm_struct *mm, bool user_only)
{
	struct userfault *userfault = kzalloc(sizeof(*userfault));

	if (!userfault)
		return ERR_PTR(-ENOMEM);
	refcount_set(&userfault->refs, 1);
	userfault->mm = mm;
	mm_get(mm);
	userfault->user_only = user_only;
	spin_init(&userfault->lock, RANK_OBJECT);
	list_init(&userfault->pending);
	list_init(&userfault->taken);
	waitq_init(&userfault->fault_wait);
	waitq_init(&userfault->read_wait);
	return userfault;
}

void userfault_put(struct userfault *userfault)
{
	if (!refcount_dec_and_test(&userfault->refs))
		return;
	mm_put(userfault->mm);
	kfree(userfault);
}

/* --- waiting --- */

static void wake_range_of(struct list_head *list, uaddr_t start, uaddr_t end)
{
	struct userfault_waiter *waiter, *next;

	list_for_each_entry_safe (waiter, next, list, link) {
		if (waiter->address < start || waiter->address >= end)
			continue;
		list_del(&waiter->link);
		WRITE_ONCE(waiter->woken, true);
	}
}

static void wake_range(struct userfault *userfault, uaddr_t start, uaddr_t end)
{
	spin_lock(&userfault->lock);
	wake_range_of(&userfault->pending, start, end);
	wake_range_of(&userfault->taken, start, end);
	spin_unlock(&userfault->lock);
	wake_up_all(&userfault->fault_wait);
}

static long sleep_until_woken(struct userfault *userfault, const struct userfault_waiter *waiter,
			      bool interruptible)
{
	if (interruptible)
		return wait_event_interruptible(&userfault->fault_wait, READ_ONCE(waiter->woken));
	return wait_event_killable(&userfault->fault_wait, READ_ONCE(waiter->woken));
}

int userfault_wait(struct fault *fault)
{
	struct userfault *userfault = fault->region->userfault;
	struct mm_struct *mm = fault->mm;
	struct userfault_waiter waiter = {
		.address = fault->address,
		.flags = fault->write ? UFFD_PAGEFAULT_FLAG_WRITE : 0,
		.pid = current->vpid,
	};
	long interrupted;

	if (userfault->features & UFFD_FEATURE_SIGBUS || (userfault->user_only && !fault->user))
		return -EIO;
	refcount_inc(&userfault->refs);
	spin_lock(&userfault->lock);
	list_add_tail(&waiter.link, &userfault->pending);
	spin_unlock(&userfault->lock);
	gather_end(&fault->gather);
	mutex_unlock(&mm->lock);

	wake_up_all(&userfault->read_wait);
	interrupted = sleep_until_woken(userfault, &waiter, fault->user);
	spin_lock(&userfault->lock);
	list_del(&waiter.link);
	spin_unlock(&userfault->lock);
	userfault_put(userfault);
	mutex_lock(&mm->lock);
	return interrupted ? -EINTR : -EAGAIN;
}

bool userfault_next(struct userfault *userfault, struct uffd_msg *message)
{
	struct userfault_waiter *waiter = NULL;

	*message = (struct uffd_msg){ .event = UFFD_EVENT_PAGEFAULT };
	spin_lock(&userfault->lock);
	if (!list_empty(&userfault->pending)) {
		waiter = list_first_entry(&userfault->pending, struct userfault_waiter, link);
		list_del(&waiter->link);
		list_add_tail(&waiter->link, &userfault->taken);
		message->flags = waiter->flags;
		message->address = waiter->address;
		if (userfault->features & UFFD_FEATURE_THREAD_ID)
			message->ptid = (u32)waiter->pid;
	}
	spin_unlock(&userfault->lock);
	return waiter;
}

/* --- registering --- */

/* 0 with *end, or -EINVAL. */
static int check_range(uaddr_t start, u64 length, uaddr_t *end)
{
	if (start % PAGE_SIZE || length % PAGE_SIZE || !length || start < MMAP_MIN_ADDRESS ||
	    start >= USER_END || length > USER_END - start)
		return -EINVAL;
	*end = start + length;
	return 0;
}

/* Anonymous memory, and files of tmpfs. */
static bool can_be_asked_for(const struct region *region)
{
	if (region->flags & REGION_SPECIAL)
		return false;
	return !region->object || !region->object->pager;
}

/* May userfault have all regions of the range? 0, -EINVAL, -EPERM, -EBUSY. */
static int check_regions(struct userfault *userfault, uaddr_t start, uaddr_t end)
{
	const u32 rights = REGION_SHARED | REGION_MAY_WRITE;
	struct region *region = region_overlapping(userfault->mm, start, end);

	if (!region)
		return -EINVAL;
	for (; region && region->start < end; region = vm_next_region(region)) {
		if (!can_be_asked_for(region))
			return -EINVAL;
		if ((region->flags & rights) == REGION_SHARED)
			return -EPERM;
		if (region->userfault && region->userfault != userfault)
			return -EBUSY;
	}
	return 0;
}

/* Regions of the range ask userfault, or nobody (NULL). None crosses its ends. */
static void set_regions(struct mm_struct *mm, uaddr_t start, uaddr_t end,
			struct userfault *userfault)
{
	struct region *region = region_overlapping(mm, start, end);

	for (; region && region->start < end; region = vm_next_region(region)) {
		u32 flags = region->flags & ~(u32)REGION_USERFAULT;

		region->userfault = userfault;
		region_set_flags(mm, region, userfault ? flags | REGION_USERFAULT : flags);
		region = region_merge(mm, region);
	}
	if (region)
		region_merge(mm, region);
}

static int register_range(struct userfault *userfault, uaddr_t start, u64 length,
			  struct userfault *asked)
{
	struct mm_struct *mm = userfault->mm;
	uaddr_t end;
	int error = check_range(start, length, &end);

	if (error)
		return error;
	mutex_lock(&mm->lock);
	error = check_regions(userfault, start, end);
	if (!error)
		error = regions_cut(mm, start, end);
	if (!error)
		set_regions(mm, start, end, asked);
	mutex_unlock(&mm->lock);
	return error;
}

int userfault_register(struct userfault *userfault, uaddr_t start, u64 length)
{
	return register_range(userfault, start, length, userfault);
}

int userfault_unregister(struct userfault *userfault, uaddr_t start, u64 length)
{
	int error = register_range(userfault, start, length, NULL);

	if (!error)
		wake_range(userfault, start, start + length);
	return error;
}

void userfault_release(struct userfault *userfault)
{
	struct mm_struct *mm = userfault->mm;

	if (mm_get_user_unless_dead(mm)) {
		struct region *region;

		mutex_lock(&mm->lock);
		for (region = vm_first_region(mm); region; region = vm_next_region(region))
			if (region->userfault == userfault)
				set_regions(mm, region->start, region->end, NULL);
		mutex_unlock(&mm->lock);
		mm_put_user(mm);
	}
	wake_range(userfault, 0, ~(uaddr_t)0);
	userfault_put(userfault);
}

int userfault_wake(struct userfault *userfault, uaddr_t start, u64 length)
{
	uaddr_t end;
	int error = check_range(start, length, &end);

	if (!error)
		wake_range(userfault, start, end);
	return error;
}

/* --- filling --- */

/* The page becomes the object's; the fault maps it. Takes over its reference. */
static int fill_object(struct region *region, uaddr_t address, struct page *page)
{
	struct vmo *object = region->object;
	struct page *there;
	int error = object_charge(object);

	if (error) {
		page_put(page);
		return error;
	}
	there = object_add_page(object, region_offset(region, address) / PAGE_SIZE, page);
	if (IS_ERR(there))
		return (int)PTR_ERR(there);
	page_put(there);
	return there == page ? 0 : -EEXIST;
}

/* The page is mapped, as one of the space's own, where nothing is. Takes over its reference. */
static int fill_private(struct region *region, uaddr_t address, struct page *page)
{
	struct mm_struct *mm = region->mm;
	struct table_path path;
	struct gather gather;
	int error;

	gather_begin(&gather, mm);
	error = table_own_middle(mm, address, true, &gather, &path);
	if (!error && entry_is_huge(*path.middle_entry))
		error = -EEXIST;
	if (!error)
		error = table_own_leaf(address, true, &gather, &path);
	if (!error && !entry_none(*path.leaf_entry))
		error = -EEXIST;
	if (!error) {
		page->flags = PG_ANON;
		mm->rss_anon++;
		path_map(&path, pte_make(page_to_pfn(page), region_private_bits(region)), page);
	}
	gather_end(&gather);
	if (error)
		page_put(page);
	return error;
}

/* Puts a page into a registered region that holds the whole range [address, end). Takes over its
 * reference. 0, -ENOENT, -EEXIST, -ENOMEM, -ENOSPC. */
static int fill_page(struct userfault *userfault, uaddr_t address, uaddr_t end, struct page *page)
{
	struct mm_struct *mm = userfault->mm;
	struct region *region;
	int error;

	mutex_lock(&mm->lock);
	region = vm_find_region(mm, address);
	if (!region || region->start > address || region->end < end || !region->userfault) {
		page_put(page);
		error = -ENOENT;
	} else if (region->object && region->flags & REGION_SHARED) {
		error = fill_object(region, address, page);
	} else {
		error = fill_private(region, address, page);
	}
	mutex_unlock(&mm->lock);
	return error;
}

/* A new page with its content; ERR_PTR(-ENOMEM, -EFAULT). */
static struct page *make_page(uaddr_t from)
{
	struct page *page = page_alloc(0, from ? ALLOC_USER : ALLOC_USER | ALLOC_ZERO);

	if (!page)
		return ERR_PTR(-ENOMEM);
	if (!from || !copy_from_user(page_address(page), from, PAGE_SIZE))
		return page;
	page_put(page);
	return ERR_PTR(-EFAULT);
}

ssize_t userfault_fill(struct userfault *userfault, uaddr_t start, u64 length, uaddr_t from,
		       bool wake)
{
	uaddr_t end, at = start;
	int error = check_range(start, length, &end);

	while (!error && at < end) {
		struct page *page = make_page(from ? from + (at - start) : 0);

		error = IS_ERR(page) ? (int)PTR_ERR(page) : fill_page(userfault, at, end, page);
		if (error)
			break;
		at += PAGE_SIZE;
		cond_resched();
		if (current_fatal_signal_pending())
			error = -EINTR;
	}
	if (at > start && wake)
		wake_range(userfault, start, at);
	return at > start ? (ssize_t)(at - start) : error;
}
