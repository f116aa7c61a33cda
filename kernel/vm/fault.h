/* SPDX-License-Identifier: MIT */
/*
 * One page fault on its way through fault.c, cow.c and huge.c. Private to vm/.
 */
#ifndef VM_FAULT_H
#define VM_FAULT_H

#include "vm/gather.h"
#include "vm/pagetable.h"
#include "vm/region.h"

struct fault {
	struct mm_struct *mm;  /* locked */
	struct region *region; /* holds address */
	uaddr_t address;       /* of the page */
	bool write;
	bool user; /* the program's own access: a signal may interrupt a wait */
	struct table_path path;
	struct gather gather;
};

/* Bits of an entry for the region's protection, as if writing were free: for shared mappings. */
u64 region_entry_bits(const struct region *region);

/* The same for a page of a private mapping that is this space's alone. */
static inline u64 region_private_bits(const struct region *region)
{
	return region_entry_bits(region) | PTE_COW;
}

/* The same for one that is not: without the right to write. */
static inline u64 region_cow_bits(const struct region *region)
{
	return (region_entry_bits(region) & ~(u64)(PTE_W | PTE_D)) | PTE_COW;
}

/* Resolves a fault whose region permits the access (of enum fault_access): maps the page, breaks
 * COW, or finds all well. mm->lock is held. 0, -ENOMEM, -EIO (beyond the object's end), -EINTR (a
 * signal came while it waited), or -EAGAIN: the lock was dropped, look for the region again. May
 * sleep. */
int fault_resolve(struct mm_struct *mm, struct region *region, uaddr_t address,
		  unsigned int access) must_check;

/* The region that holds address, a stack being grown for it if need be; NULL. mm->lock is held. */
struct region *region_reach(struct mm_struct *mm, uaddr_t address);

/* Touches all pages of [start, end), as far as regions lie there and permit it: mlock,
 * MAP_POPULATE. Takes mm->lock. 0, -EFAULT (no access), -ENOMEM (a hole, or no memory). May
 * sleep. */
int populate(struct mm_struct *mm, uaddr_t start, uaddr_t end, bool write);

/* A write to a mapped private page of a leaf entry that does not permit it: makes it this space's
 * own. 0 or -ENOMEM. cow.c */
int cow_break(struct fault *fault) must_check;

/* True when a 2 MiB page may stand at the fault's address. huge.c */
bool huge_possible(const struct fault *fault);
/* Maps one at the empty middle entry; false: none to be had. */
bool huge_map(struct fault *fault);
/* A write to a huge page without the right: takes it over (true) when it is this space's alone. */
bool huge_reuse(struct fault *fault);

#endif
