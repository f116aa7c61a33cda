/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: a sequence of pages with a name-independent life. Files of tmpfs, shared
 * anonymous memory and System V segments are memory objects; later a FUSE server is the pager of
 * one.
 *
 * Pages are found by index in a radix tree. A page in the tree holds one reference of its own;
 * whoever looks one up gets another, so a page that is being copied or mapped survives a
 * truncate.
 *
 * vmo->lock (RANK_OBJECT) protects the tree and the size.
 */
#ifndef VM_VMO_H
#define VM_VMO_H

#include "base/lock.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/types.h"
#include "vm/radix.h"

struct mm_struct;
struct page;
struct vmo;

/* Where pages come from that are not there yet; NULL: zeros. */
struct vmo_pager {
	/* Fills a new page for index; may sleep; 0 or -errno. Called without locks. */
	int (*fill)(struct vmo *object, u64 index, struct page *page);
};

/* Who wants to know how many regions map an object. Regions of a watched one are never joined. */
struct vmo_watcher {
	/* A region has been made; a space's lock is held. Does not sleep. */
	void (*mapped)(struct vmo *object);
	/* One is gone; the object is still referenced. Called without locks; may sleep. */
	void (*unmapped)(struct vmo *object);
};

struct vmo {
	refcount_t refs;
	spinlock_t lock;		   /* RANK_OBJECT */
	u64 size;			   /* [lock] bytes; pages beyond are not found */
	u64 pages;			   /* [lock] pages in the tree */
	struct radix_tree tree;		   /* [lock] struct page by index */
	bool truncating;		   /* [lock] vm_unmap_object() is at work: one at a time */
	u64 truncations;		   /* [lock] how often it was */
	const struct vmo_pager *pager;	   /* [I] */
	const struct vmo_watcher *watcher; /* [I] or NULL */
	void *owner;			   /* [I] the pager's, watcher's or file system's */
	struct list_head mappings;	   /* [lock] struct region: who maps it, for truncation */
	u64 *charge;			   /* [a] counter of pages of the file system, or NULL */
	u64 charge_limit;		   /* [I] */
	u64 promised;			   /* [I] pages counted by commit_add(), there or not */
	bool secret;			   /* [I] memfd_secret(2): locked, for its users alone */
	u32 seals; /* [lock; readers may go without] enum seals: vm/seal.c */
};

/* A new object of that size in bytes, refs 1; ERR_PTR(-ENOMEM). pager may be NULL. */
struct vmo *vmo_create(u64 size, const struct vmo_pager *pager) must_check;
/* One without a pager all of whose pages are promised at once: vm/commit.h. */
struct vmo *vmo_create_promised(const struct mm_struct *mm, u64 size) must_check;
struct vmo *vmo_get(struct vmo *object);
void vmo_put(struct vmo *object); /* the last frees the pages; may sleep */

/* The page at index with a reference, or NULL when absent (a hole). Does not sleep. */
struct page *vmo_find_page(struct vmo *object, u64 index);
/* The same, made when absent (zeroed or by the pager). ERR_PTR(-ENOMEM), (-EIO), -EFAULT beyond
 * the size. May sleep. */
struct page *vmo_get_page(struct vmo *object, u64 index);

/* Copies between an object and user memory or, with kernel set, kernel memory (address is then a
 * pointer's value). Returns bytes moved or -errno. Reads stop at the size; writes do not extend
 * it (the file system does, before). Holes read as zeros without allocation. May sleep. */
ssize_t vmo_read(struct vmo *object, u64 offset, u64 address, size_t size, bool kernel);
ssize_t vmo_write(struct vmo *object, u64 offset, u64 address, size_t size, bool kernel);

/* Pages that are there from index first on, before end. May sleep. */
u64 vmo_count_pages(struct vmo *object, u64 first, u64 end);

/* Sets the size. Shrinking frees the pages beyond, unmaps them from every space, and zeroes the
 * last one's tail. May sleep. */
int vmo_set_size(struct vmo *object, u64 size);
/* Frees the whole pages of a range (fallocate's punch hole, MADV_REMOVE), zeroes partial ones. */
int vmo_punch(struct vmo *object, u64 start, u64 end);

/* Adds seals (enum seals): 0, -EPERM (sealed against that), -EBUSY (mapped for writing). seal.c */
int vmo_seal(struct vmo *object, u32 seals) must_check;

u64 vmo_page_count(void); /* pages of all objects, for /proc */
void vmo_init(void);

#endif
