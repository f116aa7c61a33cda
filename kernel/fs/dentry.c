/* SPDX-License-Identifier: MIT */
/*
 * Dentries: the names of the name space, in a hash table by parent and name.
 *
 * A dentry lives as long as somebody refers to it. tmpfs refers to its own for as long as the name
 * exists (DENTRY_PINNED); those of procfs go with their last user. Nothing unused is kept, so there
 * is nothing to shrink and nothing stale.
 *
 * A reference count that has reached zero never rises again: dentry_find() passes over such a
 * dentry, and the one who dropped the last reference takes namespace_lock to unhash it before it is
 * freed (D4 of fs/vfs.h). So the walk may use whatever it finds under the lock.
 *
 * Entry points: fs/internal.h; dentry_instantiate, dentry_unhash, dentry_create_root of fs/vfs.h.
 */
#include "fs/internal.h"
#include "fs/notify.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/sched.h"

enum { PAGES_PER_BUCKET = 16, HASH_GOLDEN = 0x9e3779b1, PRUNE_BATCH = 64 };

spinlock_t namespace_lock = SPINLOCK_INIT(RANK_NAMESPACE);
static struct kmem_cache *dentry_cache;
static struct list_head *buckets; /* [namespace_lock] bucket_mask + 1 lists of dentries */
static u32 bucket_mask;		  /* [I] */
static u64 last_cookie = 2;	  /* [namespace_lock] 0 and 1 are "." and ".." in each directory */

static inline u32 hash_in(const struct dentry *parent, u32 name_hash)
{
	u32 hash = (name_hash ^ (u32)((uintptr_t)parent >> 6)) * (u32)HASH_GOLDEN;

	return hash ^ hash >> 15;
}

struct dentry *dentry_find(struct dentry *parent, const struct component *part)
{
	u32 hash = hash_in(parent, part->hash);
	struct dentry *dentry;

	list_for_each_entry (dentry, &buckets[hash & bucket_mask], hash_link)
		if (dentry->hash == hash && dentry->parent == parent &&
		    dentry->length == part->length &&
		    memcmp(dentry->name, part->name, part->length) == 0 &&
		    likely(refcount_read(&dentry->refs)))
			return dentry;
	return NULL;
}

struct dentry *dentry_get_child(struct dentry *parent, const char *name, size_t length)
{
	const struct component part = { .name = name,
					.length = (u32)length,
					.hash = hash_name(name, length) };
	struct dentry *dentry;

	spin_lock(&namespace_lock);
	dentry = dentry_find(parent, &part);
	if (dentry && !dentry_try_get(dentry))
		dentry = NULL;
	spin_unlock(&namespace_lock);
	return dentry;
}

/* --- making --- */

static struct dentry *dentry_alloc(const char *name, size_t length)
{
	struct dentry *dentry = kmem_cache_alloc(dentry_cache);

	if (!dentry)
		return NULL;
	dentry->name = length < DNAME_INLINE ? dentry->inline_name : kmalloc(length + 1);
	if (!dentry->name) {
		kmem_cache_free(dentry_cache, dentry);
		return NULL;
	}
	memcpy(dentry->name, name, length);
	dentry->name[length] = '\0';
	dentry->length = (u16)length;
	refcount_set(&dentry->refs, 1);
	dentry->inode = NULL;
	dentry->super = NULL;
	dentry->parent = dentry;
	dentry->flags = DENTRY_UNHASHED;
	list_init(&dentry->hash_link);
	list_init(&dentry->sibling);
	list_init(&dentry->children);
	return dentry;
}

struct dentry *dentry_create(struct dentry *parent, const char *name, size_t length)
{
	struct dentry *dentry = dentry_alloc(name, length);

	if (!dentry)
		return NULL;
	dentry->parent = dentry_get(parent);
	dentry->super = parent->super;
	return dentry;
}

struct dentry *dentry_create_root(struct super *super, struct inode *inode)
{
	struct dentry *dentry = dentry_alloc("/", 1);

	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	dentry->super = super;
	dentry->inode = inode;
	dentry->flags = 0;
	return dentry;
}

struct dentry *dentry_create_anonymous(const char *name, struct inode *inode)
{
	struct dentry *dentry = dentry_alloc(name, strlen(name));

	if (!dentry)
		return NULL;
	dentry->super = inode->super;
	dentry->inode = inode;
	dentry->flags = DENTRY_ANONYMOUS;
	return dentry;
}

/* --- the hash --- */

static void hash_insert(struct dentry *dentry)
{
	u32 name_hash = hash_name(dentry->name, dentry->length);

	assert(spin_is_locked(&namespace_lock));
	dentry->hash = hash_in(dentry->parent, name_hash);
	dentry->cookie = ++last_cookie;
	dentry->flags &= (u16)~DENTRY_UNHASHED;
	list_add(&dentry->hash_link, &buckets[dentry->hash & bucket_mask]);
	list_add_tail(&dentry->sibling, &dentry->parent->children);
}

static void hash_remove(struct dentry *dentry)
{
	assert(spin_is_locked(&namespace_lock));
	list_del(&dentry->hash_link);
	list_del(&dentry->sibling);
	dentry->flags |= DENTRY_UNHASHED;
}

/* True when the reference that the name's existence held is now the caller's to drop. */
static bool hash_remove_unpin(struct dentry *dentry)
{
	bool pinned = dentry->flags & DENTRY_PINNED;

	hash_remove(dentry);
	dentry->flags &= (u16)~DENTRY_PINNED;
	return pinned;
}

void dentry_instantiate(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&namespace_lock);
	assert(!dentry->inode && dentry->flags & DENTRY_UNHASHED);
	dentry->inode = inode;
	hash_insert(dentry);
	spin_unlock(&namespace_lock);
}

void dentry_pin(struct dentry *dentry)
{
	dentry_get(dentry);
	spin_lock(&namespace_lock);
	dentry->flags |= DENTRY_PINNED;
	spin_unlock(&namespace_lock);
}

void dentry_unhash(struct dentry *dentry)
{
	bool pinned;

	spin_lock(&namespace_lock);
	pinned = hash_remove_unpin(dentry);
	spin_unlock(&namespace_lock);
	if (pinned)
		dentry_put(dentry);
}

/* --- freeing --- */

/* Frees a dentry without references; returns its parent, whose reference it held, or NULL. */
static struct dentry *dentry_free(struct dentry *dentry)
{
	struct dentry *parent;

	spin_lock(&namespace_lock);
	if (!(dentry->flags & DENTRY_UNHASHED))
		hash_remove(dentry);
	spin_unlock(&namespace_lock);
	assert(list_empty(&dentry->children));
	parent = dentry->parent == dentry ? NULL : dentry->parent;
	if (dentry->inode) {
		if (unlikely(dentry->inode->watches) && !dentry->inode->nlink)
			notify_inode_gone(dentry->inode);
		inode_put(dentry->inode);
	}
	if (dentry->name != dentry->inline_name)
		kfree(dentry->name);
	kmem_cache_free(dentry_cache, dentry);
	return parent;
}

void dentry_release(struct dentry *dentry)
{
	do {
		dentry = dentry_free(dentry);
	} while (dentry && refcount_dec_and_test(&dentry->refs));
}

static struct dentry *deepest_first_child(struct dentry *dentry)
{
	while (!list_empty(&dentry->children))
		dentry = list_first_entry(&dentry->children, struct dentry, sibling);
	return dentry;
}

void dentry_prune(struct dentry *root)
{
	for (unsigned int count = 1;; count++) {
		struct dentry *leaf;
		bool pinned;

		spin_lock(&namespace_lock);
		leaf = deepest_first_child(root);
		pinned = leaf != root && hash_remove_unpin(leaf);
		spin_unlock(&namespace_lock);
		if (leaf == root)
			return;
		if (pinned)
			dentry_put(leaf);
		if (count % PRUNE_BATCH == 0)
			cond_resched();
	}
}

/* --- renaming --- */

char *dentry_name_storage(const struct dentry *to)
{
	char *storage;

	if (to->length < DNAME_INLINE)
		return NULL;
	storage = kmalloc(to->length + 1);
	return storage ? storage : ERR_PTR(-ENOMEM);
}

void dentry_move(struct dentry *from, struct dentry *to, char *storage)
{
	struct dentry *old_parent;
	char *old_name;
	bool pinned = false;

	dentry_get(to->parent);
	spin_lock(&namespace_lock);
	hash_remove(from);
	if (!(to->flags & DENTRY_UNHASHED))
		pinned = hash_remove_unpin(to);
	old_name = from->name == from->inline_name ? NULL : from->name;
	from->name = storage ? storage : from->inline_name;
	memcpy(from->name, to->name, to->length + 1);
	from->length = to->length;
	old_parent = from->parent;
	from->parent = to->parent;
	hash_insert(from);
	spin_unlock(&namespace_lock);
	kfree(old_name);
	if (pinned)
		dentry_put(to);
	dentry_put(old_parent);
}

static void swap_names(struct dentry *a, struct dentry *b)
{
	char *name_a = a->name == a->inline_name ? NULL : a->name;
	char *name_b = b->name == b->inline_name ? NULL : b->name;
	char inline_a[DNAME_INLINE];
	u16 length = a->length;

	memcpy(inline_a, a->inline_name, sizeof(inline_a));
	memcpy(a->inline_name, b->inline_name, sizeof(inline_a));
	memcpy(b->inline_name, inline_a, sizeof(inline_a));
	a->name = name_b ? name_b : a->inline_name;
	b->name = name_a ? name_a : b->inline_name;
	a->length = b->length;
	b->length = length;
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent;

	spin_lock(&namespace_lock);
	hash_remove(a);
	hash_remove(b);
	swap_names(a, b);
	parent = a->parent;
	a->parent = b->parent;
	b->parent = parent;
	hash_insert(a);
	hash_insert(b);
	spin_unlock(&namespace_lock);
}

bool dentry_is_below(struct dentry *dentry, const struct dentry *ancestor)
{
	while (dentry != ancestor && dentry->parent != dentry)
		dentry = dentry->parent;
	return dentry == ancestor;
}

/* The table's size follows the memory's: a file takes a few pages at least. */
void dentry_init(void)
{
	u64 wanted = page_total_count() / PAGES_PER_BUCKET * sizeof(struct list_head);
	unsigned int order = 0;
	struct page *block;

	while (order < MAX_ORDER && ((u64)PAGE_SIZE << order) < wanted)
		order++;
	block = page_alloc(order, 0);
	if (!block)
		panic("no memory for the dentry hash");
	buckets = page_address(block);
	bucket_mask = (u32)(((size_t)PAGE_SIZE << order) / sizeof(struct list_head)) - 1;
	for (u32 i = 0; i <= bucket_mask; i++)
		list_init(&buckets[i]);
	dentry_cache = kmem_cache_create("dentry", sizeof(struct dentry), 64, NULL);
}
