/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of processes and threads: pidfd_open(2), CLONE_PIDFD.
 */
#ifndef TASK_PIDFD_H
#define TASK_PIDFD_H

#include "lib/types.h"
#include "sched/waitq.h"
#include "task/task.h"

/* O_NONBLOCK and O_EXCL, among the file's flags. */
enum pidfd_flags { PIDFD_NONBLOCK = 04000, PIDFD_THREAD = 0200 };

/* What all descriptors of one id refer to, for as long as there are any. It names the task that has
 * the id, until that is released; so it is never mistaken for a later one with the same number, and
 * keeps no task alive. */
struct pid_handle {
	u32 users;		  /* [tasklist_lock] open files */
	pid_t id;		  /* [I] */
	u64 ino;		  /* [I] tells descriptors of one task from those of another */
	struct task_struct *task; /* [tasklist_lock] NULL once it was released */
	struct wait_queue wait;	  /* pollers */
};

/* A file that refers to the task: a live or unreleased one, or a child that nobody sees yet.
 * tasklist_lock is not held. ERR_PTR(-ENOMEM). May sleep. */
struct file *pidfd_create(struct task_struct *task, u32 flags) must_check;
/* pidfd_open(2)'s file. ERR_PTR(-ESRCH): no such id; (-EINVAL): a thread's, without PIDFD_THREAD.
 * May sleep. */
struct file *pidfd_open_id(pid_t id, u32 flags) must_check;
/* CLONE_PIDFD, before the child is published: reserves a number, writes it to user memory, and
 * makes the file. The number or -errno. pidfd_cancel() undoes it. May sleep. */
int pidfd_reserve(struct task_struct *child, u32 flags, uaddr_t to, struct file **file) must_check;
void pidfd_cancel(int fd, struct file *file);

/* The handle behind an open file; NULL when it is no pidfd. */
struct pid_handle *pidfd_handle(struct file *file);
/* Its task with a reference; NULL when it was released. Takes tasklist_lock. */
struct task_struct *pid_handle_task(struct pid_handle *handle);

/* Under tasklist_lock: the task has become a zombie, or may be waited for now; it has lost its id;
 * or has got another's handle, or none. */
void pid_handle_notify(struct task_struct *task);
void pid_handle_detach(struct task_struct *task);
void pid_handle_set(struct task_struct *task, struct pid_handle *handle);

#endif
