/* SPDX-License-Identifier: MIT */
/*
 * Address spaces as the hardware sees them: root tables, ASIDs, the TLB.
 *
 * TLB rule. Who takes rights away from an entry calls a flush before the page may be reused. A
 * flush marks the space stale on all other harts, then reads which of them run it now and fences
 * those remotely (SBI RFENCE); the others flush when they next switch to the space. Switching to a
 * space sets its active bit first and looks at its stale bit after: whichever comes first in the
 * order of the two atomic operations, no stale entry is used (model: tests/model/tlb.pml).
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include "arch/pte.h"
#include "lib/types.h"

struct arch_space {
	paddr_t root;	   /* [I] root table */
	u64 asid;	   /* [a] generation << 16 | ASID; 0: none yet */
	hartmask_t active; /* [a] harts that run the space now */
	hartmask_t stale;  /* [a] harts that must flush before they use it again */
};

/* Allocates a root table with the kernel's half filled in; -ENOMEM. */
int arch_space_init(struct arch_space *space) must_check;
/* Frees the root table. No hart runs the space; its user half is empty. */
void arch_space_fini(struct arch_space *space);

/* Makes this hart leave one space and use another; NULL is the kernel's own (kernel threads, idle).
 * Interrupts off. Takes RANK_ASID when the ASID is of an old generation. */
void arch_space_switch(struct arch_space *from, struct arch_space *to);

/* Flushes the TLB for [start, end) of a space, for all harts that use it; large ranges flush the
 * whole ASID. Returns when no hart uses an old entry. */
void arch_flush_range(struct arch_space *space, uaddr_t start, uaddr_t end);
void arch_flush_space(struct arch_space *space);
/* After an entry became valid, or gained rights: this hart only (others fault once, spuriously). */
void arch_flush_local(uaddr_t address);

/* The kernel's own map: one page of the stack area (mm/kstack). Unmapping tells which page was
 * mapped; false: none was. */
int arch_map_kernel_page(unsigned long address, paddr_t page) must_check;
bool arch_unmap_kernel_page(unsigned long address, paddr_t *page);
void arch_flush_kernel_all(void); /* all harts, after unmapping */

/* Boot: builds the final kernel map (direct map in the largest pages, image with W^X, tables for
 * the whole upper half) and switches to it. Before page_init(). */
void arch_mmu_init(void);

#endif
