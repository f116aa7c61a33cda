/* SPDX-License-Identifier: MIT */
/*
 * Asking everybody to give memory back; for files of mm/ only. Shrinkers: mm/page.h.
 */
#ifndef MM_SHRINKER_H
#define MM_SHRINKER_H

/* Runs all shrinkers; returns the number of pages that they freed. 0 inside a shrinker. */
unsigned long shrink_all(void);

#endif
