/* SPDX-License-Identifier: MIT */
/* clone and clone3 by the bare call: what each flag shares, and which go together. */
#include "guest.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef CLONE_VM
#define CLONE_VM 0x100
#endif

enum { STACK = 64 << 10 };

static volatile int value;
static volatile int tid_word;

/* clone with the child running function on a stack of its own; it exits with what that returns. */
static long clone_call(unsigned long flags, int (*function)(void), volatile int *parent_tid,
		       volatile int *child_tid)
{
	static char stack[STACK] __attribute__((aligned(16)));
	register long a0 __asm__("a0") = flags;
	register long a1 __asm__("a1") = (long)(stack + STACK);
	register long a2 __asm__("a2") = (long)parent_tid;
	register long a3 __asm__("a3") = 0;
	register long a4 __asm__("a4") = (long)child_tid;
	register long a7 __asm__("a7") = SYS_clone;
	register void *s2 __asm__("s2") = (void *)function;

	__asm__ volatile("ecall\n"
			 "bnez a0, 1f\n"
			 "jalr s2\n"
			 "li a7, 93\n" /* exit */
			 "ecall\n"
			 "1:"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7), "r"(s2)
			 : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a5", "a6");
	return a0;
}

static int set_value(void)
{
	value = 5;
	return 7;
}

static int change_directory(void)
{
	return chdir("/proc");
}

static int open_null(void)
{
	return open("/dev/null", O_RDONLY);
}

static void memory(void)
{
	value = 1;
	long pid = clone_call(SIGCHLD, set_value, NULL, NULL);
	CHECK(pid > 0 && WEXITSTATUS(status_of(pid)) == 7 && value == 1);
	pid = clone_call(CLONE_VM | SIGCHLD, set_value, NULL, NULL);
	CHECK(pid > 0 && WEXITSTATUS(status_of(pid)) == 7 && value == 5);
}

static void directory(void)
{
	char path[100];

	CHECK(chdir("/tmp") == 0);
	CHECK(ended_well(clone_call(CLONE_VM | SIGCHLD, change_directory, NULL, NULL)));
	CHECK(getcwd(path, sizeof(path)) && !strcmp(path, "/tmp"));
	CHECK(ended_well(clone_call(CLONE_VM | CLONE_FS | SIGCHLD, change_directory, NULL, NULL)));
	CHECK(getcwd(path, sizeof(path)) && !strcmp(path, "/proc"));
	CHECK(chdir("/tmp") == 0);
}

static void files(void)
{
	long pid = clone_call(CLONE_VM | SIGCHLD, open_null, NULL, NULL);
	int number = WEXITSTATUS(status_of(pid));
	CHECK(fcntl(number, F_GETFD) < 0 && errno == EBADF);
	pid = clone_call(CLONE_VM | CLONE_FILES | SIGCHLD, open_null, NULL, NULL);
	CHECK(WEXITSTATUS(status_of(pid)) == number && fcntl(number, F_GETFD) == 0);
	close(number);
}

static void tids(void)
{
	static volatile int parent_tid;

	parent_tid = 0;
	tid_word = -1;
	long pid = clone_call(CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
			      set_value, &parent_tid, &tid_word);
	CHECK(pid > 0 && parent_tid == pid);
	CHECK(WEXITSTATUS(status_of(pid)) == 7 && tid_word == 0);
	pid = clone_call(CLONE_VM | CLONE_CHILD_SETTID | SIGCHLD, set_value, NULL, &tid_word);
	CHECK(WEXITSTATUS(status_of(pid)) == 7 && tid_word == pid);
}

static int thread_body(void)
{
	value = getpid();
	sleep_ms(20);
	return 0;
}

/* The end of a thread wakes who waits on its tid word. */
static void thread_end_wakes(void)
{
	tid_word = -1;
	long tid = clone_call(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				      CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
			      thread_body, &tid_word, &tid_word);
	CHECK(tid > 0);
	for (int seen; (seen = tid_word) != 0;)
		syscall(SYS_futex, &tid_word, FUTEX_WAIT, seen, NULL, NULL, 0);
	CHECK(value == getpid());
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
}

static int parent_of_mine(void)
{
	return getppid() == value ? 0 : 1;
}

static void same_parent(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		value = getppid();
		long sibling = clone_call(CLONE_PARENT | SIGCHLD, parent_of_mine, NULL, NULL);
		_exit(sibling > 0 ? 0 : 1);
	}
	CHECK(ended_well(pid));
	int status;
	CHECK(waitpid(-1, &status, 0) > 0 && status == 0);
}

static void flags_that_do_not_go_together(void)
{
	static const unsigned long bad[] = {
		CLONE_SIGHAND,
		CLONE_THREAD,
		CLONE_THREAD | CLONE_SIGHAND,
		CLONE_FS | CLONE_NEWNS,
		CLONE_SIGHAND | CLONE_THREAD | CLONE_FS,
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(syscall(SYS_clone, bad[i] | SIGCHLD, 0, 0, 0, 0) < 0 && errno == EINVAL);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
}

static void third(void)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };

	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(9);
	CHECK(WEXITSTATUS(status_of(pid)) == 9);
	CHECK(syscall(SYS_clone3, &arguments, 8) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_clone3, &arguments, 5000) < 0 && errno == E2BIG);
	CHECK(syscall(SYS_clone3, 8, sizeof(arguments)) < 0 && errno == EFAULT);
	arguments.exit_signal = 200;
	CHECK(syscall(SYS_clone3, &arguments, sizeof(arguments)) < 0 && errno == EINVAL);
	arguments.exit_signal = SIGCHLD;
	arguments.stack = 4096;
	CHECK(syscall(SYS_clone3, &arguments, sizeof(arguments)) < 0 && errno == EINVAL);
}

int main(void)
{
	RUN(memory);
	RUN(directory);
	RUN(files);
	RUN(tids);
	RUN(thread_end_wakes);
	RUN(same_parent);
	RUN(flags_that_do_not_go_together);
	RUN(third);
	return guest_result();
}
