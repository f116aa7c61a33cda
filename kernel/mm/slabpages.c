/* SPDX-License-Identifier: MIT */
/*
 * Slabs: blocks of pages cut into objects. The shared layer below the magazines of mm/slab.c.
 *
 * The first page's struct page says all about a slab: its cache, the number of its first free
 * slot, the count of objects in use, and its link on one of the cache's lists. Slabs without free
 * objects are on none. Every page of a slab has PG_SLAB and slab_cache, so that kfree() can ask
 * any of them.
 *
 * The cache's lock (RANK_SLAB) protects its slabs. Pages are allocated without it, for the
 * shrinkers that this may run take it; and freed with it.
 */
#include "mm/slabcache.h"

/* --- sizes --- */

static unsigned int waste(size_t size, unsigned int order)
{
	return ((size_t)PAGE_SIZE << order) % size;
}

/* The smallest block that holds four objects, and loses no more than an eighth behind the last. */
static unsigned int choose_order(size_t size)
{
	unsigned int order = 0;

	while (order < SLAB_MAX_ORDER && (((size_t)PAGE_SIZE << order) / size < 4 ||
					  waste(size, order) > ((size_t)PAGE_SIZE << order) / 8))
		order++;
	return order;
}

void slab_layout(struct kmem_cache *cache, size_t align)
{
	if (CONFIG_DEBUG) {
		slab_debug_layout(cache, align);
	} else if (cache->ctor) {
		cache->link_offset = ALIGN_UP(cache->object_size, sizeof(u16));
		cache->size = ALIGN_UP(cache->link_offset + sizeof(u16), align);
	} else {
		cache->size = ALIGN_UP(cache->object_size, align);
	}
	cache->order = choose_order(cache->size);
	cache->per_slab = MIN(((size_t)PAGE_SIZE << cache->order) / cache->size, (size_t)SLAB_NONE);
	if (!cache->per_slab)
		panic("objects of slab cache %s are too large", cache->name);
}

/* --- one slab --- */

static inline char *slot_at(const struct kmem_cache *cache, const struct page *slab, u32 number)
{
	return (char *)page_address(slab) + number * cache->size;
}

static inline u16 *slot_link(const struct kmem_cache *cache, char *slot)
{
	return (u16 *)(slot + cache->link_offset);
}

/* Writes the chain of free slots, and makes the objects. */
static void cut(struct kmem_cache *cache, struct page *slab)
{
	char *slot = page_address(slab);

	for (u32 i = 0; i < cache->per_slab; i++, slot += cache->size) {
		if (CONFIG_DEBUG)
			slab_debug_carve(cache, slot);
		if (cache->ctor)
			cache->ctor(slot + cache->object_offset);
		*slot_link(cache, slot) = i + 1 < cache->per_slab ? i + 1 : SLAB_NONE;
	}
	slab->slab_free = 0;
	slab->slab_used = 0;
}

static void release_slab(struct kmem_cache *cache, struct page *slab)
{
	for (unsigned int i = 0; i < 1u << cache->order; i++) {
		slab[i].flags = 0;
		slab[i].slab_cache = NULL;
	}
	refcount_set(&slab->refs, 1);
	page_free(slab, cache->order);
}

/* --- a cache's slabs --- */

bool slab_grow(struct kmem_cache *cache)
{
	struct page *slab = page_alloc(cache->order, 0);

	if (!slab)
		return false;
	for (unsigned int i = 0; i < 1u << cache->order; i++) {
		slab[i].flags = PG_SLAB;
		slab[i].slab_cache = cache;
	}
	cut(cache, slab);
	spin_lock(&cache->lock);
	list_add(&slab->link, &cache->unused);
	cache->slab_count++;
	cache->unused_count++;
	spin_unlock(&cache->lock);
	return true;
}

/* A slab with a free object, which is used from now on; NULL: there is none. */
static struct page *find_slab_locked(struct kmem_cache *cache)
{
	struct page *slab;

	if (!list_empty(&cache->partial))
		return list_first_entry(&cache->partial, struct page, link);
	if (list_empty(&cache->unused))
		return NULL;
	slab = list_first_entry(&cache->unused, struct page, link);
	list_del(&slab->link);
	list_add(&slab->link, &cache->partial);
	cache->unused_count--;
	return slab;
}

void *slab_take_locked(struct kmem_cache *cache)
{
	struct page *slab = find_slab_locked(cache);
	char *slot;

	if (!slab)
		return NULL;
	slot = slot_at(cache, slab, slab->slab_free);
	slab->slab_free = *slot_link(cache, slot);
	slab->slab_used++;
	if (slab->slab_free == SLAB_NONE)
		list_del(&slab->link);
	return slot + cache->object_offset;
}

static void now_unused_locked(struct kmem_cache *cache, struct page *slab)
{
	list_del(&slab->link);
	if (cache->unused_count >= SLAB_EMPTY_MAX) {
		cache->slab_count--;
		release_slab(cache, slab);
		return;
	}
	list_add(&slab->link, &cache->unused);
	cache->unused_count++;
}

void slab_put_locked(struct kmem_cache *cache, void *object)
{
	char *slot = (char *)object - cache->object_offset;
	u64 mask = ((u64)PAGE_SIZE << cache->order) - 1;
	struct page *slab = virt_to_page((void *)((u64)slot & ~mask));

	*slot_link(cache, slot) = slab->slab_free;
	if (slab->slab_free == SLAB_NONE)
		list_add(&slab->link, &cache->partial);
	slab->slab_free = (u32)((u64)slot & mask) / cache->size;
	slab->slab_used--;
	if (!slab->slab_used)
		now_unused_locked(cache, slab);
}

unsigned long slab_free_unused(struct kmem_cache *cache)
{
	unsigned long slabs = 0;

	spin_lock(&cache->lock);
	while (!list_empty(&cache->unused)) {
		struct page *slab = list_first_entry(&cache->unused, struct page, link);

		list_del(&slab->link);
		cache->slab_count--;
		cache->unused_count--;
		release_slab(cache, slab);
		slabs++;
	}
	spin_unlock(&cache->lock);
	return slabs << cache->order;
}
