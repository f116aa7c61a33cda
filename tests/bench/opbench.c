/* SPDX-License-Identifier: MIT */
/*
 * opbench - cost of single operating system operations on riscv64 Linux.
 *
 *   opbench [ARG...]        every ARG is acted on in order:
 *
 *     NAME                  measure one operation (see the table below)
 *     all                   measure every operation (the default)
 *     threads               create sleeping threads until that fails
 *     timebase=HZ           frequency of the time CSR, else it is calibrated
 *     batch_ms=MS           shortest batch to measure, 10 ms unless told
 *     /PATH                 print a file
 *     /PATH=VALUE           write VALUE to a file
 *     run COUNT PROGRAM...  run a program COUNT times; takes the rest of ARG
 *
 * Every result is a line of
 *     name  iterations  ticks/op  ns/op
 * separated by tabs, or of "name  unsupported  reason". Everything is printed
 * between the lines "opbench: begin" and "opbench: end". As process 1 it mounts
 * /proc and /dev first, sleeps until the kernel has done what it left for after
 * the boot (on Linux that takes most of a hart for a second), and turns the
 * machine off at the end.
 *
 * Operations enter the kernel by a bare ecall, so that libc's part is left out
 * of the measurement, save libc's clone, its clock_gettime and its program start.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	MIB = 1 << 20,
	CHUNK = 64 << 10,
	BATCHES = 5,
	RING = 16,
	FAULT_PAGES = 4096,
	COW_PAGES = 1024,
	STACK = 64 << 10,
	SLEEPER_STACK = 1024,
	SLEEPERS_MAX = 1 << 18,
	SETTLE_SECONDS = 2,
	THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		       CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
};

#define EXIT_NOW "exit-now"

static const char *self; /* path of this program */
static double timebase;
static double batch_ms = 10;
static char buffer[CHUNK];

/* --- the machine and the kernel, without libc in between --- */

static inline int64_t ticks(void)
{
	int64_t now;

	__asm__ volatile("rdtime %0" : "=r"(now) : : "memory");
	return now;
}

static inline __attribute__((always_inline)) long raw_syscall(long nr, long a, long b, long c,
							      long d, long e, long f)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

/* sys(number, up to six arguments): the result, or a negative errno. */
#define SYS_PADDED(nr, a, b, c, d, e, f, ...)                                                      \
	raw_syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(...) SYS_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* The value of a call, or out of the function with its negative errno. */
#define TRY(call)                                                                                  \
	({                                                                                         \
		long try_result = (long)(call);                                                    \
		if (try_result < 0)                                                                \
			return try_result;                                                         \
		try_result;                                                                        \
	})

/* Repeats one statement n times; the ticks it took are the function's result. */
#define TIMED_LOOP(n, statement)                                                                   \
	do {                                                                                       \
		int64_t loop_start = ticks();                                                      \
		for (uint64_t loop_i = 0; loop_i < (n); loop_i++) {                                \
			statement;                                                                 \
		}                                                                                  \
		return ticks() - loop_start;                                                       \
	} while (0)

static inline __attribute__((always_inline)) long fork_raw(void)
{
	return sys(SYS_clone, SIGCHLD);
}

static inline __attribute__((always_inline)) void exit_raw(int status)
{
	for (;;)
		sys(SYS_exit_group, status);
}

static long wait_for(long pid)
{
	return sys(SYS_wait4, pid);
}

static long map_anonymous(size_t size)
{
	return sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* Memory of base pages only; kernels without huge pages may refuse the advice. */
static long map_small_pages(size_t size)
{
	long memory = TRY(map_anonymous(size));

	sys(SYS_madvise, memory, size, MADV_NOHUGEPAGE);
	return memory;
}

static inline void touch_pages(long memory, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		*(volatile char *)(memory + at) = 1;
}

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

static int64_t fork_beside(uint64_t n, long memory)
{
	TRY(memory);
	touch_pages(memory, 64 * MIB);
	int64_t spent = op_fork(n);
	sys(SYS_munmap, memory, 64 * MIB);
	return spent;
}

static int64_t op_fork_64m(uint64_t n)
{
	return fork_beside(n, map_anonymous(64 * MIB));
}

static int64_t op_fork_64m_small(uint64_t n)
{
	return fork_beside(n, map_small_pages(64 * MIB));
}

static char thread_stack[STACK] __attribute__((aligned(16)));

/* A child that borrows this process's memory until it exits or executes. */
static long vfork_call(int (*body)(void *))
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

static long wait_for_exec(long pid)
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

/* Starts a thread that shares this one's libc state, so it may use none of it. */
static long thread_start(int (*body)(void *))
{
	int pid =
		clone(body, thread_stack + STACK, THREAD_FLAGS, NULL, &thread_id, NULL, &thread_id);

	return pid < 0 ? -errno : pid;
}

static long thread_join(void)
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

/* --- one process or thread talking to another --- */

/* A child that sends every byte on, until its input ends. */
static long echo_start(int in, int out, const int *inherited, int count)
{
	long pid = TRY(fork_raw());

	if (pid != 0)
		return pid;
	for (int i = 0; i < count; i++)
		if (inherited[i] != in && inherited[i] != out)
			sys(SYS_close, inherited[i]);
	char byte;
	while (sys(SYS_read, in, &byte, 1) == 1 && sys(SYS_write, out, &byte, 1) == 1)
		;
	exit_raw(0);
	return 0;
}

static int64_t round_trips(uint64_t n, int out, int in)
{
	char byte = 0;

	TIMED_LOOP(n, {
		TRY(sys(SYS_write, out, &byte, 1));
		TRY(sys(SYS_read, in, &byte, 1));
	});
}

/* A token through `processes` processes in a ring of pipes, this one being first. */
static int64_t ring(uint64_t laps, int processes)
{
	int fds[2 * RING];
	long pids[RING];

	for (int i = 0; i < processes; i++)
		TRY(sys(SYS_pipe2, fds + 2 * i, 0));
	for (int i = 1; i < processes; i++)
		pids[i] = TRY(echo_start(fds[2 * (i - 1)], fds[2 * i + 1], fds, 2 * processes));
	int out = fds[1];
	int in = fds[2 * (processes - 1)];
	for (int i = 0; i < 2 * processes; i++)
		if (fds[i] != in && fds[i] != out)
			sys(SYS_close, fds[i]);
	int64_t spent = round_trips(laps, out, in);
	sys(SYS_close, out);
	sys(SYS_close, in);
	for (int i = 1; i < processes; i++)
		TRY(wait_for(pids[i]));
	return spent;
}

static int64_t op_pipe_pingpong(uint64_t n)
{
	return ring(n, 2);
}

static int64_t op_ring(uint64_t n)
{
	return ring(n, RING);
}

static int64_t op_socket_pingpong(uint64_t n)
{
	int ends[2];

	TRY(sys(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends));
	long pid = TRY(echo_start(ends[1], ends[1], ends, 2));
	sys(SYS_close, ends[1]);
	int64_t spent = round_trips(n, ends[0], ends[0]);
	sys(SYS_close, ends[0]);
	TRY(wait_for(pid));
	return spent;
}

static long transfer(long number, int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		long moved = TRY(sys(number, fd, buffer + done % CHUNK, CHUNK - done % CHUNK));
		if (moved == 0)
			return -EPIPE;
		done += moved;
	}
	return 0;
}

static int64_t stream_timed(uint64_t n, int out, int in)
{
	int64_t start = ticks();
	char done;

	TRY(transfer(SYS_write, out, n * CHUNK));
	TRY(sys(SYS_read, in, &done, 1));
	return ticks() - start;
}

static int64_t op_pipe_stream(uint64_t n)
{
	int data[2], reply[2];

	TRY(sys(SYS_pipe2, data, 0));
	TRY(sys(SYS_pipe2, reply, 0));
	long pid = TRY(fork_raw());
	if (pid == 0) {
		sys(SYS_close, data[1]);
		sys(SYS_close, reply[0]);
		transfer(SYS_read, data[0], n * CHUNK);
		sys(SYS_write, reply[1], buffer, 1);
		exit_raw(0);
	}
	sys(SYS_close, data[0]);
	sys(SYS_close, reply[1]);
	int64_t spent = stream_timed(n, data[1], reply[0]);
	sys(SYS_close, data[1]);
	sys(SYS_close, reply[0]);
	TRY(wait_for(pid));
	return spent;
}

/* Whose turn it is: 0 the measuring thread, 1 the other one, 2 the end. */
static volatile uint32_t turn;

static inline long turn_wait(uint32_t mine)
{
	uint32_t seen;

	while ((seen = turn) != mine && seen != 2) {
		long result = sys(SYS_futex, &turn, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, seen);
		if (result < 0 && result != -EAGAIN && result != -EINTR)
			return result;
	}
	return 0;
}

static inline long turn_pass(uint32_t next)
{
	__atomic_store_n(&turn, next, __ATOMIC_SEQ_CST);
	return sys(SYS_futex, &turn, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

static int turn_other(void *unused)
{
	(void)unused;
	while (turn_wait(1) == 0 && turn != 2)
		turn_pass(0);
	return 0;
}

static int64_t turns_timed(uint64_t n)
{
	TIMED_LOOP(n, {
		TRY(turn_pass(1));
		TRY(turn_wait(0));
	});
}

static int64_t op_futex_pingpong(uint64_t n)
{
	turn = 0;
	TRY(thread_start(turn_other));
	int64_t spent = turns_timed(n);
	turn_pass(2);
	TRY(thread_join());
	return spent;
}

/* Two threads, each with a counter in a set of its own: waits for its counter, takes what is there,
 * and adds to the other's. */
static int epoll_set[2], epoll_counter[2];

static long epoll_turn(int side)
{
	struct epoll_event event;
	uint64_t value;

	TRY(sys(SYS_epoll_pwait, epoll_set[side], &event, 1, -1, 0, 8));
	TRY(sys(SYS_read, epoll_counter[side], &value, sizeof(value)));
	return TRY(sys(SYS_write, epoll_counter[!side], &value, sizeof(value)));
}

static uint64_t epoll_turns;

static int epoll_other(void *unused)
{
	(void)unused;
	for (uint64_t i = 0; i < epoll_turns; i++)
		epoll_turn(1);
	return 0;
}

static int64_t epoll_timed(uint64_t n)
{
	uint64_t one = 1;
	int64_t start = ticks();

	TRY(sys(SYS_write, epoll_counter[1], &one, sizeof(one)));
	for (uint64_t i = 0; i < n; i++)
		TRY(epoll_turn(0));
	return ticks() - start;
}

static int64_t op_epoll_pingpong(uint64_t n)
{
	struct epoll_event event = { .events = EPOLLIN };
	int64_t spent;

	for (int side = 0; side < 2; side++) {
		epoll_set[side] = (int)TRY(sys(SYS_epoll_create1, 0));
		epoll_counter[side] = (int)TRY(sys(SYS_eventfd2, 0, 0));
		TRY(sys(SYS_epoll_ctl, epoll_set[side], EPOLL_CTL_ADD, epoll_counter[side],
			&event));
	}
	epoll_turns = n;
	TRY(thread_start(epoll_other));
	spent = epoll_timed(n);
	TRY(thread_join());
	for (int side = 0; side < 2; side++) {
		TRY(sys(SYS_close, epoll_set[side]));
		TRY(sys(SYS_close, epoll_counter[side]));
	}
	return spent;
}

/* --- memory --- */

static int64_t fault_pages(uint64_t n, long (*map)(size_t))
{
	int64_t spent = 0;

	while (n > 0) {
		uint64_t pages = n < FAULT_PAGES ? n : FAULT_PAGES;
		long memory = TRY(map(pages * PAGE));
		int64_t start = ticks();
		touch_pages(memory, pages * PAGE);
		spent += ticks() - start;
		TRY(sys(SYS_munmap, memory, pages * PAGE));
		n -= pages;
	}
	return spent;
}

static int64_t op_fault_small(uint64_t n)
{
	return fault_pages(n, map_small_pages);
}

static int64_t op_fault_default(uint64_t n)
{
	return fault_pages(n, map_anonymous);
}

/* The ticks a child takes to write to pages that it shares with its parent. */
static int64_t cow_child(long memory, size_t size)
{
	int result[2];
	int64_t spent = -EIO;

	TRY(sys(SYS_pipe2, result, 0));
	long pid = TRY(fork_raw());
	if (pid == 0) {
		int64_t start = ticks();
		touch_pages(memory, size);
		spent = ticks() - start;
		sys(SYS_write, result[1], &spent, sizeof(spent));
		exit_raw(0);
	}
	sys(SYS_close, result[1]);
	sys(SYS_read, result[0], &spent, sizeof(spent));
	sys(SYS_close, result[0]);
	TRY(wait_for(pid));
	return spent;
}

static int64_t op_fault_cow(uint64_t n)
{
	int64_t spent = 0;

	while (n > 0) {
		uint64_t pages = n < COW_PAGES ? n : COW_PAGES;
		long memory = TRY(map_small_pages(pages * PAGE));
		touch_pages(memory, pages * PAGE);
		spent += TRY(cow_child(memory, pages * PAGE));
		TRY(sys(SYS_munmap, memory, pages * PAGE));
		n -= pages;
	}
	return spent;
}

static int64_t map_and_unmap(uint64_t n, size_t size, size_t touched)
{
	TIMED_LOOP(n, {
		long memory = TRY(map_anonymous(size));
		touch_pages(memory, touched);
		TRY(sys(SYS_munmap, memory, size));
	});
}

static int64_t op_map_4k(uint64_t n)
{
	return map_and_unmap(n, PAGE, 0);
}

static int64_t op_map_touch_4k(uint64_t n)
{
	return map_and_unmap(n, PAGE, PAGE);
}

static int64_t op_map_1m(uint64_t n)
{
	return map_and_unmap(n, MIB, 0);
}

static int64_t op_map_touch_1m(uint64_t n)
{
	return map_and_unmap(n, MIB, MIB);
}

/* --- signals --- */

static void on_signal(int number)
{
	(void)number;
}

static int64_t op_signal(uint64_t n)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	long pid = sys(SYS_getpid);
	long tid = sys(SYS_gettid);
	TIMED_LOOP(n, TRY(sys(SYS_tgkill, pid, tid, SIGUSR1)));
}

/* --- files: this program's own --- */

static int64_t op_open_close(uint64_t n)
{
	TIMED_LOOP(n, {
		long fd = TRY(sys(SYS_openat, AT_FDCWD, self, O_RDONLY));
		TRY(sys(SYS_close, fd));
	});
}

static int64_t reads_timed(uint64_t n, long fd)
{
	TIMED_LOOP(n, TRY(sys(SYS_pread64, fd, buffer, PAGE, 0)));
}

static int64_t op_read_4k(uint64_t n)
{
	long fd = TRY(sys(SYS_openat, AT_FDCWD, self, O_RDONLY));
	int64_t spent = reads_timed(n, fd);

	sys(SYS_close, fd);
	return spent;
}

static int64_t op_stat(uint64_t n)
{
	struct stat status;

	TIMED_LOOP(n, TRY(sys(SYS_newfstatat, AT_FDCWD, self, &status, 0)));
}

/* --- the table --- */

static const struct operation {
	const char *name;
	int64_t (*run)(uint64_t n); /* ticks for n iterations, or a negative errno */
	int per_iteration;	    /* operations in one iteration */
} operations[] = {
	{ "null_syscall", op_null, 1 }, /* getppid */
	{ "gettid", op_gettid, 1 },
	{ "sched_yield_alone", op_yield, 1 },
	{ "clock_gettime_libc", op_clock_libc, 1 }, /* vDSO where there is one */
	{ "clock_gettime_syscall", op_clock_syscall, 1 },
	{ "fork_exit_wait", op_fork, 1 },
	{ "fork_exit_wait_64m", op_fork_64m, 1 },
	{ "fork_exit_wait_64m_4k", op_fork_64m_small, 1 }, /* without huge pages */
	{ "vfork_exit_wait", op_vfork, 1 },
	{ "fork_exec_exit_wait", op_fork_exec, 1 },
	{ "vfork_exec_exit_wait", op_vfork_exec, 1 },
	{ "thread_create_join", op_thread, 1 },
	{ "pipe_pingpong", op_pipe_pingpong, 1 }, /* a round trip */
	{ "pipe_ring16_hop", op_ring, RING },
	{ "pipe_stream_64k", op_pipe_stream, 1 },
	{ "socketpair_pingpong", op_socket_pingpong, 1 },
	{ "futex_pingpong", op_futex_pingpong, 1 },
	{ "epoll_pingpong", op_epoll_pingpong, 1 },
	{ "fault_anon_4k", op_fault_small, 1 },	       /* a page */
	{ "fault_anon_default", op_fault_default, 1 }, /* a page, huge pages allowed */
	{ "fault_cow_4k", op_fault_cow, 1 },
	{ "mmap_munmap_4k", op_map_4k, 1 },
	{ "mmap_touch_munmap_4k", op_map_touch_4k, 1 },
	{ "mmap_munmap_1m", op_map_1m, 1 },
	{ "mmap_touch_munmap_1m", op_map_touch_1m, 1 },
	{ "signal_self", op_signal, 1 }, /* tgkill, handler, sigreturn */
	{ "open_close", op_open_close, 1 },
	{ "read_4k", op_read_4k, 1 },
	{ "stat", op_stat, 1 },
};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

/* Printed and sent: nothing may be left for the console to do during a batch. */
static void flush(void)
{
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
}

static int compare_ticks(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* The median of several batches, each of the iterations that fill batch_ms. */
static void measure(const struct operation *operation)
{
	double wanted = timebase * batch_ms / 1e3;
	int64_t batch[BATCHES];
	int64_t spent;
	uint64_t n = 1;

	while ((spent = operation->run(n)) >= 0 && spent < wanted && n < UINT64_C(1) << 32)
		n *= 2;
	for (int i = 0; i < BATCHES && spent >= 0; i++)
		batch[i] = spent = operation->run(n);
	if (spent < 0) {
		printf("%s\tunsupported\t%s\n", operation->name, strerror((int)-spent));
	} else {
		qsort(batch, BATCHES, sizeof(batch[0]), compare_ticks);
		double cost = (double)batch[BATCHES / 2] / (double)n / operation->per_iteration;
		printf("%s\t%llu\t%.4f\t%.1f\n", operation->name, (unsigned long long)n, cost,
		       cost * 1e9 / timebase);
	}
	flush();
}

/* --- how many threads there can be --- */

static const char *const meters[] = { "MemFree",    "AnonPages",   "Slab",  "KernelStack",
				      "PageTables", "VmallocUsed", "Percpu" };

enum { METERS = sizeof(meters) / sizeof(meters[0]), METER_INTERVAL = 1000 };

static struct crowd {
	volatile long threads;
	volatile long metered; /* threads at the last reading of the meters */
	volatile long error;
	long before[METERS], after[METERS];
} * crowd;

static void read_meters(long *kib)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	if (!file)
		return;
	while (getline(&line, &size, file) > 0)
		for (int i = 0; i < METERS; i++) {
			size_t length = strlen(meters[i]);
			if (strncmp(line, meters[i], length) == 0 && line[length] == ':')
				kib[i] = strtol(line + length + 1, NULL, 10);
		}
	free(line);
	fclose(file);
}

static __attribute__((noreturn)) int sleeper(void *unused)
{
	(void)unused;
	for (;;)
		sys(SYS_ppoll);
}

static void gather_crowd(void)
{
	int ignored;
	long stacks = map_small_pages((size_t)SLEEPERS_MAX * SLEEPER_STACK);

	if (stacks < 0) {
		crowd->error = -stacks;
		return;
	}
	read_meters(crowd->before);
	while (crowd->threads < SLEEPERS_MAX) {
		long top = stacks + (crowd->threads + 1) * SLEEPER_STACK;
		if (clone(sleeper, (void *)top, THREAD_FLAGS, NULL, &ignored, NULL, NULL) < 0) {
			crowd->error = errno;
			return;
		}
		if (++crowd->threads % METER_INTERVAL == 0) {
			read_meters(crowd->after);
			crowd->metered = crowd->threads;
		}
	}
}

/* In a child, as the kernel may kill what runs out of memory. */
static void count_threads(void)
{
	int status = 0;

	crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (crowd == MAP_FAILED) {
		printf("threads\tunsupported\t%s\n", strerror(errno));
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		gather_crowd();
		exit_raw(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		printf("threads\tunsupported\t%s\n", strerror(errno));
		return;
	}
	printf("threads\t%ld\t%s\n", crowd->threads,
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : strerror((int)crowd->error));
	for (int i = 0; i < METERS && crowd->metered > 0; i++)
		printf("threads_%s\t%ld\t%.3f KiB/thread\n", meters[i], crowd->metered,
		       (double)(crowd->after[i] - crowd->before[i]) / (double)crowd->metered);
	munmap(crowd, sizeof(*crowd));
}

/* --- arguments --- */

static void print_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t got;

	if (!file) {
		printf("%s\tunsupported\t%s\n", path, strerror(errno));
		return;
	}
	printf("# %s\n", path);
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		fwrite(buffer, 1, got, stdout);
	fclose(file);
	flush();
}

static void write_file(char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%s\n", value) < 0 || fflush(file) != 0)
		printf("%s\tunsupported\t%s\n", path, strerror(errno));
	if (file)
		fclose(file);
}

static void run_program(int count, char **command)
{
	for (int i = 0; i < count; i++) {
		flush();
		int64_t start = ticks();
		int status = 0;
		pid_t pid = fork();
		if (pid == 0) {
			execv(command[0], command);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0) {
			printf("run\tunsupported\t%s\n", strerror(errno));
			return;
		}
		double spent = (double)(ticks() - start);
		printf("run\t%s\tstatus %d\t%.0f\t%.0f\n", command[0], status, spent,
		       spent * 1e9 / timebase);
	}
}

static double calibrate(void)
{
	struct timespec from, to;
	const double interval = 20e6;
	double elapsed;

	if (clock_gettime(CLOCK_MONOTONIC, &from))
		return 10e6;
	int64_t start = ticks();
	do {
		clock_gettime(CLOCK_MONOTONIC, &to);
		elapsed = (double)(to.tv_sec - from.tv_sec) * 1e9 +
			  (double)(to.tv_nsec - from.tv_nsec);
	} while (elapsed < interval);
	return (double)(ticks() - start) * 1e9 / elapsed;
}

/* Measures the operation of that name, or all; false where there is none. */
static bool measure_named(const char *name)
{
	bool all = strcmp(name, "all") == 0;
	bool found = false;

	for (int i = 0; i < OPERATIONS; i++)
		if (all || strcmp(name, operations[i].name) == 0) {
			measure(&operations[i]);
			found = true;
		}
	return found;
}

static bool take_setting(const char *argument, const char *name, double *setting)
{
	size_t length = strlen(name);

	if (strncmp(argument, name, length) != 0)
		return false;
	*setting = strtod(argument + length, NULL);
	return true;
}

/* Settings hold for all that is measured, so they are taken out first. */
static bool is_setting(const char *argument)
{
	return take_setting(argument, "timebase=", &timebase) ||
	       take_setting(argument, "batch_ms=", &batch_ms);
}

static void take_settings(int count, char **arguments)
{
	for (int i = 0; i < count; i++)
		is_setting(arguments[i]);
}

static void act_on(int count, char **arguments)
{
	bool measured_or_told = false;

	for (int i = 0; i < count; i++) {
		char *argument = arguments[i];
		char *value = strchr(argument, '=');
		if (is_setting(argument))
			continue;
		measured_or_told = true;
		if (argument[0] == '/' && value) {
			*value = '\0';
			write_file(argument, value + 1);
		} else if (argument[0] == '/') {
			print_file(argument);
		} else if (strcmp(argument, "threads") == 0) {
			count_threads();
		} else if (strcmp(argument, "run") == 0 && i + 2 < count) {
			run_program(atoi(arguments[i + 1]), arguments + i + 2);
			break;
		} else if (!measure_named(argument)) {
			printf("%s\tunsupported\tno such operation\n", argument);
		}
	}
	if (!measured_or_told)
		measure_named("all");
}

static void become_init(void)
{
	const struct timespec settle = { .tv_sec = SETTLE_SECONDS };

	mkdir("/proc", 0555);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	nanosleep(&settle, NULL);
}

int main(int argc, char **argv)
{
	int64_t started = ticks();
	bool init = getpid() == 1;
	struct utsname name = { 0 };

	if (argc == 2 && strcmp(argv[1], EXIT_NOW) == 0)
		exit_raw(0);
	self = argv[0];
	signal(SIGPIPE, SIG_IGN);
	if (init)
		become_init();
	uname(&name);
	printf("opbench: begin\n# %s %s %s\n# started\t%lld ticks\n", name.sysname, name.release,
	       name.machine, (long long)started);
	take_settings(argc - 1, argv + 1);
	if (timebase <= 0)
		timebase = calibrate();
	printf("# timebase\t%.0f Hz\n", timebase);
	flush();
	act_on(argc - 1, argv + 1);
	printf("opbench: end\n");
	flush();
	if (init)
		reboot(RB_POWER_OFF);
	return 0;
}
