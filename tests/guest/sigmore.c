/* SPDX-License-Identifier: MIT */
/*
 * Signals: what faults tell, flags of actions, restarts of each kind, children's stops, groups of
 * threads that stop, orphaned groups, what may be queued.
 */
#include "guest.h"
#include "handler.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <linux/futex.h>

static void ring_in(long us)
{
	struct itimerval value = { { 0, 0 }, { 0, us } };

	setitimer(ITIMER_REAL, &value, NULL);
}

/* --- faults --- */

static sigjmp_buf back;
static siginfo_t fault;

static void keep_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	fault = *info;
	siglongjmp(back, 1);
}

static char *page;

static void read_nothing(void)
{
	(void)*(volatile char *)64;
}

static void write_read_only(void)
{
	*(volatile char *)page = 1;
}

static void run_data(void)
{
	((void (*)(void))page)();
}

static void run_nothing(void)
{
	((void (*)(void))4096)();
}

static void illegal(void)
{
	__asm__ volatile(".4byte 0xffffffff");
}

static void breakpoint(void)
{
	__asm__ volatile("ebreak");
}

static void past_end(void)
{
	(void)*(volatile char *)(page + 4096);
}

static void what_faults_tell(void)
{
	const struct {
		void (*cause)(void);
		int signal, code;
		void *address;
	} faults[] = {
		{ read_nothing, SIGSEGV, SEGV_MAPERR, (void *)64 },
		{ run_nothing, SIGSEGV, SEGV_MAPERR, (void *)4096 },
		{ illegal, SIGILL, ILL_ILLOPC, NULL },
		{ breakpoint, SIGTRAP, TRAP_BRKPT, NULL },
		{ write_read_only, SIGSEGV, SEGV_ACCERR, NULL },
		{ run_data, SIGSEGV, SEGV_ACCERR, NULL },
		{ past_end, SIGBUS, BUS_ADRERR, NULL },
	};
	struct sigaction action = { .sa_sigaction = keep_fault, .sa_flags = SA_SIGINFO };
	int fd = open("/tmp/sigmore", O_RDWR | O_CREAT | O_TRUNC, 0600);

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	CHECK(!ftruncate(fd, 4096));
	page = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(page != MAP_FAILED);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		fault = (siginfo_t){ 0 };
		if (!sigsetjmp(back, 1))
			faults[i].cause();
		CHECK(fault.si_signo == faults[i].signal && fault.si_code == faults[i].code);
		CHECK(!faults[i].address || fault.si_addr == faults[i].address);
	}
	munmap(page, 8192);
	close(fd);
	unlink("/tmp/sigmore");
	signal(SIGSEGV, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
}

/* A fault whose signal is blocked or ignored ends the process all the same. */
static void faults_cannot_wait(void)
{
	for (int blocked = 0; blocked < 2; blocked++) {
		pid_t pid = fork();

		if (pid == 0) {
			sigset_t set;

			sigfillset(&set);
			if (blocked)
				sigprocmask(SIG_BLOCK, &set, NULL);
			else
				signal(SIGSEGV, SIG_IGN);
			read_nothing();
			_exit(0);
		}
		CHECK(WTERMSIG(status_of(pid)) == SIGSEGV);
	}
}

/* --- actions --- */

static void unknown_flags(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		uint64_t mask;
	} action = { note, 0x400 | 0x800 | 0x2000 | SA_RESTART, ~0UL }, now;

	CHECK(!syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8));
	CHECK(!syscall(SYS_rt_sigaction, SIGUSR1, NULL, &now, 8));
	CHECK(now.flags == (0x800 | SA_RESTART)); /* SA_UNSUPPORTED: what is not known is gone */
	CHECK(now.mask == ~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1)));
	CHECK(syscall(SYS_rt_sigaction, SIGKILL, &action, NULL, 8) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, SIGKILL, NULL, &now, 8) == 0);
	CHECK(syscall(SYS_rt_sigaction, 65, NULL, &now, 8) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &now, 4) < 0 && errno == EINVAL);
}

/* Children that nobody wants to know of leave no zombies; stops are not told to who says so. */
static void children_not_wanted(void)
{
	int status;
	pid_t pid;

	handle(SIGCHLD, note, SA_NOCLDWAIT);
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, &status, 0) < 0 && errno == ECHILD);
	CHECK(count == 1);
	handle(SIGCHLD, note, SA_NOCLDSTOP | SA_RESTART);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WSTOPSIG(status) == SIGSTOP && !count);
	kill(pid, SIGCONT);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status) && !count);
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL && count == 1);
	signal(SIGCHLD, SIG_DFL);
}

/* What SIGCHLD tells of stop, continuation and death. */
static siginfo_t child_info[8];

static void keep_child(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	if (count < 8)
		child_info[count++] = *info;
}

static void what_sigchld_tells(void)
{
	struct sigaction action = { .sa_sigaction = keep_child,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	int status;
	pid_t pid;

	count = 0;
	sigaction(SIGCHLD, &action, NULL);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	kill(pid, SIGCONT);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	while (count < 2) /* wait may return before it has run and told */
		usleep(1000);
	kill(pid, SIGABRT);
	CHECK(WTERMSIG(status_of(pid)) == SIGABRT);
	CHECK(count == 3); /* what wait tells of, SIGCHLD was sent for */
	CHECK(child_info[0].si_code == CLD_STOPPED && child_info[0].si_status == SIGSTOP);
	CHECK(child_info[1].si_code == CLD_CONTINUED && child_info[1].si_status == SIGCONT);
	CHECK(child_info[2].si_code == CLD_KILLED && child_info[2].si_status == SIGABRT);
	CHECK(child_info[0].si_pid == pid && child_info[2].si_pid == pid);
	signal(SIGCHLD, SIG_DFL);
}

/* --- restarts --- */

static void sleeps_again(void)
{
	struct timespec length = { 1, 200000000 }, left;
	long begin = now_ms();

	handle(SIGALRM, note, SA_RESTART);
	ring_in(400000); /* far off: a busy host must not let it come before the sleep */
	CHECK(nanosleep(&length, &left) < 0 && errno == EINTR && count == 1);
	CHECK(!left.tv_sec && left.tv_nsec > 0 && left.tv_nsec <= 900000000);
	pid_t pid = fork(); /* a stop and a continuation, without a handler: the rest is slept */
	if (pid == 0) {
		begin = now_ms();
		length = (struct timespec){ 0, 300000000 };
		CHILD_CHECK(nanosleep(&length, NULL) == 0 && now_ms() - begin >= 300);
		struct pollfd none = { -1, 0, 0 };
		begin = now_ms();
		CHILD_CHECK(poll(&none, 1, 300) == 0 && now_ms() - begin >= 300);
		int word = 0;
		begin = now_ms();
		CHILD_CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &length, NULL, 0) < 0 &&
			    errno == ETIMEDOUT && now_ms() - begin >= 300);
		_exit(0);
	}
	for (int i = 0; i < 10; i++) {
		sleep_ms(40);
		kill(pid, SIGSTOP);
		sleep_ms(10);
		kill(pid, SIGCONT);
	}
	CHECK(ended_well(pid));
}

static void interrupted_calls(void)
{
	int ends[2], word = 0;
	struct pollfd entry;
	fd_set set;
	char byte;

	CHECK(!pipe(ends));
	for (int restart = 0; restart < 2; restart++) {
		handle(SIGALRM, note, restart ? SA_RESTART : 0);
		ring_in(30000);
		entry = (struct pollfd){ ends[0], POLLIN, 0 };
		CHECK(poll(&entry, 1, -1) < 0 && errno == EINTR); /* never restarted */
		ring_in(30000);
		FD_ZERO(&set);
		FD_SET(ends[0], &set);
		CHECK(select(ends[0] + 1, &set, NULL, NULL, NULL) < 0 && errno == EINTR);
		ring_in(30000);
		CHECK(pause() < 0 && errno == EINTR);
	}
	handle(SIGALRM, note, 0);
	ring_in(30000);
	CHECK(read(ends[0], &byte, 1) < 0 && errno == EINTR);
	ring_in(30000);
	CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0) < 0 && errno == EINTR);
	close(ends[0]);
	close(ends[1]);
}

/* ppoll and pselect: another mask for the time of the call. */
static void masks_of_calls(void)
{
	struct timespec limit = { 10, 0 };
	sigset_t blocked, none;

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	handle(SIGUSR1, note, SA_RESTART);
	raise(SIGUSR1);
	CHECK(!count);
	CHECK(ppoll(NULL, 0, &limit, &none) < 0 && errno == EINTR && count == 1);
	raise(SIGUSR1);
	CHECK(count == 1);
	CHECK(pselect(0, NULL, NULL, NULL, &limit, &none) < 0 && errno == EINTR && count == 2);
	raise(SIGUSR1);
	CHECK(sigsuspend(&none) < 0 && errno == EINTR && count == 3);
	sigprocmask(SIG_BLOCK, NULL, &none);
	CHECK(sigismember(&none, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

/* --- stops of several threads --- */

static volatile int stop_now;
static volatile unsigned long turns[3];

static void *turn(void *data)
{
	while (!stop_now)
		turns[(long)data]++;
	return NULL;
}

static void threads_stop_together(void)
{
	int status;
	pid_t pid;

	for (int round = 0; round < 3; round++) {
		int ends[2];
		unsigned long seen[2];

		CHECK(!pipe(ends));
		pid = fork();
		if (pid == 0) {
			pthread_t thread[3];

			for (long i = 0; i < 3; i++)
				pthread_create(&thread[i], NULL, turn, (void *)i);
			for (;;) {
				unsigned long sum = turns[0] + turns[1] + turns[2];

				(void)!write(ends[1], &sum, sizeof(sum));
				usleep(2000);
			}
		}
		CHECK(read(ends[0], seen, 8) == 8);
		kill(pid, SIGSTOP);
		CHECK(waitpid(pid, &status, WUNTRACED) == pid);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
		CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0); /* told once */
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		while (read(ends[0], seen, 8) == 8)
			;
		sleep_ms(20);
		CHECK(read(ends[0], seen, 8) < 0 && errno == EAGAIN); /* it stands still */
		fcntl(ends[0], F_SETFL, 0);
		kill(pid, round == 2 ? SIGKILL : SIGCONT);
		if (round < 2) {
			CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
			CHECK(read(ends[0], seen, 8) == 8 && read(ends[0], seen, 8) == 8);
			kill(pid, SIGKILL);
		}
		CHECK(status_of(pid) == SIGKILL);
		close(ends[0]);
		close(ends[1]);
	}
}

/* A stopped group whose last tie to the session goes gets SIGHUP and SIGCONT. */
static void orphaned_group(void)
{
	int ends[2];
	char letter = 0;
	pid_t middle;

	CHECK(!pipe(ends));
	middle = fork();
	if (middle == 0) {
		pid_t child = fork();

		if (child == 0) {
			setpgid(0, 0);
			handle(SIGHUP, note, 0);
			raise(SIGTSTP); /* a stop, as its parent is in another group of the session
					 */
			while (!count)
				usleep(1000);
			(void)!write(ends[1], "h", 1);
			count = 0;
			raise(SIGTSTP); /* no stop, now that it is orphaned */
			(void)!write(ends[1], "n", 1);
			_exit(0);
		}
		CHILD_CHECK(waitpid(child, NULL, WUNTRACED) == child);
		_exit(0);
	}
	close(ends[1]);
	CHECK(ended_well(middle));
	CHECK(read(ends[0], &letter, 1) == 1 && letter == 'h');
	CHECK(read(ends[0], &letter, 1) == 1 && letter == 'n');
	close(ends[0]);
}

/* --- queueing --- */

static void what_may_be_queued(void)
{
	siginfo_t info = { 0 };
	pid_t other = fork();

	if (other == 0)
		for (;;)
			pause();
	info.si_code = SI_QUEUE;
	CHECK(!syscall(SYS_rt_sigqueueinfo, other, 0, &info));
	info.si_code = SI_USER;
	CHECK(syscall(SYS_rt_sigqueueinfo, other, SIGUSR1, &info) < 0 && errno == EPERM);
	info.si_code = SI_KERNEL;
	CHECK(syscall(SYS_rt_sigqueueinfo, other, SIGUSR1, &info) < 0 && errno == EPERM);
	info.si_code = SI_TKILL;
	CHECK(syscall(SYS_rt_sigqueueinfo, other, SIGUSR1, &info) < 0 && errno == EPERM);
	CHECK(syscall(SYS_rt_tgsigqueueinfo, other, other, SIGUSR1, &info) < 0 && errno == EPERM);
	info.si_code = SI_QUEUE;
	CHECK(syscall(SYS_rt_sigqueueinfo, other, 65, &info) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_rt_sigqueueinfo, 4194303, SIGUSR1, &info) < 0 && errno == ESRCH);
	CHECK(syscall(SYS_rt_sigqueueinfo, other, SIGUSR1, 16) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_rt_tgsigqueueinfo, 0, other, SIGUSR1, &info) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_rt_tgsigqueueinfo, getpid(), other, SIGUSR1, &info) < 0 &&
	      errno == ESRCH);
	kill(other, SIGKILL);
	CHECK(status_of(other) == SIGKILL);
	handle(SIGUSR1, note, 0);
	info.si_code = SI_USER; /* to oneself anything goes */
	CHECK(!syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info) && count == 1);
	CHECK(syscall(SYS_tgkill, getpid(), 4194303, 0) < 0 && errno == ESRCH);
	CHECK(syscall(SYS_tkill, 0, 0) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_tgkill, -1, getpid(), 0) < 0 && errno == EINVAL);
}

/* All 64 at once, taken by number, real-time ones after the others. */
static void all_of_them(void)
{
	struct timespec none = { 0, 0 };
	sigset_t all;
	int last = 0, taken = 0, got;

	pid_t pid = fork();
	if (pid == 0) {
		sigfillset(&all);
		for (int i = 1; i <= 64; i++)
			if (i != SIGKILL && i != SIGSTOP)
				syscall(SYS_rt_sigprocmask, SIG_BLOCK, &(uint64_t){ ~0UL }, NULL,
					8);
		for (int i = 64; i >= 1; i--)
			if (i != SIGKILL && i != SIGSTOP && i != SIGCONT && i != SIGTSTP &&
			    i != SIGTTIN && i != SIGTTOU)
				CHILD_CHECK(!syscall(SYS_tkill, getpid(), i));
		uint64_t faults = 1UL << (SIGSEGV - 1) | 1UL << (SIGBUS - 1) | 1UL << (SIGILL - 1) |
				  1UL << (SIGTRAP - 1) | 1UL << (SIGFPE - 1) | 1UL << (SIGSYS - 1);
		uint64_t set = faults;
		for (int i = 0; i < 6; i++) { /* what instructions cause goes first */
			got = (int)syscall(SYS_rt_sigtimedwait, &(uint64_t){ ~0UL }, NULL, &none,
					   8);
			CHILD_CHECK(got > 0 && set & 1UL << (got - 1));
			set &= ~(1UL << (got - 1));
		}
		while ((got = (int)syscall(SYS_rt_sigtimedwait, &(uint64_t){ ~0UL }, NULL, &none,
					   8)) > 0) {
			CHILD_CHECK(got > last);
			last = got;
			taken++;
		}
		CHILD_CHECK(taken == 64 - 6 - 6);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

int main(void)
{
	RUN(what_faults_tell);
	RUN(faults_cannot_wait);
	RUN(unknown_flags);
	RUN(children_not_wanted);
	RUN(what_sigchld_tells);
	RUN(sleeps_again);
	RUN(interrupted_calls);
	RUN(masks_of_calls);
	RUN(threads_stop_together);
	RUN(orphaned_group);
	RUN(what_may_be_queued);
	RUN(all_of_them);
	return guest_result();
}
