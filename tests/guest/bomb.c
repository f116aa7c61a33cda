/* SPDX-License-Identifier: MIT */
/*
 * Fork bombs: a limit on a user's processes holds one; one without a limit takes all memory or all
 * ids, and the system outlives it. Both are ended by a signal to all that the user has.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest.h"

enum { LIMIT = 60, SOME_PAGES = 16, PAGE = 4096 };

/* Bombers have users of their own, so that nobody else counts for them or is killed. */
enum { LIMITED_USER = 4001, BOMB_USER = 4002 };

static volatile struct {
	int forks;    /* that worked */
	int refusals; /* with EAGAIN */
	int failures; /* with ENOMEM */
	int others;   /* with something else */
} *shared;

static void count_failure(int error)
{
	if (error == EAGAIN)
		__atomic_add_fetch(&shared->refusals, 1, __ATOMIC_RELAXED);
	else if (error == ENOMEM)
		__atomic_add_fetch(&shared->failures, 1, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&shared->others, 1, __ATOMIC_RELAXED);
}

/* Parents and children alike go on forking. */
static void explode(void)
{
	static char memory[SOME_PAGES * PAGE];

	for (;;) {
		pid_t pid = fork();

		if (pid < 0) {
			count_failure(errno);
			usleep(1000);
		} else {
			__atomic_add_fetch(&shared->forks, 1, __ATOMIC_RELAXED);
		}
		for (int i = 0; i < SOME_PAGES; i++)
			memory[i * PAGE]++;
	}
}

static pid_t start_bomb(uid_t user, rlim_t limit)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit processes = { limit, limit };
		int fd = open("/proc/self/oom_score_adj", O_WRONLY);

		CHILD_CHECK(write(fd, "1000", 4) == 4 && close(fd) == 0);
		CHILD_CHECK(setrlimit(RLIMIT_NPROC, &processes) == 0);
		CHILD_CHECK(setgid(user) == 0 && setuid(user) == 0);
		explode();
	}
	return pid;
}

/* Kills all that a user has, again and again, as new ones may be born behind the signal. */
static bool end_user(uid_t user)
{
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			if (setuid(user))
				_exit(2);
			_exit(kill(-1, SIGKILL) == 0 ? 1 : errno == ESRCH ? 0 : 2);
		}
		status = pid < 0 ? 1 : status_of(pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			return true;
		sleep_ms(10);
	}
	return false;
}

static void reap_all(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void limited(void)
{
	long end = now_ms() + 20000;

	CHECK(start_bomb(LIMITED_USER, LIMIT) > 0);
	while (shared->refusals < 100 && now_ms() < end)
		sleep_ms(10);
	CHECK(shared->refusals >= 100);
	CHECK(shared->forks < 2 * LIMIT && shared->others == 0);
	CHECK(end_user(LIMITED_USER));
	reap_all();
}

/* Until forks fail, or for three seconds. Who is killed for memory then is a bomber. */
static void unlimited(void)
{
	long end = now_ms() + 3000;

	memset((void *)shared, 0, sizeof(*shared));
	CHECK(start_bomb(BOMB_USER, RLIM_INFINITY) > 0);
	while (shared->refusals + shared->failures < 1000 && now_ms() < end)
		sleep_ms(10);
	CHECK(end_user(BOMB_USER));
	reap_all();
	CHECK(shared->others == 0);
	printf("note: %d forks, %d refused, %d without memory\n", shared->forks, shared->refusals,
	       shared->failures);
}

static void life_goes_on(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(0);
		CHECK(ended_well(pid));
	}
}

int main(void)
{
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	RUN(limited);
	RUN(life_goes_on);
	RUN(unlimited);
	RUN(life_goes_on);
	return guest_result();
}
