/* SPDX-License-Identifier: MIT */
/* madvise(2), mseal(2), mlock(2) and mlockall(2), remap_file_pages(2), cachestat(2). */
#include "workdir.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { PAGE = 4096, SYS_MSEAL = 462, SYS_CACHESTAT = 451, RW = PROT_READ | PROT_WRITE };

static char *anonymous(size_t size, int prot)
{
	return mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* What each advice says of seven kinds of memory, in the order of kinds[]: '.' 0, else the error.
 */
static char letter_of(int error)
{
	switch (error) {
	case 0: return '.';
	case EINVAL: return 'I';
	case ENOMEM: return 'M';
	case EACCES: return 'A';
	default: return '?';
	}
}

static void answers(void)
{
	static const struct {
		int advice;
		const char *expected;
	} cases[] = {
		{ 0, ".......M" },  { 1, ".......M" },	{ 2, ".......M" },  { 3, ".......M" },
		{ 4, "......IM" },  { 5, "IIIIIIII" },	{ 8, ".I.II.IM" },  { 9, "I.I.AIII" },
		{ 10, ".......M" }, { 11, ".......M" }, { 12, ".......M" }, { 13, ".......M" },
		{ 14, ".......M" }, { 15, ".......M" }, { 16, ".......M" }, { 17, ".......M" },
		{ 18, ".I.II..M" }, { 19, ".......M" }, { 20, "......IM" }, { 21, "......IM" },
		{ 22, ".....I.M" }, { 23, "..I..I.M" }, { 24, ".......M" }, { 26, "IIIIIIII" },
	};
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	char *kinds[8];

	CHECK(fd >= 0 && ftruncate(fd, PAGE) == 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kinds[0] = anonymous(PAGE, RW);
		kinds[1] = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		kinds[2] = anonymous(PAGE, PROT_READ);
		kinds[3] = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
		kinds[4] = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
		kinds[5] = anonymous(PAGE, PROT_NONE);
		kinds[6] = anonymous(PAGE, RW);
		CHECK(mlock(kinds[6], PAGE) == 0);
		kinds[7] = anonymous(3 * PAGE, RW);
		CHECK(munmap(kinds[7] + PAGE, PAGE) == 0);
		for (int k = 0; k < 8; k++) {
			size_t size = k == 7 ? 3 * PAGE : PAGE;
			int error = madvise(kinds[k], size, cases[i].advice) ? errno : 0;

			if (letter_of(error) != cases[i].expected[k])
				printf("advice %d, kind %d: error %d\n", cases[i].advice, k, error);
			CHECK(letter_of(error) == cases[i].expected[k]);
			munmap(kinds[k], size);
		}
	}
	kinds[0] = anonymous(PAGE, RW);
	CHECK(FAILS(madvise(kinds[0] + 1, PAGE, MADV_NORMAL), EINVAL));
	CHECK(madvise(kinds[0], 0, MADV_DONTNEED) == 0);
	CHECK(FAILS(madvise(kinds[0], 0, 99), EINVAL));
	CHECK(FAILS(madvise(kinds[0], PAGE, 25 /* MADV_COLLAPSE */), EINVAL));
	munmap(kinds[0], PAGE);
	close(fd);
}

static void discards_locked(void)
{
	char *page = anonymous(PAGE, RW);

	CHECK(mlock(page, PAGE) == 0);
	*page = 1;
	CHECK(FAILS(madvise(page, PAGE, MADV_DONTNEED), EINVAL));
	CHECK(madvise(page, PAGE, 24 /* MADV_DONTNEED_LOCKED */) == 0 && *page == 0);
	munmap(page, PAGE);
}

/* --- mseal --- */

static long seal(void *start, size_t size, unsigned long flags)
{
	return syscall(SYS_MSEAL, start, size, flags);
}

static void seal_arguments(void)
{
	char *area = anonymous(4 * PAGE, RW);

	CHECK(FAILS(seal(area, PAGE, 1), EINVAL) && FAILS(seal(area + 1, PAGE, 0), EINVAL));
	CHECK(FAILS(seal(area, ~0UL, 0), EINVAL) && seal(area, 0, 0) == 0);
	CHECK(munmap(area + 2 * PAGE, PAGE) == 0);
	CHECK(FAILS(seal(area, 4 * PAGE, 0), ENOMEM));
	CHECK(munmap(area, 4 * PAGE) == 0);
}

static void seals_hold(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		char *area = anonymous(4 * PAGE, RW), *text = anonymous(PAGE, PROT_READ);

		CHILD_CHECK(seal(area + PAGE, PAGE, 0) == 0);
		area[PAGE] = 1;
		CHILD_CHECK(FAILS(munmap(area, 4 * PAGE), EPERM) && area[0] == 0);
		CHILD_CHECK(FAILS(mprotect(area + PAGE, PAGE, PROT_READ), EPERM));
		CHILD_CHECK(FAILS(mprotect(area, 2 * PAGE, PROT_READ), EPERM));
		CHILD_CHECK(mprotect(area, PAGE, PROT_READ) == 0);
		CHILD_CHECK(mremap(area + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED &&
			    errno == EPERM);
		CHILD_CHECK(mmap(area, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
				 0) == MAP_FAILED &&
			    errno == EPERM);
		CHILD_CHECK(mlock(area + PAGE, PAGE) == 0 && munlock(area + PAGE, PAGE) == 0);
		CHILD_CHECK(madvise(area + PAGE, PAGE, MADV_DONTNEED) == 0 && area[PAGE] == 0);
		CHILD_CHECK(seal(text, PAGE, 0) == 0 && seal(text, PAGE, 0) == 0);
		CHILD_CHECK(FAILS(madvise(text, PAGE, MADV_DONTNEED), EPERM));
		CHILD_CHECK(FAILS(madvise(text, PAGE, MADV_DONTFORK), EPERM));
		CHILD_CHECK(FAILS(mprotect(text, PAGE, RW), EPERM));
		CHILD_CHECK(munmap(area + 2 * PAGE, 2 * PAGE) == 0);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

/* --- locking --- */

static long locked_kib(void)
{
	char line[128];
	long value = -1;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "VmLck:", 6))
			value = strtol(line + 6, NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static void locks_all(void)
{
	char *before = anonymous(PAGE, RW), *after, *guard = anonymous(PAGE, PROT_NONE);
	unsigned char there = 0;

	CHECK(FAILS(mlockall(0), EINVAL) && FAILS(mlockall(8), EINVAL));
	CHECK(FAILS(mlockall(4 /* MCL_ONFAULT */), EINVAL));
	CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
	CHECK(mincore(before, PAGE, &there) == 0 && there & 1);
	CHECK(locked_kib() > 0);
	after = anonymous(4 * PAGE, RW);
	CHECK(mincore(after + 3 * PAGE, PAGE, &there) == 0 && there & 1);
	CHECK(FAILS(madvise(after, PAGE, MADV_DONTNEED), EINVAL));
	CHECK(munlockall() == 0 && locked_kib() == 0);
	CHECK(madvise(after, PAGE, MADV_DONTNEED) == 0);
	munmap(before, PAGE);
	munmap(after, 4 * PAGE);
	munmap(guard, PAGE);
}

static void lock_limit_as_user(void)
{
	struct rlimit limit = { 4 * PAGE, 4 * PAGE };
	char *area = anonymous(8 * PAGE, RW);

	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHILD_CHECK(mlock(area, 4 * PAGE) == 0 && mlock(area, 4 * PAGE) == 0);
	CHILD_CHECK(FAILS(mlock(area + 4 * PAGE, PAGE), ENOMEM));
	CHILD_CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) ==
			    MAP_FAILED &&
		    errno == EAGAIN);
	CHILD_CHECK(FAILS(mlockall(MCL_CURRENT), ENOMEM));
	CHILD_CHECK(munlock(area, 8 * PAGE) == 0);
	limit.rlim_cur = 0;
	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHILD_CHECK(FAILS(mlock(area, PAGE), EPERM) && FAILS(mlockall(MCL_CURRENT), EPERM));
}

static void lock_limits(void)
{
	CHECK(as_user(1000, lock_limit_as_user));
}

static void lock_arguments(void)
{
	char *area = anonymous(3 * PAGE, RW), *none = anonymous(PAGE, PROT_NONE);
	unsigned char there = 1;

	CHECK(FAILS(mlock2(area, PAGE, 2), EINVAL));
	CHECK(mlock2(area, PAGE, MLOCK_ONFAULT) == 0);
	CHECK(mincore(area, PAGE, &there) == 0 && !(there & 1));
	CHECK(FAILS(mlock(none, PAGE), ENOMEM));
	CHECK(munmap(area + PAGE, PAGE) == 0 && FAILS(mlock(area, 3 * PAGE), ENOMEM));
	munmap(area, 3 * PAGE);
	munmap(none, PAGE);
}

/* --- the rest --- */

static void remaps_file_pages(void)
{
	int fd = open("pages", O_RDWR | O_CREAT, 0644);
	char *map, *private;

	CHECK(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0);
	CHECK(pwrite(fd, "zero", 4, 0) == 4 && pwrite(fd, "three", 5, 3 * PAGE) == 5);
	map = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	private = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	CHECK(remap_file_pages(map + PAGE, PAGE, 0, 3, 0) == 0);
	CHECK(!memcmp(map + PAGE, "three", 5) && !memcmp(map, "zero", 4));
	map[PAGE] = 'T';
	CHECK(map[3 * PAGE] == 'T');
	CHECK(FAILS(remap_file_pages(map, PAGE, 1, 3, 0), EINVAL));
	CHECK(FAILS(remap_file_pages(map, 0, 0, 3, 0), EINVAL));
	CHECK(FAILS(remap_file_pages(map, PAGE, 0, ~0UL, 0), EINVAL));
	CHECK(FAILS(remap_file_pages(private, PAGE, 0, 3, 0), EINVAL));
	munmap(map, 4 * PAGE);
	munmap(private, PAGE);
	close(fd);
}

static void cache_statistics(void)
{
	int fd = open("cached", O_RDWR | O_CREAT, 0644), fds[2];
	unsigned long range[2] = { 0, 0 }, status[5];

	CHECK(fd >= 0 && pipe(fds) == 0 && ftruncate(fd, 10 * PAGE) == 0);
	CHECK(pwrite(fd, "x", 1, PAGE) == 1 && pwrite(fd, "x", 1, 5 * PAGE) == 1);
	CHECK(syscall(SYS_CACHESTAT, fd, range, status, 0) == 0 && status[0] == 2);
	range[1] = 5 * PAGE;
	CHECK(syscall(SYS_CACHESTAT, fd, range, status, 0) == 0 && status[0] == 1);
	CHECK(FAILS(syscall(SYS_CACHESTAT, fd, range, status, 1), EINVAL));
	CHECK(FAILS(syscall(SYS_CACHESTAT, -1, range, status, 1), EBADF));
	CHECK(FAILS(syscall(SYS_CACHESTAT, fd, 8, status, 0), EFAULT));
	CHECK(FAILS(syscall(SYS_CACHESTAT, fd, range, 8, 0), EFAULT));
	CHECK(syscall(SYS_CACHESTAT, fds[0], range, status, 0) == 0);
	close(fds[0]);
	close(fds[1]);
	close(fd);
}

static void huge_pages_on_demand(void)
{
	CHECK(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1);
	CHECK(FAILS(prctl(PR_SET_THP_DISABLE, 1, 1, 0, 0), EINVAL));
	CHECK(FAILS(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL));
	CHECK(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0) == 0);
	CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) ==
		      MAP_FAILED &&
	      errno == ENOMEM);
	CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 20 << 26, -1, 0) ==
		      MAP_FAILED &&
	      errno == EINVAL);
}

int main(void)
{
	enter_workdir("madvise");
	RUN(answers);
	RUN(discards_locked);
	RUN(seal_arguments);
	RUN(seals_hold);
	RUN(locks_all);
	RUN(lock_limits);
	RUN(lock_arguments);
	RUN(remaps_file_pages);
	RUN(cache_statistics);
	RUN(huge_pages_on_demand);
	return guest_result();
}
