/* SPDX-License-Identifier: MIT */
/*
 * Fork bombs: a limit on a user's processes holds one. With the argument "unlimited", one without a
 * limit takes all memory, and the system outlives it; a test of 128 MiB does that, as it takes
 * Linux many minutes.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest.h"
#include "settings.h"

enum { LIMIT = 60, SOME_PAGES = 16, PAGE = 4096 };

/* Bombers have a user of their own, so that nobody else counts for them or is killed. */
enum { BOMB_USER = 4001 };

static volatile struct {
	int forks;    /* that worked */
	int refusals; /* with EAGAIN */
	int failures; /* with ENOMEM */
	int others;   /* with something else */
} * shared;

static int lifeline[2]; /* a pipe whose writers are the bombers */

static void add(volatile int *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* Parents and children alike go on forking. */
static void explode(void)
{
	static char memory[SOME_PAGES * PAGE];

	for (;;) {
		pid_t pid = fork();

		if (pid >= 0) {
			add(&shared->forks);
		} else {
			add(errno == EAGAIN   ? &shared->refusals
			    : errno == ENOMEM ? &shared->failures
					      : &shared->others);
			usleep(1000);
		}
		for (int i = 0; i < SOME_PAGES; i++)
			memory[i * PAGE]++;
	}
}

static pid_t start_bomb(rlim_t limit)
{
	pid_t pid;

	memset((void *)shared, 0, sizeof(*shared));
	if (pipe(lifeline))
		return -1;
	pid = fork();
	if (pid == 0) {
		struct rlimit processes = { limit, limit };

		close(lifeline[0]);
		CHILD_CHECK(put_text("/proc/self/oom_score_adj", "1000"));
		CHILD_CHECK(setrlimit(RLIMIT_NPROC, &processes) == 0);
		CHILD_CHECK(setgid(BOMB_USER) == 0 && setuid(BOMB_USER) == 0);
		explode();
	}
	close(lifeline[1]);
	return pid;
}

/* As the user, kills all that the user has. What was born behind the signal is for the next time.
 * It does not fork: there may be no room for one more. */
static void kill_all(void)
{
	if (!setresuid(BOMB_USER, BOMB_USER, 0))
		kill(-1, SIGKILL);
	if (setresuid(0, 0, 0))
		_exit(1);
}

static bool end_bomb(void)
{
	struct pollfd alive = { .fd = lifeline[0] };
	long end = now_ms() + 60000;

	while (!poll(&alive, 1, 10) && now_ms() < end)
		kill_all();
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	close(lifeline[0]);
	return alive.revents & POLLHUP;
}

static void limited(void)
{
	long end = now_ms() + 20000;

	CHECK(start_bomb(LIMIT) > 0);
	while (shared->refusals < 100 && now_ms() < end)
		sleep_ms(10);
	CHECK(shared->refusals >= 100);
	CHECK(shared->forks < 2 * LIMIT && shared->others == 0);
	CHECK(end_bomb());
}

/* Until memory is used up, and three seconds more. Whom the kernel kills meanwhile is a bomber. */
static void unlimited(void)
{
	long end = now_ms() + 60000, total = meminfo("MemTotal");

	CHECK(put_text("/proc/self/oom_score_adj", "-1000"));
	CHECK(start_bomb(RLIM_INFINITY) > 0);
	while (meminfo("MemFree") > total / 16 && shared->refusals < 100 && now_ms() < end)
		sleep_ms(10);
	CHECK(now_ms() < end);
	sleep_ms(3000);
	CHECK(end_bomb());
	CHECK(shared->others == 0);
	printf("note: %d forks, %d refused, %d without memory\n", shared->forks, shared->refusals,
	       shared->failures);
}

int main(int argc, char **argv)
{
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	RUN(limited);
	RUN(life_goes_on);
	if (argc > 1 && !strcmp(argv[1], "unlimited")) {
		RUN(unlimited);
		RUN(life_goes_on);
	}
	return guest_result();
}
