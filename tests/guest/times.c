/* SPDX-License-Identifier: MIT */
/* Clocks, sleeps and timers. */
#include "guest.h"

#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
	(void)signal;
	alarms++;
}

static long long now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void clocks_go_on(void)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC,	      CLOCK_REALTIME,
					    CLOCK_BOOTTIME,	      CLOCK_MONOTONIC_RAW,
					    CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };

	for (unsigned int i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		long long last = now_ns(clocks[i]), begin = last;

		for (int n = 0; n < 20000; n++) {
			long long now = now_ns(clocks[i]);

			CHECK(now >= last);
			last = now;
		}
		CHECK(last > begin);
	}
}

static void resolution(void)
{
	struct timespec step;

	CHECK(clock_getres(CLOCK_MONOTONIC, &step) == 0 && step.tv_sec == 0 && step.tv_nsec == 1);
}

static void sleeps_last(void)
{
	for (long us = 100; us <= 100000; us *= 10) {
		struct timespec time = { 0, us * 1000 };
		long long begin = now_ns(CLOCK_MONOTONIC);

		CHECK(nanosleep(&time, NULL) == 0);
		long long took = now_ns(CLOCK_MONOTONIC) - begin;
		CHECK(took >= us * 1000 && took < us * 1000 + 500000000LL);
	}
}

static void sleep_until(void)
{
	long long until = now_ns(CLOCK_MONOTONIC) + 50000000;
	struct timespec time = { until / 1000000000, until % 1000000000 };

	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
	CHECK(now_ns(CLOCK_MONOTONIC) >= until);
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
}

static void interval_timer(void)
{
	struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, rest;
	long begin = now_ms();

	alarms = 0;
	signal(SIGALRM, count_alarm);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	while (alarms < 5 && now_ms() - begin < 5000)
		pause();
	CHECK(getitimer(ITIMER_REAL, &rest) == 0 && rest.it_interval.tv_usec == 20000);
	timer = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	CHECK(alarms >= 5 && now_ms() - begin >= 99);
	signal(SIGALRM, SIG_DFL);
}

static void run_time_is_counted(void)
{
	long long begin = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	long long end = begin + 30000000;
	long limit = now_ms() + 10000;

	while (now_ns(CLOCK_PROCESS_CPUTIME_ID) < end && now_ms() < limit)
		;
	long long busy = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	CHECK(busy >= end);
	sleep_ms(100);
	CHECK(now_ns(CLOCK_PROCESS_CPUTIME_ID) - busy < 50000000);
}

/* Many sleepers with different times: none wakes early, none much too late. */
static void many_sleepers(void)
{
	enum { SLEEPERS = 50 };
	long long begin = now_ns(CLOCK_MONOTONIC) + 200000000;
	pid_t pids[SLEEPERS];

	for (int i = 0; i < SLEEPERS; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			long long until = begin + (i * 7 % SLEEPERS) * 10000000LL;
			struct timespec time = { until / 1000000000, until % 1000000000 };

			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
			long long late = now_ns(CLOCK_MONOTONIC) - until;
			_exit(late >= 0 && late < 2000000000 ? 0 : 1);
		}
	}
	for (int i = 0; i < SLEEPERS; i++)
		CHECK(ended_well(pids[i]));
}

int main(void)
{
	RUN(clocks_go_on);
	RUN(resolution);
	RUN(sleeps_last);
	RUN(sleep_until);
	RUN(interval_timer);
	RUN(run_time_is_counted);
	RUN(many_sleepers);
	return guest_result();
}
