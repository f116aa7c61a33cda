/* SPDX-License-Identifier: MIT */
/*
 * What each user id uses, for limits that count over all of a user's processes.
 *
 * USER1: an entry lives as long as credentials refer to it. The table's lock protects finding and
 * unlinking; an entry whose last reference is gone may be found for a moment, and is passed over.
 */
#include "mm/slab.h"
#include "task/cred.h"

enum { USER_BUCKETS = 64 };

static struct list_head buckets[USER_BUCKETS]; /* zeroed: empty, until first used */
static spinlock_t table_lock = SPINLOCK_INIT(RANK_USER);

static struct list_head *bucket_of(uid_t uid)
{
	struct list_head *bucket = &buckets[uid % USER_BUCKETS];

	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

static struct user_counts *find_user(uid_t uid)
{
	struct list_head *bucket = bucket_of(uid);
	struct user_counts *user;

	list_for_each_entry (user, bucket, link)
		if (user->uid == uid && refcount_inc_not_zero(&user->refs))
			return user;
	return NULL;
}

struct user_counts *user_get(uid_t uid)
{
	struct user_counts *fresh = kmalloc(sizeof(*fresh));
	struct user_counts *user;

	spin_lock(&table_lock);
	user = find_user(uid);
	if (!user && fresh) {
		*fresh = (struct user_counts){ .refs = REFCOUNT_INIT(1), .uid = uid };
		list_add(&fresh->link, bucket_of(uid));
		user = fresh;
		fresh = NULL;
	}
	spin_unlock(&table_lock);
	kfree(fresh);
	return user;
}

void user_put(struct user_counts *user)
{
	if (!refcount_dec_and_test(&user->refs))
		return;
	assert(user->tasks == 0 && user->signals == 0);
	spin_lock(&table_lock);
	list_del(&user->link);
	spin_unlock(&table_lock);
	kfree(user);
}

bool user_charge_task(struct user_counts *user, u64 limit)
{
	s32 before = atomic_fetch_add_relaxed(&user->tasks, 1);

	if (likely((u64)before < limit))
		return true;
	atomic_fetch_add_relaxed(&user->tasks, -1);
	return false;
}

void user_uncharge_task(struct user_counts *user)
{
	atomic_fetch_add_relaxed(&user->tasks, -1);
}

bool user_exceeds(const struct user_counts *user, u64 limit)
{
	return user->uid != 0 && (u64)READ_ONCE(user->tasks) > limit;
}

/* All the user's entries together hold one reference. Who charges has another by its credentials.
 */
bool user_charge_signal(struct user_counts *user, u64 limit)
{
	u32 before = atomic_fetch_add_relaxed(&user->signals, 1);

	if (before == 0)
		refcount_inc(&user->refs);
	if (likely(before < limit))
		return true;
	user_uncharge_signal(user);
	return false;
}

void user_uncharge_signal(struct user_counts *user)
{
	if (atomic_fetch_add(&user->signals, (u32)-1) == 1)
		user_put(user);
}
