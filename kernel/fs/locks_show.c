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
	pid_t pid = lock_pid_nr(lock, report->reader);
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

static void show_file(struct lock_report *report, struct file_locks *locks)
{
	const struct range_lock *lock;

	mutex_lock(&locks->lock);
	list_for_each_entry (lock, &locks->records, link)
		show_lock(report, locks->inode, lock, lock->pid < 0 ? "OFDLCK" : "POSIX");
	list_for_each_entry (lock, &locks->flocks, link)
		show_lock(report, locks->inode, lock, "FLOCK");
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
