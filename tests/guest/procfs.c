// SPDX-License-Identifier: MIT
/* /proc: that the files which programs read are there and have the form they expect. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "guest.h"

static char text[65536];

/* A whole file into text, terminated; its length, or -1. */
static ssize_t read_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = 0, got;

	if (fd < 0)
		return -1;
	while ((got = read(fd, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += got;
	close(fd);
	text[length] = '\0';
	return got < 0 ? -1 : length;
}

static bool write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	ssize_t length = (ssize_t)strlen(value);
	bool written = fd >= 0 && write(fd, value, (size_t)length) == length;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return written;
}

static long number_in(const char *path)
{
	return read_file(path) > 0 ? strtol(text, NULL, 10) : -1;
}

static void files_of_the_system(void)
{
	static const char *const names[] = {
		"buddyinfo",   "cmdline",     "consoles",   "cpuinfo",	"devices",
		"execdomains", "filesystems", "interrupts", "loadavg",	"meminfo",
		"mounts",      "slabinfo",    "softirqs",   "stat",	"swaps",
		"uptime",      "version",     "vmstat",	    "zoneinfo", "self/stat",
	};
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%s", names[i]);
		if (read_file(path) <= 0)
			printf("%s: %s\n", path, strerror(errno));
		CHECK(read_file(path) > 0);
	}
	CHECK(read_file("/proc/modules") >= 0 && read_file("/proc/diskstats") >= 0);
	CHECK(read_file("/proc/partitions") >= 0);
}

static void files_of_a_process(void)
{
	static const char *const names[] = {
		"auxv",		 "cgroup",	"cmdline",   "comm",	  "environ",
		"limits",	 "maps",	"mountinfo", "mounts",	  "oom_score",
		"oom_score_adj", "personality", "sched",     "schedstat", "smaps",
		"smaps_rollup",	 "stat",	"statm",     "status",	  "wchan",
	};
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		if (read_file(path) < 0)
			printf("%s: %s\n", path, strerror(errno));
		CHECK(read_file(path) >= 0);
		snprintf(path, sizeof(path), "/proc/self/task/%d/%s", getpid(), names[i]);
		CHECK(read_file(path) >= 0);
	}
	CHECK(!access("/proc/self/ns/pid", F_OK) && !access("/proc/self/fdinfo/0", F_OK));
}

static void stat_has_52_fields(void)
{
	const char *at;
	int fields = 2;

	CHECK(read_file("/proc/self/stat") > 0);
	CHECK(atoi(text) == getpid());
	at = strrchr(text, ')');
	CHECK(at);
	for (at++; *at; at++)
		fields += *at == ' ';
	CHECK(fields == 52);
}

static void status_has_its_lines(void)
{
	static const char *const names[] = {
		"Name",
		"Umask",
		"State",
		"Tgid",
		"Ngid",
		"Pid",
		"PPid",
		"TracerPid",
		"Uid",
		"Gid",
		"FDSize",
		"Groups",
		"NStgid",
		"NSpid",
		"NSpgid",
		"NSsid",
		"Kthread",
		"VmPeak",
		"VmSize",
		"VmLck",
		"VmPin",
		"VmHWM",
		"VmRSS",
		"RssAnon",
		"RssFile",
		"RssShmem",
		"VmData",
		"VmStk",
		"VmExe",
		"VmLib",
		"VmPTE",
		"VmSwap",
		"HugetlbPages",
		"CoreDumping",
		"THP_enabled",
		"Threads",
		"SigQ",
		"SigPnd",
		"ShdPnd",
		"SigBlk",
		"SigIgn",
		"SigCgt",
		"CapInh",
		"CapPrm",
		"CapEff",
		"CapBnd",
		"CapAmb",
		"NoNewPrivs",
		"Seccomp",
		"Seccomp_filters",
		"Cpus_allowed",
		"Cpus_allowed_list",
		"Mems_allowed",
		"Mems_allowed_list",
		"voluntary_ctxt_switches",
		"nonvoluntary_ctxt_switches",
	};
	char line[48];

	CHECK(read_file("/proc/self/status") > 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(line, sizeof(line), "\n%s:\t", names[i]);
		if (!strstr(text, line + !i))
			printf("no line %s\n", names[i]);
		CHECK(strstr(text, line + !i));
	}
}

static void faults_are_counted(void)
{
	enum { PAGES = 64 };
	unsigned long before, after;
	char *pages = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	const char *format = "%*d %*s %*c %*d %*d %*d %*d %*d %*u %lu";

	CHECK(pages != MAP_FAILED);
	CHECK(!madvise(pages, PAGES * 4096, MADV_NOHUGEPAGE));
	CHECK(read_file("/proc/self/stat") > 0 && sscanf(text, format, &before) == 1);
	for (int i = 0; i < PAGES; i++)
		pages[i * 4096] = 1;
	CHECK(read_file("/proc/self/stat") > 0 && sscanf(text, format, &after) == 1);
	CHECK(after >= before + PAGES);
	munmap(pages, PAGES * 4096);
}

/* The block of a mapping in smaps tells what is resident. */
static void smaps_counts_pages(void)
{
	enum { PAGES = 16 };
	char *pages = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	char start[32], *block, *rss;

	CHECK(pages != MAP_FAILED);
	CHECK(!mprotect(pages + 4096 * 10, 4096, PROT_READ)); /* a mapping of its own */
	memset(pages, 1, 5 * 4096);
	snprintf(start, sizeof(start), "-%lx ", (unsigned long)pages + 4096 * 10);
	CHECK(read_file("/proc/self/smaps") > 0);
	block = strstr(text, start);
	CHECK(block);
	rss = strstr(block, "\nRss:");
	CHECK(rss && strtol(rss + 5, NULL, 10) >= 20);
	CHECK(read_file("/proc/self/smaps_rollup") > 0 && strstr(text, "[rollup]\nRss:"));
	munmap(pages, PAGES * 4096);
}

static void names_can_be_written(void)
{
	char name[16];

	CHECK(write_file("/proc/self/comm", "renamed"));
	CHECK(!prctl(PR_GET_NAME, name) && !strcmp(name, "renamed"));
	CHECK(read_file("/proc/thread-self/comm") > 0 && !strcmp(text, "renamed\n"));
	CHECK(write_file("/proc/self/timerslack_ns", "70000"));
	CHECK(prctl(PR_GET_TIMERSLACK) == 70000);
	CHECK(!write_file("/proc/1/comm", "other") && errno == EINVAL);
	CHECK(!write_file("/proc/self/stat", "x"));
	CHECK(!write_file("/proc/self/oom_score_adj", "1001") && errno == EINVAL);
	CHECK(write_file("/proc/self/clear_refs", "5"));
	CHECK(!write_file("/proc/self/clear_refs", "9") && errno == EINVAL);
}

static void settings(void)
{
	char first[64];
	long value = number_in("/proc/sys/vm/overcommit_memory");

	CHECK(value >= 0 && value <= 2);
	CHECK(write_file("/proc/sys/vm/overcommit_memory", "1\n"));
	CHECK(number_in("/proc/sys/vm/overcommit_memory") == 1);
	CHECK(!write_file("/proc/sys/vm/overcommit_memory", "3") && errno == EINVAL);
	CHECK(!write_file("/proc/sys/vm/overcommit_memory", "x") && errno == EINVAL);
	CHECK(write_file("/proc/sys/vm/overcommit_memory", "0"));
	CHECK(number_in("/proc/sys/kernel/pid_max") >= 301);
	CHECK(number_in("/proc/sys/kernel/cap_last_cap") >= 40);
	CHECK(number_in("/proc/sys/kernel/random/entropy_avail") == 256);
	CHECK(number_in("/proc/sys/fs/file-nr") >= 0);
	CHECK(read_file("/proc/sys/kernel/random/boot_id") == 37);
	strcpy(first, text);
	CHECK(read_file("/proc/sys/kernel/random/boot_id") == 37 && !strcmp(first, text));
	CHECK(read_file("/proc/sys/kernel/random/uuid") == 37 && strcmp(first, text));
	CHECK(!write_file("/proc/sys/kernel/ostype", "x"));
	CHECK(open("/proc/sys/none", O_RDONLY) < 0 && errno == ENOENT);
}

static void children_are_listed(void)
{
	pid_t child = fork();
	char path[64];

	if (!child) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	CHECK(number_in(path) == child);
	kill(child, SIGKILL);
	status_of(child);
	CHECK(read_file(path) == 0);
}

/* A zombie keeps what its parent may want to know; one that is gone is gone. */
static void the_dead_are_read_well(void)
{
	pid_t child = fork();
	char path[64];
	int fd;

	if (!child)
		_exit(0);
	CHECK(reaches_state(child, 'Z'));
	snprintf(path, sizeof(path), "/proc/%d/cmdline", child);
	CHECK(read_file(path) == 0);
	snprintf(path, sizeof(path), "/proc/%d/maps", child);
	CHECK(read_file(path) == 0);
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	CHECK(read_file(path) > 0 && strstr(text, "State:\tZ (zombie)"));
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	status_of(child);
	CHECK(read(fd, text, 10) < 0 && errno == ESRCH);
	CHECK(access(path, F_OK) < 0 && errno == ENOENT);
	close(fd);
}

static void huge_tables_of_processes_are_listed_once(void)
{
	enum { MANY = 300 };
	static pid_t children[MANY];
	static char seen[4194304];
	struct dirent *entry;
	DIR *directory;
	int found = 0;

	for (int i = 0; i < MANY; i++) {
		children[i] = fork();
		if (!children[i]) {
			pause();
			_exit(0);
		}
		CHECK(children[i] > 0);
	}
	directory = opendir("/proc");
	CHECK(directory);
	while ((entry = readdir(directory))) {
		int pid = atoi(entry->d_name);

		CHECK(pid <= 0 || !seen[pid]);
		if (pid > 0)
			seen[pid] = 1;
	}
	closedir(directory);
	for (int i = 0; i < MANY; i++) {
		found += seen[children[i]];
		kill(children[i], SIGKILL);
		status_of(children[i]);
	}
	CHECK(found == MANY);
}

/* The permissions of a link tell what the file is open for. */
static void modes_of_descriptors(void)
{
	static const struct {
		int flags;
		mode_t mode;
	} expected[] = {
		{ O_RDONLY, 0500 },
		{ O_WRONLY, 0300 },
		{ O_RDWR, 0700 },
		{ O_PATH, 0 },
	};
	struct stat stat;
	char path[64];

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		int fd = open("/dev/null", expected[i].flags);

		CHECK(fd >= 0 && dup2(fd, 50) == 50);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		CHECK(lstat(path, &stat) == 0 && stat.st_mode == (S_IFLNK | expected[i].mode));
		CHECK(lstat("/proc/self/fd/50", &stat) == 0);
		CHECK(stat.st_mode == (S_IFLNK | expected[i].mode));
		close(fd);
	}
	close(50);
}

int main(void)
{
	RUN(files_of_the_system);
	RUN(files_of_a_process);
	RUN(stat_has_52_fields);
	RUN(status_has_its_lines);
	RUN(faults_are_counted);
	RUN(smaps_counts_pages);
	RUN(names_can_be_written);
	RUN(settings);
	RUN(children_are_listed);
	RUN(the_dead_are_read_well);
	RUN(huge_tables_of_processes_are_listed_once);
	RUN(modes_of_descriptors);
	return guest_result();
}
