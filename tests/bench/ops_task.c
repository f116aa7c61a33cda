/* SPDX-License-Identifier: MIT */
/* Operations: bare system calls, processes, threads. */
#include "op.h"

#include <linux/futex.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>

/* --- system calls --- */

static int64_t op_null(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_getppid)));
}

static int64_t op_gettid(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_gettid)));
}

static int64_t op_yield(uint64_t n)
{
	TIMED_LOOP(n, TRY(sys(SYS_sched_yield)));
}

static int64_t op_clock_libc(uint64_t n)
{
	struct timespec now;

	TIMED_LOOP(n, if (clock_gettime(CLOCK_MONOTONIC, &now)) return -errno);
}

static int64_t op_clock_syscall(uint64_t n)
{
	struct timespec now;

	TIMED_LOOP(n, TRY(sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now)));
}

/* --- processes and threads --- */

static int64_t op_fork(uint64_t n)
{
	TIMED_LOOP(n, {
		long pid = TRY(fork_raw());
		if (pid == 0)
			exit_raw(0);
		TRY(wait_for(pid));
	});
}

/* Whether that much memory can be touched: 0 or -ENOMEM. */
static long find_room(size_t size)
{
	struct sysinfo info;

	TRY(sys(SYS_sysinfo, &info));
	return info.freeram * info.mem_unit > size + size / 8 ? 0 : -ENOMEM;
}

static int64_t fork_beside(uint64_t n, long memory, size_t size)
{
	TRY(memory);
	touch_pages(memory, size);
	int64_t spent = op_fork(n);
	sys(SYS_munmap, memory, size);
	return spent;
}

static int64_t op_fork_64m(uint64_t n)
{
	return fork_beside(n, map_anonymous(64 * MIB), 64 * MIB);
}

static int64_t fork_beside_small(uint64_t n, size_t size)
{
	TRY(find_room(size));
	return fork_beside(n, map_small_pages(size), size);
}

static int64_t op_fork_64m_small(uint64_t n)
{
	return fork_beside_small(n, 64 * MIB);
}

static int64_t op_fork_256m_small(uint64_t n)
{
	return fork_beside_small(n, 256 * MIB);
}

static int64_t op_fork_1g_small(uint64_t n)
{
	return fork_beside_small(n, 1024 * MIB);
}

/* All pages are written before each fork: nothing is left over from the one before. */
static int64_t op_fork_written(uint64_t n)
{
	long memory = TRY(map_small_pages(64 * MIB));
	int64_t spent = 0;

	while (n-- > 0) {
		touch_pages(memory, 64 * MIB);
		spent += TRY(op_fork(1));
	}
	TRY(sys(SYS_munmap, memory, 64 * MIB));
	return spent;
}

static char thread_stack[STACK] __attribute__((aligned(16)));

long vfork_call(int (*body)(void *))
{
	int pid = clone(body, thread_stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

	return pid < 0 ? -errno : pid;
}

static int return_zero(void *unused)
{
	(void)unused;
	return 0;
}

static int64_t op_vfork(uint64_t n)
{
	TIMED_LOOP(n, TRY(wait_for(TRY(vfork_call(return_zero)))));
}

static int execute_self(void *unused)
{
	static char *const arguments[] = { "opbench", EXIT_NOW, NULL };
	static char *const environment[] = { NULL };

	(void)unused;
	return (int)-sys(SYS_execve, self, arguments, environment);
}

long wait_for_exec(long pid)
{
	int status = 0;

	TRY(sys(SYS_wait4, pid, &status));
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

static int64_t op_fork_exec(uint64_t n)
{
	TIMED_LOOP(n, {
		long pid = TRY(fork_raw());
		if (pid == 0)
			exit_raw(execute_self(NULL));
		TRY(wait_for_exec(pid));
	});
}

static int64_t op_vfork_exec(uint64_t n)
{
	TIMED_LOOP(n, TRY(wait_for_exec(TRY(vfork_call(execute_self)))));
}

static volatile int thread_id;

long thread_start(int (*body)(void *))
{
	int pid =
		clone(body, thread_stack + STACK, THREAD_FLAGS, NULL, &thread_id, NULL, &thread_id);

	return pid < 0 ? -errno : pid;
}

long thread_join(void)
{
	int id;

	while ((id = thread_id) != 0) {
		long result = sys(SYS_futex, &thread_id, FUTEX_WAIT, id);
		if (result < 0 && result != -EAGAIN && result != -EINTR)
			return result;
	}
	return 0;
}

static int64_t op_thread(uint64_t n)
{
	TIMED_LOOP(n, {
		TRY(thread_start(return_zero));
		TRY(thread_join());
	});
}

/* --- small changes to oneself --- */

static int64_t op_sigprocmask(uint64_t n)
{
	uint64_t mask = 1 << (SIGUSR2 - 1);

	TIMED_LOOP(n, TRY(sys(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, sizeof(mask))));
}

static int64_t op_getrusage(uint64_t n)
{
	struct rusage usage;

	TIMED_LOOP(n, TRY(sys(SYS_getrusage, RUSAGE_SELF, &usage)));
}

static int64_t op_affinity(uint64_t n)
{
	uint64_t harts;

	TIMED_LOOP(n, TRY(sys(SYS_sched_getaffinity, 0, sizeof(harts), &harts)));
}

/* Two threads take turns by giving way. */
static volatile bool yielding;

static int yield_for_ever(void *unused)
{
	(void)unused;
	while (yielding)
		sys(SYS_sched_yield);
	return 0;
}

static int64_t op_yield_pair(uint64_t n)
{
	yielding = true;
	TRY(thread_start(yield_for_ever));
	int64_t spent = op_yield(n);
	yielding = false;
	TRY(thread_join());
	return spent;
}

const struct operation task_operations[] = {
	{ "null_syscall", op_null, 1 }, /* getppid */
	{ "gettid", op_gettid, 1 },
	{ "sched_yield_alone", op_yield, 1 },
	{ "clock_gettime_libc", op_clock_libc, 1 }, /* vDSO where there is one */
	{ "clock_gettime_syscall", op_clock_syscall, 1 },
	{ "fork_exit_wait", op_fork, 1 },
	{ "fork_exit_wait_64m", op_fork_64m, 1 },
	{ "fork_exit_wait_64m_4k", op_fork_64m_small, 1 }, /* without huge pages */
	{ "fork_exit_wait_256m_4k", op_fork_256m_small, 1 },
	{ "fork_exit_wait_1g_4k", op_fork_1g_small, 1 },
	{ "fork_written_64m_4k", op_fork_written, 1 },
	{ "vfork_exit_wait", op_vfork, 1 },
	{ "fork_exec_exit_wait", op_fork_exec, 1 },
	{ "vfork_exec_exit_wait", op_vfork_exec, 1 },
	{ "thread_create_join", op_thread, 1 },
	{ "sched_yield_pair", op_yield_pair, 2 }, /* a switch to another thread */
	{ "sigprocmask", op_sigprocmask, 1 },
	{ "getrusage", op_getrusage, 1 },
	{ "sched_getaffinity", op_affinity, 1 },
	{ 0 },
};
