/* SPDX-License-Identifier: MIT */
/*
 * What the files of memory objects (vmo.c, object_io.c) and the fault path share.
 */
#ifndef VM_OBJECT_H
#define VM_OBJECT_H

#include "mm/page.h"
#include "vm/vmo.h"

/* Takes one page off the object's account (tmpfs size); -ENOSPC. */
int object_charge(struct vmo *object) must_check;
void object_uncharge(struct vmo *object, u64 pages);

/* Gives a page with one reference (the caller's), filled and charged, to the object. Returns the
 * page now at index with a reference for the caller: it, or one that somebody else put there
 * first (page is then freed). ERR_PTR: freed too. */
struct page *object_add_page(struct vmo *object, u64 index, struct page *page) must_check;

/* Looks up count pages from first on under one lock; absent ones are NULL; each found one gets a
 * reference. */
void object_find_pages(struct vmo *object, u64 first, unsigned int count, struct page **pages);

/* The object's size in bytes, as others may change it at any time. */
static inline u64 object_size(const struct vmo *object)
{
	return READ_ONCE(object->size);
}

#endif
