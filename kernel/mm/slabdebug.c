/* SPDX-License-Identifier: MIT */
/*
 * Checks of slab objects, for debug builds.
 *
 * A slot is: a red zone, the object, a red zone up to the guard, the guard. The guard tells whether
 * the object is in use, and which code allocated or freed it last. A free object is filled with a
 * pattern (unless its cache has a constructor, whose work must survive), and checked when it is
 * allocated: a write after the release is found then, a write beside the object at its release.
 *
 * The object is its owner's while these run, so they need no lock.
 */
#include "lib/string.h"
#include "mm/slabcache.h"

enum {
	RED_BYTE = 0xbd,   /* beside objects */
	FREE_BYTE = 0xde,  /* in free objects */
	NEW_BYTE = 0xa7,   /* in objects just allocated */
	RED_ZONE = 16,	   /* at least, in front */
	RED_ZONE_MAX = 64, /* objects of a larger alignment have none in front */
};

#define GUARD_USED 0x7573656475736564UL /* "used" twice */
#define GUARD_FREE 0x6672656566726565UL /* "free" twice */

struct guard {
	u64 state;	    /* GUARD_* */
	const void *caller; /* who allocated it or freed it last */
	u16 link;	    /* next free slot; slabpages.c */
};

/* From the object's start; a red byte at least lies between. */
static size_t guard_offset(const struct kmem_cache *cache)
{
	return ALIGN_UP(cache->object_size + (size_t)1, sizeof(u64));
}

static struct guard *guard_of(const struct kmem_cache *cache, const void *object)
{
	return (struct guard *)((char *)object + guard_offset(cache));
}

void slab_debug_layout(struct kmem_cache *cache, size_t align)
{
	size_t guard = guard_offset(cache);

	cache->object_offset = align <= RED_ZONE_MAX ? MAX(align, (size_t)RED_ZONE) : 0;
	cache->link_offset = cache->object_offset + guard + offsetof(struct guard, link);
	cache->size = ALIGN_UP(cache->object_offset + guard + sizeof(struct guard), align);
}

/* The first byte that is not value; size: all are. */
static size_t find_other(const u8 *memory, size_t size, u8 value)
{
	size_t i = 0;

	while (i < size && memory[i] == value)
		i++;
	return i;
}

static void noreturn report(const struct kmem_cache *cache, const void *object, const char *what,
			    long where)
{
	const struct guard *guard = guard_of(cache, object);

	panic("slab %s, object %p: %s at offset %ld (last %s by %p)", cache->name, object, what,
	      where, guard->state == GUARD_USED ? "allocated" : "freed", guard->caller);
}

static void check_zones(const struct kmem_cache *cache, const void *object)
{
	const u8 *front = (const u8 *)object - cache->object_offset;
	const u8 *back = (const u8 *)object + cache->object_size;
	size_t back_size = (const u8 *)guard_of(cache, object) - back;
	size_t at = find_other(front, cache->object_offset, RED_BYTE);

	if (at != cache->object_offset)
		report(cache, object, "written before its start", (long)at - cache->object_offset);
	at = find_other(back, back_size, RED_BYTE);
	if (at != back_size)
		report(cache, object, "written behind its end", cache->object_size + at);
}

/* The address may be any: looks at nothing in the slot before it is known to be one. */
static void check_address(const struct kmem_cache *cache, const void *object)
{
	const struct page *page = virt_to_page(object);
	u64 offset = (u64)object & (((u64)PAGE_SIZE << cache->order) - 1);

	if (!(page->flags & PG_SLAB) || page->slab_cache != cache)
		panic("slab %s: %p is freed to it, but belongs to %s", cache->name, object,
		      page->flags & PG_SLAB ? page->slab_cache->name : "no cache");
	if (offset < cache->object_offset || (offset - cache->object_offset) % cache->size)
		panic("slab %s: %p is freed, which is not the start of an object", cache->name,
		      object);
}

void slab_debug_carve(struct kmem_cache *cache, char *slot)
{
	char *object = slot + cache->object_offset;
	struct guard *guard = guard_of(cache, object);

	memset(slot, RED_BYTE, (char *)guard - slot);
	memset(object, FREE_BYTE, cache->object_size);
	guard->state = GUARD_FREE;
	guard->caller = NULL;
}

void slab_debug_alloc(struct kmem_cache *cache, void *object, const void *caller)
{
	struct guard *guard = guard_of(cache, object);

	if (guard->state != GUARD_FREE)
		report(cache, object, "allocated while in use, or its guard was overwritten", 0);
	check_zones(cache, object);
	if (!cache->ctor) {
		size_t at = find_other(object, cache->object_size, FREE_BYTE);

		if (at != cache->object_size)
			report(cache, object, "written after it was freed", at);
		memset(object, NEW_BYTE, cache->object_size);
	}
	guard->state = GUARD_USED;
	guard->caller = caller;
}

void slab_debug_free(struct kmem_cache *cache, void *object, const void *caller)
{
	struct guard *guard = guard_of(cache, object);

	check_address(cache, object);
	if (guard->state == GUARD_FREE)
		report(cache, object, "freed twice", 0);
	if (guard->state != GUARD_USED)
		report(cache, object, "freed, but its guard was overwritten", 0);
	check_zones(cache, object);
	if (!cache->ctor)
		memset(object, FREE_BYTE, cache->object_size);
	guard->state = GUARD_FREE;
	guard->caller = caller;
}
