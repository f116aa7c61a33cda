/* SPDX-License-Identifier: MIT */
/*
 * System V IPC: identifiers, keys, owners (sysv.h).
 */
#include "ipc/sysv.h"

#include "lib/errno.h"
#include "lib/hash.h"
#include "sched/timer.h"
#include "task/cred.h"

enum {
	CYCLE_MIN = 64, /* indices that are used in turn while there are few objects */
	SEQUENCE_MAX = INT32_MAX >> SYSV_INDEX_BITS,
};

struct ipc_namespace init_ipc = {
	.shm_max = ~(u64)0 - (1 << 24),
	.shm_all = ~(u64)0 - (1 << 24),
	.sem_max = 32000,
	.sem_all = 1024000000,
	.sem_operations = 500,
	.msg_max = 8192,
	.msg_queue_max = 16384,
	.sem = { .limit = 32000 },
	.msg = { .limit = 32000 },
	.shm = { .limit = 4096 },
};

s64 sysv_time(void)
{
	return clock_realtime() / NSEC_PER_SEC;
}

/* --- rights --- */

static bool is_owner(const struct sysv_object *object)
{
	uid_t uid = current_cred()->euid;

	return uid == object->cuid || uid == object->uid;
}

int sysv_permission(const struct sysv_object *object, int mode)
{
	const struct cred *cred = current_cred();
	int wanted = mode >> 6 | mode >> 3 | mode;
	int granted = object->mode;

	if (is_owner(object))
		granted >>= 6;
	else if (in_group(cred, object->cgid) || in_group(cred, object->gid))
		granted >>= 3;
	return wanted & ~granted & 7 && !capable(CAP_IPC_OWNER) ? -EACCES : 0;
}

int sysv_may_control(const struct sysv_object *object)
{
	return is_owner(object) || capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

int sysv_set_perm(struct sysv_object *object, const struct ipc64_perm *perm)
{
	if (perm->uid == (uid_t)-1 || perm->gid == (gid_t)-1)
		return -EINVAL;
	object->uid = perm->uid;
	object->gid = perm->gid;
	object->mode = (umode_t)((object->mode & ~0777u) | (perm->mode & 0777));
	return 0;
}

/* --- keys; ids->lock is held --- */

static struct list_head *key_bucket(struct sysv_ids *ids, key_t key)
{
	return &ids->keys[hash_u64((u32)key) % SYSV_KEY_BUCKETS];
}

static struct sysv_object *find_key(struct sysv_ids *ids, key_t key)
{
	struct sysv_object *object;

	list_for_each_entry (object, key_bucket(ids, key), key_link)
		if (object->key == key)
			return object;
	return NULL;
}

void sysv_forget_key(struct sysv_object *object)
{
	list_del(&object->key_link);
	object->key = IPC_PRIVATE;
}

/* --- identifiers --- */

/* A free index at or after `from` and below end; -1. */
static int free_index(struct sysv_ids *ids, int from, int end)
{
	u64 used = (u64)from;

	for (int index = from; index < end; index++, used++) {
		if (!radix_next(&ids->tree, &used) || used != (u64)index)
			return index;
	}
	return -1;
}

/* Puts a new object at the next index. 0, -ENOSPC, -ENOMEM. */
static int give_id(struct sysv_ids *ids, struct sysv_object *object)
{
	int end = MIN(MAX((int)(ids->in_use * 3 / 2), CYCLE_MIN), (int)SYSV_MAX);
	int index, error;

	if (ids->in_use >= MIN(READ_ONCE(ids->limit), (u32)SYSV_MAX))
		return -ENOSPC;
	index = free_index(ids, ids->last_index + 1, end);
	if (index < 0)
		index = free_index(ids, 0, end);
	error = radix_insert(&ids->tree, (u64)index, object);
	if (error)
		return error;
	if (index <= ids->last_index)
		ids->sequence = ids->sequence < SEQUENCE_MAX ? ids->sequence + 1 : 0;
	ids->last_index = index;
	ids->highest = MAX(ids->highest, index);
	ids->in_use++;
	object->id = index | (int)(ids->sequence << SYSV_INDEX_BITS);
	return 0;
}

/* Makes an object known: its identifier, -EEXIST (somebody else took the key), -ENOSPC, -ENOMEM. */
static int insert(struct sysv_ids *ids, struct sysv_object *object)
{
	int error = -EEXIST;

	spin_lock(&ids->lock);
	if (object->key == IPC_PRIVATE || !find_key(ids, object->key))
		error = give_id(ids, object);
	if (!error && object->key != IPC_PRIVATE)
		list_add(&object->key_link, key_bucket(ids, object->key));
	spin_unlock(&ids->lock);
	return error ? error : object->id;
}

void sysv_remove(struct sysv_ids *ids, struct sysv_object *object)
{
	sysv_forget_key(object);
	radix_remove(&ids->tree, (u64)object->id % SYSV_MAX);
	ids->in_use--;
	while (ids->highest > 0 && !radix_find(&ids->tree, (u64)ids->highest))
		ids->highest--;
}

/* --- finding --- */

struct sysv_object *sysv_lock_both(struct sysv_ids *ids, int id)
{
	struct sysv_object *object = NULL;

	if (id < 0)
		return ERR_PTR(-EINVAL);
	spin_lock(&ids->lock);
	object = radix_find(&ids->tree, (u64)id % SYSV_MAX);
	if (unlikely(!object || object->id != id)) {
		spin_unlock(&ids->lock);
		return ERR_PTR(-EINVAL);
	}
	spin_lock(&object->lock);
	return object;
}

struct sysv_object *sysv_lock(struct sysv_ids *ids, int id)
{
	struct sysv_object *object = sysv_lock_both(ids, id);

	if (likely(!IS_ERR(object)))
		spin_unlock(&ids->lock);
	return object;
}

/* The object with the least index >= *index, which is stored back, locked; NULL: none. */
static struct sysv_object *lock_next(struct sysv_ids *ids, u64 *index)
{
	struct sysv_object *object;

	spin_lock(&ids->lock);
	object = radix_next(&ids->tree, index);
	if (object)
		spin_lock(&object->lock);
	spin_unlock(&ids->lock);
	return object;
}

/* --- telling --- */

/* The object at an index, locked. ERR_PTR(-EINVAL). */
static struct sysv_object *lock_index(struct sysv_ids *ids, int index)
{
	u64 found = (u64)index % SYSV_MAX;
	u64 wanted = found;
	struct sysv_object *object = index < 0 ? NULL : lock_next(ids, &found);

	if (object && found != wanted) {
		sysv_unlock(object);
		object = NULL;
	}
	return object ? object : ERR_PTR(-EINVAL);
}

static void show_perm(const struct sysv_object *object, struct ipc64_perm *perm)
{
	*perm = (struct ipc64_perm){
		.key = object->key,
		.uid = object->uid,
		.gid = object->gid,
		.cuid = object->cuid,
		.cgid = object->cgid,
		.mode = object->mode,
		.sequence = (u16)(object->id >> SYSV_INDEX_BITS),
	};
}

/* Tells of a locked object, and unlocks it. */
static void tell(struct sysv_object *object, const struct sysv_kind *kind, void *stat)
{
	kind->fill_stat(object, stat);
	show_perm(object, stat); /* its first member */
	sysv_unlock(object);
}

int sysv_stat(struct sysv_ids *ids, const struct sysv_kind *kind, int id, int command, bool any,
	      void *stat)
{
	struct sysv_object *object = command == IPC_STAT ? sysv_lock(ids, id) : lock_index(ids, id);
	int result;

	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	result = any ? 0 : sysv_permission(object, 0444);
	if (result) {
		sysv_unlock(object);
		return result;
	}
	if (command != IPC_STAT)
		result = object->id;
	tell(object, kind, stat);
	return result;
}

bool sysv_next(struct sysv_ids *ids, const struct sysv_kind *kind, u64 *index, void *stat)
{
	struct sysv_object *object = lock_next(ids, index);

	if (object)
		tell(object, kind, stat);
	return object;
}

int sysv_highest(struct sysv_ids *ids, u32 *in_use)
{
	int highest;

	spin_lock(&ids->lock);
	*in_use = ids->in_use;
	highest = ids->highest;
	spin_unlock(&ids->lock);
	return highest;
}

/* --- making --- */

/* The object that has the key: its identifier, -ENOENT, or why current does not get it. */
static int get_existing(struct sysv_ids *ids, const struct sysv_kind *kind, key_t key, u64 request,
			int flags)
{
	struct sysv_object *object;
	int result = -ENOENT;

	spin_lock(&ids->lock);
	object = key == IPC_PRIVATE ? NULL : find_key(ids, key);
	if (object) {
		spin_lock(&object->lock);
		result = kind->fits(object, request);
		if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
			result = -EEXIST;
		if (!result)
			result = sysv_permission(object, flags & 0777);
		if (!result)
			result = object->id;
		spin_unlock(&object->lock);
	}
	spin_unlock(&ids->lock);
	return result;
}

static void object_init(struct sysv_object *object, key_t key, int flags)
{
	const struct cred *cred = current_cred();

	spin_init(&object->lock, RANK_SYSV);
	object->key = key;
	list_init(&object->key_link);
	object->uid = object->cuid = cred->euid;
	object->gid = object->cgid = cred->egid;
	object->mode = flags & 0777;
}

int sysv_get(struct sysv_ids *ids, const struct sysv_kind *kind, key_t key, u64 request, int flags)
{
	for (;;) {
		struct sysv_object *object;
		int result = get_existing(ids, kind, key, request, flags);

		if (result != -ENOENT || (key != IPC_PRIVATE && !(flags & IPC_CREAT)))
			return result;
		object = kind->create(key, request, flags);
		if (IS_ERR(object))
			return (int)PTR_ERR(object);
		object_init(object, key, flags);
		result = insert(ids, object);
		if (result >= 0)
			return result;
		kind->destroy(object);
		if (result != -EEXIST)
			return result;
	}
}

static void ids_init(struct sysv_ids *ids)
{
	spin_init(&ids->lock, RANK_SYSV_IDS);
	ids->last_index = -1;
	for (unsigned int i = 0; i < SYSV_KEY_BUCKETS; i++)
		list_init(&ids->keys[i]);
}

void sysv_init(void)
{
	ids_init(&init_ipc.sem);
	ids_init(&init_ipc.msg);
	ids_init(&init_ipc.shm);
}
