/* SPDX-License-Identifier: MIT */
/*
 * remap_file_pages(2): other pages of the mapped file in a part of a shared mapping. It becomes a
 * mapping of its own, as on Linux today.
 */
#include "lib/errno.h"
#include "vm/map.h"

/* The shared region that holds the range; NULL. mm->lock is held. */
static struct region *shared_region(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = vm_find_region(mm, start);

	if (!region || region->start > start || region->end < end ||
	    !(region->flags & REGION_SHARED))
		return NULL;
	return region;
}

/* The flags of mmap(2) that make the same mapping. */
static unsigned int map_flags_of(const struct region *region, unsigned int flags)
{
	unsigned int result = MAP_SHARED | MAP_FIXED | MAP_POPULATE | (flags & MAP_NONBLOCK);

	if (region->flags & REGION_LOCKED)
		result |= MAP_LOCKED;
	if (!(region->flags & REGION_MAY_WRITE))
		result |= VM_MAP_NO_WRITE;
	return result;
}

long vm_remap_file(struct mm_struct *mm, uaddr_t start, u64 size, u64 page_offset,
		   unsigned int flags)
{
	struct region_backing backing;
	struct region *region;
	unsigned int map_flags = 0;
	long result;
	int prot = 0;

	start = ALIGN_DOWN(start, (uaddr_t)PAGE_SIZE);
	size = ALIGN_DOWN(size, (u64)PAGE_SIZE);
	if (start + size <= start || page_offset + size / PAGE_SIZE < page_offset ||
	    page_offset > ~(u64)0 / PAGE_SIZE)
		return -EINVAL;
	mutex_lock(&mm->lock);
	region = shared_region(mm, start, start + size);
	if (region) {
		prot = (int)(region->flags & PROT_ALL);
		map_flags = map_flags_of(region, flags);
		backing = region_backing_get(region);
	}
	mutex_unlock(&mm->lock);
	if (!region)
		return -EINVAL;
	result = vm_map(mm, start, size, prot, map_flags, backing.file, backing.object,
			page_offset * PAGE_SIZE);
	region_backing_put(backing);
	return result < 0 ? result : 0;
}
