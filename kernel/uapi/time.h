/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 structures and constants of time. */
#ifndef UAPI_TIME_H
#define UAPI_TIME_H

#include "lib/types.h"

struct timespec {
	s64 tv_sec;
	s64 tv_nsec;
};

struct timeval {
	s64 tv_sec;
	s64 tv_usec;
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

struct itimerspec {
	struct timespec it_interval;
	struct timespec it_value;
};

enum clock_ids {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME_ID = 2,
	CLOCK_THREAD_CPUTIME_ID = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_REALTIME_ALARM = 8,
	CLOCK_BOOTTIME_ALARM = 9,
	CLOCK_TAI = 11,
};

enum { TIMER_ABSTIME = 1 };

static inline bool timespec_valid(const struct timespec *time)
{
	return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

/* Nanoseconds; times beyond what 63 bits hold (292 years) become the largest value. */
static inline nsec_t timespec_to_ns(const struct timespec *time)
{
	if (time->tv_sec >= INT64_MAX / 1000000000)
		return INT64_MAX;
	return time->tv_sec * 1000000000 + time->tv_nsec;
}

static inline struct timespec ns_to_timespec(nsec_t ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static inline struct timeval ns_to_timeval(nsec_t ns)
{
	return (struct timeval){ ns / 1000000000, ns % 1000000000 / 1000 };
}

#endif
