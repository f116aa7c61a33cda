/* SPDX-License-Identifier: MIT */
/*
 * timer_create and relatives: every clock, every way to be told, overruns, what fork and exec do,
 * setting the clock, sleeping on clocks of CPU time, and wrong arguments.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>

#include "guest.h"
#include "handler.h"

enum { MS = 1000000, SECOND = 1000000000 };

static long create(int clock, struct sigevent *event, int *id)
{
	return syscall(SYS_timer_create, clock, event, id);
}

static long set_to(int id, int flags, long first, long interval)
{
	struct itimerspec value = { { interval / SECOND, interval % SECOND },
				    { first / SECOND, first % SECOND } };

	return syscall(SYS_timer_settime, id, flags, &value, NULL);
}

static long left_of(int id)
{
	struct itimerspec value;

	if (syscall(SYS_timer_gettime, id, &value))
		return -1;
	return value.it_value.tv_sec * SECOND + value.it_value.tv_nsec;
}

static long delete (int id)
{
	return syscall(SYS_timer_delete, id);
}

/* Waits up to ten seconds for a signal that is blocked. */
static int take(int signal, siginfo_t *info)
{
	struct timespec limit = { 10, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return sigtimedwait(&set, info, &limit);
}

static bool is_pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal);
}

static void spin_for(clockid_t clock, long ns)
{
	struct timespec begin, now;

	clock_gettime(clock, &begin);
	do
		clock_gettime(clock, &now);
	while ((now.tv_sec - begin.tv_sec) * SECOND + now.tv_nsec - begin.tv_nsec < ns);
}

/* Each clock fires once, with id and value in what the signal tells. */
static void every_clock(void)
{
	static const int clocks[] = { CLOCK_REALTIME,		CLOCK_MONOTONIC,
				      CLOCK_BOOTTIME,		CLOCK_TAI,
				      CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	siginfo_t info;
	int id;

	block(SIGRTMIN);
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		event.sigev_value.sival_ptr = (void *)(0x123456789000 + i);
		CHECK(!create(clocks[i], &event, &id));
		CHECK(left_of(id) == 0);
		CHECK(!set_to(id, 0, 20 * MS, 0));
		CHECK(left_of(id) > 0 && left_of(id) <= 20 * MS);
		if (i >= 4)
			spin_for(CLOCK_THREAD_CPUTIME_ID, 40 * MS);
		CHECK(take(SIGRTMIN, &info) == SIGRTMIN);
		CHECK(info.si_code == SI_TIMER && info.si_timerid == id && info.si_overrun == 0);
		CHECK(info.si_value.sival_ptr == (void *)(0x123456789000 + i) && !info.si_errno);
		CHECK(left_of(id) == 0);
		CHECK(!delete (id) && delete (id) < 0 && errno == EINVAL);
	}
}

/* Without an event: SIGALRM with the id as value. */
static void default_event(void)
{
	siginfo_t info;
	int id;

	block(SIGALRM);
	CHECK(!create(CLOCK_MONOTONIC, NULL, &id) && !set_to(id, 0, MS, 0));
	CHECK(take(SIGALRM, &info) == SIGALRM && info.si_value.sival_int == id);
	CHECK(!delete (id));
}

/* Firings while the signal waits are counted, and the signal is pending once. */
static void overruns(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1 };
	struct timespec none = { 0, 0 };
	siginfo_t info;
	sigset_t set;
	int id;

	block(SIGRTMIN + 1);
	CHECK(!create(CLOCK_MONOTONIC, &event, &id));
	CHECK(!set_to(id, 0, 10 * MS, 10 * MS));
	sleep_ms(105);
	CHECK(is_pending(SIGRTMIN + 1));
	CHECK(left_of(id) > 0 && left_of(id) <= 10 * MS);
	CHECK(take(SIGRTMIN + 1, &info) == SIGRTMIN + 1);
	CHECK(info.si_overrun >= 9);
	CHECK(syscall(SYS_timer_getoverrun, id) == info.si_overrun);
	CHECK(take(SIGRTMIN + 1, &info) == SIGRTMIN + 1); /* it goes on */
	set_to(id, 0, 0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigtimedwait(&set, &info, &none);
	sleep_ms(30);
	CHECK(!is_pending(SIGRTMIN + 1));
	CHECK(!set_to(id, 0, 1000, 1000)); /* a microsecond: more than can be taken */
	sleep_ms(20);
	CHECK(take(SIGRTMIN + 1, &info) == SIGRTMIN + 1 && info.si_overrun > 10000);
	CHECK(!delete (id));
}

static volatile int thread_got;
static volatile int thread_id;

static void note_thread(int signal)
{
	(void)signal;
	thread_got = (int)syscall(SYS_gettid);
}

static void *wait_in_thread(void *data)
{
	thread_id = (int)syscall(SYS_gettid);
	while (!thread_got)
		usleep(1000);
	return data;
}

static void told_to_a_thread(void)
{
	struct sigaction action = { .sa_handler = note_thread };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	pthread_t thread;
	int id;

	sigaction(SIGUSR1, &action, NULL);
	CHECK(!pthread_create(&thread, NULL, wait_in_thread, NULL));
	while (!thread_id)
		usleep(1000);
	event._sigev_un._tid = thread_id;
	CHECK(!create(CLOCK_MONOTONIC, &event, &id) && !set_to(id, 0, 5 * MS, 0));
	pthread_join(thread, NULL);
	CHECK(thread_got == thread_id);
	CHECK(!delete (id));
	while (!syscall(SYS_tgkill, getpid(), thread_id, 0))
		usleep(1000);
	CHECK(create(CLOCK_MONOTONIC, &event, &id) < 0 && errno == EINVAL); /* it has gone */
}

static void told_to_nobody(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	int id;

	CHECK(!create(CLOCK_MONOTONIC, &event, &id) && !set_to(id, 0, 20 * MS, 0));
	CHECK(left_of(id) > 0);
	sleep_ms(30);
	CHECK(left_of(id) == 0);
	CHECK(!set_to(id, 0, 20 * MS, 50 * MS));
	sleep_ms(30);
	CHECK(left_of(id) > 0 && left_of(id) <= 50 * MS);
	CHECK(!delete (id));
}

/* An ignored signal does not stop a periodic timer. */
static void ignored_signal(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	siginfo_t info;
	int id;

	signal(SIGUSR2, SIG_IGN);
	CHECK(!create(CLOCK_MONOTONIC, &event, &id) && !set_to(id, 0, MS, 5 * MS));
	sleep_ms(30);
	signal(SIGUSR2, SIG_DFL);
	block(SIGUSR2);
	CHECK(take(SIGUSR2, &info) == SIGUSR2);
	CHECK(!delete (id));
}

static void absolute_times(void)
{
	struct timespec now;
	siginfo_t info;
	int id;

	block(SIGALRM);
	CHECK(!create(CLOCK_REALTIME, NULL, &id));
	CHECK(!set_to(id, TIMER_ABSTIME, SECOND, 0)); /* 1970 */
	CHECK(take(SIGALRM, &info) == SIGALRM);
	clock_gettime(CLOCK_REALTIME, &now);
	struct itimerspec value = { { 0, 0 }, { now.tv_sec + 1000, 0 } };
	CHECK(!syscall(SYS_timer_settime, id, TIMER_ABSTIME, &value, NULL));
	CHECK(left_of(id) > 990L * SECOND && left_of(id) <= 1000L * SECOND);
	CHECK(!is_pending(SIGALRM));
	now.tv_sec += 2000;
	CHECK(!clock_settime(CLOCK_REALTIME, &now)); /* it follows when the clock is set */
	CHECK(take(SIGALRM, &info) == SIGALRM);
	CHECK(!set_to(id, 0, 500L * SECOND, 0));
	now.tv_sec -= 2000;
	CHECK(!clock_settime(CLOCK_REALTIME, &now));
	CHECK(left_of(id) > 490L * SECOND && left_of(id) <= 500L * SECOND); /* relative: not */
	CHECK(!delete (id));
}

/* A sleeper until a real time wakes when the clock is set to it. */
static void sleep_follows_clock(void)
{
	struct timespec now, then;
	pid_t pid;

	clock_gettime(CLOCK_REALTIME, &now);
	then = now;
	then.tv_sec += 1000;
	pid = fork();
	if (!pid)
		_exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &then, NULL));
	CHECK(reaches_state(pid, 'S'));
	then.tv_sec += 1;
	CHECK(!clock_settime(CLOCK_REALTIME, &then));
	CHECK(ended_well(pid));
	CHECK(!clock_settime(CLOCK_REALTIME, &now));
	then = (struct timespec){ 1, 0 };
	CHECK(!clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &then, NULL));
}

static void fork_and_exec(void)
{
	int id;
	pid_t pid;

	CHECK(!create(CLOCK_MONOTONIC, NULL, &id) && !set_to(id, 0, 200 * MS, 0));
	pid = fork();
	if (!pid)
		_exit(left_of(id) == -1 && errno == EINVAL ? 0 : 1);
	CHECK(ended_well(pid));
	CHECK(!delete (id));
	pid = fork();
	if (!pid) {
		char number[16];

		signal(SIGALRM, SIG_DFL);
		CHILD_CHECK(!create(CLOCK_MONOTONIC, NULL, &id) && !set_to(id, 0, 50 * MS, 0));
		snprintf(number, sizeof(number), "%d", id);
		execl("/proc/self/exe", "posix_timers", "-after-exec", number, NULL);
		_exit(1);
	}
	CHECK(ended_well(pid));
	pid = fork(); /* ends with timers armed and pending */
	if (!pid) {
		block(SIGALRM);
		for (int i = 0; i < 20; i++)
			CHILD_CHECK(!create(CLOCK_MONOTONIC, NULL, &id) && !set_to(id, 0, MS, MS));
		sleep_ms(10);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

static int after_exec(int id)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sleep_ms(100);
	return left_of(id) == -1 && errno == EINVAL ? 0 : 1;
}

static void limits(void)
{
	struct rlimit few = { 6, 6 };
	int id, made = 0;
	pid_t pid = fork();

	if (!pid) {
		CHILD_CHECK(!setgid(7777) && !setuid(7777));
		CHILD_CHECK(!setrlimit(RLIMIT_SIGPENDING, &few));
		while (made < 100 && !create(CLOCK_MONOTONIC, NULL, &id))
			made++;
		CHILD_CHECK(made == 6 && errno == EAGAIN);
		CHILD_CHECK(!delete (id) && !create(CLOCK_MONOTONIC, NULL, &id));
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* Clocks of other processes and threads, for timers and for sleep. */
static void cpu_clocks(void)
{
	struct timespec time, length = { 0, 30 * MS };
	clockid_t clock;
	siginfo_t info;
	int id;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			;
	CHECK(!clock_getcpuclockid(pid, &clock));
	CHECK(!clock_nanosleep(clock, 0, &length, NULL));
	CHECK(!clock_gettime(clock, &time) && time.tv_sec * SECOND + time.tv_nsec >= 30 * MS);
	block(SIGALRM);
	CHECK(!create(clock, NULL, &id) && !set_to(id, 0, 20 * MS, 0));
	CHECK(take(SIGALRM, &info) == SIGALRM && info.si_timerid == id);
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL);
	CHECK(set_to(id, 0, MS, 0) < 0 && errno == ESRCH);
	CHECK(!delete (id));
	CHECK(clock_gettime(clock, &time) < 0 && errno == EINVAL);
	CHECK(create(clock, NULL, &id) < 0 && errno == EINVAL);
	time = (struct timespec){ 0, 0 };
	CHECK(syscall(SYS_clock_settime, -6, &time) < 0 && errno == EPERM);
}

static void wrong_arguments(void)
{
	static const struct {
		int clock, error;
	} clocks[] = {
		{ CLOCK_MONOTONIC_RAW, EOPNOTSUPP },
		{ CLOCK_REALTIME_COARSE, EOPNOTSUPP },
		{ CLOCK_MONOTONIC_COARSE, EOPNOTSUPP },
		{ 10, EINVAL },
		{ 12, EINVAL },
		{ -1, EINVAL },
		{ -5, EOPNOTSUPP },
	};
	struct timespec length = { 0, 1000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	int id;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		CHECK(create(clocks[i].clock, NULL, &id) < 0 && errno == clocks[i].error);
		CHECK(syscall(SYS_clock_nanosleep, clocks[i].clock, 0, &length, NULL) < 0 &&
		      errno == clocks[i].error);
	}
	CHECK(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &length, NULL) < 0 &&
	      errno == EOPNOTSUPP);
	CHECK(syscall(SYS_clock_nanosleep, -2, 0, &length, NULL) < 0 && errno == EINVAL);
	CHECK(create(CLOCK_MONOTONIC, &event, &id) < 0 && errno == EINVAL);
	event.sigev_signo = 65;
	CHECK(create(CLOCK_MONOTONIC, &event, &id) < 0 && errno == EINVAL);
	event = (struct sigevent){ .sigev_notify = 3, .sigev_signo = 1 };
	CHECK(create(CLOCK_MONOTONIC, &event, &id) < 0 && errno == EINVAL);
	event = (struct sigevent){ .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = 1 };
	event._sigev_un._tid = 1;
	CHECK(create(CLOCK_MONOTONIC, &event, &id) < 0 && errno == EINVAL);
	CHECK(create(CLOCK_MONOTONIC, (void *)16, &id) < 0 && errno == EFAULT);
	CHECK(create(CLOCK_MONOTONIC, NULL, (void *)16) < 0 && errno == EFAULT);
	CHECK(set_to(12345, 0, 1, 0) < 0 && errno == EINVAL);
	CHECK(left_of(12345) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_timer_getoverrun, -1) < 0 && errno == EINVAL);
	CHECK(!create(CLOCK_MONOTONIC, NULL, &id));
	CHECK(set_to(id, 0, -1, 0) < 0 && errno == EINVAL);
	CHECK(set_to(id, 0, 1, -1) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_timer_settime, id, 0, NULL, NULL) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_timer_settime, id, 0, 16, NULL) < 0 && errno == EFAULT);
	CHECK(!delete (id));
}

/* What time daemons do. */
static void adjusting(void)
{
	struct timex timex = { 0 };
	struct timespec before, after;

	CHECK(adjtimex(&timex) >= 0 && timex.tick == 10000 && timex.tolerance == 500 << 16);
	timex = (struct timex){ .modes = ADJ_FREQUENCY, .freq = 1 << 20 };
	CHECK(adjtimex(&timex) >= 0 && timex.freq == 1 << 20);
	timex = (struct timex){ .modes = ADJ_FREQUENCY, .freq = 1000 << 16 };
	CHECK(adjtimex(&timex) >= 0 && timex.freq == 500 << 16);
	timex = (struct timex){ .modes = ADJ_FREQUENCY };
	CHECK(adjtimex(&timex) >= 0 && timex.freq == 0);
	timex = (struct timex){ .modes = ADJ_TICK, .tick = 8000 };
	CHECK(adjtimex(&timex) < 0 && errno == EINVAL);
	timex = (struct timex){ .modes = ADJ_TAI, .constant = 37 };
	CHECK(adjtimex(&timex) >= 0 && timex.tai == 37);
	clock_gettime(CLOCK_REALTIME, &before);
	clock_gettime(CLOCK_TAI, &after);
	CHECK(after.tv_sec - before.tv_sec >= 37 && after.tv_sec - before.tv_sec < 60);
	timex = (struct timex){ .modes = ADJ_TAI, .constant = 0 };
	CHECK(adjtimex(&timex) >= 0 && timex.tai == 0);
	timex = (struct timex){ .modes = ADJ_SETOFFSET, .time = { 1000, 0 } };
	CHECK(clock_adjtime(CLOCK_REALTIME, &timex) == TIME_ERROR && timex.status & STA_UNSYNC);
	clock_gettime(CLOCK_REALTIME, &after);
	CHECK(after.tv_sec - before.tv_sec >= 1000 && after.tv_sec - before.tv_sec < 1060);
	timex = (struct timex){ .modes = ADJ_SETOFFSET, .time = { -1000, 0 } };
	CHECK(adjtimex(&timex) >= 0);
	timex = (struct timex){ .modes = ADJ_SETOFFSET, .time = { 1, 1000000 } };
	CHECK(adjtimex(&timex) < 0 && errno == EINVAL);
	timex = (struct timex){ 0 };
	CHECK(clock_adjtime(CLOCK_MONOTONIC, &timex) < 0 && errno == EOPNOTSUPP);
	CHECK(clock_adjtime(12, &timex) < 0 && errno == EINVAL);
	before = (struct timespec){ 0, 1 };
	CHECK(clock_settime(CLOCK_REALTIME, &before) < 0 && errno == EINVAL);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "-after-exec"))
		return after_exec(atoi(argv[2]));
	RUN(every_clock);
	RUN(default_event);
	RUN(overruns);
	RUN(told_to_a_thread);
	RUN(told_to_nobody);
	RUN(ignored_signal);
	RUN(absolute_times);
	RUN(sleep_follows_clock);
	RUN(fork_and_exec);
	RUN(limits);
	RUN(cpu_clocks);
	RUN(wrong_arguments);
	RUN(adjusting);
	return guest_result();
}
