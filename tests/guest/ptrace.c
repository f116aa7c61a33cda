/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2): stops at signals and system calls, registers, memory, siginfo, attaching and leaving,
 * and wrong arguments.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/user.h>

#include "trace.h"

enum { ANSWER = 123456789 }; /* no id that a call would give */

static volatile long word = 0x1234567890abcdef;
static volatile int handled;

static void note(int signal)
{
	handled = signal;
}

/* --- signals --- */

static int raise_twice(void)
{
	signal(SIGUSR1, note);
	signal(SIGUSR2, note);
	raise(SIGUSR1);
	if (handled)
		return 1; /* it was suppressed */
	raise(SIGUSR1);
	return handled == SIGUSR2 ? 0 : 2; /* it was exchanged */
}

static void signals_are_seen_and_changed(void)
{
	pid_t pid = traced_child(raise_twice, 0);
	siginfo_t info;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, SIGUSR1));
	CHECK(!trace(PTRACE_GETSIGINFO, pid, 0, (long)&info));
	CHECK(info.si_signo == SIGUSR1 && info.si_code == SI_TKILL && info.si_pid == pid);
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGUSR1));
	CHECK(resume(PTRACE_CONT, pid, SIGUSR2));
	CHECK(exits_with(pid, 0));
}

static int ignore_and_raise(void)
{
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	raise(SIGTERM);
	return 1;
}

static void ignored_and_fatal_signals_are_seen(void)
{
	pid_t pid = traced_child(ignore_and_raise, 0);

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, SIGUSR1) && resume(PTRACE_CONT, pid, SIGUSR1));
	CHECK(stops_with(pid, SIGTERM) && resume(PTRACE_CONT, pid, SIGTERM));
	CHECK(killed_by(pid, SIGTERM));
}

static volatile sig_atomic_t trapped_pid, trapped_code;

static void on_child(int signal, siginfo_t *info, __attribute__((unused)) void *context)
{
	trapped_pid = signal == SIGCHLD ? info->si_pid : -1;
	trapped_code = info->si_code;
}

static void tracer_gets_sigchld_and_waitid(void)
{
	struct sigaction action = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO };
	pid_t pid = traced_child(wait_forever, 0);
	siginfo_t info;

	CHECK(pid > 0 && !sigaction(SIGCHLD, &action, NULL));
	CHECK(resume(PTRACE_CONT, pid, 0) && !kill(pid, SIGUSR1));
	CHECK(!waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	CHECK(info.si_pid == pid && info.si_code == CLD_TRAPPED && info.si_status == SIGUSR1);
	CHECK(trapped_pid == pid && trapped_code == CLD_TRAPPED);
	CHECK(stops_with(pid, SIGUSR1));
	CHECK(waitpid(pid, NULL, WNOHANG | __WALL) == 0); /* it was told */
	signal(SIGCHLD, SIG_DFL);
	finish(pid);
}

/* --- system calls --- */

static int ask_parent(void)
{
	return syscall(SYS_getppid) == ANSWER ? 0 : 1;
}

static bool to_call(pid_t pid, unsigned long number)
{
	unsigned long registers[32];

	for (;;) {
		if (!resume(PTRACE_SYSCALL, pid, 0) || next_stop(pid) != SYSCALL_STOP ||
		    !get_registers(pid, registers))
			return false;
		if (registers[A7] == number)
			return true;
		if (!resume(PTRACE_SYSCALL, pid, 0) || next_stop(pid) != SYSCALL_STOP)
			return false;
	}
}

static void result_is_changed(void)
{
	pid_t pid = traced_child(ask_parent, PTRACE_O_TRACESYSGOOD);

	CHECK(pid > 0 && to_call(pid, SYS_getppid));
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(set_register(pid, A0, ANSWER) && resume(PTRACE_CONT, pid, 0));
	CHECK(exits_with(pid, 0));
}

static void call_is_exchanged(void)
{
	pid_t pid = traced_child(ask_parent, PTRACE_O_TRACESYSGOOD);
	unsigned long registers[32];

	CHECK(pid > 0 && to_call(pid, SYS_getppid));
	CHECK(set_register(pid, A7, SYS_getpid));
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(get_registers(pid, registers) && registers[A0] == (unsigned long)pid);
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 1));
}

static void call_is_skipped(void)
{
	pid_t pid = traced_child(ask_parent, PTRACE_O_TRACESYSGOOD);
	unsigned long registers[32];

	CHECK(pid > 0 && to_call(pid, SYS_getppid));
	CHECK(set_register(pid, A7, -1UL));
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(get_registers(pid, registers) && registers[A0] == -(unsigned long)ENOSYS);
	CHECK(set_register(pid, A0, ANSWER));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

static int write_args(void)
{
	return syscall(SYS_kill, getpid(), 77) == -1 && errno == EINVAL ? 0 : 1;
}

static void syscall_info_tells(void)
{
	pid_t pid = traced_child(write_args, PTRACE_O_TRACESYSGOOD);
	struct ptrace_syscall_info info;
	long got;

	CHECK(pid > 0);
	got = trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info);
	CHECK(got == 24 && info.op == PTRACE_SYSCALL_INFO_NONE && info.arch == 0xc00000f3);
	CHECK(to_call(pid, SYS_kill));
	got = trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info);
	CHECK(got == 80 && info.op == PTRACE_SYSCALL_INFO_ENTRY);
	CHECK(info.entry.nr == SYS_kill && info.entry.args[0] == (unsigned long)pid &&
	      info.entry.args[1] == 77);
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	got = trace(PTRACE_GET_SYSCALL_INFO, pid, 8, (long)&info);
	CHECK(got == 33 && info.op == PTRACE_SYSCALL_INFO_EXIT);
	got = trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info);
	CHECK(got == 33 && info.exit.is_error && info.exit.rval == -EINVAL);
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

static int sleep_interrupted(void)
{
	struct timespec time = { 1000, 0 };

	signal(SIGUSR1, note);
	return syscall(SYS_nanosleep, &time, NULL) == -1 && errno == EINTR ? 0 : 1;
}

/* In the stop the program counter is at the call again: who changes registers and puts them back
 * changes nothing. */
static void interrupted_call_shows_its_restart(void)
{
	pid_t pid = traced_child(sleep_interrupted, PTRACE_O_TRACESYSGOOD);
	unsigned long before[32], after[32];

	CHECK(pid > 0 && to_call(pid, SYS_nanosleep) && get_registers(pid, before));
	CHECK(resume(PTRACE_CONT, pid, 0) && reaches_state(pid, 'S'));
	CHECK(!kill(pid, SIGURG) && stops_with(pid, SIGURG));
	CHECK(get_registers(pid, after) && after[0] == before[0] - 4);
	CHECK(set_register(pid, A7, before[A7]) && resume(PTRACE_SYSCALL, pid, SIGURG));
	CHECK(stops_with(pid, SYSCALL_STOP) && get_registers(pid, after));
	CHECK(after[A7] == SYS_restart_syscall);
	CHECK(resume(PTRACE_CONT, pid, 0) && reaches_state(pid, 'S'));
	CHECK(!kill(pid, SIGUSR1) && stops_with(pid, SIGUSR1));
	CHECK(resume(PTRACE_CONT, pid, SIGUSR1) && exits_with(pid, 0));
}

/* --- memory and registers --- */

static int look_at_word(void)
{
	return word == 0x1234567800000000 ? 0 : 1;
}

static void memory_is_read_and_written(void)
{
	pid_t pid = traced_child(look_at_word, 0);
	long got = 0;

	CHECK(pid > 0 && !trace(PTRACE_PEEKDATA, pid, (long)&word, (long)&got));
	CHECK(got == 0x1234567890abcdef);
	CHECK(!trace(PTRACE_POKEDATA, pid, (long)&word, 0x1234567800000000));
	CHECK(word == 0x1234567890abcdef); /* the child's copy */
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

static int return_seven(void)
{
	return 7;
}

/* A breakpoint in read-only text, which the parent runs too. */
static void text_is_written(void)
{
	pid_t pid = traced_child(return_seven, 0);
	unsigned long address = (unsigned long)return_seven & ~7UL, shift, text, registers[32];
	siginfo_t info;

	shift = ((unsigned long)return_seven & 7) * 8;
	CHECK(pid > 0 && !trace(PTRACE_PEEKTEXT, pid, address, (long)&text));
	CHECK(!trace(PTRACE_POKETEXT, pid, address,
		     (text & ~(0xffffUL << shift)) | 0x9002UL << shift));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGTRAP));
	CHECK(get_registers(pid, registers) && registers[0] == (unsigned long)return_seven);
	CHECK(!trace(PTRACE_GETSIGINFO, pid, 0, (long)&info));
	CHECK(info.si_code == TRAP_BRKPT && info.si_addr == (void *)return_seven);
	CHECK(return_seven() == 7);
	CHECK(!trace(PTRACE_POKETEXT, pid, address, text));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 7));
}

static int keep_float(void)
{
	register double value __asm__("fs1") = 1.5;

	__asm__ volatile("" : "+f"(value));
	raise(SIGUSR1);
	__asm__ volatile("" : "+f"(value));
	return value == 2.5 ? 0 : 1;
}

static void float_registers(void)
{
	pid_t pid = traced_child(keep_float, 0);
	struct {
		double f[32];
		unsigned int fcsr, pad;
	} set = { 0 };
	struct iovec vector = { &set, 1024 - 1024 % 8 };

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGUSR1));
	vector.iov_len = sizeof(set);
	CHECK(!trace(PTRACE_GETREGSET, pid, NT_PRFPREG, (long)&vector));
	CHECK(vector.iov_len == 33 * 8 && set.f[9] == 1.5);
	set.f[9] = 2.5;
	CHECK(!trace(PTRACE_SETREGSET, pid, NT_PRFPREG, (long)&vector));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

static int check_info(void)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	return sigwaitinfo(&set, &info) == SIGUSR2 && info.si_value.sival_int == 99 ? 0 : 1;
}

/* Pending signals, masks, and a siginfo that the tracer changes. */
static void siginfo_and_masks(void)
{
	pid_t pid = traced_child(check_info, 0);
	struct ptrace_peeksiginfo_args args = { 0, PTRACE_PEEKSIGINFO_SHARED, 8 };
	union sigval value = { .sival_int = 99 };
	siginfo_t info[8];
	unsigned long mask = 0;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGUSR1));
	CHECK(!trace(PTRACE_GETSIGMASK, pid, 8, (long)&mask));
	CHECK(mask == 1UL << (SIGUSR2 - 1));
	CHECK(trace(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)info) == 0);
	CHECK(!sigqueue(pid, SIGUSR2, value));
	CHECK(trace(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)info) == 1);
	CHECK(info[0].si_signo == SIGUSR2 && info[0].si_value.sival_int == 99);
	mask |= 1UL << (SIGKILL - 1) | 1UL << (SIGHUP - 1);
	CHECK(!trace(PTRACE_SETSIGMASK, pid, 8, (long)&mask));
	CHECK(!trace(PTRACE_GETSIGMASK, pid, 8, (long)&mask));
	CHECK(mask == (1UL << (SIGUSR2 - 1) | 1UL << (SIGHUP - 1)));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0)); /* sigwaitinfo is no delivery */
}

/* --- attach and detach --- */

static void attach_stops_and_detach_resumes(void)
{
	pid_t pid = plain_child(wait_forever);

	CHECK(pid > 0 && !trace(PTRACE_ATTACH, pid, 0, 0) && stops_with(pid, SIGSTOP));
	CHECK(state_of(pid) == 't');
	CHECK(!trace(PTRACE_DETACH, pid, 0, 0) && reaches_state(pid, 'S'));
	CHECK(!trace(PTRACE_ATTACH, pid, 0, 0) && stops_with(pid, SIGSTOP));
	CHECK(!trace(PTRACE_DETACH, pid, 0, SIGTERM) && killed_by(pid, SIGTERM));
}

static int sleep_two_seconds(void)
{
	struct timespec time = { 2, 0 };

	return (int)syscall(SYS_nanosleep, &time, NULL);
}

/* A tracer that interrupts a sleep and leaves at the end of the call: the program sees nothing of
 * it, the sleep goes on. */
static void interrupted_call_goes_on_after_detach(void)
{
	pid_t pid = plain_child(sleep_two_seconds);

	CHECK(pid > 0 && reaches_state(pid, 'S'));
	CHECK(!trace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD));
	CHECK(!trace(PTRACE_INTERRUPT, pid, 0, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_STOP)));
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && reaches_state(pid, 'S'));
	CHECK(!trace(PTRACE_INTERRUPT, pid, 0, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(!trace(PTRACE_DETACH, pid, 0, 0) && exits_with(pid, 0));
}

/* A child that job control has stopped: the stop is the tracer's to wait for; after the detach the
 * child is stopped as before. */
static void attach_to_a_stopped_one(void)
{
	pid_t pid = plain_child(wait_forever);
	int status;
	siginfo_t info;

	CHECK(pid > 0 && !kill(pid, SIGSTOP));
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(!trace(PTRACE_ATTACH, pid, 0, 0) && stops_with(pid, SIGSTOP));
	CHECK(trace_error(PTRACE_GETSIGINFO, pid, 0, (long)&info) == EINVAL);
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGSTOP)); /* of the attach */
	CHECK(!trace(PTRACE_DETACH, pid, 0, 0) && reaches_state(pid, 'T'));
	CHECK(!kill(pid, SIGCONT) && reaches_state(pid, 'S'));
	finish(pid);
}

/* Another process is the tracer: the real parent waits for the end all the same. */
static void traced_by_another(void)
{
	pid_t child = plain_child(wait_forever), tracer;
	int ready[2];
	char byte;

	CHECK(child > 0 && !pipe(ready));
	tracer = fork();
	if (!tracer) {
		CHILD_CHECK(!trace(PTRACE_ATTACH, child, 0, 0));
		CHILD_CHECK(next_stop(child) == SIGSTOP && resume(PTRACE_CONT, child, 0));
		CHILD_CHECK(write(ready[1], "x", 1) == 1);
		CHILD_CHECK(stops_with(child, SIGTERM) && resume(PTRACE_CONT, child, SIGTERM));
		CHILD_CHECK(reaches_state(child, 'Z'));
		CHILD_CHECK(killed_by(child, SIGTERM));
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(trace_error(PTRACE_ATTACH, child, 0, 0) == EPERM);
	CHECK(trace_error(PTRACE_CONT, child, 0, 0) == ESRCH);
	CHECK(waitpid(child, NULL, WNOHANG) == 0);
	CHECK(!kill(child, SIGTERM) && killed_by(child, SIGTERM));
	CHECK(ended_well(tracer));
	close(ready[0]);
	close(ready[1]);
}

static void kill_ends_a_stop(void)
{
	pid_t pid = traced_child(wait_forever, 0);

	CHECK(pid > 0 && !kill(pid, SIGKILL) && killed_by(pid, SIGKILL));
	pid = traced_child(wait_forever, 0);
	CHECK(pid > 0 && !trace(PTRACE_KILL, pid, 0, 0) && killed_by(pid, SIGKILL));
}

/* --- wrong arguments --- */

static const struct {
	long request;
	unsigned long address, data;
	int error;
} wrong[] = {
	{ PTRACE_PEEKDATA, 0, (unsigned long)&word, EIO },
	{ PTRACE_PEEKDATA, (unsigned long)&word, 8, EFAULT },
	{ PTRACE_POKEDATA, 8, 0, EIO },
	{ PTRACE_PEEKUSR, 0, (unsigned long)&word, EIO },
	{ PTRACE_POKEUSR, 0, 0, EIO },
	{ PTRACE_SINGLESTEP, 0, 0, EIO },
	{ PTRACE_CONT, 0, 65, EIO },
	{ PTRACE_SYSCALL, 0, -1UL, EIO },
	{ PTRACE_DETACH, 0, 65, EIO },
	{ PTRACE_INTERRUPT, 0, 0, EIO },
	{ PTRACE_LISTEN, 0, 0, EIO },
	{ PTRACE_SETOPTIONS, 0, 1 << 10, EINVAL },
	{ PTRACE_GETEVENTMSG, 0, 8, EFAULT },
	{ PTRACE_GETSIGINFO, 0, 8, EFAULT },
	{ PTRACE_SETSIGINFO, 0, 8, EFAULT },
	{ PTRACE_GETSIGMASK, 4, (unsigned long)&word, EINVAL },
	{ PTRACE_GETSIGMASK, 8, 8, EFAULT },
	{ PTRACE_SETSIGMASK, 16, (unsigned long)&word, EINVAL },
	{ PTRACE_SETSIGMASK, 8, 8, EFAULT },
	{ PTRACE_PEEKSIGINFO, 8, 8, EFAULT },
	{ PTRACE_GETREGSET, NT_PRSTATUS, 8, EFAULT },
	{ PTRACE_GET_SYSCALL_INFO, 88, 8, EFAULT },
	{ PTRACE_SEIZE, 0, 0, EPERM },
	{ PTRACE_SEIZE, 1, 0, EIO },
	{ PTRACE_SEIZE, 0, 1 << 10, EIO },
	{ PTRACE_ATTACH, 0, 0, EPERM },
	{ 12345, 0, 0, EIO },
};

static void wrong_requests(void)
{
	pid_t pid = traced_child(wait_forever, 0);
	static unsigned long registers[32];
	struct iovec odd = { registers, 12 }, bad = { (void *)8, 256 };
	struct ptrace_peeksiginfo_args args = { 0, 2, 1 };

	CHECK(pid > 0);
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int error = trace_error(wrong[i].request, pid, wrong[i].address, wrong[i].data);

		if (error != wrong[i].error)
			printf("request %#lx (%u): %d, expected %d\n", wrong[i].request, i, error,
			       wrong[i].error);
		CHECK(error == wrong[i].error);
	}
	CHECK(trace_error(PTRACE_GETREGSET, pid, NT_PRSTATUS, (long)&odd) == EINVAL);
	CHECK(trace_error(PTRACE_GETREGSET, pid, 0x1234, (long)&odd) == EINVAL);
	CHECK(trace_error(PTRACE_GETREGSET, pid, NT_PRSTATUS, (long)&bad) == EFAULT);
	CHECK(trace_error(PTRACE_PEEKSIGINFO, pid, (long)&args, (long)registers) == EINVAL);
	finish(pid);
}

static void wrong_tasks(void)
{
	pid_t pid = plain_child(wait_forever), other;

	CHECK(trace_error(PTRACE_ATTACH, getpid(), 0, 0) == EPERM);
	CHECK(trace_error(PTRACE_ATTACH, 0x7ffffff0, 0, 0) == ESRCH);
	CHECK(trace_error(PTRACE_ATTACH, 0, 0, 0) == ESRCH);
	CHECK(trace_error(PTRACE_ATTACH, 2, 0, 0) == EPERM); /* a kernel thread */
	CHECK(trace_error(PTRACE_CONT, pid, 0, 0) == ESRCH);
	CHECK(trace_error(12345, pid, 0, 0) == ESRCH);
	CHECK(!trace(PTRACE_SEIZE, pid, 0, 0));
	CHECK(trace_error(PTRACE_CONT, pid, 0, 0) == ESRCH); /* it runs */
	CHECK(trace_error(PTRACE_GETEVENTMSG, pid, 0, (long)&word) == ESRCH);
	finish(pid);
	other = fork();
	if (!other) {
		CHILD_CHECK(!trace(PTRACE_TRACEME, 0, 0, 0));
		CHILD_CHECK(trace_error(PTRACE_TRACEME, 0, 0, 0) == EPERM);
		_exit(0);
	}
	CHECK(exits_with(other, 0));
}

static pid_t user_child(int uid, bool dumpable)
{
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(1);
		prctl(PR_SET_DUMPABLE, dumpable);
		wait_forever();
	}
	return pid;
}

static void rights(void)
{
	pid_t mine = user_child(1000, true), hidden = user_child(1000, false), roots, tracer;

	roots = plain_child(wait_forever);
	CHECK(reaches_state(mine, 'S') && reaches_state(hidden, 'S'));
	tracer = fork();
	if (!tracer) {
		CHILD_CHECK(!setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
		CHILD_CHECK(trace_error(PTRACE_SEIZE, roots, 0, 0) == EPERM);
		CHILD_CHECK(trace_error(PTRACE_SEIZE, hidden, 0, 0) == EPERM);
		CHILD_CHECK(trace_error(PTRACE_SEIZE, mine, 0, 0) == 0);
		_exit(0);
	}
	CHECK(ended_well(tracer));
	CHECK(!trace(PTRACE_SEIZE, hidden, 0, 0));
	finish(mine);
	finish(hidden);
	finish(roots);
}

static char rseq_area[32] __attribute__((aligned(32)));

static int register_rseq(void)
{
	syscall(SYS_rseq, rseq_area, sizeof(rseq_area), 0, 0x53053053);
	raise(SIGUSR1);
	return 0;
}

struct rseq_told {
	unsigned long pointer;
	unsigned int size, signature, flags, pad;
};

static void rseq_is_told(void)
{
	struct rseq_told before = { .pointer = 1 }, rseq;
	pid_t pid = traced_child(register_rseq, 0);

	CHECK(pid > 0);
	CHECK(trace(0x420f, pid, sizeof(before), (unsigned long)&before) == sizeof(before));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGUSR1));
	CHECK(trace(0x420f, pid, sizeof(rseq), (unsigned long)&rseq) == sizeof(rseq));
	if (before.pointer) { /* the C library has registered its own, which stays */
		CHECK(!memcmp(&rseq, &before, sizeof(rseq)));
		CHECK(rseq.size >= 32 && rseq.signature == 0xf1401073 && !rseq.flags);
	} else {
		CHECK(!before.size && !before.signature && !before.flags);
		CHECK(rseq.pointer == (unsigned long)rseq_area && rseq.size == sizeof(rseq_area));
		CHECK(rseq.signature == 0x53053053 && !rseq.flags);
	}
	rseq.size = 1;
	CHECK(trace(0x420f, pid, sizeof(rseq.pointer), (unsigned long)&rseq) == sizeof(rseq));
	CHECK(rseq.size == 1);
	CHECK(trace_error(0x420f, pid, sizeof(rseq), 8) == EFAULT);
	finish(pid);
}

int main(void)
{
	RUN(signals_are_seen_and_changed);
	RUN(ignored_and_fatal_signals_are_seen);
	RUN(tracer_gets_sigchld_and_waitid);
	RUN(result_is_changed);
	RUN(call_is_exchanged);
	RUN(call_is_skipped);
	RUN(syscall_info_tells);
	RUN(interrupted_call_shows_its_restart);
	RUN(memory_is_read_and_written);
	RUN(text_is_written);
	RUN(float_registers);
	RUN(siginfo_and_masks);
	RUN(attach_stops_and_detach_resumes);
	RUN(interrupted_call_goes_on_after_detach);
	RUN(attach_to_a_stopped_one);
	RUN(traced_by_another);
	RUN(kill_ends_a_stop);
	RUN(wrong_requests);
	RUN(wrong_tasks);
	RUN(rights);
	RUN(rseq_is_told);
	return guest_result();
}
