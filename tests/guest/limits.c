/* SPDX-License-Identifier: MIT */
/*
 * Resource limits: each does what getrlimit(2) says when it is reached; who may set whose; what is
 * told of used time.
 */
#include "guest.h"
#include "handler.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>

static void limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit value = { soft, hard };

	CHILD_CHECK(setrlimit(which, &value) == 0);
}

static rlim_t soft_limit(int which)
{
	struct rlimit value;

	getrlimit(which, &value);
	return value.rlim_cur;
}

static long cpu_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one. */
static void child_cpu(void)
{
	signal(SIGXCPU, note);
	limit(RLIMIT_CPU, 1, 2);
	while (!count)
		;
	CHILD_CHECK(cpu_ms() >= 950 && cpu_ms() < 1900);
	CHILD_CHECK(soft_limit(RLIMIT_CPU) == 2);
	for (;;)
		;
}

static void child_cpu_default(void)
{
	limit(RLIMIT_CPU, 1, RLIM_INFINITY);
	for (;;)
		;
}

static void cpu(void)
{
	CHECK(status_in_child(child_cpu) == SIGKILL);
	CHECK(WTERMSIG(status_in_child(child_cpu_default)) == SIGXCPU);
}

/* The same for a child that inherits the limit: its time begins with it. */
static void child_inherits(void)
{
	limit(RLIMIT_CPU, 2, 2);
	while (cpu_ms() < 300)
		;
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			;
	CHILD_CHECK(status_of(pid) == SIGKILL);
	CHILD_CHECK(cpu_ms() < 1950);
}

static void cpu_inherited(void)
{
	CHECK(in_child(child_inherits));
}

/* A real-time task that does not sleep; one that does is left alone. */
static void child_realtime(void)
{
	struct sched_param param = { .sched_priority = 5 };

	signal(SIGXCPU, note);
	limit(RLIMIT_RTTIME, 1000000, 2200000);
	CHILD_CHECK(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
	for (int i = 0; i < 4; i++) {
		long begin = cpu_ms();

		while (cpu_ms() - begin < 300)
			;
		sleep_ms(1);
	}
	CHILD_CHECK(!count);
	while (!count)
		;
	CHILD_CHECK(soft_limit(RLIMIT_RTTIME) == 2000000);
	for (;;)
		;
}

static void realtime(void)
{
	CHECK(status_in_child(child_realtime) == SIGKILL);
}

static void child_file_size(void)
{
	char page[4096] = { 0 };
	int fd = open("/tmp/limits", O_RDWR | O_CREAT | O_TRUNC, 0600);

	signal(SIGXFSZ, note);
	limit(RLIMIT_FSIZE, 6000, 6000);
	CHILD_CHECK(write(fd, page, 4096) == 4096 && write(fd, page, 4096) == 1904 && !count);
	CHILD_CHECK(write(fd, page, 1) < 0 && errno == EFBIG && count == 1);
	CHILD_CHECK(ftruncate(fd, 6001) < 0 && errno == EFBIG && count == 2);
	CHILD_CHECK(ftruncate(fd, 6000) == 0 && ftruncate(fd, 10) == 0);
	CHILD_CHECK(pwrite(fd, page, 1, 6000) < 0 && errno == EFBIG && count == 3);
	unlink("/tmp/limits");
	signal(SIGXFSZ, SIG_DFL);
	(void)!pwrite(fd, page, 1, 6000);
}

static void file_size(void)
{
	CHECK(WTERMSIG(status_in_child(child_file_size)) == SIGXFSZ);
}

static void *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void child_memory(void)
{
	size_t size = 64 << 20;
	void *memory;

	limit(RLIMIT_AS, size, RLIM_INFINITY);
	CHILD_CHECK(map(size) == MAP_FAILED && errno == ENOMEM);
	CHILD_CHECK((memory = map(1 << 20)) != MAP_FAILED);
	CHILD_CHECK(mremap(memory, 1 << 20, size, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
	CHILD_CHECK(sbrk((intptr_t)size) == (void *)-1 && errno == ENOMEM);
	limit(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
	limit(RLIMIT_DATA, size, RLIM_INFINITY);
	CHILD_CHECK(map(size) == MAP_FAILED && errno == ENOMEM);
	CHILD_CHECK(sbrk((intptr_t)size) == (void *)-1 && errno == ENOMEM);
	CHILD_CHECK(setuid(1000) == 0);
	limit(RLIMIT_MEMLOCK, 8192, 8192);
	CHILD_CHECK(mlock(memory, 8192) == 0);
	CHILD_CHECK(mlock((char *)memory + 8192, 4096) < 0 && errno == ENOMEM);
	limit(RLIMIT_MEMLOCK, 0, 0);
	CHILD_CHECK(mlock((char *)memory + 8192, 4096) < 0 && errno == EPERM);
}

static void memory(void)
{
	CHECK(in_child(child_memory));
}

static __attribute__((noinline)) int use_stack(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	return depth ? use_stack(depth - 1) + room[0] : 0;
}

static void child_stack(void)
{
	limit(RLIMIT_STACK, 256 << 10, RLIM_INFINITY);
	use_stack(16);
	use_stack(200);
}

static void stack(void)
{
	CHECK(WTERMSIG(status_in_child(child_stack)) == SIGSEGV);
}

static void child_files(void)
{
	limit(RLIMIT_NOFILE, 10, 10);
	int fd, made = 0;

	while ((fd = dup(0)) >= 0 && made++ < 100)
		CHILD_CHECK(fd < 10);
	CHILD_CHECK(errno == EMFILE);
	CHILD_CHECK(dup2(0, 10) < 0 && errno == EBADF);
	CHILD_CHECK(fcntl(0, F_DUPFD, 10) < 0 && errno == EINVAL);
	CHILD_CHECK(open("/dev/null", O_RDONLY) < 0 && errno == EMFILE);
}

static void files(void)
{
	CHECK(in_child(child_files));
}

/* Processes of a user; setuid to one that has too many succeeds, exec after it fails. */
static void child_processes(void)
{
	pid_t sleeper = fork();

	if (sleeper == 0) {
		CHILD_CHECK(setuid(5555) == 0);
		for (;;)
			pause();
	}
	CHILD_CHECK(reaches_state(sleeper, 'S'));
	limit(RLIMIT_NPROC, 1, 1);
	CHILD_CHECK(setuid(5555) == 0);
	CHILD_CHECK(fork() < 0 && errno == EAGAIN);
	CHILD_CHECK(execl("/proc/self/exe", "limits", "-nothing", NULL) < 0 && errno == EAGAIN);
	kill(sleeper, SIGKILL);
	CHILD_CHECK(status_of(sleeper) == SIGKILL);
	execl("/proc/self/exe", "limits", "-nothing", NULL);
	_exit(1);
}

static void processes(void)
{
	CHECK(in_child(child_processes));
}

static void child_priorities(void)
{
	struct sched_param param = { .sched_priority = 10 };

	limit(RLIMIT_NICE, 25, 25); /* to -5 */
	limit(RLIMIT_RTPRIO, 10, 10);
	CHILD_CHECK(setgid(1000) == 0 && setuid(1000) == 0);
	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, -5) == 0);
	CHILD_CHECK(setpriority(PRIO_PROCESS, 0, -6) < 0 && errno == EACCES);
	CHILD_CHECK(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
	param.sched_priority = 11;
	CHILD_CHECK(sched_setscheduler(0, SCHED_FIFO, &param) < 0 && errno == EPERM);
}

static void priorities(void)
{
	CHECK(in_child(child_priorities));
}

static void child_setting(void)
{
	struct rlimit value = { 100, 200 }, old;
	pid_t other = getppid();

	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &value) == 0);
	CHILD_CHECK(prlimit(0, RLIMIT_NOFILE, NULL, &old) == 0 && old.rlim_max == 200);
	value = (struct rlimit){ 2, 1 };
	CHILD_CHECK(setrlimit(RLIMIT_CORE, &value) < 0 && errno == EINVAL);
	value = (struct rlimit){ 1, 1 << 30 };
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &value) < 0 && errno == EPERM);
	CHILD_CHECK(prlimit(0, 16, NULL, &old) < 0 && errno == EINVAL);
	CHILD_CHECK(prlimit(4194303, RLIMIT_CPU, NULL, &old) < 0 && errno == ESRCH);
	CHILD_CHECK(syscall(SYS_prlimit64, 0, RLIMIT_CPU, 16, 0) < 0 && errno == EFAULT);
	CHILD_CHECK(syscall(SYS_prlimit64, 0, RLIMIT_CPU, 0, 16) < 0 && errno == EFAULT);
	CHILD_CHECK(setgid(1000) == 0 && setuid(1000) == 0);
	value = (struct rlimit){ 100, 201 };
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &value) < 0 && errno == EPERM);
	value = (struct rlimit){ 150, 150 };
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &value) == 0);
	CHILD_CHECK(prlimit(other, RLIMIT_NOFILE, NULL, &old) < 0 && errno == EPERM);
	CHILD_CHECK(prlimit(other, RLIMIT_NOFILE, &value, NULL) < 0 && errno == EPERM);
}

static void setting(void)
{
	CHECK(in_child(child_setting));
}

static long ms(struct timeval time)
{
	return time.tv_sec * 1000 + time.tv_usec / 1000;
}

static void used_time(void)
{
	struct rusage self, children, thread;
	struct tms before, after;
	pid_t pid;

	CHECK(times(&before) > 0);
	pid = fork();
	if (pid == 0) {
		while (cpu_ms() < 120)
			;
		_exit(0);
	}
	CHECK(ended_well(pid));
	CHECK(times(&after) > 0);
	CHECK(after.tms_cutime + after.tms_cstime - before.tms_cutime - before.tms_cstime >= 10);
	CHECK(!getrusage(RUSAGE_CHILDREN, &children) && !getrusage(RUSAGE_SELF, &self));
	CHECK(!getrusage(RUSAGE_THREAD, &thread));
	CHECK(ms(children.ru_utime) + ms(children.ru_stime) >= 110);
	CHECK(children.ru_maxrss > 0 && self.ru_maxrss > 0 && self.ru_minflt > 0);
	CHECK(thread.ru_minflt > 0 && self.ru_nvcsw > 0);
	CHECK(getrusage(2, &self) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_getrusage, 0, 16) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_times, 16) < 0 && errno == EFAULT);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "-nothing"))
		return 0;
	RUN(cpu);
	RUN(cpu_inherited);
	RUN(realtime);
	RUN(file_size);
	RUN(memory);
	RUN(stack);
	RUN(files);
	RUN(processes);
	RUN(priorities);
	RUN(setting);
	RUN(used_time);
	return guest_result();
}
