/* SPDX-License-Identifier: MIT */
/*
 * What the files of opbench share: system calls without libc in between, loops that are timed, and
 * the form of an operation.
 */
#ifndef BENCH_OP_H
#define BENCH_OP_H

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, MIB = 1 << 20, CHUNK = 64 << 10, STACK = 64 << 10 };

enum {
	THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		       CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
};

#define EXIT_NOW "exit-now" /* the argument with which this program ends at once */

struct operation {
	const char *name;
	int64_t (*run)(uint64_t n); /* ticks for n iterations, or a negative errno */
	int per_iteration;	    /* operations in one iteration */
};

/* Each ends with an empty one. */
extern const struct operation task_operations[], talk_operations[], memory_operations[],
	poll_operations[], event_operations[], ipc_operations[], file_operations[],
	name_operations[], trace_operations[];

extern const char *self; /* path of this program */
extern char buffer[CHUNK];

/* Starts a thread that shares this one's libc state, so it may use none of it. There is one such
 * thread at a time. */
long thread_start(int (*body)(void *));
long thread_join(void);

/* A child that borrows this process's memory until it exits or executes. */
long vfork_call(int (*body)(void *));
/* Its end: 0, the negative of its exit status, or -EFAULT when a signal ended it. */
long wait_for_exec(long pid);

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

static inline long wait_for(long pid)
{
	return sys(SYS_wait4, pid);
}

static inline long map_anonymous(size_t size)
{
	return sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* Memory of base pages only; kernels without huge pages may refuse the advice. */
static inline long map_small_pages(size_t size)
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

#endif
