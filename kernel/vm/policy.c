/* SPDX-License-Identifier: MIT */
/*
 * Memory policies of mappings (mbind(2)): kept, so that a program can ask for them, and without
 * effect, as there is one node.
 *
 * Takes mm->lock.
 */
#include "lib/errno.h"
#include "vm/map.h"

int vm_set_policy(struct mm_struct *mm, uaddr_t start, u64 length, u32 policy)
{
	uaddr_t end = start + length;
	int error = -EFAULT;

	mutex_lock(&mm->lock);
	if (range_is_mapped(mm, start, end))
		error = range_set_flags(mm, start, end, REGION_POLICY_MASK,
					policy << REGION_POLICY_SHIFT);
	mutex_unlock(&mm->lock);
	return error;
}

int vm_get_policy(struct mm_struct *mm, uaddr_t address)
{
	struct region *region;
	int policy = -EFAULT;

	mutex_lock(&mm->lock);
	region = vm_find_region(mm, address);
	if (region && region->start <= address)
		policy = (int)((region->flags & REGION_POLICY_MASK) >> REGION_POLICY_SHIFT);
	mutex_unlock(&mm->lock);
	return policy;
}
