/* SPDX-License-Identifier: MIT */
/* sources: kernel/mm/page.c kernel/mm/bootmem.c kernel/mm/buddy.c kernel/mm/pagelist.c
 * kernel/mm/hugepage.c kernel/mm/pagefill.c kernel/mm/shrinker.c kernel/mm/perhart.c
 * kernel/base/lock.c kernel/base/lockdep.c tests/unit/host.c */
/* flags: -UCONFIG_DEBUG -DCONFIG_DEBUG=0 -Wl,-T,tests/unit/perhart.ld */
/*
 * The page allocator again, as release builds have it: without the checks, and with the same
 * layout.
 */
#include "test_page.c"
