/* SPDX-License-Identifier: MIT */
/*
 * Advisory locks on files: flock(2), record locks of fcntl(2), and those of open file descriptions.
 *
 * A lock is a range of bytes with an owner: the table of descriptors for record locks, the open
 * file for the other two. Record and description locks exclude each other, those of flock only
 * their like. Ranges of one owner do not overlap, and those of one type do not touch: a new lock
 * cuts out what it replaces and joins what it continues (L1). They stand in order in the list.
 *
 * A waiter remembers the count of releases, looks for conflicts, and sleeps until the count
 * changes. Who waits for a record lock is also in one list for the whole system, with the owner of
 * the lock in its way: a request that would close a circle of them gets EDEADLK. A release takes
 * all waiters for the inode out of the list; who finds another lock in its way enters it again
 * (L2).
 *
 * Locks: all_locks_lock (MUTEX_OBJECT) for the list of all file_locks, under it file_locks->lock
 * (MUTEX_LEAF), under that waiters_lock (RANK_WATCH). An inode gets its file_locks with the first
 * lock and keeps them. /proc/locks: locks_show.c; leases: lease.c.
 */
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/internal.h"
#include "fs/locks_internal.h"
#include "mm/slab.h"
#include "task/pid.h"
#include "task/pid_ns.h"

/* --- who waits for whom --- */

enum { CHAIN_MAX = 10 }; /* owners that a circle is looked for over */

/* A thread that waits for a record lock. On its stack. */
struct lock_waiter {
	struct list_head link;	  /* [waiters_lock] */
	struct file_locks *locks; /* [I] where it waits */
	const void *owner;	  /* [I] */
	const void *blocker;	  /* [waiters_lock] owner of what is in its way */
};

static LIST_HEAD(lock_waiters); /* [waiters_lock] */
static spinlock_t waiters_lock = SPINLOCK_INIT(RANK_WATCH);

/* Whom an owner waits for; NULL: nobody. */
static const void *blocker_of(const void *owner)
{
	const struct lock_waiter *waiter;

	list_for_each_entry (waiter, &lock_waiters, link)
		if (waiter->owner == owner)
			return waiter->blocker;
	return NULL;
}

/* Enters the waiter with what is in its way now; -EDEADLK when that waits for the waiter's owner.
 */
static int enter_waiter(struct lock_waiter *waiter, const void *blocker)
{
	const void *owner = blocker;
	int error = 0;

	spin_lock(&waiters_lock);
	for (int i = 0; owner && owner != waiter->owner && i < CHAIN_MAX; i++)
		owner = blocker_of(owner);
	if (owner == waiter->owner) {
		error = -EDEADLK;
	} else {
		waiter->blocker = blocker;
		if (list_empty(&waiter->link))
			list_add(&waiter->link, &lock_waiters);
	}
	spin_unlock(&waiters_lock);
	return error;
}

static void leave_waiters(struct lock_waiter *waiter)
{
	spin_lock(&waiters_lock);
	list_del(&waiter->link);
	spin_unlock(&waiters_lock);
}

/* L2. locks->lock is held. */
static void forget_waiters(const struct file_locks *locks)
{
	struct lock_waiter *waiter, *after;

	spin_lock(&waiters_lock);
	list_for_each_entry_safe (waiter, after, &lock_waiters, link)
		if (waiter->locks == locks)
			list_del(&waiter->link);
	spin_unlock(&waiters_lock);
}

/* --- ranges --- */

struct list_head all_locks = LIST_HEAD_INIT(all_locks);
struct mutex all_locks_lock = MUTEX_INIT(all_locks_lock, MUTEX_OBJECT);

struct file_locks *locks_of(struct inode *inode)
{
	struct file_locks *locks = load_acquire(&inode->locks);
	struct file_locks *expected = NULL;

	if (locks)
		return locks;
	locks = kzalloc(sizeof(*locks));
	if (!locks)
		return NULL;
	mutex_init(&locks->lock, MUTEX_LEAF);
	list_init(&locks->records);
	list_init(&locks->flocks);
	list_init(&locks->leases);
	waitq_init(&locks->wait);
	locks->inode = inode;
	list_init(&locks->link);
	if (!atomic_cmpxchg(&inode->locks, &expected, locks)) {
		kfree(locks);
		return expected;
	}
	mutex_lock(&all_locks_lock);
	list_add_tail(&locks->link, &all_locks);
	mutex_unlock(&all_locks_lock);
	return locks;
}

void locks_free(struct inode *inode)
{
	if (!inode->locks)
		return;
	mutex_lock(&all_locks_lock);
	list_del(&inode->locks->link);
	mutex_unlock(&all_locks_lock);
	kfree(inode->locks);
}

static bool overlap(const struct range_lock *a, const struct range_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static struct range_lock *find_conflict(struct list_head *list, const struct range_lock *wanted)
{
	struct range_lock *other;

	list_for_each_entry (other, list, link)
		if (other->owner != wanted->owner && overlap(other, wanted) &&
		    (other->type == F_WRLCK || wanted->type == F_WRLCK))
			return other;
	return NULL;
}

/* Cuts wanted's range out of one lock of the same owner. *spare is used when that leaves two. */
static void cut_out(struct range_lock *held, const struct range_lock *wanted,
		    struct range_lock **spare)
{
	bool before = held->start < wanted->start;
	bool after = held->end > wanted->end;

	if (before && after) {
		struct range_lock *tail = *spare;

		*spare = NULL;
		*tail = *held;
		tail->start = wanted->end + 1;
		list_add(&tail->link, &held->link);
	}
	if (before) {
		held->end = wanted->start - 1;
	} else if (after) {
		held->start = wanted->end + 1;
	} else {
		list_del(&held->link);
		kfree(held);
	}
}

void locks_announce(struct file_locks *locks)
{
	WRITE_ONCE(locks->releases, locks->releases + 1);
	if (!list_empty(&lock_waiters)) /* any for this inode entered under this lock */
		forget_waiters(locks);
	wake_up_all(&locks->wait);
}

/* No byte lies between them, and they are of one owner and type. */
static bool continues(const struct range_lock *a, const struct range_lock *b)
{
	return a->owner == b->owner && a->type == b->type &&
	       (a->start <= b->end || a->start - 1 == b->end) &&
	       (b->start <= a->end || b->start - 1 == a->end);
}

/* Puts a lock where the order wants it: with its owner's, by growing start. */
static void enter(struct list_head *list, struct range_lock *fresh)
{
	struct list_head *before = list;
	struct range_lock *other;

	list_for_each_entry (other, list, link) {
		if (other->owner != fresh->owner)
			continue;
		before = other->link.next;
		if (other->start > fresh->start) {
			before = &other->link;
			break;
		}
	}
	list_add_tail(&fresh->link, before);
}

/* Makes wanted what its owner holds in its range (L1). Takes over *fresh unless it is an unlock. */
static void apply(struct file_locks *locks, struct list_head *list, const struct range_lock *wanted,
		  struct range_lock **fresh, struct range_lock **spare)
{
	struct range_lock joined = *wanted;
	struct range_lock *held, *after;

	list_for_each_entry_safe (held, after, list, link) {
		if (continues(held, &joined)) {
			joined.start = MIN(joined.start, held->start);
			joined.end = MAX(joined.end, held->end);
			list_del(&held->link);
			kfree(held);
		} else if (held->owner == wanted->owner && overlap(held, wanted)) {
			cut_out(held, wanted, spare);
		}
	}
	if (wanted->type != F_UNLCK) {
		**fresh = joined;
		enter(list, *fresh);
		*fresh = NULL;
	}
	locks_announce(locks);
}

/* One try, with memory at hand: 0, -EAGAIN with the count of releases to wait beyond, or, when
 * there is a waiter, -EDEADLK. */
static int try_record(struct file_locks *locks, const struct range_lock *wanted,
		      struct lock_waiter *waiter, u64 *seen)
{
	struct range_lock *fresh = kmalloc(sizeof(*fresh));
	struct range_lock *spare = kmalloc(sizeof(*spare));
	const struct range_lock *conflict = NULL;
	int error = -ENOLCK;

	if (fresh && spare) {
		mutex_lock(&locks->lock);
		error = 0;
		if (wanted->type != F_UNLCK)
			conflict = find_conflict(&locks->records, wanted);
		if (!conflict)
			apply(locks, &locks->records, wanted, &fresh, &spare);
		else
			error = waiter ? enter_waiter(waiter, conflict->owner) : 0;
		*seen = locks->releases;
		mutex_unlock(&locks->lock);
	}
	kfree(fresh);
	kfree(spare);
	return conflict && !error ? -EAGAIN : error;
}

/* Sleeps until something was released after *seen. */
static int wait_for_release(struct file_locks *locks, u64 seen)
{
	return (int)wait_event_interruptible(&locks->wait, READ_ONCE(locks->releases) != seen);
}

/* Locks of descriptions wait without looking for circles, as their owners are no processes. */
static int set_record(struct file_locks *locks, const struct range_lock *wanted, bool wait)
{
	struct lock_waiter waiter = { .locks = locks, .owner = wanted->owner };
	bool checked = wait && wanted->pid >= 0;
	u64 seen;
	int error;

	list_init(&waiter.link);
	do {
		error = try_record(locks, wanted, checked ? &waiter : NULL, &seen);
		if (error != -EAGAIN || !wait)
			break;
		error = wait_for_release(locks, seen);
	} while (!error);
	if (checked)
		leave_waiters(&waiter);
	return error;
}

/* Drops all of an owner's locks in one list. */
static void release_all(struct file_locks *locks, struct list_head *list, const void *owner)
{
	struct range_lock all = { .owner = owner, .end = INT64_MAX, .type = F_UNLCK };

	mutex_lock(&locks->lock);
	apply(locks, list, &all, NULL, NULL);
	mutex_unlock(&locks->lock);
}

void locks_release_file(struct file *file)
{
	release_all(file->inode->locks, &file->inode->locks->flocks, file);
	release_all(file->inode->locks, &file->inode->locks->records, file);
	lease_release_file(file->inode->locks, file);
}

void locks_release_owner(struct file *file, const void *owner)
{
	release_all(file->inode->locks, &file->inode->locks->records, owner);
}

/* --- flock(2) --- */

/* A change of type gives up the old lock first, even when the new one is then refused: flock(2).
 * Takes over *fresh when it locks. */
static int flock_locked(struct file_locks *locks, const struct range_lock *wanted,
			struct range_lock **fresh)
{
	struct range_lock *held = NULL, *other;

	list_for_each_entry (other, &locks->flocks, link)
		if (other->owner == wanted->owner)
			held = other;
	if (held && held->type == wanted->type)
		return 0;
	if (held) {
		list_del(&held->link);
		kfree(held);
		locks_announce(locks);
	}
	if (wanted->type == F_UNLCK)
		return 0;
	if (find_conflict(&locks->flocks, wanted))
		return -EAGAIN;
	**fresh = *wanted;
	list_add_tail(&(*fresh)->link, &locks->flocks);
	*fresh = NULL;
	return 0;
}

static int set_flock(struct file_locks *locks, const struct range_lock *wanted, bool wait)
{
	struct range_lock *fresh = kmalloc(sizeof(*fresh));
	u64 seen;
	int error;

	if (!fresh)
		return -ENOLCK;
	do {
		mutex_lock(&locks->lock);
		error = flock_locked(locks, wanted, &fresh);
		seen = locks->releases;
		mutex_unlock(&locks->lock);
		if (error != -EAGAIN || !wait)
			break;
		error = wait_for_release(locks, seen);
	} while (!error);
	kfree(fresh);
	return error;
}

int file_flock(struct file *file, int operation)
{
	struct range_lock wanted = { .owner = file, .end = INT64_MAX, .pid = current->tgid };
	struct file_locks *locks;

	switch (operation & ~LOCK_NB) {
	case LOCK_SH: wanted.type = F_RDLCK; break;
	case LOCK_EX: wanted.type = F_WRLCK; break;
	case LOCK_UN: wanted.type = F_UNLCK; break;
	default: return -EINVAL;
	}
	locks = locks_of(file->inode);
	if (!locks)
		return -ENOLCK;
	return set_flock(locks, &wanted, !(operation & LOCK_NB));
}

/* --- fcntl(2) --- */

/* struct flock's range, from one of three bases, in absolute numbers. */
static int decode_range(struct file *file, const struct flock *from, struct range_lock *to)
{
	loff_t base = 0;

	if (from->l_whence == SEEK_CUR)
		base = file->pos;
	else if (from->l_whence == SEEK_END)
		base = (loff_t)inode_size(file->inode);
	else if (from->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, from->l_start, &to->start))
		return -EOVERFLOW;
	if (from->l_len == 0)
		to->end = INT64_MAX;
	else if (__builtin_add_overflow(to->start, from->l_len - 1, &to->end))
		return -EOVERFLOW;
	if (from->l_len < 0) { /* the bytes before l_start */
		loff_t end = to->start - 1;

		to->start = to->end + 1;
		to->end = end;
	}
	return to->start < 0 ? -EINVAL : 0;
}

static int check_type(const struct file *file, s16 type, unsigned int command)
{
	if (type != F_RDLCK && type != F_WRLCK && type != F_UNLCK)
		return -EINVAL;
	if (command == F_GETLK)
		return type == F_UNLCK ? -EINVAL : 0;
	if (command == F_OFD_GETLK)
		return 0;
	if (type == F_RDLCK && !(file->mode & FMODE_READ))
		return -EBADF;
	if (type == F_WRLCK && !(file->mode & FMODE_WRITE))
		return -EBADF;
	return 0;
}

/* The owner's own lock in a range: what F_OFD_GETLK with F_UNLCK asks for. */
static struct range_lock *find_own(struct list_head *list, const struct range_lock *wanted)
{
	struct range_lock *other;

	list_for_each_entry (other, list, link)
		if (other->owner == wanted->owner && overlap(other, wanted))
			return other;
	return NULL;
}

pid_t lock_pid_nr(pid_t pid, const struct pid_ns *ns)
{
	struct task_struct *task;
	pid_t nr;

	if (likely(!ns->level) || pid < 0)
		return pid;
	spin_lock(&tasklist_lock);
	task = find_task_by_id(pid);
	nr = task ? task_pid_nr_ns(task, ns) : 0;
	spin_unlock(&tasklist_lock);
	return nr;
}

static void test_lock(struct file_locks *locks, const struct range_lock *wanted, struct flock *lock)
{
	const struct range_lock *other;

	mutex_lock(&locks->lock);
	other = wanted->type == F_UNLCK ? find_own(&locks->records, wanted)
					: find_conflict(&locks->records, wanted);
	if (other) {
		lock->l_type = other->type;
		lock->l_whence = SEEK_SET;
		lock->l_start = other->start;
		lock->l_len = other->end == INT64_MAX ? 0 : other->end - other->start + 1;
		lock->l_pid = lock_pid_nr(other->pid, task_pid_ns(current));
	} else {
		lock->l_type = F_UNLCK;
	}
	mutex_unlock(&locks->lock);
}

int file_lock(struct file *file, unsigned int command, struct flock *lock)
{
	bool description = command >= F_OFD_GETLK;
	bool test = command == F_GETLK || command == F_OFD_GETLK;
	bool wait = command == F_SETLKW || command == F_OFD_SETLKW;
	struct range_lock wanted = {
		.owner = description ? (const void *)file : current->files,
		.pid = description ? -1 : current->tgid,
		.type = lock->l_type,
	};
	struct file_locks *locks;
	int error;

	if (description && lock->l_pid)
		return -EINVAL;
	error = check_type(file, lock->l_type, command);
	if (!error)
		error = decode_range(file, lock, &wanted);
	if (error)
		return error;
	locks = locks_of(file->inode);
	if (!locks)
		return -ENOLCK;
	if (test) {
		test_lock(locks, &wanted, lock);
		return 0;
	}
	return set_record(locks, &wanted, wait);
}
