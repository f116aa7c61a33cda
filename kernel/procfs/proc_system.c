/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc that tell of the system as a whole (proc(5)).
 */
#include "arch/hart.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "generated/version.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/kstack.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "procfs/proc_ipc.h"
#include "procfs/procfs.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/process.h"
#include "task/uts.h"
#include "vm/commit.h"
#include "vm/space.h"
#include "vm/vmo.h"

enum { USER_HZ = 100, LOAD_SHIFT = 11 };

static u64 pages_to_kib(u64 pages)
{
	return pages * (PAGE_SIZE / KiB);
}

/* --- memory --- */

/* Pages of the slabs of all caches. */
static u64 slab_pages(void)
{
	struct slab_stats stats;
	u64 pages = 0;

	for (unsigned int i = 0; slab_stats(i, &stats); i++)
		pages += stats.slabs * stats.pages_per_slab;
	return pages;
}

/* How memory is used, in pages. */
struct memory_use {
	u64 total, free, slab, stacks, tables;
	u64 objects; /* content of files in memory and of shared memory */
	u64 anon;    /* the rest: nearly all of it is programs' private memory */
};

static void take_memory_use(struct memory_use *use)
{
	struct page_stats pages;
	u64 known;

	page_stats(&pages);
	*use = (struct memory_use){
		.total = page_total_count(),
		.free = pages.free,
		.slab = slab_pages(),
		.stacks = kstack_pages(),
		.tables = table_count(),
		.objects = vmo_page_count(),
	};
	known = use->free + use->slab + use->stacks + use->tables + use->objects;
	use->anon = use->total > known ? use->total - known : 0;
}

static int show_meminfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct memory_use use;

	take_memory_use(&use);
	const struct {
		const char *name;
		u64 pages;
	} lines[] = {
		{ "MemTotal", use.total },
		{ "MemFree", use.free },
		{ "MemAvailable", use.free },
		{ "Buffers", 0 },
		{ "Cached", use.objects },
		{ "SwapCached", 0 },
		{ "Active", use.anon + use.objects },
		{ "Inactive", 0 },
		{ "Active(anon)", use.anon + use.objects },
		{ "Inactive(anon)", 0 },
		{ "Active(file)", 0 },
		{ "Inactive(file)", 0 },
		{ "Unevictable", 0 },
		{ "Mlocked", 0 },
		{ "SwapTotal", 0 },
		{ "SwapFree", 0 },
		{ "Dirty", 0 },
		{ "Writeback", 0 },
		{ "AnonPages", use.anon },
		{ "Shmem", use.objects },
		{ "KReclaimable", 0 },
		{ "Slab", use.slab },
		{ "SReclaimable", 0 },
		{ "SUnreclaim", use.slab },
		{ "KernelStack", use.stacks },
		{ "PageTables", use.tables },
		{ "CommitLimit", commit_limit() },
		{ "Committed_AS", commit_total() },
		{ "VmallocTotal", KSTACK_AREA_SIZE / PAGE_SIZE },
		{ "VmallocUsed", use.stacks },
		{ "VmallocChunk", 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		text_printf(text, "%s:%*lu kB\n", lines[i].name, (int)(23 - strlen(lines[i].name)),
			    pages_to_kib(lines[i].pages));
	return 0;
}

/* Nothing is ever moved between memory and a disk by the kernel itself. */
static int show_vmstat(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct memory_use use;

	take_memory_use(&use);
	const struct {
		const char *name;
		u64 value;
	} lines[] = {
		{ "nr_free_pages", use.free },
		{ "nr_inactive_anon", 0 },
		{ "nr_active_anon", use.anon + use.objects },
		{ "nr_inactive_file", 0 },
		{ "nr_active_file", 0 },
		{ "nr_slab_reclaimable", 0 },
		{ "nr_slab_unreclaimable", use.slab },
		{ "nr_anon_pages", use.anon },
		{ "nr_file_pages", use.objects },
		{ "nr_shmem", use.objects },
		{ "nr_page_table_pages", use.tables },
		{ "nr_kernel_stack", pages_to_kib(use.stacks) },
		{ "pgpgin", 0 },
		{ "pgpgout", 0 },
		{ "pswpin", 0 },
		{ "pswpout", 0 },
		{ "pgfault", total_faults() },
		{ "pgmajfault", 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++)
		text_printf(text, "%s %lu\n", lines[i].name, lines[i].value);
	return 0;
}

static int show_zoneinfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct memory_use use;

	take_memory_use(&use);
	text_printf(text, "Node 0, zone   Normal\n  pages free     %lu\n", use.free);
	text_printf(text, "        min      0\n        low      0\n        high     0\n");
	text_printf(text, "        spanned  %lu\n        present  %lu\n        managed  %lu\n",
		    use.total, use.total, use.total);
	return 0;
}

static int show_buddyinfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct page_stats pages;

	page_stats(&pages);
	text_printf(text, "Node 0, zone   Normal ");
	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		text_printf(text, "%6lu ", pages.blocks[order]);
	text_printf(text, "\n");
	return 0;
}

static int show_slabinfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct slab_stats stats;

	text_printf(text, "slabinfo - version: 2.1 (statistics)\n"
			  "# name            <active_objs> <num_objs> <objsize> <objperslab> "
			  "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : "
			  "slabdata <active_slabs> <num_slabs> <sharedavail> : "
			  "hartstat <allocations> <misses>\n");
	for (unsigned int i = 0; slab_stats(i, &stats); i++)
		text_printf(text,
			    "%-17s %6lu %6lu %6u %4u %4u : tunables    0    0    0 : slabdata "
			    "%6lu %6lu      0 : hartstat %8lu %8lu\n",
			    stats.name, stats.active, stats.total, stats.size, stats.per_slab,
			    stats.pages_per_slab, stats.active_slabs, stats.slabs,
			    stats.allocations, stats.misses);
	return 0;
}

/* --- time and load --- */

static u64 ticks_of(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

static int show_uptime(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	u64 up = ticks_of((u64)clock_monotonic());
	u64 idle = 0;
	unsigned int hart;

	for_each_hart (hart) {
		struct sched_hart_stats stats;

		sched_hart_stats(hart, &stats);
		idle += ticks_of(stats.idle_ns);
	}
	text_printf(text, "%lu.%02lu %lu.%02lu\n", up / USER_HZ, up % USER_HZ, idle / USER_HZ,
		    idle % USER_HZ);
	return 0;
}

static int show_loadavg(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	u64 load[3];

	sched_loadavg(load);
	for (unsigned int i = 0; i < 3; i++) {
		u64 rounded = load[i] + (1 << LOAD_SHIFT) / 200;

		text_printf(text, "%lu.%02lu ", rounded >> LOAD_SHIFT,
			    (rounded & ((1 << LOAD_SHIFT) - 1)) * 100 >> LOAD_SHIFT);
	}
	text_printf(text, "%u/%u %d\n", sched_running_count(), task_count(), last_pid());
	return 0;
}

static void show_hart_times(struct text *text, const char *name,
			    const struct sched_hart_stats *stats)
{
	text_printf(text, "%s %lu %lu %lu %lu 0 0 0 0 0 0\n", name, ticks_of(stats->user_ns),
		    ticks_of(stats->nice_ns), ticks_of(stats->system_ns), ticks_of(stats->idle_ns));
}

static int show_stat(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct sched_hart_stats sum = { 0 }, stats;
	unsigned int hart;
	char name[12];

	for_each_hart (hart) {
		sched_hart_stats(hart, &stats);
		sum.switches += stats.switches;
		sum.idle_ns += stats.idle_ns;
		sum.user_ns += stats.user_ns;
		sum.system_ns += stats.system_ns;
		sum.nice_ns += stats.nice_ns;
	}
	show_hart_times(text, "cpu ", &sum);
	for_each_hart (hart) {
		sched_hart_stats(hart, &stats);
		snprintf(name, sizeof(name), "cpu%u", hart);
		show_hart_times(text, name, &stats);
	}
	text_printf(text, "intr %lu\nctxt %lu\nbtime %ld\nprocesses %lu\n", proc_interrupt_count(),
		    sum.switches, clock_realtime_offset() / NSEC_PER_SEC, sched_forks());
	text_printf(text, "procs_running %u\nprocs_blocked %u\n", sched_running_count(),
		    sched_blocked_count());
	text_printf(text, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

/* --- the machine and the kernel --- */

static int show_locks(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	locks_show(text, node->ns);
	return 0;
}

static int show_cpuinfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	enum { ROOM = 1024 };
	unsigned int hart;

	for_each_hart (hart) {
		char *place;
		int length;

		text_printf(text, "processor\t: %u\nhart\t\t: %lu\n", hart, arch_hartid(hart));
		place = text_reserve(text, ROOM);
		if (!place)
			return -ENOMEM;
		length = arch_cpuinfo(hart, place, ROOM);
		text_commit(text, (size_t)MIN(length, ROOM - 1));
		text_printf(text, "\n");
	}
	return 0;
}

static int show_version(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "Linux version %s (Hartwood %s) %s\n", UTS_RELEASE, HARTWOOD_VERSION,
		    UTS_VERSION);
	return 0;
}

static int show_command_line(struct text *text, struct task_struct *task,
			     const struct proc_node *node)
{
	text_printf(text, "%s\n", machine.cmdline);
	return 0;
}

static int show_filesystems(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	enum { ROOM = 1024 };
	char *place = text_reserve(text, ROOM);

	if (!place)
		return -ENOMEM;
	text_commit(text, (size_t)MIN(file_systems_show(place, ROOM), ROOM - 1));
	return 0;
}

static int show_swaps(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static int show_partitions(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	text_printf(text, "major minor  #blocks  name\n\n");
	return 0;
}

static int show_nothing(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	return 0;
}

static int show_devices(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text,
		    "Character devices:\n  1 mem\n  4 /dev/vc/0\n  4 ttyS\n  5 /dev/tty\n"
		    "  5 /dev/console\n  5 /dev/ptmx\n136 pts\n246 ttySIF\n\nBlock devices:\n");
	return 0;
}

/* By which ps names terminals: driver, name in /dev, major, minors, kind (proc(5)). */
static int show_tty_drivers(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	text_printf(text, "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
			  "/dev/console         /dev/console    5       1 system:console\n"
			  "/dev/ptmx            /dev/ptmx       5       2 system\n"
			  "sifive_serial        /dev/ttySIF   246     0-7 serial\n"
			  "serial               /dev/ttyS       4   64-71 serial\n"
			  "pty_slave            /dev/pts      136 0-1048575 pty:slave\n");
	return 0;
}

/* --- facts that do not change --- */

static int show_consoles(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "console              -W- (EC p a)    5:1\n");
	return 0;
}

static int show_execution_domains(struct text *text, struct task_struct *task,
				  const struct proc_node *node)
{
	text_printf(text, "0-0\tLinux           \t[kernel]\n");
	return 0;
}

/* --- links to the reader itself --- */

/* -ENOENT: the file system shows a name space that the reader is not in. */
static ssize_t readlink_self(struct task_struct *task, const struct proc_node *node, char *buffer,
			     size_t size)
{
	pid_t tgid = task_tgid_nr_ns(current, node->ns);

	return tgid ? scnprintf(buffer, size, "%d", tgid) : -ENOENT;
}

static ssize_t readlink_thread_self(struct task_struct *task, const struct proc_node *node,
				    char *buffer, size_t size)
{
	pid_t tgid = task_tgid_nr_ns(current, node->ns);

	return tgid ? scnprintf(buffer, size, "%d/task/%d", tgid, task_pid_nr_ns(current, node->ns))
		    : -ENOENT;
}

static ssize_t readlink_mounts(struct task_struct *task, const struct proc_node *node, char *buffer,
			       size_t size)
{
	return scnprintf(buffer, size, "self/mounts");
}

static ssize_t readlink_net(struct task_struct *task, const struct proc_node *node, char *buffer,
			    size_t size)
{
	return scnprintf(buffer, size, "self/net");
}

#define SYSTEM_FILE(name_, show_)                                                                  \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0444, .show = (show_)                           \
	}
#define SYSTEM_LINK(name_, readlink_)                                                              \
	{                                                                                          \
		.name = (name_), .mode = S_IFLNK | 0777, .readlink = (readlink_)                   \
	}

static const struct proc_entry proc_tty_entries[] = {
	SYSTEM_FILE("drivers", show_tty_drivers),
	{ 0 },
};

const struct proc_entry proc_root_entries[] = {
	SYSTEM_LINK("self", readlink_self),
	SYSTEM_LINK("thread-self", readlink_thread_self),
	SYSTEM_LINK("mounts", readlink_mounts),
	SYSTEM_LINK("net", readlink_net),
	SYSTEM_FILE("meminfo", show_meminfo),
	SYSTEM_FILE("vmstat", show_vmstat),
	SYSTEM_FILE("zoneinfo", show_zoneinfo),
	SYSTEM_FILE("interrupts", proc_show_interrupts),
	SYSTEM_FILE("softirqs", proc_show_softirqs),
	SYSTEM_FILE("modules", show_nothing),
	SYSTEM_FILE("consoles", show_consoles),
	SYSTEM_FILE("misc", show_nothing),
	SYSTEM_FILE("execdomains", show_execution_domains),
	SYSTEM_FILE("buddyinfo", show_buddyinfo),
	SYSTEM_FILE("slabinfo", show_slabinfo),
	SYSTEM_FILE("uptime", show_uptime),
	SYSTEM_FILE("loadavg", show_loadavg),
	SYSTEM_FILE("stat", show_stat),
	SYSTEM_FILE("cpuinfo", show_cpuinfo),
	SYSTEM_FILE("version", show_version),
	SYSTEM_FILE("cmdline", show_command_line),
	SYSTEM_FILE("filesystems", show_filesystems),
	SYSTEM_FILE("swaps", show_swaps),
	SYSTEM_FILE("locks", show_locks),
	SYSTEM_FILE("partitions", show_partitions),
	SYSTEM_FILE("diskstats", show_nothing),
	SYSTEM_FILE("devices", show_devices),
	{ .name = "sys", .mode = S_IFDIR | 0555, .children = proc_sys_entries },
	{ .name = "hartwood", .mode = S_IFDIR | 0555, .children = proc_hartwood_entries },
	{ .name = "sysvipc", .mode = S_IFDIR | 0555, .children = proc_sysvipc_entries },
	{ .name = "tty", .mode = S_IFDIR | 0555, .children = proc_tty_entries },
	{ 0 },
};
