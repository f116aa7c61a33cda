/* SPDX-License-Identifier: MIT */
/*
 * What every guest test program uses. A program is an ordinary static Linux program: each
 * case is a function that CHECKs; RUN calls it and prints "ok NAME" or "FAIL NAME: why".
 * main ends with `return guest_result();`, 0 when no case failed.
 *
 * CHECK leaves the case's function at the first condition that does not hold. In a forked
 * child use CHILD_CHECK, which ends the child with status 1: cases look at that status.
 */
#ifndef GUEST_H
#define GUEST_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *guest_why; /* why the current case failed, NULL while it has not */
static int guest_line;
static int guest_errno;
static int guest_failed; /* how many cases failed */

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			guest_errno = errno;                                                       \
			guest_why = #condition;                                                    \
			guest_line = __LINE__;                                                     \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#define CHILD_CHECK(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("child, line %d: %s (errno %d)\n", __LINE__, #condition, errno);    \
			fflush(stdout);                                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

#define RUN(function) guest_run(#function, function)

__attribute__((unused)) static void guest_run(const char *name, void (*function)(void))
{
	guest_why = NULL;
	fflush(stdout);
	function();
	if (guest_why) {
		guest_failed++;
		printf("FAIL %s: line %d: %s (errno %d: %s)\n", name, guest_line, guest_why,
		       guest_errno, strerror(guest_errno));
	} else {
		printf("ok %s\n", name);
	}
	fflush(stdout);
}

__attribute__((unused)) static int guest_result(void)
{
	return guest_failed ? 1 : 0;
}

/* Waits for a child and returns its status as wait4 gives it, -1 when there is none. */
__attribute__((unused)) static int status_of(pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid ? status : -1;
}

/* True when the child ended by exit(value). */
__attribute__((unused)) static bool ended_with(pid_t pid, int value)
{
	int status = status_of(pid);

	return WIFEXITED(status) && WEXITSTATUS(status) == value;
}

__attribute__((unused)) static bool ended_well(pid_t pid)
{
	return ended_with(pid, 0);
}

/* Waits until a child stops: true if by that signal. */
__attribute__((unused)) static bool stopped_by(pid_t pid, int signal)
{
	int status;

	return waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) &&
	       WSTOPSIG(status) == signal;
}

/* Runs a function in a child: its status, 0 when the function returned; -1: there is none. */
__attribute__((unused)) static int status_in_child(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		function();
		_exit(0);
	}
	return pid > 0 ? status_of(pid) : -1;
}

__attribute__((unused)) static bool in_child(void (*function)(void))
{
	return status_in_child(function) == 0;
}

/* A case for after the worst: processes can be made as before. */
__attribute__((unused)) static void life_goes_on(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(0);
		CHECK(ended_well(pid));
	}
}

__attribute__((unused)) static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

__attribute__((unused)) static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The letter of a process's state in /proc/PID/stat, 0 when there is no such process. */
__attribute__((unused)) static char state_of(pid_t pid)
{
	char path[64], text[256], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fgets(text, sizeof(text), file)) {
		char *end = strrchr(text, ')');

		state = end ? end[2] : 0;
	}
	fclose(file);
	return state;
}

/* Waits up to two seconds for a process to come into a state. */
__attribute__((unused)) static bool reaches_state(pid_t pid, char state)
{
	for (int i = 0; i < 200; i++) {
		if (state_of(pid) == state)
			return true;
		sleep_ms(10);
	}
	return false;
}

/* A value of /proc/meminfo, in KiB; -1 when there is no such line. */
__attribute__((unused)) static long meminfo(const char *key)
{
	char line[128];
	long value = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			value = strtol(line + strlen(key) + 1, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

#endif
