/* SPDX-License-Identifier: MIT */
/*
 * From what happens in the name space to the watches on inodes. Instances and their queues are
 * inotify.c's; the rules stand in inotify_internal.h.
 */
#include "fs/inotify_internal.h"

#include "fs/internal.h"
#include "lib/string.h"
#include "mm/slab.h"

u32 notify_watches;
spinlock_t notify_lock = SPINLOCK_INIT(RANK_WATCH);
static u32 last_cookie; /* [a] */

/* --- watches --- */

void watch_link(struct inotify_watch *watch)
{
	watch->next = watch->inode->watches;
	WRITE_ONCE(watch->inode->watches, watch);
	list_add(&watch->super_link, &watch->inode->super->watches);
	WRITE_ONCE(notify_watches, notify_watches + 1);
}

void watch_end(struct inotify_watch *watch, bool told, struct inotify_watch **ended)
{
	const struct notice notice = { .events = IN_IGNORED };
	struct inotify_watch **at = &watch->inode->watches;

	while (*at != watch)
		at = &(*at)->next;
	WRITE_ONCE(*at, watch->next);
	list_del(&watch->super_link);
	WRITE_ONCE(notify_watches, notify_watches - 1);
	inotify_forget(watch);
	if (told)
		inotify_queue(watch->inotify, watch->wd, &notice);
	watch->next = *ended;
	*ended = watch;
}

void watches_free(struct inotify_watch *ended)
{
	while (ended) {
		struct inotify_watch *watch = ended;

		ended = watch->next;
		inode_put(watch->inode);
		kfree(watch);
	}
}

/* --- telling --- */

static bool is_interested(const struct inotify_watch *watch, const struct notice *notice)
{
	if (!(watch->mask & notice->events & (IN_ALL_EVENTS | IN_UNMOUNT)))
		return false;
	return !(notice->unlinked && watch->mask & IN_EXCL_UNLINK);
}

/* Tells all watches of an inode; the caller refers to it. */
static void tell(struct inode *inode, const struct notice *notice)
{
	struct inotify_watch *watch, *next, *ended = NULL;

	if (!READ_ONCE(inode->watches))
		return;
	spin_lock(&notify_lock);
	for (watch = inode->watches; watch; watch = next) {
		next = watch->next;
		if (!is_interested(watch, notice))
			continue;
		inotify_queue(watch->inotify, watch->wd, notice);
		if (watch->mask & IN_ONESHOT)
			watch_end(watch, true, &ended);
	}
	spin_unlock(&notify_lock);
	watches_free(ended);
}

static u32 with_type(u32 events, const struct inode *inode)
{
	return inode_is_dir(inode) ? events | IN_ISDIR : events;
}

/* The dentry's directory with a reference, if it is watched, and the dentry's name there. */
static struct dentry *watched_parent(struct dentry *dentry, char name[NAME_MAX + 1],
				     struct notice *notice)
{
	struct dentry *parent;

	spin_lock(&namespace_lock);
	parent = dentry->parent;
	notice->unlinked = dentry->flags & DENTRY_UNHASHED;
	if (parent == dentry || !READ_ONCE(parent->inode->watches) || !dentry_try_get(parent)) {
		parent = NULL;
	} else {
		memcpy(name, dentry->name, dentry->length);
		notice->length = dentry->length;
	}
	spin_unlock(&namespace_lock);
	return parent;
}

/* Reading and writing devices, pipes and sockets is not told. */
static bool is_told(const struct inode *inode, u32 events)
{
	if (list_empty(&inode->super->watches))
		return false;
	return S_ISREG(inode->mode) || inode_is_dir(inode) || !(events & (IN_ACCESS | IN_MODIFY));
}

void notify_dentry_slow(struct dentry *dentry, u32 events)
{
	struct inode *inode = dentry->inode;
	struct notice notice = { .events = with_type(events, inode) };
	char name[NAME_MAX + 1];
	struct dentry *parent;

	if (!is_told(inode, events))
		return;
	parent = watched_parent(dentry, name, &notice);
	if (parent) {
		notice.name = name;
		tell(parent->inode, &notice);
		dentry_put(parent);
	}
	notice.name = NULL;
	notice.length = 0;
	tell(inode, &notice);
}

void notify_name_slow(struct inode *directory, u32 events, const struct inode *inode,
		      const char *name, size_t length, u32 cookie)
{
	const struct notice notice = { with_type(events, inode), cookie, name, length, false };

	tell(directory, &notice);
}

void notify_inode_slow(struct inode *inode, u32 events)
{
	/* Whether it is a directory is not told of an inode's own end or move. */
	const bool plain = events & (IN_DELETE_SELF | IN_MOVE_SELF);
	const struct notice notice = { .events = plain ? events : with_type(events, inode) };

	tell(inode, &notice);
}

u32 notify_cookie(void)
{
	return atomic_fetch_add_relaxed(&last_cookie, 1) + 1;
}

/* --- the end of inodes --- */

static void end_all_watches(struct inode *inode)
{
	struct inotify_watch *ended = NULL;

	spin_lock(&notify_lock);
	while (inode->watches)
		watch_end(inode->watches, true, &ended);
	spin_unlock(&notify_lock);
	watches_free(ended);
}

void notify_inode_gone(struct inode *inode)
{
	notify_inode_slow(inode, IN_DELETE_SELF);
	end_all_watches(inode);
}

/* The inode of one watch of the file system, with a reference; NULL. */
static struct inode *first_watched(struct super *super)
{
	struct inode *inode = NULL;

	spin_lock(&notify_lock);
	if (!list_empty(&super->watches))
		inode = inode_get(
			list_first_entry(&super->watches, struct inotify_watch, super_link)->inode);
	spin_unlock(&notify_lock);
	return inode;
}

void notify_super_gone(struct super *super)
{
	struct inode *inode;

	while ((inode = first_watched(super)) != NULL) {
		notify_inode_slow(inode, IN_UNMOUNT);
		end_all_watches(inode);
		inode_put(inode);
		cond_resched();
	}
}
