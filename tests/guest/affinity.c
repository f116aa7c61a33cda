/* SPDX-License-Identifier: MIT */
/* sched_setaffinity and sched_getaffinity by the bare call: sizes, masks, others, moving. */
#include "guest.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

static uint64_t online(void)
{
	uint64_t mask = 0;

	return syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask) > 0 ? mask : 0;
}

static uint64_t mask_of(pid_t pid)
{
	uint64_t mask = 0;

	syscall(SYS_sched_getaffinity, pid, sizeof(mask), &mask);
	return mask;
}

static bool set_mask(pid_t pid, uint64_t mask)
{
	return syscall(SYS_sched_setaffinity, pid, sizeof(mask), &mask) == 0;
}

static void sizes(void)
{
	uint64_t masks[16] = { 0 };

	CHECK(syscall(SYS_sched_getaffinity, 0, 8, masks) == 8 && masks[0]);
	CHECK(syscall(SYS_sched_getaffinity, 0, 128, masks) >= 8);
	CHECK(syscall(SYS_sched_getaffinity, 0, 7, masks) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_sched_getaffinity, 0, 0, masks) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_sched_setaffinity, 0, 128, masks) == 0);
	CHECK(syscall(SYS_sched_setaffinity, 0, 1, masks) == 0); /* the first hart's byte */
	CHECK(syscall(SYS_sched_setaffinity, 0, 0, masks) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_sched_setaffinity, 0, 8, (void *)8) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_sched_getaffinity, 0, 8, (void *)8) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_sched_getaffinity, 999999, 8, masks) < 0 && errno == ESRCH);
	CHECK(syscall(SYS_sched_setaffinity, 999999, 8, masks) < 0 && errno == ESRCH);
	CHECK(set_mask(0, ~UINT64_C(0)));
}

static void harts_that_do_not_exist(void)
{
	uint64_t all = online();

	CHECK(all & 1);
	CHECK(!set_mask(0, ~all) && errno == EINVAL);
	CHECK(set_mask(0, ~all | 1) && mask_of(0) == 1);
	CHECK(set_mask(0, ~UINT64_C(0)) && mask_of(0) == all);
}

static void inherited(void)
{
	uint64_t all = online(), highest = all;

	while (highest & (highest - 1))
		highest &= highest - 1;
	CHECK(set_mask(0, highest));
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(mask_of(0) != highest || UINT64_C(1) << sched_getcpu() != highest);
	CHECK(ended_well(pid) && set_mask(0, all));
}

/* A busy process is taken to the hart that it is told, again and again. */
static void moved_by_another(void)
{
	uint64_t all = online();
	int ends[2];

	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int last = -1;;) {
			int now = sched_getcpu();

			if (now != last && write(ends[1], &now, sizeof(now)) != sizeof(now))
				_exit(1);
			last = now;
		}
	}
	for (int round = 0; round < 3; round++)
		for (int hart = 0; hart < 64; hart++) {
			int now = -1;

			if (!(all >> hart & 1))
				continue;
			CHECK(set_mask(pid, UINT64_C(1) << hart) &&
			      mask_of(pid) == UINT64_C(1) << hart);
			if (!(all & (all - 1)))
				continue;
			do
				CHECK(read(ends[0], &now, sizeof(now)) == sizeof(now));
			while (now != hart);
		}
	CHECK(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
	close(ends[0]);
	close(ends[1]);
}

static void *bound_thread(void *argument)
{
	uint64_t mask = (uintptr_t)argument;

	if (!set_mask(0, mask))
		return NULL;
	for (int i = 0; i < 1000; i++) {
		if (!(mask >> sched_getcpu() & 1))
			return NULL;
		sched_yield();
	}
	return argument;
}

/* Each thread has a mask of its own. */
static void threads(void)
{
	uint64_t all = online();
	pthread_t thread[8];

	for (int i = 0; i < 8; i++) {
		uint64_t mask = UINT64_C(1) << i & all ? UINT64_C(1) << i : 1;

		CHECK(pthread_create(&thread[i], NULL, bound_thread, (void *)(uintptr_t)mask) == 0);
	}
	for (int i = 0; i < 8; i++) {
		void *result;

		CHECK(pthread_join(thread[i], &result) == 0 && result);
	}
	CHECK(mask_of(0) == all);
}

int main(void)
{
	RUN(sizes);
	RUN(harts_that_do_not_exist);
	RUN(inherited);
	RUN(moved_by_another);
	RUN(threads);
	return guest_result();
}
