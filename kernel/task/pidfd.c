/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of processes and threads (pidfd_open(2)): open files on an id that can be polled for
 * the task's end, and named in calls where a number might mean another task by now.
 *
 * PF1: task->pid_handle and handle->task point to each other, or the handle has no task.
 *
 * A handle is made by the first descriptor of a task and freed with the last. It costs a task that
 * has none one test at its end. Everything under tasklist_lock; pollers are woken under it.
 */
#include "task/pidfd.h"

#include "fs/fdtable.h"
#include "fs/text.h"
#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/pid_ns.h"
#include "vm/usercopy.h"

static u64 last_ino; /* [tasklist_lock] */

/* --- handles --- */

static struct pid_handle *handle_alloc(void)
{
	struct pid_handle *handle = kmalloc(sizeof(*handle));

	if (!handle)
		return NULL;
	handle->users = 0;
	handle->task = NULL;
	waitq_init(&handle->wait);
	return handle;
}

/* One user more of the task's handle; fresh becomes it when there is none, and is NULL then.
 * tasklist_lock held. */
static struct pid_handle *handle_get(struct task_struct *task, struct pid_handle **fresh)
{
	struct pid_handle *handle = task->pid_handle;

	if (!handle) {
		handle = *fresh;
		*fresh = NULL;
		handle->id = task->pid;
		handle->ino = ++last_ino;
		pid_handle_set(task, handle);
	}
	handle->users++;
	return handle;
}

static void handle_put(struct pid_handle *handle)
{
	bool last;

	spin_lock(&tasklist_lock);
	last = --handle->users == 0;
	if (last && handle->task)
		handle->task->pid_handle = NULL;
	spin_unlock(&tasklist_lock);
	if (last)
		kfree(handle);
}

void pid_handle_set(struct task_struct *task, struct pid_handle *handle)
{
	task->pid_handle = handle;
	if (handle)
		handle->task = task;
}

void pid_handle_notify(struct task_struct *task)
{
	assert(spin_is_locked(&tasklist_lock));
	if (task->pid_handle)
		wake_up_all(&task->pid_handle->wait);
}

void pid_handle_detach(struct task_struct *task)
{
	struct pid_handle *handle = task->pid_handle;

	assert(spin_is_locked(&tasklist_lock));
	task->pid_handle = NULL;
	handle->task = NULL;
	wake_up_all(&handle->wait);
}

struct task_struct *pid_handle_task(struct pid_handle *handle)
{
	struct task_struct *task;

	spin_lock(&tasklist_lock);
	task = handle->task;
	if (task)
		get_task_struct(task);
	spin_unlock(&tasklist_lock);
	return task;
}

/* --- files --- */

/* A process is over when its leader is a zombie and no other thread is left; then wait4 can have
 * it. */
static u32 pidfd_poll(struct file *file, struct poll_table *table)
{
	struct pid_handle *handle = file->private;
	const struct task_struct *task;
	u32 events = 0;

	poll_wait(file, &handle->wait, table);
	spin_lock(&tasklist_lock);
	task = handle->task;
	if (!task)
		events = POLLIN | POLLRDNORM | POLLHUP;
	else if (task->exit_state && (file->flags & PIDFD_THREAD || thread_group_empty(task)))
		events = POLLIN | POLLRDNORM;
	spin_unlock(&tasklist_lock);
	return events;
}

static void pidfd_release(struct file *file)
{
	handle_put(file->private);
}

/* The numbers from the reader's name space on downwards. -1: the task was released; 0: it is not
 * seen from there. */
static void pidfd_describe(struct file *file, struct text *text, const struct pid_ns *reader)
{
	struct pid_handle *handle = file->private;
	struct task_struct *task = pid_handle_task(handle);
	struct pid_note note = { -1, NULL };
	pid_t nr = -1;

	if (task) {
		note = pid_note_of(task);
		nr = pid_note_nr_ns(note, reader);
		put_task_struct(task);
	}
	text_printf(text, "Pid:\t%d\nNSpid:\t%d", nr, nr);
	if (nr > 0 && unlikely(note.numbers))
		for (u32 i = reader->level; i < note.numbers->ns->level; i++)
			text_printf(text, "\t%d", note.numbers->at[i].nr);
	text_printf(text, "\n");
	pid_note_put(note);
}

static const struct file_ops pidfd_ops = {
	.poll = pidfd_poll,
	.describe = pidfd_describe,
	.release = pidfd_release,
};

struct pid_handle *pidfd_handle(struct file *file)
{
	return file->ops == &pidfd_ops ? file->private : NULL;
}

/* Takes over the caller's use of the handle, also when it fails. */
static struct file *handle_file(struct pid_handle *handle, u32 flags)
{
	struct file *file =
		file_create_anonymous("anon_inode:[pidfd]", 0700, &pidfd_ops, handle,
				      O_RDWR | flags, FMODE_READ | FMODE_WRITE | FMODE_STREAM);

	if (IS_ERR(file))
		handle_put(handle);
	else
		file->inode->ino = handle->ino;
	return file;
}

struct file *pidfd_create(struct task_struct *task, u32 flags)
{
	struct pid_handle *fresh = handle_alloc(), *handle;

	if (!fresh)
		return ERR_PTR(-ENOMEM);
	spin_lock(&tasklist_lock);
	handle = handle_get(task, &fresh);
	spin_unlock(&tasklist_lock);
	kfree(fresh);
	return handle_file(handle, flags);
}

/* The task that pidfd_open(2) means. tasklist_lock held. */
static struct task_struct *openable_task(pid_t id, u32 flags)
{
	struct task_struct *task = find_task_by_pid(id);

	if (!task)
		return ERR_PTR(pid_group_find(pid_from_vnr_locked(id)) ? -EINVAL : -ESRCH);
	if (!(flags & PIDFD_THREAD) && !thread_group_leader(task))
		return ERR_PTR(-EINVAL);
	return task;
}

struct file *pidfd_open_id(pid_t id, u32 flags)
{
	struct pid_handle *fresh = handle_alloc(), *handle = NULL;
	struct task_struct *task;

	if (!fresh)
		return ERR_PTR(-ENOMEM);
	spin_lock(&tasklist_lock);
	task = openable_task(id, flags);
	if (!IS_ERR(task))
		handle = handle_get(task, &fresh);
	spin_unlock(&tasklist_lock);
	kfree(fresh);
	return handle ? handle_file(handle, flags) : ERR_PTR(PTR_ERR(task));
}

/* --- clone --- */

int pidfd_reserve(struct task_struct *child, u32 flags, uaddr_t to, struct file **file)
{
	int fd = fd_reserve(0, true), error;

	if (fd < 0)
		return fd;
	*file = pidfd_create(child, flags);
	error = IS_ERR(*file) ? (int)PTR_ERR(*file) : 0;
	if (error)
		goto out_fd;
	error = put_user32((u32)fd, to);
	if (error)
		goto out_file;
	return fd;

out_file:
	fput(*file);
out_fd:
	fd_unreserve(fd);
	return error;
}

void pidfd_cancel(int fd, struct file *file)
{
	fput(file);
	fd_unreserve(fd);
}
