/* SPDX-License-Identifier: MIT */
/* Priority-inheritance futexes: FUTEX_LOCK_PI and its relatives (ipc/futex_pi.c, sched/pimutex.c).
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "guest.h"

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

typedef _Atomic(uint32_t) word_t;

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static long futex(word_t *word, int operation, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, operation, 0, timeout, NULL, 0);
}

static uint32_t tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static word_t *shared_words(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static bool has_waiters(word_t *word)
{
	for (int i = 0; i < 500; i++) {
		if (atomic_load(word) & FUTEX_WAITERS)
			return true;
		sleep_ms(10);
	}
	return false;
}

static void lock_and_unlock(void)
{
	word_t word = 0;

	CHECK(!futex(&word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, NULL));
	CHECK(word == tid());
	CHECK(fails(futex(&word, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, NULL), EDEADLK));
	CHECK(fails(futex(&word, FUTEX_TRYLOCK_PI | FUTEX_PRIVATE_FLAG, NULL), EDEADLK));
	CHECK(!futex(&word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, NULL));
	CHECK(word == 0);
	CHECK(fails(futex(&word, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, NULL), EPERM));
	CHECK(!futex(&word, FUTEX_TRYLOCK_PI, NULL) && word == tid());
	CHECK(!futex(&word, FUTEX_UNLOCK_PI, NULL) && word == 0);
	CHECK(!futex(&word, FUTEX_LOCK_PI2, NULL) && word == tid());
}

static void wrong_arguments(void)
{
	word_t word = 0;
	struct timespec bad = { 0, -1 };
	void *read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(fails(futex((word_t *)((char *)&word + 1), FUTEX_LOCK_PI, NULL), EINVAL));
	CHECK(fails(futex((word_t *)8, FUTEX_LOCK_PI, NULL), EFAULT));
	CHECK(fails(futex((word_t *)8, FUTEX_UNLOCK_PI, NULL), EFAULT));
	CHECK(fails(futex(read_only, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, NULL), EFAULT));
	CHECK(fails(futex(&word, FUTEX_LOCK_PI, &bad), EINVAL));
	CHECK(fails(futex(&word, FUTEX_LOCK_PI, (void *)8), EFAULT));
	word = 0x3ffffff0; /* nobody has that id */
	CHECK(fails(futex(&word, FUTEX_LOCK_PI, NULL), ESRCH));
	CHECK(fails(futex(&word, FUTEX_TRYLOCK_PI, NULL), ESRCH));
	CHECK(fails(
		syscall(SYS_futex, &word, FUTEX_UNLOCK_PI | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0),
		ENOSYS));
}

static void handed_over(void)
{
	word_t *word = shared_words();
	pid_t child;

	CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
	child = fork();
	if (!child) {
		CHILD_CHECK(fails(futex(word, FUTEX_TRYLOCK_PI, NULL), EAGAIN));
		CHILD_CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
		CHILD_CHECK((*word & FUTEX_TID_MASK) == tid());
		CHILD_CHECK(!futex(word, FUTEX_UNLOCK_PI, NULL));
		_exit(0);
	}
	CHECK(has_waiters(word));
	CHECK((*word & FUTEX_TID_MASK) == tid());
	sleep_ms(50);
	CHECK(!futex(word, FUTEX_UNLOCK_PI, NULL));
	CHECK(ended_well(child));
	CHECK(*word == 0);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void time_limits(void)
{
	word_t *word = shared_words();
	struct sigaction action = { .sa_handler = on_signal };
	struct timespec limit;
	pid_t child;

	CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
	child = fork();
	if (!child) {
		clock_gettime(CLOCK_REALTIME, &limit);
		CHILD_CHECK(fails(futex(word, FUTEX_LOCK_PI, &limit), ETIMEDOUT));
		clock_gettime(CLOCK_MONOTONIC, &limit);
		CHILD_CHECK(fails(futex(word, FUTEX_LOCK_PI2, &limit), ETIMEDOUT));
		clock_gettime(CLOCK_REALTIME, &limit);
		CHILD_CHECK(fails(futex(word, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, &limit),
				  ETIMEDOUT));
		sigaction(SIGUSR1, &action, NULL);
		CHILD_CHECK(!futex(word, FUTEX_LOCK_PI, NULL)); /* a signal does not end it */
		CHILD_CHECK(!futex(word, FUTEX_UNLOCK_PI, NULL));
		_exit(0);
	}
	sleep_ms(100);
	CHECK(!kill(child, SIGUSR1));
	sleep_ms(50);
	CHECK(!futex(word, FUTEX_UNLOCK_PI, NULL));
	CHECK(ended_well(child));
	CHECK(*word == 0);
}

/* Two tasks that want what the other has. */
static void deadlock(void)
{
	word_t *words = shared_words();
	pid_t child;

	CHECK(!futex(&words[0], FUTEX_LOCK_PI, NULL));
	child = fork();
	if (!child) {
		CHILD_CHECK(!futex(&words[1], FUTEX_LOCK_PI, NULL));
		CHILD_CHECK(!futex(&words[0], FUTEX_LOCK_PI, NULL));
		CHILD_CHECK(!futex(&words[0], FUTEX_UNLOCK_PI, NULL));
		CHILD_CHECK(!futex(&words[1], FUTEX_UNLOCK_PI, NULL));
		_exit(0);
	}
	CHECK(has_waiters(&words[0]));
	sleep_ms(50);
	CHECK(fails(futex(&words[1], FUTEX_LOCK_PI, NULL), EDEADLK));
	CHECK(!futex(&words[0], FUTEX_UNLOCK_PI, NULL));
	CHECK(ended_well(child));
}

/* An owner that dies leaves the word to the next one, marked. */
static void the_owner_dies(void)
{
	word_t *word = shared_words();
	pid_t child = fork();

	if (!child) {
		CHILD_CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
		CHILD_CHECK(has_waiters(word));
		sleep_ms(50);
		_exit(0);
	}
	while (!atomic_load(word))
		sched_yield();
	CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
	CHECK((*word & (FUTEX_TID_MASK | FUTEX_OWNER_DIED)) == (tid() | FUTEX_OWNER_DIED));
	CHECK(ended_well(child));
	atomic_fetch_and(word, ~FUTEX_OWNER_DIED);
	CHECK(!futex(word, FUTEX_UNLOCK_PI, NULL) && !*word);
	child = fork();
	if (!child) {
		CHILD_CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(fails(futex(word, FUTEX_LOCK_PI, NULL), ESRCH));
}

static pthread_mutex_t *make_mutex(bool robust)
{
	pthread_mutex_t *mutex =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (robust)
		pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	return pthread_mutex_init(mutex, &attr) ? NULL : mutex;
}

static void robust(void)
{
	pthread_mutex_t *mutex = make_mutex(true);
	pid_t child;

	CHECK(mutex);
	child = fork(); /* dies with nobody waiting */
	if (!child)
		_exit(pthread_mutex_lock(mutex));
	CHECK(ended_well(child));
	CHECK(pthread_mutex_lock(mutex) == EOWNERDEAD);
	CHECK(!pthread_mutex_consistent(mutex) && !pthread_mutex_unlock(mutex));
	child = fork(); /* dies while the parent waits */
	if (!child) {
		CHILD_CHECK(!pthread_mutex_lock(mutex));
		CHILD_CHECK(has_waiters((word_t *)mutex));
		sleep_ms(50);
		_exit(0);
	}
	while (!atomic_load((word_t *)mutex))
		sched_yield();
	CHECK(pthread_mutex_lock(mutex) == EOWNERDEAD);
	CHECK(!pthread_mutex_consistent(mutex) && !pthread_mutex_unlock(mutex));
	CHECK(!pthread_mutex_lock(mutex) && !pthread_mutex_unlock(mutex));
	CHECK(ended_well(child));
}

/* --- inheritance: all on one hart --- */

static bool on_one_hart(int policy, int priority)
{
	cpu_set_t set;
	struct sched_param param = { .sched_priority = priority };

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return !sched_setaffinity(0, sizeof(set), &set) && !sched_setscheduler(0, policy, &param);
}

struct scene {
	word_t words[4];
	atomic_int ready, held, order, stop;
};

static void spin_until(atomic_int *value, int expected)
{
	while (atomic_load(value) < expected)
		;
}

static void own_until_told(struct scene *scene)
{
	CHILD_CHECK(on_one_hart(SCHED_OTHER, 0));
	CHILD_CHECK(!futex(&scene->words[0], FUTEX_LOCK_PI, NULL));
	atomic_store(&scene->held, 1);
	spin_until(&scene->stop, 1);
	CHILD_CHECK(!futex(&scene->words[0], FUTEX_UNLOCK_PI, NULL));
	_exit(0);
}

/* Holds a word, and waits for the owner's. */
static void stand_between(struct scene *scene)
{
	CHILD_CHECK(on_one_hart(SCHED_OTHER, 0));
	CHILD_CHECK(!futex(&scene->words[1], FUTEX_LOCK_PI, NULL));
	CHILD_CHECK(!futex(&scene->words[0], FUTEX_LOCK_PI, NULL));
	CHILD_CHECK(!futex(&scene->words[0], FUTEX_UNLOCK_PI, NULL));
	CHILD_CHECK(!futex(&scene->words[1], FUTEX_UNLOCK_PI, NULL));
	_exit(0);
}

static void spin_in_the_way(struct scene *scene)
{
	CHILD_CHECK(on_one_hart(SCHED_FIFO, 10));
	atomic_store(&scene->ready, 1);
	spin_until(&scene->order, 1);
	_exit(0);
}

static void want(struct scene *scene, word_t *word)
{
	CHILD_CHECK(on_one_hart(SCHED_FIFO, 20));
	CHILD_CHECK(!futex(word, FUTEX_LOCK_PI, NULL));
	atomic_store(&scene->order, 1);
	CHILD_CHECK(!futex(word, FUTEX_UNLOCK_PI, NULL));
	_exit(0);
}

/*
 * The owner of a word is an ordinary task, kept from its hart by one of priority 10 that spins
 * until a task of priority 20 has got the word: which only comes about if the owner runs with
 * priority 20. chain: the wanted word is held by a task that itself waits for the owner's.
 */
static void inverted(bool chain)
{
	struct scene *scene =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t owner, middle = 0, spinner, high;

	CHECK(on_one_hart(SCHED_FIFO, 50)); /* the director: it sleeps to let others run */
	owner = fork();
	if (!owner)
		own_until_told(scene);
	while (!atomic_load(&scene->held))
		sleep_ms(5);
	if (chain) {
		middle = fork();
		if (!middle)
			stand_between(scene);
		CHECK(has_waiters(&scene->words[0]));
	}
	spinner = fork();
	if (!spinner)
		spin_in_the_way(scene);
	while (!atomic_load(&scene->ready))
		sleep_ms(5);
	atomic_store(&scene->stop, 1);
	high = fork();
	if (!high)
		want(scene, &scene->words[chain]);
	for (int i = 0; i < 1000 && !atomic_load(&scene->order); i++)
		sleep_ms(10);
	if (!atomic_load(&scene->order)) {
		kill(spinner, SIGKILL);
		CHECK(!"the owner inherits");
	}
	CHECK(ended_well(spinner) && ended_well(high) && ended_well(owner));
	CHECK(!chain || ended_well(middle));
	CHECK(on_one_hart(SCHED_OTHER, 0));
}

static void inherited(void)
{
	inverted(false);
}

static void inherited_along_a_chain(void)
{
	inverted(true);
}

/* Waiters get the word in the order of their priorities. */
static void by_priority(void)
{
	struct scene *scene =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static const int priorities[] = { 10, 30, 20 };
	static const int places[] = { 2, 0, 1 };
	pid_t children[3];

	CHECK(on_one_hart(SCHED_FIFO, 50));
	CHECK(!futex(&scene->words[0], FUTEX_LOCK_PI, NULL));
	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i]) {
			CHECK(reaches_state(children[i], 'S'));
			sleep_ms(10);
			continue;
		}
		CHILD_CHECK(on_one_hart(SCHED_FIFO, priorities[i]));
		CHILD_CHECK(!futex(&scene->words[0], FUTEX_LOCK_PI, NULL));
		CHILD_CHECK(atomic_fetch_add(&scene->order, 1) == places[i]);
		CHILD_CHECK(!futex(&scene->words[0], FUTEX_UNLOCK_PI, NULL));
		_exit(0);
	}
	CHECK(!futex(&scene->words[0], FUTEX_UNLOCK_PI, NULL));
	for (int i = 0; i < 3; i++)
		CHECK(ended_well(children[i]));
	CHECK(on_one_hart(SCHED_OTHER, 0));
}

/* --- many --- */

static pthread_mutex_t *contended;
static long counter;

static void *count(void *unused)
{
	(void)unused;
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(contended);
		counter++;
		pthread_mutex_unlock(contended);
	}
	return NULL;
}

static void many_threads(void)
{
	pthread_t threads[6];
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
	contended = make_mutex(false);
	CHECK(contended);
	for (int i = 0; i < 6; i++)
		CHECK(!pthread_create(&threads[i], NULL, count, NULL));
	for (int i = 0; i < 6; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(counter == 12000);
}

/* Owners and waiters of robust mutexes are killed at random; in the end all is free. */
static void killed(void)
{
	pthread_mutex_t *mutexes[2] = { make_mutex(true), make_mutex(true) };
	pid_t children[6];

	CHECK(mutexes[0] && mutexes[1]);
	for (int i = 0; i < 6; i++) {
		children[i] = fork();
		while (!children[i]) {
			for (int m = 0; m < 2; m++) {
				int result = pthread_mutex_lock(mutexes[m]);

				CHILD_CHECK(!result || result == EOWNERDEAD);
				if (result)
					pthread_mutex_consistent(mutexes[m]);
			}
			sched_yield();
			CHILD_CHECK(!pthread_mutex_unlock(mutexes[1]));
			CHILD_CHECK(!pthread_mutex_unlock(mutexes[0]));
		}
	}
	for (int i = 0; i < 6; i++) {
		sleep_ms(20);
		kill(children[i], SIGKILL);
		CHECK(WIFSIGNALED(status_of(children[i])));
	}
	for (int m = 0; m < 2; m++) {
		int result = pthread_mutex_lock(mutexes[m]);

		CHECK(!result || result == EOWNERDEAD);
	}
}

int main(void)
{
	RUN(lock_and_unlock);
	RUN(wrong_arguments);
	RUN(handed_over);
	RUN(time_limits);
	RUN(deadlock);
	RUN(the_owner_dies);
	RUN(robust);
	RUN(inherited);
	RUN(inherited_along_a_chain);
	RUN(by_priority);
	RUN(many_threads);
	RUN(killed);
	return guest_result();
}
