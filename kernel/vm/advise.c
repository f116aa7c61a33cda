/* SPDX-License-Identifier: MIT */
/*
 * madvise(2), mlock(2) and mlockall(2), msync(2).
 *
 * Nothing is ever paged out and objects have no slower copy, so much advice asks for nothing; it
 * is checked as on Linux all the same. A hole in the range does not stop the advice from being
 * taken for the rest: then -ENOMEM is returned.
 *
 * Takes mm->lock; the faults of populating, and vmo_punch(), take it themselves. Tested by
 * tests/guest/mmap.c.
 */
#include "lib/errno.h"
#include "uapi/fcntl.h"
#include "vm/fault.h"
#include "vm/map.h"
#include "vm/unmap.h"
#include "vm/vmo.h"

enum madvise_advice {
	MADV_NORMAL = 0,
	MADV_RANDOM = 1,
	MADV_SEQUENTIAL = 2,
	MADV_WILLNEED = 3,
	MADV_DONTNEED = 4,
	MADV_FREE = 8,
	MADV_REMOVE = 9,
	MADV_DONTFORK = 10,
	MADV_DOFORK = 11,
	MADV_MERGEABLE = 12,
	MADV_UNMERGEABLE = 13,
	MADV_HUGEPAGE = 14,
	MADV_NOHUGEPAGE = 15,
	MADV_DONTDUMP = 16,
	MADV_DODUMP = 17,
	MADV_WIPEONFORK = 18,
	MADV_KEEPONFORK = 19,
	MADV_COLD = 20,
	MADV_PAGEOUT = 21,
	MADV_POPULATE_READ = 22,
	MADV_POPULATE_WRITE = 23,
	MADV_DONTNEED_LOCKED = 24,
	MADV_COLLAPSE = 25,
};

/* --- advice that sets flags --- */

struct flag_advice {
	u32 clear, set;
};

/* The flags that a piece of advice changes; false: none. */
static bool flags_of_advice(int advice, struct flag_advice *flags)
{
	switch (advice) {
	case MADV_DONTFORK: *flags = (struct flag_advice){ 0, REGION_DONTFORK }; return true;
	case MADV_DOFORK: *flags = (struct flag_advice){ REGION_DONTFORK, 0 }; return true;
	case MADV_HUGEPAGE: *flags = (struct flag_advice){ REGION_NOHUGE, 0 }; return true;
	case MADV_NOHUGEPAGE: *flags = (struct flag_advice){ 0, REGION_NOHUGE }; return true;
	case MADV_WIPEONFORK: *flags = (struct flag_advice){ 0, REGION_WIPEONFORK }; return true;
	case MADV_KEEPONFORK: *flags = (struct flag_advice){ REGION_WIPEONFORK, 0 }; return true;
	case MADV_DONTDUMP: *flags = (struct flag_advice){ 0, REGION_DONTDUMP }; return true;
	case MADV_DODUMP: *flags = (struct flag_advice){ REGION_DONTDUMP, 0 }; return true;
	default: return false;
	}
}

/* --- what may be advised for a region: 0 or -EINVAL --- */

static int check_advice(const struct region *region, int advice)
{
	bool private = !region->object && !(region->flags & (REGION_SHARED | REGION_SPECIAL));

	switch (advice) {
	case MADV_DONTNEED_LOCKED: return region->flags & REGION_SPECIAL ? -EINVAL : 0;
	case MADV_DONTNEED: return region->flags & (REGION_LOCKED | REGION_SPECIAL) ? -EINVAL : 0;
	case MADV_FREE: return private && !(region->flags & REGION_LOCKED) ? 0 : -EINVAL;
	case MADV_WIPEONFORK: return private ? 0 : -EINVAL;
	case MADV_DOFORK:
	case MADV_DODUMP: return region->flags & REGION_SPECIAL ? -EINVAL : 0;
	case MADV_COLD:
	case MADV_PAGEOUT: return region->flags & (REGION_LOCKED | REGION_SPECIAL) ? -EINVAL : 0;
	default: return 0;
	}
}

/* Advice that lets the program lose what a page holds. */
static bool discards(int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_FREE:
	case MADV_DONTNEED_LOCKED:
	case MADV_DONTFORK:
	case MADV_WIPEONFORK: return true;
	default: return false;
	}
}

/* Sealed memory that the program cannot write either (mseal(2)). */
static bool is_sealed_text(const struct region *region)
{
	return region->flags & REGION_SEALED && !(region->flags & (REGION_WRITE | REGION_SHARED));
}

/* Takes the advice for [start, end), which lies in one region. */
static int advise_region(struct mm_struct *mm, const struct region *region, uaddr_t start,
			 uaddr_t end, int advice)
{
	struct flag_advice flags;
	int error = check_advice(region, advice);

	if (error)
		return error;
	if (discards(advice) && is_sealed_text(region))
		return -EPERM;
	if (advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_DONTNEED_LOCKED)
		return zap_owned(mm, start, end);
	if (flags_of_advice(advice, &flags) &&
	    ((region->flags & ~flags.clear) | flags.set) != region->flags)
		return range_set_flags(mm, start, end, flags.clear, flags.set);
	return 0;
}

static int advise_locked(struct mm_struct *mm, uaddr_t start, uaddr_t end, int advice)
{
	uaddr_t at = start;
	bool hole = false;

	while (at < end) {
		struct region *region = region_overlapping(mm, at, end);
		uaddr_t from, to;
		int error;

		if (!region)
			return -ENOMEM;
		from = MAX(region->start, at);
		to = MIN(region->end, end);
		hole |= from > at;
		error = advise_region(mm, region, from, to, advice);
		if (error)
			return error;
		at = to;
	}
	return hole ? -ENOMEM : 0;
}

/* --- MADV_REMOVE --- */

/* The object and bytes behind an address for a shared writable mapping, held in *backing: 0 or
 * -errno. */
static int backing_to_punch(struct mm_struct *mm, uaddr_t at, uaddr_t end, u64 *start, u64 *stop,
			    struct region_backing *backing)
{
	const u32 writable = REGION_SHARED | REGION_MAY_WRITE;
	struct region *region = vm_find_region(mm, at);

	if (!region || region->start > at)
		return -ENOMEM;
	if (!region->object || region->flags & REGION_LOCKED)
		return -EINVAL;
	if ((region->flags & writable) != writable)
		return -EACCES;
	if (region->object->seals & F_SEAL_NO_WRITE)
		return -EPERM;
	*start = region_offset(region, at);
	*stop = *start + (MIN(region->end, end) - at);
	*backing = region_backing_get(region);
	return 0;
}

/* Frees the pages of the objects behind the range. The space's lock is not held while it does. */
static int punch_range(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	int error = 0;

	for (uaddr_t at = start; at < end && !error;) {
		struct region_backing backing;
		u64 from = 0, to = 0;

		mutex_lock(&mm->lock);
		error = backing_to_punch(mm, at, end, &from, &to, &backing);
		mutex_unlock(&mm->lock);
		if (error)
			return error;
		error = vmo_punch(backing.object, from, to);
		region_backing_put(backing);
		at += to - from;
	}
	return error;
}

/* --- madvise --- */

static bool advice_is_known(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) ||
	       (advice >= MADV_FREE && advice <= MADV_COLLAPSE);
}

/* Pages are made huge when they are first touched, never later: so a whole 2 MiB of the range that
 * is mapped by small pages stays as it is (-EBUSY would ask to try again); a range that holds none
 * cannot be collapsed at all. */
static int check_collapse(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = region_overlapping(mm, start, end);

	if (!region || region->start > start || region->end < end)
		return -ENOMEM;
	if (ALIGN_UP(start, (uaddr_t)HUGE_SIZE) + HUGE_SIZE > end || region->object ||
	    region->flags & (REGION_NOHUGE | REGION_SHARED | REGION_SPECIAL))
		return -EINVAL;
	return 0;
}

int vm_advise(struct mm_struct *mm, uaddr_t start, u64 length, int advice)
{
	uaddr_t end;
	int error = range_check(start, length, &end);

	if (error || !advice_is_known(advice))
		return -EINVAL;
	if (start == end)
		return 0;
	if (advice == MADV_REMOVE)
		return punch_range(mm, start, end);
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE) {
		error = populate(mm, start, end, advice == MADV_POPULATE_WRITE);
		return error == -EIO ? -EFAULT : error == -EFAULT ? -EINVAL : error;
	}
	mutex_lock(&mm->lock);
	if (advice == MADV_COLLAPSE)
		error = check_collapse(mm, start, end);
	else
		error = advise_locked(mm, start, end, advice);
	mutex_unlock(&mm->lock);
	return error;
}

bool vm_advice_is_remote(int advice)
{
	return advice == MADV_COLD || advice == MADV_PAGEOUT || advice == MADV_WILLNEED;
}

int vm_drop_private(struct mm_struct *mm)
{
	struct region *region;
	int error = mutex_lock_killable(&mm->lock);

	if (error)
		return error;
	for (region = region_overlapping(mm, 0, USER_END); region && !error;
	     region = vm_next_region(region))
		if (!(region->flags & (REGION_SHARED | REGION_SPECIAL)))
			error = zap_owned(mm, region->start, region->end);
	mutex_unlock(&mm->lock);
	return error;
}

/* --- mlock --- */

int vm_lock_pages(struct mm_struct *mm, uaddr_t start, u64 length, bool lock, bool fill)
{
	uaddr_t first = ALIGN_DOWN(start, (uaddr_t)PAGE_SIZE);
	u32 flag = REGION_LOCKED;
	uaddr_t end;
	int error = range_check(first, length + (start - first), &end);

	if (error || length + (start - first) < length)
		return -EINVAL;
	if (first == end)
		return 0;
	mutex_lock(&mm->lock);
	error = -ENOMEM;
	if (range_is_mapped(mm, first, end))
		error = range_set_flags(mm, first, end, flag, lock ? flag : 0);
	mutex_unlock(&mm->lock);
	if (error || !fill)
		return error;
	error = populate(mm, first, end, false);
	return error == -EIO || error == -EFAULT ? -ENOMEM : error;
}

u64 vm_locked_bytes(struct mm_struct *mm, uaddr_t start, u64 length)
{
	uaddr_t end = start + length;
	struct region *region;
	u64 bytes = 0;

	mutex_lock(&mm->lock);
	region = region_overlapping(mm, start, end);
	for (; region && region->start < end; region = vm_next_region(region))
		if (region->flags & REGION_LOCKED)
			bytes += MIN(region->end, end) - MAX(region->start, start);
	mutex_unlock(&mm->lock);
	return bytes;
}

/* What is mapped now. Regions do not merge here: they differ where they did. */
static void lock_regions(struct mm_struct *mm, bool lock)
{
	struct region *region = vm_first_region(mm);

	for (; region; region = vm_next_region(region)) {
		u32 flags = region->flags & ~(u32)REGION_LOCKED;

		if (lock && !(flags & REGION_SPECIAL))
			flags |= REGION_LOCKED;
		region_set_flags(mm, region, flags);
	}
}

/* Touches what may be touched; as mlockall(2), it does not mind the rest. */
static void populate_all(struct mm_struct *mm)
{
	uaddr_t at = 0;

	for (;;) {
		struct region *region;
		uaddr_t start, end;

		mutex_lock(&mm->lock);
		region = vm_find_region(mm, at);
		start = region ? region->start : 0;
		end = region ? region->end : 0;
		mutex_unlock(&mm->lock);
		if (!end || populate(mm, MAX(at, start), end, false) == -EINTR)
			return;
		at = end;
	}
}

int vm_lock_all(struct mm_struct *mm, bool lock, bool mapped, bool future, bool fill)
{
	mutex_lock(&mm->lock);
	mm->lock_future = future ? REGION_LOCKED : 0;
	if (mapped)
		lock_regions(mm, lock);
	mutex_unlock(&mm->lock);
	if (lock && mapped && fill)
		populate_all(mm);
	return 0;
}

/* --- msync --- */

enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };

static bool any_locked(struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	struct region *region = region_overlapping(mm, start, end);

	for (; region && region->start < end; region = vm_next_region(region))
		if (region->flags & REGION_LOCKED)
			return true;
	return false;
}

int vm_sync(struct mm_struct *mm, uaddr_t start, u64 length, int flags)
{
	uaddr_t end;
	int error;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || start % PAGE_SIZE ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (range_check(start, length, &end))
		return -ENOMEM;
	mutex_lock(&mm->lock);
	error = range_is_mapped(mm, start, end) ? 0 : -ENOMEM;
	if (!error && flags & MS_INVALIDATE && any_locked(mm, start, end))
		error = -EBUSY;
	mutex_unlock(&mm->lock);
	return error;
}
