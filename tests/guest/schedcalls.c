/* SPDX-License-Identifier: MIT */
/* Calls about scheduling parameters: who may set what, what comes back, and errors. */
#include "guest.h"
#include "schedattr.h"

#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static bool end(pid_t pid)
{
	return kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL;
}

/* Runs the function as an ordinary user in a child. */
static bool as_user(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(setgid(1000) == 0 && setuid(1000) == 0);
		function();
		_exit(0);
	}
	return pid > 0 && ended_well(pid);
}

static void nice_values(void)
{
	pid_t pid = sleeper();

	CHECK(pid > 0);
	CHECK(getpriority(PRIO_PROCESS, pid) == 0);
	CHECK(setpriority(PRIO_PROCESS, pid, 7) == 0 && getpriority(PRIO_PROCESS, pid) == 7);
	CHECK(setpriority(PRIO_PROCESS, pid, -100) == 0 && getpriority(PRIO_PROCESS, pid) == -20);
	CHECK(setpriority(PRIO_PROCESS, pid, 100) == 0 && getpriority(PRIO_PROCESS, pid) == 19);
	CHECK(syscall(SYS_getpriority, PRIO_PROCESS, pid) == 1);
	CHECK(setpriority(3, 0, 0) < 0 && errno == EINVAL);
	CHECK(setpriority(PRIO_PROCESS, 999999, 0) < 0 && errno == ESRCH);
	CHECK(end(pid));
}

static void nice_of_groups(void)
{
	pid_t first = sleeper(), second = sleeper();

	CHECK(first > 0 && second > 0);
	CHECK(setpgid(first, first) == 0 && setpgid(second, first) == 0);
	CHECK(setpriority(PRIO_PGRP, first, 5) == 0);
	CHECK(getpriority(PRIO_PROCESS, first) == 5 && getpriority(PRIO_PROCESS, second) == 5);
	CHECK(setpriority(PRIO_PROCESS, second, 2) == 0 && getpriority(PRIO_PGRP, first) == 2);
	CHECK(getpriority(PRIO_PROCESS, 0) == 0);
	CHECK(end(first) && end(second));
}

static void user_nice(void)
{
	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0);
	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, 4) < 0 && errno == EACCES);
	CHILD_CHECK(setpriority(PRIO_PROCESS, 1, 5) < 0 && errno == EPERM);
	CHILD_CHECK(getpriority(PRIO_USER, 1000) == 5);
}

static void user_policies(void)
{
	struct sched_param parameter = { .sched_priority = 1 };
	cpu_set_t set;

	CHILD_CHECK(sched_setscheduler(0, SCHED_FIFO, &parameter) < 0 && errno == EPERM);
	parameter.sched_priority = 0;
	CHILD_CHECK(sched_setscheduler(0, SCHED_BATCH, &parameter) == 0);
	CHILD_CHECK(sched_setscheduler(1, SCHED_BATCH, &parameter) < 0 && errno == EPERM);
	CHILD_CHECK(sched_getaffinity(0, sizeof(set), &set) == 0);
	CHILD_CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
	CHILD_CHECK(sched_setaffinity(1, sizeof(set), &set) < 0 && errno == EPERM);
}

static void limited_user(void)
{
	struct sched_param parameter = { .sched_priority = 10 };

	CHILD_CHECK(sched_setscheduler(0, SCHED_RR, &parameter) == 0);
	parameter.sched_priority = 11;
	CHILD_CHECK(sched_setparam(0, &parameter) < 0 && errno == EPERM);
	parameter.sched_priority = 5;
	CHILD_CHECK(sched_setparam(0, &parameter) == 0);
	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, -5) == 0);
	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, -6) < 0 && errno == EACCES);
}

static void permissions(void)
{
	struct rlimit priority = { 10, 10 }, nice_limit = { 25, 25 };

	CHECK(as_user(user_nice));
	CHECK(as_user(user_policies));
	CHECK(setrlimit(RLIMIT_RTPRIO, &priority) == 0 && setrlimit(RLIMIT_NICE, &nice_limit) == 0);
	CHECK(as_user(limited_user));
}

static void policies(void)
{
	struct sched_param parameter = { .sched_priority = 30 };
	struct timespec interval;
	pid_t pid = sleeper();

	CHECK(pid > 0 && setpriority(PRIO_PROCESS, pid, 3) == 0);
	CHECK(sched_setscheduler(pid, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) == 0);
	CHECK(syscall(SYS_sched_getscheduler, pid) == (SCHED_RR | SCHED_RESET_ON_FORK));
	CHECK(sched_getparam(pid, &parameter) == 0 && parameter.sched_priority == 30);
	CHECK(sched_rr_get_interval(pid, &interval) == 0);
	CHECK(interval.tv_sec == 0 && interval.tv_nsec > 0);
	parameter.sched_priority = 0;
	CHECK(sched_setparam(pid, &parameter) < 0 && errno == EINVAL);
	CHECK(sched_setscheduler(pid, SCHED_OTHER, &parameter) == 0);
	CHECK(getpriority(PRIO_PROCESS, pid) == 3);
	CHECK(sched_setscheduler(pid, 4, &parameter) < 0 && errno == EINVAL);
	CHECK(sched_setscheduler(999999, SCHED_OTHER, &parameter) < 0 && errno == ESRCH);
	CHECK(sched_getscheduler(-1) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, 8) < 0 && errno == EFAULT);
	CHECK(sched_get_priority_max(SCHED_OTHER) == 0 && sched_get_priority_min(SCHED_FIFO) == 1);
	CHECK(sched_get_priority_max(77) < 0 && errno == EINVAL);
	CHECK(end(pid));
}

static void reset_on_fork(void)
{
	struct sched_param parameter = { .sched_priority = 5 };
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameter) ==
			    0);
		pid_t child = fork();
		if (child == 0)
			_exit(sched_getscheduler(0) != SCHED_OTHER);
		_exit(!ended_well(child));
	}
	CHECK(ended_well(pid));
}

static void attributes(void)
{
	struct attributes attributes = { 0 }, got;
	struct {
		struct attributes known;
		uint64_t more;
	} longer = { { 0 }, 0 };
	pid_t pid = sleeper();

	CHECK(pid > 0);
	attributes.size = 48;
	attributes.nice = 4;
	CHECK(set_attributes(pid, &attributes) == 0);
	CHECK(get_attributes(pid, &got, sizeof(got)) == 0 && got.nice == 4 && got.policy == 0);
	CHECK(got.size == 48 || got.size == 56);
	CHECK(get_attributes(pid, &got, 48) == 0 && got.size == 48);
	CHECK(get_attributes(pid, &got, 47) < 0 && errno == EINVAL);
	attributes.policy = SCHED_FIFO;
	attributes.priority = 9;
	attributes.flags = 1; /* reset on fork */
	CHECK(set_attributes(pid, &attributes) == 0);
	CHECK(get_attributes(pid, &got, sizeof(got)) == 0 && got.policy == SCHED_FIFO);
	CHECK(got.priority == 9 && got.flags == 1);
	longer.known.size = sizeof(longer);
	CHECK(set_attributes(pid, &longer.known) == 0);
	longer.known.size = sizeof(longer);
	longer.more = 1;
	CHECK(set_attributes(pid, &longer.known) < 0 && errno == E2BIG);
	attributes.size = 20;
	CHECK(set_attributes(pid, &attributes) < 0 && errno == E2BIG && attributes.size >= 48);
	attributes.size = 48;
	attributes.flags = 1ull << 40;
	CHECK(set_attributes(pid, &attributes) < 0 && errno == EINVAL);
	CHECK(end(pid));
}

static uint64_t slice_of(pid_t pid)
{
	struct attributes got;

	return get_attributes(pid, &got, sizeof(got)) ? 0 : got.runtime;
}

static bool ask_for(pid_t pid, int policy, uint64_t flags, uint64_t runtime)
{
	struct attributes attributes = { .size = 48 };

	attributes.policy = (uint32_t)policy;
	attributes.flags = flags;
	attributes.runtime = runtime;
	attributes.priority = policy == SCHED_FIFO;
	return !set_attributes(pid, &attributes);
}

/* What a task of a fair policy wants to run at a time. */
static void slices(void)
{
	enum { MS = 1000000, KEEP_PARAMS = 0x10, RESET_ON_FORK = 1 };
	static const uint64_t table[][2] = {
		{ 5 * MS, 5 * MS },	{ 1, MS / 10 },		{ MS / 10, MS / 10 },
		{ 100 * MS, 100 * MS }, { 101 * MS, 100 * MS }, { -1ull, 100 * MS },
	};
	struct sched_param none = { 0 };
	uint64_t usual = slice_of(0);
	pid_t pid = sleeper(), child;

	CHECK(pid > 0 && usual >= MS / 10 && slice_of(pid) == usual);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CHECK(ask_for(pid, SCHED_OTHER, 0, table[i][0]));
		CHECK(slice_of(pid) == table[i][1]);
		CHECK(ask_for(pid, SCHED_BATCH, 0, table[i][0]));
		CHECK(slice_of(pid) == table[i][1]);
	}
	CHECK(ask_for(pid, SCHED_OTHER, 0, 7 * MS) && slice_of(pid) == 7 * MS);
	CHECK(ask_for(pid, SCHED_OTHER, KEEP_PARAMS, 1) && slice_of(pid) == 7 * MS);
	CHECK(!sched_setscheduler(pid, SCHED_IDLE, &none) && slice_of(pid) == 7 * MS);
	CHECK(!setpriority(PRIO_PROCESS, (id_t)pid, 3) && slice_of(pid) == 7 * MS);
	CHECK(ask_for(pid, SCHED_FIFO, 0, 3 * MS) && slice_of(pid) == 0);
	CHECK(!sched_setscheduler(pid, SCHED_OTHER, &none) && slice_of(pid) == 7 * MS);
	CHECK(ask_for(pid, SCHED_OTHER, 0, 0) && slice_of(pid) == usual);
	CHECK(end(pid));
	for (int reset = 0; reset < 2; reset++) {
		child = fork();
		if (!child) {
			CHILD_CHECK(ask_for(0, SCHED_OTHER, reset ? RESET_ON_FORK : 0, 9 * MS));
			child = fork();
			if (!child)
				_exit(slice_of(0) != (reset ? usual : 9 * MS));
			_exit(!ended_well(child));
		}
		CHECK(ended_well(child));
	}
}

static void places(void)
{
	unsigned int hart = 77, node = 77;

	CHECK(syscall(SYS_getcpu, &hart, &node, NULL) == 0 && hart < 64 && node == 0);
	CHECK(syscall(SYS_getcpu, NULL, NULL, NULL) == 0);
	CHECK(syscall(SYS_getcpu, (void *)8, NULL, NULL) < 0 && errno == EFAULT);
	CHECK(sched_yield() == 0);
}

static void io_priorities(void)
{
	CHECK(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5) == 0);
	CHECK(syscall(SYS_ioprio_set, 1, 0, 5 << 13) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_ioprio_set, 9, 0, 2 << 13) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_ioprio_set, 1, 0, 0 << 13 | 5) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_ioprio_set, 1, 0, -1) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 5));
	CHECK(syscall(SYS_ioprio_get, 1, getpid()) == (2 << 13 | 5));
	CHECK(syscall(SYS_ioprio_get, 1, 999999) < 0 && errno == ESRCH);
	CHECK(syscall(SYS_ioprio_get, 2, 999999) < 0 && errno == ESRCH);
	CHECK(syscall(SYS_ioprio_get, 0, 0) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_ioprio_set, 1, 999999, 3 << 13) < 0 && errno == ESRCH);
}

/* In a group of its own, as root and then not; never returns. */
static void rank_group(void)
{
	pid_t urgent;

	CHILD_CHECK(syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 5));
	CHILD_CHECK(setpgid(0, 0) == 0 && syscall(SYS_ioprio_set, 2, 0, 2 << 13 | 7) == 0);
	CHILD_CHECK(syscall(SYS_ioprio_get, 2, 0) == (2 << 13 | 7));
	urgent = fork();
	if (urgent == 0) {
		CHILD_CHECK(syscall(SYS_ioprio_set, 1, 0, 1 << 13 | 3) == 0);
		CHILD_CHECK(syscall(SYS_ioprio_get, 2, 0) == (1 << 13 | 3));
		_exit(0);
	}
	CHILD_CHECK(status_of(urgent) == 0);
	CHILD_CHECK(syscall(SYS_ioprio_set, 1, 0, 0) == 0 && syscall(SYS_ioprio_get, 1, 0) == 0);
	CHILD_CHECK(syscall(SYS_ioprio_get, 2, 0) == (2 << 13 | 4));
	CHILD_CHECK(setuid(1234) == 0);
	CHILD_CHECK(syscall(SYS_ioprio_set, 1, getppid(), 3 << 13) < 0 && errno == EPERM);
	CHILD_CHECK(syscall(SYS_ioprio_set, 1, 0, 1 << 13) < 0 && errno == EPERM);
	CHILD_CHECK(syscall(SYS_ioprio_set, 3, 0, 3 << 13) < 0 && errno == EPERM); /* root's */
	CHILD_CHECK(syscall(SYS_ioprio_set, 3, 1234, 3 << 13) == 0);
	CHILD_CHECK(syscall(SYS_ioprio_get, 3, 0) == 3 << 13);
	_exit(0);
}

/* A child has its parent's; of a group, the most urgent counts. */
static void io_priorities_of_groups(void)
{
	pid_t child = fork();

	if (child == 0)
		rank_group();
	CHECK(status_of(child) == 0);
}

int main(void)
{
	RUN(nice_values);
	RUN(nice_of_groups);
	RUN(policies);
	RUN(reset_on_fork);
	RUN(attributes);
	RUN(slices);
	RUN(places);
	RUN(io_priorities);
	RUN(io_priorities_of_groups);
	RUN(permissions);
	return guest_result();
}
