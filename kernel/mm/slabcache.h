/* SPDX-License-Identifier: MIT */
/*
 * What a slab cache consists of; for the files of the slab allocator only. Its users: mm/slab.h.
 *
 *	slab.c		allocation and release: magazines and depot
 *	slabpages.c	slabs: pages cut into objects
 *	slabdebug.c	red zones, poison, who was it
 *	slabreport.c	numbers for /proc/slabinfo
 *	kmalloc.c	memory of any size
 *
 * A slab is a block of pages, aligned to its size, cut into slots of `size` bytes. A slot holds
 * an object, the number of the next free slot, and in debug builds what slabdebug.c needs. That
 * number lies in the object's own first bytes, but behind the object where these must
 * survive: in caches with a constructor, and in debug builds.
 */
#ifndef MM_SLABCACHE_H
#define MM_SLABCACHE_H

#include "base/lock.h"
#include "base/perhart.h"
#include "lib/list.h"
#include "mm/page.h"
#include "mm/slab.h"

enum {
	MAX_CACHES = 96,
	SLAB_NONE = 0xffff, /* no free slot */
	SLAB_MAX_ORDER = 3,
	SLAB_EMPTY_MAX = 1, /* empty slabs that a cache keeps */
};

/* An array of free objects. On a hart: that hart's alone; in the depot: the cache's lock. */
struct magazine {
	struct magazine *next; /* in the depot */
	u64 count;	       /* objects that it holds */
	u64 capacity;
	void *objects[];
};

/* What a hart has of a cache. By the hart itself; the counters are read by others. */
struct slab_hart {
	struct magazine *loaded;   /* serves both ways; never NULL */
	struct magazine *previous; /* full, empty, or between; never NULL */
	u64 allocations;
	u64 frees;
	u64 misses; /* allocations from the slabs themselves */
};

struct kmem_cache {
	unsigned long hart_state;     /* [I] address of the boot hart's slab_hart */
	u32 size;		      /* [I] of a slot */
	u32 object_size;	      /* [I] */
	u32 object_offset;	      /* [I] of the object in its slot */
	u32 link_offset;	      /* [I] of the next free slot's number in a slot */
	u16 per_slab;		      /* [I] objects in a slab */
	u8 order;		      /* [I] of a slab's pages */
	u8 depot_limit;		      /* [I] full magazines that the depot keeps */
	void (*ctor)(void *object);   /* [I] may be NULL */
	const char *name;	      /* [I] */
	struct kmem_cache *magazines; /* [I] where its magazines come from; NULL: it has none */
	u32 magazine_capacity;	      /* [I] */

	spinlock_t lock;	  /* RANK_SLAB */
	u32 full_count;		  /* [lock] length of full */
	struct magazine *full;	  /* [lock] the depot */
	struct magazine *empty;	  /* [lock] */
	struct list_head partial; /* [lock] slabs with free objects and used ones */
	struct list_head unused;  /* [lock] slabs with free objects only */
	u32 slab_count;		  /* [lock] all slabs */
	u32 unused_count;	  /* [lock] */
};

extern struct kmem_cache slab_caches[MAX_CACHES]; /* in order of creation */
extern unsigned int slab_cache_count;		  /* set at boot only */

static inline struct slab_hart *slab_this_hart(const struct kmem_cache *cache)
{
	return (struct slab_hart *)(cache->hart_state + current_thread_info()->perhart);
}

static inline struct slab_hart *slab_on_hart(const struct kmem_cache *cache, unsigned int hart)
{
	return (struct slab_hart *)(cache->hart_state + perhart_offset[hart]);
}

/* --- slabpages.c --- */

/* Sets the sizes of slots and slabs. */
void slab_layout(struct kmem_cache *cache, size_t align);
/* Adds a slab; false: no memory. The cache's lock is not held; may run shrinkers. */
bool slab_grow(struct kmem_cache *cache);
/* Takes an object from a slab, NULL: all are in use. Lock held. */
void *slab_take_locked(struct kmem_cache *cache);
/* Gives an object back to its slab; frees the slab when it is one unused one too many. Lock
 * held. */
void slab_put_locked(struct kmem_cache *cache, void *object);
/* Frees all unused slabs; returns pages freed. Takes the lock. */
unsigned long slab_free_unused(struct kmem_cache *cache);

/* --- kmalloc.c --- */

void kmalloc_init(void); /* creates its caches */

/* --- slabdebug.c: debug builds only --- */

/* Makes room in the slot for red zones; sets object_offset, link_offset and size. */
void slab_debug_layout(struct kmem_cache *cache, size_t align);
/* A new slot: not in use. */
void slab_debug_carve(struct kmem_cache *cache, char *slot);
/* An object leaves for, or comes back from, the caller at that address. Panics when it is not as it
 * must be. */
void slab_debug_alloc(struct kmem_cache *cache, void *object, const void *caller);
void slab_debug_free(struct kmem_cache *cache, void *object, const void *caller);

#endif
