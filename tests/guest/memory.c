/* SPDX-License-Identifier: MIT */
/* Mappings: making, sharing, protecting, moving and taking them away. */
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <setjmp.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static sigjmp_buf back;

static void jump_back(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

/* True when reading (or writing) the byte ends in SIGSEGV or SIGBUS. */
static bool faults(volatile char *byte, bool write)
{
	bool faulted = true;

	signal(SIGSEGV, jump_back);
	signal(SIGBUS, jump_back);
	if (!sigsetjmp(back, 1)) {
		if (write)
			*byte = 1;
		else
			(void)*byte;
		faulted = false;
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return faulted;
}

static char *map(size_t size, int prot, int flags)
{
	char *memory = mmap(NULL, size, prot, flags | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void zero_on_demand(void)
{
	enum { SIZE = 8 << 20 };
	char *memory = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	CHECK(memory);
	for (int at = 0; at < SIZE; at += PAGE) {
		CHECK(memory[at] == 0);
		memory[at] = 1;
	}
	CHECK(munmap(memory, SIZE) == 0 && faults(memory, false));
}

static void holes(void)
{
	char *memory = map(5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	CHECK(memory);
	memset(memory, 7, 5 * PAGE);
	CHECK(munmap(memory + PAGE, PAGE) == 0);
	CHECK(munmap(memory + 3 * PAGE, PAGE) == 0);
	CHECK(memory[0] == 7 && memory[2 * PAGE] == 7 && memory[4 * PAGE] == 7);
	CHECK(faults(memory + PAGE, false) && faults(memory + 3 * PAGE, true));
	CHECK(munmap(memory, 5 * PAGE) == 0);
}

static void protection(void)
{
	char *memory = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	CHECK(memory);
	memset(memory, 3, 3 * PAGE);
	CHECK(mprotect(memory + PAGE, PAGE, PROT_READ) == 0);
	CHECK(!faults(memory + PAGE, false) && faults(memory + PAGE, true));
	CHECK(!faults(memory, true) && !faults(memory + 2 * PAGE, true));
	CHECK(mprotect(memory + PAGE, PAGE, PROT_NONE) == 0 && faults(memory + PAGE, false));
	CHECK(mprotect(memory, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
	CHECK(memory[PAGE + 1] == 3 && !faults(memory + PAGE, true));
	munmap(memory, 3 * PAGE);
	CHECK(mprotect(memory, PAGE, PROT_READ) < 0 && errno == ENOMEM);
}

static void no_execution_from_data(void)
{
	unsigned int *code = (unsigned int *)map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	volatile bool ran = false;

	CHECK(code);
	code[0] = 0x00008067; /* ret */
	__asm__ volatile("fence.i" : : : "memory");
	signal(SIGSEGV, jump_back);
	if (!sigsetjmp(back, 1)) {
		((void (*)(void))code)();
		ran = true;
	}
	signal(SIGSEGV, SIG_DFL);
	CHECK(!ran);
	CHECK(mprotect(code, PAGE, PROT_READ | PROT_EXEC) == 0);
	__builtin___clear_cache((char *)code, (char *)code + PAGE);
	((void (*)(void))code)();
	munmap(code, PAGE);
}

static void shared_over_fork(void)
{
	int *shared = (int *)map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);

	CHECK(shared);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		*shared = 42;
		_exit(0);
	}
	CHECK(ended_well(pid) && *shared == 42);
	munmap(shared, PAGE);
}

static void of_a_file(void)
{
	char text[16] = "";
	int file = open("/tmp/mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(file >= 0 && ftruncate(file, 2 * PAGE) == 0);
	char *shared = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	char *private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, PAGE);
	CHECK(shared != MAP_FAILED && private != MAP_FAILED);
	strcpy(shared + PAGE, "through");
	CHECK(pread(file, text, 8, PAGE) == 8 && !strcmp(text, "through"));
	CHECK(!strcmp(private, "through"));
	strcpy(private, "own");
	CHECK(!strcmp(shared + PAGE, "through"));
	CHECK(pwrite(file, "written", 8, 0) == 8 && !strcmp(shared, "written"));
	CHECK(faults(shared + 2 * PAGE, false));
	munmap(shared, 3 * PAGE);
	munmap(private, PAGE);
	close(file);
	unlink("/tmp/mapped");
}

static void moved_and_grown(void)
{
	char *memory = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	CHECK(memory);
	memset(memory, 9, 2 * PAGE);
	char *grown = mremap(memory, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	CHECK(grown != MAP_FAILED && grown[2 * PAGE - 1] == 9 && grown[2 * PAGE] == 0);
	char *place = map(64 * PAGE, PROT_NONE, MAP_PRIVATE);
	CHECK(mremap(grown, 64 * PAGE, 64 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
	CHECK(place[0] == 9 && faults(grown, false));
	CHECK(mremap(place, 64 * PAGE, PAGE, 0) == place && faults(place + PAGE, false));
	munmap(place, PAGE);
}

static void fixed_places(void)
{
	char *memory = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	CHECK(memory);
	memset(memory, 5, 4 * PAGE);
	CHECK(mmap(memory + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == memory + PAGE);
	CHECK(memory[PAGE] == 0 && memory[0] == 5 && memory[2 * PAGE] == 5);
	CHECK(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		   0) == MAP_FAILED);
	CHECK(errno == EEXIST);
	munmap(memory, 4 * PAGE);
}

static void given_back(void)
{
	char *memory = map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	CHECK(memory);
	memset(memory, 1, 16 * PAGE);
	CHECK(madvise(memory + PAGE, 4 * PAGE, MADV_DONTNEED) == 0);
	CHECK(memory[0] == 1 && memory[PAGE] == 0 && memory[4 * PAGE] == 0 &&
	      memory[5 * PAGE] == 1);
	munmap(memory, 16 * PAGE);
}

static void break_moves(void)
{
	char *begin = sbrk(0);

	CHECK(sbrk(100 * PAGE) == begin);
	begin[99 * PAGE] = 1;
	CHECK(sbrk(-100 * PAGE) == begin + 100 * PAGE && sbrk(0) == begin);
	CHECK(sbrk(PAGE) == begin && begin[0] == 0);
	sbrk(-PAGE);
}

static void nothing_leaks(void)
{
	long before = 0;

	for (int round = 0; round < 40; round++) {
		char *memory = map(4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE);

		CHECK(memory);
		memset(memory, 1, 4 << 20);
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			memset(memory, 2, 1 << 20);
			_exit(0);
		}
		CHECK(ended_well(pid));
		munmap(memory, 4 << 20);
		if (round == 5)
			before = meminfo("MemFree");
	}
	sleep_ms(50);
	CHECK(before - meminfo("MemFree") < 2048);
}

static void sizes_that_cannot_be(void)
{
	CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	CHECK(errno == EINVAL);
	CHECK(mmap(NULL, ~0ul - PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	CHECK(errno == ENOMEM);
	CHECK(mmap((void *)1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	      MAP_FAILED);
	CHECK(errno == EINVAL);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	CHECK(munmap((void *)1, PAGE) < 0 && errno == EINVAL);
}

int main(void)
{
	RUN(zero_on_demand);
	RUN(holes);
	RUN(protection);
	RUN(no_execution_from_data);
	RUN(shared_over_fork);
	RUN(of_a_file);
	RUN(moved_and_grown);
	RUN(fixed_places);
	RUN(given_back);
	RUN(break_moves);
	RUN(nothing_leaks);
	RUN(sizes_that_cannot_be);
	return guest_result();
}
