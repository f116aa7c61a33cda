/* SPDX-License-Identifier: MIT */
/* brk(2): growing, shrinking, its limits. By raw system calls, in children that leave malloc
 * alone. */
#include "guest.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { PAGE = 4096 };

static uintptr_t set_break(uintptr_t to)
{
	return (uintptr_t)syscall(SYS_brk, to);
}

static void grow_body(void)
{
	uintptr_t start = set_break(0);
	uintptr_t end = start + 100 * PAGE + 7;
	volatile char *memory = (char *)((start + PAGE - 1) & -(uintptr_t)PAGE);

	CHILD_CHECK(set_break(end) == end && set_break(0) == end);
	for (int i = 0; i < 100; i++) {
		CHILD_CHECK(memory[i * PAGE] == 0);
		memory[i * PAGE] = 1;
	}
	CHILD_CHECK(set_break(start) == start);
	CHILD_CHECK(set_break(end) == end);
	for (int i = 0; i < 99; i++)
		CHILD_CHECK(memory[i * PAGE] == 0);
}

static void grows_and_shrinks(void)
{
	CHECK(in_child(grow_body));
}

static void below_body(void)
{
	uintptr_t start = set_break(0);

	CHILD_CHECK(set_break(PAGE) == start);
	CHILD_CHECK(set_break((uintptr_t)1 << 62) == start);
	CHILD_CHECK(set_break(UINTPTR_MAX) == start);
}

static void refuses_what_cannot_be(void)
{
	CHECK(in_child(below_body));
}

static void limit_body(void)
{
	struct rlimit limit = { 8 << 20, 8 << 20 };
	uintptr_t start = set_break(0);

	CHILD_CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
	CHILD_CHECK(set_break(start + (16 << 20)) == start);
	CHILD_CHECK(set_break(start + (1 << 20)) == start + (1 << 20));
}

static void respects_rlimit_data(void)
{
	CHECK(in_child(limit_body));
}

static void obstacle_body(void)
{
	uintptr_t start = set_break(0);
	uintptr_t wall = ((start + PAGE - 1) & -(uintptr_t)PAGE) + 16 * PAGE;

	CHILD_CHECK(mmap((void *)wall, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) == (void *)wall);
	CHILD_CHECK(set_break(wall + PAGE) == start);
	CHILD_CHECK(set_break(wall - PAGE) == wall - PAGE);
}

static void stops_at_a_mapping(void)
{
	CHECK(in_child(obstacle_body));
}

static void shrink_fault_body(void)
{
	uintptr_t start = set_break(0);
	uintptr_t page = (start + PAGE - 1) & -(uintptr_t)PAGE;

	CHILD_CHECK(set_break(page + 2 * PAGE) == page + 2 * PAGE);
	*(volatile char *)(page + PAGE) = 1;
	CHILD_CHECK(set_break(page + PAGE) == page + PAGE);
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)(page + PAGE) = 1;
}

static void what_is_given_back_is_gone(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		shrink_fault_body();
		_exit(0);
	}
	status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void steps_body(void)
{
	uintptr_t start = set_break(0);
	uintptr_t at = start;

	for (int i = 0; i < 2000; i++) {
		at += 1000;
		CHILD_CHECK(set_break(at) == at);
		*(volatile char *)(at - 1) = (char)i;
	}
	for (int i = 0; i < 2000; i++)
		CHILD_CHECK(*(volatile char *)(start + (size_t)(i + 1) * 1000 - 1) == (char)i);
}

static void small_steps(void)
{
	CHECK(in_child(steps_body));
}

int main(void)
{
	RUN(grows_and_shrinks);
	RUN(refuses_what_cannot_be);
	RUN(respects_rlimit_data);
	RUN(stops_at_a_mapping);
	RUN(what_is_given_back_is_gone);
	RUN(small_steps);
	return guest_result();
}
