/* SPDX-License-Identifier: MIT */
/*
 * Memory of any size: slab caches of graded sizes, above them whole pages.
 *
 * kfree() finds out which by the page that the memory lies in: PG_SLAB tells its cache, else the
 * memory is a block of pages whose order its struct page records.
 */
#include "lib/string.h"
#include "mm/slabcache.h"

enum {
	GRAIN = 16,
	TABLE_MAX = 1024, /* sizes up to this one are looked up in a table */
	CLASS_COUNT = 18,
};

static const struct {
	u32 size;
	const char *name;
} classes[CLASS_COUNT] = {
	{ 16, "kmalloc-16" },	  { 32, "kmalloc-32" },	  { 48, "kmalloc-48" },
	{ 64, "kmalloc-64" },	  { 96, "kmalloc-96" },	  { 128, "kmalloc-128" },
	{ 192, "kmalloc-192" },	  { 256, "kmalloc-256" }, { 384, "kmalloc-384" },
	{ 512, "kmalloc-512" },	  { 768, "kmalloc-768" }, { 1024, "kmalloc-1k" },
	{ 1536, "kmalloc-1536" }, { 2048, "kmalloc-2k" }, { 3072, "kmalloc-3k" },
	{ 4096, "kmalloc-4k" },	  { 6144, "kmalloc-6k" }, { 8192, "kmalloc-8k" },
};

static struct kmem_cache *class_caches[CLASS_COUNT];		 /* [I] */
static struct kmem_cache *cache_by_grain[TABLE_MAX / GRAIN + 1]; /* [I] by size in grains */

static void *alloc_pages(size_t size)
{
	unsigned int order = 0;
	struct page *page;

	while (order <= MAX_ORDER && (size_t)PAGE_SIZE << order < size)
		order++;
	if (order > MAX_ORDER)
		return NULL;
	page = page_alloc(order, 0);
	return page ? page_address(page) : NULL;
}

static noinline void *alloc_large(size_t size)
{
	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		if (size <= classes[i].size)
			return kmem_cache_alloc(class_caches[i]);
	return alloc_pages(size);
}

void *kmalloc(size_t size)
{
	if (unlikely(size > TABLE_MAX))
		return alloc_large(size);
	return kmem_cache_alloc(cache_by_grain[(size + GRAIN - 1) / GRAIN]);
}

void *kzalloc(size_t size)
{
	void *memory = kmalloc(size);

	return memory ? memset(memory, 0, size) : NULL;
}

void kfree(const void *memory)
{
	struct page *page;

	if (!memory)
		return;
	page = virt_to_page(memory);
	if (likely(page->flags & PG_SLAB))
		kmem_cache_free(page->slab_cache, (void *)memory);
	else
		page_free(page, page->order);
}

void kmalloc_init(void)
{
	unsigned int class = 0;

	for (unsigned int i = 0; i < CLASS_COUNT; i++)
		class_caches[i] = kmem_cache_create(classes[i].name, classes[i].size, GRAIN, NULL);
	for (size_t size = 0; size <= TABLE_MAX; size += GRAIN) {
		if (size > classes[class].size)
			class ++;
		cache_by_grain[size / GRAIN] = class_caches[class];
	}
}
