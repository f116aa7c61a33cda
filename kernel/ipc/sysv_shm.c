/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory segments (sysv_shm.h): memory objects with an identifier.
 *
 * The object tells its segment of each region that comes to map it or ceases to (struct
 * vmo_watcher), whoever made it so: shmat, fork, a cut of a region, exec, exit. A segment lives as
 * long as it has a name or regions: with IPC_RMID it loses its key and becomes SHM_DEST, and goes
 * with the last region.
 *
 * Locks: those of sysv.h, below a space's. Tested by tests/guest/sysvshm.c.
 */
#include "ipc/sysv_shm.h"

#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid_ns.h"
#include "vm/commit.h"
#include "vm/space.h"
#include "vm/vmo.h"

struct shm_segment {
	struct sysv_object object;
	u64 size;		    /* [I] bytes */
	struct vmo *memory;	    /* [I] referenced */
	struct file *file;	    /* [I] what regions show as their file; referenced */
	s64 atime, dtime, ctime;    /* [lock] */
	struct pid_note cpid, lpid; /* [I], [lock] */
	u64 attached;		    /* [lock] regions, and calls that are about to make one */
};

static const struct file_ops shm_file_ops;

static struct shm_segment *segment_of(struct sysv_object *object)
{
	return (struct shm_segment *)object; /* its first member */
}

static struct shm_segment *lock_segment(int id)
{
	return segment_of(sysv_lock(&current_ipc()->shm, id));
}

static void unlock_segment(struct shm_segment *segment)
{
	sysv_unlock(&segment->object);
}

static u64 segment_pages(u64 size)
{
	return DIV_ROUND_UP(size, (u64)PAGE_SIZE);
}

/* --- life --- */

static void segment_free(struct shm_segment *segment)
{
	pid_note_put(segment->cpid);
	pid_note_put(segment->lpid);
	kfree(segment);
}

static void segment_destroy(struct sysv_object *object)
{
	struct shm_segment *segment = segment_of(object);

	atomic_fetch_add_relaxed(&current_ipc()->shm_pages, -segment_pages(segment->size));
	vmo_put(segment->memory);
	fput(segment->file);
	segment_free(segment);
}

/* Removes a segment that nobody maps and that is to go; releases both locks. */
static void remove_unlock(struct sysv_ids *ids, struct shm_segment *segment)
{
	sysv_remove(ids, &segment->object);
	unlock_segment(segment);
	spin_unlock(&ids->lock);
	segment_destroy(&segment->object);
}

/* One region, or call, less. */
static void segment_detach(struct shm_segment *segment)
{
	struct sysv_ids *ids = &current_ipc()->shm;

	spin_lock(&ids->lock);
	spin_lock(&segment->object.lock);
	segment->attached--;
	if (!segment->attached && segment->object.mode & SHM_DEST) {
		remove_unlock(ids, segment);
		return;
	}
	unlock_segment(segment);
	spin_unlock(&ids->lock);
}

/* The region's maker counts among `attached`: so the segment is not about to be removed (V1). */
static void region_made(struct vmo *memory)
{
	struct shm_segment *segment = memory->owner;

	spin_lock(&segment->object.lock);
	segment->attached++;
	segment->atime = sysv_time();
	pid_note_set(&segment->lpid, current_note());
	unlock_segment(segment);
}

static void region_gone(struct vmo *memory)
{
	struct shm_segment *segment = memory->owner;

	spin_lock(&segment->object.lock);
	segment->dtime = sysv_time();
	pid_note_set(&segment->lpid, current_note());
	unlock_segment(segment);
	segment_detach(segment);
}

static const struct vmo_watcher shm_watcher = {
	.mapped = region_made,
	.unmapped = region_gone,
};

/* --- shmget --- */

static int segment_fits(const struct sysv_object *object, u64 size)
{
	return ((const struct shm_segment *)object)->size < size ? -EINVAL : 0;
}

/* Huge pages are asked for by number, and there is no pool of them: as Linux answers with an empty
 * one. */
static int check_huge(int flags)
{
	enum { SHIFT_DEFAULT = 0, SHIFT_64K = 16, SHIFT_2M = 21, SHIFT_1G = 30 };
	int shift = flags >> SHM_HUGE_SHIFT & SHM_HUGE_MASK;

	if (!(flags & SHM_HUGETLB))
		return 0;
	if (shift != SHIFT_DEFAULT && shift != SHIFT_64K && shift != SHIFT_2M && shift != SHIFT_1G)
		return -EINVAL;
	return capable(CAP_IPC_LOCK) ? -ENOMEM : -EPERM;
}

static int check_size(const struct ipc_namespace *ipc, u64 size, int flags)
{
	u64 pages = segment_pages(size);

	if (!size || size > READ_ONCE(ipc->shm_max))
		return -EINVAL;
	if (size + PAGE_SIZE < size || READ_ONCE(ipc->shm_pages) + pages > READ_ONCE(ipc->shm_all))
		return -ENOSPC;
	if (!(flags & SHM_NORESERVE) && pages > page_total_count())
		return -ENOMEM;
	return check_huge(flags);
}

static struct file *make_file(key_t key, struct shm_segment *segment)
{
	char name[32];

	snprintf(name, sizeof(name), "/SYSV%08x (deleted)", (u32)key);
	return file_create_anonymous(name, S_IFREG | 0600, &shm_file_ops, segment, O_RDWR,
				     FMODE_READ | FMODE_WRITE);
}

static struct sysv_object *segment_create(key_t key, u64 size, int flags)
{
	struct ipc_namespace *ipc = current_ipc();
	struct shm_segment *segment;
	int error = check_size(ipc, size, flags);

	if (error)
		return ERR_PTR(error);
	segment = kzalloc(sizeof(*segment));
	if (!segment)
		return ERR_PTR(-ENOMEM);
	segment->size = size;
	segment->cpid = pid_note_get(current_note());
	segment->ctime = sysv_time();
	segment->memory = flags & SHM_NORESERVE && !commit_is_strict()
				  ? vmo_create(size, NULL)
				  : vmo_create_promised(current->mm, size);
	error = (int)PTR_ERR(segment->memory);
	if (IS_ERR(segment->memory))
		goto out_segment;
	segment->memory->owner = segment;
	segment->memory->watcher = &shm_watcher;
	segment->file = make_file(key, segment);
	error = (int)PTR_ERR(segment->file);
	if (IS_ERR(segment->file))
		goto out_memory;
	atomic_fetch_add_relaxed(&ipc->shm_pages, segment_pages(size));
	return &segment->object;

out_memory:
	vmo_put(segment->memory);
out_segment:
	segment_free(segment);
	return ERR_PTR(error);
}

static void segment_fill_stat(const struct sysv_object *object, void *stat)
{
	const struct shm_segment *segment = (const struct shm_segment *)object;
	struct shm_report *report = stat;

	report->stat = (struct shmid64_ds){
		.size = segment->size,
		.atime = segment->atime,
		.dtime = segment->dtime,
		.ctime = segment->ctime,
		.cpid = pid_note_vnr(segment->cpid),
		.lpid = pid_note_vnr(segment->lpid),
		.attached = segment->attached,
	};
	report->pages = READ_ONCE(segment->memory->pages);
}

static const struct sysv_kind shm_kind = {
	.fits = segment_fits,
	.create = segment_create,
	.destroy = segment_destroy,
	.fill_stat = segment_fill_stat,
};

int shm_get(key_t key, u64 size, int flags)
{
	return sysv_get(&current_ipc()->shm, &shm_kind, key, size, flags);
}

/* --- shmat, shmdt --- */

/* How an attachment maps the segment. */
struct attachment {
	uaddr_t address;
	unsigned int flags; /* MAP_* */
	int prot;
	int mode; /* what the segment must permit */
};

static int decode_attach(struct attachment *attachment, uaddr_t address, int flags)
{
	*attachment = (struct attachment){ address, MAP_SHARED, PROT_READ, 0444 };
	if (address % PAGE_SIZE) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		attachment->address = ALIGN_DOWN(address, (uaddr_t)PAGE_SIZE);
		if (!attachment->address && flags & SHM_REMAP)
			return -EINVAL;
	}
	if (address)
		attachment->flags |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	else if (flags & SHM_REMAP)
		return -EINVAL;
	if (!(flags & SHM_RDONLY)) {
		attachment->prot |= PROT_WRITE;
		attachment->mode |= 0222;
	} else {
		attachment->flags |= VM_MAP_NO_WRITE;
	}
	if (flags & SHM_EXEC) {
		attachment->prot |= PROT_EXEC;
		attachment->mode |= 0111;
	}
	return 0;
}

long shm_attach(int id, uaddr_t address, int flags)
{
	struct attachment attachment;
	struct shm_segment *segment;
	long result;

	if (id < 0)
		return -EINVAL;
	result = decode_attach(&attachment, address, flags);
	if (result)
		return result;
	segment = lock_segment(id);
	if (IS_ERR(segment))
		return PTR_ERR(segment);
	result = sysv_permission(&segment->object, attachment.mode);
	if (!result)
		segment->attached++; /* it stays until the region is made */
	unlock_segment(segment);
	if (result)
		return result;
	result = vm_map(current->mm, attachment.address, segment->size, attachment.prot,
			attachment.flags, segment->file, segment->memory, 0);
	segment_detach(segment);
	return result == -EEXIST ? -EINVAL : result;
}

int shm_detach(uaddr_t address)
{
	if (address % PAGE_SIZE)
		return -EINVAL;
	return vm_unmap_watched(current->mm, address, &shm_watcher);
}

/* --- shmctl --- */

int shm_remove(int id)
{
	struct sysv_ids *ids = &current_ipc()->shm;
	struct sysv_object *object = sysv_lock_both(ids, id);
	int error;

	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	error = sysv_may_control(object);
	if (!error && !segment_of(object)->attached) {
		remove_unlock(ids, segment_of(object));
		return 0;
	}
	if (!error) {
		object->mode |= SHM_DEST;
		sysv_forget_key(object);
	}
	sysv_unlock(object);
	spin_unlock(&ids->lock);
	return error;
}

int shm_set_perm(int id, const struct ipc64_perm *perm)
{
	struct shm_segment *segment = lock_segment(id);
	int error;

	if (IS_ERR(segment))
		return (int)PTR_ERR(segment);
	error = sysv_may_control(&segment->object);
	if (!error)
		error = sysv_set_perm(&segment->object, perm);
	if (!error)
		segment->ctime = sysv_time();
	unlock_segment(segment);
	return error;
}

/* Nothing is ever paged out, so it only shows. */
int shm_lock(int id, bool lock)
{
	struct shm_segment *segment = lock_segment(id);
	int error = 0;

	if (IS_ERR(segment))
		return (int)PTR_ERR(segment);
	if (!capable(CAP_IPC_LOCK)) {
		uid_t uid = current_cred()->euid;

		if (uid != segment->object.uid && uid != segment->object.cuid)
			error = -EPERM;
		else if (lock && !rlimit(RLIMIT_MEMLOCK))
			error = -EPERM;
	}
	if (!error && lock)
		segment->object.mode |= SHM_LOCKED;
	else if (!error)
		segment->object.mode &= ~(umode_t)SHM_LOCKED;
	unlock_segment(segment);
	return error;
}

int shm_stat(int id, int command, struct shmid64_ds *stat)
{
	struct shm_report report;
	int result = sysv_stat(&current_ipc()->shm, &shm_kind, id, command, command == SHM_STAT_ANY,
			       &report);

	if (result >= 0)
		*stat = report.stat;
	return result;
}

bool shm_next(u64 *index, struct shm_report *report)
{
	return sysv_next(&current_ipc()->shm, &shm_kind, index, report);
}

int shm_limits(struct shminfo64 *info)
{
	struct ipc_namespace *ipc = current_ipc();
	u32 in_use;

	*info = (struct shminfo64){
		.shmmax = READ_ONCE(ipc->shm_max),
		.shmmin = 1,
		.shmmni = READ_ONCE(ipc->shm.limit),
		.shmseg = READ_ONCE(ipc->shm.limit),
		.shmall = READ_ONCE(ipc->shm_all),
	};
	return sysv_highest(&ipc->shm, &in_use);
}

int shm_usage(struct shm_info *info)
{
	struct ipc_namespace *ipc = current_ipc();
	struct shm_report report;
	u64 index = 0;
	u32 in_use;
	int highest = sysv_highest(&ipc->shm, &in_use);

	*info = (struct shm_info){
		.used_ids = (s32)in_use,
		.shm_tot = READ_ONCE(ipc->shm_pages),
	};
	for (; shm_next(&index, &report); index++)
		info->shm_rss += report.pages;
	return highest;
}
