/* SPDX-License-Identifier: MIT */
/*
 * Taking mappings away: entries (zap) and regions (unmap). Private to vm/. mm->lock is held for
 * all.
 */
#ifndef VM_UNMAP_H
#define VM_UNMAP_H

#include "vm/gather.h"
#include "vm/space.h"

/* Empties all entries of [start, end) and frees tables that become empty. The edges are owned
 * (tables_own_edges), so it cannot fail. The regions are not touched. May sleep. */
void zap_range(struct mm_struct *mm, uaddr_t start, uaddr_t end, struct gather *gather);

/* Owns the edges, and zaps: 0, or -ENOMEM and nothing was done. May sleep. */
int zap_owned(struct mm_struct *mm, uaddr_t start, uaddr_t end) must_check;

/* Lets go of all tables of a space that nobody uses (no flush), on the paths of the regions of
 * `of`: its own, or the space that it was forked from. May sleep. */
void zap_tables_of(struct mm_struct *mm, struct mm_struct *of);

/* munmap of a checked, page-aligned range; the regions go onto `removed`, for regions_release()
 * after the unlock. 0, or -ENOMEM and nothing was done. May sleep. */
int unmap_locked(struct mm_struct *mm, uaddr_t start, uaddr_t end,
		 struct list_head *removed) must_check;

#endif
