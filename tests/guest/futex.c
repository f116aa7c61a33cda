/* SPDX-License-Identifier: MIT */
/* futex(2): waiting, waking, bit sets, requeueing, wake-op, timeouts, sharing. */
#include "guest.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static long futex(volatile int *word, int operation, long value, const void *timeout,
		  volatile int *second, long value3)
{
	return syscall(SYS_futex, word, operation, value, timeout, second, value3);
}

static volatile int word, other, begun, ended;

static void *wait_once(void *argument)
{
	long result;

	__atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
	result =
		futex(&word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, (long)argument);
	if (!result)
		__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
	return (void *)result;
}

/* Starts threads that wait on word with a bit set each, and lets them fall asleep. */
static bool start_waiters(pthread_t *threads, int count, const unsigned int *bitset)
{
	word = begun = ended = 0;
	for (int i = 0; i < count; i++) {
		void *set = (void *)(uintptr_t)(bitset ? bitset[i] : FUTEX_BITSET_MATCH_ANY);

		if (pthread_create(&threads[i], NULL, wait_once, set))
			return false;
	}
	while (begun < count)
		sleep_ms(1);
	sleep_ms(50);
	return true;
}

static bool end_waiters(pthread_t *threads, int count)
{
	for (int i = 0; i < count; i++)
		if (pthread_join(threads[i], NULL))
			return false;
	return true;
}

static bool ended_reaches(int count)
{
	for (int i = 0; i < 200 && ended < count; i++)
		sleep_ms(10);
	sleep_ms(10);
	return ended == count;
}

static void values_and_errors(void)
{
	word = 1;
	CHECK(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0) < 0 && errno == EAGAIN);
	CHECK(futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0) < 0 &&
	      errno == EAGAIN);
	CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
	CHECK(futex((int *)((char *)&word + 1), FUTEX_WAKE, 1, NULL, NULL, 0) < 0 &&
	      errno == EINVAL);
	CHECK(futex((int *)4096, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0) < 0 &&
	      errno == EFAULT);
	CHECK(futex((int *)4096, FUTEX_WAKE, 1, NULL, NULL, 0) < 0 && errno == EFAULT);
	CHECK(futex((int *)-4096L, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) < 0 &&
	      errno == EFAULT);
	CHECK(futex(&word, FUTEX_WAIT_BITSET, 1, NULL, NULL, 0) < 0 && errno == EINVAL);
	CHECK(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0) < 0 && errno == EINVAL);
	CHECK(futex(&word, 77, 1, NULL, NULL, 0) < 0 && errno == ENOSYS);
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0) < 0 &&
	      errno == ENOSYS);
}

static void timeouts(void)
{
	struct timespec time = { 0, 30000000 };
	long begin = now_ms();

	word = 0;
	CHECK(futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &time, NULL, 0) < 0 &&
	      errno == ETIMEDOUT);
	CHECK(now_ms() - begin >= 29);
	clock_gettime(CLOCK_MONOTONIC, &time);
	CHECK(futex(&word, FUTEX_WAIT_BITSET, 0, &time, NULL, -1) < 0 && errno == ETIMEDOUT);
	begin = now_ms();
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += 30000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	CHECK(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &time, NULL, -1) < 0);
	CHECK(errno == ETIMEDOUT && now_ms() - begin >= 29 && now_ms() - begin < 2000);
	time.tv_nsec = 1000000000;
	CHECK(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0) < 0 && errno == EINVAL);
	CHECK(futex(&word, FUTEX_WAIT, 0, (void *)8, NULL, 0) < 0 && errno == EFAULT);
}

static void wakes(void)
{
	pthread_t threads[40];

	CHECK(start_waiters(threads, 40, NULL));
	CHECK(ended == 0);
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) == 1);
	CHECK(ended_reaches(1));
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 3, NULL, NULL, 0) == 3);
	CHECK(ended_reaches(4));
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX, NULL, NULL, 0) == 36);
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) == 0);
	CHECK(end_waiters(threads, 40) && ended == 40);
}

static void bit_sets(void)
{
	const unsigned int sets[] = { 1, 2, 4, 3 };
	pthread_t threads[4];

	CHECK(start_waiters(threads, 4, sets));
	CHECK(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 8) == 0);
	CHECK(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 2) == 2);
	CHECK(ended_reaches(2));
	CHECK(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 5) == 2);
	CHECK(end_waiters(threads, 4));
}

static void requeue(void)
{
	pthread_t threads[6];

	CHECK(start_waiters(threads, 6, NULL));
	CHECK(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)2, &other, 5) < 0);
	CHECK(errno == EAGAIN);
	CHECK(futex(&word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)2, &other, 0) == 3);
	CHECK(ended_reaches(1));
	CHECK(futex(&word, FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)1, &other, 0) == 2);
	CHECK(ended_reaches(2));
	CHECK(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 0) == 1);
	CHECK(futex(&other, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, NULL, NULL, 0) == 3);
	CHECK(end_waiters(threads, 6));
	CHECK(futex(&word, FUTEX_REQUEUE, -1, (void *)1, &other, 0) < 0 && errno == EINVAL);
}

static void wake_op(void)
{
	pthread_t threads[3];

	CHECK(start_waiters(threads, 3, NULL));
	other = 5;
	CHECK(futex(&word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, (void *)1, &other,
		    FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 4)) == 1);
	CHECK(other == 8);
	CHECK(futex(&other, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, (void *)1, &word,
		    FUTEX_OP(FUTEX_OP_SET, 9, FUTEX_OP_CMP_LT, 1)) == 1);
	CHECK(word == 9);
	CHECK(futex(&other, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, (void *)1, &word,
		    FUTEX_OP(FUTEX_OP_ANDN, 8, FUTEX_OP_CMP_NE, 1)) == 1);
	CHECK(word == 1 && end_waiters(threads, 3));
	CHECK(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, (int *)4096, 0) < 0 && errno == EFAULT);
}

/* Words in memory that two processes share, at the same place or through a file's mapping. */
static void between_processes(void)
{
	volatile int *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(shared != MAP_FAILED);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		volatile int *moved =
			mremap((void *)shared, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
			       (char *)shared + (64 << 20));

		CHILD_CHECK(moved != MAP_FAILED && moved != shared);
		while (*moved == 0) {
			long result = futex(moved, FUTEX_WAIT, 0, NULL, NULL, 0);

			CHILD_CHECK(result == 0 || errno == EAGAIN);
		}
		_exit(0);
	}
	sleep_ms(50);
	*shared = 1;
	CHECK(futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0) == 1);
	CHECK(ended_well(pid));
	munmap((void *)shared, 4096);
}

static void on_signal(int signal)
{
	(void)signal;
}

/* A handler ends a wait with EINTR; without one it goes on, with the same end. */
static void signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct timespec time = { 5, 0 };
	pid_t parent = getpid(), pid;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		sleep_ms(50);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	word = 0;
	CHECK(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0) < 0 && errno == EINTR);
	CHECK(ended_well(pid));
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		time = (struct timespec){ 0, 300000000 };
		_exit(futex(&word, FUTEX_WAIT, 0, &time, NULL, 0) == 0 || errno != ETIMEDOUT);
	}
	long begin = now_ms();
	sleep_ms(50);
	kill(pid, SIGSTOP);
	sleep_ms(50);
	kill(pid, SIGCONT);
	CHECK(ended_well(pid) && now_ms() - begin >= 290 && now_ms() - begin < 3000);
}

static volatile int turn;

static void *take_turns(void *argument)
{
	int mine = (int)(long)argument;

	for (int i = 0; i < 5000; i++) {
		while (turn != mine)
			futex(&turn, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, !mine, NULL, NULL, 0);
		__atomic_store_n(&turn, !mine, __ATOMIC_SEQ_CST);
		futex(&turn, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
	}
	return NULL;
}

/* One lost wake-up and it hangs. */
static void ping_pong(void)
{
	pthread_t threads[2];

	turn = 0;
	CHECK(pthread_create(&threads[0], NULL, take_turns, (void *)0) == 0);
	CHECK(pthread_create(&threads[1], NULL, take_turns, (void *)1) == 0);
	CHECK(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
}

int main(void)
{
	RUN(values_and_errors);
	RUN(timeouts);
	RUN(wakes);
	RUN(bit_sets);
	RUN(requeue);
	RUN(wake_op);
	RUN(between_processes);
	RUN(signals);
	RUN(ping_pong);
	return guest_result();
}
