/* SPDX-License-Identifier: MIT */
/* Robust mutexes: what a dead thread or process held goes to the next one. */
#include "guest.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct shared {
	pthread_mutex_t mutex;
	volatile int locked;
};

static struct shared *make_shared(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;

	if (shared == MAP_FAILED)
		return NULL;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &attributes);
	return shared;
}

static void *die_holding(void *argument)
{
	struct shared *shared = argument;

	pthread_mutex_lock(&shared->mutex);
	shared->locked = 1;
	sleep_ms(50); /* the other one waits by now */
	return NULL;
}

static void thread_dies(void)
{
	struct shared *shared = make_shared();
	pthread_t thread;

	CHECK(shared && pthread_create(&thread, NULL, die_holding, shared) == 0);
	while (!shared->locked)
		sleep_ms(1);
	CHECK(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&shared->mutex) == 0);
	CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void process_is_killed(void)
{
	struct shared *shared = make_shared();

	CHECK(shared);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_mutex_lock(&shared->mutex);
		shared->locked = 1;
		for (;;)
			pause();
	}
	while (!shared->locked)
		sleep_ms(1);
	CHECK(pthread_mutex_trylock(&shared->mutex) == EBUSY);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD);
	CHECK(status_of(pid) == SIGKILL);
	CHECK(pthread_mutex_consistent(&shared->mutex) == 0);
	CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
}

/* A program's exec ends what it held, too. */
static void exec_gives_up(void)
{
	struct shared *shared = make_shared();

	CHECK(shared);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_mutex_lock(&shared->mutex);
		execl("/bin/busybox", "busybox", "true", NULL);
		_exit(1);
	}
	CHECK(ended_well(pid));
	CHECK(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD);
}

static void lists(void)
{
	struct robust_list_head *head = NULL, mine = { .list = { &mine.list } };
	size_t size = 0;

	CHECK(syscall(SYS_get_robust_list, 0, &head, &size) == 0);
	CHECK(size == sizeof(*head) && head);
	CHECK(syscall(SYS_set_robust_list, &mine, sizeof(mine) - 1) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_set_robust_list, &mine, sizeof(mine)) == 0);
	struct robust_list_head *got;
	CHECK(syscall(SYS_get_robust_list, getpid(), &got, &size) == 0 && got == &mine);
	CHECK(syscall(SYS_get_robust_list, 999999, &got, &size) < 0 && errno == ESRCH);
	CHECK(syscall(SYS_get_robust_list, 0, (void *)8, &size) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_set_robust_list, head, sizeof(*head)) == 0);
}

/* Lists that lead nowhere, in a circle or to bad addresses harm nobody but their owner. */
static void broken_lists(void)
{
	static struct robust_list_head head;
	static struct robust_list circle[2];
	static unsigned int futexes[4];

	for (int kind = 0; kind < 4; kind++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			circle[0].next = &circle[1];
			circle[1].next = &circle[0];
			head.list.next = kind == 0   ? (void *)8
					 : kind == 1 ? (void *)-8L
						     : &circle[0];
			head.futex_offset = kind == 3 ? 1 : (char *)futexes - (char *)circle;
			head.list_op_pending = kind == 2 ? (void *)16 : NULL;
			syscall(SYS_set_robust_list, &head, sizeof(head));
			_exit(0);
		}
		CHECK(ended_well(pid));
	}
}

int main(void)
{
	RUN(thread_dies);
	RUN(process_is_killed);
	RUN(exec_gives_up);
	RUN(lists);
	RUN(broken_lists);
	return guest_result();
}
