// SPDX-License-Identifier: MIT
/* Core files that a program reads (core_pattern with '|'), and those of processes that are not
 * their user's to see: suid_dumpable, who owns /proc/PID (kernel/task/corepipe.c). The program is
 * this one: "read PLACE ARGUMENTS..." */
#include "settings.h"
#include "workdir.h"

#include <elf.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#define PATTERN "/proc/sys/kernel/core_pattern"
#define PIPE_LIMIT "/proc/sys/kernel/core_pipe_limit"
#define SUID_DUMPABLE "/proc/sys/fs/suid_dumpable"

static char self[64], place[128]; /* this program, the directory where it reports */

/* --- the program that reads --- */

extern char **environ;

static void report_facts(FILE *report, int count, char **arguments)
{
	struct rlimit limit;
	char cwd[64] = "";
	int files = 0;
	char *environment = environ[0];
	sigset_t blocked;

	for (int i = 3; i < count; i++)
		fprintf(report, "[%s]", arguments[i]);
	for (int fd = 3; fd < 64; fd++) /* but the report's */
		files += fcntl(fd, F_GETFD) >= 0 && fd != fileno(report);
	getrlimit(RLIMIT_CORE, &limit);
	sigprocmask(0, NULL, &blocked);
	fprintf(report, "\nids %d %d, parent %d, group %d, cwd %s, umask %o\n", getuid(), geteuid(),
		getppid(), getpgrp(), getcwd(cwd, sizeof(cwd)), umask(0));
	fprintf(report, "core %lu %lu, environment %d, other files %d, ignores %d\n",
		limit.rlim_cur, limit.rlim_max, environment != NULL, files,
		signal(SIGTERM, SIG_DFL) == SIG_IGN);
}

static int read_core(int count, char **arguments)
{
	static char buffer[65536];
	char path[256], final[256];
	size_t size = 0, room;
	ssize_t bytes;
	Elf64_Ehdr head;
	FILE *report;

	snprintf(path, sizeof(path), "%s/part", arguments[2]);
	snprintf(final, sizeof(final), "%s/report", arguments[2]);
	report = fopen(path, "w");
	if (!report)
		return 1;
	report_facts(report, count, arguments);
	for (room = 0; room < sizeof(head); room += (size_t)bytes) {
		bytes = read(0, (char *)&head + room, sizeof(head) - room);
		if (bytes <= 0)
			break;
	}
	size = room;
	while ((bytes = read(0, buffer, sizeof(buffer))) > 0)
		size += (size_t)bytes;
	fprintf(report, "core %d, whole %d, end %zd\n",
		room == sizeof(head) && !memcmp(head.e_ident, ELFMAG, SELFMAG) &&
			head.e_type == ET_CORE,
		size > 16 * 4096, bytes);
	fclose(report);
	return rename(path, final);
}

/* --- what it is told --- */

static bool has_report(char text[1024])
{
	char path[256];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/report", place);
	file = fopen(path, "r");
	if (!file)
		return false;
	size = fread(text, 1, 1023, file);
	text[size] = 0;
	fclose(file);
	unlink(path);
	return true;
}

/* It may come after the process's end. */
static bool report_comes(char text[1024])
{
	for (int i = 0; i < 1000; i++) {
		if (has_report(text))
			return true;
		sleep_ms(10);
	}
	return false;
}

static bool set_helper(const char *arguments)
{
	char pattern[512];

	snprintf(pattern, sizeof(pattern), "|%s read %s %s", self, place, arguments);
	return put_text(PATTERN, pattern);
}

static pid_t crash(rlim_t limit, void (*prepare)(void))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		const struct rlimit core = { limit, limit };

		setrlimit(RLIMIT_CORE, &core);
		if (prepare)
			prepare();
		raise(SIGSEGV);
		_exit(0);
	}
	return child;
}

static bool dumped(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && WCOREDUMP(status);
}

static bool died_only(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && !WCOREDUMP(status);
}

static void take_name(void)
{
	prctl(PR_SET_NAME, "a b/c");
}

static void reads_from_a_pipe(void)
{
	char text[1024], expected[1024];
	char cwd[64] = ""; /* init's, as kernel threads have it, too */
	pid_t child;

	CHECK(readlink("/proc/1/cwd", cwd, sizeof(cwd) - 1) > 0);
	CHECK(set_helper("%P %u %g  %s\t%d %c %e %%x x%"));
	child = crash(0, take_name); /* files' limits do not count */
	CHECK(dumped(status_of(child)) && report_comes(text));
	snprintf(expected, sizeof(expected),
		 "[%d][0][0][11][1][0][a b!c][%%x][x]\n"
		 "ids 0 0, parent 2, group 0, cwd %s, umask 22\n"
		 "core 1 1, environment 0, other files 0, ignores 0\n"
		 "core 1, whole 1, end 0\n",
		 child, cwd);
	if (strcmp(text, expected))
		printf("%s---\n%s", text, expected);
	CHECK(!strcmp(text, expected));
}

/* With a limit the process waits until the program has done. */
static void is_waited_for(void)
{
	char text[1024];

	CHECK(set_helper("%p") && put_text(PIPE_LIMIT, "2"));
	for (int i = 0; i < 3; i++)
		CHECK(dumped(status_of(crash(RLIM_INFINITY, NULL))) && has_report(text));
	CHECK(put_text(PIPE_LIMIT, "0"));
}

static void become_user(void)
{
	CHILD_CHECK(!setgid(1000) && !setuid(1000));
	prctl(PR_SET_DUMPABLE, 1);
}

static void runs_as_root_for_all(void)
{
	char text[1024];

	CHECK(set_helper("%u"));
	CHECK(dumped(status_of(crash(0, become_user))) && report_comes(text));
	CHECK(!strncmp(text, "[1000]\nids 0 0,", 15));
}

static void no_program_no_core(void)
{
	char text[1024];

	CHECK(set_helper("%p"));
	CHECK(died_only(status_of(crash(1, NULL)))); /* the limit of such programs themselves */
	CHECK(!has_report(text));
	CHECK(put_text(PATTERN, "|/none %p") && died_only(status_of(crash(RLIM_INFINITY, NULL))));
	CHECK(put_text(PATTERN, "|/tmp") && died_only(status_of(crash(RLIM_INFINITY, NULL))));
	CHECK(put_text(PATTERN, "| ") && died_only(status_of(crash(RLIM_INFINITY, NULL))));
	CHECK(put_text(PATTERN, "|") && died_only(status_of(crash(RLIM_INFINITY, NULL))));
	CHECK(put_text(PATTERN, "core"));
}

/* --- processes that are not their user's to see --- */

static int dumpable_after; /* what the child saw */

static void change_user(void)
{
	CHILD_CHECK(!setgid(1000) && !setuid(1000));
	CHILD_CHECK(prctl(PR_GET_DUMPABLE) == dumpable_after);
}

static uid_t owner_of(pid_t pid, const char *name)
{
	char path[64];
	struct stat stat;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return lstat(path, &stat) ? (uid_t)-1 : stat.st_uid;
}

static void hidden_processes(void)
{
	static const struct {
		const char *name;
		uid_t owner; /* once it is not dumpable */
	} nodes[] = {
		{ "", 1000 },  { "task", 1000 }, { "fdinfo", 1000 }, { "fd", 0 },
		{ "maps", 0 }, { "stat", 0 },	 { "environ", 0 },   { "exe", 0 },
		{ "ns", 0 },   { "mem", 0 },	 { "status", 0 },    { "cwd", 0 },
	};
	int ready[2], go[2];
	pid_t child;
	char byte;

	CHECK(!pipe(ready) && !pipe(go));
	child = fork();
	if (!child) {
		dumpable_after = 0;
		CHILD_CHECK(prctl(PR_GET_DUMPABLE) == 1);
		change_user();
		CHILD_CHECK(write(ready[1], "1", 1) == 1 && read(go[0], &byte, 1) == 1);
		/* its own descriptors it finds nevertheless, its memory not */
		CHILD_CHECK(!access("/proc/self/fd/0", F_OK));
		CHILD_CHECK(open("/proc/self/fd", O_RDONLY | O_DIRECTORY) >= 0);
		CHILD_CHECK(open("/proc/self/environ", O_RDONLY) < 0 && errno == EACCES);
		CHILD_CHECK(open("/proc/self/maps", O_RDONLY) >= 0);
		CHILD_CHECK(!prctl(PR_SET_DUMPABLE, 1) && prctl(PR_GET_DUMPABLE) == 1);
		CHILD_CHECK(write(ready[1], "2", 1) == 1 && read(go[0], &byte, 1) == 1);
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		if (owner_of(child, nodes[i].name) != nodes[i].owner)
			printf("%s: %d\n", nodes[i].name, owner_of(child, nodes[i].name));
		CHECK(owner_of(child, nodes[i].name) == nodes[i].owner);
	}
	CHECK(write(go[1], "g", 1) == 1 && read(ready[0], &byte, 1) == 1);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		CHECK(owner_of(child, nodes[i].name) == 1000);
	CHECK(write(go[1], "g", 1) == 1 && ended_well(child));
}

static void dumpable_values(void)
{
	static const struct {
		unsigned long value;
		int error, then;
	} table[] = { { 0, 0, 0 },	{ 1, 0, 1 },	     { 2, EINVAL, 1 },
		      { 3, EINVAL, 1 }, { -1UL, EINVAL, 1 }, { 0, 0, 0 } };
	pid_t child = fork();

	if (!child) {
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			int result = prctl(PR_SET_DUMPABLE, table[i].value);

			CHILD_CHECK(result ? errno == table[i].error : !table[i].error);
			CHILD_CHECK(prctl(PR_GET_DUMPABLE) == table[i].then);
		}
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* The ids do not change by asking with others. */
static void asking_as_another(void)
{
	pid_t child = fork();

	if (!child) {
		CHILD_CHECK(!setreuid(1000, -1) && !prctl(PR_SET_DUMPABLE, 1));
		CHILD_CHECK(!access("/", R_OK) && prctl(PR_GET_DUMPABLE) == 1);
		_exit(0);
	}
	CHECK(ended_well(child));
}

static void cores_of_hidden_processes(void)
{
	char pattern[160], text[1024];
	struct stat stat;

	CHECK(put_text(SUID_DUMPABLE, "0") && put_text(PATTERN, "core"));
	dumpable_after = 0;
	CHECK(died_only(status_of(crash(RLIM_INFINITY, change_user))) && !exists("core"));
	CHECK(set_helper("%d") && died_only(status_of(crash(RLIM_INFINITY, change_user))));

	CHECK(put_text(SUID_DUMPABLE, "1") && put_text(PATTERN, "core") && !chmod(".", 0777));
	dumpable_after = 1;
	CHECK(dumped(status_of(crash(RLIM_INFINITY, change_user))));
	CHECK(!lstat("core", &stat) && stat.st_uid == 1000 && !unlink("core"));

	CHECK(put_text(SUID_DUMPABLE, "2") && !chmod(".", 0755));
	dumpable_after = 2;
	CHECK(died_only(status_of(crash(RLIM_INFINITY, change_user)))); /* not by such a name */
	snprintf(pattern, sizeof(pattern), "%s/core", place);
	CHECK(put_text(PATTERN, pattern));
	CHECK(dumped(status_of(crash(RLIM_INFINITY, change_user))));
	CHECK(!lstat("core", &stat) && stat.st_uid == 0 && (stat.st_mode & 0777) == 0600);
	CHECK(died_only(status_of(crash(RLIM_INFINITY, change_user)))); /* it is there already */
	CHECK(!unlink("core"));
	CHECK(set_helper("%d") && dumped(status_of(crash(RLIM_INFINITY, change_user))));
	CHECK(report_comes(text) && !strncmp(text, "[2]\n", 4));
	CHECK(put_text(SUID_DUMPABLE, "0") && put_text(PATTERN, "core"));
}

static void wrong_settings(void)
{
	CHECK(!put_text(SUID_DUMPABLE, "3") && errno == EINVAL);
	CHECK(!put_text(SUID_DUMPABLE, "-1") && errno == EINVAL);
	CHECK(!put_text(PIPE_LIMIT, "x") && errno == EINVAL);
}

int main(int count, char **arguments)
{
	ssize_t size;

	if (count > 2 && !strcmp(arguments[1], "read"))
		return read_core(count, arguments);
	enter_workdir("corepipe");
	size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (size <= 0 || !getcwd(place, sizeof(place)))
		return 1;
	RUN(reads_from_a_pipe);
	RUN(is_waited_for);
	RUN(runs_as_root_for_all);
	RUN(no_program_no_core);
	RUN(hidden_processes);
	RUN(dumpable_values);
	RUN(asking_as_another);
	RUN(cores_of_hidden_processes);
	RUN(wrong_settings);
	return guest_result();
}
