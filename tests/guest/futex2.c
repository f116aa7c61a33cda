/* SPDX-License-Identifier: MIT */
/* futex_waitv, futex_wait, futex_wake, futex_requeue (ipc/futex_waitv.c, abi/sys_futex2.c). */
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "guest.h"

enum { WAITV = 449, WAKE = 454, WAIT = 455, REQUEUE = 456 };
enum { U32 = 2, PRIVATE = 128 };

typedef _Atomic(uint32_t) word_t;

struct waitv {
	uint64_t value, address;
	uint32_t flags, reserved;
};

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static word_t *shared_words(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static struct waitv waitv(word_t *word, uint32_t value, uint32_t flags)
{
	return (struct waitv){ value, (uint64_t)word, flags, 0 };
}

/* Wakes a waiter, waiting for it to come. */
static bool wakes(word_t *word, uint32_t flags)
{
	for (int i = 0; i < 500; i++) {
		if (syscall(WAKE, word, 1, 1, flags) == 1)
			return true;
		sleep_ms(10);
	}
	return false;
}

static void wait_and_wake(void)
{
	word_t *word = shared_words();
	struct timespec past = { 0, 0 };
	pid_t child;

	CHECK(fails(syscall(WAIT, word, 1, 1, U32, NULL, 0), EAGAIN));
	CHECK(fails(syscall(WAIT, word, 0, 1, U32, &past, CLOCK_MONOTONIC), ETIMEDOUT));
	CHECK(fails(syscall(WAIT, word, 0, 1, U32, &past, CLOCK_REALTIME), ETIMEDOUT));
	child = fork();
	if (!child)
		_exit(syscall(WAIT, word, 0, 5, U32, NULL, 0) ? 1 : 0);
	CHECK(wakes(word, U32));
	CHECK(ended_well(child));
	CHECK(syscall(WAKE, word, 1, 0, U32) == 0);
}

static void several(void)
{
	word_t *words = shared_words();
	struct waitv list[3] = { waitv(&words[0], 0, U32), waitv(&words[1], 0, U32),
				 waitv(&words[2], 0, U32) };
	struct timespec past = { 0, 0 };
	pid_t child;

	CHECK(fails(syscall(WAITV, list, 3, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT));
	list[2].value = 1;
	CHECK(fails(syscall(WAITV, list, 3, 0, NULL, CLOCK_MONOTONIC), EAGAIN));
	list[2].value = 0;
	for (int i = 0; i < 3; i++) {
		child = fork();
		if (!child)
			_exit(syscall(WAITV, list, 3, 0, NULL, CLOCK_MONOTONIC) == i ? 0 : 1);
		CHECK(wakes(&words[i], U32));
		CHECK(ended_well(child));
		CHECK(syscall(WAKE, &words[(i + 1) % 3], 1, 1, U32) == 0);
	}
}

static void requeued(void)
{
	word_t *words = shared_words();
	struct waitv pair[2] = { waitv(&words[0], 0, U32), waitv(&words[1], 0, U32) };
	long moved = 0;
	pid_t child;

	child = fork();
	if (!child)
		_exit(syscall(WAIT, &words[0], 0, 1, U32, NULL, 0) ? 1 : 0);
	for (int i = 0; i < 500 && !moved; i++) {
		sleep_ms(10);
		moved = syscall(REQUEUE, pair, 0, 0, 1);
	}
	CHECK(moved == 1);
	CHECK(syscall(WAKE, &words[0], 1, 1, U32) == 0);
	CHECK(syscall(WAKE, &words[1], 1, 1, U32) == 1);
	CHECK(ended_well(child));
	pair[0].value = 9;
	CHECK(fails(syscall(REQUEUE, pair, 0, 0, 1), EAGAIN));
}

static void wrong_arguments(void)
{
	word_t word = 0;
	struct waitv one = waitv(&word, 0, U32 | PRIVATE), bad;
	struct timespec limit = { 0, -1 };

	CHECK(fails(syscall(WAITV, &one, 0, 0, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAITV, &one, 129, 0, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAITV, NULL, 1, 0, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAITV, &one, 1, 1, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAITV, (void *)8, 1, 0, NULL, 0), EFAULT));
	CHECK(fails(syscall(WAITV, &one, 1, 0, &limit, CLOCK_MONOTONIC), EINVAL));
	CHECK(fails(syscall(WAITV, &one, 1, 0, &limit, CLOCK_BOOTTIME), EINVAL));
	CHECK(fails(syscall(WAITV, &one, 1, 0, (void *)8, CLOCK_MONOTONIC), EFAULT));
	bad = waitv(&word, 0, 0);
	CHECK(fails(syscall(WAITV, &bad, 1, 0, NULL, 0), EINVAL));
	bad = waitv(&word, 0, U32 | 16);
	CHECK(fails(syscall(WAITV, &bad, 1, 0, NULL, 0), EINVAL));
	bad = one;
	bad.reserved = 1;
	CHECK(fails(syscall(WAITV, &bad, 1, 0, NULL, 0), EINVAL));
	bad = one;
	bad.address++;
	CHECK(fails(syscall(WAITV, &bad, 1, 0, NULL, 0), EINVAL));
	bad.address = 8;
	CHECK(fails(syscall(WAITV, &bad, 1, 0, NULL, 0), EFAULT));
	CHECK(fails(syscall(WAIT, &word, 0, 0, U32, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAIT, &word, 1UL << 32, 1, U32, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAIT, &word, 0, 1, 0, NULL, 0), EINVAL));
	CHECK(fails(syscall(WAKE, &word, 0, 1, U32), EINVAL));
	CHECK(fails(syscall(WAKE, &word, 1, 1, 0), EINVAL));
	CHECK(fails(syscall(WAKE, (char *)&word + 1, 1, 1, U32 | PRIVATE), EINVAL));
	CHECK(fails(syscall(REQUEUE, NULL, 0, 0, 0), EINVAL));
	CHECK(fails(syscall(REQUEUE, &one, 1, 0, 0), EINVAL));
	CHECK(fails(syscall(REQUEUE, (void *)8, 0, 0, 0), EFAULT));
}

int main(void)
{
	RUN(wait_and_wake);
	RUN(several);
	RUN(requeued);
	RUN(wrong_arguments);
	return guest_result();
}
