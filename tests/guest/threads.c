/* SPDX-License-Identifier: MIT */
/* Thread storms, what threads share, and how a process with threads ends. */
#include "guest.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

enum { THREADS = 32, ROUNDS = 30, STEPS = 2000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long counter;
static __thread long own;

static void *count(void *argument)
{
	for (int i = 0; i < STEPS / 10; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
		own++;
	}
	return (void *)(own == STEPS / 10 ? (long)argument : -1L);
}

static void storm(void)
{
	pthread_t threads[THREADS];

	counter = 0;
	for (int round = 0; round < ROUNDS; round++) {
		for (long i = 0; i < THREADS; i++)
			CHECK(pthread_create(&threads[i], NULL, count, (void *)i) == 0);
		for (long i = 0; i < THREADS; i++) {
			void *result;

			CHECK(pthread_join(threads[i], &result) == 0);
			CHECK((long)result == i);
		}
	}
	CHECK(counter == (long)ROUNDS * THREADS * (STEPS / 10));
}

static void *ping(void *argument)
{
	long side = (long)argument;

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < STEPS; i++) {
		while (counter % 2 != side)
			pthread_cond_wait(&changed, &mutex);
		counter++;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* Two threads take turns: one lost wake-up and it hangs. */
static void turns(void)
{
	pthread_t threads[2];

	counter = 0;
	for (long i = 0; i < 2; i++)
		CHECK(pthread_create(&threads[i], NULL, ping, (void *)i) == 0);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(counter == 2 * STEPS);
}

static void *identity(void *argument)
{
	pid_t *ids = argument;

	ids[0] = getpid();
	ids[1] = syscall(SYS_gettid);
	return NULL;
}

static void one_process_many_threads(void)
{
	pthread_t thread;
	pid_t ids[2];

	CHECK(pthread_create(&thread, NULL, identity, ids) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(ids[0] == getpid() && ids[1] != getpid());
	CHECK(syscall(SYS_gettid) == getpid());
}

static void *sleeper(void *argument)
{
	pause();
	return argument;
}

static void exit_ends_all(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_t thread;

		for (int i = 0; i < 8; i++)
			CHILD_CHECK(pthread_create(&thread, NULL, sleeper, NULL) == 0);
		_exit(4);
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 4);
}

static void *leaver(void *argument)
{
	sleep_ms(50);
	exit((int)(long)argument);
}

/* The first thread may end before the others: the process goes on. */
static void first_thread_leaves(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_t thread;

		CHILD_CHECK(pthread_create(&thread, NULL, leaver, (void *)6L) == 0);
		pthread_exit(NULL);
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 6);
}

static void *killer(void *argument)
{
	(void)argument;
	raise(SIGKILL);
	return NULL;
}

static void signal_ends_all(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_t thread;

		CHILD_CHECK(pthread_create(&thread, NULL, killer, NULL) == 0);
		for (;;)
			pause();
	}
	int status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void *execer(void *argument)
{
	(void)argument;
	execl("/bin/busybox", "busybox", "sh", "-c", "exit 8", NULL);
	return NULL;
}

/* An exec in any thread ends the others and keeps the process id. */
static void exec_in_a_thread(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_t thread;

		for (int i = 0; i < 4; i++)
			CHILD_CHECK(pthread_create(&thread, NULL, sleeper, NULL) == 0);
		CHILD_CHECK(pthread_create(&thread, NULL, execer, NULL) == 0);
		for (;;)
			pause();
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 8);
}

static pthread_mutex_t robust;

static void *dies_with_it(void *argument)
{
	pthread_mutex_lock(&robust);
	return argument;
}

static void robust_mutex(void)
{
	pthread_mutexattr_t attributes;
	pthread_t thread;

	pthread_mutexattr_init(&attributes);
	CHECK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
	CHECK(pthread_mutex_init(&robust, &attributes) == 0);
	CHECK(pthread_create(&thread, NULL, dies_with_it, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
}

int main(void)
{
	RUN(storm);
	RUN(turns);
	RUN(one_process_many_threads);
	RUN(exit_ends_all);
	RUN(first_thread_leaves);
	RUN(signal_ends_all);
	RUN(exec_in_a_thread);
	RUN(robust_mutex);
	return guest_result();
}
