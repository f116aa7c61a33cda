/* SPDX-License-Identifier: MIT */
/* What tests of signals share: a handler that counts, and blocking. */
#ifndef HANDLER_H
#define HANDLER_H

#include <signal.h>

static volatile sig_atomic_t count; /* how often note() ran */

__attribute__((unused)) static void note(int signal)
{
	(void)signal;
	count++;
}

/* Sets a signal's action, with an empty mask, and counts anew. */
__attribute__((unused)) static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
	count = 0;
}

/* Blocks a signal: the set that has it alone, for sigwaitinfo() and SIG_UNBLOCK. */
__attribute__((unused)) static sigset_t block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

#endif
