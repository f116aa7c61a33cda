/* SPDX-License-Identifier: MIT */
/* memfd_create(2), sealing, and executing a file that no name leads to. */
#include "workdir.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#define MFD_EXEC 16U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

enum { PAGE = 4096, SEALABLE = MFD_ALLOW_SEALING | MFD_CLOEXEC };

static int sealable(size_t size)
{
	int fd = memfd_create("test", SEALABLE);

	if (fd >= 0 && ftruncate(fd, (off_t)size))
		return -1;
	return fd;
}

static void makes_a_file(void)
{
	char path[64], name[64] = "";
	struct stat stat;
	int fd = memfd_create("a name", MFD_CLOEXEC);

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(fstat(fd, &stat) == 0 && stat.st_mode == (S_IFREG | 0777) && stat.st_nlink == 0);
	CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, name, sizeof(name) - 1) > 0);
	CHECK(!strcmp(name, "/memfd:a name (deleted)"));
	CHECK(write(fd, "hello", 5) == 5 && lseek(fd, 0, SEEK_END) == 5);
	CHECK(fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
	CHECK(FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM));
	close(fd);
}

static void wrong_arguments(void)
{
	char name[300];
	int pipe_fds[2], fd;

	memset(name, 'n', sizeof(name));
	name[249] = '\0';
	CHECK((fd = memfd_create(name, 0)) >= 0);
	close(fd);
	name[249] = 'n';
	name[250] = '\0';
	CHECK(FAILS(memfd_create(name, 0), EINVAL));
	CHECK(FAILS(memfd_create("x", 0x20), EINVAL));
	CHECK(FAILS(memfd_create("x", MFD_EXEC | MFD_NOEXEC_SEAL), EINVAL));
	CHECK(FAILS(memfd_create("x", 21U << 26), EINVAL));
	CHECK(FAILS(memfd_create(NULL, 0x20), EINVAL));
	CHECK(FAILS(memfd_create(NULL, 0), EFAULT));
	CHECK(pipe(pipe_fds) == 0);
	CHECK(FAILS(fcntl(pipe_fds[1], F_GET_SEALS), EINVAL));
	CHECK(FAILS(fcntl(pipe_fds[0], F_ADD_SEALS, F_SEAL_SEAL), EPERM));
	CHECK(FAILS(fcntl(pipe_fds[1], F_ADD_SEALS, F_SEAL_SEAL), EINVAL));
	fd = sealable(0);
	CHECK(FAILS(fcntl(fd, F_ADD_SEALS, 0x40), EINVAL));
	CHECK(fcntl(fd, F_ADD_SEALS, 0) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
	CHECK(FAILS(fcntl(fd, F_ADD_SEALS, 0), EPERM));
	close(fd);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void seals_size(void)
{
	char two_pages[2 * PAGE] = { 0 };
	int fd = sealable(PAGE + 100);

	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
	CHECK(FAILS(ftruncate(fd, 2 * PAGE), EPERM));
	CHECK(FAILS(fallocate(fd, 0, 0, 2 * PAGE), EPERM));
	CHECK(fallocate(fd, 0, 0, PAGE + 100) == 0);
	CHECK(FAILS(pwrite(fd, "x", 1, PAGE + 100), EPERM));
	CHECK(pwrite(fd, "xy", 2, PAGE + 98) == 2);
	CHECK(FAILS(pwrite(fd, "xyz", 3, PAGE + 98), EPERM));
	CHECK(FAILS(pwrite(fd, two_pages, sizeof(two_pages), 10), EPERM));
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	CHECK(FAILS(ftruncate(fd, 0), EPERM));
	CHECK(ftruncate(fd, PAGE + 100) == 0);
	CHECK(fcntl(fd, F_GET_SEALS) == (F_SEAL_GROW | F_SEAL_SHRINK));
	close(fd);
}

static void seals_content(void)
{
	int fd = sealable(2 * PAGE);
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(map != MAP_FAILED);
	map[0] = 'm';
	CHECK(FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY));
	CHECK(munmap(map, PAGE) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK(FAILS(write(fd, "x", 1), EPERM));
	CHECK(pwrite(fd, "", 0, 0) == 0);
	CHECK(FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), EPERM));
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
	      errno == EPERM);
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(map != MAP_FAILED && map[0] == 'm');
	map[0] = 'p';
	CHECK(munmap(map, PAGE) == 0);
	CHECK(pread(fd, &(char){ 0 }, 1, 0) == 1);
	close(fd);
}

static void seals_future_writes(void)
{
	int fd = sealable(PAGE);
	char *old = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *new;

	CHECK(old != MAP_FAILED && fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	old[7] = 'o';
	CHECK(FAILS(write(fd, "x", 1), EPERM));
	CHECK(FAILS(madvise(old, PAGE, MADV_REMOVE), EPERM));
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
	      errno == EPERM);
	new = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(new != MAP_FAILED &&new[7] == 'o');
	CHECK(FAILS(mprotect(new, PAGE, PROT_READ | PROT_WRITE), EACCES));
	CHECK(munmap(new, PAGE) == 0 && munmap(old, PAGE) == 0);
	close(fd);
}

static void seals_execution(void)
{
	int fd = memfd_create("data", MFD_NOEXEC_SEAL);
	struct stat stat;

	CHECK(fd >= 0 && fstat(fd, &stat) == 0 && stat.st_mode == (S_IFREG | 0666));
	CHECK(fcntl(fd, F_GET_SEALS) == F_SEAL_EXEC);
	CHECK(FAILS(fchmod(fd, 0777), EPERM) && fchmod(fd, 0600) == 0);
	close(fd);
	fd = memfd_create("program", MFD_EXEC | MFD_ALLOW_SEALING);
	CHECK(fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC) == 0);
	CHECK(fcntl(fd, F_GET_SEALS) == 0x3e);
	CHECK(FAILS(write(fd, "x", 1), EPERM) && FAILS(fchmod(fd, 0666), EPERM));
	close(fd);
}

/* A seal against writing and a mapping that writes never both succeed. */
static void seal_and_map_race(void)
{
	for (int i = 0; i < 100; i++) {
		int fd = sealable(PAGE);
		pid_t pid = fork();

		CHECK(fd >= 0 && pid >= 0);
		if (pid == 0) {
			void *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			bool mapped = map != MAP_FAILED;

			CHILD_CHECK(mapped || errno == EPERM);
			CHILD_CHECK(!mapped || !(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE));
			_exit(0);
		}
		CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 || errno == EBUSY);
		CHECK(ended_well(pid));
		close(fd);
	}
}

/* --- executing --- */

static int copy_of_myself(void)
{
	static char buffer[64 * 1024];
	int from = open("/proc/self/exe", O_RDONLY), to = memfd_create("me", MFD_CLOEXEC);
	ssize_t size;

	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)size) != size)
			return -1;
	close(from);
	return size == 0 ? to : -1;
}

static void executes(void)
{
	char *arguments[] = { "memfd", "7", NULL }, *environment[] = { NULL };
	char path[64];
	int fd = copy_of_myself();

	CHECK(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int way = 0; way < 3; way++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			if (way == 0)
				execve(path, arguments, environment);
			else if (way == 1)
				syscall(SYS_execveat, fd, "", arguments, environment,
					AT_EMPTY_PATH);
			else
				fexecve(fd, arguments, environment);
			_exit(100);
		}
		int status = status_of(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	}
	CHECK(fchmod(fd, 0666) == 0);
	CHECK(FAILS(execve(path, arguments, environment), EACCES));
	close(fd);
}

static void huge_pages_are_not_there(void)
{
	const size_t huge = 2 << 20;
	int fd = memfd_create("huge", MFD_HUGETLB);

	CHECK(fd >= 0 && FAILS(ftruncate(fd, PAGE), EINVAL) && ftruncate(fd, (off_t)huge) == 0);
	CHECK(FAILS(write(fd, "x", 1), EINVAL));
	CHECK(mmap(NULL, huge, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
	      errno == ENOMEM);
	close(fd);
}

static void secret_memory(void)
{
	int fd = (int)syscall(447 /* memfd_secret */, O_CLOEXEC);
	char *map, byte;

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(FAILS(syscall(447, 1), EINVAL));
	CHECK(ftruncate(fd, PAGE) == 0 && FAILS(ftruncate(fd, 2 * PAGE), EINVAL));
	CHECK(FAILS(read(fd, &byte, 1), EINVAL) && FAILS(write(fd, "x", 1), EINVAL));
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EINVAL);
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	map[5] = 's';
	CHECK(munmap(map, PAGE) == 0);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED && map[5] == 's');
	munmap(map, PAGE);
	close(fd);
}

static void lock_a_page(void)
{
	const struct rlimit one_page = { PAGE, PAGE };
	int fd = (int)syscall(447, 0);

	CHILD_CHECK(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &one_page) == 0);
	CHILD_CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED &&
		    errno == EAGAIN);
	CHILD_CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	CHILD_CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE) == MAP_FAILED &&
		    errno == EAGAIN);
}

static void secrets_are_locked_and_not_told(void)
{
	int fd = (int)syscall(447, 0);
	struct iovec here = { NULL, 1 }, there = { NULL, 1 };
	char byte;

	CHECK(as_user(1000, lock_a_page));
	CHECK(ftruncate(fd, PAGE) == 0);
	there.iov_base = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(there.iov_base != MAP_FAILED);
	*(char *)there.iov_base = 's';
	here.iov_base = &byte;
	CHECK(FAILS(process_vm_readv(getpid(), &here, 1, &there, 1, 0), EFAULT));
	munmap(there.iov_base, PAGE);
	close(fd);
}

int main(int count, char **arguments)
{
	if (count > 1)
		return atoi(arguments[1]);
	enter_workdir("memfd");
	RUN(makes_a_file);
	RUN(wrong_arguments);
	RUN(seals_size);
	RUN(seals_content);
	RUN(seals_future_writes);
	RUN(seals_execution);
	RUN(seal_and_map_race);
	RUN(executes);
	RUN(huge_pages_are_not_there);
	RUN(secret_memory);
	RUN(secrets_are_locked_and_not_told);
	return guest_result();
}
