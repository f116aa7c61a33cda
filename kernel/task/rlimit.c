/* SPDX-License-Identifier: MIT */
/*
 * The resource limits that the first process starts with, and so, unless they are set, all others.
 * As Linux's.
 */
#include "task/internal.h"
#include "task/pid.h"

#define UNLIMITED                                                                                  \
	{                                                                                          \
		RLIM_INFINITY, RLIM_INFINITY                                                       \
	}

static const struct rlimit first_limits[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = UNLIMITED,
	[RLIMIT_FSIZE] = UNLIMITED,
	[RLIMIT_DATA] = UNLIMITED,
	[RLIMIT_STACK] = { 8 * MiB, RLIM_INFINITY },
	[RLIMIT_CORE] = { 0, RLIM_INFINITY },
	[RLIMIT_RSS] = UNLIMITED,
	[RLIMIT_NOFILE] = { 1024, 4096 },
	[RLIMIT_MEMLOCK] = { 8 * MiB, 8 * MiB },
	[RLIMIT_AS] = UNLIMITED,
	[RLIMIT_LOCKS] = UNLIMITED,
	[RLIMIT_MSGQUEUE] = { 819200, 819200 },
	[RLIMIT_RTTIME] = UNLIMITED,
};

void rlimits_init(void)
{
	struct rlimit *limits = init_task.signal->limits;

	for (unsigned int i = 0; i < RLIM_NLIMITS; i++)
		limits[i] = first_limits[i];
	limits[RLIMIT_NPROC] = limits[RLIMIT_SIGPENDING] =
		(struct rlimit){ threads_max / 2, threads_max / 2 };
}
