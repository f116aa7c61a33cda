/* SPDX-License-Identifier: MIT */
/* sources: kernel/mm/slab.c kernel/mm/slabpages.c kernel/mm/slabdebug.c kernel/mm/slabreport.c
 * kernel/mm/kmalloc.c kernel/mm/page.c kernel/mm/bootmem.c kernel/mm/buddy.c
 * kernel/mm/pagelist.c kernel/mm/hugepage.c kernel/mm/pagefill.c kernel/mm/shrinker.c
 * kernel/mm/perhart.c kernel/base/lock.c kernel/base/lockdep.c tests/unit/host.c */
/* flags: -UCONFIG_DEBUG -DCONFIG_DEBUG=0 -Wl,-T,tests/unit/perhart.ld */
/*
 * Slab caches again, as release builds have them: without the checks, and with their smaller
 * layout.
 */
#include "test_slab.c"
