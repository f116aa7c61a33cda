/* SPDX-License-Identifier: MIT */
/*
 * Address-space identifiers: numbers that tag a space's entries in the TLBs. Private to arch.
 *
 * A space keeps its ASID as generation << 16 | number; 0: it has none yet.
 */
#ifndef ARCH_ASID_H
#define ARCH_ASID_H

#include "lib/types.h"

enum { ASID_GENERATION_SHIFT = 16 };

static inline u64 asid_number(u64 asid)
{
	return asid & ((1 << ASID_GENERATION_SHIFT) - 1);
}

/* Boot: how many numbers there are, 0 among them, for so many harts. False: too few to use any.
 * */
bool asid_init(u64 numbers, unsigned int harts);

/* Takes a space's ASID into use on this hart, which leaves the one before; gives it a number when
 * it has none that is good. Returns the number. Takes RANK_ASID at times; interrupts off. */
u64 asid_take(u64 *space_asid);

/* Flushes all of this hart's TLB; called when a new generation of numbers begins for the hart.
 * tlb.c */
void tlb_flush_here(void);

#endif
