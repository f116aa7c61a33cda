/* SPDX-License-Identifier: MIT */
/* Process ids: they wrap, skip those in use, and pid_max holds. */
#include "guest.h"
#include "settings.h"

#include <signal.h>

static const char pid_max[] = "/proc/sys/kernel/pid_max";

static void default_value(void)
{
	CHECK(get_setting(pid_max) >= 32768 && get_setting(pid_max) <= 4194304);
}

static void refused_values(void)
{
	long old = get_setting(pid_max);

	CHECK(!put_setting(pid_max, 0) && !put_setting(pid_max, 4194305) &&
	      get_setting(pid_max) == old);
}

/* A long-lived process keeps its id while thousands of others come and go around it. */
static void wrap(void)
{
	long old = get_setting(pid_max), limit = getpid() + 400;
	pid_t last = 0;
	int wraps = 0;

	CHECK(put_setting(pid_max, limit));
	pid_t sleeper = fork();
	if (sleeper == 0) {
		pause();
		_exit(0);
	}
	for (int i = 0; i < 1500; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0 || pid == sleeper || pid == getpid() || pid >= limit)
			break;
		wraps += pid < last;
		last = pid;
		if (!ended_well(pid))
			break;
	}
	kill(sleeper, SIGKILL);
	status_of(sleeper);
	CHECK(put_setting(pid_max, old));
	CHECK(wraps >= 1 && wraps <= 10);
}

static void storm(void)
{
	for (int round = 0; round < 20; round++) {
		enum { CHILDREN = 50 };
		pid_t pids[CHILDREN];

		for (int i = 0; i < CHILDREN; i++) {
			pids[i] = fork();
			if (pids[i] == 0)
				_exit(i);
			CHECK(pids[i] > 0);
			for (int j = 0; j < i; j++)
				CHECK(pids[i] != pids[j]);
		}
		for (int i = 0; i < CHILDREN; i++)
			CHECK(WEXITSTATUS(status_of(pids[i])) == i);
	}
}

int main(void)
{
	RUN(default_value);
	RUN(refused_values);
	RUN(wrap);
	RUN(storm);
	return guest_result();
}
