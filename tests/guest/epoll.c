/* SPDX-License-Identifier: MIT */
/* epoll: what is told and how often, sets in sets, files that go away, and what is refused. */
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { CALL_PWAIT2 = 441, MANY = 300, ROUNDS = 2000 };

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static int control(int set, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u64 = (uint64_t)fd };

	return epoll_ctl(set, operation, fd, &event);
}

/* For arguments that the C library's declaration forbids. */
static long wait_raw(int set, void *events, int max, int timeout)
{
	return syscall(SYS_epoll_pwait, set, events, max, timeout, NULL, 8);
}

/* What the set tells at once of one file; 0: nothing. */
static uint32_t told(int set, int *fd)
{
	struct epoll_event event = { 0 };

	if (epoll_wait(set, &event, 1, 0) != 1)
		return 0;
	if (fd)
		*fd = (int)event.data.u64;
	return event.events;
}

static void count(int fd, uint64_t value)
{
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		printf("cannot write\n");
}

static uint64_t take(int fd)
{
	uint64_t value = 0;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		return 0;
	return value;
}

/* --- what is refused --- */

static void refuses(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC), event = eventfd(0, EFD_NONBLOCK);
	int regular = open("/tmp/epoll.file", O_RDWR | O_CREAT, 0600),
	    directory = open("/tmp", O_RDONLY);
	struct epoll_event events[2];
	char byte;

	CHECK(set >= 0 && event >= 0 && regular >= 0 && directory >= 0);
	CHECK(fcntl(set, F_GETFD) == FD_CLOEXEC && fcntl(set, F_GETFL) == O_RDWR);
	CHECK(fails(epoll_create1(1), EINVAL) && fails(epoll_create1(O_NONBLOCK), EINVAL));
	CHECK(lseek(set, 5, SEEK_SET) == 0 && lseek(event, 5, SEEK_END) == 0);
	CHECK(fails(read(set, &byte, 1), EINVAL) && fails(write(set, &byte, 1), EINVAL));
	CHECK(fails(control(set, EPOLL_CTL_ADD, regular, EPOLLIN), EPERM));
	CHECK(fails(control(set, EPOLL_CTL_ADD, directory, EPOLLIN), EPERM));
	CHECK(fails(control(regular, EPOLL_CTL_ADD, event, EPOLLIN), EINVAL));
	CHECK(fails(control(event, EPOLL_CTL_ADD, event, EPOLLIN), EINVAL));
	CHECK(fails(control(set, EPOLL_CTL_ADD, set, EPOLLIN), EINVAL));
	CHECK(fails(control(set, EPOLL_CTL_ADD, 1000, EPOLLIN), EBADF));
	CHECK(fails(control(1000, EPOLL_CTL_ADD, event, EPOLLIN), EBADF));
	CHECK(fails(control(set, 4, event, EPOLLIN), EINVAL) &&
	      fails(control(set, 0, event, 0), EINVAL));
	CHECK(fails(epoll_ctl(set, EPOLL_CTL_ADD, event, (void *)8), EFAULT));
	CHECK(fails(epoll_ctl(1000, EPOLL_CTL_ADD, event, NULL), EFAULT));
	CHECK(fails(control(set, EPOLL_CTL_MOD, event, EPOLLIN), ENOENT));
	CHECK(fails(epoll_ctl(set, EPOLL_CTL_DEL, event, NULL), ENOENT));
	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN) == 0);
	CHECK(fails(control(set, EPOLL_CTL_ADD, event, EPOLLIN), EEXIST));
	int same = dup(event); /* another descriptor, another item */
	CHECK(control(set, EPOLL_CTL_ADD, same, EPOLLIN) == 0);
	CHECK(epoll_ctl(set, EPOLL_CTL_DEL, same, (void *)8) == 0);

	CHECK(fails(wait_raw(set, events, 0, 0), EINVAL) &&
	      fails(wait_raw(set, events, -1, 0), EINVAL));
	CHECK(fails(wait_raw(set, events, INT32_MAX / 16 + 1, 0), EINVAL));
	CHECK(fails(wait_raw(1000, events, 1, 0), EBADF));
	CHECK(fails(wait_raw(event, events, 1, 0), EINVAL));
	CHECK(fails(wait_raw(set, (void *)-16, 2, 0), EFAULT));
	CHECK(wait_raw(set, (void *)8, 1, 0) == 0);
	count(event, 1);
	CHECK(fails(wait_raw(set, (void *)8, 1, 0), EFAULT));
	CHECK(told(set, NULL) == EPOLLIN); /* and it is not lost */
	CHECK(fails(syscall(SYS_epoll_pwait, set, events, 1, 0, &byte, 4), EINVAL));
	CHECK(fails(syscall(SYS_epoll_pwait, set, events, 1, 0, (void *)8, 8), EFAULT));
	struct timespec bad = { 0, 1000000000 }, none = { 0, 0 };
	CHECK(fails(syscall(CALL_PWAIT2, set, events, 1, &bad, NULL, 0), EINVAL));
	CHECK(fails(syscall(CALL_PWAIT2, set, events, 1, (void *)8, NULL, 0), EFAULT));
	CHECK(syscall(CALL_PWAIT2, set, events, 1, &none, NULL, 0) == 1);
	close(same);
	close(set);
	close(event);
	close(regular);
	close(directory);
	unlink("/tmp/epoll.file");
}

static void refuses_exclusive(void)
{
	int set = epoll_create1(0), inner = epoll_create1(0), event = eventfd(0, 0);

	CHECK(set >= 0 && inner >= 0 && event >= 0);
	CHECK(fails(control(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT),
		    EINVAL));
	CHECK(fails(control(set, EPOLL_CTL_ADD, event, EPOLLPRI | EPOLLEXCLUSIVE), EINVAL));
	CHECK(fails(control(set, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLEXCLUSIVE), EINVAL));
	CHECK(control(set, EPOLL_CTL_ADD, event,
		      EPOLLIN | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE) == 0);
	CHECK(fails(control(set, EPOLL_CTL_MOD, event, EPOLLIN), EINVAL));
	CHECK(fails(control(set, EPOLL_CTL_MOD, event, EPOLLIN | EPOLLEXCLUSIVE), EINVAL));
	CHECK(epoll_ctl(set, EPOLL_CTL_DEL, event, NULL) == 0);
	close(set);
	close(inner);
	close(event);
}

/* --- levels, edges, once --- */

static void levels(void)
{
	int set = epoll_create1(0), event = eventfd(0, EFD_NONBLOCK), fd = -1;

	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN) == 0 && told(set, NULL) == 0);
	count(event, 1);
	CHECK(told(set, &fd) == EPOLLIN && fd == event && told(set, NULL) == EPOLLIN);
	CHECK(take(event) == 1 && told(set, NULL) == 0);
	CHECK(control(set, EPOLL_CTL_MOD, event, EPOLLIN | EPOLLOUT) == 0);
	CHECK(told(set, NULL) == EPOLLOUT);
	CHECK(control(set, EPOLL_CTL_MOD, event, 0) == 0 && told(set, NULL) == 0);
	count(event, 1);
	CHECK(told(set, NULL) == 0);
	CHECK(control(set, EPOLL_CTL_MOD, event, EPOLLIN) == 0 && told(set, NULL) == EPOLLIN);
	close(set);
	close(event);
}

static void edges(void)
{
	int set = epoll_create1(0), event = eventfd(0, EFD_NONBLOCK), ends[2];

	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLET) == 0);
	count(event, 1);
	CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	count(event, 1); /* more of the same is news */
	CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	CHECK(control(set, EPOLL_CTL_MOD, event, EPOLLIN | EPOLLET) == 0);
	CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	close(event);

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	CHECK(control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET) == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(write(ends[1], "x", 1) == 1);
		CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	}
	close(ends[1]);
	CHECK(told(set, NULL) == (EPOLLIN | EPOLLHUP) && told(set, NULL) == 0);
	close(ends[0]);

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(control(set, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLRDHUP | EPOLLET) == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(write(ends[1], "x", 1) == 1);
		CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	}
	CHECK(shutdown(ends[1], SHUT_WR) == 0);
	CHECK(told(set, NULL) == (EPOLLIN | EPOLLRDHUP));
	close(ends[1]);
	CHECK(told(set, NULL) == (EPOLLIN | EPOLLRDHUP | EPOLLHUP));
	close(ends[0]);
	close(set);
}

static void once(void)
{
	int set = epoll_create1(0), event = eventfd(1, EFD_NONBLOCK);

	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLONESHOT) == 0);
	CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	count(event, 1);
	CHECK(told(set, NULL) == 0);
	CHECK(control(set, EPOLL_CTL_MOD, event, EPOLLIN | EPOLLONESHOT) == 0);
	CHECK(told(set, NULL) == EPOLLIN && told(set, NULL) == 0);
	close(set);
	close(event);
}

/* More files than one call has room for: each is told in its turn. */
static void takes_turns(void)
{
	struct epoll_event events[7];
	int set = epoll_create1(0), event[MANY], seen[MANY] = { 0 };

	for (int i = 0; i < MANY; i++) {
		struct epoll_event wanted = { .events = EPOLLIN, .data.u32 = (uint32_t)i };

		event[i] = eventfd(1, EFD_NONBLOCK);
		CHECK(event[i] >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, event[i], &wanted) == 0);
	}
	for (int round = 0; round < MANY; round++) {
		CHECK(epoll_wait(set, events, 7, 0) == 7);
		for (int i = 0; i < 7; i++)
			seen[events[i].data.u32]++;
	}
	for (int i = 0; i < MANY; i++)
		CHECK(seen[i] == 7);
	for (int i = 0; i < MANY; i++)
		close(event[i]);
	CHECK(epoll_wait(set, events, 7, 0) == 0);
	close(set);
}

/* --- files that go away --- */

static void forgets_closed_files(void)
{
	int set = epoll_create1(0), event = eventfd(1, 0), copy = dup(event), fd = -1;

	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN) == 0);
	close(event);
	CHECK(told(set, &fd) == EPOLLIN && fd == event); /* the file lives on */
	close(copy);
	CHECK(told(set, NULL) == 0);
	int again = eventfd(1, 0);
	CHECK(again == event && control(set, EPOLL_CTL_ADD, again, EPOLLIN) == 0);
	close(again);
	CHECK(told(set, NULL) == 0);

	event = eventfd(1, 0);
	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN) == 0);
	close(set);
	CHECK(take(event) == 1);
	count(event, 1);
	close(event);
}

/* A child has the same set: what one adds, the other is told of. */
static void is_shared_by_fork(void)
{
	int set = epoll_create1(0), event = eventfd(0, 0), fd = -1;

	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		int own = eventfd(1, 0);

		CHILD_CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN) == 0);
		CHILD_CHECK(control(set, EPOLL_CTL_ADD, own, EPOLLIN) == 0);
		CHILD_CHECK(told(set, NULL) == EPOLLIN);
		_exit(0); /* closes its own file for good, the other not */
	}
	CHECK(ended_well(pid));
	CHECK(told(set, NULL) == 0);
	count(event, 1);
	CHECK(told(set, &fd) == EPOLLIN && fd == event);
	close(event);
	close(set);
}

/* --- sets in sets --- */

static void nests(void)
{
	int outer = epoll_create1(0), inner = epoll_create1(0), event = eventfd(0, EFD_NONBLOCK),
	    fd;
	struct pollfd poll_fd = { .fd = outer, .events = POLLIN | POLLOUT };
	fd_set readable;

	CHECK(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN) == 0);
	CHECK(control(inner, EPOLL_CTL_ADD, event, EPOLLIN) == 0);
	CHECK(told(outer, NULL) == 0 && poll(&poll_fd, 1, 0) == 0);
	count(event, 1);
	CHECK(told(outer, &fd) == EPOLLIN && fd == inner);
	CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLIN);
	FD_ZERO(&readable);
	FD_SET(outer, &readable);
	struct timeval none = { 0, 0 };
	CHECK(select(outer + 1, &readable, NULL, NULL, &none) == 1);
	CHECK(take(event) == 1);
	CHECK(poll(&poll_fd, 1, 0) == 0 && told(outer, NULL) == 0 && told(inner, NULL) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		sleep_ms(20);
		count(event, 1);
		_exit(0);
	}
	CHECK(poll(&poll_fd, 1, 20000) == 1 && poll_fd.revents == POLLIN);
	CHECK(ended_well(pid));
	close(inner);
	CHECK(told(outer, NULL) == 0);
	close(outer);
	close(event);
}

static void refuses_circles(void)
{
	int set[12], leaf = eventfd(0, 0);

	for (int i = 0; i < 12; i++)
		set[i] = epoll_create1(0);
	CHECK(control(set[0], EPOLL_CTL_ADD, set[1], EPOLLIN) == 0);
	CHECK(fails(control(set[1], EPOLL_CTL_ADD, set[0], EPOLLIN), ELOOP));
	CHECK(control(set[1], EPOLL_CTL_ADD, set[2], EPOLLIN) == 0);
	CHECK(fails(control(set[2], EPOLL_CTL_ADD, set[0], EPOLLIN), ELOOP));
	CHECK(epoll_ctl(set[1], EPOLL_CTL_DEL, set[2], NULL) == 0);
	CHECK(epoll_ctl(set[0], EPOLL_CTL_DEL, set[1], NULL) == 0);

	int depth = 0; /* each watches the one before */
	while (depth < 11 && control(set[depth + 1], EPOLL_CTL_ADD, set[depth], EPOLLIN) == 0)
		depth++;
	CHECK(depth == 4 && errno == ELOOP);
	for (int i = 0; i < depth; i++)
		CHECK(epoll_ctl(set[i + 1], EPOLL_CTL_DEL, set[i], NULL) == 0);

	CHECK(control(set[0], EPOLL_CTL_ADD, leaf, EPOLLIN) == 0);
	depth = 0;
	while (depth < 11 && control(set[depth + 1], EPOLL_CTL_ADD, set[depth], EPOLLIN) == 0)
		depth++;
	CHECK(depth == 4 && errno == ELOOP);
	CHECK(fails(control(set[6], EPOLL_CTL_ADD, set[4], EPOLLIN), ELOOP));
	count(leaf, 1);
	for (int i = 0; i <= depth; i++)
		CHECK(told(set[i], NULL) == EPOLLIN);
	CHECK(control(set[5], EPOLL_CTL_ADD, set[6], EPOLLIN) == 0); /* from both ends */
	CHECK(fails(control(set[0], EPOLL_CTL_ADD, set[5], EPOLLIN), ELOOP));
	for (int i = 0; i < 12; i++)
		close(set[i]);
	close(leaf);
}

static void limits_paths(void)
{
	int middle = epoll_create1(0), leaf = eventfd(0, 0), outer[520], count = 0;

	CHECK(control(middle, EPOLL_CTL_ADD, leaf, EPOLLIN) == 0);
	for (; count < 520; count++) {
		outer[count] = epoll_create1(0);
		CHECK(outer[count] >= 0);
		if (control(outer[count], EPOLL_CTL_ADD, middle, EPOLLIN))
			break;
	}
	CHECK(count == 500 && errno == EINVAL);
	for (int i = 0; i <= count; i++)
		close(outer[i]);
	close(middle);
	close(leaf);
}

/* --- waiting --- */

struct ring {
	int set, from, to;
};

static void *pass_on(void *argument)
{
	struct ring *ring = argument;

	for (int i = 0; i < ROUNDS; i++) {
		struct epoll_event event;

		if (epoll_wait(ring->set, &event, 1, -1) != 1 || take(ring->from) != 1)
			return ring;
		count(ring->to, 1);
	}
	return NULL;
}

static void wakes(void)
{
	int event[2] = { eventfd(0, 0), eventfd(0, 0) };
	struct ring ring[2];
	pthread_t thread[2];
	void *result;

	for (int i = 0; i < 2; i++) {
		ring[i] = (struct ring){ epoll_create1(0), event[i], event[!i] };
		CHECK(control(ring[i].set, EPOLL_CTL_ADD, event[i], EPOLLIN) == 0);
	}
	count(event[0], 1);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_create(&thread[i], NULL, pass_on, &ring[i]) == 0);
	for (int i = 0; i < 2; i++)
		CHECK(pthread_join(thread[i], &result) == 0 && !result);
	for (int i = 0; i < 2; i++) {
		close(ring[i].set);
		close(event[i]);
	}
}

static int shared_set, shared_event;
static int taken_by_all;

static void *take_some(void *unused)
{
	struct epoll_event event;

	(void)unused;
	while (__atomic_load_n(&taken_by_all, __ATOMIC_SEQ_CST) < ROUNDS)
		if (epoll_wait(shared_set, &event, 1, 100) == 1 && take(shared_event) == 1)
			__atomic_fetch_add(&taken_by_all, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Several threads wait for one set: nothing gets lost. */
static void is_shared_by_threads(void)
{
	pthread_t thread[4];

	shared_set = epoll_create1(0);
	shared_event = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	taken_by_all = 0;
	CHECK(control(shared_set, EPOLL_CTL_ADD, shared_event, EPOLLIN) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&thread[i], NULL, take_some, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++)
		count(shared_event, 1);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	CHECK(taken_by_all == ROUNDS);
	close(shared_set);
	close(shared_event);
}

static volatile bool churn_ends;

static void *churn(void *unused)
{
	(void)unused;
	while (!churn_ends) {
		int event = eventfd(1, EFD_NONBLOCK);

		control(shared_set, EPOLL_CTL_ADD, event, EPOLLIN);
		control(shared_set, EPOLL_CTL_MOD, event, EPOLLIN | EPOLLET);
		if (now_ms() & 1)
			epoll_ctl(shared_set, EPOLL_CTL_DEL, event, NULL);
		close(event);
	}
	return NULL;
}

/* Files come and go while others wait, and one set after another is closed under them. */
static void survives_churn(void)
{
	pthread_t thread[3];
	struct epoll_event events[8];

	shared_set = epoll_create1(0);
	churn_ends = false;
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&thread[i], NULL, churn, NULL) == 0);
	for (int i = 0; i < 300; i++) {
		int fresh = epoll_create1(0), outer = epoll_create1(0);

		CHECK(fresh >= 0 && epoll_wait(shared_set, events, 8, 1) >= 0);
		control(outer, EPOLL_CTL_ADD, shared_set, EPOLLIN);
		CHECK(epoll_wait(outer, events, 8, 0) >= 0);
		if (i % 2)
			close(outer);
		CHECK(dup2(fresh, shared_set) == shared_set);
		close(fresh);
		if (i % 2 == 0)
			close(outer);
	}
	churn_ends = true;
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	close(shared_set);
}

static volatile int alarms;

static void on_alarm(int signal)
{
	alarms += signal == SIGALRM;
}

static void times_out_and_is_interrupted(void)
{
	int set = epoll_create1(0), event = eventfd(0, 0);
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct epoll_event got;
	sigset_t blocked, none;

	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN) == 0);
	long before = now_ms();
	CHECK(epoll_wait(set, &got, 1, 30) == 0 && now_ms() - before >= 30);
	struct timespec short_time = { 0, 20000000 };
	before = now_ms();
	CHECK(syscall(CALL_PWAIT2, set, &got, 1, &short_time, NULL, 0) == 0);
	CHECK(now_ms() - before >= 20);

	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigemptyset(&none);
	raise(SIGALRM);
	CHECK(epoll_wait(set, &got, 1, 10) == 0 && alarms == 0);
	CHECK(fails(epoll_pwait(set, &got, 1, -1, &none), EINTR) && alarms == 1);
	raise(SIGALRM);
	count(event, 1); /* events come first, and the signal stays blocked */
	CHECK(epoll_pwait(set, &got, 1, -1, &none) == 1 && alarms <= 2);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	CHECK(alarms == 2);
	close(set);
	close(event);
}

static int woken_sets;

static void *wait_exclusive(void *argument)
{
	struct epoll_event event;
	int set = epoll_create1(0);

	(void)argument;
	control(set, EPOLL_CTL_ADD, shared_event, EPOLLIN | EPOLLEXCLUSIVE);
	while (epoll_wait(set, &event, 1, -1) == 1) {
		uint64_t value = take(shared_event);

		__atomic_fetch_add(&woken_sets, 1, __ATOMIC_SEQ_CST);
		if (value)
			break;
	}
	close(set);
	return NULL;
}

/* Each of several sets gets one of the events: nobody is left asleep. */
static void excludes(void)
{
	pthread_t thread[4];

	shared_event = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
	woken_sets = 0;
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&thread[i], NULL, wait_exclusive, NULL) == 0);
	sleep_ms(20);
	for (int i = 0; i < 4; i++)
		count(shared_event, 1);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
	CHECK(woken_sets >= 4);
	close(shared_event);
}

/* What /proc/self/fdinfo tells of a set. */
static void is_described(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC), event = eventfd(3, 0), tfd = -1;
	char line[200], path[64];
	unsigned int events = 0, flags = 0;
	unsigned long long value = 0, data = 0;

	CHECK(control(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLET) == 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", set);
	FILE *file = fopen(path, "r");
	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "flags: %o", &flags);
		sscanf(line, "tfd: %d events: %x data: %llx pos:0", &tfd, &events, &data);
	}
	fclose(file);
	CHECK(flags == (O_RDWR | O_CLOEXEC) && tfd == event && data == (unsigned long long)event);
	CHECK(events == (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLET));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", event);
	file = fopen(path, "r");
	CHECK(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "eventfd-count: %llx", &value);
	fclose(file);
	CHECK(value == 3);
	close(set);
	close(event);
}

int main(void)
{
	RUN(refuses);
	RUN(refuses_exclusive);
	RUN(levels);
	RUN(edges);
	RUN(once);
	RUN(takes_turns);
	RUN(forgets_closed_files);
	RUN(is_shared_by_fork);
	RUN(nests);
	RUN(refuses_circles);
	RUN(limits_paths);
	RUN(wakes);
	RUN(is_shared_by_threads);
	RUN(survives_churn);
	RUN(times_out_and_is_interrupted);
	RUN(excludes);
	RUN(is_described);
	return guest_result();
}
