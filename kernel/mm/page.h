/* SPDX-License-Identifier: MIT */
/*
 * Physical pages: struct page, the buddy allocator and its per-hart lists.
 *
 * All memory of the machine that the kernel may use has a struct page in one array per memory
 * range; the direct map makes each page addressable at phys_to_virt(). Blocks of 2^order pages come
 * from a buddy allocator (one spinlock, RANK_PAGE); single pages from per-hart lists over it, with
 * neither lock nor atomic on the fast path (interrupt handlers do not allocate).
 *
 * A block allocated with order > 0 is either plain (order recorded in its first page, freed whole)
 * or, with ALLOC_HUGE, a huge page of user memory: a head whose refcount counts the references to
 * any part of it, and tails that point to the head (see page_head()).
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "arch/layout.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/pagesize.h"
#include "lib/types.h"

enum {
	HUGE_ORDER = 9, /* 2 MiB, one entry of the middle page table */
	HUGE_SIZE = PAGE_SIZE << HUGE_ORDER,
	MAX_ORDER = 10, /* largest block: 4 MiB */
};

enum page_flags {
	PG_RESERVED = 1 << 0,  /* never allocated: kernel image, firmware, holes */
	PG_BUDDY = 1 << 1,     /* free, first page of a block of the buddy allocator */
	PG_SLAB = 1 << 2,      /* of a slab; slab_cache is valid (on every page of the slab) */
	PG_TABLE = 1 << 3,     /* a page table */
	PG_ANON = 1 << 4,      /* anonymous user memory */
	PG_OBJECT = 1 << 5,    /* page of a memory object; index is valid */
	PG_HUGE_HEAD = 1 << 6, /* first page of a huge page */
	PG_HUGE_TAIL = 1 << 7, /* other page of a huge page; head is valid */
};

struct kmem_cache;
struct vmo;

struct page {
	u16 flags;    /* enum page_flags; by the page's owner */
	u8 order;     /* of a block: log2 of its pages */
	u8 free_mark; /* debug: PAGE_FREE_MARK while the page is free; mm/buddy.c */
	union {
		refcount_t refs; /* 0: free; else by the owner. User pages: one for each leaf entry
				  * that maps the page, one for the memory object that holds it, and
				  * one for each temporary user (a copy in progress) */
		struct {	 /* PG_SLAB, first page of a slab; the cache's lock */
			u16 slab_free; /* number of its first free object, SLAB_NONE */
			u16 slab_used; /* objects that are not free */
		};
	};
	union {
		struct list_head link; /* lists of the buddy allocator, lists of slabs */
		struct page *next;     /* per-hart lists; by the hart */
		struct {
			u64 index;	    /* PG_OBJECT: page number in its object */
			struct vmo *object; /* PG_OBJECT: the object, while it holds the page */
		};
		struct {
			u32 present;	/* PG_TABLE: entries in use (a leaf table's: pages) */
			u8 level;	/* PG_TABLE: 0 leaf table, 1 middle, 2 root */
			bool cow_clean; /* PG_TABLE: no entry below lets write a private page */
		};
		struct page *head; /* PG_HUGE_TAIL */
	};
	union {
		struct { /* PG_SLAB, see mm/slab.c */
			struct kmem_cache *slab_cache;
		};
		u64 owner_word; /* else free for the page's owner */
	};
};

static_assert(sizeof(struct page) == 32, "struct page is counted in every page of memory");

/* The memory map: one array per range of memory. A range begins and ends at a multiple of the
 * largest block, so the buddy of each block has a struct page too (reserved where there is no
 * memory). Sorted by address; immutable after page_init(). */
struct page_range {
	pfn_t start;	    /* first page */
	u64 count;	    /* number of pages */
	struct page *pages; /* their array */
};
extern struct page_range page_ranges[];

/* Conversions for pages outside the first range. */
struct page *pfn_to_page_far(pfn_t pfn);
pfn_t page_to_pfn_far(const struct page *page);

/* Conversions. Valid for pages of the memory map only. */
static inline struct page *pfn_to_page(pfn_t pfn)
{
	u64 index = pfn - page_ranges[0].start;

	if (likely(index < page_ranges[0].count))
		return &page_ranges[0].pages[index];
	return pfn_to_page_far(pfn);
}

static inline pfn_t page_to_pfn(const struct page *page)
{
	u64 index = ((u64)page - (u64)page_ranges[0].pages) / sizeof(struct page);

	if (likely(index < page_ranges[0].count))
		return page_ranges[0].start + index;
	return page_to_pfn_far(page);
}

static inline paddr_t page_to_phys(const struct page *page)
{
	return paddr(page_to_pfn(page) << PAGE_SHIFT);
}

static inline struct page *phys_to_page(paddr_t address)
{
	return pfn_to_page(address.addr >> PAGE_SHIFT);
}

static inline void *page_address(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

static inline struct page *virt_to_page(const void *address)
{
	return phys_to_page(virt_to_phys(address));
}

/* The page that carries the references: a huge page's head, else the page itself. */
static inline struct page *page_head(struct page *page)
{
	return page->flags & PG_HUGE_TAIL ? page->head : page;
}

enum alloc_flags {
	ALLOC_ZERO = 1 << 0, /* filled with zeros */
	ALLOC_HUGE = 1 << 1, /* order HUGE_ORDER, as a huge page; only while memory is plenty */
	ALLOC_USER = 1 << 2, /* for user memory: leaves the kernel's reserve alone */
};

/* Allocates 2^order pages, refs 1 on the first (order 0 .. MAX_ORDER), flags 0. NULL when there is
 * no memory, after asking the registered shrinkers (not for ALLOC_HUGE). May take RANK_PAGE and
 * what shrinkers take (RANK_SLAB). Does not sleep; not from interrupt handlers. */
struct page *page_alloc(unsigned int order, unsigned int flags);

/* Frees a block allocated with that order whose references are gone (or which never had but the
 * one of page_alloc()). Clears its flags. May take RANK_PAGE. */
void page_free(struct page *page, unsigned int order);

/* One more, one fewer reference to a page of user memory (or its huge page's head); the last frees
 * the page or the whole huge page. */
static inline void page_get(struct page *page)
{
	refcount_inc(&page_head(page)->refs);
}

void page_release(struct page *head); /* slow part of page_put: frees by flags */

static inline void page_put(struct page *page)
{
	struct page *head = page_head(page);

	if (refcount_dec_and_test(&head->refs))
		page_release(head);
}

/* Turns a huge page with one reference into 512 single pages with one reference each. */
void page_split_huge(struct page *head);

/* Fills or copies one page; the fastest code there is for it. */
void page_clear(void *page);
void page_copy(void *to, const void *from);

/* The page of zeros that read faults map. Its references are not counted. */
extern struct page *zero_page;

/* Called when memory runs out: frees what it can, returns the number of pages freed. The one who
 * allocates may hold spinlocks of ranks below RANK_SLAB; a shrinker tries such locks only
 * (spin_trylock()), never waits for them, and never sleeps. If it allocates, no shrinkers run for
 * that. */
struct shrinker {
	unsigned long (*shrink)(void);
	struct list_head link; /* of all shrinkers; changed at boot only */
};
void shrinker_register(struct shrinker *shrinker);

/* Counts of pages, for /proc/meminfo, /proc/buddyinfo and the out-of-memory decision. */
struct page_stats {
	u64 total;		   /* usable by the allocator since boot */
	u64 free;		   /* in the buddy allocator and the per-hart lists */
	u64 blocks[MAX_ORDER + 1]; /* free blocks of each order in the buddy allocator */
};
void page_stats(struct page_stats *stats);
u64 page_total_count(void); /* usable by the allocator since boot */
u64 page_free_count(void);  /* cheap: a snapshot, maybe off by what per-hart lists hold */

/* Early boot: memory ranges and reservations are known (base/machine.h), the direct map stands.
 * page_init builds the memory map in the ranges themselves and frees everything not reserved. */
void page_init(void);
/* Early allocation of whole zeroed pages before page_init(); panics when there is none. */
void *boot_alloc(size_t size);
/* Gives a reserved range (the unpacked initramfs, boot code) to the allocator. */
void page_free_range(paddr_t start, paddr_t end);

#endif
