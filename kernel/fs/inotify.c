/* SPDX-License-Identifier: MIT */
/*
 * inotify(7): instances, which are open files, with their watches by number and a queue of events.
 *
 * An event that equals the newest one in the queue adds nothing and is left out. A full queue takes
 * one event more, which says so. Everything under notify_lock (inotify_internal.h).
 */
#include "fs/inotify_internal.h"

#include "fs/internal.h"
#include "fs/text.h"
#include "ipc/poll.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "uapi/ioctl.h"

enum {
	NAME_GRAIN = sizeof(struct inotify_event), /* names are padded to a multiple */
	WATCH_COST = 1280,			   /* bytes, with the inode that it keeps */
	WATCHES_SHARE = 100,			   /* of memory, for the watches of one user */
	WATCHES_LEAST = 8192,
	WATCHES_MOST = 1 << 20,
};

u64 inotify_queued_max = 16384, inotify_instances_max = 128, inotify_watches_max;

/* An event that waits to be read. */
struct inotify_record {
	struct list_head link;
	int wd;
	u32 mask, cookie;
	u16 length; /* of name */
	char name[];
};

struct inotify {
	struct user_counts *user; /* [I] referenced; counts instances and watches */
	struct rb_root watches;	  /* [notify_lock] by wd */
	int last_wd;		  /* [notify_lock] numbers only grow */
	struct list_head records; /* [notify_lock] oldest first */
	u32 queued;		  /* [notify_lock] records, the overflow's not counted */
	u32 bytes;		  /* [notify_lock] what reading all of them gives */
	bool overflowed;	  /* [notify_lock] the overflow's record is queued */
	struct wait_queue wait;	  /* readers, pollers */
	struct inotify_record overflow;
};

static struct inotify_watch *watch_of(struct rb_node *node)
{
	return rb_entry(node, struct inotify_watch, node);
}

/* --- the queue; notify_lock held --- */

static u32 name_space(u32 length)
{
	return length ? ALIGN_UP(length + 1, (u32)NAME_GRAIN) : 0;
}

static u32 record_bytes(const struct inotify_record *record)
{
	return (u32)sizeof(struct inotify_event) + name_space(record->length);
}

static bool equals_newest(const struct inotify *inotify, int wd, const struct notice *notice)
{
	const struct inotify_record *newest;

	if (list_empty(&inotify->records))
		return false;
	newest = list_last_entry(&inotify->records, struct inotify_record, link);
	return newest->wd == wd && newest->mask == notice->events && !(newest->mask & IN_IGNORED) &&
	       newest->length == notice->length &&
	       !memcmp(newest->name, notice->name, notice->length);
}

static void enqueue(struct inotify *inotify, struct inotify_record *record)
{
	list_add_tail(&record->link, &inotify->records);
	inotify->bytes += record_bytes(record);
	wake_up_poll(&inotify->wait, POLLIN | POLLRDNORM);
}

static void queue_overflow(struct inotify *inotify)
{
	if (inotify->overflowed)
		return;
	inotify->overflowed = true;
	inotify->overflow.wd = -1;
	inotify->overflow.mask = IN_Q_OVERFLOW;
	enqueue(inotify, &inotify->overflow);
}

void inotify_queue(struct inotify *inotify, int wd, const struct notice *notice)
{
	struct inotify_record *record = NULL;

	if (inotify->queued < inotify_queued_max) {
		if (equals_newest(inotify, wd, notice))
			return;
		record = kmalloc(sizeof(*record) + notice->length);
	}
	if (!record) {
		queue_overflow(inotify);
		return;
	}
	record->wd = wd;
	record->mask = notice->events;
	record->cookie = notice->cookie;
	record->length = (u16)notice->length;
	memcpy(record->name, notice->name, notice->length);
	inotify->queued++;
	enqueue(inotify, record);
}

static void dequeue(struct inotify *inotify, struct inotify_record *record)
{
	list_del(&record->link);
	inotify->bytes -= record_bytes(record);
	if (record == &inotify->overflow)
		inotify->overflowed = false;
	else
		inotify->queued--;
}

/* --- reading --- */

struct inotify_answer {
	struct inotify_event event;
	char name[ALIGN_UP(NAME_MAX + 1, NAME_GRAIN)];
};

/* Takes the oldest record, if it fits into size bytes: its size, 0 when there is none, -EINVAL. */
static ssize_t take_record(struct inotify *inotify, struct inotify_answer *answer, size_t size)
{
	struct inotify_record *record = NULL;
	ssize_t bytes = 0;

	spin_lock(&notify_lock);
	if (!list_empty(&inotify->records)) {
		record = list_first_entry(&inotify->records, struct inotify_record, link);
		bytes = record_bytes(record);
		if ((size_t)bytes > size)
			bytes = -EINVAL;
		else
			dequeue(inotify, record);
	}
	spin_unlock(&notify_lock);
	if (bytes <= 0)
		return bytes;
	memset(answer, 0, (size_t)bytes);
	answer->event = (struct inotify_event){ record->wd, record->mask, record->cookie,
						name_space(record->length) };
	memcpy(answer->name, record->name, record->length);
	if (record != &inotify->overflow)
		kfree(record);
	return bytes;
}

/* As many records as there is room for: bytes, 0 when there is none, or the first one's error. */
static ssize_t read_records(struct inotify *inotify, struct uio *uio)
{
	struct inotify_answer answer;
	ssize_t done = 0;

	for (;;) {
		ssize_t bytes = take_record(inotify, &answer, uio->left);

		if (bytes <= 0)
			return done ? done : bytes;
		if (uio_copy_out(uio, &answer, (size_t)bytes) != bytes)
			return -EFAULT;
		done += bytes;
	}
}

static ssize_t inotify_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct inotify *inotify = file->private;

	for (;;) {
		ssize_t result = read_records(inotify, uio);

		if (result)
			return result;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		result = wait_event_interruptible(&inotify->wait, !list_empty(&inotify->records));
		if (result)
			return result;
	}
}

static u32 inotify_poll(struct file *file, struct poll_table *table)
{
	struct inotify *inotify = file->private;

	poll_wait(file, &inotify->wait, table);
	return list_empty(&inotify->records) ? 0 : POLLIN | POLLRDNORM;
}

static long inotify_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	const struct inotify *inotify = file->private;

	return command == FIONREAD ? put_user32(READ_ONCE(inotify->bytes), argument) : -ENOTTY;
}

/* --- watches --- */

/* The watch with the lowest number that is wd or more; NULL. notify_lock held. */
static struct inotify_watch *watch_from(const struct inotify *inotify, int wd)
{
	struct inotify_watch *found = NULL;
	struct rb_node *node = inotify->watches.node;

	while (node) {
		if (watch_of(node)->wd >= wd)
			found = watch_of(node);
		node = watch_of(node)->wd > wd ? node->left : node->right;
		if (found && found->wd == wd)
			break;
	}
	return found;
}

static struct inotify_watch *watch_on(const struct inotify *inotify, const struct inode *inode)
{
	struct inotify_watch *watch = inode->watches;

	while (watch && watch->inotify != inotify)
		watch = watch->next;
	return watch;
}

/* Gives a watch its number, the highest so far, and makes it known. notify_lock held. */
static void enter_watch(struct inotify *inotify, struct inotify_watch *watch)
{
	struct rb_node **link = &inotify->watches.node, *parent = NULL;

	watch->wd = ++inotify->last_wd;
	while (*link) {
		parent = *link;
		link = &parent->right;
	}
	rb_insert(&inotify->watches, &watch->node, parent, link, NULL);
	watch_link(watch);
}

void inotify_forget(struct inotify_watch *watch)
{
	rb_erase(&watch->inotify->watches, &watch->node, NULL);
	watch->inotify->user->inotify_watches--;
}

/* notify_lock held. *fresh is taken over when it is used. */
static int watch_locked(struct inotify *inotify, struct inode *inode, u32 mask,
			struct inotify_watch **fresh)
{
	const u32 kept = IN_ALL_EVENTS | IN_UNMOUNT | IN_EXCL_UNLINK | IN_ONESHOT;
	struct inotify_watch *watch = watch_on(inotify, inode);

	if (watch && mask & IN_MASK_CREATE)
		return -EEXIST;
	if (watch) {
		watch->mask = (mask & IN_MASK_ADD ? watch->mask : IN_UNMOUNT) | (mask & kept);
		return watch->wd;
	}
	if (inotify->user->inotify_watches >= inotify_watches_max || inotify->last_wd == INT32_MAX)
		return -ENOSPC;
	if (!*fresh)
		return -ENOMEM;
	watch = *fresh;
	*fresh = NULL;
	watch->inotify = inotify;
	watch->inode = inode_get(inode);
	watch->mask = IN_UNMOUNT | (mask & kept);
	inotify->user->inotify_watches++;
	enter_watch(inotify, watch);
	return watch->wd;
}

int inotify_watch(struct file *file, struct inode *inode, u32 mask)
{
	struct inotify_watch *fresh = kmalloc(sizeof(*fresh));
	int wd;

	spin_lock(&notify_lock);
	wd = watch_locked(file->private, inode, mask, &fresh);
	spin_unlock(&notify_lock);
	kfree(fresh);
	return wd;
}

int inotify_unwatch(struct file *file, int wd)
{
	struct inotify_watch *watch, *ended = NULL;

	spin_lock(&notify_lock);
	watch = watch_from(file->private, wd);
	if (watch && watch->wd == wd)
		watch_end(watch, true, &ended);
	spin_unlock(&notify_lock);
	if (!ended)
		return -EINVAL;
	watches_free(ended);
	return 0;
}

/* --- life --- */

static void inotify_free(struct inotify *inotify)
{
	atomic_fetch_add_relaxed(&inotify->user->inotify_instances, -1);
	user_put(inotify->user);
	kfree(inotify);
}

static void inotify_release(struct file *file)
{
	struct inotify *inotify = file->private;
	struct inotify_watch *ended = NULL;

	spin_lock(&notify_lock);
	while (inotify->watches.node)
		watch_end(watch_of(inotify->watches.node), false, &ended);
	spin_unlock(&notify_lock);
	watches_free(ended);
	while (!list_empty(&inotify->records)) {
		struct inotify_record *record =
			list_first_entry(&inotify->records, struct inotify_record, link);

		list_del(&record->link);
		if (record != &inotify->overflow)
			kfree(record);
	}
	inotify_free(inotify);
}

/* One watch a round, so that no lock is held while text is made. */
static void inotify_describe(struct file *file, struct text *text, const struct pid_ns *reader)
{
	const struct inotify *inotify = file->private;
	int wd = 0;

	while (!text->failed) {
		struct inotify_watch *watch, copy;
		dev_t dev = 0;
		u64 ino = 0;

		spin_lock(&notify_lock);
		watch = watch_from(inotify, wd);
		if (watch) {
			copy = *watch;
			dev = watch->inode->super->dev;
			ino = watch->inode->ino;
		}
		spin_unlock(&notify_lock);
		if (!watch)
			return;
		text_printf(text, "inotify wd:%x ino:%llx sdev:%x mask:%x ignored_mask:0\n",
			    copy.wd, (unsigned long long)ino, dev, copy.mask & IN_ALL_EVENTS);
		wd = copy.wd + 1;
	}
}

static const struct file_ops inotify_ops = {
	.seek = file_seek_nowhere,
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.describe = inotify_describe,
	.async = true,
};

bool file_is_inotify(const struct file *file)
{
	return file->ops == &inotify_ops;
}

/* Counts one more instance of the user; false: too many. */
static bool charge_instance(struct user_counts *user)
{
	if (atomic_fetch_add_relaxed(&user->inotify_instances, 1) < inotify_instances_max)
		return true;
	atomic_fetch_add_relaxed(&user->inotify_instances, -1);
	return false;
}

struct file *inotify_create(u32 flags)
{
	struct user_counts *user = current->cred->user;
	struct inotify *inotify;
	struct file *file;

	if (!charge_instance(user))
		return ERR_PTR(-EMFILE);
	inotify = kzalloc(sizeof(*inotify));
	if (!inotify) {
		atomic_fetch_add_relaxed(&user->inotify_instances, -1);
		return ERR_PTR(-ENOMEM);
	}
	refcount_inc(&user->refs);
	inotify->user = user;
	inotify->watches = RB_ROOT;
	list_init(&inotify->records);
	waitq_init(&inotify->wait);
	file = file_create_anonymous("anon_inode:inotify", 0600, &inotify_ops, inotify,
				     O_RDONLY | (flags & O_NONBLOCK), FMODE_READ | FMODE_STREAM);
	if (IS_ERR(file))
		inotify_free(inotify);
	return file;
}

void inotify_init(void)
{
	u64 watches = page_total_count() / WATCHES_SHARE * PAGE_SIZE / WATCH_COST;

	inotify_watches_max = MIN(MAX(watches, (u64)WATCHES_LEAST), (u64)WATCHES_MOST);
}
