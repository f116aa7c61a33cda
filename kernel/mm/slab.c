/* SPDX-License-Identifier: MIT */
/*
 * Slab caches: allocation and release of objects through per-hart magazines (after Bonwick and
 * Adams, "Magazines and Vmem", USENIX 2001).
 *
 * A hart has two magazines per cache, `loaded` and `previous`. One that runs empty or full is
 * exchanged with the other, then with the cache's depot, so that a hart which frees and allocates
 * around a boundary goes to the depot once per magazine at most. Below the depot are the slabs
 * (slabpages.c). A hart that never frees an object of a cache has no magazines of it: they are made
 * by the first free. no_magazine stands for one that is missing; it is both empty and full, so the
 * fast paths need no test for it.
 *
 * The fast paths take no lock. The cache's lock protects depot and slabs; it is not held while
 * pages or magazines are allocated, since this may run slab_shrink(), which takes it, and which
 * replaces this hart's magazines: the slow paths start over after that.
 */
#include "lib/string.h"
#include "mm/slabcache.h"

struct kmem_cache slab_caches[MAX_CACHES];
unsigned int slab_cache_count;

struct slab_area {
	struct slab_hart caches[MAX_CACHES];
};
static DEFINE_PERHART(struct slab_area, slab_area);

static struct magazine no_magazine; /* never written */

enum { MAGAZINE_SIZES = 4 };

/* Magazines for objects of up to that size. A magazine of n objects has 8 n + 24 bytes. */
static const struct {
	u32 object_size;
	u32 capacity;
	u8 depot_limit;
	const char *name;
} magazine_sizes[MAGAZINE_SIZES] = {
	{ 64, 61, 8, "magazine-61" },
	{ 256, 29, 8, "magazine-29" },
	{ 2048, 13, 4, "magazine-13" },
	{ ~0u, 5, 4, "magazine-5" },
};

static struct kmem_cache *magazine_caches[MAGAZINE_SIZES];

/* --- magazines and the depot --- */

static inline bool is_magazine(const struct magazine *magazine)
{
	return magazine != &no_magazine;
}

static void exchange(struct slab_hart *hart)
{
	struct magazine *loaded = hart->loaded;

	hart->loaded = hart->previous;
	hart->previous = loaded;
}

static void push_magazine(struct magazine **list, struct magazine *magazine)
{
	magazine->next = *list;
	*list = magazine;
}

static struct magazine *pop_magazine(struct magazine **list)
{
	struct magazine *magazine = *list;

	if (magazine)
		*list = magazine->next;
	return magazine;
}

static void empty_magazine_locked(struct kmem_cache *cache, struct magazine *magazine)
{
	while (magazine->count)
		slab_put_locked(cache, magazine->objects[--magazine->count]);
}

/* --- allocation --- */

/* Both magazines are empty: loads a full one of the depot's; false: there is none. */
static bool load_full_locked(struct kmem_cache *cache, struct slab_hart *hart)
{
	struct magazine *full = pop_magazine(&cache->full);

	if (!full)
		return false;
	cache->full_count--;
	if (is_magazine(hart->loaded))
		push_magazine(&cache->empty, hart->loaded);
	hart->loaded = full;
	return true;
}

/* Takes an object from the slabs, and up to half a magazine more while there is one to put them
 * in. */
static void *take_some_locked(struct kmem_cache *cache, struct slab_hart *hart)
{
	struct magazine *magazine = hart->loaded;
	void *object = slab_take_locked(cache);

	while (object && magazine->count < magazine->capacity / 2) {
		void *another = slab_take_locked(cache);

		if (!another)
			break;
		magazine->objects[magazine->count++] = another;
	}
	return object;
}

static noinline void *alloc_slow(struct kmem_cache *cache, const void *caller)
{
	struct slab_hart *hart = slab_this_hart(cache);
	void *object;

	do {
		if (hart->previous->count) {
			exchange(hart);
			object = hart->loaded->objects[--hart->loaded->count];
			break;
		}
		spin_lock(&cache->lock);
		if (load_full_locked(cache, hart)) {
			object = hart->loaded->objects[--hart->loaded->count];
		} else {
			object = take_some_locked(cache, hart);
			hart->misses++;
		}
		spin_unlock(&cache->lock);
		if (!object && !slab_grow(cache))
			return NULL;
	} while (!object);
	hart->allocations++;
	if (CONFIG_DEBUG)
		slab_debug_alloc(cache, object, caller);
	return object;
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	struct slab_hart *hart = slab_this_hart(cache);
	struct magazine *magazine = hart->loaded;
	void *object;

	if (unlikely(!magazine->count))
		return alloc_slow(cache, __builtin_return_address(0));
	object = magazine->objects[--magazine->count];
	hart->allocations++;
	if (CONFIG_DEBUG)
		slab_debug_alloc(cache, object, __builtin_return_address(0));
	return object;
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	void *object = kmem_cache_alloc(cache);

	assert(!cache->ctor);
	return object ? memset(object, 0, cache->object_size) : NULL;
}

/* --- release --- */

/* A new empty magazine for the depot; false: no memory, or the cache has no magazines. */
static bool add_magazine(struct kmem_cache *cache)
{
	struct magazine *magazine;

	if (!cache->magazines)
		return false;
	magazine = kmem_cache_alloc(cache->magazines);
	if (!magazine)
		return false;
	magazine->count = 0;
	magazine->capacity = cache->magazine_capacity;
	spin_lock(&cache->lock);
	push_magazine(&cache->empty, magazine);
	spin_unlock(&cache->lock);
	return true;
}

/* Both magazines are full: lets the loaded one be an empty one; false: the depot has none. */
static bool load_empty_locked(struct kmem_cache *cache, struct slab_hart *hart)
{
	struct magazine *old = hart->previous;
	struct magazine *empty;

	if (is_magazine(old) && cache->full_count >= cache->depot_limit) {
		empty_magazine_locked(cache, old);
		exchange(hart);
		return true;
	}
	empty = pop_magazine(&cache->empty);
	if (!empty)
		return false;
	if (is_magazine(old)) {
		push_magazine(&cache->full, old);
		cache->full_count++;
	}
	hart->previous = hart->loaded;
	hart->loaded = empty;
	return true;
}

static noinline void free_slow(struct kmem_cache *cache, void *object)
{
	struct slab_hart *hart = slab_this_hart(cache);
	bool loaded;

	hart->frees++;
	do {
		if (hart->previous->count < hart->previous->capacity) {
			exchange(hart);
			break;
		}
		spin_lock(&cache->lock);
		loaded = load_empty_locked(cache, hart);
		spin_unlock(&cache->lock);
		if (!loaded && !add_magazine(cache)) {
			spin_lock(&cache->lock);
			slab_put_locked(cache, object);
			spin_unlock(&cache->lock);
			return;
		}
	} while (!loaded);
	hart->loaded->objects[hart->loaded->count++] = object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	struct slab_hart *hart = slab_this_hart(cache);
	struct magazine *magazine = hart->loaded;

	if (CONFIG_DEBUG)
		slab_debug_free(cache, object, __builtin_return_address(0));
	if (unlikely(magazine->count == magazine->capacity)) {
		free_slow(cache, object);
		return;
	}
	magazine->objects[magazine->count++] = object;
	hart->frees++;
}

/* --- giving memory back --- */

/* Empties this hart's magazines and the depot's into the slabs; returns the magazines as a list. */
static struct magazine *collect_magazines(struct kmem_cache *cache)
{
	struct slab_hart *hart = slab_this_hart(cache);
	struct magazine *magazine, *list = NULL;

	spin_lock(&cache->lock);
	while ((magazine = pop_magazine(&cache->full))) {
		empty_magazine_locked(cache, magazine);
		push_magazine(&list, magazine);
	}
	cache->full_count = 0;
	while ((magazine = pop_magazine(&cache->empty)))
		push_magazine(&list, magazine);
	if (is_magazine(hart->loaded)) {
		empty_magazine_locked(cache, hart->loaded);
		push_magazine(&list, hart->loaded);
	}
	if (is_magazine(hart->previous)) {
		empty_magazine_locked(cache, hart->previous);
		push_magazine(&list, hart->previous);
	}
	hart->loaded = &no_magazine;
	hart->previous = &no_magazine;
	spin_unlock(&cache->lock);
	return list;
}

unsigned long slab_shrink(void)
{
	unsigned long pages = 0;

	for (unsigned int i = 0; i < slab_cache_count; i++) {
		struct kmem_cache *cache = &slab_caches[i];
		struct magazine *list = collect_magazines(cache);
		struct magazine *magazine;

		while ((magazine = pop_magazine(&list)))
			kmem_cache_free(cache->magazines, magazine);
	}
	for (unsigned int i = 0; i < slab_cache_count; i++)
		pages += slab_free_unused(&slab_caches[i]);
	return pages;
}

/* --- creation --- */

static void choose_magazines(struct kmem_cache *cache)
{
	unsigned int i = 0;

	while (cache->object_size > magazine_sizes[i].object_size)
		i++;
	cache->magazines = magazine_caches[i];
	cache->magazine_capacity = magazine_sizes[i].capacity;
	cache->depot_limit = magazine_sizes[i].depot_limit;
}

static struct kmem_cache *create(const char *name, size_t size, size_t align,
				 void (*ctor)(void *object))
{
	unsigned int index = slab_cache_count;
	struct kmem_cache *cache = &slab_caches[index];
	unsigned int hart;

	if (index == MAX_CACHES)
		panic("no room for slab cache %s", name);
	cache->name = name;
	cache->object_size = size;
	cache->ctor = ctor;
	spin_init(&cache->lock, RANK_SLAB);
	list_init(&cache->partial);
	list_init(&cache->unused);
	slab_layout(cache, align ? align : sizeof(u64));
	cache->hart_state = (unsigned long)&hart_ptr(slab_area, 0)->caches[index];
	for_each_hart (hart) {
		slab_on_hart(cache, hart)->loaded = &no_magazine;
		slab_on_hart(cache, hart)->previous = &no_magazine;
	}
	slab_cache_count++;
	return cache;
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     void (*ctor)(void *object))
{
	struct kmem_cache *cache = create(name, size, align, ctor);

	choose_magazines(cache);
	return cache;
}

void slab_init(void)
{
	static struct shrinker shrinker = { .shrink = slab_shrink };

	for (unsigned int i = 0; i < MAGAZINE_SIZES; i++)
		magazine_caches[i] = create(magazine_sizes[i].name,
					    sizeof(struct magazine) +
						    magazine_sizes[i].capacity * sizeof(void *),
					    0, NULL);
	kmalloc_init();
	shrinker_register(&shrinker);
}
