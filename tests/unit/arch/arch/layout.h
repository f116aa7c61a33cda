/* SPDX-License-Identifier: MIT */
/*
 * Stand-in for the host tests: physical memory is an arena that host_memory() maps (host.h); the
 * direct map is its distance from address 0 of the machine. Kernel stacks have an arena too.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#include "lib/types.h"

#define USER_END 0x4000000000UL
#define DIRECT_MAP_SIZE 0x2000000000UL
#define KSTACK_AREA_BASE host_kstack_area
#define KSTACK_AREA_SIZE 0x100000000UL

#define KSTACK_SHIFT 13
#define KSTACK_SIZE (1UL << KSTACK_SHIFT)

extern u64 host_direct_map;
extern u64 host_kstack_area;

static inline void *phys_to_virt(paddr_t address)
{
	return (void *)(address.addr + host_direct_map);
}

static inline paddr_t virt_to_phys(const void *address)
{
	return paddr((u64)address - host_direct_map);
}

#endif
