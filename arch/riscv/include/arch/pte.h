/* SPDX-License-Identifier: MIT */
/*
 * Sv39 page-table entries (privileged specification, 4.3.1 and 4.4.1).
 *
 * Levels: 0 leaf tables (4 KiB pages), 1 middle tables (2 MiB), 2 the root (1 GiB). A is always set
 * in leaves, and D in writable ones, because boards fault instead of setting them.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include "lib/types.h"

typedef struct {
	u64 value;
} pte_t;

enum pte_bits {
	PTE_V = 1 << 0,
	PTE_R = 1 << 1,
	PTE_W = 1 << 2,
	PTE_X = 1 << 3,
	PTE_U = 1 << 4,
	PTE_G = 1 << 5,
	PTE_A = 1 << 6,
	PTE_D = 1 << 7,
	PTE_COW = 1 << 8, /* software (RSW): private page; a write fault copies or reclaims it */
	PTE_SPECIAL =
		1 << 9, /* software (RSW): page without counted references (zero page, vDSO) */
};

enum { PTE_PFN_SHIFT = 10, TABLE_ENTRIES = 512, TABLE_LEVELS = 3, LEVEL_BITS = 9 };

static inline bool pte_present(pte_t entry)
{
	return entry.value & PTE_V;
}

static inline bool pte_leaf(pte_t entry)
{
	return entry.value & (PTE_R | PTE_W | PTE_X);
}

static inline bool pte_write(pte_t entry)
{
	return entry.value & PTE_W;
}

static inline bool pte_cow(pte_t entry)
{
	return entry.value & PTE_COW;
}

static inline bool pte_special(pte_t entry)
{
	return entry.value & PTE_SPECIAL;
}

static inline pfn_t pte_pfn(pte_t entry)
{
	return entry.value << 10 >> 20;
}

static inline pte_t pte_make(pfn_t pfn, u64 bits)
{
	return (pte_t){ pfn << PTE_PFN_SHIFT | bits };
}

static inline u64 pte_flags(pte_t entry)
{
	return entry.value & 0x3ff;
}

/* An entry that points to the next table. */
static inline pte_t pte_table(pfn_t pfn)
{
	return pte_make(pfn, PTE_V);
}

#define PTE_NONE ((pte_t){ 0 })

/* Index into the table of that level for an address. */
static inline unsigned int pte_index(u64 address, unsigned int level)
{
	return address >> (12 + LEVEL_BITS * level) & (TABLE_ENTRIES - 1);
}

/* Bytes that one entry of that level spans. */
static inline u64 level_span(unsigned int level)
{
	return (u64)1 << (12 + LEVEL_BITS * level);
}

#endif
