/* SPDX-License-Identifier: MIT */
/*
 * seccomp(2): strict mode, filters and what they answer, chains, inheritance, threads, tracers, and
 * wrong arguments.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>

#include "trace.h"

enum { CALL = SYS_getppid, ANSWER = 123456789 }; /* the call that filters judge */

static long seccomp(unsigned int operation, unsigned int flags, const void *argument)
{
	return syscall(SYS_seccomp, operation, flags, argument);
}

/* Sets a filter that answers so for CALL, and lets all others pass. */
static int set_filter(unsigned int answer, unsigned int flags)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 4, program };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)seccomp(SECCOMP_SET_MODE_FILTER, flags, &filter);
}

/* The status of a child that runs the function. */
static int status_with(void (*function)(void))
{
	pid_t pid = fork();

	if (!pid) {
		function();
		_exit(0);
	}
	return status_of(pid);
}

static void strict_child(void)
{
	CHILD_CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	syscall(SYS_write, 1, "", 0);
	syscall(SYS_exit, 7);
}

static void strict_child_that_asks(void)
{
	CHILD_CHECK(!seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL));
	syscall(SYS_getpid);
}

static void strict_mode(void)
{
	int status = status_with(strict_child);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	status = status_with(strict_child_that_asks);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void errno_child(void)
{
	CHILD_CHECK(prctl(PR_GET_SECCOMP) == 0);
	CHILD_CHECK(!set_filter(SECCOMP_RET_ERRNO | ENOTDIR, 0));
	CHILD_CHECK(prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER);
	CHILD_CHECK(syscall(CALL) == -1 && errno == ENOTDIR);
	CHILD_CHECK(syscall(SYS_getpid) > 0);
	/* A chain: the strictest answers. */
	CHILD_CHECK(!set_filter(SECCOMP_RET_ALLOW, 0));
	CHILD_CHECK(syscall(CALL) == -1 && errno == ENOTDIR);
	CHILD_CHECK(!set_filter(SECCOMP_RET_TRACE, 0)); /* nobody traces: laxer than the errno */
	CHILD_CHECK(syscall(CALL) == -1 && errno == ENOTDIR);
	CHILD_CHECK(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL) == -1 && errno == EINVAL);
}

static void errno_and_chain(void)
{
	CHECK(status_with(errno_child) == 0);
}

static void inherited_child(void)
{
	char *const arguments[] = { "seccomp", "inherited", NULL };
	pid_t pid;

	CHILD_CHECK(!set_filter(SECCOMP_RET_ERRNO | EXDEV, 0));
	pid = fork();
	if (!pid) {
		CHILD_CHECK(syscall(CALL) == -1 && errno == EXDEV);
		execv("/proc/self/exe", arguments);
		_exit(1);
	}
	CHILD_CHECK(ended_well(pid));
}

static void inherited_by_fork_and_exec(void)
{
	CHECK(status_with(inherited_child) == 0);
}

static void killed_child(void)
{
	CHILD_CHECK(!set_filter(SECCOMP_RET_KILL_PROCESS, 0));
	syscall(CALL);
}

static void killed_alone_child(void)
{
	CHILD_CHECK(!set_filter(SECCOMP_RET_KILL, 0));
	syscall(CALL);
}

static void *call_thread(void *nothing)
{
	syscall(CALL);
	return nothing;
}

static void killed_thread_child(void)
{
	pthread_t thread;

	CHILD_CHECK(!set_filter(SECCOMP_RET_KILL_THREAD, 0));
	CHILD_CHECK(!pthread_create(&thread, NULL, call_thread, NULL));
	CHILD_CHECK(!pthread_join(thread, NULL));
}

static void killed(void)
{
	int status = status_with(killed_child);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	status = status_with(killed_alone_child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	CHECK(status_with(killed_thread_child) == 0);
}

static volatile int trap_errno, trap_call, trap_code;
static volatile unsigned int trap_arch;

static void on_trap(__attribute__((unused)) int signal, siginfo_t *info,
		    __attribute__((unused)) void *context)
{
	trap_errno = info->si_errno;
	trap_call = info->si_syscall;
	trap_code = info->si_code;
	trap_arch = info->si_arch;
}

static void trap_child(void)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &action, NULL);
	CHILD_CHECK(!set_filter(SECCOMP_RET_TRAP | 0x123, 0));
	syscall(CALL, 0x4711);
	CHILD_CHECK(trap_errno == 0x123 && trap_call == CALL && trap_code == 1);
	CHILD_CHECK(trap_arch == 0xc00000f3);
	action.sa_handler = SIG_IGN;
	sigaction(SIGSYS, &action, NULL);
	syscall(CALL); /* ignoring does not help */
}

static void trapped(void)
{
	int status = status_with(trap_child);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static volatile int go;

static void *wait_and_call(void *result)
{
	while (!go)
		sched_yield();
	*(long *)result = syscall(CALL) < 0 ? errno : 0;
	return NULL;
}

static void tsync_child(void)
{
	pthread_t thread;
	long result = -1;

	go = 0;
	CHILD_CHECK(!pthread_create(&thread, NULL, wait_and_call, &result));
	CHILD_CHECK(!set_filter(SECCOMP_RET_ERRNO | ENOTDIR, SECCOMP_FILTER_FLAG_TSYNC));
	go = 1;
	CHILD_CHECK(!pthread_join(thread, NULL) && result == ENOTDIR);
}

static void *filter_thread(void *ready)
{
	*(volatile long *)ready = set_filter(SECCOMP_RET_ALLOW, 0) ? -1 : (long)syscall(SYS_gettid);
	while (!go)
		sched_yield();
	return NULL;
}

static void other_chain_child(void)
{
	pthread_t thread;
	volatile long ready = 0;
	int result;

	go = 0;
	CHILD_CHECK(!pthread_create(&thread, NULL, filter_thread, (void *)&ready));
	while (!ready)
		sched_yield();
	result = set_filter(SECCOMP_RET_ERRNO | ENOTDIR, SECCOMP_FILTER_FLAG_TSYNC);
	CHILD_CHECK(ready > 0 && result == ready);
	result = set_filter(SECCOMP_RET_ERRNO | ENOTDIR,
			    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
	CHILD_CHECK(result == -1 && errno == ESRCH);
	CHILD_CHECK(syscall(CALL) >= 0);
	go = 1;
	CHILD_CHECK(!pthread_join(thread, NULL));
}

static void given_to_threads(void)
{
	CHECK(status_with(tsync_child) == 0);
	CHECK(status_with(other_chain_child) == 0);
}

/* --- a tracer decides --- */

static int traced_caller(void)
{
	if (set_filter(SECCOMP_RET_TRACE | 0x77, 0))
		return 2;
	raise(SIGSTOP);
	return syscall(CALL) == ANSWER ? 0 : 1;
}

static void tracer_decides(void)
{
	pid_t pid = traced_child(traced_caller, PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD);
	struct ptrace_syscall_info info;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGSTOP));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, event_stop(PTRACE_EVENT_SECCOMP)));
	CHECK(event_message(pid) == 0x77);
	CHECK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info) == 84);
	CHECK(info.op == PTRACE_SYSCALL_INFO_SECCOMP && info.seccomp.nr == CALL &&
	      info.seccomp.ret_data == 0x77);
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(set_register(pid, A0, ANSWER) && resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));

	pid = traced_child(traced_caller, PTRACE_O_TRACESECCOMP);
	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGSTOP));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, event_stop(PTRACE_EVENT_SECCOMP)));
	CHECK(set_register(pid, A7, -1UL) && set_register(pid, A0, ANSWER)); /* skipped */
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

static void untraced_child(void)
{
	CHILD_CHECK(!set_filter(SECCOMP_RET_TRACE, 0));
	CHILD_CHECK(syscall(CALL) == -1 && errno == ENOSYS);
}

static void nobody_decides(void)
{
	CHECK(status_with(untraced_child) == 0);
}

/* --- wrong arguments --- */

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static int error_of_program(struct sock_filter first, unsigned short length)
{
	struct sock_filter program[2] = { first, BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog filter = { length, program };

	return error_of(seccomp(SECCOMP_SET_MODE_FILTER, 0, &filter));
}

static void user_child(void)
{
	CHILD_CHECK(!setresuid(1000, 1000, 1000));
	CHILD_CHECK(error_of_program((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0), 2) ==
		    EACCES);
}

static void wrong_arguments(void)
{
	struct sock_filter load = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), bad = load;
	struct sock_fprog nowhere = { 2, (void *)8 };
	unsigned int action = SECCOMP_RET_LOG;

	CHECK(error_of(seccomp(99, 0, NULL)) == EINVAL);
	CHECK(error_of(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL)) == EINVAL);
	CHECK(error_of(seccomp(SECCOMP_SET_MODE_STRICT, 0, &action)) == EINVAL);
	CHECK(error_of(seccomp(SECCOMP_SET_MODE_FILTER, 1 << 20, NULL)) == EINVAL);
	CHECK(error_of(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL)) == EFAULT);
	CHECK(error_of(seccomp(SECCOMP_SET_MODE_FILTER, 0, &nowhere)) == EFAULT);
	CHECK(error_of_program(load, 0) == EINVAL && error_of_program(load, 1) == EINVAL);
	CHECK(error_of_program(load, 4097) == EINVAL);
	bad.k = 64;
	CHECK(error_of_program(bad, 2) == EINVAL);
	bad.code = 0x1234;
	CHECK(error_of_program(bad, 2) == EINVAL);
	CHECK(error_of(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action)) == 0);
	CHECK(error_of(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, &action)) == EINVAL);
	CHECK(error_of(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, NULL)) == EFAULT);
	action = 0x12340000;
	CHECK(error_of(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action)) == EOPNOTSUPP);
	CHECK(error_of(prctl(PR_SET_SECCOMP, 77, 0)) == EINVAL);
	CHECK(status_with(user_child) == 0);
}

int main(int count, char **arguments)
{
	if (count > 1 && !strcmp(arguments[1], "inherited"))
		return syscall(CALL) == -1 && errno == EXDEV ? 0 : 1;
	RUN(strict_mode);
	RUN(errno_and_chain);
	RUN(inherited_by_fork_and_exec);
	RUN(killed);
	RUN(trapped);
	RUN(given_to_threads);
	RUN(tracer_decides);
	RUN(nobody_decides);
	RUN(wrong_arguments);
	return guest_result();
}
