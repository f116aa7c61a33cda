/* SPDX-License-Identifier: MIT */
/*
 * Memory that programs have been promised: what private writable mappings (REGION_COMMITTED) and
 * shared memory may come to hold, whether or not there is a page yet.
 *
 * A hart counts what it promises and what it is given back, without a lock; a hart's own count may
 * be negative, the sum of all is true. How much is promised says /proc/sys/vm/overcommit_memory.
 * Calls on several harts at the same moment may together pass the limit by what they ask for.
 */
#ifndef VM_COMMIT_H
#define VM_COMMIT_H

#include "base/perhart.h"
#include "lib/types.h"

struct mm_struct;

enum overcommit {
	OVERCOMMIT_GUESS = 0,  /* refuse what all memory could not hold */
	OVERCOMMIT_ALWAYS = 1, /* refuse nothing */
	OVERCOMMIT_NEVER = 2,  /* refuse what goes over commit_limit() in all */
};

/* [a] /proc/sys/vm/overcommit_*; the limit is kbytes, or if that is 0 a part of memory in percent
 */
extern int vm_overcommit, vm_overcommit_ratio, vm_overcommit_kbytes;
/* [a] /proc/sys/vm/user_reserve_kbytes: what a large process leaves to others, if never is set */
extern int vm_user_reserve_kbytes;

DECLARE_PERHART(s64, committed_pages);

static inline void commit_add(s64 pages)
{
	*this_hart_ptr(committed_pages) += pages;
}

u64 commit_limit(void); /* pages */
u64 commit_total(void); /* pages that are promised, with those that objects have */

/* May so many pages more be promised to a space (NULL: to a file)? 0 or -ENOMEM. Does not sleep. */
int commit_check(const struct mm_struct *mm, u64 pages) must_check;

/* Whether MAP_NORESERVE is heeded: promises are to be kept, or not. */
static inline bool commit_is_strict(void)
{
	return unlikely(READ_ONCE(vm_overcommit) == OVERCOMMIT_NEVER);
}

void commit_init(void);

#endif
