/* SPDX-License-Identifier: MIT */
/*
 * epoll(7): the sets and what is in them. epoll_wait.c tells programs of events, epoll_nest.c looks
 * after sets in sets. The rules stand in epoll_internal.h.
 */
#include "ipc/epoll_internal.h"

#include "fs/text.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"

enum { WATCHES_SHARE = 25 }; /* of memory, for the items of one user */

u64 epoll_watches_max;
static struct kmem_cache *item_cache;

/* --- hooks: an item's places on the queues of its file --- */

/* Under the lock of the file's queue. */
static bool epoll_wake(struct waiter *waiter, unsigned long key)
{
	struct epoll_item *item = container_of(waiter, struct epoll_hook, waiter)->item;
	struct wait_queue *wait = &item->epoll->wait;
	bool woken = false;

	spin_lock_nested(&wait->lock);
	if (item->events & ~EPOLL_FLAGS && (!key || key & item->events))
		woken = epoll_make_ready(item);
	spin_unlock(&wait->lock);
	return woken;
}

struct epoll_registration {
	struct poll_table table;
	struct epoll_item *item;
};

static void epoll_enter(struct poll_table *table, struct file *file, struct wait_queue *queue)
{
	struct epoll_item *item = container_of(table, struct epoll_registration, table)->item;
	struct epoll_hook *hook = &item->hook[item->hooks];

	if (item->hooks == EPOLL_HOOKS)
		panic("a file has more than %d wait queues", EPOLL_HOOKS);
	item->hooks++;
	hook->item = item;
	hook->queue = queue;
	hook->waiter =
		(struct waiter){ .wake = epoll_wake, .exclusive = item->events & EPOLLEXCLUSIVE };
	waitq_watch(queue, &hook->waiter);
}

/* Makes the item ready if its file has something for it already. */
static void look_at_file(struct epoll_item *item, struct poll_table *table)
{
	struct wait_queue *wait = &item->epoll->wait;

	if (!poll_file(item->file, item->events & ~EPOLL_FLAGS, table))
		return;
	spin_lock(&wait->lock);
	epoll_make_ready(item);
	spin_unlock(&wait->lock);
}

/* --- items; the set is locked --- */

/* Items are in order of their files' addresses, and of the descriptors. */
static bool comes_before(const struct file *file, int fd, const struct epoll_item *item)
{
	return file != item->file ? file < item->file : fd < item->fd;
}

static struct epoll_item *find_item(struct epoll *epoll, const struct file *file, int fd)
{
	struct rb_node *node = epoll->items.node;

	while (node) {
		struct epoll_item *item = item_of(node);

		if (item->file == file && item->fd == fd)
			return item;
		node = comes_before(file, fd, item) ? node->left : node->right;
	}
	return NULL;
}

static void link_item(struct epoll *epoll, struct epoll_item *item)
{
	struct rb_node **link = &epoll->items.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = comes_before(item->file, item->fd, item_of(parent)) ? &parent->left
									   : &parent->right;
	}
	rb_insert(&epoll->items, &item->node, parent, link, NULL);
	spin_lock(&watchers_lock);
	item->next_watcher = item->file->watchers;
	item->file->watchers = item;
	spin_unlock(&watchers_lock);
}

static void unlink_watcher(struct epoll_item *item)
{
	struct epoll_item **at = &item->file->watchers;

	spin_lock(&watchers_lock);
	while (*at != item)
		at = &(*at)->next_watcher;
	*at = item->next_watcher;
	spin_unlock(&watchers_lock);
}

static void remove_item(struct epoll *epoll, struct epoll_item *item)
{
	for (u32 i = 0; i < item->hooks; i++)
		waitq_remove(item->hook[i].queue, &item->hook[i].waiter);
	spin_lock(&epoll->wait.lock);
	list_del(&item->ready_link);
	spin_unlock(&epoll->wait.lock);
	unlink_watcher(item);
	rb_erase(&epoll->items, &item->node, NULL);
	atomic_fetch_add_relaxed(&epoll->user->epoll_items, -1);
	kmem_cache_free(item_cache, item);
}

/* nested: the caller is between nest_enter() and nest_leave(). */
static int add_item(struct epoll *epoll, struct file *file, int fd, const struct epoll_event *event,
		    bool nested)
{
	struct epoll_registration registration = { .table.enter = epoll_enter };
	struct epoll_item *item;
	int error;

	if (READ_ONCE(epoll->user->epoll_items) >= epoll_watches_max)
		return -ENOSPC;
	item = kmem_cache_alloc(item_cache);
	if (!item)
		return -ENOMEM;
	item->epoll = epoll;
	item->file = file;
	item->fd = fd;
	item->events = event->events | POLLERR | POLLHUP;
	item->data = event->data;
	item->hooks = 0;
	list_init(&item->ready_link);
	link_item(epoll, item);
	atomic_fetch_add_relaxed(&epoll->user->epoll_items, 1);
	error = nested ? nest_check_paths(item) : 0;
	if (error) {
		remove_item(epoll, item);
		return error;
	}
	registration.item = item;
	look_at_file(item, &registration.table);
	return 0;
}

static int modify_item(struct epoll *epoll, struct epoll_item *item,
		       const struct epoll_event *event)
{
	if (item->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	spin_lock(&epoll->wait.lock);
	item->events = event->events | POLLERR | POLLHUP;
	item->data = event->data;
	spin_unlock(&epoll->wait.lock);
	fence_full(); /* a waker sees the new events, or the look sees its news */
	look_at_file(item, NULL);
	return 0;
}

/* --- epoll_ctl --- */

static int control_locked(struct epoll *epoll, enum epoll_operation operation, struct file *file,
			  int fd, const struct epoll_event *event, bool nested)
{
	struct epoll_item *item = find_item(epoll, file, fd);

	switch (operation) {
	case EPOLL_CTL_ADD: return item ? -EEXIST : add_item(epoll, file, fd, event, nested);
	case EPOLL_CTL_MOD: return item ? modify_item(epoll, item, event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (!item)
			return -ENOENT;
		remove_item(epoll, item);
		return 0;
	}
	return -EINVAL;
}

/* EPOLLEXCLUSIVE is chosen once, for a file that is no set, and goes with few other flags. */
static int check_exclusive(enum epoll_operation operation, const struct file *file, u32 events)
{
	const u32 permitted =
		POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

	if (operation == EPOLL_CTL_DEL || !(events & EPOLLEXCLUSIVE))
		return 0;
	if (operation == EPOLL_CTL_MOD)
		return -EINVAL;
	if (operation == EPOLL_CTL_ADD && (file_is_epoll(file) || events & ~permitted))
		return -EINVAL;
	return 0;
}

int epoll_control(struct file *set, enum epoll_operation operation, struct file *file, int fd,
		  const struct epoll_event *event)
{
	struct epoll *epoll = set->private;
	bool nested;
	int error;

	if (!file->ops->poll)
		return -EPERM;
	if (file == set || !file_is_epoll(set))
		return -EINVAL;
	error = check_exclusive(operation, file, event->events);
	if (error)
		return error;
	nested = operation == EPOLL_CTL_ADD && nest_matters(epoll, file);
	if (nested) {
		error = nest_enter(epoll, file);
		if (error)
			return error;
	}
	mutex_lock(&epoll->lock);
	error = control_locked(epoll, operation, file, fd, event, nested);
	mutex_unlock(&epoll->lock);
	if (nested)
		nest_leave();
	return error;
}

/* --- life --- */

static void epoll_put(struct epoll *epoll)
{
	if (refcount_dec_and_test(&epoll->refs))
		kfree(epoll);
}

/* The set of the first watcher of a file, with a reference; NULL when there is none. */
static struct epoll *first_watcher(struct file *file)
{
	struct epoll *epoll = NULL;

	spin_lock(&watchers_lock);
	if (file->watchers) {
		epoll = file->watchers->epoll;
		refcount_inc(&epoll->refs);
	}
	spin_unlock(&watchers_lock);
	return epoll;
}

/* A watcher of the file from that set, which is locked; NULL. */
static struct epoll_item *find_watcher(const struct file *file, const struct epoll *epoll)
{
	struct epoll_item *item;

	spin_lock(&watchers_lock);
	item = file->watchers;
	while (item && item->epoll != epoll)
		item = item->next_watcher;
	spin_unlock(&watchers_lock);
	return item;
}

void epoll_forget_file(struct file *file)
{
	struct epoll_item *item;
	struct epoll *epoll;

	while ((epoll = first_watcher(file)) != NULL) {
		mutex_lock(&epoll->lock);
		item = find_watcher(file, epoll);
		if (item)
			remove_item(epoll, item);
		mutex_unlock(&epoll->lock);
		epoll_put(epoll);
	}
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->private;
	struct rb_node *node;

	mutex_lock(&epoll->lock);
	while ((node = epoll->items.node) != NULL) {
		remove_item(epoll, item_of(node));
		cond_resched();
	}
	mutex_unlock(&epoll->lock);
	user_put(epoll->user);
	epoll_put(epoll);
}

static void epoll_describe(struct file *file, struct text *text, const struct pid_ns *reader)
{
	struct epoll *epoll = file->private;

	mutex_lock(&epoll->lock);
	for (struct rb_node *node = rb_first(&epoll->items); node && !text->failed;
	     node = rb_next(node)) {
		const struct epoll_item *item = item_of(node);
		const struct inode *inode = item->file->inode;

		text_printf(text, "tfd: %8d events: %8x data: %16llx  pos:%lld ino:%llx sdev:%x\n",
			    item->fd, item->events, (unsigned long long)item->data,
			    (long long)item->file->pos, (unsigned long long)inode->ino,
			    inode->super->dev);
	}
	mutex_unlock(&epoll->lock);
}

static const struct file_ops epoll_ops = {
	.seek = file_seek_nowhere,
	.describe = epoll_describe,
	.poll = epoll_poll,
	.release = epoll_release,
};

bool file_is_epoll(const struct file *file)
{
	return file->ops == &epoll_ops;
}

struct file *epoll_create(void)
{
	struct epoll *epoll = kmalloc(sizeof(*epoll));
	struct file *file;

	if (!epoll)
		return ERR_PTR(-ENOMEM);
	mutex_init(&epoll->lock, MUTEX_EPOLL);
	refcount_set(&epoll->refs, 1);
	epoll->items = RB_ROOT;
	waitq_init_rank(&epoll->wait, RANK_EPOLL);
	list_init(&epoll->ready);
	epoll->visit = 0;
	file = file_create_anonymous("anon_inode:[eventpoll]", 0600, &epoll_ops, epoll, O_RDWR,
				     FMODE_READ | FMODE_WRITE | FMODE_STREAM);
	if (IS_ERR(file)) {
		kfree(epoll);
		return file;
	}
	epoll->file = file;
	epoll->user = current->cred->user;
	refcount_inc(&epoll->user->refs);
	return file;
}

void epoll_init(void)
{
	item_cache = kmem_cache_create("eventpoll_epi", sizeof(struct epoll_item), 64, NULL);
	epoll_watches_max =
		page_total_count() / WATCHES_SHARE * PAGE_SIZE / sizeof(struct epoll_item);
}
