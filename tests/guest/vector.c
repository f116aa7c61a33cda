/* SPDX-License-Identifier: MIT */
/*
 * The vector extension: state of each task, in signal frames, who may use it. Without vectors (as
 * QEMU's harts are unless told): that programs are told so.
 */
#include "guest.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

enum { SET_CONTROL = 69, GET_CONTROL = 70, OFF = 1, ON = 2, INHERIT = 16 };
enum { HWPROBE = 258, V_MAGIC = 0x53465457, LONGEST = 1024, REGISTERS = 32 };

#define V(text) ".option push\n.option arch, +v\n" text "\n.option pop\n"

static bool has_vectors(void)
{
	return getauxval(AT_HWCAP) >> ('V' - 'A') & 1;
}

static unsigned long bytes_of_register(void)
{
	unsigned long bytes;

	__asm__ volatile(V("csrr %0, vlenb") : "=r"(bytes));
	return bytes;
}

/* All registers at once; no system call between put and get, in the tests that use both. */
static void put(const uint8_t *from)
{
	unsigned long group;

	__asm__ volatile(V("vsetvli %0, zero, e8, m8, ta, ma\n"
			   "vle8.v v0, (%1)\n add %1, %1, %0\n"
			   "vle8.v v8, (%1)\n add %1, %1, %0\n"
			   "vle8.v v16, (%1)\n add %1, %1, %0\n"
			   "vle8.v v24, (%1)")
			 : "=&r"(group), "+r"(from)
			 :
			 : "memory");
}

static void get(uint8_t *to)
{
	unsigned long group;

	__asm__ volatile(V("vsetvli %0, zero, e8, m8, ta, ma\n"
			   "vse8.v v0, (%1)\n add %1, %1, %0\n"
			   "vse8.v v8, (%1)\n add %1, %1, %0\n"
			   "vse8.v v16, (%1)\n add %1, %1, %0\n"
			   "vse8.v v24, (%1)")
			 : "=&r"(group), "+r"(to)
			 :
			 : "memory");
}

static void fill(uint8_t *pattern, unsigned int seed)
{
	for (int i = 0; i < REGISTERS * LONGEST; i++)
		pattern[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
}

static bool holds(const uint8_t *pattern)
{
	static __thread uint8_t now[REGISTERS * LONGEST];

	get(now);
	return !memcmp(now, pattern, REGISTERS * bytes_of_register());
}

/* --- without --- */

static void none(void)
{
	pid_t pid = fork();

	CHECK(prctl(GET_CONTROL) < 0 && errno == EINVAL);
	CHECK(prctl(SET_CONTROL, ON) < 0 && errno == EINVAL);
	if (pid == 0) {
		bytes_of_register();
		_exit(0);
	}
	CHECK(WTERMSIG(status_of(pid)) == SIGILL);
}

/* --- with --- */

static void told(void)
{
	struct {
		int64_t key;
		uint64_t value;
	} pair = { 4, 0 };
	unsigned long frame = getauxval(AT_MINSIGSTKSZ);

	CHECK(!syscall(HWPROBE, &pair, 1, 0, NULL, 0) && pair.value & 4);
	CHECK(frame >= 1088 + 64 + REGISTERS * bytes_of_register());
}

/* Several threads and processes with values of their own, on whatever harts. */
static volatile bool stop;

static void *keep_values(void *data)
{
	static __thread uint8_t pattern[REGISTERS * LONGEST];
	unsigned int seed = (unsigned int)(unsigned long)data;

	for (int round = 0; round < 40 && !stop; round++) {
		fill(pattern, seed + (unsigned int)round * 977);
		put(pattern);
		for (volatile int i = 0; i < 20000; i++)
			;
		if (!holds(pattern))
			stop = true;
		sched_yield();
	}
	return NULL;
}

static void many_tasks(void)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			pthread_t thread[3];

			for (long n = 0; n < 3; n++)
				pthread_create(&thread[n], NULL, keep_values,
					       (void *)(n + 10L * getpid()));
			for (int n = 0; n < 3; n++)
				pthread_join(thread[n], NULL);
			_exit(stop);
		}
	}
	for (int i = 0; i < 3; i++)
		CHECK(ended_well(pids[i]));
}

static uint8_t mine[REGISTERS * LONGEST], others[REGISTERS * LONGEST];
static volatile bool frame_is_right, change_in_frame, ready;
static volatile sig_atomic_t handled;

struct record {
	uint32_t magic, size;
	uint64_t vstart, vl, vtype, vcsr, vlenb;
	uint8_t *registers;
};

static void look_and_spoil(int signal, siginfo_t *info, void *context)
{
	ucontext_t *frame = context;
	struct record *record = (void *)((char *)&frame->uc_mcontext.__fpregs + 520);
	uint32_t *end;

	(void)signal, (void)info;
	if (!ready)
		return;
	ready = false;
	end = (uint32_t *)(record->registers + REGISTERS * record->vlenb);
	frame_is_right = record->magic == V_MAGIC && record->vlenb == bytes_of_register() &&
			 record->size == 56 + REGISTERS * record->vlenb &&
			 record->registers == (uint8_t *)(record + 1) && !end[0] && !end[1] &&
			 !memcmp(record->registers, mine, REGISTERS * record->vlenb);
	if (change_in_frame)
		memcpy(record->registers, others, REGISTERS * record->vlenb);
	fill(others, 5);
	put(others);
	handled = 1;
}

/* A timer's signal between two instructions: the handler's values do not stay, those in the frame
 * do. */
static void in_frames(void)
{
	struct sigaction action = { .sa_sigaction = look_and_spoil, .sa_flags = SA_SIGINFO };
	struct itimerspec often = { { 0, 3000000 }, { 0, 3000000 } };
	int id;

	sigaction(SIGALRM, &action, NULL);
	CHECK(!syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
	CHECK(!syscall(SYS_timer_settime, id, 0, &often, NULL));
	for (int round = 0; round < 6; round++) {
		change_in_frame = round % 2;
		handled = 0;
		fill(mine, (unsigned int)round);
		fill(others, 5);
		put(mine);
		ready = true;
		while (!handled)
			;
		CHECK(holds(round % 2 ? others : mine));
		CHECK(frame_is_right);
	}
	syscall(SYS_timer_delete, id);
}

static void control(void)
{
	pid_t pid;

	CHECK(prctl(GET_CONTROL) == ON);
	bytes_of_register();
	CHECK(prctl(SET_CONTROL, OFF) < 0 && errno == EPERM); /* it is in use */
	CHECK(prctl(SET_CONTROL, 3) < 0 && errno == EINVAL);
	CHECK(prctl(SET_CONTROL, 32) < 0 && errno == EINVAL);
	CHECK(prctl(SET_CONTROL, 3 << 2) < 0 && errno == EINVAL);
	pid = fork();
	if (pid == 0) {
		CHILD_CHECK(prctl(SET_CONTROL, OFF << 2 | INHERIT) == 0);
		CHILD_CHECK(prctl(GET_CONTROL) == (ON | OFF << 2 | INHERIT));
		execl("/proc/self/exe", "vector", "-without", NULL);
		_exit(2);
	}
	CHECK(WTERMSIG(status_of(pid)) == SIGILL);
}

/* --- for tracers --- */

static const long breakpoint_size = 4;

static int stop_with(const uint8_t *mine, const uint8_t *others)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	put(mine);
	__asm__ volatile(".option push\n.option norvc\nebreak\n.option pop");
	return holds(others) ? 0 : 1;
}

static void traced(void)
{
	static uint8_t mine[REGISTERS * LONGEST], others[REGISTERS * LONGEST];
	static struct {
		unsigned long csr[5];
		uint8_t registers[REGISTERS * LONGEST];
	} set;
	struct iovec vector = { &set, sizeof(set) }, some = { &set, sizeof(set.csr) };
	unsigned long integer[32], bytes = REGISTERS * bytes_of_register();
	struct iovec integers = { integer, sizeof(integer) };
	void *const type = (void *)0x901; /* NT_RISCV_VECTOR */
	int status;
	pid_t pid;

	fill(mine, 1);
	fill(others, 2);
	pid = fork();
	if (!pid)
		_exit(stop_with(mine, others));
	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	CHECK(!ptrace(PTRACE_GETREGSET, pid, type, &vector) && set.csr[4] == bytes / REGISTERS);
	CHECK(!memcmp(set.registers, mine, bytes));
	set.csr[4]++;
	CHECK(ptrace(PTRACE_SETREGSET, pid, type, &some) == -1 && errno == EINVAL);
	set.csr[4]--;
	memcpy(set.registers, others, bytes);
	CHECK(!ptrace(PTRACE_SETREGSET, pid, type, &vector));
	CHECK(!ptrace(PTRACE_GETREGSET, pid, (void *)1, &integers));
	integer[0] += breakpoint_size;
	CHECK(!ptrace(PTRACE_SETREGSET, pid, (void *)1, &integers));
	CHECK(!ptrace(PTRACE_CONT, pid, NULL, NULL) && ended_well(pid));
}

static int without(void)
{
	if (prctl(GET_CONTROL) != (OFF | OFF << 2 | INHERIT))
		return 1;
	bytes_of_register();
	return 3;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-without"))
		return without();
	if (!has_vectors()) {
		RUN(none);
		return guest_result();
	}
	RUN(told);
	RUN(many_tasks);
	RUN(in_frames);
	RUN(control);
	RUN(traced);
	return guest_result();
}
