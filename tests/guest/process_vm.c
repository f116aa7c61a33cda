/* SPDX-License-Identifier: MIT */
/*
 * Other processes' memory: process_vm_readv(2) and process_vm_writev(2), /proc/pid/mem; and
 * kcmp(2), /proc/pid/syscall.
 */
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/mman.h>

#include "trace.h"

enum { PAGE = 4096 };

static char *area; /* three pages, the second one without rights */

static long move(bool write, pid_t pid, const struct iovec *local, unsigned long locals,
		 const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
	return syscall(write ? SYS_process_vm_writev : SYS_process_vm_readv, pid, local, locals,
		       remote, remotes, flags);
}

static pid_t child_with_area(void)
{
	pid_t pid;

	area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(area, 'a', PAGE);
	memset(area + 2 * PAGE, 'c', PAGE);
	pid = plain_child(wait_forever);
	munmap(area + PAGE, PAGE);
	reaches_state(pid, 'S');
	return pid;
}

static void pieces_are_moved(void)
{
	pid_t pid = child_with_area();
	char first[10], second[20];
	struct iovec local[2] = { { first, 10 }, { second, 20 } };
	struct iovec remote[3] = { { area + 5, 12 }, { NULL, 0 }, { area + 2 * PAGE, 100 } };

	memset(area, 'x', PAGE);
	CHECK(move(false, pid, local, 2, remote, 3, 0) == 30);
	CHECK(!memcmp(first, "aaaaaaaaaa", 10) && !memcmp(second, "aacccccccccccccccccc", 20));
	memcpy(first, "0123456789", 10);
	CHECK(move(true, pid, local, 1, remote, 3, 0) == 10);
	CHECK(move(false, pid, &local[1], 1, remote, 3, 0) == 20);
	CHECK(!memcmp(second, "0123456789aa", 12) && area[5] == 'x');
	finish(pid);
	munmap(area, 3 * PAGE);
}

/* What lies before a hole is moved, rights count. */
static void holes_and_rights(void)
{
	char *hole =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char buffer[2 * PAGE];
	struct iovec local = { buffer, sizeof(buffer) }, remote = { hole, sizeof(buffer) };
	pid_t pid;

	hole[0] = 'h';
	munmap(hole + PAGE, PAGE);
	mprotect(hole, PAGE, PROT_READ);
	pid = plain_child(wait_forever);
	CHECK(move(false, pid, &local, 1, &remote, 1, 0) == PAGE && buffer[0] == 'h');
	CHECK(move(true, pid, &local, 1, &remote, 1, 0) == -1 && errno == EFAULT);
	remote.iov_base = hole + PAGE;
	CHECK(move(false, pid, &local, 1, &remote, 1, 0) == -1 && errno == EFAULT);
	finish(pid);
	munmap(hole, PAGE);
}

static void wrong_arguments(void)
{
	char byte = 0;
	struct iovec one = { &byte, 1 }, negative = { &byte, (size_t)-1 }, none = { &byte, 0 };
	pid_t pid;

	CHECK(move(false, getpid(), &one, 1, &one, 1, 1) == -1 && errno == EINVAL);
	CHECK(move(false, getpid(), &negative, 1, &one, 1, 0) == -1 && errno == EINVAL);
	CHECK(move(false, getpid(), &one, 1, &negative, 1, 0) == -1 && errno == EINVAL);
	CHECK(move(false, getpid(), &one, 1025, &one, 1, 0) == -1 && errno == EINVAL);
	CHECK(move(false, getpid(), (void *)8, 1, &one, 1, 0) == -1 && errno == EFAULT);
	CHECK(move(false, getpid(), &one, 1, (void *)8, 1, 0) == -1 && errno == EFAULT);
	CHECK(move(false, 0x7ffffff0, &one, 1, &one, 1, 0) == -1 && errno == ESRCH);
	CHECK(move(false, 0x7ffffff0, &none, 1, &one, 1, 0) == 0);
	CHECK(move(false, 0x7ffffff0, &one, 1, &none, 1, 0) == 0);
	CHECK(move(false, 2, &one, 1, &one, 1, 0) == -1 && errno == ESRCH); /* no memory */
	CHECK(move(false, getpid(), &one, 1, &one, 1, 0) == 1);
	pid = fork();
	if (!pid) {
		CHILD_CHECK(!setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
		CHILD_CHECK(move(false, getppid(), &one, 1, &one, 1, 0) == -1 && errno == EPERM);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* --- /proc/pid/mem --- */

static const char constant[] = "constant";

static int look_at_constant(void)
{
	const char *volatile seen = constant;

	raise(SIGSTOP);
	return strcmp(seen, "Konstant") ? 1 : 0;
}

static int open_mem(pid_t pid, int flags)
{
	char name[40];

	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	return open(name, flags);
}

static void mem_is_read_and_written(void)
{
	pid_t pid = traced_child(look_at_constant, 0);
	int fd = open_mem(pid, O_RDWR);
	char buffer[2 * PAGE] = "";

	CHECK(pid > 0 && fd >= 0);
	CHECK(pread(fd, buffer, 9, (long)constant) == 9 && !strcmp(buffer, "constant"));
	CHECK(pwrite(fd, "K", 1, (long)constant) == 1 && constant[0] == 'c');
	CHECK(lseek(fd, (long)constant, SEEK_SET) == (long)constant);
	CHECK(read(fd, buffer, 9) == 9 && !strcmp(buffer, "Konstant"));
	CHECK(pread(fd, buffer, 8, 8) == -1 && errno == EIO);
	CHECK(lseek(fd, 0, SEEK_END) == -1 && errno == EINVAL);
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGSTOP));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
	CHECK(pread(fd, buffer, 9, (long)constant) == 0); /* it has ended */
	close(fd);
	CHECK(open_mem(pid, O_RDONLY) == -1 && errno == ENOENT);
}

static void mem_is_protected(void)
{
	pid_t pid = fork();

	if (!pid) {
		CHILD_CHECK(!setresgid(1000, 1000, 1000) && !setresuid(1000, 1000, 1000));
		CHILD_CHECK(open_mem(getppid(), O_RDONLY) == -1 && errno == EACCES);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* --- the call that a process waits in --- */

static int sleep_long(void)
{
	syscall(SYS_ppoll, 0, 0, 0, 0, 0);
	return 1;
}

static void syscall_is_shown(void)
{
	pid_t pid = plain_child(sleep_long);
	char name[40], text[200] = "";
	long number = 0;
	int fd;

	CHECK(reaches_state(pid, 'S'));
	snprintf(name, sizeof(name), "/proc/%d/syscall", pid);
	fd = open(name, O_RDONLY);
	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	CHECK(sscanf(text, "%ld 0x", &number) == 1 && number == SYS_ppoll);
	finish(pid);
}

/* --- kcmp --- */

static long compare(pid_t a, pid_t b, int type, unsigned long fd_a, unsigned long fd_b)
{
	return syscall(SYS_kcmp, a, b, type, fd_a, fd_b);
}

static void what_is_shared(void)
{
	pid_t me = getpid(), pid = plain_child(wait_forever);
	int copy = dup(1), null = open("/dev/null", O_RDONLY);

	CHECK(compare(me, me, KCMP_VM, 0, 0) == 0 && compare(me, pid, KCMP_VM, 0, 0) > 0);
	CHECK(compare(me, pid, KCMP_VM, 0, 0) + compare(pid, me, KCMP_VM, 0, 0) == 3);
	CHECK(compare(me, pid, KCMP_FILES, 0, 0) > 0 && compare(me, pid, KCMP_SIGHAND, 0, 0) > 0);
	CHECK(compare(me, pid, KCMP_FILE, 1, 1) == 0);
	CHECK(compare(me, me, KCMP_FILE, 1, (unsigned long)copy) == 0);
	CHECK(compare(me, me, KCMP_FILE, 1, (unsigned long)null) > 0);
	CHECK(compare(me, me, KCMP_FILE, 1, 999) == -1 && errno == EBADF);
	CHECK(compare(me, me, 77, 0, 0) == -1 && errno == EINVAL);
	CHECK(compare(me, 0x7ffffff0, KCMP_VM, 0, 0) == -1 && errno == ESRCH);
	close(copy);
	close(null);
	finish(pid);
}

int main(void)
{
	RUN(pieces_are_moved);
	RUN(holes_and_rights);
	RUN(wrong_arguments);
	RUN(mem_is_read_and_written);
	RUN(mem_is_protected);
	RUN(syscall_is_shown);
	RUN(what_is_shared);
	return guest_result();
}
