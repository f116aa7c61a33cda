/* SPDX-License-Identifier: MIT */
/* Out of memory: whoever took it dies or is refused, and nobody else. */
#include "guest.h"

#include <signal.h>
#include <sys/mman.h>

/* Takes memory until there is none; either call fails, or the kernel ends it. */
static void eater_dies(void)
{
	long before = meminfo("MemFree");
	pid_t bystander = fork();

	CHECK(bystander >= 0);
	if (bystander == 0) {
		pause();
		_exit(0);
	}
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (;;) {
			enum { CHUNK = 16 << 20 };
			char *memory = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (memory == MAP_FAILED)
				_exit(errno == ENOMEM ? 0 : 1);
			for (int at = 0; at < CHUNK; at += 4096)
				memory[at] = 1;
		}
	}
	int status = status_of(pid);
	CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	CHECK(kill(bystander, 0) == 0 && kill(bystander, SIGKILL) == 0);
	CHECK(WTERMSIG(status_of(bystander)) == SIGKILL);
	sleep_ms(300);
	CHECK(before - meminfo("MemFree") < 32 * 1024);
}

int main(void)
{
	RUN(eater_dies);
	RUN(life_goes_on);
	return guest_result();
}
