// SPDX-License-Identifier: MIT
/* prctl(2): which options there are and what they take, the description of the address space
 * (PR_SET_MM), and what a space may not gain (PR_SET_MDWE). */
#include <elf.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "guest.h"

/* Those that are newer than some headers. */
enum {
	MDWE_SET = 65,
	MDWE_GET = 66,
	MERGE_SET = 67,
	MERGE_GET = 68,
	AUXV_GET = 0x41555856,
	REFUSE_EXEC_GAIN = 1,
	NO_INHERIT = 2,
};

static long prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall(SYS_prctl, option, a, b, c, d);
}

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* --- options by their arguments --- */

struct row {
	int option;
	unsigned long a, b, c, d;
	long result; /* or -errno */
};

/* Those that no RISC-V machine or no process here has. */
static const int others[] = { 0,  -1, 9,  10, 11, 12, 17, 18, 19, 20, 25, 26,
			      43, 44, 45, 46, 49, 50, 51, 54, 55, 56, 60, 61,
			      62, 63, 64, 72, 73, 74, 75, 76, 77, 78, 79, 80 };

static const struct row rows[] = {
	{ PR_SET_PDEATHSIG, 65, 0, 0, 0, -EINVAL },
	{ PR_SET_PDEATHSIG, 64, 0, 0, 0, 0 },
	{ PR_SET_PDEATHSIG, 0, 1, 1, 1, 0 },
	{ PR_GET_PDEATHSIG, 0, 0, 0, 0, -EFAULT },
	{ PR_SET_DUMPABLE, 2, 0, 0, 0, -EINVAL },
	{ PR_GET_DUMPABLE, 9, 9, 9, 9, 1 },
	{ PR_SET_KEEPCAPS, 2, 0, 0, 0, -EINVAL },
	{ PR_GET_TIMING, 0, 0, 0, 0, 0 },
	{ PR_SET_TIMING, 1, 0, 0, 0, -EINVAL },
	{ PR_SET_TIMING, 0, 0, 0, 0, 0 },
	{ PR_SET_NAME, 0, 0, 0, 0, -EFAULT },
	{ PR_GET_NAME, 0, 0, 0, 0, -EFAULT },
	{ PR_GET_SECCOMP, 1, 1, 1, 1, 0 },
	{ PR_CAPBSET_READ, 64, 0, 0, 0, -EINVAL },
	{ PR_CAPBSET_DROP, 64, 0, 0, 0, -EINVAL },
	{ PR_TASK_PERF_EVENTS_DISABLE, 1, 2, 3, 4, 0 },
	{ PR_TASK_PERF_EVENTS_ENABLE, 0, 0, 0, 0, 0 },
	{ PR_MCE_KILL_GET, 0, 0, 0, 0, PR_MCE_KILL_DEFAULT },
	{ PR_MCE_KILL_GET, 1, 0, 0, 0, -EINVAL },
	{ PR_MCE_KILL_GET, 0, 0, 0, 1, -EINVAL },
	{ PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0, 0 },
	{ PR_MCE_KILL_GET, 0, 0, 0, 0, PR_MCE_KILL_EARLY },
	{ PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0, 0 },
	{ PR_MCE_KILL_GET, 0, 0, 0, 0, PR_MCE_KILL_LATE },
	{ PR_MCE_KILL, PR_MCE_KILL_SET, 3, 0, 0, -EINVAL },
	{ PR_MCE_KILL, PR_MCE_KILL_SET, 0, 1, 0, -EINVAL },
	{ PR_MCE_KILL, PR_MCE_KILL_CLEAR, 1, 0, 0, -EINVAL },
	{ PR_MCE_KILL, 2, 0, 0, 0, -EINVAL },
	{ PR_MCE_KILL_GET, 0, 0, 0, 0, PR_MCE_KILL_LATE },
	{ PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0, 0 },
	{ PR_MCE_KILL_GET, 0, 0, 0, 0, PR_MCE_KILL_DEFAULT },
	{ PR_GET_CHILD_SUBREAPER, 0, 0, 0, 0, -EFAULT },
	{ PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0, -EINVAL },
	{ PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0, -EINVAL },
	{ PR_GET_NO_NEW_PRIVS, 0, 1, 0, 0, -EINVAL },
	{ PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0, 0 },
	{ PR_SET_THP_DISABLE, 1, 0, 1, 0, -EINVAL },
	{ PR_GET_THP_DISABLE, 1, 0, 0, 0, -EINVAL },
	{ PR_SET_IO_FLUSHER, 1, 0, 0, 0, 0 },
	{ PR_GET_IO_FLUSHER, 0, 0, 0, 0, 1 },
	{ PR_SET_IO_FLUSHER, 2, 0, 0, 0, -EINVAL },
	{ PR_SET_IO_FLUSHER, 0, 1, 0, 0, -EINVAL },
	{ PR_GET_IO_FLUSHER, 1, 0, 0, 0, -EINVAL },
	{ PR_SET_IO_FLUSHER, 0, 0, 0, 0, 0 },
	{ PR_GET_IO_FLUSHER, 0, 0, 0, 0, 0 },
	{ MDWE_GET, 0, 0, 0, 0, 0 },
	{ MDWE_GET, 1, 0, 0, 0, -EINVAL },
	{ MDWE_GET, 0, 0, 1, 0, -EINVAL },
	{ MDWE_SET, 0, 0, 0, 0, 0 },
	{ MDWE_SET, NO_INHERIT, 0, 0, 0, -EINVAL },
	{ MDWE_SET, 4, 0, 0, 0, -EINVAL },
	{ MDWE_SET, REFUSE_EXEC_GAIN, 1, 0, 0, -EINVAL },
	{ MDWE_SET, REFUSE_EXEC_GAIN, 0, 0, 1, -EINVAL },
	{ MDWE_SET, REFUSE_EXEC_GAIN | NO_INHERIT, 0, 0, 0, 0 },
	{ MDWE_GET, 0, 0, 0, 0, 3 },
	{ MDWE_SET, REFUSE_EXEC_GAIN, 0, 0, 0, -EPERM },
	{ MDWE_SET, 0, 0, 0, 0, -EPERM },
	{ MDWE_SET, REFUSE_EXEC_GAIN | NO_INHERIT, 0, 0, 0, 0 },
	{ MERGE_GET, 0, 0, 0, 0, 0 },
	{ MERGE_GET, 0, 0, 0, 1, -EINVAL },
	{ MERGE_SET, 1, 0, 0, 1, -EINVAL },
	{ MERGE_SET, 5, 0, 0, 0, 0 },
	{ MERGE_GET, 0, 0, 0, 0, 1 },
	{ MERGE_SET, 0, 0, 0, 0, 0 },
	{ MERGE_GET, 0, 0, 0, 0, 0 },
	{ AUXV_GET, 0, 0, 1, 0, -EINVAL },
	{ AUXV_GET, 0, 0, 0, 1, -EINVAL },
	{ AUXV_GET, 0, 8, 0, 0, -EFAULT },
	{ PR_SET_MM, PR_SET_MM_BRK, 65536, 1, 0, -EINVAL },
	{ PR_SET_MM, PR_SET_MM_BRK, 65536, 0, 1, -EINVAL },
	{ PR_SET_MM, 0, 65536, 0, 0, -EINVAL },
	{ PR_SET_MM, 16, 65536, 0, 0, -EINVAL },
	{ PR_SET_MM, PR_SET_MM_BRK, 65535, 0, 0, -EINVAL },
	{ PR_SET_MM, PR_SET_MM_BRK, -1UL, 0, 0, -EINVAL },
	{ PR_SET_MM, PR_SET_MM_START_CODE, 1UL << 37, 0, 0, -EINVAL }, /* beyond its end */
	{ PR_SET_MM, PR_SET_MM_AUXV, 0, 1000, 0, -EINVAL },
	{ PR_SET_MM, PR_SET_MM_AUXV, 0, 8, 0, -EFAULT },
	{ PR_SET_MM, PR_SET_MM_EXE_FILE, 99, 0, 0, -EBADF },
	{ PR_SET_MM, PR_SET_MM_MAP, 0, 8, 0, -EINVAL },
	{ PR_SET_MM, PR_SET_MM_MAP, 0, 104, 0, -EFAULT },
	{ PR_SET_MM, PR_SET_MM_MAP_SIZE, 0, 0, 0, -EFAULT },
};

static void table_of_options(void)
{
	pid_t child = fork();

	if (!child) {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			CHILD_CHECK(fails(prctl(others[i], 0, 0, 0, 0), EINVAL));
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct row *row = &rows[i];
			long result = prctl(row->option, row->a, row->b, row->c, row->d);

			if (result == -1)
				result = -errno;
			if (result != row->result)
				printf("row %zu, option %d: %ld\n", i, row->option, result);
			CHILD_CHECK(result == row->result);
		}
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void needs_rights(void)
{
	static const struct row denied[] = {
		{ PR_SET_IO_FLUSHER, 5, 1, 0, 0, EPERM },
		{ PR_GET_IO_FLUSHER, 1, 0, 0, 0, EPERM },
		{ PR_SET_MM, PR_SET_MM_BRK, 1, 0, 0, EPERM },
		{ PR_SET_MM, PR_SET_MM_AUXV, 0, 8, 0, EPERM },
		{ PR_SET_MM, PR_SET_MM_EXE_FILE, 99, 0, 0, EPERM },
		{ PR_SET_MM, 99, 0, 0, 0, EPERM },
		{ PR_CAPBSET_DROP, 1, 0, 0, 0, EPERM },
	};
	pid_t child = fork();

	if (!child) {
		CHILD_CHECK(!setuid(1000));
		for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
			CHILD_CHECK(fails(prctl(denied[i].option, denied[i].a, denied[i].b,
						denied[i].c, denied[i].d),
					  (int)denied[i].result));
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* --- children --- */

static void what_children_get(void)
{
	pid_t child = fork(), grandchild;

	if (!child) {
		CHILD_CHECK(!prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0));
		CHILD_CHECK(!prctl(MERGE_SET, 1, 0, 0, 0));
		CHILD_CHECK(!prctl(MDWE_SET, REFUSE_EXEC_GAIN, 0, 0, 0));
		grandchild = fork();
		if (!grandchild) {
			CHILD_CHECK(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_EARLY);
			CHILD_CHECK(prctl(MERGE_GET, 0, 0, 0, 0) == 1);
			CHILD_CHECK(prctl(MDWE_GET, 0, 0, 0, 0) == REFUSE_EXEC_GAIN);
			execl("/proc/self/exe", "prctl", "traits", "1", NULL);
			_exit(1);
		}
		CHILD_CHECK(ended_well(grandchild));
		_exit(0);
	}
	CHECK(ended_well(child));
	child = fork();
	if (!child) {
		CHILD_CHECK(!prctl(MDWE_SET, REFUSE_EXEC_GAIN | NO_INHERIT, 0, 0, 0));
		grandchild = fork();
		if (!grandchild)
			_exit((int)prctl(MDWE_GET, 0, 0, 0, 0));
		CHILD_CHECK(ended_well(grandchild));
		execl("/proc/self/exe", "prctl", "traits", "0", NULL);
		_exit(1);
	}
	CHECK(ended_well(child));
}

/* --- PR_SET_MDWE --- */

enum { RW = PROT_READ | PROT_WRITE, RX = PROT_READ | PROT_EXEC, PAGE = 4096 };

static char *map(int prot)
{
	return mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void nothing_becomes_executable(void)
{
	static const struct {
		int from, to, error;
	} changes[] = {
		{ RW, RW, 0 },
		{ RW, RX, EACCES },
		{ RW, RW | PROT_EXEC, EACCES },
		{ RX, PROT_READ, 0 },
		{ RX, RX, 0 },
		{ RX, RW | PROT_EXEC, EACCES },
		{ RX, PROT_EXEC, 0 },
		{ PROT_READ, RX, EACCES },
		{ PROT_READ, RW, 0 },
		{ PROT_NONE, RX, EACCES },
		{ PROT_EXEC, PROT_EXEC, 0 },
		{ RX, PROT_NONE, 0 },
	};
	pid_t child = fork();

	if (!child) {
		char *before = map(RW | PROT_EXEC);

		CHILD_CHECK(before != MAP_FAILED);
		CHILD_CHECK(!prctl(MDWE_SET, REFUSE_EXEC_GAIN, 0, 0, 0));
		CHILD_CHECK(map(RW | PROT_EXEC) == MAP_FAILED && errno == EACCES);
		CHILD_CHECK(map(PROT_WRITE | PROT_EXEC) == MAP_FAILED && errno == EACCES);
		for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
			char *page = map(changes[i].from);
			int result;

			CHILD_CHECK(page != MAP_FAILED);
			result = mprotect(page, PAGE, changes[i].to);
			CHILD_CHECK(result ? errno == changes[i].error : !changes[i].error);
			munmap(page, PAGE);
		}
		/* what it had it keeps, but does not get anew */
		*before = 1;
		CHILD_CHECK(fails(mprotect(before, PAGE, RW | PROT_EXEC), EACCES));
		CHILD_CHECK(!mprotect(before, PAGE, RX));
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* --- the description of the space --- */

/* A file of /proc/self as a string; its size. */
static ssize_t read_proc(const char *name, char *text, size_t room)
{
	char path[64];
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	fd = open(path, O_RDONLY);
	size = read(fd, text, room - 1);
	close(fd);
	text[size > 0 ? size : 0] = 0;
	return size;
}

/* Field n of /proc/self/stat, from 1. */
static unsigned long stat_field(int n)
{
	char text[1024], *at;

	read_proc("stat", text, sizeof(text));
	at = strrchr(text, ')') + 2;
	for (int i = 3; i < n; i++)
		at = strchr(at, ' ') + 1;
	return strtoul(at, NULL, 10);
}

static void arguments_elsewhere(void)
{
	pid_t child = fork();

	if (!child) {
		char *page = map(RW), text[128];
		unsigned long at = (unsigned long)page;

		strcpy(page, "another");
		strcpy(page + 8, "name");
		strcpy(page + 64, "A=B");
		/* by steps in which the end is never before the start */
		if (stat_field(48) < at) {
			CHILD_CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_ARG_START, at, 0, 0), EINVAL));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ARG_END, at + 13, 0, 0));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ARG_START, at, 0, 0));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ENV_END, at + 68, 0, 0));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ENV_START, at + 64, 0, 0));
		} else {
			CHILD_CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_ARG_END, at, 0, 0), EINVAL));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ARG_START, at, 0, 0));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ARG_END, at + 13, 0, 0));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ENV_START, at + 64, 0, 0));
			CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_ENV_END, at + 68, 0, 0));
		}
		CHILD_CHECK(read_proc("cmdline", text, sizeof(text)) == 13);
		CHILD_CHECK(!memcmp(text, "another\0name", 13));
		CHILD_CHECK(read_proc("environ", text, sizeof(text)) == 4 && !strcmp(text, "A=B"));
		CHILD_CHECK(stat_field(48) == at && stat_field(49) == at + 13);
		CHILD_CHECK(stat_field(50) == at + 64 && stat_field(51) == at + 68);
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void other_places(void)
{
	pid_t child = fork();

	if (!child) {
		unsigned long start = stat_field(47), code = stat_field(26), end = stat_field(27);
		char *page = map(RW);

		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_START_CODE, code + 8, 0, 0));
		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_END_CODE, end + 8, 0, 0));
		CHILD_CHECK(stat_field(26) == code + 8 && stat_field(27) == end + 8);
		CHILD_CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_END_CODE, code + 8, 0, 0), EINVAL));
		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_START_STACK, (unsigned long)page, 0, 0));
		CHILD_CHECK(stat_field(28) == (unsigned long)page);
		CHILD_CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_BRK, start - 1, 0, 0), EINVAL));
		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_BRK, start + 8192, 0, 0));
		CHILD_CHECK(syscall(SYS_brk, 0) == (long)start + 8192);
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void auxiliary_vector(void)
{
	static unsigned long vector[66], changed[66], file[80];
	pid_t child;
	long size = prctl(AUXV_GET, (unsigned long)vector, sizeof(vector), 0, 0);
	int i = 0;

	CHECK(size == sizeof(vector));
	CHECK(prctl(AUXV_GET, (unsigned long)changed, 16, 0, 0) == size);
	CHECK(!memcmp(changed, vector, 16) && !changed[2]);
	for (; vector[i]; i += 2)
		CHECK(getauxval(vector[i]) == vector[i + 1]);
	CHECK(i > 20);
	child = fork();
	if (!child) {
		vector[1]++;
		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_AUXV, (unsigned long)vector, 16, 0));
		CHILD_CHECK(prctl(AUXV_GET, (unsigned long)changed, sizeof(changed), 0, 0) == size);
		CHILD_CHECK(!memcmp(vector, changed, sizeof(vector)));
		CHILD_CHECK(read_proc("auxv", (char *)file, sizeof(file)) == (i + 2) * 8);
		CHILD_CHECK(!memcmp(vector, file, (size_t)(i + 2) * 8));
		memset(changed, 0, sizeof(changed));
		changed[0] = AT_PAGESZ;
		changed[1] = 4096;
		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_AUXV, (unsigned long)changed,
				   sizeof(changed), 0));
		CHILD_CHECK(read_proc("auxv", (char *)file, sizeof(file)) == 32);
		_exit(0);
	}
	CHECK(ended_well(child));
}

static struct prctl_mm_map current_map(void)
{
	return (struct prctl_mm_map){
		.start_code = stat_field(26),
		.end_code = stat_field(27),
		.start_data = stat_field(45),
		.end_data = stat_field(46),
		.start_brk = stat_field(47),
		.brk = (unsigned long)syscall(SYS_brk, 0),
		.start_stack = stat_field(28),
		.arg_start = stat_field(48),
		.arg_end = stat_field(49),
		.env_start = stat_field(50),
		.env_end = stat_field(51),
		.exe_fd = -1u,
	};
}

static long set_map(struct prctl_mm_map *map)
{
	return prctl(PR_SET_MM, PR_SET_MM_MAP, (unsigned long)map, sizeof(*map), 0);
}

/* All at once needs no rights but for the program's file. */
static void all_at_once(void)
{
	pid_t child = fork();
	unsigned int size = 0;

	if (!child) {
		struct prctl_mm_map map = current_map(), wrong;
		unsigned long vector[4] = { AT_PAGESZ, 4096 };

		CHILD_CHECK(!setuid(1000));
		CHILD_CHECK(!prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, (unsigned long)&size, 0, 0));
		CHILD_CHECK(size == sizeof(map));
		map.arg_end--;
		map.end_code += 16;
		CHILD_CHECK(!set_map(&map));
		CHILD_CHECK(stat_field(49) == map.arg_end && stat_field(27) == map.end_code);
		wrong = map;
		wrong.start_code = 0;
		CHILD_CHECK(fails(set_map(&wrong), EINVAL));
		wrong = map;
		wrong.env_end = wrong.env_start - 1;
		CHILD_CHECK(fails(set_map(&wrong), EINVAL));
		wrong = map;
		wrong.auxv_size = 16;
		CHILD_CHECK(fails(set_map(&wrong), EINVAL));
		wrong.auxv = (void *)8;
		CHILD_CHECK(fails(set_map(&wrong), EFAULT));
		wrong.auxv_size = 4096;
		CHILD_CHECK(fails(set_map(&wrong), EINVAL));
		wrong = map;
		wrong.exe_fd = 99;
		CHILD_CHECK(fails(set_map(&wrong), EPERM));
		map.auxv = (void *)vector;
		map.auxv_size = sizeof(vector);
		CHILD_CHECK(!set_map(&map));
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void limited_data(void)
{
	pid_t child = fork();

	if (!child) {
		const struct rlimit limit = { 1 << 20, 1 << 20 };
		struct prctl_mm_map map = current_map();

		CHILD_CHECK(!setrlimit(RLIMIT_DATA, &limit));
		map.brk = map.start_brk + (2 << 20);
		CHILD_CHECK(fails(set_map(&map), EINVAL));
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void program_file(void)
{
	int fd = open("/bin/busybox", O_RDONLY), pair[2], plain;
	struct prctl_mm_map map = current_map();

	plain = open("/tmp/prctl-plain", O_RDWR | O_CREAT, 0644);
	CHECK(fd >= 0 && plain >= 0 && !pipe(pair));
	CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)pair[0], 0, 0), EACCES));
	CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)plain, 0, 0), EACCES));
	/* the old one is mapped */
	CHECK(fails(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)fd, 0, 0), EBUSY));
	map.exe_fd = (unsigned int)fd;
	CHECK(fails(set_map(&map), EBUSY));
	close(fd);
	close(plain);
	close(pair[0]);
	close(pair[1]);
	unlink("/tmp/prctl-plain");
}

/* What a program finds that was executed with traits. */
static int check_traits(const char *expected)
{
	long traits = prctl(MDWE_GET, 0, 0, 0, 0);

	if (*expected == '1' && prctl(MERGE_GET, 0, 0, 0, 0) != 1)
		return 2;
	return traits != *expected - '0';
}

int main(int count, char **arguments)
{
	if (count > 2 && !strcmp(arguments[1], "traits"))
		return check_traits(arguments[2]);
	RUN(table_of_options);
	RUN(needs_rights);
	RUN(what_children_get);
	RUN(nothing_becomes_executable);
	RUN(arguments_elsewhere);
	RUN(other_places);
	RUN(auxiliary_vector);
	RUN(all_at_once);
	RUN(limited_data);
	RUN(program_file);
	return guest_result();
}
