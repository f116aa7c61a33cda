/* SPDX-License-Identifier: MIT */
/*
 * Signals about open files (fcntl(2), "Managing signals").
 *
 * A file with O_ASYNC has lasting waiters on the wait queues that its poll operation names, like an
 * item of an epoll set; so pipes, sockets and terminals do nothing for it but wake. A waker holds
 * the queue's lock, where no signal can be sent: it notes the news on a list. They are sent by
 * who made them, on the way back to user mode (TIF_NOTIFY), or by a kworker, whoever comes first;
 * so a program that writes to itself finds the signal there after the write.
 *
 * Each news is a signal: SIGIO, or that of F_SETSIG with a siginfo that says which file and what.
 * Whoever was made the owner is signalled if who chose him might (FO1: his real or effective user
 * is root, or the real or saved user of the receiver).
 *
 * Locks: owner_lock for all owners, and while the list is worked off. It is taken with no other
 * lock held.
 */
#include "fs/file_owner.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/kthread.h"
#include "task/pid_ns.h"
#include "task/signal.h"

enum { NEWS_UNKNOWN = 1 << 30 }; /* of a waker that does not say */

static struct mutex owner_lock = MUTEX_INIT(owner_lock, MUTEX_OWNER);
static struct file_owner *with_news; /* [a] newest first */

/* --- sending; owner_lock is held --- */

/* FO1; tasklist_lock is held. */
static bool may_signal(const struct file_owner *owner, const struct task_struct *task)
{
	const struct cred *cred = task->cred;

	return !owner->euid || owner->euid == cred->suid || owner->euid == cred->uid ||
	       owner->uid == cred->suid || owner->uid == cred->uid;
}

struct notice {
	const struct file_owner *owner;
	int signal;		    /* what is sent without F_SETSIG */
	const struct siginfo *info; /* with F_SETSIG; NULL: never that */
};

/* To a process, or to a thread if that is the owner. A queue that is full gets the plain signal. */
static bool notify_task(struct task_struct *task, void *data)
{
	const struct notice *notice = data;
	int (*send)(int, const struct siginfo *, struct task_struct *) =
		notice->owner->type == F_OWNER_TID ? send_signal : send_signal_process;

	if (!may_signal(notice->owner, task))
		return true;
	if (!notice->info || send(notice->info->signo, notice->info, task))
		send(notice->signal, SEND_SIG_KERNEL, task);
	return true;
}

/* NULL: it has gone. tasklist_lock is held. */
static struct task_struct *find_owner_task(const struct file_owner *owner)
{
	struct task_struct *task = find_task_by_id(owner->id);

	return task && task->start_time == owner->start_time ? task : NULL;
}

static void notify_owner(struct notice *notice)
{
	const struct file_owner *owner = notice->owner;
	struct task_struct *task;

	spin_lock(&tasklist_lock);
	if (owner->type == F_OWNER_PGRP) {
		group_visit(owner->id, notify_task, notice);
	} else {
		task = find_owner_task(owner);
		if (task)
			notify_task(task, notice);
	}
	spin_unlock(&tasklist_lock);
}

/* Signals whose own codes are not to be mistaken for POLL_IN and its like. */
static bool has_codes(int signal)
{
	return signal < SIGRTMIN && SIG_BIT(signal) & (SIGSET_FAULT | SIG_BIT(SIGCHLD));
}

static void notify_news(const struct file_owner *owner, int fd, int code, u32 band)
{
	struct siginfo info = { .signo = owner->signal, .code = code };
	struct notice notice = { owner, SIGIO, owner->signal ? &info : NULL };

	if (owner->signal && has_codes(owner->signal))
		info.code = SI_SIGIO;
	info.poll.band = band;
	info.poll.fd = fd;
	if (owner->id)
		notify_owner(&notice);
}

/* A socket that both ends have done with hung up; of all others it is end of file, to be read. */
static void notify_all_news(const struct file_owner *owner, u32 news)
{
	const struct file *file = owner->file;

	if (!(file->mode & FMODE_WRITE))
		news &= ~(u32)POLLOUT;
	if (news & POLLHUP && S_ISSOCK(file->inode->mode))
		notify_news(owner, owner->fd, POLL_HUP, POLLHUP | POLLERR);
	else if (news & (POLLIN | POLLHUP) && file->mode & FMODE_READ)
		notify_news(owner, owner->fd, POLL_IN, POLLIN | POLLRDNORM);
	if (news & POLLOUT)
		notify_news(owner, owner->fd, POLL_OUT, POLLOUT | POLLWRNORM | POLLWRBAND);
	if (news & POLLPRI && owner->signal)
		notify_news(owner, owner->fd, POLL_PRI, POLLPRI | POLLRDBAND);
	if (news & POLLERR && !(news & POLLHUP))
		notify_news(owner, owner->fd, POLL_ERR, POLLERR);
}

/* What woke without a word is what holds now, and that is input first. */
static u32 look_for_news(struct file *file)
{
	u32 news = file->ops->poll(file, NULL);

	return news & (POLLIN | POLLHUP) ? news & ~(u32)POLLOUT : news;
}

static void send_news(void)
{
	struct file_owner *owner = atomic_exchange(&with_news, NULL), *oldest = NULL, *next;

	for (; owner; owner = next) { /* in the order in which they came */
		next = owner->next;
		owner->next = oldest;
		oldest = owner;
	}
	for (owner = oldest; owner; owner = next) {
		u32 news;

		next = owner->next;
		atomic_exchange(&owner->queued, 0); /* first: what comes now queues it again */
		news = atomic_exchange(&owner->news, 0);
		if (news & NEWS_UNKNOWN)
			news |= look_for_news(owner->file);
		if (owner->hooks)
			notify_all_news(owner, news);
	}
}

void file_owner_send(void)
{
	mutex_lock(&owner_lock); /* also waits for who is just sending */
	send_news();
	mutex_unlock(&owner_lock);
}

static void send_by_worker(struct work *work)
{
	file_owner_send();
}

static struct work send_work = WORK_INIT(send_by_worker);

/* --- being woken --- */

/* Under a queue's lock, in any context. */
static bool owner_wake(struct waiter *waiter, unsigned long key)
{
	struct file_owner *owner = container_of(waiter, struct owner_hook, waiter)->owner;

	if (key & WAKE_NEXT)
		return false;
	atomic_fetch_or(&owner->news, key ? (u32)key : (u32)NEWS_UNKNOWN);
	if (atomic_exchange(&owner->queued, 1))
		return false;
	owner->next = READ_ONCE(with_news);
	while (!atomic_cmpxchg(&with_news, &owner->next, owner))
		;
	if (current->mm)
		task_set_flag(current, TIF_NOTIFY);
	schedule_work(&send_work);
	return false;
}

struct owner_registration {
	struct poll_table table;
	struct file_owner *owner;
};

static void owner_enter(struct poll_table *table, struct file *file, struct wait_queue *queue)
{
	struct file_owner *owner = container_of(table, struct owner_registration, table)->owner;
	struct owner_hook *hook;

	assert(owner->hooks < OWNER_HOOKS);
	hook = &owner->hook[owner->hooks++];
	*hook = (struct owner_hook){ .owner = owner, .queue = queue };
	hook->waiter.wake = owner_wake;
	waitq_watch(queue, &hook->waiter);
}

static void unhook(struct file_owner *owner)
{
	for (u32 i = 0; i < owner->hooks; i++)
		waitq_remove(owner->hook[i].queue, &owner->hook[i].waiter);
}

/* --- fcntl(2) --- */

/* The file's owner, made when there is none; owner_lock is held. NULL: no memory. */
static struct file_owner *need_owner(struct file *file)
{
	struct file_owner *owner = file->owner;

	if (owner)
		return owner;
	owner = kzalloc(sizeof(*owner));
	if (!owner)
		return NULL;
	owner->file = file;
	store_release(&file->owner, owner);
	return owner;
}

/* Finds whom a number means: 0, -ESRCH. */
static int find_owner(struct file_owner *owner, enum owner_type type, pid_t number)
{
	struct task_struct *task;
	int error = 0;

	spin_lock(&tasklist_lock);
	task = find_task_by_pid(number);
	if (task) {
		owner->id = task->pid;
		owner->start_time = task->start_time;
	} else {
		owner->id = pid_from_vnr_locked(number);
	}
	if (!task && !(type == F_OWNER_PGRP && pid_group_find(owner->id)))
		error = -ESRCH;
	spin_unlock(&tasklist_lock);
	return error;
}

static int set_owner(struct file *file, enum owner_type type, pid_t number)
{
	struct file_owner found = { 0 }, *owner;
	int error = number ? find_owner(&found, type, number) : 0;

	if (error)
		return error;
	mutex_lock(&owner_lock);
	owner = need_owner(file);
	if (owner) {
		owner->id = found.id;
		owner->start_time = found.start_time;
		owner->type = (u8)type;
		owner->uid = current_cred()->uid;
		owner->euid = current_cred()->euid;
	}
	mutex_unlock(&owner_lock);
	return owner ? 0 : -ENOMEM;
}

int file_set_owner_number(struct file *file, int number)
{
	if (number == INT32_MIN)
		return -EINVAL;
	return number < 0 ? set_owner(file, F_OWNER_PGRP, -number)
			  : set_owner(file, F_OWNER_PID, number);
}

int file_set_owner(struct file *file, const struct f_owner_ex *owner)
{
	if (owner->type < F_OWNER_TID || owner->type > F_OWNER_PGRP)
		return -EINVAL;
	return owner->pid < 0 ? -ESRCH : set_owner(file, (enum owner_type)owner->type, owner->pid);
}

int file_set_owner_signal(struct file *file, unsigned long signal)
{
	struct file_owner *owner;

	if (signal > SIGRTMAX)
		return -EINVAL;
	mutex_lock(&owner_lock);
	owner = need_owner(file);
	if (owner)
		owner->signal = (u8)signal;
	mutex_unlock(&owner_lock);
	return owner ? 0 : -ENOMEM;
}

/* The owner's number for current; 0: there is none any more. */
static pid_t owner_vnr(const struct file_owner *owner)
{
	struct task_struct *task;
	pid_t number = 0;

	spin_lock(&tasklist_lock);
	task = find_owner_task(owner);
	if (owner->type == F_OWNER_PGRP)
		number = group_vnr(pid_group_find(owner->id));
	else if (task)
		number = task_pid_vnr(task);
	spin_unlock(&tasklist_lock);
	return number;
}

struct f_owner_ex file_get_owner(const struct file *file)
{
	const struct file_owner *owner = load_acquire(&file->owner);
	struct f_owner_ex told = { F_OWNER_TID, 0 };

	if (!owner)
		return told;
	mutex_lock(&owner_lock);
	told = (struct f_owner_ex){ owner->type, owner_vnr(owner) };
	mutex_unlock(&owner_lock);
	return told;
}

int file_get_owner_number(const struct file *file)
{
	struct f_owner_ex owner = file_get_owner(file);

	return owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid;
}

int file_get_owner_signal(const struct file *file)
{
	const struct file_owner *owner = load_acquire(&file->owner);

	return owner ? READ_ONCE(owner->signal) : 0;
}

/* owner_lock is held. */
static void choose_default_owner(struct file_owner *owner)
{
	const struct file *file = owner->file;
	pid_t group;

	if (owner->id || !file->ops->owner_group)
		return;
	group = file->ops->owner_group(file);
	owner->type = group ? F_OWNER_PGRP : F_OWNER_PID;
	owner->id = group ? group : current->tgid;
	owner->start_time = current->group_leader->start_time;
	owner->uid = current_cred()->uid;
	owner->euid = current_cred()->euid;
}

int file_set_async(struct file *file, int fd, bool on)
{
	struct owner_registration registration = { .table.enter = owner_enter };
	struct file_owner *owner;

	mutex_lock(&owner_lock);
	owner = need_owner(file);
	if (!owner)
		goto out;
	send_news();
	unhook(owner);
	owner->hooks = 0;
	owner->fd = fd;
	registration.owner = owner;
	if (on) {
		choose_default_owner(owner);
		file->ops->poll(file, &registration.table);
		atomic_fetch_or(&file->flags, O_ASYNC);
	} else {
		atomic_fetch_and(&file->flags, ~(u32)O_ASYNC);
	}
out:
	mutex_unlock(&owner_lock);
	return owner ? 0 : -ENOMEM;
}

void file_owner_tell(struct file *file, int fd, int code, u32 band)
{
	mutex_lock(&owner_lock);
	if (file->owner)
		notify_news(file->owner, fd, code, band);
	mutex_unlock(&owner_lock);
}

int file_owner_default(struct file *file)
{
	const struct file_owner *owner = load_acquire(&file->owner);

	return owner && READ_ONCE(owner->id) ? 0 : set_owner(file, F_OWNER_PID, current->vtgid);
}

void file_owner_forget(struct file *file)
{
	mutex_lock(&owner_lock);
	if (file->owner) {
		file->owner->id = 0;
		file->owner->signal = 0;
	}
	mutex_unlock(&owner_lock);
}

void file_owner_urgent(struct file *file)
{
	struct notice notice = { file->owner, SIGURG, NULL };

	mutex_lock(&owner_lock);
	if (notice.owner && notice.owner->id)
		notify_owner(&notice);
	mutex_unlock(&owner_lock);
}

/* What it has on the list is sent first: nobody puts it there again. */
void file_owner_release(struct file *file)
{
	unhook(file->owner);
	file_owner_send();
	kfree(file->owner);
	file->owner = NULL;
}
