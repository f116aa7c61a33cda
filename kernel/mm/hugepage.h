/* SPDX-License-Identifier: MIT */
/*
 * Making and unmaking huge pages out of blocks; for files of mm/ only. Users: mm/page.h.
 */
#ifndef MM_HUGEPAGE_H
#define MM_HUGEPAGE_H

struct page;

/* Makes a block of HUGE_ORDER a huge page: the first page its head, all others tails. */
void huge_prepare(struct page *head);
/* Makes it a plain block again. */
void huge_dissolve(struct page *head);

#endif
