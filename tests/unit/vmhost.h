/* SPDX-License-Identifier: MIT */
/*
 * The kernel around address spaces, for host tests: pages and objects that are counted and may be
 * refused, an MMU with a TLB, and a running task without limits. Defined in vmhost.c, which a
 * test names among its sources.
 */
#ifndef VMHOST_H
#define VMHOST_H

#include "vm/space.h"

void vmhost_init(void);

extern long vmhost_pages;   /* pages that are allocated */
extern long vmhost_objects; /* slab objects that are allocated */

/* Allocations, of pages and objects together, that still succeed; -1: all. */
extern long vmhost_allowed;

/* Reads or writes a word of user memory as a program would: through the TLB, with faults. 0, or
 * what vm_fault() said. */
int vmhost_access(struct mm_struct *mm, uaddr_t address, u64 *value, bool write);

/* Forgets the TLB: after it, a missing flush shows no more. */
void vmhost_forget(void);

#endif
