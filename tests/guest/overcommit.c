// SPDX-License-Identifier: MIT
/*
 * /proc/sys/vm/overcommit_memory and what is told of promised memory: Committed_AS and CommitLimit
 * of /proc/meminfo. In the strict mode what goes over the limit is refused.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>

#include "guest.h"

enum { MIB = 1 << 20, KIB_OF_MIB = 1024, SIZE = 64 * MIB, SLACK = 4 * KIB_OF_MIB };

static const char *const mode = "/proc/sys/vm/overcommit_memory",
			 *const ratio = "/proc/sys/vm/overcommit_ratio",
			 *const kbytes = "/proc/sys/vm/overcommit_kbytes";

static bool write_number(const char *path, long value)
{
	FILE *file = fopen(path, "w");
	bool written = file && fprintf(file, "%ld\n", value) > 0 && !fflush(file);

	if (file)
		fclose(file);
	return written;
}

static long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long value = -1;

	if (file && fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

static void *map(size_t size, int protection, int flags)
{
	return mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0);
}

/* What Committed_AS has grown by since before, in MiB, rounded. */
static long promised_since(long before)
{
	return (meminfo("Committed_AS") - before + KIB_OF_MIB / 2) / KIB_OF_MIB;
}

static bool has_grown(long before, long mib)
{
	long grown = promised_since(before);

	if (grown < mib - 1 || grown > mib + 1)
		printf("Committed_AS has grown by %ld MiB, not %ld\n", grown, mib);
	return grown >= mib - 1 && grown <= mib + 1;
}

static void promises_are_counted(void)
{
	long before = meminfo("Committed_AS");
	char *private, *shared, *none, *unreserved;

	private = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	CHECK(private != MAP_FAILED && has_grown(before, 64));
	shared = map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	CHECK(shared != MAP_FAILED && has_grown(before, 128));
	memset(shared, 1, SIZE / 2); /* what is there has been promised already */
	memset(private, 1, SIZE / 4);
	CHECK(has_grown(before, 128));
	unreserved = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
	none = map(SIZE, PROT_NONE, MAP_PRIVATE);
	CHECK(has_grown(before, 128));
	CHECK(!mprotect(none, SIZE / 2, PROT_READ | PROT_WRITE) && has_grown(before, 160));
	CHECK(!mprotect(private, SIZE, PROT_READ) && has_grown(before, 160));
	CHECK(!munmap(none, SIZE) && !munmap(private, SIZE / 2) && has_grown(before, 96));
	CHECK(!munmap(private, SIZE) && !munmap(shared, SIZE) && has_grown(before, 0));
	munmap(unreserved, SIZE);
}

static void children_are_promised_the_same(void)
{
	char *private = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	long before = meminfo("Committed_AS");
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	CHECK(promised_since(before) >= 63);
	kill(child, SIGKILL);
	status_of(child);
	CHECK(has_grown(before, 0));
	munmap(private, SIZE);
}

static void limit_is_what_is_set(void)
{
	long total = meminfo("MemTotal"), old = read_number(ratio), limit;

	CHECK(old == 50 && read_number(kbytes) == 0);
	limit = meminfo("CommitLimit");
	CHECK(limit > total / 2 - 64 && limit < total / 2 + 64);
	CHECK(write_number(ratio, 25));
	limit = meminfo("CommitLimit");
	CHECK(limit > total / 4 - 64 && limit < total / 4 + 64);
	CHECK(write_number(kbytes, 123456) && meminfo("CommitLimit") == 123456);
	CHECK(read_number(ratio) == 0);
	CHECK(write_number(ratio, 50) && read_number(kbytes) == 0);
	CHECK(!write_number(mode, 3) && errno == EINVAL);
	CHECK(read_number(mode) == 0);
}

static bool can_map(size_t size, int protection, int flags)
{
	void *place = map(size, protection, flags);

	return place != MAP_FAILED && !munmap(place, size);
}

static void guesses_refuse_the_impossible(void)
{
	size_t all = (size_t)meminfo("MemTotal") * 1024;

	CHECK(map(all * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE) == MAP_FAILED && errno == ENOMEM);
	CHECK(map(all * 2, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED && errno == ENOMEM);
	CHECK(can_map(all * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE));
	CHECK(can_map(all * 2, PROT_READ, MAP_PRIVATE));
	CHECK(write_number(mode, 1));
	CHECK(can_map(all * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	CHECK(write_number(mode, 0));
}

/* --- the strict mode --- */

/* From now on so many MiB more are promised, and no more. */
static bool be_strict(long mib)
{
	return write_number(kbytes, meminfo("Committed_AS") + mib * KIB_OF_MIB + SLACK) &&
	       write_number(mode, 2);
}

static void relent(void)
{
	write_number(mode, 0);
	write_number(ratio, 50);
}

static void mappings_are_refused(void)
{
	char *first = MAP_FAILED, *none = MAP_FAILED, *grown = MAP_FAILED, *readable = MAP_FAILED;
	bool private_refused, shared_refused, unreserved_refused, protect_refused, grow_refused;

	CHECK(be_strict(96));
	first = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	private_refused = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE) == MAP_FAILED;
	private_refused &= errno == ENOMEM;
	shared_refused = map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED;
	shared_refused &= errno == ENOMEM;
	unreserved_refused =
		map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE) == MAP_FAILED;
	none = map(SIZE, PROT_NONE, MAP_PRIVATE);
	readable = map(SIZE, PROT_READ, MAP_PRIVATE);
	protect_refused = mprotect(none, SIZE, PROT_READ | PROT_WRITE) == -1 && errno == ENOMEM;
	grow_refused = mremap(first, SIZE, 2 * SIZE, MREMAP_MAYMOVE) == MAP_FAILED;
	munmap(none, SIZE);
	grown = mremap(first, SIZE, SIZE + SIZE / 4, MREMAP_MAYMOVE);
	relent();
	CHECK(first != MAP_FAILED && none != MAP_FAILED && readable != MAP_FAILED);
	CHECK(private_refused && shared_refused && unreserved_refused);
	CHECK(protect_refused && grow_refused && grown != MAP_FAILED);
	munmap(grown, SIZE + SIZE / 4);
	munmap(readable, SIZE);
}

static void heaps_and_segments_are_refused(void)
{
	void *old = sbrk(0);
	bool small, large, segment;
	int id;

	CHECK(be_strict(32));
	small = sbrk(16 * MIB) != (void *)-1;
	large = sbrk(SIZE) != (void *)-1;
	id = shmget(IPC_PRIVATE, SIZE, 0600);
	segment = id >= 0;
	if (segment)
		shmctl(id, IPC_RMID, NULL);
	brk(old);
	relent();
	CHECK(small && !large && !segment);
}

static void forks_are_refused(void)
{
	char *private = map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	int error;
	pid_t large, small;

	CHECK(private != MAP_FAILED && be_strict(32));
	large = fork();
	error = errno;
	if (!large)
		_exit(0);
	munmap(private, SIZE);
	small = fork();
	if (!small)
		_exit(0);
	relent();
	CHECK(large == -1 && error == ENOMEM);
	CHECK(small > 0 && ended_well(small));
}

/* Uses as much of the stack, from which nothing is refused but by a signal. */
__attribute__((noinline)) static int use_stack(long mib)
{
	volatile char some[MIB];

	some[0] = some[MIB - 1] = 1;
	return mib > 1 ? use_stack(mib - 1) + some[0] : some[0];
}

static void stacks_end_at_the_limit(void)
{
	struct rlimit old, limit;
	pid_t child;
	int status;

	CHECK(!getrlimit(RLIMIT_STACK, &old));
	limit = old;
	limit.rlim_cur = SIZE;
	CHECK(!setrlimit(RLIMIT_STACK, &limit));
	child = fork();
	if (!child) {
		if (!be_strict(16))
			_exit(1);
		_exit(use_stack(48) ? 2 : 3);
	}
	status = status_of(child);
	relent();
	setrlimit(RLIMIT_STACK, &old);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(void)
{
	RUN(promises_are_counted);
	RUN(children_are_promised_the_same);
	RUN(limit_is_what_is_set);
	RUN(guesses_refuse_the_impossible);
	RUN(mappings_are_refused);
	RUN(heaps_and_segments_are_refused);
	RUN(forks_are_refused);
	RUN(stacks_end_at_the_limit);
	return guest_result();
}
