/* SPDX-License-Identifier: MIT */
/* nanosleep, clock_nanosleep and the clocks: lengths, interruption, restart, errors. */
#include "guest.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct timespec after(clockid_t clock, int64_t ns)
{
	int64_t then = clock_ns(clock) + ns;

	return (struct timespec){ then / 1000000000, then % 1000000000 };
}

static void relative(void)
{
	const int64_t lengths[] = { 0, 1, 1000, 100000, 5000000, 30000000 };

	for (int i = 0; i < 6; i++) {
		struct timespec time = { 0, lengths[i] };
		int64_t begin = clock_ns(CLOCK_MONOTONIC), took;

		CHECK(nanosleep(&time, NULL) == 0);
		took = clock_ns(CLOCK_MONOTONIC) - begin;
		CHECK(took >= lengths[i] && took < lengths[i] + INT64_C(2000000000));
	}
}

static void absolute(void)
{
	const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI };

	for (int i = 0; i < 4; i++) {
		struct timespec time = after(clocks[i], 20000000);

		CHECK(clock_nanosleep(clocks[i], TIMER_ABSTIME, &time, NULL) == 0);
		CHECK(clock_ns(clocks[i]) >= time.tv_sec * INT64_C(1000000000) + time.tv_nsec);
		CHECK(clock_nanosleep(clocks[i], TIMER_ABSTIME, &time, NULL) == 0);
	}
}

static void errors(void)
{
	struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 }, fine = { 0, 1 };

	CHECK(nanosleep(&bad, NULL) < 0 && errno == EINVAL);
	CHECK(nanosleep(&negative, NULL) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_nanosleep, (void *)8, NULL) < 0 && errno == EFAULT);
	CHECK(clock_nanosleep(99, 0, &fine, NULL) == EINVAL);
	CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &fine, NULL) == EINVAL);
	CHECK(clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &fine, NULL) == EOPNOTSUPP);
}

static void on_signal(int signal)
{
	(void)signal;
}

static pid_t signal_later(int signal, long ms)
{
	pid_t pid = fork();

	if (pid == 0) {
		sleep_ms(ms);
		_exit(kill(getppid(), signal) != 0);
	}
	return pid;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct timespec time = { 10, 0 }, left = { 0, 0 };

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	pid_t pid = signal_later(SIGUSR1, 50);
	CHECK(nanosleep(&time, &left) < 0 && errno == EINTR);
	CHECK(left.tv_sec == 9 && left.tv_nsec > 0 && ended_well(pid));
	pid = signal_later(SIGUSR1, 50);
	time = after(CLOCK_MONOTONIC, INT64_C(10000000000));
	left = (struct timespec){ 7, 7 };
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, &left) == EINTR);
	CHECK(left.tv_sec == 7 && ended_well(pid));
}

/* Stopped and continued, a sleep ends when it would have. */
static void restarted(void)
{
	long begin = now_ms();
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		struct timespec time = { 0, 400000000 };

		_exit(nanosleep(&time, &time) != 0);
	}
	for (int i = 0; i < 3; i++) {
		sleep_ms(30);
		CHECK(kill(pid, SIGSTOP) == 0);
		sleep_ms(30);
		CHECK(kill(pid, SIGCONT) == 0);
	}
	CHECK(ended_well(pid));
	CHECK(now_ms() - begin >= 395 && now_ms() - begin < 3000);
}

static void clocks(void)
{
	const clockid_t known[] = {
		CLOCK_REALTIME,		 CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
		CLOCK_MONOTONIC_COARSE,	 CLOCK_BOOTTIME,      CLOCK_TAI
	};
	struct timespec time;

	for (int i = 0; i < 9; i++) {
		int64_t first = clock_ns(known[i]);

		CHECK(clock_ns(known[i]) >= first);
		CHECK(syscall(SYS_clock_gettime, known[i], &time) == 0);
		CHECK(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
		CHECK(clock_getres(known[i], &time) == 0 && time.tv_sec == 0 && time.tv_nsec > 0);
	}
	CHECK(syscall(SYS_clock_gettime, 99, &time) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)8) < 0 && errno == EFAULT);
	CHECK(clock_getres(CLOCK_REALTIME, NULL) == 0);
}

static void cpu_clocks(void)
{
	clockid_t clock;
	int64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	for (long end = now_ms() + 50; now_ms() < end;)
		;
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) > begin + 10000000);
	begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	sleep_ms(100);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) < begin + 90000000);
	CHECK(clock_getcpuclockid(getpid(), &clock) == 0 && clock_ns(clock) >= begin);
	CHECK(pthread_getcpuclockid(pthread_self(), &clock) == 0 && clock_ns(clock) > 0);
	CHECK(clock_getcpuclockid(999999, &clock) != 0);
}

static void setting(void)
{
	struct timespec then = after(CLOCK_REALTIME, INT64_C(1000000000000));
	struct timeval now, whole;
	int64_t monotonic = clock_ns(CLOCK_MONOTONIC);

	CHECK(clock_settime(CLOCK_REALTIME, &then) == 0);
	CHECK(clock_ns(CLOCK_REALTIME) >= then.tv_sec * INT64_C(1000000000) + then.tv_nsec);
	CHECK(clock_ns(CLOCK_MONOTONIC) - monotonic < INT64_C(10000000000));
	CHECK(gettimeofday(&now, NULL) == 0 && now.tv_sec >= then.tv_sec);
	whole = (struct timeval){ now.tv_sec - 1000, 0 };
	CHECK(settimeofday(&whole, NULL) == 0);
	CHECK(gettimeofday(&now, NULL) == 0 && now.tv_sec - whole.tv_sec < 10);
	CHECK(clock_settime(CLOCK_MONOTONIC, &then) < 0 && errno == EINVAL);
	then.tv_nsec = -1;
	CHECK(clock_settime(CLOCK_REALTIME, &then) < 0 && errno == EINVAL);
	struct timex timex = { .modes = 0 };
	CHECK(adjtimex(&timex) >= 0 && timex.tick == 10000);
}

int main(void)
{
	RUN(relative);
	RUN(absolute);
	RUN(errors);
	RUN(interrupted);
	RUN(restarted);
	RUN(clocks);
	RUN(cpu_clocks);
	RUN(setting);
	return guest_result();
}
