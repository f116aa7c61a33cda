/* SPDX-License-Identifier: MIT */
/*
 * What the tests of ptrace(2) share: raw requests with their errno, waits for a certain stop, and
 * children that are traced.
 */
#ifndef TRACE_H
#define TRACE_H

#include <elf.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "guest.h"

enum { SYSCALL_STOP = SIGTRAP | 0x80, EVENT_NONE = 0 };
enum { A0 = 10, A7 = 17, SP = 2 }; /* places in user_regs_struct; 0 is pc */

static inline long trace(long request, pid_t pid, unsigned long address, unsigned long data)
{
	return syscall(SYS_ptrace, request, pid, address, data);
}

/* 0, or the errno. */
__attribute__((unused)) static int trace_error(long request, pid_t pid, unsigned long address,
					       unsigned long data)
{
	return trace(request, pid, address, data) < 0 ? errno : 0;
}

/* status >> 8 of the next stop of the task; -1 when it is no stop. */
__attribute__((unused)) static int next_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -1;
	return status >> 8;
}

static inline int event_stop(int event)
{
	return SIGTRAP | event << 8;
}

__attribute__((unused)) static bool stops_with(pid_t pid, int expected)
{
	int stop = next_stop(pid);

	if (stop != expected)
		printf("task %d: stop %#x, expected %#x\n", pid, stop, expected);
	return stop == expected;
}

__attribute__((unused)) static unsigned long event_message(pid_t pid)
{
	unsigned long message = ~0UL;

	trace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&message);
	return message;
}

__attribute__((unused)) static bool get_registers(pid_t pid, unsigned long registers[32])
{
	struct iovec vector = { registers, 32 * sizeof(long) };

	return !trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&vector) &&
	       vector.iov_len == 32 * sizeof(long);
}

__attribute__((unused)) static bool set_register(pid_t pid, int number, unsigned long value)
{
	unsigned long registers[32];
	struct iovec vector = { registers, sizeof(registers) };

	if (!get_registers(pid, registers))
		return false;
	registers[number] = value;
	return !trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, (unsigned long)&vector);
}

__attribute__((unused)) static bool resume(long request, pid_t pid, int signal)
{
	return !trace(request, pid, 0, (unsigned long)signal);
}

/* A child that runs the function under our trace, stopped at its own SIGSTOP before it. */
__attribute__((unused)) static pid_t traced_child(int (*function)(void), unsigned long options)
{
	pid_t pid = fork();

	if (!pid) {
		CHILD_CHECK(!trace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
		_exit(function());
	}
	if (next_stop(pid) != SIGSTOP)
		return -1;
	if (options && trace(PTRACE_SETOPTIONS, pid, 0, options))
		return -1;
	return pid;
}

/* A child that runs the function, not traced yet. */
__attribute__((unused)) static pid_t plain_child(int (*function)(void))
{
	pid_t pid = fork();

	if (!pid)
		_exit(function());
	return pid;
}

__attribute__((unused)) static int wait_forever(void)
{
	while (pause() < 0)
		;
	return 1;
}

__attribute__((unused)) static bool killed_by(pid_t pid, int signal)
{
	int status = 0;

	return waitpid(pid, &status, __WALL) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == signal;
}

__attribute__((unused)) static bool exits_with(pid_t pid, int value)
{
	int status = 0;

	return waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == value;
}

/* Kills a child and waits until it is gone, whatever stops come before. */
__attribute__((unused)) static void finish(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		trace(PTRACE_CONT, pid, 0, 0);
}

#endif
