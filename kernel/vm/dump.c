/* SPDX-License-Identifier: MIT */
/*
 * A space for its core file: vm/dump.h.
 *
 * A page is there when an entry maps it, or else when the region's object has it: objects have no
 * slower copy, so what they lack is a hole.
 *
 * Takes mm->lock, for a region's worth of looking or for one page's copy. Tested by
 * tests/guest/core.c.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "vm/dump.h"
#include "vm/pagetable.h"
#include "vm/region.h"
#include "vm/vmo.h"

/* --- regions --- */

static bool has_private_page(struct region *region)
{
	uaddr_t at = region->start;

	if (region->flags & (REGION_SHARED | REGION_SPECIAL))
		return false;
	for (; (at = table_next(region->mm, at, region->end)) < region->end; at += PAGE_SIZE) {
		unsigned int level;
		pte_t *entry = table_peek(region->mm, at, &level);

		if (!pte_special(*entry) && !(page_head(entry_page(*entry))->flags & PG_OBJECT))
			return true;
	}
	return false;
}

static struct region_image image_of(struct region *region)
{
	return (struct region_image){
		.start = region->start,
		.end = region->end,
		.flags = region->flags,
		.private_page = has_private_page(region),
		.file = region->file ? vm_file_get(region->file) : NULL,
		.offset = region->offset,
	};
}

int vm_images(struct mm_struct *mm, struct region_image **images, u32 *count)
{
	struct region *region;
	struct region_image *image;

	mutex_lock(&mm->lock);
	image = kmalloc((mm->region_count + 1) * sizeof(*image));
	*images = image;
	if (image)
		for (region = vm_first_region(mm); region; region = vm_next_region(region))
			*image++ = image_of(region);
	mutex_unlock(&mm->lock);
	if (!*images)
		return -ENOMEM;
	*count = (u32)(image - *images);
	return 0;
}

void vm_images_free(struct region_image *images, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (images[i].file)
			vm_file_put(images[i].file);
	kfree(images);
}

/* --- pages --- */

enum { PAGES_A_LOOK = 512 };

static bool copy_mapped(struct mm_struct *mm, uaddr_t at, void *page)
{
	unsigned int level;
	pte_t *entry = table_peek(mm, at, &level);

	if (!entry || entry_none(*entry))
		return false;
	memcpy(page,
	       (char *)phys_to_virt(paddr(pte_pfn(*entry) << PAGE_SHIFT)) + at % level_span(level),
	       PAGE_SIZE);
	return true;
}

static bool copy_of_object(const struct region *region, uaddr_t at, void *page)
{
	struct page *found = vmo_find_page(region->object, region_offset(region, at) / PAGE_SIZE);

	if (!found)
		return false;
	memcpy(page, page_address(found), PAGE_SIZE);
	page_put(found);
	return true;
}

/* Looks at a part of the range, with *at its start and then where it stands: true with the page
 * there copied, or go on from there. */
static bool look(struct mm_struct *mm, uaddr_t *at, uaddr_t end, void *page)
{
	const struct region *region = vm_find_region(mm, *at);

	if (!region || region->start > *at) {
		*at = end; /* another user of the space has unmapped it */
		return false;
	}
	if (!region->object) {
		*at = table_next(mm, *at, end);
		return *at < end && copy_mapped(mm, *at, page);
	}
	for (unsigned int i = 0; i < PAGES_A_LOOK && *at < end; i++, *at += PAGE_SIZE)
		if (copy_mapped(mm, *at, page) || copy_of_object(region, *at, page))
			return true;
	return false;
}

uaddr_t vm_dump_page(struct mm_struct *mm, uaddr_t at, uaddr_t end, void *page)
{
	bool found = false;

	while (at < end && !found) {
		mutex_lock(&mm->lock);
		found = look(mm, &at, end, page);
		mutex_unlock(&mm->lock);
		cond_resched();
	}
	return at;
}
