/* SPDX-License-Identifier: MIT */
/*
 * Numbers of /proc/sys: the scheduler's, promises of memory (vm/commit.h), and those that mean
 * little or nothing here. Most of these are what
 * Linux calls the only policy that this kernel has: another one cannot be written (EINVAL). Those
 * that ask for memory to be kept in some way are taken and read back, as nothing here would depend
 * on them.
 */
#include "fs/file.h"
#include "procfs/procfs.h"
#include "sched/sched.h"
#include "task/coredump.h"
#include "task/cred.h"
#include "vm/commit.h"

#define NUMBER(name_, first_, least_, most_)                                                       \
	static int name_ = (first_);                                                               \
	static const struct proc_number name_##_number = { &name_, (least_), (most_), NULL }

#define NAMED(file_, name_)                                                                        \
	{                                                                                          \
		.name = (file_), .mode = S_IFREG | 0644, .bounded = &name_##_number                \
	}
#define KEPT(name_) NAMED(#name_, name_)

/* --- vm --- */

/* The limit is told as a part of memory or in absolute terms: what is set last holds. */
static int store_overcommit_ratio(int ratio)
{
	WRITE_ONCE(vm_overcommit_ratio, ratio);
	WRITE_ONCE(vm_overcommit_kbytes, 0);
	return 0;
}

static int store_overcommit_kbytes(int kbytes)
{
	WRITE_ONCE(vm_overcommit_kbytes, kbytes);
	WRITE_ONCE(vm_overcommit_ratio, 0);
	return 0;
}

static const struct proc_number overcommit_memory_number = { &vm_overcommit, OVERCOMMIT_GUESS,
							     OVERCOMMIT_NEVER, NULL };
static const struct proc_number overcommit_ratio_number = { &vm_overcommit_ratio, 0, INT32_MAX,
							    store_overcommit_ratio };
static const struct proc_number overcommit_kbytes_number = { &vm_overcommit_kbytes, 0, INT32_MAX,
							     store_overcommit_kbytes };
static const struct proc_number user_reserve_kbytes_number = { &vm_user_reserve_kbytes, 0,
							       INT32_MAX, NULL };
NUMBER(swappiness, 60, 0, 200);
NUMBER(max_map_count, 65530, 65530, 65530);
NUMBER(mmap_min_addr, 65536, 65536, 65536);
NUMBER(panic_on_oom, 0, 0, 0);
NUMBER(vfs_cache_pressure, 100, 0, INT32_MAX);
NUMBER(drop_caches, 0, 1, 4);
NUMBER(nr_hugepages, 0, 0, 0);

const struct proc_entry proc_sys_vm_entries[] = {
	KEPT(overcommit_memory),   KEPT(overcommit_ratio), KEPT(overcommit_kbytes),
	KEPT(user_reserve_kbytes), KEPT(swappiness),	   KEPT(max_map_count),
	KEPT(mmap_min_addr),	   KEPT(panic_on_oom),	   KEPT(vfs_cache_pressure),
	KEPT(drop_caches),	   KEPT(nr_hugepages),	   { 0 },
};

/* --- kernel --- */

NUMBER(dmesg_restrict, 0, 0, 0);
NUMBER(kptr_restrict, 0, 0, 0);
NUMBER(panic_seconds, 0, 0, 0);
NUMBER(panic_on_oops, 1, 1, 1);
NUMBER(overflowuid, 65534, 65534, 65534);
NUMBER(overflowgid, 65534, 65534, 65534);
NUMBER(tainted, 0, 0, 0);
NUMBER(modules_disabled, 1, 1, 1);
NUMBER(sched_autogroup_enabled, 0, 0, 0);
NUMBER(sched_rr_timeslice_ms, 100, 100, 100);
NUMBER(randomize_va_space, 2, 2, 2);
static const struct proc_number core_pipe_limit_number = { &core_pipe_limit, INT32_MIN, INT32_MAX,
							   NULL };

static const struct proc_number core_uses_pid_number = { &core_uses_pid, 0, 1, NULL };

static int store_rt_period(int us)
{
	return sched_limit_promises(READ_ONCE(sched_rt_runtime_us), us);
}

static int store_rt_runtime(int us)
{
	return sched_limit_promises(us, READ_ONCE(sched_rt_period_us));
}

static const struct proc_number sched_rt_period_us_number = { &sched_rt_period_us, 1, INT32_MAX,
							      store_rt_period };
static const struct proc_number sched_rt_runtime_us_number = { &sched_rt_runtime_us, -1, INT32_MAX,
							       store_rt_runtime };

const struct proc_entry proc_sys_kernel_entries[] = {
	KEPT(dmesg_restrict),
	KEPT(kptr_restrict),
	NAMED("panic", panic_seconds),
	KEPT(panic_on_oops),
	KEPT(overflowuid),
	KEPT(overflowgid),
	KEPT(tainted),
	KEPT(modules_disabled),
	KEPT(sched_autogroup_enabled),
	KEPT(sched_rr_timeslice_ms),
	KEPT(sched_rt_period_us),
	KEPT(sched_rt_runtime_us),
	KEPT(randomize_va_space),
	KEPT(core_pipe_limit),
	KEPT(core_uses_pid),
	{ 0 },
};

/* --- fs --- */

static const struct proc_number suid_dumpable_number = { &suid_dumpable, 0, 2, NULL };
static const struct proc_number leases_enable_number = { &leases_enable, INT32_MIN, INT32_MAX,
							 NULL };
static const struct proc_number lease_break_time_number = { &lease_break_time, INT32_MIN, INT32_MAX,
							    NULL };
NUMBER(protected_fifos, 0, 0, 0);
NUMBER(protected_hardlinks, 0, 0, 0);
NUMBER(protected_regular, 0, 0, 0);
NUMBER(protected_symlinks, 0, 0, 0);

const struct proc_entry proc_sys_fs_entries[] = {
	KEPT(suid_dumpable),
	NAMED("leases-enable", leases_enable),
	NAMED("lease-break-time", lease_break_time),
	KEPT(protected_fifos),
	KEPT(protected_hardlinks),
	KEPT(protected_regular),
	KEPT(protected_symlinks),
	KEPT(overflowuid),
	KEPT(overflowgid),
	{ 0 },
};
