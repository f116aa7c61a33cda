/* SPDX-License-Identifier: MIT */
/* mmap(2), munmap(2), mprotect(2), madvise(2), mincore(2), msync(2), mlock(2): errors, effects on
 * neighbours, files. */
#include "guest.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { PAGE = 4096, HUGE = 2 << 20 };

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf back;
static volatile int fault_signal, fault_code;
static void *volatile fault_address;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	fault_signal = signal;
	fault_code = info->si_code;
	fault_address = info->si_addr;
	siglongjmp(back, 1);
}

static void catch_faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* The signal that a read (or write) of the byte ends in; 0: none. */
static int fault_of(volatile char *byte, bool write)
{
	fault_signal = 0;
	if (!sigsetjmp(back, 1)) {
		if (write)
			*byte = 1;
		else
			(void)*byte;
	}
	return fault_signal;
}

static char *map(size_t size)
{
	return mmap(NULL, size, RW, ANON, -1, 0);
}

static bool fails(void *result, int error)
{
	return result == MAP_FAILED && errno == error;
}

/* An open file of that many bytes, each the number of its page plus 1. */
static int make_file(size_t size)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char name[] = "/tmp/mmapXXXXXX";
	static char page[PAGE];

	if (fd < 0) {
		fd = mkstemp(name);
		unlink(name);
	}
	for (size_t at = 0; at < size; at += PAGE) {
		size_t part = size - at < PAGE ? size - at : PAGE;

		memset(page, (int)(at / PAGE) + 1, PAGE);
		if (write(fd, page, part) != (ssize_t)part)
			return -1;
	}
	return fd;
}

static void errors_of_mmap(void)
{
	char *memory = map(PAGE);

	CHECK(fails(mmap(NULL, 0, RW, ANON, -1, 0), EINVAL));
	CHECK(fails(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL));
	CHECK(fails(mmap(NULL, SIZE_MAX, RW, ANON, -1, 0), ENOMEM));
	CHECK(fails(mmap(NULL, SIZE_MAX / 2, PROT_NONE, ANON, -1, 0), ENOMEM));
	CHECK(fails(mmap(memory + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL));
	CHECK(fails(mmap((void *)-(intptr_t)PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM));
	CHECK(fails(mmap(memory, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST));
	CHECK(fails(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF));
	CHECK(syscall(SYS_mmap, 0, PAGE, RW, ANON, -1, 1) == -1 && errno == EINVAL);
	CHECK(fails(mmap(NULL, (size_t)1 << 40, RW, ANON, -1, 0), ENOMEM));
	CHECK(munmap(memory, PAGE) == 0);
}

static void errors_of_munmap_and_mprotect(void)
{
	char *memory = map(3 * PAGE);

	CHECK(munmap(memory + 1, PAGE) == -1 && errno == EINVAL);
	CHECK(munmap(memory, 0) == -1 && errno == EINVAL);
	CHECK(munmap((void *)-(intptr_t)PAGE, PAGE) == -1 && errno == EINVAL);
	CHECK(mprotect(memory + 1, PAGE, RW) == -1 && errno == EINVAL);
	CHECK(mprotect(memory, 0, RW) == 0);
	CHECK(mprotect(memory, PAGE, 0x40) == -1 && errno == EINVAL);
	CHECK(munmap(memory + PAGE, PAGE) == 0);
	CHECK(munmap(memory + PAGE, PAGE) == 0);
	CHECK(mprotect(memory, 3 * PAGE, PROT_READ) == -1 && errno == ENOMEM);
	CHECK(munmap(memory, 3 * PAGE) == 0);
}

static void signals_tell_what_was_wrong(void)
{
	char *memory = map(2 * PAGE);

	memory[0] = 1;
	CHECK(mprotect(memory, PAGE, PROT_READ) == 0);
	CHECK(fault_of(memory + 5, true) == SIGSEGV && fault_code == SEGV_ACCERR);
	CHECK(fault_address == memory + 5);
	CHECK(fault_of(memory, false) == 0 && memory[0] == 1);
	CHECK(mprotect(memory, PAGE, PROT_NONE) == 0);
	CHECK(fault_of(memory, false) == SIGSEGV && fault_code == SEGV_ACCERR);
	CHECK(mprotect(memory, PAGE, RW) == 0 && memory[0] == 1);
	CHECK(munmap(memory, PAGE) == 0);
	CHECK(fault_of(memory + 9, false) == SIGSEGV && fault_code == SEGV_MAPERR);
	CHECK(fault_address == memory + 9);
	CHECK(fault_of((char *)0x10, false) == SIGSEGV && fault_code == SEGV_MAPERR);
	CHECK(munmap(memory, 2 * PAGE) == 0);
}

static void holes_leave_the_rest(void)
{
	char *memory = map(64 * PAGE);

	for (int i = 0; i < 64; i++)
		memory[i * PAGE] = (char)(i + 1);
	for (int i = 1; i < 64; i += 2)
		CHECK(munmap(memory + i * PAGE, PAGE) == 0);
	for (int i = 0; i < 64; i++) {
		if (i % 2)
			CHECK(fault_of(memory + i * PAGE, false) == SIGSEGV);
		else
			CHECK(memory[i * PAGE] == i + 1);
	}
	CHECK(mmap(memory, 64 * PAGE, RW, ANON | MAP_FIXED, -1, 0) == memory);
	for (int i = 0; i < 64; i++)
		CHECK(memory[i * PAGE] == 0);
	CHECK(munmap(memory, 64 * PAGE) == 0);
}

static void hints_and_fixed_places(void)
{
	char *memory = map(8 * PAGE);

	CHECK(munmap(memory, 8 * PAGE) == 0);
	CHECK(mmap(memory + 2 * PAGE, PAGE, RW, ANON, -1, 0) == memory + 2 * PAGE);
	CHECK(mmap(memory + 2 * PAGE, PAGE, RW, ANON, -1, 0) != memory + 2 * PAGE);
	CHECK(mmap(memory + 4 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) ==
	      memory + 4 * PAGE);
	CHECK(munmap(memory, 8 * PAGE) == 0);
}

static void huge_memory_in_parts(void)
{
	size_t size = 4 * HUGE;
	char *memory = map(size + HUGE);
	char *start = (char *)(((uintptr_t)memory + HUGE - 1) & -(uintptr_t)HUGE);

	for (size_t at = 0; at < size; at += PAGE)
		*(uint32_t *)(start + at) = (uint32_t)at + 1;
	CHECK(munmap(start + HUGE + 5 * PAGE, 3 * PAGE) == 0);
	CHECK(mprotect(start + 2 * HUGE + 7 * PAGE, PAGE, PROT_READ) == 0);
	CHECK(madvise(start + 3 * HUGE + PAGE, 2 * PAGE, MADV_DONTNEED) == 0);
	for (size_t at = 0; at < size; at += PAGE) {
		size_t page = at / PAGE;

		if (page >= 512 + 5 && page < 512 + 8)
			CHECK(fault_of(start + at, false) == SIGSEGV);
		else if (page == 1536 + 1 || page == 1536 + 2)
			CHECK(*(uint32_t *)(start + at) == 0);
		else
			CHECK(*(uint32_t *)(start + at) == at + 1);
	}
	CHECK(fault_of(start + 2 * HUGE + 7 * PAGE, true) == SIGSEGV);
	CHECK(fault_of(start + 2 * HUGE + 8 * PAGE, true) == 0);
	CHECK(munmap(memory, size + HUGE) == 0);
}

static void private_file_mappings_keep_their_writes(void)
{
	int fd = make_file(3 * PAGE);
	char *memory, byte;

	CHECK(fd >= 0);
	memory = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE, fd, 0);
	CHECK(memory != MAP_FAILED);
	CHECK(memory[0] == 1 && memory[PAGE] == 2 && memory[2 * PAGE] == 3);
	memory[PAGE] = 77;
	CHECK(pread(fd, &byte, 1, PAGE) == 1 && byte == 2);
	CHECK(munmap(memory, 3 * PAGE) == 0);
	memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
	CHECK(memory[0] == 3);
	CHECK(munmap(memory, PAGE) == 0 && close(fd) == 0);
}

static void shared_file_mappings_are_the_file(void)
{
	int fd = make_file(2 * PAGE);
	char *a = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	char *b = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
	char byte = 9;

	CHECK(a != MAP_FAILED && b != MAP_FAILED);
	a[PAGE + 3] = 44;
	CHECK(b[3] == 44);
	CHECK(pwrite(fd, &byte, 1, PAGE + 4) == 1 && a[PAGE + 4] == 9 && b[4] == 9);
	CHECK(pread(fd, &byte, 1, PAGE + 3) == 1 && byte == 44);
	CHECK(msync(a, 2 * PAGE, MS_SYNC) == 0);
	CHECK(munmap(a, 2 * PAGE) == 0 && munmap(b, PAGE) == 0 && close(fd) == 0);
}

static void rights_of_the_file_bound_the_mapping(void)
{
	char name[] = "/tmp/mmaproXXXXXX";
	int fd = mkstemp(name);
	char *memory;

	CHECK(fd >= 0 && ftruncate(fd, PAGE) == 0 && close(fd) == 0);
	fd = open(name, O_RDONLY);
	CHECK(fd >= 0);
	CHECK(fails(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), EACCES));
	memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED);
	CHECK(mprotect(memory, PAGE, RW) == -1 && errno == EACCES);
	CHECK(munmap(memory, PAGE) == 0);
	memory = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	CHECK(memory != MAP_FAILED && fault_of(memory, true) == 0);
	CHECK(munmap(memory, PAGE) == 0 && close(fd) == 0 && unlink(name) == 0);
}

static void beyond_the_end_is_sigbus(void)
{
	int fd = make_file(PAGE + 10);
	char *memory = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);

	CHECK(memory != MAP_FAILED);
	CHECK(memory[PAGE + 9] == 2 && memory[PAGE + 10] == 0);
	CHECK(fault_of(memory + 2 * PAGE, false) == SIGBUS && fault_code == BUS_ADRERR);
	CHECK(ftruncate(fd, 3 * PAGE) == 0);
	CHECK(fault_of(memory + 2 * PAGE, false) == 0 && memory[2 * PAGE] == 0);
	memory[2 * PAGE] = 5;
	CHECK(ftruncate(fd, PAGE / 2) == 0);
	CHECK(fault_of(memory + PAGE, false) == SIGBUS);
	CHECK(fault_of(memory + 2 * PAGE, true) == SIGBUS);
	CHECK(memory[PAGE / 2 - 1] == 1 && memory[PAGE / 2] == 0);
	CHECK(ftruncate(fd, 3 * PAGE) == 0 && memory[2 * PAGE] == 0);
	CHECK(munmap(memory, 4 * PAGE) == 0 && close(fd) == 0);
}

static void truncation_takes_private_copies_too(void)
{
	int fd = make_file(2 * PAGE);
	char *memory = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);

	memory[PAGE] = 50;
	CHECK(ftruncate(fd, PAGE) == 0);
	CHECK(fault_of(memory + PAGE, false) == SIGBUS);
	CHECK(ftruncate(fd, 2 * PAGE) == 0 && memory[PAGE] == 0 && memory[0] == 1);
	CHECK(munmap(memory, 2 * PAGE) == 0 && close(fd) == 0);
}

static void a_bad_mapping_fails_the_system_call(void)
{
	int fd = make_file(PAGE);
	char *memory = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	int pipes[2];

	CHECK(pipe(pipes) == 0);
	CHECK(write(pipes[1], memory + PAGE, 1) == -1 && errno == EFAULT);
	CHECK(mprotect(memory, PAGE, PROT_NONE) == 0);
	CHECK(write(pipes[1], memory, 1) == -1 && errno == EFAULT);
	CHECK(close(pipes[0]) == 0 && close(pipes[1]) == 0);
	CHECK(munmap(memory, 2 * PAGE) == 0 && close(fd) == 0);
}

static void advice(void)
{
	char *memory = map(4 * PAGE);

	CHECK(madvise(memory, PAGE, 99) == -1 && errno == EINVAL);
	CHECK(madvise(memory + 1, PAGE, MADV_NORMAL) == -1 && errno == EINVAL);
	CHECK(madvise(memory, 0, MADV_DONTNEED) == 0);
	memset(memory, 7, 4 * PAGE);
	CHECK(madvise(memory + PAGE, 2 * PAGE, MADV_DONTNEED) == 0);
	CHECK(memory[0] == 7 && memory[PAGE] == 0 && memory[2 * PAGE] == 0 &&
	      memory[3 * PAGE] == 7);
	CHECK(munmap(memory + PAGE, PAGE) == 0);
	CHECK(madvise(memory, 4 * PAGE, MADV_DONTNEED) == -1 && errno == ENOMEM);
	CHECK(memory[0] == 0 && memory[3 * PAGE] == 0);
	CHECK(munmap(memory, 4 * PAGE) == 0);
}

static void removal_punches_the_object(void)
{
	char *memory = mmap(NULL, 3 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *private = map(PAGE);

	memset(memory, 3, 3 * PAGE);
	CHECK(madvise(memory + PAGE, PAGE, MADV_REMOVE) == 0);
	CHECK(memory[0] == 3 && memory[PAGE] == 0 && memory[2 * PAGE] == 3);
	CHECK(madvise(private, PAGE, MADV_REMOVE) == -1 && errno == EINVAL);
	CHECK(munmap(memory, 3 * PAGE) == 0 && munmap(private, PAGE) == 0);
}

static void residency(void)
{
	char *memory = map(3 * PAGE);
	unsigned char vector[3];

	memory[PAGE] = 1;
	CHECK(mincore(memory, 3 * PAGE, vector) == 0);
	CHECK(!(vector[0] & 1) && vector[1] & 1 && !(vector[2] & 1));
	CHECK(mincore(memory + 1, PAGE, vector) == -1 && errno == EINVAL);
	CHECK(mincore(memory, PAGE, (unsigned char *)16) == -1 && errno == EFAULT);
	CHECK(munmap(memory + PAGE, PAGE) == 0);
	CHECK(mincore(memory, 3 * PAGE, vector) == -1 && errno == ENOMEM);
	CHECK(munmap(memory, 3 * PAGE) == 0);
}

static void syncing_and_locking(void)
{
	char *memory = map(2 * PAGE);
	unsigned char vector[2];

	CHECK(msync(memory, PAGE, MS_SYNC | MS_ASYNC) == -1 && errno == EINVAL);
	CHECK(msync(memory, PAGE, 64) == -1 && errno == EINVAL);
	CHECK(msync(memory + 1, PAGE, MS_SYNC) == -1 && errno == EINVAL);
	CHECK(msync(memory, 2 * PAGE, MS_ASYNC) == 0);
	CHECK(mlock(memory, 2 * PAGE) == 0);
	CHECK(mincore(memory, 2 * PAGE, vector) == 0 && vector[0] & 1 && vector[1] & 1);
	CHECK(munlock(memory, 2 * PAGE) == 0);
	CHECK(munmap(memory, PAGE) == 0);
	CHECK(msync(memory, 2 * PAGE, MS_SYNC) == -1 && errno == ENOMEM);
	CHECK(mlock(memory, 2 * PAGE) == -1 && errno == ENOMEM);
	CHECK(munmap(memory, 2 * PAGE) == 0);
}

static void address_space_limit(void)
{
	pid_t pid = fork();

	if (!pid) {
		struct rlimit limit = { 64 << 20, 64 << 20 };

		CHILD_CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
		CHILD_CHECK(fails(mmap(NULL, 128 << 20, PROT_NONE, ANON, -1, 0), ENOMEM));
		CHILD_CHECK(mmap(NULL, 1 << 20, RW, ANON, -1, 0) != MAP_FAILED);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

static void a_huge_reservation_costs_nothing(void)
{
	size_t size = (size_t)64 << 30;
	char *memory = mmap(NULL, size, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

	CHECK(memory != MAP_FAILED);
	CHECK(mprotect(memory + size / 2, PAGE, RW) == 0);
	memory[size / 2] = 1;
	CHECK(fault_of(memory, false) == SIGSEGV);
	CHECK(munmap(memory, size) == 0);
}

static void many_mappings(void)
{
	enum { COUNT = 3000 };
	char *memory = mmap(NULL, COUNT * 2 * PAGE, PROT_NONE, ANON, -1, 0);

	CHECK(memory != MAP_FAILED);
	for (size_t i = 0; i < COUNT; i++)
		CHECK(mprotect(memory + i * 2 * PAGE, PAGE, RW) == 0);
	for (size_t i = 0; i < COUNT; i++)
		memory[i * 2 * PAGE] = 1;
	CHECK(fault_of(memory + PAGE, false) == SIGSEGV);
	CHECK(munmap(memory, COUNT * 2 * PAGE) == 0);
}

/* Touches the stack page by page, down to depth. */
static void go_down(size_t depth)
{
	volatile char *sp = __builtin_frame_address(0);

	for (size_t at = 0; at < depth; at += PAGE)
		sp[-(ssize_t)at] = 1;
}

static void the_stack_grows_to_its_limit(void)
{
	pid_t pid = fork();

	if (!pid) {
		struct rlimit limit;

		CHILD_CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
		signal(SIGSEGV, SIG_DFL);
		go_down(limit.rlim_cur < (4 << 20) ? limit.rlim_cur / 2 : 4 << 20);
		limit.rlim_cur = 6 << 20;
		CHILD_CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
		go_down(7 << 20);
		_exit(0);
	}
	int status = status_of(pid);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(void)
{
	catch_faults();
	RUN(errors_of_mmap);
	RUN(errors_of_munmap_and_mprotect);
	RUN(signals_tell_what_was_wrong);
	RUN(holes_leave_the_rest);
	RUN(hints_and_fixed_places);
	RUN(huge_memory_in_parts);
	RUN(private_file_mappings_keep_their_writes);
	RUN(shared_file_mappings_are_the_file);
	RUN(rights_of_the_file_bound_the_mapping);
	RUN(beyond_the_end_is_sigbus);
	RUN(truncation_takes_private_copies_too);
	RUN(a_bad_mapping_fails_the_system_call);
	RUN(advice);
	RUN(removal_punches_the_object);
	RUN(residency);
	RUN(syncing_and_locking);
	RUN(address_space_limit);
	RUN(a_huge_reservation_costs_nothing);
	RUN(many_mappings);
	RUN(the_stack_grows_to_its_limit);
	return guest_result();
}
