/* SPDX-License-Identifier: MIT */
/*
 * Per-hart lists of free pages; for files of mm/ only.
 */
#ifndef MM_PAGELIST_H
#define MM_PAGELIST_H

#include "lib/types.h"

/* Makes a hart's list empty, whatever its memory holds, and sets its limits. Before the hart
 * starts. */
void pagelist_init_hart(unsigned int hart);

/* Free pages on all harts' lists; a snapshot. */
u64 pagelist_count(void);

#endif
