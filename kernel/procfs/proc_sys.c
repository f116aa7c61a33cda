/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys: settings that can be read, and some that can be written (proc_sys(5)).
 */
#include "fs/devpts.h"
#include "fs/inotify.h"
#include "ipc/epoll.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "procfs/proc_ipc.h"
#include "procfs/procfs.h"
#include "sched/mutex.h"
#include "task/coredump.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/uts.h"
#include "vm/userfault.h"

static int show_pid_max(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%d\n", pid_max);
	return 0;
}

static int store_pid_max(struct task_struct *task, char *value, size_t length)
{
	u64 number;
	int error = proc_parse_number(value, &number);

	if (error)
		return error;
	return number > INT32_MAX ? -EINVAL : set_pid_max((int)number);
}

static int show_threads_max(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	text_printf(text, "%u\n", threads_max);
	return 0;
}

static int store_threads_max(struct task_struct *task, char *value, size_t length)
{
	enum { LEAST = 20, MOST = 4194304 };
	u64 number;
	int error = proc_parse_number(value, &number);

	if (error)
		return error;
	if (number < LEAST || number > MOST)
		return -EINVAL;
	threads_max = (unsigned int)number;
	return 0;
}

static int show_os_type(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "Linux\n");
	return 0;
}

static int show_os_release(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	text_printf(text, "%s\n", UTS_RELEASE);
	return 0;
}

static int show_version(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%s\n", UTS_VERSION);
	return 0;
}

static int show_hostname(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	char name[UTS_LENGTH + 1];

	uts_get_nodename(name);
	text_printf(text, "%s\n", name);
	return 0;
}

/* Sets a name to the first line of value. */
static int store_name(char *value, int (*set)(const char *name, size_t length))
{
	char *newline = strchr(value, '\n');

	if (newline)
		*newline = '\0';
	return set(value, strlen(value));
}

static int store_hostname(struct task_struct *task, char *value, size_t length)
{
	return store_name(value, uts_set_nodename);
}

/* A random UUID, version 4 (RFC 4122, section 4.4). */
static void make_uuid(u8 id[16])
{
	random_bytes(id, 16);
	id[6] = (id[6] & 0x0f) | 0x40;
	id[8] = (id[8] & 0x3f) | 0x80;
}

static void show_id(struct text *text, const u8 id[16])
{
	for (unsigned int i = 0; i < 16; i++)
		text_printf(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[i]);
	text_printf(text, "\n");
}

static int show_uuid(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	u8 id[16];

	make_uuid(id);
	show_id(text, id);
	return 0;
}

/* One that stays the same until the next boot; made when it is first asked for. */
static int show_boot_id(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	static struct mutex lock = MUTEX_INIT(lock, MUTEX_LEAF);
	static u8 id[16];

	mutex_lock(&lock);
	if (!id[6]) /* the version is in it */
		make_uuid(id);
	mutex_unlock(&lock);
	show_id(text, id);
	return 0;
}

/* Bits that the generator holds; it never runs out. */
static int show_entropy(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "256\n");
	return 0;
}

static int show_domainname(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	char name[UTS_LENGTH + 1];

	uts_get_domainname(name);
	text_printf(text, "%s\n", name);
	return 0;
}

static int store_domainname(struct task_struct *task, char *value, size_t length)
{
	return store_name(value, uts_set_domainname);
}

static int show_arch(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%s\n", UTS_MACHINE);
	return 0;
}

static int show_core_pattern(struct text *text, struct task_struct *task,
			     const struct proc_node *node)
{
	char pattern[CORE_PATTERN_SIZE];

	core_pattern_get(pattern);
	text_printf(text, "%s\n", pattern);
	return 0;
}

static int store_core_pattern(struct task_struct *task, char *value, size_t length)
{
	core_pattern_set(value);
	return 0;
}

static int show_last_pid(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%d\n", last_pid());
	return 0;
}

static int show_inode_numbers(struct text *text, struct task_struct *task,
			      const struct proc_node *node)
{
	struct slab_stats stats;

	for (unsigned int i = 0; slab_stats(i, &stats); i++)
		if (strcmp(stats.name, "inode") == 0)
			text_printf(text, "%lu\t%lu\n", stats.active, stats.total - stats.active);
	return 0;
}

/* Open files, free ones (none is kept), and the most there may be. */
static int show_file_numbers(struct text *text, struct task_struct *task,
			     const struct proc_node *node)
{
	struct slab_stats stats;

	for (unsigned int i = 0; slab_stats(i, &stats); i++)
		if (strcmp(stats.name, "filp") == 0)
			text_printf(text, "%lu\t0\t1048576\n", stats.active);
	return 0;
}

/* Settings that are one constant of this kernel. */
static int show_last_capability(struct text *text, struct task_struct *task,
				const struct proc_node *node)
{
	text_printf(text, "%d\n", CAP_LAST);
	return 0;
}

static int show_groups_max(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	text_printf(text, "65536\n");
	return 0;
}

static int show_descriptors_max(struct text *text, struct task_struct *task,
				const struct proc_node *node)
{
	text_printf(text, "1048576\n");
	return 0;
}

static int show_unprivileged_userfault(struct text *text, struct task_struct *task,
				       const struct proc_node *node)
{
	text_printf(text, "%d\n", userfault_unprivileged);
	return 0;
}

static int store_unprivileged_userfault(struct task_struct *task, char *value, size_t length)
{
	u64 number;
	int error = proc_parse_number(value, &number);

	if (error || number > 1)
		return -EINVAL;
	userfault_unprivileged = number;
	return 0;
}

static int show_pipe_max_size(struct text *text, struct task_struct *task,
			      const struct proc_node *node)
{
	text_printf(text, "%u\n", READ_ONCE(pipe_max_size));
	return 0;
}

static int store_pipe_max_size(struct task_struct *task, char *value, size_t length)
{
	u64 number;
	int error = proc_parse_number(value, &number);

	return error ? error : pipe_set_max_size(number);
}

/* Numbers that the kernel only reads. */
static int show_number(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%llu\n", (unsigned long long)*node->entry->number);
	return 0;
}

int proc_store_number(const struct proc_entry *entry, const char *value)
{
	u64 number;
	int error = proc_parse_number(value, &number);

	if (error)
		return error;
	if (number > INT32_MAX)
		return -EINVAL;
	WRITE_ONCE(*entry->number, number);
	return 0;
}

#define SETTING(name_, show_)                                                                      \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0444, .show = (show_)                           \
	}
#define SETTING_RW(name_, show_, store_)                                                           \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0644, .show = (show_), .store = (store_)        \
	}
#define SETTING_NUMBER(name_, number_)                                                             \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0644, .show = show_number, .number = (number_)  \
	}

static const struct proc_entry random_entries[] = {
	SETTING("uuid", show_uuid),
	SETTING("boot_id", show_boot_id),
	SETTING("entropy_avail", show_entropy),
	SETTING("poolsize", show_entropy),
	{ 0 },
};

/* --- pseudo-terminals --- */

static int show_pty_max(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%u\n", pty_max);
	return 0;
}

static int store_pty_max(struct task_struct *task, char *value, size_t length)
{
	u64 number;
	int error = proc_parse_number(value, &number);

	if (error)
		return error;
	if (number > PTY_LIMIT)
		return -EINVAL;
	pty_max = (unsigned int)number;
	return 0;
}

static int show_pty_count(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%u\n", pty_count());
	return 0;
}

static const struct proc_entry pty_entries[] = {
	SETTING_RW("max", show_pty_max, store_pty_max),
	SETTING("nr", show_pty_count),
	{ 0 },
};

static const struct proc_entry kernel_entries[] = {
	SETTING_RW("pid_max", show_pid_max, store_pid_max),
	SETTING_RW("threads-max", show_threads_max, store_threads_max),
	SETTING_RW("hostname", show_hostname, store_hostname),
	SETTING_RW("domainname", show_domainname, store_domainname),
	SETTING("arch", show_arch),
	SETTING_RW("core_pattern", show_core_pattern, store_core_pattern),
	SETTING("ns_last_pid", show_last_pid),
	SETTING("ostype", show_os_type),
	SETTING("osrelease", show_os_release),
	SETTING("version", show_version),
	SETTING("cap_last_cap", show_last_capability),
	SETTING("ngroups_max", show_groups_max),
	{ .name = "pty", .mode = S_IFDIR | 0555, .children = pty_entries },
	SETTING_RW("shmmax", proc_show_shmmax, proc_store_shmmax),
	SETTING_RW("shmall", proc_show_shmall, proc_store_shmall),
	SETTING_RW("shmmni", proc_show_shmmni, proc_store_shmmni),
	SETTING_RW("msgmax", proc_show_msgmax, proc_store_msgmax),
	SETTING_RW("msgmnb", proc_show_msgmnb, proc_store_msgmnb),
	SETTING_RW("msgmni", proc_show_msgmni, proc_store_msgmni),
	SETTING_RW("sem", proc_show_sem_limits, proc_store_sem_limits),
	{ .name = "random", .mode = S_IFDIR | 0555, .children = random_entries },
	{ 0 },
};

static const struct proc_entry vm_entries[] = {
	SETTING_RW("unprivileged_userfaultfd", show_unprivileged_userfault,
		   store_unprivileged_userfault),
	{ 0 },
};

static const struct proc_entry inotify_entries[] = {
	SETTING_NUMBER("max_queued_events", &inotify_queued_max),
	SETTING_NUMBER("max_user_instances", &inotify_instances_max),
	SETTING_NUMBER("max_user_watches", &inotify_watches_max),
	{ 0 },
};

static const struct proc_entry epoll_entries[] = {
	SETTING_NUMBER("max_user_watches", &epoll_watches_max),
	{ 0 },
};

static const struct proc_entry fs_entries[] = {
	{ .name = "epoll", .mode = S_IFDIR | 0555, .children = epoll_entries },
	{ .name = "inotify", .mode = S_IFDIR | 0555, .children = inotify_entries },
	SETTING("file-nr", show_file_numbers),
	SETTING("inode-nr", show_inode_numbers),
	SETTING("nr_open", show_descriptors_max),
	SETTING("file-max", show_descriptors_max),
	SETTING_RW("pipe-max-size", show_pipe_max_size, store_pipe_max_size),
	{ .name = "mqueue", .mode = S_IFDIR | 0555, .children = proc_mqueue_entries },
	{ 0 },
};

const struct proc_entry proc_sys_entries[] = {
	{ .name = "kernel",
	  .mode = S_IFDIR | 0555,
	  .children = kernel_entries,
	  .more = proc_sys_kernel_entries },
	{ .name = "vm",
	  .mode = S_IFDIR | 0555,
	  .children = vm_entries,
	  .more = proc_sys_vm_entries },
	{ .name = "fs",
	  .mode = S_IFDIR | 0555,
	  .children = fs_entries,
	  .more = proc_sys_fs_entries },
	{ 0 },
};
