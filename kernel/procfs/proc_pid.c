/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid, /proc/pid/task/tid, and what stands in them.
 */
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "procfs/procfs.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "vm/space.h"

/* --- text out of the program's memory --- */

enum { ARGUMENTS_MAX = 1 << 20 };

/* Memory [start, end) of a task's space, as bytes. */
static int show_memory_range(struct text *text, struct mm_struct *mm, uaddr_t start, uaddr_t end)
{
	size_t size = end > start ? MIN(end - start, (u64)ARGUMENTS_MAX) : 0;
	char *place = text_reserve(text, size);
	ssize_t got;

	if (!place)
		return -ENOMEM;
	got = vm_access(mm, start, place, size, false, false);
	if (got > 0)
		text_commit(text, (size_t)got);
	return 0;
}

static int show_cmdline(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct mm_struct *mm = get_task_mm(task);
	int error;

	if (!mm)
		return 0;
	error = show_memory_range(text, mm, mm->arg_start, mm->arg_end);
	mm_put_user(mm);
	return error;
}

static int show_environ(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct mm_struct *mm = get_task_mm(task);
	int error;

	if (!mm)
		return 0;
	error = show_memory_range(text, mm, mm->env_start, mm->env_end);
	mm_put_user(mm);
	return error;
}

static int show_auxv(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct mm_struct *mm = get_task_mm(task);

	if (!mm)
		return 0;
	text_append(text, mm->auxv, mm->auxv_words * sizeof(mm->auxv[0]));
	mm_put_user(mm);
	return 0;
}

/* --- small files --- */

static int show_comm(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%s\n", task->comm);
	return 0;
}

/* A newline would become part of the name, as on Linux. */
static int store_comm(struct task_struct *task, char *value, size_t length)
{
	if (task->signal != current->signal)
		return -EINVAL;
	strlcpy(task->comm, value, sizeof(task->comm));
	return 0;
}

static int show_wchan(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "0");
	return 0;
}

static int show_cgroup(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "0::/\n");
	return 0;
}

static const char *const limit_names[RLIM_NLIMITS][2] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", "" },
	[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void show_limit(struct text *text, u64 value)
{
	if (value == RLIM_INFINITY)
		text_printf(text, "%-20s ", "unlimited");
	else
		text_printf(text, "%-20lu ", value);
}

static int show_limits(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct rlimit limits[RLIM_NLIMITS] = { 0 };

	spin_lock(&tasklist_lock);
	if (task->signal)
		memcpy(limits, task->signal->limits, sizeof(limits));
	spin_unlock(&tasklist_lock);
	text_printf(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit",
		    "Units");
	for (unsigned int i = 0; i < RLIM_NLIMITS; i++) {
		text_printf(text, "%-25s ", limit_names[i][0]);
		show_limit(text, limits[i].soft);
		show_limit(text, limits[i].hard);
		text_printf(text, "%-10s\n", limit_names[i][1]);
	}
	return 0;
}

/* Text of a function that writes what fits and tells how long all of it is. */
static int show_sized(struct text *text, int (*write)(char *buffer, size_t size))
{
	size_t room = 1024;

	for (;;) {
		char *place = text_reserve(text, room);
		int length;

		if (!place)
			return -ENOMEM;
		length = write(place, room);
		if ((size_t)length < room) {
			text_commit(text, (size_t)length);
			return 0;
		}
		room = (size_t)length + 1;
	}
}

static int show_mounts(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	return show_sized(text, mounts_show);
}

static int show_mountinfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	return show_sized(text, mountinfo_show);
}

static int show_mountstats(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	return show_sized(text, mountstats_show);
}

/* --- links --- */

static int follow_exe(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	struct mm_struct *mm = get_task_mm(task);
	int error = -ENOENT;

	if (!mm)
		return error;
	mutex_lock(&mm->lock);
	if (mm->exe) {
		*path = mm->exe->path;
		path_get(path);
		error = 0;
	}
	mutex_unlock(&mm->lock);
	mm_put_user(mm);
	return error;
}

static int follow_directory(struct task_struct *task, struct path *path, bool root)
{
	struct fs_struct *fs = get_task_fs(task);

	if (!fs)
		return -ENOENT;
	spin_lock(&fs->lock);
	*path = root ? fs->root : fs->cwd;
	path_get(path);
	spin_unlock(&fs->lock);
	fs_put(fs);
	return 0;
}

static int follow_cwd(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	return follow_directory(task, path, false);
}

static int follow_root(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	return follow_directory(task, path, true);
}

ssize_t proc_readlink_path(struct task_struct *task, const struct proc_node *node, char *buffer,
			   size_t size)
{
	struct path path;
	ssize_t length = node->entry->follow(task, node, &path);
	char *name;

	if (length)
		return length;
	name = path_name(&path, buffer, size);
	length = IS_ERR(name) ? PTR_ERR(name) : (ssize_t)strlen(name);
	if (length > 0)
		memmove(buffer, name, (size_t)length);
	path_put(&path);
	return length;
}

/* --- threads --- */

/* What a name in decimal means in a name space: an id, or -1. */
static pid_t id_of_name(const struct proc_node *node, const char *name)
{
	long nr = proc_parse_id(name);

	return nr > 0 ? pid_from_nr(node->ns, (pid_t)nr) : -1;
}

static int find_thread(const struct proc_node *node, const char *name, struct proc_node *child)
{
	pid_t id = id_of_name(node, name);
	struct task_struct *thread;
	int error = -ENOENT;

	if (id <= 0)
		return error;
	spin_lock(&tasklist_lock);
	thread = find_task_by_id(id);
	if (thread && thread->tgid == node->pid) {
		*child = (struct proc_node){
			&proc_thread_entry, thread->pid, thread->start_time, true, -1, node->ns
		};
		error = 0;
	}
	spin_unlock(&tasklist_lock);
	return error;
}

/* Position: the place in the list of threads. */
static bool next_thread(const struct proc_node *node, u64 *at, char *name, struct proc_node *child)
{
	struct task_struct *leader, *thread;
	u64 index = 0;
	bool found = false;

	spin_lock(&tasklist_lock);
	leader = find_task_by_id(node->pid);
	if (leader && leader->start_time == node->start_time && thread_group_leader(leader))
		for_each_thread (leader, thread)
			if (index++ == *at) {
				*child = (struct proc_node){ &proc_thread_entry,
							     thread->pid,
							     thread->start_time,
							     true,
							     -1,
							     node->ns };
				snprintf(name, 24, "%d", task_pid_nr_ns(thread, node->ns));
				found = true;
				break;
			}
	spin_unlock(&tasklist_lock);
	return found;
}

/* --- the directories --- */

#define PROC_FILE(name_, mode_, show_)                                                             \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | (mode_), .show = (show_)                        \
	}
#define PROC_SPACE_FILE(name_, mode_, show_)                                                       \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | (mode_), .show = (show_), .space = true         \
	}
#define PROC_PATH_LINK(name_, follow_)                                                             \
	{                                                                                          \
		.name = (name_), .mode = S_IFLNK | 0777, .readlink = proc_readlink_path,           \
		.follow = (follow_)                                                                \
	}

/* What processes and threads have alike. */
#define TASK_ENTRIES                                                                               \
	PROC_FILE("stat", 0444, proc_show_stat), PROC_FILE("status", 0444, proc_show_status),      \
		PROC_FILE("statm", 0444, proc_show_statm),                                         \
		PROC_SPACE_FILE("maps", 0444, proc_show_maps),                                     \
		PROC_SPACE_FILE("numa_maps", 0444, proc_show_numa_maps),                           \
		PROC_SPACE_FILE("smaps", 0444, proc_show_smaps),                                   \
		PROC_SPACE_FILE("smaps_rollup", 0444, proc_show_smaps_rollup),                     \
		PROC_FILE("cmdline", 0444, show_cmdline),                                          \
		PROC_SPACE_FILE("environ", 0400, show_environ),                                    \
		PROC_SPACE_FILE("auxv", 0400, show_auxv), PROC_FILE("wchan", 0444, show_wchan),    \
		PROC_FILE("cgroup", 0444, show_cgroup), PROC_FILE("limits", 0444, show_limits),    \
		PROC_FILE("mounts", 0444, show_mounts),                                            \
		PROC_FILE("mountinfo", 0444, show_mountinfo),                                      \
		{ .name = "syscall",                                                               \
		  .mode = S_IFREG | 0400,                                                          \
		  .show = proc_show_syscall,                                                       \
		  .denied = -EPERM },                                                              \
		{ .name = "pagemap", .mode = S_IFREG | 0400, .file_ops = &proc_pagemap_ops },      \
		{ .name = "mem", .mode = S_IFREG | 0600, .file_ops = &proc_mem_ops },              \
		{ .name = "comm",                                                                  \
		  .mode = S_IFREG | 0644,                                                          \
		  .show = show_comm,                                                               \
		  .store = store_comm },                                                           \
		PROC_PATH_LINK("exe", follow_exe), PROC_PATH_LINK("cwd", follow_cwd),              \
		PROC_PATH_LINK("root", follow_root),                                               \
		{ .name = "fd",                                                                    \
		  .mode = S_IFDIR | 0500,                                                          \
		  .lookup = proc_find_fd,                                                          \
		  .next = proc_next_fd },                                                          \
		{ .name = "ns", .mode = S_IFDIR | 0511, .children = proc_ns_entries },             \
		{ .name = "net", .mode = S_IFDIR | 0555, .children = proc_net_entries },           \
	{                                                                                          \
		.name = "fdinfo", .mode = S_IFDIR | 0555, .lookup = proc_find_fdinfo,              \
		.next = proc_next_fdinfo                                                           \
	}

static const struct proc_entry thread_entries[] = { TASK_ENTRIES, { 0 } };

static const struct proc_entry process_entries[] = {
	TASK_ENTRIES,
	PROC_FILE("mountstats", 0400, show_mountstats),
	{ .name = "task", .mode = S_IFDIR | 0555, .lookup = find_thread, .next = next_thread },
	{ 0 },
};

const struct proc_entry proc_process_entry = {
	.name = "process",
	.mode = S_IFDIR | 0555,
	.children = process_entries,
	.more = proc_process_entries,
};

const struct proc_entry proc_thread_entry = {
	.name = "thread",
	.mode = S_IFDIR | 0555,
	.children = thread_entries,
	.more = proc_thread_entries,
};

/* --- the root's dynamic names --- */

int proc_find_process(const struct proc_node *node, const char *name, struct proc_node *child)
{
	pid_t id = id_of_name(node, name);
	struct task_struct *task = id > 0 ? get_task_by_id(id) : NULL;

	if (!task)
		return -ENOENT;
	*child = (struct proc_node){
		&proc_process_entry, task->pid, task->start_time, false, -1, node->ns
	};
	put_task_struct(task);
	return 0;
}

/* The process of the least number from on; *nr gets that. NULL. tasklist_lock held. */
static struct task_struct *next_process(struct pid_ns *ns, pid_t from, pid_t *nr)
{
	for (pid_t at = pid_ns_next(ns, from); at > 0; at = pid_ns_next(ns, at + 1)) {
		struct task_struct *task = find_task_by_id(pid_from_nr_locked(ns, at));

		*nr = at;
		if (task && thread_group_leader(task))
			return task;
	}
	return NULL;
}

bool proc_next_process(const struct proc_node *node, u64 *at, char *name, struct proc_node *child)
{
	struct task_struct *task;
	pid_t nr = 0;

	spin_lock(&tasklist_lock);
	task = next_process(node->ns, (pid_t)MAX(*at, (u64)1), &nr);
	if (task)
		*child = (struct proc_node){
			&proc_process_entry, task->pid, task->start_time, false, -1, node->ns
		};
	spin_unlock(&tasklist_lock);
	if (!task)
		return false;
	*at = (u64)nr;
	snprintf(name, 24, "%d", nr);
	return true;
}
