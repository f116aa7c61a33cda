/* SPDX-License-Identifier: MIT */
/*
 * The numbers of slab caches, for /proc/slabinfo.
 */
#include "mm/slabcache.h"

bool slab_stats(unsigned int index, struct slab_stats *stats)
{
	struct kmem_cache *cache = &slab_caches[index];
	s64 active = 0;
	unsigned int hart;

	if (index >= slab_cache_count)
		return false;
	*stats = (struct slab_stats){
		.name = cache->name,
		.size = cache->size,
		.per_slab = cache->per_slab,
		.pages_per_slab = 1u << cache->order,
	};
	spin_lock(&cache->lock);
	stats->slabs = cache->slab_count;
	stats->active_slabs = cache->slab_count - cache->unused_count;
	spin_unlock(&cache->lock);
	stats->total = stats->slabs * cache->per_slab;

	/* Each hart counts what it does; an object may be freed elsewhere than allocated. */
	for_each_hart (hart) {
		const struct slab_hart *state = slab_on_hart(cache, hart);

		active += (s64)(READ_ONCE(state->allocations) - READ_ONCE(state->frees));
		stats->allocations += READ_ONCE(state->allocations);
		stats->misses += READ_ONCE(state->misses);
	}
	active = MAX(active, 0L); /* the sum is not taken at one instant */
	stats->active = MIN((u64)active, stats->total);
	return true;
}
