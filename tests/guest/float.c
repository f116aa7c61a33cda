/* SPDX-License-Identifier: MIT */
/* Floating-point registers belong to a thread, whoever else uses them on the same hart. */
#include "guest.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

static volatile sig_atomic_t signals;

static void spoil(int signal)
{
	(void)signal;
	__asm__ volatile("fmv.d.x fs0, zero\n fmv.d.x fs5, zero\n fmv.d.x ft3, zero"
			 :
			 :
			 : "fs0", "fs5", "ft3");
	signals++;
}

/* Keeps a value in registers that calls preserve, over many switches. */
static long keep(long value, int rounds)
{
	long low = 0, high = 0;

	for (int i = 0; i < rounds; i++) {
		__asm__ volatile("fmv.d.x fs1, %2\n"
				 "fmv.d.x fs11, %2\n"
				 "fmv.d.x ft4, %2\n"
				 "li a7, 124\n" /* sched_yield */
				 "ecall\n"
				 "fmv.x.d %0, fs1\n"
				 "fmv.x.d %1, ft4\n"
				 : "=&r"(low), "=&r"(high)
				 : "r"(value)
				 : "a0", "a7", "fs1", "fs11", "ft4", "memory");
		if (low != value || high != value)
			return -1;
	}
	return 0;
}

static void over_processes(void)
{
	enum { PROCESSES = 8 };
	pid_t pids[PROCESSES];

	for (long i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(keep(0x1111111111111111 * (i + 1), 3000) ? 1 : 0);
	}
	for (int i = 0; i < PROCESSES; i++)
		CHECK(ended_well(pids[i]));
}

static void *keep_in_thread(void *argument)
{
	return (void *)keep((long)argument, 3000);
}

static void over_threads(void)
{
	enum { THREADS = 8 };
	pthread_t threads[THREADS];
	void *result;

	for (long i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, keep_in_thread, (void *)(i + 77)) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], &result) == 0 && result == NULL);
}

static void over_signals(void)
{
	long value = 0x4045000000000000, seen, self = getpid();

	signal(SIGUSR1, spoil);
	__asm__ volatile("fmv.d.x fs0, %0\n fmv.d.x fs5, %0" : : "r"(value) : "fs0", "fs5");
	register long a7 __asm__("a7") = 129; /* kill */
	register long a0 __asm__("a0") = self;
	register long a1 __asm__("a1") = SIGUSR1;
	__asm__ volatile("fmv.d.x ft3, %1\n"
			 "ecall\n"
			 "fmv.x.d %0, ft3"
			 : "=&r"(seen), "+r"(value), "+r"(a0)
			 : "r"(a7), "r"(a1)
			 : "ft3", "memory");
	CHECK(signals == 1 && seen == value);
	signal(SIGUSR1, SIG_DFL);
}

static void child_inherits(void)
{
	long value = 0x3ff8000000000000, seen;
	register long a7 __asm__("a7") = 220; /* clone */
	register long a0 __asm__("a0") = SIGCHLD;
	register long a1 __asm__("a1") = 0;

	__asm__ volatile("fmv.d.x fs2, %3\n"
			 "ecall\n"
			 "fmv.x.d %1, fs2"
			 : "+r"(a0), "=&r"(seen)
			 : "r"(a7), "r"(value), "r"(a1)
			 : "fs2", "a2", "a3", "a4", "memory");
	if (a0 == 0)
		_exit(seen == value ? 0 : 1);
	CHECK(a0 > 0 && seen == value);
	CHECK(ended_well(a0));
}

static void rounding_mode(void)
{
	unsigned long mode;

	__asm__ volatile("fsrm %0" : : "r"(2ul));
	sched_yield();
	__asm__ volatile("frrm %0" : "=r"(mode));
	__asm__ volatile("fsrm %0" : : "r"(0ul));
	CHECK(mode == 2);
}

int main(void)
{
	RUN(over_processes);
	RUN(over_threads);
	RUN(over_signals);
	RUN(child_inherits);
	RUN(rounding_mode);
	return guest_result();
}
