/* SPDX-License-Identifier: MIT */
/*
 * Dumping a process: one thread takes a signal of SIGSET_CORE, and writes the file while all others
 * stand still.
 *
 * CD1: the process ends from the moment its dump begins (SIGNAL_GROUP_EXIT, and SIGKILL for the
 *	others), so nobody else begins one, executes a program or makes a thread.
 * CD2: the dump waits for each other thread that has not begun to end (PF_EXITING), and each of
 *	those comes to core_dump_join() on its way: before it shows its tracer its end, or at the
 *	latest in exit_signals(), which sets PF_EXITING under the same lock. There it sleeps, with
 *	its space, registers and files as they were.
 * CD3: SIGKILL ends the writing: complete_signal() gives it to the dumper, too.
 *
 * Locks: sighand->lock for signal->core_dump and the lists of it until nobody is missing; then they
 * are the dumper's. pattern_lock for the pattern. Tested by tests/guest/core.c.
 */
#include "arch/hart.h"
#include "base/perhart.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "task/coredump.h"
#include "task/cred.h"
#include "task/pid_ns.h"
#include "task/process.h"
#include "task/uts.h"
#include "vm/space.h"

enum { CORE_LEAST = PAGE_SIZE, WROTE_CORE = 0x80 /* of wait(2)'s status */ };

/* --- the setting --- */

static struct mutex pattern_lock = MUTEX_INIT(pattern_lock, MUTEX_LEAF);
static char core_pattern[CORE_PATTERN_SIZE] = "core"; /* [pattern_lock] */
int core_uses_pid;

void core_pattern_get(char pattern[CORE_PATTERN_SIZE])
{
	mutex_lock(&pattern_lock);
	strlcpy(pattern, core_pattern, CORE_PATTERN_SIZE);
	mutex_unlock(&pattern_lock);
}

void core_pattern_set(const char *pattern)
{
	const char *newline = strchr(pattern, '\n');
	size_t length = newline ? (size_t)(newline - pattern) : strlen(pattern);

	mutex_lock(&pattern_lock);
	strlcpy(core_pattern, pattern, MIN(length + 1, (size_t)CORE_PATTERN_SIZE));
	mutex_unlock(&pattern_lock);
}

/* --- standing still --- */

static u32 count_others(void)
{
	struct task_struct *thread;
	u32 count = 0;

	for_each_thread (current, thread)
		count += thread != current && !(thread->flags & PF_EXITING);
	return count;
}

/* CD1. False: the process ends already, or another thread executes a program. */
static bool begin(struct core_dump *dump)
{
	struct signal_struct *signal = current->signal;
	struct sighand_struct *sighand = lock_sighand(current);
	bool first = !(signal->group_flags & SIGNAL_GROUP_EXIT) && !signal->group_exec;

	if (first) {
		dump->missing = count_others();
		signal->core_dump = dump;
		start_group_exit(current, dump->info->signo, current);
	}
	spin_unlock(&sighand->lock);
	return first;
}

static u32 still_missing(const struct core_dump *dump)
{
	return load_acquire(&dump->missing);
}

/* CD2; when it is over the others' registers are in memory. */
static void await_others(struct core_dump *dump)
{
	const struct core_thread *thread;

	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (!still_missing(dump))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	list_for_each_entry (thread, &dump->threads, link)
		while (load_acquire(&thread->task->on_hart)) /* it is on its way to sleep */
			arch_relax();
}

static void release(struct list_head *threads)
{
	struct core_thread *thread, *next;

	list_for_each_entry_safe (thread, next, threads, link) {
		struct task_struct *task = get_task_struct(thread->task);

		store_release(&thread->released, true);
		wake_up_process(task);
		put_task_struct(task);
	}
}

static void end(struct core_dump *dump, bool written)
{
	struct signal_struct *signal = current->signal;
	struct sighand_struct *sighand = lock_sighand(current);

	signal->core_dump = NULL;
	if (written && !current_fatal_signal_pending())
		signal->group_exit_code |= WROTE_CORE;
	spin_unlock(&sighand->lock);
	release(&dump->threads);
	release(&dump->others);
}

static void sleep_until_released(struct core_thread *self)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (load_acquire(&self->released))
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
}

void core_dump_join(void)
{
	struct core_thread self = { .task = current };
	struct sighand_struct *sighand = lock_sighand(current);
	struct core_dump *dump = current->signal->core_dump;

	if (dump) {
		list_add_tail(&self.link,
			      current->flags & PF_SIGNALED ? &dump->threads : &dump->others);
		store_release(&dump->missing, dump->missing - 1);
		if (!dump->missing)
			wake_up_process(dump->dumper);
	}
	spin_unlock(&sighand->lock);
	if (dump)
		sleep_until_released(&self);
}

/* --- the file --- */

/* The name of the program's file, in buffer; "" when it has none. */
static const char *program_path(char *buffer)
{
	struct mm_struct *mm = current->mm;
	const char *name = "";

	mutex_lock(&mm->lock);
	if (mm->exe)
		name = path_name(&mm->exe->path, buffer, PATH_MAX);
	mutex_unlock(&mm->lock);
	return IS_ERR(name) ? "" : name;
}

/* host, path: room for the texts. */
static struct core_facts collect_facts(const struct core_dump *dump, char host[UTS_LENGTH + 1],
				       char *path)
{
	struct core_facts facts = {
		.pid = (u32)task_pid_vnr(current->group_leader),
		.global_pid = (u32)current->tgid,
		.tid = (u32)task_pid_vnr(current),
		.global_tid = (u32)current->pid,
		.uid = current->cred->uid,
		.gid = current->cred->gid,
		.signal = (u32)dump->info->signo,
		.seconds = (u64)clock_realtime() / NSEC_PER_SEC,
		.limit = dump->limit,
		.hart = this_hart(),
		.host = host,
		.command = current->comm,
		.path = program_path(path),
		.mode = dump->mode,
	};

	uts_get_nodename(host);
	return facts;
}

/* A plain file of that name alone, that is the user's and nobody else's to read. */
static bool is_safe(const struct file *file)
{
	const struct inode *inode = file->inode;

	return S_ISREG(inode->mode) && inode->nlink == 1 && inode->uid == current->cred->fsuid &&
	       (inode->mode & 0677) == 0600;
}

/* The root directory of init, which init_task has, too. Current, which ends, goes there for good.
 */
static int enter_init_root(void)
{
	struct fs_struct *first = get_task_fs(&init_task);
	struct path root;
	int error = fs_unshare();

	spin_lock(&first->lock);
	root = first->root;
	path_get(&root);
	spin_unlock(&first->lock);
	fs_put(first);
	if (error)
		path_put(&root);
	else
		fs_set_root(root);
	return error;
}

/* The file of a process that is not its user's to see is root's, and in place of nothing. */
static bool prepare_place(const struct core_dump *dump, const char *name)
{
	int error;

	if (dump->mode == DUMP_ROOT)
		return name[0] == '/' && !enter_init_root();
	error = name_unlink(AT_FDCWD, name);
	return !error || error == -ENOENT;
}

/* A new file, in place of what had the name. NULL: it cannot be. */
static struct file *create_file(const struct core_dump *dump, const char *name)
{
	const u32 flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW;
	struct file *file;

	if (!prepare_place(dump, name))
		return NULL;
	file = file_open(AT_FDCWD, name, flags, 0600);
	if (IS_ERR(file))
		return NULL;
	if (is_safe(file))
		return file;
	fput(file);
	return NULL;
}

static bool write_file(const struct core_dump *dump, const char *name)
{
	struct file *file = create_file(dump, name);
	bool written = file && core_write(dump, file);

	if (file)
		fput(file);
	return written;
}

static bool write_pipe(const struct core_dump *dump, const struct core_facts *facts, char *room)
{
	const char *words[CORE_WORDS_MAX + 1];

	return core_command(dump->pattern + 1, facts, room, PATH_MAX, words, ARRAY_SIZE(words)) &&
	       core_pipe(dump, words);
}

static bool is_piped(const struct core_dump *dump)
{
	return dump->pattern[0] == '|';
}

static bool write_named(const struct core_dump *dump, char *name, char *path)
{
	char host[UTS_LENGTH + 1];
	const struct core_facts facts = collect_facts(dump, host, path);

	if (is_piped(dump))
		return write_pipe(dump, &facts, name);
	return core_name(dump->pattern, &facts, READ_ONCE(core_uses_pid), name, PATH_MAX) &&
	       write_file(dump, name);
}

static bool write_core(const struct core_dump *dump)
{
	char *name = name_alloc(), *path = name_alloc();
	bool written = name && path && write_named(dump, name, path);

	if (path)
		name_put(path);
	if (name)
		name_put(name);
	return written;
}

/* The same, with files that are root's if that is called for. */
static bool write_core_as(const struct core_dump *dump)
{
	struct cred *cred, *old;
	bool written;

	if (dump->mode != DUMP_ROOT)
		return write_core(dump);
	cred = cred_prepare();
	if (IS_ERR(cred))
		return false;
	cred->fsuid = 0;
	old = cred_override(cred);
	written = write_core(dump);
	cred_put(cred_override(old));
	return written;
}

/* A limit of 1, which no file has, is that of the programs that read cores: they have none. */
static bool is_allowed(const struct core_dump *dump)
{
	return is_piped(dump) ? dump->limit != 1 : dump->limit >= CORE_LEAST;
}

void core_dump(const struct siginfo *info)
{
	struct core_dump dump = {
		.dumper = current,
		.info = info,
		.limit = rlimit(RLIMIT_CORE),
		.mode = READ_ONCE(current->mm->dumpable),
		.threads = LIST_HEAD_INIT(dump.threads),
		.others = LIST_HEAD_INIT(dump.others),
	};

	core_pattern_get(dump.pattern);
	if (dump.mode == DUMP_NOT || !is_allowed(&dump) || !begin(&dump))
		return;
	current->flags |= PF_DUMPCORE;
	await_others(&dump);
	end(&dump, write_core_as(&dump));
}
