/* SPDX-License-Identifier: MIT */
/*
 * What the calls that change regions share: flags, checks, limits. Private to vm/.
 */
#ifndef VM_MAP_H
#define VM_MAP_H

#include "vm/region.h"
#include "vm/space.h"

enum { PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXEC };

/* True for a private mapping that is written: what RLIMIT_DATA counts, and what may need memory
 * of its own. */
static inline bool counts_as_data(u32 flags)
{
	return (flags & (REGION_WRITE | REGION_SHARED | REGION_STACK)) == REGION_WRITE;
}

/* True for one whose pages are to be promised from now on. */
static inline bool wants_commit(u32 flags)
{
	return (flags & (REGION_WRITE | REGION_SHARED | REGION_COMMITTED | REGION_NORESERVE)) ==
	       REGION_WRITE;
}

/* May the space have that many bytes more of private writable memory? RLIMIT_DATA. 0 or -ENOMEM. */
int data_limit_check(const struct mm_struct *mm, u64 bytes) must_check;
/* May it have that many bytes more with these flags? RLIMIT_AS, RLIMIT_DATA if they count as data,
 * and what may be promised if they are to be. */
int limits_check(const struct mm_struct *mm, u32 flags, u64 bytes) must_check;

/* True when its object's seals forbid a shared, writable mapping, which has been created just now.
 * seal.c */
bool region_is_sealed(const struct region *region);

/* Checks a page-aligned start and a length, which is rounded up: 0 with *end, or -EINVAL. */
int range_check(uaddr_t start, u64 length, uaddr_t *end) must_check;

/* The address for a new mapping: the hint when it is free, else the highest free place below
 * mmap_top that is congruent to `phase` modulo 2 MiB when it is large; if very large, well below
 * the others. 0: none. mm->lock is held. */
uaddr_t place_find(struct mm_struct *mm, uaddr_t hint, u64 length, u64 phase);

/* True when regions cover [start, end) without a hole. mm->lock is held. */
bool range_is_mapped(struct mm_struct *mm, uaddr_t start, uaddr_t end);

/* True when mseal(2) forbids to change some part of [start, end). mm->lock is held. */
bool range_is_sealed(struct mm_struct *mm, uaddr_t start, uaddr_t end);

/* Changes flags of all regions of the range: cuts, sets, merges. -ENOMEM and nothing was done.
 * mm->lock is held. */
int range_set_flags(struct mm_struct *mm, uaddr_t start, uaddr_t end, u32 clear,
		    u32 set) must_check;

/* PR_SET_MDWE: does a mapping with these rights break it, which has been one with the old rights,
 * or is new and so both? */
static inline bool gains_exec(const struct mm_struct *mm, u32 old, u32 prot)
{
	return mm->traits & SPACE_NO_EXEC_GAIN && prot & PROT_EXEC &&
	       (prot & PROT_WRITE || !(old & PROT_EXEC));
}

#endif
