/* SPDX-License-Identifier: MIT */
/*
 * Stand-in for the host tests: the map of kernel stacks only counts; a stack's memory is that of
 * host_kstack_area, not that of its pages. Address spaces are what the test makes of them: it
 * defines the arch_space and arch_flush functions that it needs.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include "arch/pte.h"
#include "lib/types.h"

struct arch_space {
	paddr_t root;
	u64 asid;
	hartmask_t active;
	hartmask_t stale;
};

int arch_space_init(struct arch_space *space) must_check;
void arch_space_fini(struct arch_space *space);
void arch_space_switch(struct arch_space *from, struct arch_space *to);
void arch_flush_range(struct arch_space *space, uaddr_t start, uaddr_t end);
void arch_flush_space(struct arch_space *space);
void arch_flush_local(uaddr_t address);

int arch_map_kernel_page(unsigned long address, paddr_t page) must_check;
bool arch_unmap_kernel_page(unsigned long address, paddr_t *page);
void arch_flush_kernel_all(void);

#endif
