/* SPDX-License-Identifier: MIT */
/* Signals: handlers, masks, restarts, faults with their addresses, frames. */
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile sig_atomic_t caught;
static siginfo_t last;
static sigjmp_buf back;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	caught = signal;
	last = *info;
}

static void jump_back(int signal, siginfo_t *info, void *context)
{
	note(signal, info, context);
	siglongjmp(back, 1);
}

static int install(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	caught = 0;
	return sigaction(signal, &action, NULL);
}

static void who_sent_it(void)
{
	CHECK(install(SIGUSR1, note, 0) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(caught == SIGUSR1 && last.si_pid == getpid() && last.si_code == SI_USER);
}

static void queued_value(void)
{
	CHECK(install(SIGRTMIN, note, 0) == 0);
	CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 77 }) == 0);
	CHECK(caught == SIGRTMIN && last.si_value.sival_int == 77 && last.si_code == SI_QUEUE);
}

static void masked_stay_pending(void)
{
	sigset_t set, old, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	CHECK(install(SIGUSR2, note, 0) == 0);
	CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	raise(SIGUSR2);
	CHECK(caught == 0 && sigpending(&pending) == 0 && sigismember(&pending, SIGUSR2));
	CHECK(sigsuspend(&old) < 0 && errno == EINTR && caught == SIGUSR2);
	CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
}

static void fault_addresses(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED && install(SIGSEGV, jump_back, 0) == 0);
	if (!sigsetjmp(back, 1))
		*(volatile char *)0x1234 = 1;
	CHECK(caught == SIGSEGV && last.si_addr == (void *)0x1234 && last.si_code == SEGV_MAPERR);
	caught = 0;
	if (!sigsetjmp(back, 1))
		*(volatile char *)(page + 5) = 1;
	CHECK(caught == SIGSEGV && last.si_addr == page + 5 && last.si_code == SEGV_ACCERR);
	caught = 0;
	if (!sigsetjmp(back, 1))
		(void)*(volatile char *)0xffffffff80000000ul;
	CHECK(caught == SIGSEGV);
	munmap(page, 4096);
	signal(SIGSEGV, SIG_DFL);
}

/* To where no program is. The lowest bit of a target does not count, so none is misaligned. */
static void wild_jumps(void)
{
	static const unsigned long targets[] = { 0,
						 2,
						 0x3ffffffffe,
						 0x4000000000,
						 0xffffffc000000000,
						 0xffffffff80000000,
						 0xffffffff80200001,
						 0x1234567812345678,
						 ~0ul };

	CHECK(install(SIGSEGV, jump_back, 0) == 0);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		caught = 0;
		if (!sigsetjmp(back, 1))
			__asm__ volatile("jalr %0" : : "r"(targets[i]) : "ra", "memory");
		CHECK(caught == SIGSEGV && (unsigned long)last.si_addr == (targets[i] & ~1ul));
		CHECK(last.si_code == SEGV_MAPERR);
	}
	signal(SIGSEGV, SIG_DFL);
}

static int answer(void)
{
	return 42;
}

static void odd_targets_lose_their_bit(void)
{
	int (*volatile odd)(void) = (int (*)(void))((unsigned long)answer | 1);

	CHECK(odd() == 42);
}

static void illegal_instruction(void)
{
	CHECK(install(SIGILL, jump_back, 0) == 0);
	if (!sigsetjmp(back, 1))
		__asm__ volatile(".4byte 0xffffffff");
	CHECK(caught == SIGILL && last.si_code == ILL_ILLOPC);
	signal(SIGILL, SIG_DFL);
}

static void breakpoint(void)
{
	CHECK(install(SIGTRAP, jump_back, 0) == 0);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("ebreak");
	CHECK(caught == SIGTRAP);
	signal(SIGTRAP, SIG_DFL);
}

static int overflow(int depth)
{
	volatile char frame[4096];

	memset((char *)frame, depth, sizeof(frame));
	return depth > 1000000 ? 0 : overflow(depth + 1) + frame[7];
}

static void stack_overflow(void)
{
	static char other[64 << 10];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };

	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK(install(SIGSEGV, jump_back, SA_ONSTACK) == 0);
	if (!sigsetjmp(back, 1))
		overflow(0);
	CHECK(caught == SIGSEGV);
	signal(SIGSEGV, SIG_DFL);
}

static void interrupt_after(long ms)
{
	struct itimerval timer = { .it_value = { 0, ms * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void interrupted_calls(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	CHECK(install(SIGALRM, note, 0) == 0);
	interrupt_after(50);
	CHECK(read(ends[0], &byte, 1) < 0 && errno == EINTR && caught == SIGALRM);
	CHECK(install(SIGALRM, note, SA_RESTART) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(150);
		_exit(write(ends[1], "x", 1) != 1);
	}
	interrupt_after(50);
	CHECK(read(ends[0], &byte, 1) == 1 && caught == SIGALRM);
	CHECK(ended_well(pid));
	close(ends[0]);
	close(ends[1]);
}

static void remaining_time(void)
{
	struct timespec want = { 1, 0 }, rest = { 0, 0 };

	CHECK(install(SIGALRM, note, SA_RESTART) == 0);
	interrupt_after(100);
	CHECK(nanosleep(&want, &rest) < 0 && errno == EINTR);
	CHECK(rest.tv_sec == 0 && rest.tv_nsec > 100000000);
}

static void registers_survive(void)
{
	double a = 1.5, b = 2.25;
	long before, after;

	CHECK(install(SIGUSR1, note, 0) == 0);
	__asm__ volatile("mv %0, sp" : "=r"(before));
	for (int i = 0; i < 100; i++) {
		raise(SIGUSR1);
		a = a * 1.0 + b * 0.0;
	}
	__asm__ volatile("mv %0, sp" : "=r"(after));
	CHECK(a == 1.5 && before == after);
}

static void child_reports(void)
{
	CHECK(install(SIGCHLD, note, 0) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(11);
	CHECK(WEXITSTATUS(status_of(pid)) == 11);
	CHECK(caught == SIGCHLD && last.si_pid == pid && last.si_status == 11);
	signal(SIGCHLD, SIG_DFL);
}

static void default_actions(void)
{
	const int signals[] = { SIGTERM, SIGUSR1, SIGPIPE, SIGSEGV, SIGABRT, SIGRTMIN + 1 };

	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			signal(signals[i], SIG_DFL);
			raise(signals[i]);
			_exit(0);
		}
		int status = status_of(pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
	}
}

int main(void)
{
	RUN(who_sent_it);
	RUN(queued_value);
	RUN(masked_stay_pending);
	RUN(fault_addresses);
	RUN(wild_jumps);
	RUN(odd_targets_lose_their_bit);
	RUN(illegal_instruction);
	RUN(breakpoint);
	RUN(stack_overflow);
	RUN(interrupted_calls);
	RUN(remaining_time);
	RUN(registers_survive);
	RUN(child_reports);
	RUN(default_actions);
	return guest_result();
}
