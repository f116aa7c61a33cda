/* SPDX-License-Identifier: MIT */
/*
 * Leases (fcntl(2), "Leases"): who holds one is asked before somebody else opens or cuts the file,
 * and has some time to give it up.
 *
 * A lease belongs to an open file. F_RDLCK is broken by opening for writing, F_WRLCK by any
 * opening; the breaker marks it (it is to go, or to become F_RDLCK), signals the file's owner, and
 * waits until none is in its way or the time is over; then it takes what it wanted by itself.
 *
 * LE1: whoever opens the file counts it (inode->writers, readers) before it looks for leases, and
 * a lease is entered under the lock after the counts were looked at. So of a lease and an open that
 * come at the same time, one sees the other.
 *
 * Locks: file_locks->lock of the inode, as for the other locks on files; no signal is sent under
 * it.
 */
#include "fs/file.h"
#include "fs/file_owner.h"
#include "fs/internal.h"
#include "fs/locks_internal.h"
#include "ipc/poll.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/signal.h"

int lease_break_time = 45;
int leases_enable = 1;

/* --- with the lock held --- */

static struct lease *find_lease(struct file_locks *locks, const struct file *file)
{
	struct lease *lease;

	list_for_each_entry (lease, &locks->leases, link)
		if (lease->file == file)
			return lease;
	return NULL;
}

static void remove_lease(struct file_locks *locks, struct lease *lease)
{
	list_del(&lease->link);
	kfree(lease);
	locks_announce(locks);
}

static bool is_past(nsec_t time)
{
	return time && clock_monotonic() >= time;
}

/* Does by itself what holders did not do in time. */
static void end_late_leases(struct file_locks *locks)
{
	struct lease *lease, *after;

	list_for_each_entry_safe (lease, after, &locks->leases, link) {
		if (is_past(lease->downgrade_time)) {
			lease->type = F_RDLCK;
			lease->downgrading = false;
			lease->downgrade_time = 0;
			locks_announce(locks);
		}
		if (lease->unlocking && is_past(lease->unlock_time))
			remove_lease(locks, lease);
	}
}

static bool is_in_the_way(const struct lease *lease, bool want_write)
{
	return lease->type == F_WRLCK || want_write;
}

static struct lease *find_in_the_way(struct file_locks *locks, bool want_write)
{
	struct lease *lease;

	list_for_each_entry (lease, &locks->leases, link)
		if (is_in_the_way(lease, want_write))
			return lease;
	return NULL;
}

/* --- breaking --- */

/* Marks a lease that is in the way and does not know it yet; false: there is none. */
static bool mark_lease(struct lease *lease, bool want_write)
{
	nsec_t allowed = (nsec_t)MAX(READ_ONCE(lease_break_time), 0) * NSEC_PER_SEC;
	nsec_t end = allowed ? clock_monotonic() + allowed : 0;

	if (!is_in_the_way(lease, want_write) || lease->unlocking)
		return false;
	if (want_write) {
		lease->unlocking = true;
		lease->unlock_time = end;
		return true;
	}
	if (lease->downgrading)
		return false;
	lease->downgrading = true;
	lease->downgrade_time = end;
	return true;
}

/* The open file, with a reference, of a lease that has just been marked; NULL: all are, or their
 * files are being closed. */
static struct file *mark_next(struct file_locks *locks, bool want_write, int *fd)
{
	struct file *file = NULL;
	struct lease *lease;

	mutex_lock(&locks->lock);
	end_late_leases(locks);
	list_for_each_entry (lease, &locks->leases, link) {
		if (!mark_lease(lease, want_write) || !refcount_inc_not_zero(&lease->file->refs))
			continue;
		file = lease->file;
		*fd = lease->fd;
		break;
	}
	mutex_unlock(&locks->lock);
	return file;
}

static void mark_and_tell(struct file_locks *locks, bool want_write)
{
	struct file *file;
	int fd;

	while ((file = mark_next(locks, want_write, &fd))) {
		file_owner_tell(file, fd, POLL_MSG, POLLIN | POLLRDNORM | POLLMSG);
		fput(file);
	}
}

/* One look: false, nothing is in the way. Else a count of releases and a time to wait for. */
static bool must_wait(struct file_locks *locks, bool want_write, u64 *seen, nsec_t *until)
{
	const struct lease *lease;

	mutex_lock(&locks->lock);
	end_late_leases(locks);
	lease = find_in_the_way(locks, want_write);
	*seen = locks->releases;
	if (lease)
		*until = lease->unlocking ? lease->unlock_time : lease->downgrade_time;
	mutex_unlock(&locks->lock);
	if (!*until)
		*until = NSEC_NEVER;
	return lease;
}

/* Until something was released or the time has come: 0, -ERESTARTSYS. */
static int wait_for_holder(struct file_locks *locks, u64 seen, nsec_t until)
{
	return (int)WAIT_LOOP(&locks->wait,
			      READ_ONCE(locks->releases) != seen || clock_monotonic() >= until,
			      TASK_INTERRUPTIBLE, waitq_prepare, current_signal_pending(),
			      schedule_timeout_until(until));
}

int lease_break_slow(struct inode *inode, u32 flags)
{
	struct file_locks *locks = inode->locks;
	bool want_write = (flags & O_ACCMODE) != O_RDONLY;
	nsec_t until = 0;
	int error = 0;
	u64 seen;

	mark_and_tell(locks, want_write);
	while (!error && must_wait(locks, want_write, &seen, &until))
		error = flags & O_NONBLOCK ? -EAGAIN : wait_for_holder(locks, seen, until);
	return error;
}

/* --- fcntl --- */

static int may_lease(const struct file *file)
{
	if (current_cred()->fsuid != file->inode->uid && !capable(CAP_LEASE))
		return -EACCES;
	return S_ISREG(file->inode->mode) ? 0 : -EINVAL;
}

/* Is the file open in a way that the lease excludes? The lock is held. */
static bool is_open_otherwise(const struct file *file, int type)
{
	u32 writers = __atomic_load_n(&file->inode->writers, __ATOMIC_SEQ_CST);
	u32 readers = __atomic_load_n(&file->inode->readers, __ATOMIC_SEQ_CST);
	bool writes = file->mode & FMODE_WRITE;

	if (type == F_RDLCK)
		return writers;
	return writers != writes || readers != !writes;
}

/* Other holders: none may be there for F_WRLCK, and none that has to go. */
static bool others_object(struct file_locks *locks, const struct file *file, int type)
{
	const struct lease *lease;

	list_for_each_entry (lease, &locks->leases, link)
		if (lease->file != file && (type == F_WRLCK || lease->unlocking))
			return true;
	return false;
}

/* Enters the lease, or changes the one that the file has. Takes over *fresh when it is used. */
static int enter_lease(struct file_locks *locks, struct file *file, int fd, int type,
		       struct lease **fresh)
{
	struct lease *lease = find_lease(locks, file);

	if (is_open_otherwise(file, type) || others_object(locks, file, type))
		return -EAGAIN;
	if (!lease) {
		if (!READ_ONCE(leases_enable))
			return -EINVAL;
		lease = *fresh;
		*fresh = NULL;
		*lease = (struct lease){ .file = file, .fd = fd, .pid = current->tgid };
		list_add_tail(&lease->link, &locks->leases);
	}
	lease->type = (s16)type;
	if (type == F_RDLCK && lease->downgrading) {
		lease->downgrading = false;
		lease->downgrade_time = 0;
	}
	locks_announce(locks);
	return 0;
}

static int add_lease(struct file *file, int fd, int type)
{
	struct file_locks *locks;
	struct lease *fresh;
	int error = may_lease(file);

	if (error)
		return error;
	locks = locks_of(file->inode);
	fresh = kmalloc(sizeof(*fresh));
	if (!locks || !fresh) {
		kfree(fresh);
		return -ENOMEM;
	}
	error = file_owner_default(file);
	if (!error) {
		mutex_lock(&locks->lock);
		end_late_leases(locks);
		error = enter_lease(locks, file, fd, type, &fresh);
		mutex_unlock(&locks->lock);
	}
	kfree(fresh);
	return error;
}

static int give_up_lease(struct file *file)
{
	struct file_locks *locks = load_acquire(&file->inode->locks);
	struct lease *lease = NULL;
	int error = may_lease(file);

	if (error)
		return error;
	if (!locks)
		return -EAGAIN;
	mutex_lock(&locks->lock);
	lease = find_lease(locks, file);
	if (lease)
		remove_lease(locks, lease);
	mutex_unlock(&locks->lock);
	if (!lease)
		return -EAGAIN;
	file_owner_forget(file);
	return 0;
}

int file_set_lease(struct file *file, int fd, int type)
{
	switch (type) {
	case F_UNLCK: return give_up_lease(file);
	case F_RDLCK:
	case F_WRLCK: return add_lease(file, fd, type);
	}
	return -EINVAL;
}

int lease_target(const struct lease *lease)
{
	if (lease->unlocking)
		return F_UNLCK;
	return lease->downgrading ? F_RDLCK : lease->type;
}

int file_get_lease(const struct file *file)
{
	struct file_locks *locks = load_acquire(&file->inode->locks);
	const struct lease *lease;
	int type;

	if (!locks)
		return F_UNLCK;
	mutex_lock(&locks->lock);
	end_late_leases(locks);
	lease = find_lease(locks, file);
	type = lease ? lease_target(lease) : F_UNLCK;
	mutex_unlock(&locks->lock);
	return type;
}

void lease_release_file(struct file_locks *locks, const struct file *file)
{
	struct lease *lease;

	if (list_empty(&locks->leases))
		return;
	mutex_lock(&locks->lock);
	lease = find_lease(locks, file);
	if (lease)
		remove_lease(locks, lease);
	mutex_unlock(&locks->lock);
}
