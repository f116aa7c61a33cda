/* SPDX-License-Identifier: MIT */
/*
 * mmap(2), and the mappings that exec makes.
 *
 * Reserve, then commit: limits, the region and the object come first; then what MAP_FIXED
 * replaces goes, and the region takes its place. A mapping that continues a neighbour makes that
 * one longer instead.
 *
 * Takes mm->lock; drops references only after it. Entry points: vm_map, vm_map_stack,
 * vm_map_special. Tested by tests/guest/mmap.c.
 */
#include "vm/map.h"

#include "lib/errno.h"
#include "vm/commit.h"
#include "vm/fault.h"
#include "vm/unmap.h"
#include "vm/vmo.h"

/* A mapping that is asked for. */
struct map_request {
	uaddr_t hint;
	u64 length;	    /* a multiple of PAGE_SIZE */
	unsigned int flags; /* MAP_* */
	struct region_spec spec;
};

static u32 region_flags(int prot, unsigned int flags)
{
	u32 result = (u32)(prot & PROT_ALL) | REGION_MAY_READ | REGION_MAY_EXEC;
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;

	if (shared)
		result |= REGION_SHARED;
	if (!shared || !(flags & VM_MAP_NO_WRITE))
		result |= REGION_MAY_WRITE;
	if (flags & MAP_GROWSDOWN)
		result |= REGION_STACK;
	if (flags & MAP_LOCKED)
		result |= REGION_LOCKED;
	if (flags & MAP_NORESERVE && !commit_is_strict())
		result |= REGION_NORESERVE;
	if (wants_commit(result))
		result |= REGION_COMMITTED;
	return result;
}

/* Sizes of huge pages that can be asked for: none given, 2 MiB, 1 GiB. (There are none to be had.)
 */
static bool is_huge_size(unsigned int flags)
{
	enum { SHIFT = 26, MASK = 0x3f }; /* MAP_HUGE_SHIFT */
	unsigned int size = flags >> SHIFT & MASK;

	return !size || size == 21 || size == 30;
}

/* What can be said without a look at the space. 0 or -errno of mmap(2). */
static int check_request(uaddr_t hint, u64 length, unsigned int flags, u64 offset, bool anonymous)
{
	unsigned int type = flags & MAP_TYPE;
	u64 size = ALIGN_UP(length, (u64)PAGE_SIZE);

	if (!length || offset % PAGE_SIZE)
		return -EINVAL;
	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && (anonymous || flags & MAP_SYNC))
		return anonymous ? -EINVAL : -EOPNOTSUPP;
	if (flags & MAP_GROWSDOWN && (type != MAP_PRIVATE || !anonymous))
		return -EINVAL;
	if (flags & MAP_HUGETLB && (!anonymous || !is_huge_size(flags)))
		return -EINVAL;
	if (size < length || size > USER_END || flags & MAP_HUGETLB)
		return -ENOMEM;
	if (offset + size < offset)
		return -EOVERFLOW;
	if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return 0;
	if (hint > USER_END - size)
		return -ENOMEM;
	if (hint % PAGE_SIZE)
		return -EINVAL;
	return hint < MMAP_MIN_ADDRESS ? -EPERM : 0;
}

/* Where the mapping goes; -ENOMEM, -EEXIST. */
static long choose_place(struct mm_struct *mm, const struct map_request *request)
{
	uaddr_t hint = request->hint;
	uaddr_t place;

	if (request->flags & MAP_FIXED_NOREPLACE)
		return region_overlapping(mm, hint, hint + request->length) ? -EEXIST : (long)hint;
	if (request->flags & MAP_FIXED)
		return (long)hint;
	place = place_find(mm, hint, request->length, 0);
	return place ? (long)place : -ENOMEM;
}

/* Bytes of the range that are mapped already: MAP_FIXED replaces them, so limits do not count
 * them twice. */
static u64 mapped_bytes(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = region_overlapping(mm, start, end);
	u64 bytes = 0;

	for (; region && region->start < end; region = vm_next_region(region))
		bytes += MIN(region->end, end) - MAX(region->start, start);
	return bytes;
}

/* Puts a region into a place, of which the caller has made sure; 0 or -ENOMEM. */
static int map_at(struct mm_struct *mm, uaddr_t start, const struct map_request *request,
		  struct list_head *removed)
{
	uaddr_t end = start + request->length;
	bool fixed = request->flags & MAP_FIXED;
	u64 replaced = fixed ? mapped_bytes(mm, start, end) : 0;
	struct region *region;
	int error;

	error = limits_check(mm, request->spec.flags, request->length - replaced);
	if (error)
		return error;
	if (!replaced && region_extend(mm, start, end, &request->spec))
		return 0;
	if (mm->region_count >= MAX_REGIONS)
		return -ENOMEM;
	region = region_create(mm, start, end, &request->spec);
	if (!region)
		return -ENOMEM;
	error = region_is_sealed(region) ? -EPERM : 0;
	if (!error && replaced)
		error = unmap_locked(mm, start, end, removed);
	if (!error)
		region_insert(mm, region);
	else
		region_abandon(region, removed);
	return error;
}

static long map_locked(struct mm_struct *mm, const struct map_request *request,
		       struct list_head *removed)
{
	long start = choose_place(mm, request);
	int error;

	if (start < 0)
		return start;
	error = map_at(mm, (uaddr_t)start, request, removed);
	return error ? error : start;
}

/* Shared memory without a file gets an object of its own: the caller's reference to it, or
 * ERR_PTR. NULL for private. */
static struct vmo *own_object(const struct mm_struct *mm, const struct map_request *request)
{
	u32 flags = request->spec.flags;

	if (request->spec.object || !(flags & REGION_SHARED))
		return NULL;
	return flags & REGION_NORESERVE ? vmo_create(request->length, NULL)
					: vmo_create_promised(mm, request->length);
}

static long map(struct mm_struct *mm, struct map_request *request)
{
	LIST_HEAD(removed);
	struct vmo *own = own_object(mm, request);
	long result;

	if (IS_ERR(own))
		return PTR_ERR(own);
	if (own)
		request->spec.object = own;
	mutex_lock(&mm->lock);
	request->spec.flags |= mm->lock_future;
	if (request->spec.object && request->spec.object->secret)
		request->spec.flags |= REGION_LOCKED | REGION_DONTDUMP;
	result = map_locked(mm, request, &removed);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	if (own)
		vmo_put(own);
	return result;
}

long vm_map(struct mm_struct *mm, uaddr_t hint, u64 length, int prot, unsigned int flags,
	    struct file *file, struct vmo *object, u64 offset)
{
	struct map_request request = {
		.hint = hint,
		.length = ALIGN_UP(length, (u64)PAGE_SIZE),
		.flags = flags & MAP_FIXED_NOREPLACE ? flags & ~(unsigned int)MAP_FIXED : flags,
		.spec = { .flags = region_flags(prot, flags),
			  .file = file,
			  .object = object,
			  .offset = object ? offset : 0 },
	};
	long result = check_request(hint, length, flags, offset, !file);

	if (result)
		return result;
	if (unlikely(READ_ONCE(mm->traits)) && gains_exec(mm, (u32)prot, (u32)prot))
		return -EACCES;
	result = map(mm, &request);
	if (likely(!(flags & (MAP_POPULATE | MAP_LOCKED)) && !READ_ONCE(mm->lock_future)))
		return result;
	if (result < 0 || flags & MAP_NONBLOCK)
		return result;
	/* mmap(2): it does not fail because pages could not be populated. */
	populate(mm, (uaddr_t)result, (uaddr_t)result + request.length, prot & PROT_WRITE);
	return result;
}

/* --- for exec --- */

enum { STACK_FIRST_SIZE = 33 * PAGE_SIZE }; /* what a stack has before it grows */

int vm_map_stack(struct mm_struct *mm, uaddr_t top, bool executable)
{
	LIST_HEAD(removed);
	struct map_request request = {
		.hint = top - STACK_FIRST_SIZE,
		.length = STACK_FIRST_SIZE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN,
		.spec = { .flags = region_flags(PROT_READ | PROT_WRITE |
							(executable ? PROT_EXEC : 0),
						MAP_PRIVATE | MAP_GROWSDOWN) },
	};
	long result;

	mutex_lock(&mm->lock);
	result = map_locked(mm, &request, &removed);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	return result < 0 ? (int)result : 0;
}

/* Enters [start, start + length) of kernel memory into the tables. */
static int map_pages(struct mm_struct *mm, struct region *region, const char *kernel_pages)
{
	u64 bits = region_entry_bits(region) | PTE_SPECIAL;
	struct table_path path;
	struct gather gather;
	int error = 0;

	gather_begin(&gather, mm);
	for (uaddr_t at = region->start; at < region->end && !error; at += PAGE_SIZE) {
		paddr_t page = virt_to_phys(kernel_pages + (at - region->start));

		error = table_own_middle(mm, at, true, &gather, &path);
		if (!error)
			error = table_own_leaf(at, true, &gather, &path);
		if (!error)
			path_map(&path, pte_make(page.addr >> PAGE_SHIFT, bits), NULL);
	}
	gather_end(&gather);
	return error;
}

int vm_map_special(struct mm_struct *mm, uaddr_t start, const void *kernel_pages, u64 length,
		   int prot)
{
	LIST_HEAD(removed);
	u32 flags = (u32)(prot & PROT_ALL) | REGION_MAY_READ | REGION_MAY_EXEC | REGION_SPECIAL |
		    REGION_VDSO;
	struct map_request request = {
		.hint = start,
		.length = ALIGN_UP(length, (u64)PAGE_SIZE),
		.flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE,
		.spec = { .flags = flags },
	};
	long result;

	mutex_lock(&mm->lock);
	result = map_locked(mm, &request, &removed);
	if (result >= 0)
		result = map_pages(mm, vm_find_region(mm, start), kernel_pages);
	mutex_unlock(&mm->lock);
	regions_release(&removed);
	return result < 0 ? (int)result : 0;
}
