/* SPDX-License-Identifier: MIT */
/* SCHED_DEADLINE: what is admitted, what it forbids, that a share is kept, and wrong arguments. */
#include "guest.h"
#include "handler.h"
#include "schedattr.h"
#include "settings.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>

enum { MS = 1000000, RESET_ON_FORK = 1, RECLAIM = 2, DL_OVERRUN = 4 };

static long set(uint64_t runtime, uint64_t deadline, uint64_t period, uint64_t flags)
{
	return set_deadline(0, runtime, deadline, period, flags);
}

static struct attributes get(void)
{
	struct attributes attributes = { 0 };

	get_attributes(0, &attributes, sizeof(attributes));
	return attributes;
}

static void child_parameters(void)
{
	struct sched_param param = { 0 };
	struct timespec interval;
	struct attributes now;
	unsigned long one = 1;

	signal(SIGXCPU, SIG_IGN);
	CHILD_CHECK(set(MS, 10 * MS, 0, RECLAIM | DL_OVERRUN) ==
		    0); /* the period: as the deadline */
	now = get();
	CHILD_CHECK(now.policy == DEADLINE && now.runtime == MS && now.deadline == 10 * MS &&
		    now.period == 10 * MS && now.flags == (RECLAIM | DL_OVERRUN) && !now.priority);
	CHILD_CHECK(sched_getscheduler(0) == DEADLINE);
	CHILD_CHECK(sched_getparam(0, &param) == 0 && param.sched_priority == 0);
	CHILD_CHECK(sched_rr_get_interval(0, &interval) == 0 && interval.tv_nsec == 0);
	CHILD_CHECK(sched_setparam(0, &param) < 0 && errno == EINVAL);
	CHILD_CHECK(fork() < 0 && errno == EAGAIN);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		CHILD_CHECK(syscall(SYS_sched_setaffinity, 0, 8, &one) < 0 && errno == EBUSY);
	CHILD_CHECK(set(MS, 10 * MS, 20 * MS, RESET_ON_FORK) == 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(sched_getscheduler(0) == SCHED_OTHER ? 0 : 1);
	CHILD_CHECK(pid > 0 && ended_well(pid));
	CHILD_CHECK(sched_setscheduler(0, SCHED_OTHER, &param) == 0 && get().period == 0);
}

static void parameters(void)
{
	CHECK(in_child(child_parameters));
}

static void child_wrong_arguments(void)
{
	static const struct {
		uint64_t runtime, deadline, period;
	} wrong[] = {
		{ 20 * MS, 10 * MS, 10 * MS }, /* more than there is */
		{ MS, 10 * MS, 5 * MS },       /* due after the next begins */
		{ 1023, 10 * MS, 10 * MS },    /* too little */
		{ MS, 0, 10 * MS },
		{ 10000, 50000, 50000 },	  /* too often */
		{ MS, 5000UL * MS, 5000UL * MS }, /* too rarely */
		{ MS, 10 * MS, 1UL << 63 | 10 * MS },
	};
	struct attributes attributes = { .size = 48, .policy = DEADLINE, .priority = 1 };
	struct sched_param param = { 0 };
	unsigned long one = 1;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHILD_CHECK(set(wrong[i].runtime, wrong[i].deadline, wrong[i].period, 0) < 0 &&
			    errno == EINVAL);
	attributes.runtime = MS;
	attributes.deadline = attributes.period = 10 * MS;
	CHILD_CHECK(set_attributes(0, &attributes) < 0 && errno == EINVAL);
	CHILD_CHECK(sched_setscheduler(0, DEADLINE, &param) < 0 && errno == EINVAL);
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
		CHILD_CHECK(syscall(SYS_sched_setaffinity, 0, 8, &one) == 0);
		CHILD_CHECK(set(MS, 10 * MS, 10 * MS, 0) < 0 && errno == EPERM);
	}
	CHILD_CHECK(setuid(1000) == 0);
	CHILD_CHECK(set(MS, 10 * MS, 10 * MS, 0) < 0 && errno == EPERM);
}

static void wrong_arguments(void)
{
	CHECK(in_child(child_wrong_arguments));
}

/* As many tasks as fit into 95 % of the machine, and not one more; what ends makes room. */
static void admission(void)
{
	long harts = sysconf(_SC_NPROCESSORS_ONLN), fit = harts * 95 / 30;
	int ready[2], go[2];
	pid_t pids[64];
	char answer;
	long made = 0;

	CHECK(harts < 20 && !pipe(ready) && !pipe(go));
	for (long i = 0; i <= fit; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			answer = set(30 * MS, 100 * MS, 100 * MS, 0) == 0 ? 'y'
				 : errno == EBUSY			  ? 'b'
									  : 'n';
			close(go[1]);
			(void)!write(ready[1], &answer, 1);
			(void)!read(go[0], &answer, 1);
			_exit(0);
		}
	}
	for (long i = 0; i <= fit; i++) {
		CHECK(read(ready[0], &answer, 1) == 1 && answer != 'n');
		made += answer == 'y';
	}
	close(go[1]);
	for (long i = 0; i <= fit; i++)
		CHECK(ended_well(pids[i]));
	CHECK(made == fit);
	pid_t pid = fork();
	if (pid == 0)
		_exit(set(90 * MS, 100 * MS, 100 * MS, 0) == 0 ? 0 : 1);
	CHECK(ended_well(pid));
	close(go[0]);
	close(ready[0]);
	close(ready[1]);
}

static int admits(uint64_t runtime)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(set(runtime, 100 * MS, 100 * MS, 0) == 0 ? 0 : errno);
	status = status_of(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"
#define PERIOD "/proc/sys/kernel/sched_rt_period_us"

/* What may be promised can be set: so much of each period. */
static void limit(void)
{
	static const struct {
		const char *name, *value;
	} wrong[] = {
		{ RUNTIME, "-2" },	   { RUNTIME, "1000001" }, { RUNTIME, "many" },
		{ RUNTIME, "2147483648" }, { PERIOD, "0" },	   { PERIOD, "-1" },
		{ PERIOD, "900000" },
	};

	CHECK(get_setting(RUNTIME) == 950000);
	CHECK(get_setting(PERIOD) == 1000000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!put_text(wrong[i].name, wrong[i].value) && errno == EINVAL);
	CHECK(put_text(RUNTIME, "1000"));
	CHECK(admits(90 * MS) == EBUSY);
	CHECK(put_text(RUNTIME, "-1"));
	CHECK(get_setting(RUNTIME) == -1 && admits(100 * MS) == 0);
	CHECK(put_text(RUNTIME, "950000"));
	CHECK(put_text(PERIOD, "2000000"));
	CHECK(get_setting(PERIOD) == 2000000);
	CHECK(put_text(PERIOD, "1000000"));
}

static void child_promised(void)
{
	CHILD_CHECK(set(50 * MS, 100 * MS, 100 * MS, 0) == 0);
	CHILD_CHECK(!put_text(RUNTIME, "1000") && errno == EBUSY);
	CHILD_CHECK(get_setting(RUNTIME) == 950000);
}

static void limit_below_what_is_promised(void)
{
	CHECK(in_child(child_promised));
}

static long cpu_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * 1000 + used.tv_nsec / MS;
}

/* One that wants all gets its fifth, and is told. */
static void child_greedy(void)
{
	long begin = now_ms(), used = cpu_ms();

	signal(SIGXCPU, note);
	CHILD_CHECK(set(2 * MS, 10 * MS, 10 * MS, DL_OVERRUN) == 0);
	while (now_ms() - begin < 600)
		;
	used = cpu_ms() - used;
	CHILD_CHECK(used <= (now_ms() - begin) / 2);
	CHILD_CHECK(count > 0);
}

static void a_greedy_one(void)
{
	CHECK(in_child(child_greedy));
}

/* sched_yield: done for this period. */
static void child_yield(void)
{
	long begin = now_ms();

	CHILD_CHECK(set(5 * MS, 50 * MS, 50 * MS, 0) == 0);
	for (int i = 0; i < 5; i++)
		sched_yield();
	CHILD_CHECK(now_ms() - begin >= 195);
}

static void yielding(void)
{
	CHECK(in_child(child_yield));
}

int main(void)
{
	RUN(limit);
	RUN(limit_below_what_is_promised);
	RUN(parameters);
	RUN(wrong_arguments);
	RUN(admission);
	RUN(a_greedy_one);
	RUN(yielding);
	return guest_result();
}
