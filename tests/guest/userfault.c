/* SPDX-License-Identifier: MIT */
/* userfaultfd(2): missing pages that a thread provides. */
#include "workdir.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <setjmp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static char source[4 * PAGE] __attribute__((aligned(4096)));

static int open_faults(int flags, unsigned long features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = (int)syscall(SYS_userfaultfd, flags | O_CLOEXEC);

	return fd >= 0 && ioctl(fd, UFFDIO_API, &api) ? -1 : fd;
}

static int watch(int fd, void *start, size_t size)
{
	struct uffdio_register area = { .range = { (unsigned long)start, size },
					.mode = UFFDIO_REGISTER_MODE_MISSING };

	return ioctl(fd, UFFDIO_REGISTER, &area);
}

static long fill(int fd, const char *at, const char *from, size_t size)
{
	struct uffdio_copy copy = { .dst = (unsigned long)at,
				    .src = (unsigned long)from,
				    .len = size };
	int result = ioctl(fd, UFFDIO_COPY, &copy);

	return result ? -1 : (long)copy.copy;
}

static char *area_of(size_t size, int kind)
{
	return mmap(NULL, size, RW, kind | MAP_ANONYMOUS, -1, 0);
}

/* --- a thread that serves --- */

static int faults_fd;
static int served;
static unsigned int last_thread;

static void *serve(void *unused)
{
	struct pollfd poll_fd = { .fd = faults_fd, .events = POLLIN };

	(void)unused;
	for (;;) {
		struct uffd_msg message;
		unsigned long page;

		if (poll(&poll_fd, 1, -1) != 1)
			return NULL;
		if (read(faults_fd, &message, sizeof(message)) != sizeof(message))
			continue;
		if (message.event != UFFD_EVENT_PAGEFAULT)
			return NULL;
		page = message.arg.pagefault.address & ~(unsigned long)(PAGE - 1);
		last_thread = message.arg.pagefault.feat.ptid;
		source[0] = (char)('a' + served++ % 26);
		if (fill(faults_fd, (char *)page, source, PAGE) != PAGE && errno != EEXIST)
			return NULL;
		if (served == 1000000)
			return NULL;
	}
}

static void serves_faults(int kind)
{
	enum { PAGES = 64 };
	char *area = area_of(PAGES * PAGE, kind);
	pthread_t thread;
	int fds[2];

	faults_fd = open_faults(O_NONBLOCK, UFFD_FEATURE_THREAD_ID);
	served = 0;
	CHECK(faults_fd >= 0 && watch(faults_fd, area, PAGES * PAGE) == 0 && pipe(fds) == 0);
	CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
	for (int i = 0; i < PAGES - 1; i++) {
		if (i % 2)
			area[i * PAGE + 9] = 1;
		CHECK(area[i * PAGE] == 'a' + i % 26 && area[i * PAGE + 1] == source[1]);
	}
	CHECK(served == PAGES - 1 && last_thread == (unsigned int)syscall(SYS_gettid));
	/* the kernel's own access */
	CHECK(write(fds[1], area + (PAGES - 1) * PAGE, 1) == 1 && served == PAGES);
	if (kind == MAP_PRIVATE) {
		CHECK(madvise(area, PAGE, MADV_DONTNEED) == 0);
		CHECK(area[0] == 'a' + PAGES % 26);
	}
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close(faults_fd);
	munmap(area, PAGES * PAGE);
	close(fds[0]);
	close(fds[1]);
}

static void private_memory(void)
{
	serves_faults(MAP_PRIVATE);
}

static void shared_memory(void)
{
	serves_faults(MAP_SHARED);
}

/* --- many threads on few pages --- */

static char *contended;

static void *touch(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++)
		__atomic_fetch_add((unsigned char *)contended + i * PAGE + 100, 1,
				   __ATOMIC_RELAXED);
	return NULL;
}

static void threads_fault_together(void)
{
	enum { PAGES = 200, THREADS = 4 };
	pthread_t server, threads[THREADS];

	contended = area_of(PAGES * PAGE, MAP_PRIVATE);
	faults_fd = open_faults(O_NONBLOCK, 0);
	served = 0;
	CHECK(faults_fd >= 0 && watch(faults_fd, contended, PAGES * PAGE) == 0);
	CHECK(pthread_create(&server, NULL, serve, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, touch, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	for (int i = 0; i < PAGES; i++)
		CHECK(contended[i * PAGE + 100] == THREADS);
	pthread_cancel(server);
	pthread_join(server, NULL);
	close(faults_fd);
	munmap(contended, PAGES * PAGE);
}

/* --- without a server --- */

static void fills_beforehand(void)
{
	char *area = area_of(4 * PAGE, MAP_PRIVATE);
	struct uffdio_zeropage zero = { .range = { (unsigned long)area + 2 * PAGE, PAGE } };
	int fd = open_faults(0, 0);

	memcpy(source, "filled", 6);
	CHECK(fd >= 0 && watch(fd, area, 4 * PAGE) == 0);
	CHECK(fill(fd, area, source, 2 * PAGE) == 2 * PAGE && !memcmp(area, "filled", 6));
	CHECK(ioctl(fd, UFFDIO_ZEROPAGE, &zero) == 0 && zero.zeropage == PAGE);
	CHECK(area[2 * PAGE] == 0);
	area[2 * PAGE] = 7;
	CHECK(FAILS(fill(fd, area, source, PAGE), EEXIST));
	CHECK(FAILS(ioctl(fd, UFFDIO_ZEROPAGE, &zero), EEXIST) && zero.zeropage == -EEXIST);
	CHECK(FAILS(fill(fd, area + 4 * PAGE, source, PAGE), ENOENT));
	CHECK(FAILS(fill(fd, area + 1, source, PAGE), EINVAL));
	CHECK(FAILS(fill(fd, area, source, 0), EINVAL));
	CHECK(FAILS(fill(fd, area + 3 * PAGE, (char *)8192, PAGE), EFAULT));
	/* a part of the range is filled already */
	CHECK(madvise(area, PAGE, MADV_DONTNEED) == 0);
	CHECK(FAILS(fill(fd, area, source, 2 * PAGE), EAGAIN));
	close(fd);
	CHECK(area[3 * PAGE] == 0); /* nobody is asked any more */
	munmap(area, 4 * PAGE);
}

static void child_is_not_watched(void)
{
	char *area = area_of(PAGE, MAP_PRIVATE);
	int fd = open_faults(0, 0);
	pid_t pid;

	CHECK(fd >= 0 && watch(fd, area, PAGE) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(*area);
	CHECK(ended_well(pid));
	close(fd);
	munmap(area, PAGE);
}

static void *faulting(void *at)
{
	return (void *)(long)*(volatile char *)at;
}

/* Closing, unregistering and UFFDIO_WAKE send those who wait on. */
static void wakes(void)
{
	for (int way = 0; way < 3; way++) {
		char *area = area_of(PAGE, MAP_PRIVATE);
		struct uffdio_range range = { (unsigned long)area, PAGE };
		int fd = open_faults(0, 0);
		struct uffd_msg message;
		pthread_t thread;

		CHECK(fd >= 0 && watch(fd, area, PAGE) == 0);
		CHECK(pthread_create(&thread, NULL, faulting, area) == 0);
		CHECK(read(fd, &message, sizeof(message)) == sizeof(message));
		CHECK((message.arg.pagefault.address & ~(PAGE - 1UL)) == (unsigned long)area);
		CHECK(!(message.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WRITE));
		if (way == 1) {
			CHECK(ioctl(fd, UFFDIO_WAKE, &range) == 0);
			CHECK(read(fd, &message, sizeof(message)) == sizeof(message));
		}
		if (way)
			CHECK(ioctl(fd, UFFDIO_UNREGISTER, &range) == 0);
		close(fd);
		CHECK(pthread_join(thread, NULL) == 0);
		munmap(area, PAGE);
	}
}

static sigjmp_buf after_fault;
static volatile int fault_signal;

static void leave(int signal)
{
	fault_signal = signal;
	siglongjmp(after_fault, 1);
}

static void signals_instead(void)
{
	char *area = area_of(2 * PAGE, MAP_PRIVATE);
	int fd = open_faults(0, UFFD_FEATURE_SIGBUS);

	CHECK(fd >= 0 && watch(fd, area, PAGE) == 0);
	signal(SIGBUS, leave);
	fault_signal = 0;
	if (!sigsetjmp(after_fault, 1))
		*(volatile char *)area = 1;
	CHECK(fault_signal == SIGBUS);
	close(fd);
	/* a fault that waits is interrupted by a signal with a handler */
	fd = open_faults(0, 0);
	CHECK(fd >= 0 && watch(fd, area, PAGE) == 0);
	signal(SIGALRM, leave);
	fault_signal = 0;
	if (!sigsetjmp(after_fault, 1)) {
		ualarm(20000, 0);
		*(volatile char *)area = 1;
	}
	CHECK(fault_signal == SIGALRM);
	close(fd);
	signal(SIGBUS, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	munmap(area, 2 * PAGE);
}

static void killed_while_waiting(void)
{
	char *area = area_of(PAGE, MAP_PRIVATE);
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		int fd = open_faults(0, 0);

		CHILD_CHECK(fd >= 0 && watch(fd, area, PAGE) == 0);
		alarm(1);
		_exit(*(volatile char *)area);
	}
	int status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	munmap(area, PAGE);
}

static void open_as_user(void)
{
	CHILD_CHECK(FAILS(syscall(SYS_userfaultfd, 0), EPERM));
	CHILD_CHECK(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) >= 0);
}

static void wrong_arguments(void)
{
	char *area = area_of(2 * PAGE, MAP_PRIVATE);
	struct uffdio_api api = { .api = 1 };
	struct uffdio_register bad = { .range = { (unsigned long)area, PAGE }, .mode = 0 };
	int fd = (int)syscall(SYS_userfaultfd, O_NONBLOCK), other = open_faults(O_NONBLOCK, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct uffd_msg message;

	CHECK(fd >= 0 && other >= 0 && FAILS(syscall(SYS_userfaultfd, 2), EINVAL));
	CHECK(FAILS(watch(fd, area, PAGE), EINVAL)); /* before UFFDIO_API */
	CHECK(FAILS(read(fd, &message, sizeof(message)), EINVAL));
	CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLERR);
	CHECK(FAILS(ioctl(fd, UFFDIO_API, &api), EINVAL) && api.api == 0);
	api = (struct uffdio_api){ .api = UFFD_API, .features = 1UL << 40 };
	CHECK(FAILS(ioctl(fd, UFFDIO_API, &api), EINVAL));
	CHECK(FAILS(ioctl(fd, UFFDIO_API, 8), EFAULT));
	api = (struct uffdio_api){ .api = UFFD_API };
	CHECK(ioctl(fd, UFFDIO_API, &api) == 0 && api.ioctls == 0x8000000000000003UL);
	CHECK(FAILS(ioctl(fd, UFFDIO_API, &api), EINVAL));
	CHECK(FAILS(read(fd, &message, sizeof(message)), EAGAIN));
	CHECK(FAILS(read(fd, &message, 31), EINVAL) && poll(&poll_fd, 1, 0) == 0);
	CHECK(FAILS(ioctl(fd, UFFDIO_REGISTER, &bad), EINVAL));
	bad.mode = 8;
	CHECK(FAILS(ioctl(fd, UFFDIO_REGISTER, &bad), EINVAL));
	CHECK(FAILS(watch(fd, area + 1, PAGE), EINVAL) && FAILS(watch(fd, area, 0), EINVAL));
	CHECK(FAILS(watch(fd, (void *)0x10000000, PAGE), EINVAL));
	CHECK(watch(fd, area, PAGE) == 0 && watch(fd, area, 2 * PAGE) == 0);
	CHECK(FAILS(watch(other, area, PAGE), EBUSY));
	CHECK(FAILS(ioctl(fd, 0x1234, 0), EINVAL));
	CHECK(as_user(1000, open_as_user));
	close(fd);
	close(other);
	munmap(area, 2 * PAGE);
}

int main(void)
{
	RUN(wrong_arguments);
	RUN(fills_beforehand);
	RUN(private_memory);
	RUN(shared_memory);
	RUN(threads_fault_together);
	RUN(child_is_not_watched);
	RUN(wakes);
	RUN(signals_instead);
	RUN(killed_while_waiting);
	return guest_result();
}
