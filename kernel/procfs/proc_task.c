/* SPDX-License-Identifier: MIT */
/*
 * Smaller files of /proc/pid: input and output, scheduling, children, and settings of a process.
 */
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "procfs/procfs.h"
#include "task/pid_ns.h"
#include "uapi/core.h"
#include "vm/space.h"

/* --- input and output --- */

static void gather_io(struct io_counts *io, struct task_struct *task, bool whole)
{
	struct task_struct *thread;

	spin_lock(&tasklist_lock);
	*io = whole ? task->signal->io : task->io;
	if (whole)
		for_each_thread (task, thread)
			io_counts_add(io, &thread->io);
	spin_unlock(&tasklist_lock);
}

/* No bytes move between memory and a disk: files are in memory. */
static int show_io(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct io_counts io;

	gather_io(&io, task, !node->thread);
	text_printf(text, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n", io.bytes_read,
		    io.bytes_written, io.reads, io.writes);
	text_printf(text, "read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
	return 0;
}

/* --- scheduling --- */

static void show_time(struct text *text, const char *name, u64 ns)
{
	text_printf(text, "%-45s:%14lu.%06lu\n", name, ns / NSEC_PER_MSEC, ns % NSEC_PER_MSEC);
}

static void show_count(struct text *text, const char *name, s64 count)
{
	text_printf(text, "%-45s:%21ld\n", name, count);
}

static int show_sched(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	const struct sched_entity *se = &task->se;
	u64 voluntary = task->switches_voluntary, forced = task->switches_forced;

	text_printf(text, "%s (%d, #threads: %u)\n", task->comm, task_pid_nr_ns(task, node->ns),
		    task->signal->nr_threads);
	text_printf(text, "-------------------------------------------------------------------\n");
	show_time(text, "se.exec_start", READ_ONCE(se->exec_start));
	show_time(text, "se.vruntime", READ_ONCE(se->vruntime));
	show_time(text, "se.sum_exec_runtime", sched_task_runtime(task));
	show_count(text, "nr_switches", (s64)(voluntary + forced));
	show_count(text, "nr_voluntary_switches", (s64)voluntary);
	show_count(text, "nr_involuntary_switches", (s64)forced);
	show_count(text, "se.load.weight", READ_ONCE(se->weight));
	show_count(text, "policy", READ_ONCE(se->policy));
	show_count(text, "prio", se->rt_priority ? 99 - se->rt_priority : 120 + se->nice);
	return 0;
}

/* Time on a hart; time in a queue, which is not measured; turns. */
static int show_schedstat(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%lu 0 %lu\n", sched_task_runtime(task),
		    task->switches_voluntary + task->switches_forced);
	return 0;
}

static int show_timer_slack(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	text_printf(text, "%lu\n", READ_ONCE(task->timer_slack));
	return 0;
}

static int store_timer_slack(struct task_struct *task, char *value, size_t length)
{
	enum { DEFAULT = 50000 };
	u64 number;
	int error = proc_parse_number(value, &number);

	if (!error)
		WRITE_ONCE(task->timer_slack, number ? number : DEFAULT);
	return error;
}

/* --- family --- */

/* The numbers of up to room children into pids, as many as there are in all. */
static size_t list_children(struct task_struct *task, const struct pid_ns *ns, pid_t *pids,
			    size_t room)
{
	struct task_struct *child;
	size_t count = 0;

	spin_lock(&tasklist_lock);
	list_for_each_entry (child, &task->children, sibling) {
		if (count < room)
			pids[count] = task_pid_nr_ns(child, ns);
		count++;
	}
	spin_unlock(&tasklist_lock);
	return count;
}

/* Those that come while memory is sought for them are left out. */
static int show_children(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	size_t room = list_children(task, node->ns, NULL, 0), count;
	pid_t *pids = kmalloc((room + 1) * sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	count = list_children(task, node->ns, pids, room);
	for (size_t i = 0; i < MIN(count, room); i++)
		text_printf(text, "%d ", pids[i]);
	kfree(pids);
	return 0;
}

/* --- memory --- */

/* Only the high-water mark of resident pages can be reset (5): pages carry no marks of use. */
static int store_clear_refs(struct task_struct *task, char *value, size_t length)
{
	enum { FIRST = 1, RESET_PEAK = 5 };
	struct mm_struct *mm;
	u64 number;
	int error = proc_parse_number(value, &number);

	if (error || number < FIRST || number > RESET_PEAK)
		return -EINVAL;
	mm = number == RESET_PEAK ? get_task_mm(task) : NULL;
	if (!mm)
		return 0;
	mutex_lock(&mm->lock);
	mm->max_rss = (u64)MAX(mm->rss_anon + mm->rss_file, (s64)0);
	mutex_unlock(&mm->lock);
	mm_put_user(mm);
	return 0;
}

/* --- core files --- */

static int show_core_filter(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	struct mm_struct *mm = get_task_mm(task);

	if (!mm)
		return 0;
	text_printf(text, "%08x\n", READ_ONCE(mm->core_filter));
	mm_put_user(mm);
	return 0;
}

static int store_core_filter(struct task_struct *task, char *value, size_t length)
{
	struct mm_struct *mm;
	const char *end;
	u64 filter = parse_number(value, &end, 0);

	if (end == value || (*end && *end != '\n') || filter > UINT32_MAX)
		return -EINVAL;
	mm = get_task_mm(task);
	if (!mm)
		return -ESRCH;
	WRITE_ONCE(mm->core_filter, (u16)(filter & CORE_FILTER_MASK));
	mm_put_user(mm);
	return 0;
}

/* --- the rest --- */

static int show_personality(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	text_printf(text, "%08x\n", READ_ONCE(task->personality));
	return 0;
}

/* There are no groups of harts or memory that tasks could be confined to. */
static int show_cpuset(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "/\n");
	return 0;
}

#define TASK_FILE(name_, mode_, show_)                                                             \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | (mode_), .show = (show_)                        \
	}
#define TASK_FILE_RW(name_, show_, store_)                                                         \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0644, .show = (show_), .store = (store_)        \
	}
#define TASK_SECRET(name_, show_, denied_)                                                         \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0400, .show = (show_), .denied = (denied_)      \
	}

#define COMMON_ENTRIES                                                                             \
	TASK_SECRET("io", show_io, -EACCES), TASK_FILE("sched", 0444, show_sched),                 \
		TASK_FILE("schedstat", 0444, show_schedstat),                                      \
		TASK_FILE("oom_score", 0444, proc_show_oom_score),                                 \
		TASK_FILE_RW("oom_score_adj", proc_show_oom_score_adj, proc_store_oom_score_adj),  \
		TASK_FILE_RW("oom_adj", proc_show_oom_adj, proc_store_oom_adj),                    \
		TASK_SECRET("personality", show_personality, -EPERM),                              \
		TASK_FILE("cpuset", 0444, show_cpuset),                                            \
		TASK_FILE_RW("loginuid", proc_show_login_uid, proc_store_login_uid),               \
		TASK_FILE("sessionid", 0444, proc_show_login_session),                             \
		TASK_FILE_RW("uid_map", proc_show_id_map, proc_store_id_map),                      \
		TASK_FILE_RW("gid_map", proc_show_id_map, proc_store_id_map),                      \
		TASK_FILE_RW("projid_map", proc_show_id_map, proc_store_id_map),                   \
		TASK_FILE_RW("setgroups", proc_show_setgroups, proc_store_setgroups),              \
	{                                                                                          \
		.name = "clear_refs", .mode = S_IFREG | 0200, .store = store_clear_refs            \
	}

const struct proc_entry proc_process_entries[] = {
	COMMON_ENTRIES,
	{ .name = "timerslack_ns",
	  .mode = S_IFREG | 0666,
	  .show = show_timer_slack,
	  .store = store_timer_slack },
	TASK_FILE_RW("coredump_filter", show_core_filter, store_core_filter),
	{ 0 },
};

const struct proc_entry proc_thread_entries[] = {
	COMMON_ENTRIES,
	TASK_FILE("children", 0444, show_children),
	{ 0 },
};
