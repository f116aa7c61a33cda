/* SPDX-License-Identifier: MIT */
/*
 * Processes by the thousand, as many as memory is meant to hold (10,000 in 4 GiB): all alive
 * together, all reaped with the right status, and nothing lost.
 */
#include <signal.h>

#include "leaks.h"

enum { KIB_PER_PROCESS = 400, MOST = 10000 };

static int count;
static pid_t crowd[MOST];

/* Each child lives until the gate is shut; a pipe's end that they all inherit. */
static void live_and_die(void)
{
	int gate[2];
	char byte;

	CHECK(!pipe(gate));
	for (int i = 0; i < count; i++) {
		crowd[i] = fork();
		if (!crowd[i]) {
			close(gate[1]);
			_exit(read(gate[0], &byte, 1) == 0 ? i % 100 : 111);
		}
		CHECK(crowd[i] > 0);
	}
	for (int i = 0; i < count; i++)
		CHECK(kill(crowd[i], 0) == 0);
	close(gate[1]);
	for (int i = 0; i < count; i++) {
		int status = status_of(crowd[i]);

		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 100);
	}
	close(gate[0]);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* What is lost goes in each round; a cache that fills does not in all of them. */
static void nothing_is_lost(void)
{
	static struct memory_use before, after;

	look_at_memory(&after);
	for (int round = 0; round < LEAKS_ROUNDS; round++) {
		before = after;
		live_and_die();
		look_at_memory(&after);
		if (guest_why || nothing_grew(&before, &after, 4L * count, count / 4))
			return;
	}
	CHECK(!"memory is lost in each round");
}

int main(void)
{
	count = (int)(meminfo("MemTotal") / KIB_PER_PROCESS);
	count = count < MOST ? count : MOST;
	if (!allow_tasks(count))
		printf("note: the limits of the system could not be raised\n");
	printf("note: %d processes\n", count);
	RUN(live_and_die);
	RUN(nothing_is_lost);
	return guest_result();
}
