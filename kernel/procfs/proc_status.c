/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/stat, status and statm (proc(5)).
 *
 * What belongs to a process is gathered under tasklist_lock into a snapshot; text is made of the
 * snapshot after.
 */
#include "base/perhart.h"
#include "fs/fdtable.h"
#include "ipc/tty.h"
#include "lib/string.h"
#include "mm/page.h"
#include "procfs/procfs.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/seccomp.h"
#include "task/signal.h"
#include "vm/space.h"

enum { USER_HZ = 100 };

/* Clock ticks of 1/100 s, in which /proc counts time. */
static u64 ns_to_user_ticks(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

struct signal_sets {
	u64 pending, shared_pending, blocked, ignored, caught;
};

/* Everything that the two files tell of a task but its memory. */
struct snapshot {
	char state;
	const char *state_word;
	pid_t ppid, tracer, pgid, sid, tgid;
	dev_t tty;
	pid_t tty_group;
	u32 threads;
	u64 user_ns, system_ns, children_user_ns, children_system_ns;
	u64 min_faults, maj_faults, children_min_faults, children_maj_faults;
	u64 switches_voluntary, switches_forced;
	u64 rss_limit;
	u32 queued; /* signals of the task's user */
	u64 queue_limit;
	struct signal_sets signals;
	u8 seccomp_mode;
	u32 seccomp_filters;
	struct sched_param_all sched;
	int exit_code;
};

static const struct {
	u32 state;
	char letter;
	const char *word;
} state_names[] = {
	{ TASK_STOPPED, 'T', "stopped" },
	{ TASK_TRACED, 't', "tracing stop" },
	{ TASK_DEAD, 'X', "dead" },
	{ TASK_UNINTERRUPTIBLE, 'D', "disk sleep" },
	{ TASK_INTERRUPTIBLE, 'S', "sleeping" },
};

static void snapshot_state(struct snapshot *shot, const struct task_struct *task)
{
	u32 state = READ_ONCE(task->state);

	shot->state = 'R';
	shot->state_word = "running";
	if (task->exit_state) {
		shot->state = task->exit_state == EXIT_ZOMBIE ? 'Z' : 'X';
		shot->state_word = task->exit_state == EXIT_ZOMBIE ? "zombie" : "dead";
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(state_names); i++)
		if (state & state_names[i].state) {
			shot->state = state_names[i].letter;
			shot->state_word = state_names[i].word;
			return;
		}
}

static void snapshot_signals(struct snapshot *shot, struct task_struct *task)
{
	struct signal_sets *sets = &shot->signals;
	struct sighand_struct *sighand = task->sighand;

	spin_lock(&sighand->lock);
	shot->seccomp_mode = task->seccomp_mode;
	shot->seccomp_filters = seccomp_filter_count(task);
	sets->pending = task->pending.set;
	sets->shared_pending = task->signal->pending.set;
	sets->blocked = task->blocked;
	for (int signal = 1; signal <= SIGRTMAX; signal++) {
		u64 handler = sighand->action[signal - 1].handler;

		if (handler == SIG_IGN)
			sets->ignored |= sigmask(signal);
		else if (handler != SIG_DFL)
			sets->caught |= sigmask(signal);
	}
	spin_unlock(&sighand->lock);
}

static void add_thread(struct snapshot *shot, struct task_struct *thread)
{
	u64 user_ns, system_ns;

	sched_task_times(thread, &user_ns, &system_ns);
	shot->user_ns += user_ns;
	shot->system_ns += system_ns;
	shot->min_faults += thread->min_faults;
	shot->maj_faults += thread->maj_faults;
}

/* Times of one thread, or of the process with its dead threads. */
static void snapshot_times(struct snapshot *shot, struct task_struct *task, bool whole)
{
	struct signal_struct *signal = task->signal;
	struct task_struct *thread;

	if (!whole) {
		add_thread(shot, task);
		return;
	}
	shot->user_ns = signal->dead_user_ns;
	shot->system_ns = signal->dead_system_ns;
	shot->min_faults = signal->min_faults;
	shot->maj_faults = signal->maj_faults;
	for_each_thread (task, thread)
		add_thread(shot, thread);
}

static void snapshot_process(struct snapshot *shot, struct task_struct *task, bool whole,
			     const struct pid_ns *ns)
{
	struct signal_struct *signal = task->signal;

	shot->ppid = task_tgid_nr_ns(task->real_parent, ns);
	shot->tracer = task->ptrace ? task_pid_nr_ns(task->parent, ns) : 0;
	shot->pgid = group_nr_ns(signal->group, ns);
	shot->sid = group_nr_ns(signal->session, ns);
	shot->tty = tty_device(signal->tty);
	shot->tty_group = tty_foreground(signal->tty);
	if (unlikely(ns->level) && shot->tty_group > 0)
		shot->tty_group = group_nr_ns(pid_group_find(shot->tty_group), ns);
	shot->threads = signal->nr_threads;
	shot->children_user_ns = signal->children_user_ns;
	shot->children_system_ns = signal->children_system_ns;
	shot->children_min_faults = signal->children_min_faults;
	shot->children_maj_faults = signal->children_maj_faults;
	shot->rss_limit = signal->limits[RLIMIT_RSS].soft;
	shot->queued = READ_ONCE(task->cred->user->signals);
	shot->queue_limit = signal->limits[RLIMIT_SIGPENDING].soft;
	snapshot_times(shot, task, whole);
	snapshot_signals(shot, task);
}

static void take_snapshot(struct snapshot *shot, struct task_struct *task, bool whole,
			  const struct pid_ns *ns)
{
	memset(shot, 0, sizeof(*shot));
	spin_lock(&tasklist_lock);
	snapshot_state(shot, task);
	shot->tgid = task_tgid_nr_ns(task, ns);
	shot->exit_code = task->exit_code;
	shot->switches_voluntary = task->switches_voluntary;
	shot->switches_forced = task->switches_forced;
	if (task->signal && task->sighand)
		snapshot_process(shot, task, whole, ns);
	spin_unlock(&tasklist_lock);
	sched_get_params(task, &shot->sched);
}

/* --- memory --- */

struct memory_shot {
	bool present;
	u64 size, peak_size, rss, rss_anon, rss_file, peak_rss, data, stack, exec, locked;
	u64 code_start, code_end, stack_top, data_start, data_end, brk_start;
	u64 arg_start, arg_end, env_start, env_end;
};

static u64 not_negative(s64 value)
{
	return value > 0 ? (u64)value : 0;
}

static void take_memory(struct memory_shot *shot, struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);

	memset(shot, 0, sizeof(*shot));
	if (!mm)
		return;
	shot->present = true;
	shot->size = mm->pages_mapped;
	shot->peak_size = MAX(mm->most_mapped, shot->size);
	shot->rss_anon = not_negative(mm->rss_anon);
	shot->rss_file = not_negative(mm->rss_file);
	shot->rss = shot->rss_anon + shot->rss_file;
	shot->peak_rss = MAX(mm->max_rss, shot->rss);
	shot->data = mm->data_pages;
	shot->stack = mm->stack_pages;
	shot->exec = mm->exec_pages;
	shot->locked = mm->locked_pages;
	shot->code_start = mm->code_start;
	shot->code_end = mm->code_end;
	shot->data_start = mm->data_start;
	shot->data_end = mm->data_end;
	shot->stack_top = mm->stack_top;
	shot->brk_start = mm->brk_start;
	shot->arg_start = mm->arg_start;
	shot->arg_end = mm->arg_end;
	shot->env_start = mm->env_start;
	shot->env_end = mm->env_end;
	mm_put_user(mm);
}

/* Pages of the program's own code. */
static u64 program_pages(const struct memory_shot *memory)
{
	return DIV_ROUND_UP(memory->code_end, (u64)PAGE_SIZE) - memory->code_start / PAGE_SIZE;
}

int proc_show_statm(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct memory_shot memory;

	take_memory(&memory, task);
	text_printf(text, "%lu %lu %lu %lu 0 %lu 0\n", memory.size, memory.rss, memory.rss_file,
		    program_pages(&memory), memory.data + memory.stack);
	return 0;
}

/* --- stat --- */

/* Linux's priority column: -1 - rt_priority for real time, 20 + nice for the others. */
static int shown_priority(const struct sched_param_all *sched)
{
	return sched->rt_priority ? -1 - sched->rt_priority : 20 + sched->nice;
}

int proc_show_stat(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct memory_shot memory;
	struct snapshot shot;

	take_snapshot(&shot, task, !node->thread, node->ns);
	take_memory(&memory, task);
	text_printf(text, "%d (%s) %c %d %d %d %d %d %u", task_pid_nr_ns(task, node->ns),
		    task->comm, shot.state, shot.ppid, shot.pgid, shot.sid, (int)shot.tty,
		    shot.tty_group, task->flags);
	text_printf(text, " %lu %lu %lu %lu", shot.min_faults, shot.children_min_faults,
		    shot.maj_faults, shot.children_maj_faults);
	text_printf(text, " %lu %lu %lu %lu", ns_to_user_ticks(shot.user_ns),
		    ns_to_user_ticks(shot.system_ns), ns_to_user_ticks(shot.children_user_ns),
		    ns_to_user_ticks(shot.children_system_ns));
	text_printf(text, " %d %d %u 0 %lu", shown_priority(&shot.sched), shot.sched.nice,
		    shot.threads, ns_to_user_ticks((u64)task->start_time));
	text_printf(text, " %lu %lu %lu %lu %lu %lu 0 0", memory.size * PAGE_SIZE, memory.rss,
		    shot.rss_limit, memory.code_start, memory.code_end, memory.stack_top);
	text_printf(text, " %lu %lu %lu %lu %d 0 0 %d %u %u %u 0 0 0",
		    shot.signals.pending & INT32_MAX, shot.signals.blocked & INT32_MAX,
		    shot.signals.ignored & INT32_MAX, shot.signals.caught & INT32_MAX,
		    shot.state != 'R', task->exit_signal, task->hart, shot.sched.rt_priority,
		    shot.sched.policy);
	text_printf(text, " %lu %lu %lu %lu %lu %lu %lu %d\n", memory.data_start, memory.data_end,
		    memory.brk_start, memory.arg_start, memory.arg_end, memory.env_start,
		    memory.env_end, shot.exit_code);
	return 0;
}

/* --- status --- */

static u32 descriptor_table_size(struct task_struct *task)
{
	struct files_struct *files = get_task_files(task);
	u32 size = 0;

	if (files) {
		size = READ_ONCE(files->size);
		files_put(files);
	}
	return size;
}

static void show_ids(struct text *text, struct task_struct *task)
{
	struct cred *cred;

	spin_lock(&tasklist_lock);
	cred = cred_get(task->cred);
	spin_unlock(&tasklist_lock);
	text_printf(text, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid, cred->suid, cred->fsuid);
	text_printf(text, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid, cred->sgid, cred->fsgid);
	text_printf(text, "FDSize:\t%u\nGroups:\t", descriptor_table_size(task));
	for (u32 i = 0; i < cred->ngroups; i++)
		text_printf(text, "%u ", cred->groups[i]);
	text_printf(text, "\n");
	cred_put(cred);
}

/* An id of a task in the reader's name space and in each below it that the task is in. */
struct ids {
	const char *name;
	pid_t id;
	struct pid_numbers *numbers;
};

static void show_numbers(struct text *text, const struct ids *ids, const struct pid_ns *reader,
			 const struct pid_numbers *task)
{
	u32 last = task ? task->ns->level : 0;

	text_printf(text, "%s:", ids->name);
	for (u32 level = reader->level; level <= last; level++)
		text_printf(text, "\t%d",
			    level ? pid_nr_ns(ids->id, ids->numbers, task->at[level - 1].ns)
				  : ids->id);
	text_printf(text, "\n");
}

static struct ids ids_of_group(const char *name, const struct pid_group *group)
{
	return group ? (struct ids){ name, group->id, pid_numbers_get(group->numbers) }
		     : (struct ids){ name, 0, NULL };
}

static void show_all_numbers(struct text *text, struct task_struct *task, const struct pid_ns *ns)
{
	struct task_struct *leader;
	struct ids all[4];

	spin_lock(&tasklist_lock);
	leader = task->group_leader;
	all[0] = (struct ids){ "NStgid", leader->pid, pid_numbers_get(leader->numbers) };
	all[1] = (struct ids){ "NSpid", task->pid, pid_numbers_get(task->numbers) };
	all[2] = ids_of_group("NSpgid", task->signal->group);
	all[3] = ids_of_group("NSsid", task->signal->session);
	spin_unlock(&tasklist_lock);
	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
		show_numbers(text, &all[i], ns, task->numbers);
		pid_numbers_put(all[i].numbers);
	}
}

static void show_capabilities(struct text *text, struct task_struct *task)
{
	struct cred *cred;

	spin_lock(&tasklist_lock);
	cred = cred_get(task->cred);
	spin_unlock(&tasklist_lock);
	text_printf(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
		    cred->cap_inheritable, cred->cap_permitted, cred->cap_effective);
	text_printf(text, "CapBnd:\t%016lx\nCapAmb:\t%016lx\n", cred->cap_bounding,
		    cred->cap_ambient);
	cred_put(cred);
}

static void show_kib(struct text *text, const char *name, u64 pages)
{
	text_printf(text, "%s:\t%8lu kB\n", name, pages * (PAGE_SIZE / KiB));
}

static u64 table_pages(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	u64 pages = 0;

	if (mm) {
		pages = vm_table_pages(mm);
		mm_put_user(mm);
	}
	return pages;
}

static void show_memory(struct text *text, struct task_struct *task)
{
	struct memory_shot memory;

	take_memory(&memory, task);
	if (!memory.present)
		return;
	show_kib(text, "VmPeak", memory.peak_size);
	show_kib(text, "VmSize", memory.size);
	show_kib(text, "VmLck", memory.locked);
	show_kib(text, "VmPin", 0);
	show_kib(text, "VmHWM", memory.peak_rss);
	show_kib(text, "VmRSS", memory.rss);
	show_kib(text, "RssAnon", memory.rss_anon);
	/* All files are in memory, as shared memory is; Linux tells their pages as that. */
	show_kib(text, "RssFile", 0);
	show_kib(text, "RssShmem", memory.rss_file);
	show_kib(text, "VmData", memory.data);
	show_kib(text, "VmStk", memory.stack);
	show_kib(text, "VmExe", program_pages(&memory));
	show_kib(text, "VmLib", memory.exec - MIN(memory.exec, program_pages(&memory)));
	show_kib(text, "VmPTE", table_pages(task));
	show_kib(text, "VmSwap", 0);
	show_kib(text, "HugetlbPages", 0);
	text_printf(text, "CoreDumping:\t%d\nTHP_enabled:\t1\n",
		    !!READ_ONCE(task->signal->core_dump));
}

static void show_signals(struct text *text, const struct snapshot *shot)
{
	text_printf(text, "Threads:\t%u\nSigQ:\t%u/%lu\n", shot->threads, shot->queued,
		    shot->queue_limit);
	text_printf(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\n", shot->signals.pending,
		    shot->signals.shared_pending);
	text_printf(text, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		    shot->signals.blocked, shot->signals.ignored, shot->signals.caught);
}

static void show_affinity(struct text *text, hartmask_t mask)
{
	text_printf(text, "Cpus_allowed:\t");
	text_hart_mask(text, mask);
	text_printf(text, "\nCpus_allowed_list:\t");
	text_hart_list(text, mask);
	text_printf(text, "\n");
}

static umode_t umask_of(struct task_struct *task)
{
	struct fs_struct *fs = get_task_fs(task);
	umode_t umask = 022;

	if (fs) {
		umask = fs->umask;
		fs_put(fs);
	}
	return umask;
}

int proc_show_status(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct snapshot shot;

	take_snapshot(&shot, task, true, node->ns);
	text_printf(text, "Name:\t%s\n", task->comm);
	if (!(task->flags & PF_KTHREAD))
		text_printf(text, "Umask:\t%04o\n", umask_of(task));
	text_printf(text, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n", shot.state,
		    shot.state_word, shot.tgid, task_pid_nr_ns(task, node->ns));
	text_printf(text, "PPid:\t%d\nTracerPid:\t%d\n", shot.ppid, shot.tracer);
	show_ids(text, task);
	show_all_numbers(text, task, node->ns);
	text_printf(text, "Kthread:\t%d\n", !!(task->flags & PF_KTHREAD));
	show_memory(text, task);
	show_signals(text, &shot);
	show_capabilities(text, task);
	text_printf(text, "NoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t%u\n",
		    task->no_new_privs, shot.seccomp_mode, shot.seccomp_filters);
	text_printf(text, "Speculation_Store_Bypass:\tunknown\n"
			  "SpeculationIndirectBranch:\tunknown\n");
	show_affinity(text, task->affinity & harts_online);
	text_printf(text, "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
	text_printf(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		    shot.switches_voluntary, shot.switches_forced);
	return 0;
}
