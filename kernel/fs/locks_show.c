/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/locks (proc_locks(5)): what is locked, file by file. Who waits for a lock is
 * not shown.
 */
#include "fs/file.h"
#include "fs/locks_internal.h"
#include "fs/text.h"
#include "uapi/fcntl.h"

struct lock_report {
	struct text *text;
	const struct pid_ns *reader;
	u32 count; /* locks that have been shown */
};

static void show_lock(struct lock_report *report, const struct inode *inode,
		      const struct range_lock *lock, const char *kind)
{
	pid_t pid = lock_pid_nr(lock->pid, report->reader);
	dev_t dev = inode->super->dev;

	if (!pid)
		return;
	text_printf(report->text, "%u: %-6s ADVISORY  %s %d %02x:%02x:%lu %ld ", ++report->count,
		    kind, lock->type == F_WRLCK ? "WRITE" : "READ", pid, MAJOR(dev), MINOR(dev),
		    inode->ino, lock->start);
	if (lock->end == INT64_MAX)
		text_printf(report->text, "EOF\n");
	else
		text_printf(report->text, "%ld\n", lock->end);
}

static void show_lease(struct lock_report *report, const struct inode *inode,
		       const struct lease *lease)
{
	static const char *const types[] = {
		[F_RDLCK] = "READ", [F_WRLCK] = "WRITE", [F_UNLCK] = "UNLCK"
	};
	pid_t pid = lock_pid_nr(lease->pid, report->reader);
	bool breaking = lease->unlocking || lease->downgrading;
	dev_t dev = inode->super->dev;

	if (pid)
		text_printf(report->text, "%u: LEASE  %s  %s %d %02x:%02x:%lu 0 EOF\n",
			    ++report->count, breaking ? "BREAKING" : "ACTIVE  ",
			    types[lease_target(lease)], pid, MAJOR(dev), MINOR(dev), inode->ino);
}

static void show_file(struct lock_report *report, struct file_locks *locks)
{
	const struct range_lock *lock;
	const struct lease *lease;

	mutex_lock(&locks->lock);
	list_for_each_entry (lock, &locks->records, link)
		show_lock(report, locks->inode, lock, lock->pid < 0 ? "OFDLCK" : "POSIX");
	list_for_each_entry (lock, &locks->flocks, link)
		show_lock(report, locks->inode, lock, "FLOCK");
	list_for_each_entry (lease, &locks->leases, link)
		show_lease(report, locks->inode, lease);
	mutex_unlock(&locks->lock);
}

void locks_show(struct text *text, const struct pid_ns *reader)
{
	struct lock_report report = { text, reader, 0 };
	struct file_locks *locks;

	mutex_lock(&all_locks_lock);
	list_for_each_entry (locks, &all_locks, link)
		show_file(&report, locks);
	mutex_unlock(&all_locks_lock);
}
