/* SPDX-License-Identifier: MIT */
/* Linux's structures and constants of scheduling parameters. */
#ifndef UAPI_SCHED_H
#define UAPI_SCHED_H

#include "lib/types.h"

struct sched_param {
	s32 sched_priority;
};

struct sched_attr { /* sched_setattr(2) */
	u32 size;
	u32 sched_policy;
	u64 sched_flags;
	s32 sched_nice;
	u32 sched_priority;
	u64 sched_runtime, sched_deadline, sched_period;
	u32 sched_util_min, sched_util_max; /* not in the first form */
};

enum { SCHED_ATTR_SIZE_VER0 = 48 };

enum {
	SCHED_FLAG_RESET_ON_FORK = 0x01,
	SCHED_FLAG_RECLAIM = 0x02,
	SCHED_FLAG_DL_OVERRUN = 0x04,
	SCHED_FLAG_KEEP_POLICY = 0x08,
	SCHED_FLAG_KEEP_PARAMS = 0x10,
	SCHED_FLAG_UTIL_CLAMP_MIN = 0x20,
	SCHED_FLAG_UTIL_CLAMP_MAX = 0x40,
};

enum { PRIO_PROCESS = 0, PRIO_PGRP = 1, PRIO_USER = 2 };

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_PGRP = 2, IOPRIO_WHO_USER = 3 };
enum {
	IOPRIO_CLASS_NONE,
	IOPRIO_CLASS_RT,
	IOPRIO_CLASS_BE,
	IOPRIO_CLASS_IDLE,
	IOPRIO_CLASS_SHIFT = 13,
	IOPRIO_LEVELS = 8
};

#endif
