/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) under load: tracers attach to and leave running threads at random, a strace-like one
 * follows a storm of forks, and tracers and tracees are killed at random moments. Nobody hangs, all
 * ends are told, and nothing leaks.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "leaks.h"
#include "trace.h"

enum { TARGETS = 3, THREADS = 2, TRACERS = 4, KILLS = 24, FORKS = 24, SLOTS = TARGETS * THREADS };

struct board {
	volatile pid_t target[SLOTS]; /* threads that run, and may be traced */
	volatile long moves;	      /* what tracers have done, so that the killer waits for it */
	volatile bool over;
};

static struct board *board;
static unsigned int seed = 1;

static unsigned int chance(unsigned int below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

/* --- tracees --- */

static void work_a_little(void)
{
	pid_t pid;

	syscall(SYS_getppid);
	sched_yield();
	if (syscall(SYS_gettid) % 2)
		return;
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, __WALL);
}

static void *target_thread(void *slot)
{
	board->target[(long)slot] = (pid_t)syscall(SYS_gettid);
	for (;;)
		work_a_little();
	return NULL;
}

static _Noreturn void run_target(long number)
{
	pthread_t thread;

	signal(SIGUSR1, SIG_IGN);
	for (long i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, target_thread, (void *)(number * THREADS + i));
	target_thread((void *)(number * THREADS));
	_exit(1);
}

/* --- tracers --- */

static void look_into(pid_t pid)
{
	unsigned long registers[32], word;

	if (get_registers(pid, registers))
		trace(PTRACE_PEEKDATA, pid, registers[SP] & ~7UL, (long)&word);
	event_message(pid);
	board->moves++;
}

/* Goes on with what is stopped; a signal is passed, or not. */
static void go_on(pid_t pid, int status)
{
	int signal =
		WSTOPSIG(status) == SIGUSR1 || WSTOPSIG(status) == SIGTERM ? WSTOPSIG(status) : 0;

	look_into(pid);
	trace(chance(2) ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, (unsigned long)signal);
}

/* What has happened to a tracee, if anything has. */
static void serve_one(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);

	if (pid > 0 && WIFSTOPPED(status))
		go_on(pid, status);
	else
		sched_yield();
}

static void trace_for_a_while(pid_t target)
{
	for (int i = 0; i < 30; i++) {
		if (chance(4) == 0)
			trace(PTRACE_INTERRUPT, target, 0, 0);
		if (chance(8) == 0)
			kill(target, SIGUSR1);
		serve_one();
	}
}

/* Leaves a tracee by the book: stops it, detaches; and serves the others meanwhile. It may have
 * ended. */
static void leave(pid_t target)
{
	int error = trace_error(PTRACE_INTERRUPT, target, 0, 0), status;
	pid_t pid;

	if (error == ESRCH)
		return;
	if (error)
		syscall(SYS_tkill, target, SIGSTOP);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status) && pid == target)
			return;
		if (!WIFSTOPPED(status))
			continue;
		if (pid == target && (status >> 16 || WSTOPSIG(status) == SIGSTOP)) {
			trace(PTRACE_DETACH, target, 0, 0);
			kill(target, SIGCONT);
			return;
		}
		go_on(pid, status);
	}
}

static _Noreturn void run_tracer(unsigned int number)
{
	const unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT;

	seed = number * 7919 + 1;
	while (!board->over) {
		pid_t target = board->target[chance(SLOTS)];
		long error = -1;

		if (target)
			error = chance(4) ? trace(PTRACE_SEIZE, target, 0, options)
					  : trace(PTRACE_ATTACH, target, 0, 0);
		if (error) {
			serve_one();
			continue;
		}
		trace_for_a_while(target);
		if (chance(6) == 0)
			_exit(0); /* its tracees go on alone */
		leave(target);
	}
	_exit(0);
}

/* --- the killer --- */

static pid_t start(int number)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (number < TARGETS)
		run_target(number);
	run_tracer((unsigned int)number);
}

/* Until the tracers have done something more, or have nothing to do it to. */
static void let_them_work(void)
{
	long before = board->moves;

	for (int i = 0; i < 200 && board->moves < before + 20; i++)
		sleep_ms(1);
}

static void reap_all(void)
{
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static void storm(unsigned int kills)
{
	pid_t child[TARGETS + TRACERS];

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	for (int i = 0; i < TARGETS + TRACERS; i++)
		child[i] = start(i);
	for (unsigned int i = 0; i < kills; i++) {
		int victim = (int)chance(TARGETS + TRACERS);

		let_them_work();
		kill(child[victim], SIGKILL);
		waitpid(child[victim], NULL, 0);
		child[victim] = start(victim);
	}
	board->over = true;
	for (int i = 0; i < TARGETS + TRACERS; i++)
		kill(child[i], SIGKILL);
	reap_all(); /* orphans of the targets come to an end by themselves */
	munmap(board, sizeof(*board));
}

static void tracers_and_killers(void)
{
	struct memory_use before, after;
	bool same = false;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	storm(KILLS);
	look_at_memory(&before);
	for (int i = 0; i < LEAKS_ROUNDS && !same; i++) {
		storm(KILLS / 4);
		look_at_memory(&after);
		same = nothing_grew(&before, &after, 4096, 60);
		before = after;
	}
	CHECK(same);
}

/* --- following forks --- */

static int fork_much(void)
{
	for (int i = 0; i < FORKS; i++) {
		int flags = i % 3 ? SIGCHLD : CLONE_VFORK | SIGCHLD;
		pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);

		if (!pid)
			_exit(9);
		if (pid < 0 || !exits_with(pid, 9))
			return 1;
	}
	return 0;
}

/* All children are seen at their start and their end, as strace -f does it. */
static void forks_are_followed(void)
{
	pid_t pid = traced_child(fork_much, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
						    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	int status, events = 0, starts = 0, ends = 0;

	CHECK(pid > 0 && resume(PTRACE_SYSCALL, pid, 0));
	for (;;) {
		pid_t got = waitpid(-1, &status, __WALL);

		CHECK(got > 0);
		if (!WIFSTOPPED(status)) {
			ends++;
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == (got == pid ? 0 : 9));
			if (got == pid)
				break;
			continue;
		}
		events += status >> 16 == PTRACE_EVENT_FORK || status >> 16 == PTRACE_EVENT_VFORK;
		starts += WSTOPSIG(status) == SIGSTOP;
		CHECK(!trace(PTRACE_SYSCALL, got, 0, 0) || errno == ESRCH);
	}
	CHECK(events == FORKS && starts == FORKS && ends == FORKS + 1);
}

int main(void)
{
	RUN(forks_are_followed);
	RUN(tracers_and_killers);
	return guest_result();
}
