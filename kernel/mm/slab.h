/* SPDX-License-Identifier: MIT */
/*
 * Per-hart slab caches of kernel objects.
 *
 * Each hart has two magazines (arrays of free objects) per cache; the fast path pops or pushes a
 * pointer in them, without lock, atomic or call. Full and empty magazines are exchanged with the
 * cache's depot, which lies over slabs of pages (one spinlock per cache, RANK_SLAB). Task context
 * only.
 *
 * Debug builds poison free objects, put red zones around them and check both.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "lib/types.h"

struct kmem_cache;

/* Creates a cache of objects of size bytes aligned to align (a power of two, 0: 8). ctor, which may
 * be NULL, runs when an object's memory is first carved, and frees must leave objects as the
 * constructor does. name must stay valid. Panics when there is no memory: caches are made at
 * boot. */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     void (*ctor)(void *object));

/* An object, not zeroed; NULL when there is no memory. Never sleeps; not from interrupt
 * handlers. */
void *kmem_cache_alloc(struct kmem_cache *cache) must_check;
void *kmem_cache_zalloc(struct kmem_cache *cache) must_check; /* zeroed; for caches without ctor */
void kmem_cache_free(struct kmem_cache *cache, void *object);

/* Memory of any size: caches of powers of two (and 3/4 steps) up to 8 KiB, pages above. 16-byte
 * aligned. kfree(NULL) is allowed. */
void *kmalloc(size_t size) must_check;
void *kzalloc(size_t size) must_check;
void kfree(const void *memory);

/* Returns what magazines and empty slabs hold to the page allocator (all caches; this hart's
 * magazines); returns pages freed. Registered as a shrinker. */
unsigned long slab_shrink(void);

/* For /proc/slabinfo: one call per cache, in order of creation. Takes each cache's lock briefly. */
struct slab_stats {
	const char *name;
	u64 active;   /* objects in use */
	u64 total;    /* objects that the slabs hold */
	u32 size;     /* bytes per object, with its red zones */
	u32 per_slab; /* objects per slab */
	u32 pages_per_slab;
	u64 slabs;
	u64 active_slabs; /* with an object in use or in a magazine */
	u64 allocations;  /* since boot, summed over the harts' counters */
	u64 misses;	  /* allocations that went past the magazines */
};
/* Fills stats for the cache with that index; false when there is none. */
bool slab_stats(unsigned int index, struct slab_stats *stats);

void slab_init(void); /* after page_init() and perhart_init() */

#endif
