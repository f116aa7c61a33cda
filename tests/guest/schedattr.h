/* SPDX-License-Identifier: MIT */
/* sched_setattr and sched_getattr by the bare call. */
#ifndef SCHEDATTR_H
#define SCHEDATTR_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEADLINE = 6 }; /* SCHED_DEADLINE */

struct attributes { /* struct sched_attr */
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

__attribute__((unused)) static long set_attributes(pid_t pid, struct attributes *attributes)
{
	return syscall(SYS_sched_setattr, pid, attributes, 0);
}

__attribute__((unused)) static long get_attributes(pid_t pid, struct attributes *attributes,
						   unsigned int size)
{
	return syscall(SYS_sched_getattr, pid, attributes, size, 0);
}

/* Times in ns. */
__attribute__((unused)) static long set_deadline(pid_t pid, uint64_t runtime, uint64_t deadline,
						 uint64_t period, uint64_t flags)
{
	struct attributes attributes = { .size = 48,
					 .policy = DEADLINE,
					 .flags = flags,
					 .runtime = runtime,
					 .deadline = deadline,
					 .period = period };

	return set_attributes(pid, &attributes);
}

#endif
