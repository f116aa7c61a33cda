/* SPDX-License-Identifier: MIT */
/*
 * opbench - cost of single operating system operations on riscv64 Linux.
 *
 *   opbench [ARG...]        every ARG is acted on in order:
 *
 *     NAME                  measure one operation (see the table below)
 *     all                   measure every operation (the default)
 *     threads               create sleeping threads until that fails
 *     timebase=HZ           frequency of the time CSR, else it is calibrated
 *     batch_ms=MS           shortest batch to measure, 10 ms unless told
 *     /PATH                 print a file
 *     /PATH=VALUE           write VALUE to a file
 *     run COUNT PROGRAM...  run a program COUNT times; takes the rest of ARG
 *
 * Every result is a line of
 *     name  iterations  ticks/op  ns/op
 * separated by tabs, or of "name  unsupported  reason". Everything is printed
 * between the lines "opbench: begin" and "opbench: end". As process 1 it mounts
 * /proc and /dev first, sleeps until the kernel has done what it left for after
 * the boot (on Linux that takes most of a hart for a second), and turns the
 * machine off at the end.
 *
 * Operations enter the kernel by a bare ecall, so that libc's part is left out
 * of the measurement, save libc's clone, its clock_gettime and its program start.
 */
#include "op.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

enum { BATCHES = 5, SLEEPER_STACK = 1024, SLEEPERS_MAX = 1 << 18, SETTLE_SECONDS = 2 };

const char *self;
char buffer[CHUNK];
static double timebase;
static double batch_ms = 10;

static const struct operation *const groups[] = {
	task_operations, talk_operations, memory_operations, poll_operations,  event_operations,
	ipc_operations,	 file_operations, name_operations,   trace_operations,
};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

/* Printed and sent: nothing may be left for the console to do during a batch. */
static void flush(void)
{
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
}

static int compare_ticks(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* The median of several batches, each of the iterations that fill batch_ms. */
static void measure(const struct operation *operation)
{
	double wanted = timebase * batch_ms / 1e3;
	int64_t batch[BATCHES];
	int64_t spent;
	uint64_t n = 1;

	while ((spent = operation->run(n)) >= 0 && spent < wanted && n < UINT64_C(1) << 32)
		n *= 2;
	for (int i = 0; i < BATCHES && spent >= 0; i++)
		batch[i] = spent = operation->run(n);
	if (spent < 0) {
		printf("%s\tunsupported\t%s\n", operation->name, strerror((int)-spent));
	} else {
		qsort(batch, BATCHES, sizeof(batch[0]), compare_ticks);
		double cost = (double)batch[BATCHES / 2] / (double)n / operation->per_iteration;
		printf("%s\t%llu\t%.4f\t%.1f\n", operation->name, (unsigned long long)n, cost,
		       cost * 1e9 / timebase);
	}
	flush();
}

/* --- how many threads there can be --- */

static const char *const meters[] = { "MemFree",    "AnonPages",   "Slab",  "KernelStack",
				      "PageTables", "VmallocUsed", "Percpu" };

enum { METERS = sizeof(meters) / sizeof(meters[0]), METER_INTERVAL = 1000 };

static struct crowd {
	volatile long threads;
	volatile long metered; /* threads at the last reading of the meters */
	volatile long error;
	long before[METERS], after[METERS];
} * crowd;

static void read_meters(long *kib)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	if (!file)
		return;
	while (getline(&line, &size, file) > 0)
		for (int i = 0; i < METERS; i++) {
			size_t length = strlen(meters[i]);
			if (strncmp(line, meters[i], length) == 0 && line[length] == ':')
				kib[i] = strtol(line + length + 1, NULL, 10);
		}
	free(line);
	fclose(file);
}

static __attribute__((noreturn)) int sleeper(void *unused)
{
	(void)unused;
	for (;;)
		sys(SYS_ppoll);
}

static void gather_crowd(void)
{
	int ignored;
	long stacks = map_small_pages((size_t)SLEEPERS_MAX * SLEEPER_STACK);

	if (stacks < 0) {
		crowd->error = -stacks;
		return;
	}
	read_meters(crowd->before);
	while (crowd->threads < SLEEPERS_MAX) {
		long top = stacks + (crowd->threads + 1) * SLEEPER_STACK;
		if (clone(sleeper, (void *)top, THREAD_FLAGS, NULL, &ignored, NULL, NULL) < 0) {
			crowd->error = errno;
			return;
		}
		if (++crowd->threads % METER_INTERVAL == 0) {
			read_meters(crowd->after);
			crowd->metered = crowd->threads;
		}
	}
}

/* In a child, as the kernel may kill what runs out of memory. */
static void count_threads(void)
{
	int status = 0;

	crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (crowd == MAP_FAILED) {
		printf("threads\tunsupported\t%s\n", strerror(errno));
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		gather_crowd();
		exit_raw(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		printf("threads\tunsupported\t%s\n", strerror(errno));
		return;
	}
	printf("threads\t%ld\t%s\n", crowd->threads,
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : strerror((int)crowd->error));
	for (int i = 0; i < METERS && crowd->metered > 0; i++)
		printf("threads_%s\t%ld\t%.3f KiB/thread\n", meters[i], crowd->metered,
		       (double)(crowd->after[i] - crowd->before[i]) / (double)crowd->metered);
	munmap(crowd, sizeof(*crowd));
}

/* --- arguments --- */

static void print_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t got;

	if (!file) {
		printf("%s\tunsupported\t%s\n", path, strerror(errno));
		return;
	}
	printf("# %s\n", path);
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		fwrite(buffer, 1, got, stdout);
	fclose(file);
	flush();
}

static void write_file(char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, "%s\n", value) < 0 || fflush(file) != 0)
		printf("%s\tunsupported\t%s\n", path, strerror(errno));
	if (file)
		fclose(file);
}

static void run_program(int count, char **command)
{
	for (int i = 0; i < count; i++) {
		flush();
		int64_t start = ticks();
		int status = 0;
		pid_t pid = fork();
		if (pid == 0) {
			execv(command[0], command);
			_exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0) {
			printf("run\tunsupported\t%s\n", strerror(errno));
			return;
		}
		double spent = (double)(ticks() - start);
		printf("run\t%s\tstatus %d\t%.0f\t%.0f\n", command[0], status, spent,
		       spent * 1e9 / timebase);
	}
}

static double calibrate(void)
{
	struct timespec from, to;
	const double interval = 20e6;
	double elapsed;

	if (clock_gettime(CLOCK_MONOTONIC, &from))
		return 10e6;
	int64_t start = ticks();
	do {
		clock_gettime(CLOCK_MONOTONIC, &to);
		elapsed = (double)(to.tv_sec - from.tv_sec) * 1e9 +
			  (double)(to.tv_nsec - from.tv_nsec);
	} while (elapsed < interval);
	return (double)(ticks() - start) * 1e9 / elapsed;
}

/* Measures the operation of that name, or all; false where there is none. */
static bool measure_named(const char *name)
{
	bool all = strcmp(name, "all") == 0;
	bool found = false;

	for (int i = 0; i < GROUPS; i++)
		for (const struct operation *operation = groups[i]; operation->name; operation++)
			if (all || strcmp(name, operation->name) == 0) {
				measure(operation);
				found = true;
			}
	return found;
}

static bool take_setting(const char *argument, const char *name, double *setting)
{
	size_t length = strlen(name);

	if (strncmp(argument, name, length) != 0)
		return false;
	*setting = strtod(argument + length, NULL);
	return true;
}

/* Settings hold for all that is measured, so they are taken out first. */
static bool is_setting(const char *argument)
{
	return take_setting(argument, "timebase=", &timebase) ||
	       take_setting(argument, "batch_ms=", &batch_ms);
}

static void take_settings(int count, char **arguments)
{
	for (int i = 0; i < count; i++)
		is_setting(arguments[i]);
}

static void act_on(int count, char **arguments)
{
	bool measured_or_told = false;

	for (int i = 0; i < count; i++) {
		char *argument = arguments[i];
		char *value = strchr(argument, '=');
		if (is_setting(argument))
			continue;
		measured_or_told = true;
		if (argument[0] == '/' && value) {
			*value = '\0';
			write_file(argument, value + 1);
		} else if (argument[0] == '/') {
			print_file(argument);
		} else if (strcmp(argument, "threads") == 0) {
			count_threads();
		} else if (strcmp(argument, "run") == 0 && i + 2 < count) {
			run_program(atoi(arguments[i + 1]), arguments + i + 2);
			break;
		} else if (!measure_named(argument)) {
			printf("%s\tunsupported\tno such operation\n", argument);
		}
	}
	if (!measured_or_told)
		measure_named("all");
}

static void become_init(void)
{
	const struct timespec settle = { .tv_sec = SETTLE_SECONDS };

	mkdir("/proc", 0555);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	nanosleep(&settle, NULL);
}

int main(int argc, char **argv)
{
	int64_t started = ticks();
	bool init = getpid() == 1;
	struct utsname name = { 0 };

	if (argc == 2 && strcmp(argv[1], EXIT_NOW) == 0)
		exit_raw(0);
	self = argv[0];
	signal(SIGPIPE, SIG_IGN);
	if (init)
		become_init();
	uname(&name);
	printf("opbench: begin\n# %s %s %s\n# started\t%lld ticks\n", name.sysname, name.release,
	       name.machine, (long long)started);
	take_settings(argc - 1, argv + 1);
	if (timebase <= 0)
		timebase = calibrate();
	printf("# timebase\t%.0f Hz\n", timebase);
	flush();
	act_on(argc - 1, argv + 1);
	printf("opbench: end\n");
	flush();
	if (init)
		reboot(RB_POWER_OFF);
	return 0;
}
