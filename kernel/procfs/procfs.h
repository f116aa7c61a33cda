/* SPDX-License-Identifier: MIT */
/*
 * /proc: the kernel's report about itself, as Linux's text.
 *
 * A directory is a table of entries, or makes its names as it goes (processes, threads,
 * descriptors). An entry is a file whose text a function writes (and maybe another function takes),
 * a symbolic link, or a directory. A node, kept in inode->private, says which entry it is and of
 * which task: by id and start time, so that a node keeps no task alive, and a new process with the
 * same id is not mistaken for the old one.
 */
#ifndef PROCFS_PROCFS_H
#define PROCFS_PROCFS_H

#include "fs/text.h"
#include "fs/vfs.h"
#include "lib/types.h"

struct task_struct;
struct pid_ns;
struct proc_entry;

struct proc_node {
	const struct proc_entry *entry; /* [I] */
	pid_t pid;			/* [I] thread id; 0: not of a task */
	nsec_t start_time;		/* [I] of that task */
	bool thread;	   /* [I] below /proc/pid/task/tid: of the thread, not the process */
	int fd;		   /* [I] below fd/ */
	struct pid_ns *ns; /* [I] whose processes are shown; the file system's, set by procfs.c */
};

/* A setting that is one number, in decimal. */
struct proc_number {
	int *value; /* [a] */
	int least, most;
	int (*store)(int value); /* in place of storing it: 0 or -errno; NULL: whatever it is */
};

struct proc_entry {
	const char *name;
	umode_t mode; /* with type bits */
	/* Files: the text. task is NULL for those not of a task, else referenced. 0 or -errno. May
	 * sleep. */
	int (*show)(struct text *text, struct task_struct *task, const struct proc_node *node);
	/* Files that can be written: one write(2), terminated; 0 or -errno. */
	int (*store)(struct task_struct *task, char *value, size_t length);
	/* Files for those alone who may trace the task: what the others' read answers. 0: all may.
	 */
	int denied;
	/* Files that tell what is in the task's space: who may not trace it cannot open them. */
	bool space;
	/* Files that are no text: their own operations, whose inode->private is the proc_node. */
	const struct file_ops *file_ops;
	/* What the show of a plain setting is about; it is written without a store. */
	u64 *number;
	const struct proc_number *bounded; /* instead of both: a number, written if it may be */
	/* Links: text of the target, or (follow) the object itself. */
	ssize_t (*readlink)(struct task_struct *task, const struct proc_node *node, char *buffer,
			    size_t size);
	int (*follow)(struct task_struct *task, const struct proc_node *node, struct path *path);
	/* Links: what the owner may do, as it is now; NULL: as mode says. */
	umode_t (*permissions)(struct task_struct *task, const struct proc_node *node);
	/* Directories: fixed children, or names made on demand (both may be there). */
	const struct proc_entry *children; /* ended by one without a name */
	const struct proc_entry *more;	   /* fixed children of another file, the same way */
	/* Is there such a name? Fills child (entry, pid, fd ...): 0 or -ENOENT. */
	int (*lookup)(const struct proc_node *node, const char *name, struct proc_node *child);
	/* The first dynamic name at or after position *at: fills name (size 24) and child and sets
	 * *at to the position of the name; false at the end. */
	bool (*next)(const struct proc_node *node, u64 *at, char *name, struct proc_node *child);
};

static inline const struct proc_node *proc_node_of(const struct inode *inode)
{
	return inode->private;
}
/* The task of a node with a reference, or NULL when it is gone. */
struct task_struct *proc_task(const struct proc_node *node);
/* The task that a node's function gets: 0 with *task NULL for nodes of no task; -ESRCH. Then give
 * it back. */
int proc_get_task(const struct proc_node *node, struct task_struct **task) must_check;
void proc_put_task(struct task_struct *task);
extern const struct file_ops proc_file_ops; /* of files with a text: proc_file.c */

extern const struct proc_entry proc_root_entries[]; /* system-wide files: proc_system.c */
extern const struct proc_entry proc_sys_entries[];  /* /proc/sys: proc_sys.c */
extern const struct proc_entry proc_sys_kernel_entries[], proc_sys_vm_entries[],
	proc_sys_fs_entries[];				/* more of them: proc_settings.c */
extern const struct proc_entry proc_hartwood_entries[]; /* /proc/hartwood: proc_hartwood.c */
extern const struct proc_entry proc_ns_entries[];	/* /proc/pid/ns: proc_ns.c */
extern const struct proc_entry proc_net_entries[];	/* /proc/pid/net: proc_net.c */
/* More of /proc/pid, and of /proc/pid/task/tid: proc_task.c */
extern const struct proc_entry proc_process_entries[], proc_thread_entries[];
extern const struct proc_entry proc_process_entry; /* /proc/pid: proc_pid.c */
extern const struct proc_entry proc_thread_entry;  /* /proc/pid/task/tid */
extern const struct proc_entry proc_fd_entry;	   /* /proc/pid/fd/n: proc_fd.c */
/* proc_entry.next and .lookup of directories whose names come and go: /proc, fd, fdinfo. */
bool proc_next_process(const struct proc_node *node, u64 *at, char *name,
		       struct proc_node *child); /* proc_pid.c */
int proc_find_process(const struct proc_node *node, const char *name, struct proc_node *child);
bool proc_next_fd(const struct proc_node *node, u64 *at, char *name,
		  struct proc_node *child); /* proc_fd.c */
int proc_find_fd(const struct proc_node *node, const char *name, struct proc_node *child);
bool proc_next_fdinfo(const struct proc_node *node, u64 *at, char *name, struct proc_node *child);
int proc_find_fdinfo(const struct proc_node *node, const char *name, struct proc_node *child);
/* Sets the number of a plain setting from text: 0 or -EINVAL. proc_sys.c */
int proc_store_number(const struct proc_entry *entry, const char *value);
/* What was written to a file: a decimal number, perhaps with a newline behind it. 0 or -EINVAL. */
int proc_parse_number(const char *value, u64 *number);
int proc_parse_signed(const char *value, s64 *number); /* the same, perhaps negative */
/* For readlink: the text of a link that leads to a path. */
ssize_t proc_readlink_path(struct task_struct *task, const struct proc_node *node, char *buffer,
			   size_t size);
/* A whole name as a decimal number; -1 when it is none. */
long proc_parse_id(const char *name);

/* proc_status.c, proc_maps.c */
int proc_show_stat(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_status(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_statm(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_maps(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_numa_maps(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_smaps(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_smaps_rollup(struct text *text, struct task_struct *task,
			   const struct proc_node *node);

/* Is the file an open /proc/pid? Then *id, and the process with a reference; NULL when it is gone.
 */
bool proc_directory_task(const struct file *file, pid_t *id, struct task_struct **task);

/* proc_oom.c */
int proc_show_oom_score(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_oom_score_adj(struct text *text, struct task_struct *task,
			    const struct proc_node *node);
int proc_store_oom_score_adj(struct task_struct *task, char *value, size_t length);
int proc_show_oom_adj(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_store_oom_adj(struct task_struct *task, char *value, size_t length);

/* proc_user.c */
int proc_show_login_uid(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_store_login_uid(struct task_struct *task, char *value, size_t length);
int proc_show_login_session(struct text *text, struct task_struct *task,
			    const struct proc_node *node);
int proc_show_id_map(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_store_id_map(struct task_struct *task, char *value, size_t length);
int proc_show_setgroups(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_store_setgroups(struct task_struct *task, char *value, size_t length);

/* proc_trace.c */
int proc_show_syscall(struct text *text, struct task_struct *task, const struct proc_node *node);
extern const struct file_ops proc_mem_ops;
/* Opens a file whose private is the task's space, with a reference of the structure, or NULL, if
 * current may look into it: 0, -ESRCH, -EACCES. Then its release and seek. */
int proc_space_open(struct inode *inode, struct file *file);
void proc_space_release(struct file *file);
loff_t proc_space_seek(struct file *file, loff_t offset, int whence);
extern const struct file_ops proc_pagemap_ops; /* proc_pagemap.c */

/* proc_irq.c */
int proc_show_interrupts(struct text *text, struct task_struct *task, const struct proc_node *node);
int proc_show_softirqs(struct text *text, struct task_struct *task, const struct proc_node *node);
u64 proc_interrupt_count(void);

void procfs_init(void);

#endif
