// SPDX-License-Identifier: MIT
/*
 * Many read all of /proc while what it tells of changes: processes and threads come, execute and
 * go, memory is mapped and unmapped, files and sockets are opened and closed. Nothing is checked
 * but that all survive it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "guest.h"

enum { READERS = 4, MAKERS = 4, SECONDS = 3, PAGE = 4096 };

static long deadline;

static bool goes_on(void)
{
	return now_ms() < deadline;
}

/* --- readers --- */

static void read_some(const char *path)
{
	static char buffer[8 * PAGE];
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	for (int i = 0; fd >= 0 && i < 4 && read(fd, buffer, sizeof(buffer)) > 0; i++)
		;
	if (fd >= 0)
		close(fd);
}

/* Files that are no report: they wait for something, or are all of memory. */
static bool is_left_out(const char *name)
{
	return !strcmp(name, "kmsg") || !strcmp(name, "kcore") || !strcmp(name, "sysrq-trigger");
}

static void read_tree(const char *path, int depth)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[512], target[512];

	while (directory && goes_on() && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || is_left_out(entry->d_name))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_LNK && readlink(name, target, sizeof(target)) < 0)
			continue;
		if (entry->d_type == DT_REG)
			read_some(name);
		else if (entry->d_type == DT_DIR && depth)
			read_tree(name, depth - 1);
	}
	if (directory)
		closedir(directory);
}

/* The first readers stay with processes, where most changes; the others see all. */
static void reader(int number)
{
	char path[32];

	while (goes_on()) {
		if (number % 2) {
			read_tree("/proc", 6);
			continue;
		}
		for (pid_t pid = getppid(); goes_on() && pid < getppid() + 200; pid++) {
			snprintf(path, sizeof(path), "/proc/%d", pid);
			read_tree(path, 4);
		}
	}
}

/* --- makers --- */

static void *thread(void *unused)
{
	char *pages =
		mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages != MAP_FAILED) {
		memset(pages, 1, 16 * PAGE);
		mprotect(pages + 4 * PAGE, PAGE, PROT_READ);
		munmap(pages, 16 * PAGE);
	}
	return unused;
}

static void live(int number)
{
	pthread_t threads[3];
	int made = 0, fds[2] = { -1, -1 };

	while (made < 3 && !pthread_create(&threads[made], NULL, thread, NULL))
		made++;
	if (!socketpair(AF_UNIX, SOCK_STREAM, 0, fds) && write(fds[0], "x", 1) == 1)
		fcntl(fds[1], F_SETFL, O_NONBLOCK);
	if (number % 3 == 0 && setpgid(0, 0))
		_exit(1);
	if (number % 4 == 1)
		_exit(0); /* with threads that still run */
	while (made)
		pthread_join(threads[--made], NULL);
	if (number % 4 == 2)
		execl("/proc/self/exe", "procstorm", "end", NULL);
	_exit(0);
}

static void maker(void)
{
	for (int i = 0; goes_on(); i++) {
		pid_t child = fork();

		if (!child)
			live(i);
		if (child > 0 && i % 5 == 0)
			kill(child, SIGKILL);
		if (child > 0)
			status_of(child);
	}
}

static void readers_meet_changes(void)
{
	pid_t children[READERS + MAKERS];

	deadline = now_ms() + SECONDS * 1000;
	for (int i = 0; i < READERS + MAKERS; i++) {
		children[i] = fork();
		if (!children[i]) {
			if (i < READERS)
				reader(i);
			else
				maker();
			_exit(0);
		}
	}
	for (int i = 0; i < READERS + MAKERS; i++)
		CHECK(ended_well(children[i]));
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "end"))
		return 0;
	RUN(readers_meet_changes);
	return guest_result();
}
