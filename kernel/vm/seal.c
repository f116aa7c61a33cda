/* SPDX-License-Identifier: MIT */
/*
 * Sealing memory objects, fcntl(2), F_ADD_SEALS; and sealing mappings, mseal(2).
 *
 * SEAL1: while F_SEAL_WRITE is set, no shared mapping of the object may be written. It is set under
 * the object's lock if no such mapping is listed; who maps lists his region first and looks at the
 * seal then. So one of two that come at the same time sees the other.
 *
 * A sealed mapping (REGION_SEALED) can be neither unmapped, moved, replaced nor given other rights;
 * who is about to asks range_is_sealed().
 *
 * Entry points: vmo_seal, region_is_sealed, vm_seal. Tested by tests/guest/memfd.c and
 * tests/guest/madvise.c.
 */
#include "lib/errno.h"
#include "uapi/fcntl.h"
#include "vm/map.h"
#include "vm/vmo.h"

static bool maps_for_writing(const struct region *region)
{
	const u32 writable = REGION_SHARED | REGION_MAY_WRITE;

	return (region->flags & writable) == writable;
}

/* object->lock is held. */
static bool mapped_for_writing(const struct vmo *object)
{
	const struct region *region;

	list_for_each_entry (region, &object->mappings, mapping_link)
		if (maps_for_writing(region))
			return true;
	return false;
}

int vmo_seal(struct vmo *object, u32 seals)
{
	int error = 0;

	spin_lock(&object->lock);
	if (object->seals & F_SEAL_SEAL)
		error = -EPERM;
	else if (seals & ~object->seals & F_SEAL_WRITE && mapped_for_writing(object))
		error = -EBUSY;
	else
		WRITE_ONCE(object->seals, object->seals | seals);
	spin_unlock(&object->lock);
	return error;
}

bool region_is_sealed(const struct region *region)
{
	return region->object && maps_for_writing(region) &&
	       READ_ONCE(region->object->seals) & F_SEAL_WRITE;
}

int vm_seal(struct mm_struct *mm, uaddr_t start, u64 length)
{
	uaddr_t end;
	int error = range_check(start, length, &end);

	if (error || start == end)
		return error;
	mutex_lock(&mm->lock);
	error = -ENOMEM;
	if (range_is_mapped(mm, start, end))
		error = range_set_flags(mm, start, end, 0, REGION_SEALED);
	mutex_unlock(&mm->lock);
	return error;
}
