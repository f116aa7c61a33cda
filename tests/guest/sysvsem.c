/* SPDX-License-Identifier: MIT */
/* System V semaphores: semget, semop, semtimedop, semctl (ipc/sysv_sem.c, ipc/sysv_undo.c). */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>

#include "guest.h"

enum { SEM_STAT_ANY_ = 20 };

union argument {
	int value;
	struct semid_ds *stat;
	unsigned short *array;
	struct seminfo *info;
};

static int operate(int id, unsigned short number, short operation, short flags)
{
	struct sembuf buffer = { number, operation, flags };

	return semop(id, &buffer, 1);
}

static int value_of(int id, int number)
{
	return semctl(id, number, GETVAL);
}

static int set_value(int id, int number, int value)
{
	union argument argument = { .value = value };

	return semctl(id, number, SETVAL, argument);
}

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* Waits until so many operations wait. */
static bool waits(int id, int number, int command)
{
	for (int i = 0; i < 500; i++) {
		if (semctl(id, number, command) > 0)
			return true;
		sleep_ms(10);
	}
	return false;
}

static void keys(void)
{
	key_t key = 0x5e3a0001 + getpid();
	int id = semget(key, 3, IPC_CREAT | IPC_EXCL | 0600);

	CHECK(id >= 0);
	CHECK(semget(key, 0, 0) == id);
	CHECK(semget(key, 3, IPC_CREAT | 0600) == id);
	CHECK(fails(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST));
	CHECK(fails(semget(key, 4, 0600), EINVAL));
	CHECK(!semctl(id, 0, IPC_RMID));
	CHECK(fails(semget(key, 3, 0600), ENOENT));
	CHECK(fails(semctl(id, 0, GETVAL), EINVAL));
	CHECK(fails(semctl(id, 0, IPC_RMID), EINVAL));
}

static void identifiers_differ(void)
{
	int first = semget(IPC_PRIVATE, 1, 0600), second;

	CHECK(first >= 0);
	CHECK(!semctl(first, 0, IPC_RMID));
	second = semget(IPC_PRIVATE, 1, 0600);
	CHECK(second >= 0 && second != first);
	CHECK(fails(semctl(first, 0, GETVAL), EINVAL));
	CHECK(!semctl(second, 0, IPC_RMID));
}

static void values(void)
{
	int id = semget(IPC_PRIVATE, 4, 0600);
	unsigned short in[4] = { 1, 2, 3, 32767 }, out[4] = { 0 };
	union argument argument = { .array = in };

	CHECK(id >= 0);
	CHECK(value_of(id, 0) == 0);
	CHECK(!semctl(id, 0, SETALL, argument));
	argument.array = out;
	CHECK(!semctl(id, 0, GETALL, argument));
	CHECK(!memcmp(in, out, sizeof(in)));
	CHECK(semctl(id, 1, GETPID) == getpid());
	CHECK(!set_value(id, 2, 7) && value_of(id, 2) == 7);
	CHECK(fails(set_value(id, 2, 32768), ERANGE));
	CHECK(fails(set_value(id, 2, -1), ERANGE));
	CHECK(fails(set_value(id, 4, 1), EINVAL));
	CHECK(fails(set_value(id, -1, 1), EINVAL));
	CHECK(fails(value_of(id, 4), EINVAL));
	in[0] = 40000;
	argument.array = in;
	CHECK(fails(semctl(id, 0, SETALL, argument), ERANGE));
	CHECK(fails(operate(id, 3, 1, IPC_NOWAIT), ERANGE));
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void all_or_nothing(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	struct sembuf both[2] = { { 0, 1, 0 }, { 1, -1, IPC_NOWAIT } };
	struct sembuf same[3] = { { 0, 2, 0 }, { 0, -1, 0 }, { 1, 0, 0 } };

	CHECK(id >= 0);
	CHECK(fails(semop(id, both, 2), EAGAIN));
	CHECK(value_of(id, 0) == 0);
	CHECK(!semop(id, same, 3));
	CHECK(value_of(id, 0) == 1);
	CHECK(!set_value(id, 1, 1));
	CHECK(!semop(id, both, 2));
	CHECK(value_of(id, 0) == 2 && value_of(id, 1) == 0);
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void a_waiter_is_served(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		CHILD_CHECK(!operate(id, 0, -2, 0));
		_exit(0);
	}
	CHECK(waits(id, 0, GETNCNT));
	CHECK(!operate(id, 0, 1, 0));
	CHECK(semctl(id, 0, GETNCNT) == 1);
	CHECK(!operate(id, 0, 1, 0));
	CHECK(value_of(id, 0) == 0);
	CHECK(semctl(id, 0, GETNCNT) == 0);
	CHECK(semctl(id, 0, GETPID) == child);
	CHECK(ended_well(child));
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void waiting_for_zero(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	pid_t child;

	CHECK(id >= 0 && !set_value(id, 0, 1));
	child = fork();
	if (!child) {
		CHILD_CHECK(!operate(id, 0, 0, 0));
		_exit(0);
	}
	CHECK(waits(id, 0, GETZCNT));
	CHECK(!operate(id, 0, -1, 0));
	CHECK(ended_well(child));
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void removal_ends_a_wait(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		CHILD_CHECK(fails(operate(id, 0, -1, 0), EIDRM));
		_exit(0);
	}
	CHECK(waits(id, 0, GETNCNT));
	CHECK(!semctl(id, 0, IPC_RMID));
	CHECK(ended_well(child));
}

static void on_signal(int signal)
{
	(void)signal;
}

static void a_signal_ends_a_wait(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	int id = semget(IPC_PRIVATE, 1, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		sigaction(SIGUSR1, &action, NULL);
		CHILD_CHECK(fails(operate(id, 0, -1, 0), EINTR));
		_exit(0);
	}
	CHECK(waits(id, 0, GETNCNT));
	CHECK(!kill(child, SIGUSR1));
	CHECK(ended_well(child));
	CHECK(semctl(id, 0, GETNCNT) == 0);
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void time_limits(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	struct sembuf down = { 0, -1, 0 };
	struct timespec limit = { 0, 20000000 }, bad = { 0, 1000000000 };
	long begin = now_ms();

	CHECK(id >= 0);
	CHECK(fails(semtimedop(id, &down, 1, &limit), EAGAIN));
	CHECK(now_ms() - begin >= 19);
	CHECK(fails(semtimedop(id, &down, 1, &bad), EINVAL));
	CHECK(fails(semtimedop(id, &down, 1, (void *)8), EFAULT));
	CHECK(!set_value(id, 0, 1));
	CHECK(!semtimedop(id, &down, 1, &limit));
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void undone_at_exit(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	pid_t child;

	CHECK(id >= 0 && !set_value(id, 0, 5));
	child = fork();
	if (!child) {
		CHILD_CHECK(!operate(id, 0, -3, SEM_UNDO));
		CHILD_CHECK(!operate(id, 1, 2, SEM_UNDO));
		_exit(value_of(id, 0) == 2 && value_of(id, 1) == 2 ? 0 : 1);
	}
	CHECK(ended_well(child));
	CHECK(value_of(id, 0) == 5 && value_of(id, 1) == 0);
	CHECK(semctl(id, 0, GETPID) == child);
	CHECK(!semctl(id, 0, IPC_RMID));
}

/* SETVAL makes what was to be undone void; so does a fork for the child. */
static void undo_is_forgotten(void)
{
	int id = semget(IPC_PRIVATE, 1, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		CHILD_CHECK(!operate(id, 0, 4, SEM_UNDO));
		if (!fork())
			_exit(0);
		wait(NULL);
		CHILD_CHECK(value_of(id, 0) == 4);
		CHILD_CHECK(!set_value(id, 0, 9));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(value_of(id, 0) == 9);
	CHECK(!semctl(id, 0, IPC_RMID));
}

static int shared_id;

static void *raise_in_thread(void *unused)
{
	(void)unused;
	return operate(shared_id, 0, 1, SEM_UNDO) ? "failed" : NULL;
}

static void threads_share_undo(void)
{
	int id = shared_id = semget(IPC_PRIVATE, 1, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		pthread_t thread;
		void *result = "not joined";

		pthread_create(&thread, NULL, raise_in_thread, NULL);
		pthread_join(thread, &result);
		CHILD_CHECK(!result);
		CHILD_CHECK(value_of(id, 0) == 1); /* the thread's end undid nothing */
		CHILD_CHECK(!unshare(CLONE_SYSVSEM));
		/* The thread may not be quite gone yet: the last one to leave the list undoes. */
		for (int i = 0; i < 500 && value_of(id, 0); i++)
			sleep_ms(10);
		CHILD_CHECK(value_of(id, 0) == 0);
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void state_and_owner(void)
{
	int id = semget(IPC_PRIVATE, 3, 0640);
	struct semid_ds stat;
	union argument argument = { .stat = &stat };
	struct seminfo info;

	CHECK(id >= 0);
	CHECK(!semctl(id, 0, IPC_STAT, argument));
	CHECK(stat.sem_nsems == 3 && stat.sem_otime == 0 && stat.sem_ctime > 0);
	CHECK((stat.sem_perm.mode & 0777) == 0640 && stat.sem_perm.uid == geteuid());
	CHECK(!operate(id, 0, 1, 0));
	CHECK(!semctl(id, 0, IPC_STAT, argument) && stat.sem_otime > 0);
	stat.sem_perm.mode = 0400;
	CHECK(!semctl(id, 0, IPC_SET, argument));
	CHECK(!semctl(id, 0, IPC_STAT, argument) && (stat.sem_perm.mode & 0777) == 0400);
	argument.info = &info;
	CHECK(semctl(0, 0, IPC_INFO, argument) >= 0);
	CHECK(info.semmsl == 32000 && info.semopm == 500 && info.semvmx == 32767 &&
	      info.semaem == 32767 && info.semusz == 20);
	CHECK(semctl(0, 0, SEM_INFO, argument) >= 0);
	CHECK(info.semusz >= 1 && info.semaem >= 3);
	argument.stat = &stat;
	CHECK(semctl(id & 0x7fff, 0, SEM_STAT, argument) == id);
	CHECK(semctl(id & 0x7fff, 0, SEM_STAT_ANY_, argument) == id);
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void rights(void)
{
	int id = semget(0x5e3a1001 + getpid(), 1, IPC_CREAT | IPC_EXCL | 0400);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		struct semid_ds stat;
		union argument argument = { .stat = &stat };

		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(fails(value_of(id, 0), EACCES));
		CHILD_CHECK(fails(set_value(id, 0, 1), EACCES));
		CHILD_CHECK(fails(operate(id, 0, 1, 0), EACCES));
		CHILD_CHECK(fails(semctl(id, 0, IPC_STAT, argument), EACCES));
		CHILD_CHECK(semctl(id & 0x7fff, 0, SEM_STAT_ANY_, argument) == id);
		CHILD_CHECK(fails(semctl(id, 0, IPC_RMID), EPERM));
		CHILD_CHECK(fails(semctl(id, 0, IPC_SET, argument), EPERM));
		CHILD_CHECK(fails(semget(0x5e3a1001 + getppid(), 1, 0400), EACCES));
		CHILD_CHECK(semget(0x5e3a1001 + getppid(), 1, 0) == id);
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!semctl(id, 0, IPC_RMID));
}

static void wrong_arguments(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	struct sembuf operations[501] = { { 0, 0, 0 } };
	union argument argument = { .stat = (void *)8 };

	CHECK(id >= 0);
	CHECK(fails(semget(IPC_PRIVATE, 0, 0600), EINVAL));
	CHECK(fails(semget(IPC_PRIVATE, -1, 0600), EINVAL));
	CHECK(fails(semget(IPC_PRIVATE, 32001, 0600), EINVAL));
	CHECK(fails(semop(id, operations, 0), EINVAL));
	CHECK(fails(semop(-1, operations, 1), EINVAL));
	CHECK(fails(semop(id + 1, operations, 1), EINVAL));
	CHECK(fails(semop(id, operations, 501), E2BIG));
	CHECK(!semop(id, operations, 500));
	CHECK(fails(semop(id, (void *)8, 1), EFAULT));
	CHECK(fails(operate(id, 2, 1, 0), EFBIG));
	CHECK(fails(operate(id, 0, 32767, SEM_UNDO) ?: operate(id, 0, 1, 0), ERANGE));
	CHECK(fails(semctl(id, 0, 99), EINVAL));
	CHECK(fails(semctl(-1, 0, GETVAL), EINVAL));
	CHECK(fails(semctl(id, 0, IPC_STAT, argument), EFAULT));
	CHECK(fails(semctl(id, 0, IPC_SET, argument), EFAULT));
	CHECK(fails(semctl(id, 0, GETALL, argument), EFAULT));
	CHECK(fails(semctl(id, 0, SETALL, argument), EFAULT));
	CHECK(fails(semctl(31999, 0, SEM_STAT, argument), EINVAL));
	CHECK(!semctl(id, 0, IPC_RMID));
}

/* Two processes hand a token to and fro over two semaphores. */
static void ping_pong(void)
{
	enum { ROUNDS = 3000 };
	int id = semget(IPC_PRIVATE, 2, 0600);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		for (int i = 0; i < ROUNDS; i++) {
			CHILD_CHECK(!operate(id, 0, -1, 0));
			CHILD_CHECK(!operate(id, 1, 1, 0));
		}
		_exit(0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(!operate(id, 0, 1, 0));
		CHECK(!operate(id, 1, -1, 0));
	}
	CHECK(ended_well(child));
	CHECK(!semctl(id, 0, IPC_RMID));
}

/* Processes with SEM_UNDO are killed at random; the semaphore comes back to its value. */
static void killed_holders(void)
{
	enum { CHILDREN = 8 };
	int id = semget(IPC_PRIVATE, 1, 0600);
	pid_t children[CHILDREN];

	CHECK(id >= 0 && !set_value(id, 0, 2));
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		while (!children[i]) {
			CHILD_CHECK(!operate(id, 0, -1, SEM_UNDO));
			sched_yield();
			CHILD_CHECK(!operate(id, 0, 1, SEM_UNDO));
		}
	}
	for (int i = 0; i < CHILDREN; i++) {
		sleep_ms(5);
		kill(children[i], SIGKILL);
		status_of(children[i]);
	}
	CHECK(value_of(id, 0) == 2);
	CHECK(!semctl(id, 0, IPC_RMID));
}

int main(void)
{
	RUN(keys);
	RUN(identifiers_differ);
	RUN(values);
	RUN(all_or_nothing);
	RUN(a_waiter_is_served);
	RUN(waiting_for_zero);
	RUN(removal_ends_a_wait);
	RUN(a_signal_ends_a_wait);
	RUN(time_limits);
	RUN(undone_at_exit);
	RUN(undo_is_forgotten);
	RUN(threads_share_undo);
	RUN(state_and_owner);
	RUN(rights);
	RUN(wrong_arguments);
	RUN(ping_pong);
	RUN(killed_holders);
	return guest_result();
}
