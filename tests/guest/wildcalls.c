/* SPDX-License-Identifier: MIT */
/*
 * System calls with arguments that make no sense: the right errno, or at least no harm.
 * The last case calls every number with wild values in a child, which may die of it.
 */
#include "guest.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

static void *const wild[] = {
	(void *)8,  (void *)0x1000000000000000, (void *)0xffffffff80000000,
	(void *)-8, (void *)0xffffffc000000000,
};

enum { WILD = sizeof(wild) / sizeof(wild[0]) };

static bool gives(long result, int error)
{
	return result == -1 && errno == error;
}

static void wild_pointers(void)
{
	int ends[2];
	int null = open("/dev/zero", O_RDWR);

	CHECK(null >= 0 && pipe(ends) == 0);
	CHECK(write(ends[1], "12345678", 8) == 8);
	for (int i = 0; i < WILD; i++) {
		void *p = wild[i];

		CHECK(gives(syscall(SYS_read, null, p, 16), EFAULT));
		CHECK(gives(syscall(SYS_read, ends[0], p, 4), EFAULT));
		CHECK(gives(syscall(SYS_write, ends[1], p, 16), EFAULT));
		CHECK(gives(syscall(SYS_openat, AT_FDCWD, p, O_RDONLY), EFAULT));
		CHECK(gives(syscall(SYS_execve, p, p, p), EFAULT));
		CHECK(gives(syscall(SYS_newfstatat, AT_FDCWD, "/", p, 0), EFAULT));
		CHECK(gives(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p), EFAULT));
		CHECK(gives(syscall(SYS_nanosleep, p, NULL), EFAULT));
		CHECK(gives(syscall(SYS_pipe2, p, 0), EFAULT));
		CHECK(gives(syscall(SYS_uname, p), EFAULT));
		CHECK(gives(syscall(SYS_rt_sigaction, SIGUSR1, p, NULL, 8), EFAULT));
		CHECK(gives(syscall(SYS_rt_sigprocmask, SIG_BLOCK, p, NULL, 8), EFAULT));
		CHECK(gives(syscall(SYS_getcwd, p, 100), EFAULT));
		CHECK(gives(syscall(SYS_writev, ends[1], p, 2), EFAULT));
	}
	close(null);
	close(ends[0]);
	close(ends[1]);
}

static void wild_buffers_in_good_structures(void)
{
	struct iovec vector = { (void *)8, 16 };
	int null = open("/dev/zero", O_RDWR);

	CHECK(gives(readv(null, &vector, 1), EFAULT));
	vector.iov_len = -1;
	CHECK(gives(readv(null, &vector, 1), EINVAL));
	CHECK(gives(syscall(SYS_readv, null, &vector, -1), EINVAL));
	CHECK(gives(syscall(SYS_readv, null, &vector, IOV_MAX + 1), EINVAL));
	close(null);
}

static void descriptors(void)
{
	static const int bad[] = { -1, 1000, INT_MAX, INT_MIN };
	char byte;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(gives(read(bad[i], &byte, 1), EBADF));
		CHECK(gives(write(bad[i], &byte, 1), EBADF));
		CHECK(gives(close(bad[i]), EBADF));
		CHECK(gives(dup(bad[i]), EBADF));
		CHECK(gives(fcntl(bad[i], F_GETFD), EBADF));
		CHECK(gives(lseek(bad[i], 0, SEEK_SET), EBADF));
	}
	int file = open("/dev/null", O_RDONLY);
	CHECK(gives(write(file, &byte, 1), EBADF));
	CHECK(gives(dup2(file, -1), EBADF) && gives(dup2(file, INT_MAX), EBADF));
	CHECK(gives(dup3(file, file, 0), EINVAL));
	close(file);
	file = open("/dev/null", O_WRONLY);
	CHECK(gives(read(file, &byte, 1), EBADF));
	close(file);
}

static void numbers(void)
{
	struct timespec time = { -1, 0 };

	CHECK(gives(nanosleep(&time, NULL), EINVAL));
	time = (struct timespec){ 0, 1000000000 };
	CHECK(gives(nanosleep(&time, NULL), EINVAL));
	CHECK(gives(kill(getpid(), 65), EINVAL) && gives(kill(getpid(), -1), EINVAL));
	CHECK(gives(kill(INT_MAX, 0), ESRCH));
	CHECK(gives(syscall(SYS_rt_sigaction, SIGKILL, &(char[64]){ 0 }, NULL, 8), EINVAL));
	CHECK(gives(syscall(SYS_rt_sigprocmask, 9, &(long){ 0 }, NULL, 8), EINVAL));
	CHECK(gives(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &(long){ 0 }, NULL, 7), EINVAL));
	CHECK(gives(syscall(SYS_clock_gettime, 9999, &time), EINVAL));
	CHECK(gives(waitpid(getpid(), NULL, 0), ECHILD));
	CHECK(gives(syscall(SYS_wait4, -1, NULL, 0x7f000000, NULL), EINVAL));
	CHECK(gives(setpgid(-1, 0), EINVAL));
	CHECK(gives(getpriority(PRIO_USER + 1, 0), EINVAL));
	CHECK(gives(syscall(SYS_futex, &(int){ 0 }, 999, 0, NULL, NULL, 0), ENOSYS));
	CHECK(gives(syscall(SYS_futex, (char *)&(long){ 0 } + 1, 0, 0, NULL, NULL, 0), EINVAL));
	CHECK(gives(syscall(4000), ENOSYS) && gives(syscall(-1), ENOSYS));
}

static void paths(void)
{
	static char longest[PATH_MAX + 10];

	memset(longest, 'a', sizeof(longest) - 1);
	CHECK(gives(open(longest, O_RDONLY), ENAMETOOLONG));
	longest[300] = 0;
	CHECK(gives(open(longest, O_RDONLY), ENAMETOOLONG));
	CHECK(gives(open("", O_RDONLY), ENOENT));
	CHECK(gives(open("/bin/busybox/x", O_RDONLY), ENOTDIR));
	CHECK(gives(open("/", O_RDWR), EISDIR));
	CHECK(gives(mkdir("/tmp/none/none", 0777), ENOENT));
	CHECK(gives(rmdir("/tmp/."), EINVAL) && gives(unlink("/"), EISDIR));
	CHECK(symlink("/tmp/loop", "/tmp/loop") == 0);
	CHECK(gives(open("/tmp/loop", O_RDONLY), ELOOP));
	CHECK(unlink("/tmp/loop") == 0);
}

static void nothing(int signal)
{
	(void)signal;
}

/* Calls that end, stop or wait for ever by design are left out. */
static bool harmless(long number)
{
	switch (number) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_reboot:
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_clone:
	case SYS_clone3:
	case SYS_rt_sigreturn:
	case SYS_vhangup:
	case SYS_init_module:
	case SYS_finit_module:
	case SYS_delete_module:
	case SYS_kexec_load:
	case SYS_kexec_file_load:
	case SYS_umount2:
	case SYS_pivot_root:
	case SYS_ptrace: return false;
	}
	return true;
}

static void every_number(void)
{
	static const long values[] = { 0, -1, 8, LONG_MIN, INT_MAX, 0xffffffff80001000 };
	enum { VALUES = sizeof(values) / sizeof(values[0]), LAST = 470 };

	for (int round = 0; round < VALUES * 2; round++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			unsigned int seed = round * 7919 + 1;

			setsid();
			sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nothing }, NULL);
			for (long number = 0; number <= LAST; number++) {
				long a[6];

				for (int i = 0; i < 6; i++)
					a[i] = round < VALUES ? values[round]
							      : values[rand_r(&seed) % VALUES];
				ualarm(20000, 20000);
				if (harmless(number))
					syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
			}
			_exit(0);
		}
		for (int i = 0; i < 60 && waitpid(pid, NULL, WNOHANG) == 0; i++) {
			sleep_ms(100);
			if (i == 59) {
				kill(pid, SIGKILL);
				status_of(pid);
			}
		}
	}
	CHECK(access("/bin/busybox", X_OK) == 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(ended_well(pid));
}

int main(void)
{
	RUN(wild_pointers);
	RUN(wild_buffers_in_good_structures);
	RUN(descriptors);
	RUN(numbers);
	RUN(paths);
	RUN(every_number);
	return guest_result();
}
