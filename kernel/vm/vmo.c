/* SPDX-License-Identifier: MIT */
/*
 * Memory objects (vmo.h): life, pages, size.
 *
 * O1: a page in the tree has PG_OBJECT, its index and object set, and one reference that is the
 * tree's.
 * O2: no page in the tree lies wholly beyond the size, but while vmo_set_size() takes them out.
 * O3: object->pages pages are charged to *object->charge.
 *
 * object->lock is held for tree work only: pages are allocated, filled and copied without it. A
 * page that has left the tree lives on while it is mapped or copied; its object field is NULL
 * then.
 *
 * Truncation: first the size falls, then the pages leave the tree, then vm_unmap_object() takes
 * them out of all spaces. A fault that found a page before that holds its space's lock until the
 * page is mapped, so the unmapping, which takes the same lock, comes after it. Tested by
 * tests/guest/mmap.c.
 */
#include "vm/vmo.h"

#include "base/perhart.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "vm/commit.h"
#include "vm/object.h"
#include "vm/space.h"

static struct kmem_cache *vmo_cache;
static DEFINE_PERHART(s64, object_pages); /* came in minus went out, on this hart */

struct vmo *vmo_create(u64 size, const struct vmo_pager *pager)
{
	struct vmo *object = kmem_cache_zalloc(vmo_cache);

	if (!object)
		return ERR_PTR(-ENOMEM);
	refcount_set(&object->refs, 1);
	spin_init(&object->lock, RANK_OBJECT);
	object->size = size;
	object->pager = pager;
	list_init(&object->mappings);
	return object;
}

struct vmo *vmo_create_promised(const struct mm_struct *mm, u64 size)
{
	u64 pages = DIV_ROUND_UP(size, PAGE_SIZE);
	int error = commit_check(mm, pages);
	struct vmo *object = error ? ERR_PTR(error) : vmo_create(size, NULL);

	if (IS_ERR(object))
		return object;
	object->promised = pages;
	commit_add((s64)pages);
	return object;
}

struct vmo *vmo_get(struct vmo *object)
{
	refcount_inc(&object->refs);
	return object;
}

/* --- the account --- */

/* Pages came or went. Those of an object that had them promised were counted before they came. */
static void count_pages(struct vmo *object, s64 pages)
{
	object->pages += (u64)pages;
	*this_hart_ptr(object_pages) += pages;
	if (object->promised)
		commit_add(-pages);
}

int object_charge(struct vmo *object)
{
	u64 *charge = object->charge;

	if (commit_is_strict() && !object->promised && commit_check(NULL, 1))
		return -ENOSPC;
	if (!charge)
		return 0;
	if (atomic_fetch_add_relaxed(charge, 1) >= object->charge_limit) {
		atomic_fetch_add_relaxed(charge, (u64)-1);
		return -ENOSPC;
	}
	return 0;
}

void object_uncharge(struct vmo *object, u64 pages)
{
	if (object->charge)
		atomic_fetch_add_relaxed(object->charge, -pages);
}

/* --- pages --- */

/* The page at index with a reference, or NULL. object->lock is held. */
static struct page *find_locked(struct vmo *object, u64 index)
{
	struct page *page;

	if (unlikely(index >= DIV_ROUND_UP(object->size, PAGE_SIZE)))
		return NULL;
	page = radix_find(&object->tree, index);
	if (page)
		refcount_inc(&page->refs);
	return page;
}

struct page *vmo_find_page(struct vmo *object, u64 index)
{
	struct page *page;

	spin_lock(&object->lock);
	page = find_locked(object, index);
	spin_unlock(&object->lock);
	return page;
}

void object_find_pages(struct vmo *object, u64 first, unsigned int count, struct page **pages)
{
	spin_lock(&object->lock);
	for (unsigned int i = 0; i < count; i++)
		pages[i] = find_locked(object, first + i);
	spin_unlock(&object->lock);
}

/* Puts a new page into the tree, with the tree's reference. object->lock is held. */
static int insert_locked(struct vmo *object, u64 index, struct page *page)
{
	int error;

	if (index >= DIV_ROUND_UP(object->size, PAGE_SIZE))
		return -EFAULT;
	error = radix_insert(&object->tree, index, page);
	if (error)
		return error;
	page->flags = PG_OBJECT;
	page->index = index;
	page->object = object;
	refcount_inc(&page->refs);
	count_pages(object, 1);
	return 0;
}

struct page *object_add_page(struct vmo *object, u64 index, struct page *page)
{
	struct page *there;
	int error = 0;

	spin_lock(&object->lock);
	there = find_locked(object, index);
	if (!there)
		error = insert_locked(object, index, page);
	spin_unlock(&object->lock);
	if (likely(!there && !error))
		return page;
	page_put(page);
	object_uncharge(object, 1);
	return there ? there : ERR_PTR(error);
}

/* A new page with its content, not yet in the tree. */
static struct page *make_page(struct vmo *object, u64 index)
{
	const struct vmo_pager *pager = object->pager;
	struct page *page = page_alloc(0, pager ? ALLOC_USER : ALLOC_USER | ALLOC_ZERO);
	int error;

	if (!page)
		return ERR_PTR(-ENOMEM);
	if (!pager)
		return page;
	error = pager->fill(object, index, page);
	if (!error)
		return page;
	page_put(page);
	return ERR_PTR(error);
}

struct page *vmo_get_page(struct vmo *object, u64 index)
{
	struct page *page = vmo_find_page(object, index);
	int error;

	if (likely(page))
		return page;
	if (index >= DIV_ROUND_UP(object_size(object), PAGE_SIZE))
		return ERR_PTR(-EFAULT);
	error = object_charge(object);
	if (error)
		return ERR_PTR(error);
	page = make_page(object, index);
	if (IS_ERR(page)) {
		object_uncharge(object, 1);
		return page;
	}
	return object_add_page(object, index, page);
}

u64 vmo_count_pages(struct vmo *object, u64 first, u64 end)
{
	u64 count = 0;

	for (u64 index = first; index < end; index++) {
		bool found;

		spin_lock(&object->lock);
		found = radix_next(&object->tree, &index) && index < end;
		spin_unlock(&object->lock);
		if (!found)
			break;
		if (++count % 64 == 0)
			cond_resched();
	}
	return count;
}

/* --- taking pages out --- */

/* Takes the first page at or after *index and before end out of the tree; the tree's reference
 * goes to the caller. NULL: none. */
static struct page *take_page(struct vmo *object, u64 *index, u64 end)
{
	struct page *page;

	spin_lock(&object->lock);
	page = radix_next(&object->tree, index);
	if (page && *index < end) {
		radix_remove(&object->tree, *index);
		page->object = NULL;
		count_pages(object, -1);
	} else {
		page = NULL;
	}
	spin_unlock(&object->lock);
	return page;
}

/* Frees the pages [first, end) of the tree. May sleep. */
static void drop_pages(struct vmo *object, u64 first, u64 end)
{
	u64 index = first;
	u64 dropped = 0;
	struct page *page;

	while ((page = take_page(object, &index, end))) {
		page_put(page);
		if (++dropped % 64 == 0)
			cond_resched();
	}
	object_uncharge(object, dropped);
}

/* Zeroes bytes [from, to) of the page that holds from, if it is there. */
static void zero_part(struct vmo *object, u64 from, u64 to)
{
	struct page *page;

	if (from >= to)
		return;
	page = vmo_find_page(object, from / PAGE_SIZE);
	if (!page)
		return;
	memset((char *)page_address(page) + from % PAGE_SIZE, 0, to - from);
	page_put(page);
}

int vmo_set_size(struct vmo *object, u64 size)
{
	u64 old;

	spin_lock(&object->lock);
	old = object->size;
	WRITE_ONCE(object->size, size);
	spin_unlock(&object->lock);
	if (size >= old)
		return 0;
	zero_part(object, size, ALIGN_UP(size, (u64)PAGE_SIZE));
	drop_pages(object, DIV_ROUND_UP(size, PAGE_SIZE), ~(u64)0);
	vm_unmap_object(object, ALIGN_UP(size, (u64)PAGE_SIZE), ~(u64)0);
	return 0;
}

int vmo_punch(struct vmo *object, u64 start, u64 end)
{
	u64 first = ALIGN_UP(start, (u64)PAGE_SIZE);
	u64 last;

	end = MIN(end, object_size(object));
	if (start >= end)
		return 0;
	last = end == object_size(object) ? ALIGN_UP(end, (u64)PAGE_SIZE)
					  : ALIGN_DOWN(end, (u64)PAGE_SIZE);
	if (first > last) {
		zero_part(object, start, end);
		return 0;
	}
	zero_part(object, start, first);
	zero_part(object, MAX(last, start), end);
	if (first < last) {
		drop_pages(object, first / PAGE_SIZE, last / PAGE_SIZE);
		vm_unmap_object(object, first, last);
	}
	return 0;
}

void vmo_put(struct vmo *object)
{
	if (!refcount_dec_and_test(&object->refs))
		return;
	assert(list_empty(&object->mappings));
	drop_pages(object, 0, ~(u64)0);
	commit_add(-(s64)object->promised);
	kmem_cache_free(vmo_cache, object);
}

u64 vmo_page_count(void)
{
	unsigned int hart;
	s64 pages = 0;

	for_each_hart (hart)
		pages += READ_ONCE(*hart_ptr(object_pages, hart));
	return (u64)MAX(pages, (s64)0);
}

void vmo_init(void)
{
	radix_init();
	vmo_cache = kmem_cache_create("vmo", sizeof(struct vmo), 0, NULL);
}
