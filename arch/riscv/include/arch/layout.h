/* SPDX-License-Identifier: MIT */
/*
 * The Sv39 address space (privileged specification, 4.4): what lies where.
 *
 *   0000000000000000  user space, up to USER_END (256 GiB)
 *   ffffffc000000000  direct map: physical address 0 .. 128 GiB, device registers included
 *   ffffffe000000000  kernel stacks (mm/kstack), 4 GiB
 *   ffffffff80000000  kernel image, wherever it was loaded, in the top 2 GiB (code model medany)
 *
 * The upper half of the root table is the same in every address space: its tables are allocated at
 * boot, so that a new mapping never has to be copied to all spaces.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#ifndef __ASSEMBLER__
#include "lib/types.h"
#endif

#define USER_END 0x4000000000UL
#define DIRECT_MAP_BASE 0xffffffc000000000UL
#define DIRECT_MAP_SIZE 0x2000000000UL
#define KSTACK_AREA_BASE 0xffffffe000000000UL
#define KSTACK_AREA_SIZE 0x100000000UL /* 262,144 stacks */
#define KERNEL_BASE 0xffffffff80000000UL

#define KSTACK_SHIFT 13
#define KSTACK_SIZE (1UL << KSTACK_SHIFT) /* 8 KiB; its guard is as large */

#ifndef __ASSEMBLER__

/* Physical address of the first byte of the kernel image; set once by boot.S. */
extern u64 kernel_phys_base;

static inline void *phys_to_virt(paddr_t address)
{
	return (void *)(address.addr + DIRECT_MAP_BASE);
}

/* address: of the direct map or of the kernel image. */
static inline paddr_t virt_to_phys(const void *address)
{
	u64 value = (u64)address;

	if (value >= KERNEL_BASE)
		return paddr(value - KERNEL_BASE + kernel_phys_base);
	return paddr(value - DIRECT_MAP_BASE);
}

#endif
#endif
