// SPDX-License-Identifier: MIT
/* /proc: that the files which programs read are there and have the form they expect. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "guest.h"
#include "settings.h"

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

static long number_in(const char *path)
{
	return read_file(path) > 0 ? strtol(text, NULL, 10) : -1;
}

static void files_of_the_system(void)
{
	static const char *const names[] = {
		"buddyinfo",   "cmdline",    "consoles",    "cpuinfo", "devices", "execdomains",
		"filesystems", "interrupts", "loadavg",	    "meminfo", "mounts",  "slabinfo",
		"softirqs",    "stat",	     "swaps",	    "uptime",  "version", "vmstat",
		"zoneinfo",    "self/stat",  "tty/drivers",
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

	CHECK(put_text("/proc/self/comm", "renamed"));
	CHECK(!prctl(PR_GET_NAME, name) && !strcmp(name, "renamed"));
	CHECK(read_file("/proc/thread-self/comm") > 0 && !strcmp(text, "renamed\n"));
	CHECK(put_text("/proc/self/timerslack_ns", "70000"));
	CHECK(prctl(PR_GET_TIMERSLACK) == 70000);
	CHECK(!put_text("/proc/1/comm", "other") && errno == EINVAL);
	CHECK(!put_text("/proc/self/stat", "x"));
	CHECK(!put_text("/proc/self/oom_score_adj", "1001") && errno == EINVAL);
	CHECK(put_text("/proc/self/clear_refs", "5"));
	CHECK(!put_text("/proc/self/clear_refs", "9") && errno == EINVAL);
}

static void settings(void)
{
	char first[64];
	long value = number_in("/proc/sys/vm/overcommit_memory");

	CHECK(value >= 0 && value <= 2);
	CHECK(put_text("/proc/sys/vm/overcommit_memory", "1\n"));
	CHECK(number_in("/proc/sys/vm/overcommit_memory") == 1);
	CHECK(!put_text("/proc/sys/vm/overcommit_memory", "3") && errno == EINVAL);
	CHECK(!put_text("/proc/sys/vm/overcommit_memory", "x") && errno == EINVAL);
	CHECK(put_text("/proc/sys/vm/overcommit_memory", "0"));
	CHECK(number_in("/proc/sys/kernel/pid_max") >= 301);
	CHECK(number_in("/proc/sys/kernel/cap_last_cap") >= 40);
	CHECK(number_in("/proc/sys/kernel/random/entropy_avail") == 256);
	CHECK(number_in("/proc/sys/fs/file-nr") >= 0);
	CHECK(read_file("/proc/sys/kernel/random/boot_id") == 37);
	strcpy(first, text);
	CHECK(read_file("/proc/sys/kernel/random/boot_id") == 37 && !strcmp(first, text));
	CHECK(read_file("/proc/sys/kernel/random/uuid") == 37 && strcmp(first, text));
	CHECK(!put_text("/proc/sys/kernel/ostype", "x"));
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

/* --- what is mapped and locked --- */

/* A value of /proc/self/status in KiB; -1. */
static long status_kib(const char *key)
{
	const char *line;

	if (read_file("/proc/self/status") <= 0)
		return -1;
	line = strstr(text, key);
	return line ? strtol(line + strlen(key) + 1, NULL, 10) : -1;
}

static void peak_and_tables(void)
{
	const size_t size = 64 << 20;
	long before = status_kib("VmSize"), peak, tables = status_kib("VmPTE");
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(map != MAP_FAILED && tables > 0 && before > 0);
	CHECK(status_kib("VmSize") >= before + (long)size / 1024);
	CHECK(status_kib("VmPeak") >= before + (long)size / 1024);
	madvise(map, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 2 << 20)
		map[at] = 1;
	CHECK(status_kib("VmPTE") >= tables + 31 * 4);
	CHECK(!munmap(map, size));
	peak = status_kib("VmPeak");
	CHECK(peak >= before + (long)size / 1024 && status_kib("VmSize") < peak);
	CHECK(status_kib("VmPTE") < tables + 16 * 4);
}

static void pagemap(void)
{
	enum { PAGE = 4096 };
	const uint64_t present = 1UL << 63, of_file = 1UL << 61, frame = (1UL << 55) - 1;
	int fd = open("/proc/self/pagemap", O_RDONLY);
	char *map =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	off_t at = (off_t)((uintptr_t)map / PAGE * 8);
	uint64_t words[3];

	CHECK(fd >= 0 && map != MAP_FAILED && shared != MAP_FAILED);
	map[PAGE] = *shared = 1;
	CHECK(pread(fd, words, sizeof(words), at) == sizeof(words));
	CHECK(!words[0] && words[1] & present && !(words[1] & of_file) && !words[2]);
	CHECK(words[1] & frame);
	CHECK(pread(fd, words, 8, (off_t)((uintptr_t)shared / PAGE * 8)) == 8);
	CHECK(words[0] & present && words[0] & of_file);
	CHECK(pread(fd, words, 4, at) == -1 && errno == EINVAL);
	CHECK(pread(fd, words, 8, at + 4) == -1 && errno == EINVAL);
	munmap(map, 3 * PAGE);
	munmap(shared, PAGE);
	close(fd);
}

static bool lists(const char *kind, int fd, const char *range)
{
	char line[128];
	struct stat stat;

	if (fstat(fd, &stat) || read_file("/proc/locks") < 0)
		return false;
	snprintf(line, sizeof(line), "%s  ADVISORY  WRITE %d %02x:%02x:%lu %s\n", kind,
		 kind[0] == 'O' ? -1 : getpid(), major(stat.st_dev), minor(stat.st_dev),
		 (unsigned long)stat.st_ino, range);
	if (kind[0] == 'O')
		memmove(line + 6, line + 7, strlen(line + 6)); /* six letters, one blank */
	return strstr(text, line);
}

static void locks(void)
{
	struct flock record = { .l_type = F_WRLCK, .l_start = 10, .l_len = 5 };
	int fd;

	mkdir("/tmp", 01777);
	fd = open("/tmp/locks", O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0 && !fcntl(fd, F_SETLK, &record) && lists("POSIX", fd, "10 14"));
	record.l_start = 20;
	record.l_len = 0;
	CHECK(!fcntl(fd, F_OFD_SETLK, &record) && lists("OFDLCK", fd, "20 EOF"));
	CHECK(!flock(fd, LOCK_EX) && lists("FLOCK", fd, "0 EOF"));
	CHECK(!flock(fd, LOCK_UN) && !lists("FLOCK", fd, "0 EOF"));
	close(fd);
	fd = open("/tmp/locks", O_RDWR);
	CHECK(!lists("POSIX", fd, "10 14") && !lists("OFDLCK", fd, "20 EOF"));
	close(fd);
	unlink("/tmp/locks");
}

static void mount_statistics(void)
{
	CHECK(read_file("/proc/self/mountstats") > 0);
	CHECK(strstr(text, " mounted on /proc with fstype proc\n"));
}

static long faults_so_far(void)
{
	const char *line;

	if (read_file("/proc/vmstat") <= 0)
		return -1;
	line = strstr(text, "\npgfault ");
	return line ? strtol(line + 9, NULL, 10) : -1;
}

/* A child that is nobody's to wait for counts, too. */
static void faults_of_all_are_counted(void)
{
	enum { PAGES = 300, PAGE = 4096 };
	long before = faults_so_far(), ended;
	pid_t pid;

	CHECK(before > 0);
	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (!pid) {
		char *map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		madvise(map, PAGES * PAGE, MADV_NOHUGEPAGE);
		for (int i = 0; i < PAGES; i++)
			map[i * PAGE] = 1;
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) == pid)
		;
	signal(SIGCHLD, SIG_DFL);
	ended = faults_so_far();
	CHECK(ended >= before + PAGES);
	CHECK(faults_so_far() >= ended);
}

static void fields_of_stat(void)
{
	long number[53] = { 0 };
	int field = 2;
	pid_t pid = fork();
	char path[32], *at;

	if (!pid) {
		pause();
		_exit(0);
	}
	CHECK(reaches_state(pid, 'S'));
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	CHECK(read_file(path) > 0 && (at = strrchr(text, ')')));
	for (at = strtok(at + 4, " "); at; at = strtok(NULL, " "))
		number[++field + 1 < 53 ? field + 1 : 0] = strtol(at, NULL, 10);
	CHECK(number[4] == getpid() && number[35] == 1 && number[38] == SIGCHLD);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void waiting_signals(void)
{
	unsigned long queued, limit, more;
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, &old);
	CHECK(read_file("/proc/self/status") > 0);
	CHECK(sscanf(strstr(text, "SigQ:"), "SigQ: %lu/%lu", &queued, &limit) == 2 && limit > 0);
	raise(SIGRTMIN);
	raise(SIGRTMIN);
	CHECK(read_file("/proc/self/status") > 0);
	CHECK(sscanf(strstr(text, "SigQ:"), "SigQ: %lu/%lu", &more, &limit) == 2);
	CHECK(more == queued + 2);
	signal(SIGRTMIN, SIG_IGN);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* The root is in memory, of which it may fill about half. */
static void root_has_a_size(void)
{
	long half = meminfo("MemTotal") / 2;
	struct statfs root;
	long size;

	CHECK(!statfs("/", &root));
	size = (long)root.f_blocks * (root.f_bsize / 1024);
	CHECK(size > half - half / 5 && size < half + half / 5);
	CHECK(root.f_bfree > 0 && root.f_bfree < root.f_blocks);
	CHECK(root.f_files > 0 && root.f_ffree < root.f_files);
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
	RUN(peak_and_tables);
	RUN(pagemap);
	RUN(locks);
	RUN(mount_statistics);
	RUN(faults_of_all_are_counted);
	RUN(fields_of_stat);
	RUN(waiting_signals);
	RUN(root_has_a_size);
	return guest_result();
}
