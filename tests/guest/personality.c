/* SPDX-License-Identifier: MIT */
/* personality(2): kept over fork and exec, told in /proc; ADDR_NO_RANDOMIZE orders the space. */
#include "workdir.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>

enum { TOLD = 0xffffffff };

/* Where things are, one after the other, as one who is executed tells it. */
static void tell(void)
{
	int local;
	void *mapping = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	printf("%p %p %p %p", (void *)&local, mapping, sbrk(0), (void *)getauxval(AT_PHDR));
	exit(0);
}

static void places(char *text, size_t size)
{
	int ends[2], status;
	size_t filled = 0;
	ssize_t got;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		execl("/proc/self/exe", "personality", "tell", NULL);
		_exit(1);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + filled, size - 1 - filled)) > 0)
		filled += (size_t)got;
	text[filled] = 0;
	close(ends[0]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0 && filled > 8);
}

static void order(void)
{
	char a[200], b[200];

	places(a, sizeof(a));
	places(b, sizeof(b));
	CHECK(strcmp(a, b));
	CHECK(personality(ADDR_NO_RANDOMIZE) == 0);
	places(a, sizeof(a));
	places(b, sizeof(b));
	CHECK(!strcmp(a, b));
}

static void inheritance(void)
{
	char text[20] = "";
	int fd, status;
	pid_t pid;

	CHECK(personality(ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS) == ADDR_NO_RANDOMIZE);
	pid = fork();
	if (pid == 0)
		_exit(personality(TOLD) != (ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	fd = open("/proc/self/personality", O_RDONLY);
	CHECK(read(fd, text, sizeof(text) - 1) == 9 && !strcmp(text, "04040000\n"));
	close(fd);
	CHECK(personality(PER_LINUX) == (ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS));
	CHECK(personality(TOLD) == PER_LINUX);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "tell"))
		tell();
	RUN(order);
	RUN(inheritance);
	return guest_result();
}
