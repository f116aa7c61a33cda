/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: a condition variable whose mutex inherits
 * (ipc/futex_requeue_pi.c).
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "guest.h"

typedef _Atomic(uint32_t) word_t;

enum { THREADS = 4, ROUNDS = 200, PRIVATE = FUTEX_PRIVATE_FLAG };

static word_t condition, mutex, other;

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static uint32_t tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static long wait_requeue(word_t *word, uint32_t value, const struct timespec *limit, word_t *second)
{
	return syscall(SYS_futex, word, FUTEX_WAIT_REQUEUE_PI | PRIVATE, value, limit, second, 0);
}

static long requeue(word_t *word, uint32_t value, long wake, long more, word_t *second)
{
	return syscall(SYS_futex, word, FUTEX_CMP_REQUEUE_PI | PRIVATE, wake, more, second, value);
}

static void lock(word_t *word)
{
	uint32_t free = 0;

	if (!atomic_compare_exchange_strong(word, &free, tid()))
		syscall(SYS_futex, word, FUTEX_LOCK_PI | PRIVATE, 0, NULL, NULL, 0);
}

static void unlock(word_t *word)
{
	uint32_t mine = tid();

	if (!atomic_compare_exchange_strong(word, &mine, 0))
		syscall(SYS_futex, word, FUTEX_UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0);
}

/* --- one waiter --- */

struct waiting {
	pthread_t thread;
	word_t *word, *second;
	long limit_ms; /* 0: none */
	_Atomic(uint32_t) tid;
	long result;
	int error;
	bool owned; /* the second word, when it woke */
};

static void *wait_once(void *argument)
{
	struct waiting *waiting = argument;
	struct timespec limit;

	clock_gettime(CLOCK_MONOTONIC, &limit);
	limit.tv_nsec += waiting->limit_ms % 1000 * 1000000;
	limit.tv_sec += waiting->limit_ms / 1000 + limit.tv_nsec / 1000000000;
	limit.tv_nsec %= 1000000000;
	atomic_store(&waiting->tid, tid());
	waiting->result = wait_requeue(waiting->word, *waiting->word,
				       waiting->limit_ms ? &limit : NULL, waiting->second);
	waiting->error = errno;
	waiting->owned = (*waiting->second & FUTEX_TID_MASK) == tid();
	if (waiting->owned)
		unlock(waiting->second);
	return NULL;
}

static bool sleeps(uint32_t id)
{
	char path[64], text[256];

	for (int i = 0; i < 500; i++) {
		FILE *file;
		char *end;

		snprintf(path, sizeof(path), "/proc/self/task/%u/stat", id);
		file = fopen(path, "r");
		end = file && fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
		if (file)
			fclose(file);
		if (end && end[2] == 'S')
			return true;
		sleep_ms(10);
	}
	return false;
}

static bool start(struct waiting *waiting, long limit_ms)
{
	*waiting = (struct waiting){ .word = &condition, .second = &mutex, .limit_ms = limit_ms };
	if (pthread_create(&waiting->thread, NULL, wait_once, waiting))
		return false;
	while (!atomic_load(&waiting->tid))
		sched_yield();
	return sleeps(waiting->tid);
}

static void moved_to_a_free_word(void)
{
	struct waiting one;

	CHECK(start(&one, 0) && requeue(&condition, condition, 1, 0, &mutex) == 1);
	pthread_join(one.thread, NULL);
	CHECK(one.result == 0 && one.owned && mutex == 0);
}

static void moved_to_an_owned_word(void)
{
	struct waiting one, two;

	lock(&mutex);
	CHECK(start(&one, 0) && start(&two, 0));
	CHECK(requeue(&condition, condition, 1, INT32_MAX, &mutex) == 2);
	CHECK(mutex == (tid() | FUTEX_WAITERS) && sleeps(one.tid) && sleeps(two.tid));
	unlock(&mutex);
	pthread_join(one.thread, NULL);
	pthread_join(two.thread, NULL);
	CHECK(!one.result && one.owned && !two.result && two.owned && !mutex);
}

static void as_many_as_wanted(void)
{
	struct waiting all[3];

	for (int i = 0; i < 3; i++)
		CHECK(start(&all[i], 0));
	CHECK(requeue(&condition, condition, 1, 1, &mutex) == 2);
	CHECK(requeue(&condition, condition, 1, 5, &mutex) == 1);
	CHECK(requeue(&condition, condition, 1, 5, &mutex) == 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(all[i].thread, NULL);
		CHECK(!all[i].result && all[i].owned);
	}
	CHECK(!mutex);
}

static void time_limits(void)
{
	struct waiting one;

	CHECK(start(&one, 50));
	pthread_join(one.thread, NULL);
	CHECK(one.result == -1 && one.error == ETIMEDOUT && !one.owned);
	lock(&mutex);
	CHECK(start(&one, 300) && requeue(&condition, condition, 1, 0, &mutex) == 1);
	pthread_join(one.thread, NULL);
	CHECK(one.result == -1 && one.error == ETIMEDOUT && !one.owned);
	unlock(&mutex);
	CHECK(!mutex);
}

static volatile sig_atomic_t handled;

static void note(int signal)
{
	handled = signal;
}

static void signals(void)
{
	struct waiting one;

	signal(SIGUSR1, note);
	CHECK(start(&one, 0) && !pthread_kill(one.thread, SIGUSR1));
	while (!handled)
		sched_yield();
	CHECK(sleeps(one.tid)); /* it began anew */
	lock(&mutex);
	CHECK(requeue(&condition, condition, 1, 0, &mutex) == 1 && sleeps(one.tid));
	CHECK(!pthread_kill(one.thread, SIGUSR1));
	pthread_join(one.thread, NULL);
	CHECK(one.result == -1 && one.error == EAGAIN && !one.owned);
	unlock(&mutex);
	CHECK(!mutex);
}

static void only_its_own_wake_takes_it(void)
{
	const int wake = FUTEX_WAKE | PRIVATE, move = FUTEX_REQUEUE | PRIVATE;
	struct waiting one;

	CHECK(start(&one, 0));
	CHECK(fails(syscall(SYS_futex, &condition, wake, 1, NULL, NULL, 0), EINVAL));
	CHECK(fails(syscall(SYS_futex, &condition, move, 0, 1, &other, 0), EINVAL));
	CHECK(fails(requeue(&condition, condition, 1, 1, &other), EINVAL));
	CHECK(requeue(&condition, condition, 1, 1, &mutex) == 1);
	pthread_join(one.thread, NULL);
	CHECK(!one.result && one.owned);
}

static void *wait_plainly(void *argument)
{
	struct waiting *waiting = argument;

	atomic_store(&waiting->tid, tid());
	waiting->result = syscall(SYS_futex, &condition, FUTEX_WAIT | PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static void plain_waiters_are_not_moved(void)
{
	struct waiting one = { 0 };

	CHECK(condition == 0 && !pthread_create(&one.thread, NULL, wait_plainly, &one));
	while (!atomic_load(&one.tid))
		sched_yield();
	CHECK(sleeps(one.tid) && fails(requeue(&condition, 0, 1, 1, &mutex), EINVAL));
	CHECK(syscall(SYS_futex, &condition, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0) == 1);
	pthread_join(one.thread, NULL);
	CHECK(!one.result && !mutex);
}

static void wrong_arguments(void)
{
	const struct timespec bad = { 0, 1000000000 };
	word_t *const odd = (word_t *)((char *)&other + 1);
	word_t *const nowhere = (word_t *)8;

	CHECK(fails(wait_requeue(&condition, condition + 1, NULL, &mutex), EAGAIN));
	CHECK(fails(wait_requeue(&condition, condition, NULL, &condition), EINVAL));
	CHECK(fails(wait_requeue(&condition, condition, &bad, &mutex), EINVAL));
	CHECK(fails(wait_requeue(odd, 0, NULL, &mutex), EINVAL));
	CHECK(fails(wait_requeue(&condition, 0, NULL, odd), EINVAL));
	CHECK(fails(wait_requeue(nowhere, 0, NULL, &mutex), EFAULT));
	CHECK(fails(requeue(&condition, condition, 1, 1, &condition), EINVAL));
	CHECK(fails(requeue(&condition, condition, 0, 1, &mutex), EINVAL));
	CHECK(fails(requeue(&condition, condition, 2, 1, &mutex), EINVAL));
	CHECK(fails(requeue(&condition, condition, 1, -1, &mutex), EINVAL));
	CHECK(fails(requeue(&condition, condition + 1, 1, 1, &mutex), EAGAIN));
	CHECK(fails(requeue(odd, 0, 1, 1, &mutex), EINVAL));
	CHECK(fails(requeue(nowhere, 0, 1, 1, &mutex), EFAULT));
	CHECK(requeue(&condition, condition, 1, 1, &mutex) == 0);
}

/* --- deaths --- */

static void *own_and_leave(void *argument)
{
	lock(&mutex);
	atomic_store((word_t *)argument, 1);
	while (atomic_load((word_t *)argument) == 1)
		sched_yield();
	return NULL;
}

static void the_owner_dies(void)
{
	word_t stage = 0;
	pthread_t owner;
	struct waiting one;

	CHECK(!pthread_create(&owner, NULL, own_and_leave, &stage));
	while (!atomic_load(&stage))
		sched_yield();
	CHECK(start(&one, 0) && requeue(&condition, condition, 1, 0, &mutex) == 1);
	atomic_store(&stage, 2);
	pthread_join(owner, NULL);
	pthread_join(one.thread, NULL);
	CHECK(!one.result && one.owned);
	mutex = 0;
}

static void killed_waiters_leave(void)
{
	word_t *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int round = 0; round < 10; round++) {
		pid_t pid = fork();

		if (!pid) {
			syscall(SYS_futex, &words[0], FUTEX_WAIT_REQUEUE_PI, 0, NULL, &words[1], 0);
			_exit(1);
		}
		CHECK(reaches_state(pid, 'S'));
		words[1] = tid();
		if (round % 2)
			CHECK(syscall(SYS_futex, &words[0], FUTEX_CMP_REQUEUE_PI, 1, 0, &words[1],
				      0) == 1);
		CHECK(!kill(pid, SIGKILL) && WTERMSIG(status_of(pid)) == SIGKILL);
		CHECK(syscall(SYS_futex, &words[0], FUTEX_CMP_REQUEUE_PI, 1, 9, &words[1], 0) == 0);
		CHECK(!syscall(SYS_futex, &words[1], FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	}
	munmap(words, 4096);
}

/* --- a condition variable --- */

static uint32_t items, eaten;
static bool closed;

static void *consume(void *unused)
{
	lock(&mutex);
	for (;;) {
		while (!items && !closed) {
			uint32_t seen = atomic_load(&condition);
			long result;

			unlock(&mutex);
			result = wait_requeue(&condition, seen, NULL, &mutex);
			if (result)
				lock(&mutex); /* the word had changed */
		}
		if (!items)
			break;
		items--;
		eaten++;
	}
	unlock(&mutex);
	return unused;
}

static void signal_or_broadcast(long more)
{
	uint32_t value = atomic_fetch_add(&condition, 1) + 1;

	while (requeue(&condition, value, 1, more, &mutex) < 0 && errno == EAGAIN)
		value = atomic_load(&condition);
}

static void many_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, consume, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		lock(&mutex);
		items += i % 3;
		signal_or_broadcast(i % 5 ? 0 : INT32_MAX);
		unlock(&mutex);
	}
	lock(&mutex);
	closed = true;
	signal_or_broadcast(INT32_MAX);
	unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(!items && eaten == 199 && !mutex);
}

int main(void)
{
	RUN(moved_to_a_free_word);
	RUN(moved_to_an_owned_word);
	RUN(as_many_as_wanted);
	RUN(time_limits);
	RUN(signals);
	RUN(only_its_own_wake_takes_it);
	RUN(plain_waiters_are_not_moved);
	RUN(wrong_arguments);
	RUN(the_owner_dies);
	RUN(killed_waiters_leave);
	RUN(many_threads);
	return guest_result();
}
