/* SPDX-License-Identifier: MIT */
/* Operations: tracing, and programs with an interpreter. */
#include "op.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

/* The tracee makes system calls for ever. */
static long tracee_start(void)
{
	long pid = TRY(fork_raw());

	if (pid == 0) {
		sys(SYS_ptrace, PTRACE_TRACEME);
		sys(SYS_kill, sys(SYS_getpid), SIGSTOP);
		for (;;)
			sys(SYS_getppid);
	}
	TRY(wait_for(pid));
	return pid;
}

/* Lets it go on to its next stop: entry or exit of a call in turn. */
static int64_t stops_timed(uint64_t n, long pid)
{
	TIMED_LOOP(n, {
		TRY(sys(SYS_ptrace, PTRACE_SYSCALL, pid));
		TRY(wait_for(pid));
	});
}

static int64_t op_ptrace_stop(uint64_t n)
{
	long pid = TRY(tracee_start());
	int64_t spent = stops_timed(n, pid);

	sys(SYS_kill, pid, SIGKILL);
	TRY(wait_for(pid));
	return spent;
}

/* --- a dynamically linked program: coreutils' true --- */

static int execute_true(void *unused)
{
	static char *const arguments[] = { "true", NULL };
	static char *const environment[] = { NULL };

	(void)unused;
	return (int)-sys(SYS_execve, "/bin/true", arguments, environment);
}

static int64_t op_exec_dynamic(uint64_t n)
{
	TIMED_LOOP(n, TRY(wait_for_exec(TRY(vfork_call(execute_true)))));
}

const struct operation trace_operations[] = {
	{ "ptrace_stop", op_ptrace_stop, 1 },
	{ "vfork_exec_dynamic", op_exec_dynamic, 1 },
	{ 0 },
};
