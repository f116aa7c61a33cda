/* SPDX-License-Identifier: MIT */
/* rseq(2): registration, where the thread runs, critical sections; membarrier(2). */
#include "guest.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define FAILS(call, error) ((call) < 0 && errno == (error))
#define SIGNATURE 0xf1401073u

struct shared {
	uint32_t cpu_id_start, cpu_id;
	uint64_t section;
	uint32_t flags, node_id, mm_cid, pad;
} __attribute__((aligned(32)));

struct section {
	uint32_t version, flags;
	uint64_t start, length, abort;
} __attribute__((aligned(32)));

static __thread struct shared area;

static long rseq(struct shared *at, unsigned int length, int flags, unsigned int signature)
{
	return syscall(SYS_rseq, at, length, flags, signature);
}

/* The C library may have registered one of its own for the first thread: other threads of clone(2)
 * begin without, so each case runs in a child that unregisters or has none. */
static void case_in_child(void *(*body)(void *))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		body(NULL);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

static int registered(void)
{
	return rseq(&area, sizeof(area), 0, SIGNATURE) == 0;
}

static void *registers(void *unused)
{
	(void)unused;
	CHILD_CHECK(FAILS(rseq(&area, 31, 0, SIGNATURE), EINVAL));
	CHILD_CHECK(FAILS(rseq((void *)&area.cpu_id, 32, 0, SIGNATURE), EINVAL));
	CHILD_CHECK(FAILS(rseq(&area, 32, 2, SIGNATURE), EINVAL));
	CHILD_CHECK(FAILS(rseq(&area, 32, 1, SIGNATURE), EINVAL));
	CHILD_CHECK(FAILS(rseq((void *)(1UL << 62), 32, 0, SIGNATURE), EFAULT));
	CHILD_CHECK(registered() && area.cpu_id_start == area.cpu_id);
	CHILD_CHECK(area.cpu_id < (uint32_t)sysconf(_SC_NPROCESSORS_CONF) && area.node_id == 0);
	CHILD_CHECK(FAILS(rseq(&area, 32, 0, SIGNATURE), EBUSY));
	CHILD_CHECK(FAILS(rseq(&area, 32, 0, 1), EPERM));
	CHILD_CHECK(FAILS(rseq(&area + 1, 32, 0, SIGNATURE), EINVAL));
	CHILD_CHECK(FAILS(rseq(&area, 32, 1, 1), EPERM));
	CHILD_CHECK(FAILS(rseq(&area, 64, 1, SIGNATURE), EINVAL));
	CHILD_CHECK(rseq(&area, 32, 1, SIGNATURE) == 0);
	CHILD_CHECK(area.cpu_id == (uint32_t)-1 && area.cpu_id_start == 0);
	CHILD_CHECK(FAILS(rseq(&area, 32, 1, SIGNATURE), EINVAL));
	return NULL;
}

static void *names_the_hart(void *unused)
{
	int count = (int)sysconf(_SC_NPROCESSORS_ONLN);

	(void)unused;
	CHILD_CHECK(registered());
	for (int i = 0; i < 50; i++) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET((size_t)(i % count), &set);
		CHILD_CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
		CHILD_CHECK(__atomic_load_n(&area.cpu_id, __ATOMIC_RELAXED) ==
			    (uint32_t)(i % count));
		CHILD_CHECK(area.cpu_id_start == area.cpu_id && sched_getcpu() == i % count);
	}
	pid_t pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		unsigned int cpu;

		area.cpu_id = 77;
		sched_yield();
		syscall(SYS_getcpu, &cpu, NULL, NULL);
		CHILD_CHECK(FAILS(rseq(&area, 32, 0, SIGNATURE), EBUSY));
		_exit(0);
	}
	CHILD_CHECK(ended_well(pid));
	return NULL;
}

/* --- sections --- */

static struct section section;

/* A loop inside a section, that only its abort handler ends: returns how often it was begun. */
static __attribute__((noinline)) long spin_in_section(volatile long *turns)
{
	register struct shared *shared __asm__("a1") = &area;
	register struct section *descriptor __asm__("a2") = &section;
	register volatile long *counter __asm__("a3") = turns;

	__asm__ volatile("lla t0, 1f\n"
			 "sd t0, 8(a2)\n"
			 "lla t1, 2f\n"
			 "sub t1, t1, t0\n"
			 "sd t1, 16(a2)\n"
			 "lla t1, 3f\n"
			 "sd t1, 24(a2)\n"
			 "sd a2, 8(a1)\n"
			 "1:\n"
			 "ld t2, 0(a3)\n"
			 "addi t2, t2, 1\n"
			 "sd t2, 0(a3)\n"
			 "j 1b\n"
			 "2:\n"
			 ".balign 4\n"
			 ".word 0xf1401073\n"
			 "3:\n"
			 :
			 : "r"(shared), "r"(descriptor), "r"(counter)
			 : "t0", "t1", "t2", "memory");
	return *turns;
}

static volatile long turns;

/* Another process on the same hart preempts the section. */
static void *preemption_aborts(void *unused)
{
	cpu_set_t set;
	pid_t pid;

	(void)unused;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CHILD_CHECK(sched_setaffinity(0, sizeof(set), &set) == 0 && registered());
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0)
		for (;;)
			;
	CHILD_CHECK(spin_in_section(&turns) >= 0 && area.section == 0);
	CHILD_CHECK(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
	return NULL;
}

static volatile sig_atomic_t handled;

static void count_signal(int signal)
{
	(void)signal;
	handled += area.section == 0;
}

static void *signals_abort(void *unused)
{
	pid_t parent = getpid(), pid;

	(void)unused;
	signal(SIGUSR1, count_signal);
	CHILD_CHECK(registered());
	pid = fork();
	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		for (;;) {
			sleep_ms(10);
			kill(parent, SIGUSR1);
		}
	}
	spin_in_section(&turns);
	while (!handled)
		sched_yield();
	CHILD_CHECK(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
	return NULL;
}

/* A wrong structure ends the process when it counts. */
static void bad_sections(void)
{
	for (int kind = 0; kind < 6; kind++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			uint64_t here = (uint64_t)(uintptr_t)bad_sections;

			section =
				(struct section){ .start = here, .length = 4, .abort = here + 64 };
			signal(SIGUSR1, count_signal);
			CHILD_CHECK(registered());
			switch (kind) {
			case 0: section.version = 1; break;
			case 1: section.flags = 1; break;
			case 2: section.abort = here + 2; break; /* inside */
			case 3: section.start = 1UL << 62; break;
			case 4: break; /* no signature before the handler */
			case 5: section.length = ~0UL; break;
			}
			area.section = (uint64_t)(uintptr_t)&section;
			for (int i = 0; i < 1000; i++)
				raise(SIGUSR1);
			_exit(0);
		}
		int status = status_of(pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	}
}

static void features_in_auxv(void)
{
	CHECK(getauxval(27) >= 28 && getauxval(28) == 32);
}

/* --- membarrier --- */

enum { QUERY = 0, GLOBAL = 1, PRIVATE = 8, SYNC_CORE = 32, RSEQ = 128, REGISTRATIONS = 512 };

static long membarrier(int command, unsigned int flags, int cpu)
{
	return syscall(SYS_membarrier, command, flags, cpu);
}

static void *barrier_registrations(void *unused)
{
	(void)unused;
	CHILD_CHECK(membarrier(QUERY, 0, 0) == 1023 && FAILS(membarrier(QUERY, 1, 0), EINVAL));
	CHILD_CHECK(membarrier(REGISTRATIONS, 0, 0) == 0);
	CHILD_CHECK(membarrier(GLOBAL, 0, 0) == 0 && membarrier(2, 0, 0) == 0);
	for (int command = PRIVATE; command <= RSEQ; command *= 4) {
		CHILD_CHECK(FAILS(membarrier(command, 0, 0), EPERM));
		CHILD_CHECK(membarrier(command * 2, 0, 0) == 0 && membarrier(command, 0, 0) == 0);
	}
	CHILD_CHECK(membarrier(4, 0, 0) == 0 && membarrier(REGISTRATIONS, 0, 0) == 340);
	CHILD_CHECK(membarrier(RSEQ, 1, 0) == 0 && membarrier(RSEQ, 1, 5000) == 0);
	CHILD_CHECK(FAILS(membarrier(RSEQ, 2, 0), EINVAL));
	CHILD_CHECK(FAILS(membarrier(PRIVATE, 1, 0), EINVAL));
	CHILD_CHECK(FAILS(membarrier(3, 0, 0), EINVAL) && FAILS(membarrier(1024, 0, 0), EINVAL));
	return NULL;
}

static volatile int stop;

static void *spinner(void *unused)
{
	(void)unused;
	if (registered())
		spin_in_section(&turns);
	stop = 1;
	return NULL;
}

/* A thread in a section, maybe on another hart, is sent out of it. */
static void *barrier_restarts(void *unused)
{
	pthread_t thread;

	(void)unused;
	CHILD_CHECK(membarrier(RSEQ * 2, 0, 0) == 0);
	CHILD_CHECK(pthread_create(&thread, NULL, spinner, NULL) == 0);
	while (!stop)
		CHILD_CHECK(membarrier(RSEQ, 0, 0) == 0);
	CHILD_CHECK(pthread_join(thread, NULL) == 0);
	return NULL;
}

/* Two threads that send each other: neither waits for ever. */
static void *many_barriers(void *unused)
{
	(void)unused;
	for (int i = 0; i < 50; i++)
		CHILD_CHECK(membarrier(i % 2 ? RSEQ : PRIVATE, 0, 0) == 0);
	return NULL;
}

static void *barriers_cross(void *unused)
{
	pthread_t threads[3];

	CHILD_CHECK(membarrier(RSEQ * 2, 0, 0) == 0 && membarrier(PRIVATE * 2, 0, 0) == 0);
	for (int i = 0; i < 3; i++)
		CHILD_CHECK(pthread_create(&threads[i], NULL, many_barriers, NULL) == 0);
	many_barriers(unused);
	for (int i = 0; i < 3; i++)
		CHILD_CHECK(pthread_join(threads[i], NULL) == 0);
	return NULL;
}

#define CHILD_CASE(name)                                                                           \
	static void case_##name(void)                                                              \
	{                                                                                          \
		case_in_child(name);                                                               \
	}
CHILD_CASE(registers)
CHILD_CASE(names_the_hart)
CHILD_CASE(preemption_aborts)
CHILD_CASE(signals_abort)
CHILD_CASE(barrier_registrations)
CHILD_CASE(barrier_restarts)
CHILD_CASE(barriers_cross)

int main(int count, char **arguments)
{
	(void)count;
	/* Started anew without the C library's own registration. */
	if (!getenv("GLIBC_TUNABLES")) {
		setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
		execv("/proc/self/exe", arguments);
		return 1;
	}
	RUN(case_registers);
	RUN(case_names_the_hart);
	RUN(case_preemption_aborts);
	RUN(case_signals_abort);
	RUN(bad_sections);
	RUN(features_in_auxv);
	RUN(case_barrier_registrations);
	RUN(case_barrier_restarts);
	RUN(case_barriers_cross);
	return guest_result();
}
