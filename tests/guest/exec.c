/* SPDX-License-Identifier: MIT */
/* execve: what the new program gets, and what cannot be executed. */
#include "guest.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char *const no_environment[] = { NULL };

/* Runs a program in a child: its exit status, 100 + errno if exec failed, minus a signal. */
static int run(const char *path, char *const argv[], char *const envp[])
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(path, argv, envp);
		_exit(100 + (errno < 100 ? errno : 99));
	}
	int status = status_of(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int shell(const char *command)
{
	char *const argv[] = { "sh", "-c", (char *)command, "zero", "one", NULL };
	char *const envp[] = { "A=b", "EMPTY=", NULL };

	return run("/bin/busybox", argv, envp);
}

static bool write_file(const char *path, const void *data, size_t size, int mode)
{
	unlink(path);
	int file = open(path, O_WRONLY | O_CREAT, mode);
	bool good = file >= 0 && write(file, data, size) == (ssize_t)size;

	close(file);
	return good;
}

static void arguments_and_environment(void)
{
	CHECK(shell("[ \"$0 $1\" = 'zero one' ] && [ \"$A\" = b ] && [ \"${EMPTY-x}\" = '' ]") ==
	      0);
	CHECK(shell("exit 42") == 42);
}

static void auxiliary_vector(void)
{
	unsigned char *random = (unsigned char *)getauxval(AT_RANDOM);

	CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_PHENT) == sizeof(Elf64_Phdr));
	CHECK(getauxval(AT_PHDR) && getauxval(AT_PHNUM) && getauxval(AT_ENTRY));
	CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_SECURE) == 0);
	CHECK(getauxval(AT_HWCAP) & 1 << ('I' - 'A'));
	CHECK(getauxval(AT_EXECFN) && strstr((char *)getauxval(AT_EXECFN), "exec"));
	CHECK(random && (random[0] | random[5] | random[10] | random[15]));
}

static void descriptors_over_exec(void)
{
	int stays = open("/dev/null", O_RDONLY);
	int goes = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char command[100];

	snprintf(command, sizeof(command), "[ -e /proc/self/fd/%d ] && [ ! -e /proc/self/fd/%d ]",
		 stays, goes);
	CHECK(shell(command) == 0);
	close(stays);
	close(goes);
}

static void signals_over_exec(void)
{
	signal(SIGUSR1, SIG_IGN);
	CHECK(shell("kill -USR1 $$; exit 3") == 3);
	signal(SIGUSR1, SIG_DFL);
	CHECK(shell("kill -USR1 $$; exit 3") == -SIGUSR1);
}

static void scripts(void)
{
	static const char script[] = "#!/bin/busybox sh\n[ \"$1\" = x ] && exit 7\n";
	static const char circle[] = "#!/tmp/circle\n";
	char *const argv[] = { "script", "x", NULL };

	CHECK(write_file("/tmp/script", script, sizeof(script) - 1, 0755));
	CHECK(run("/tmp/script", argv, no_environment) == 7);
	CHECK(write_file("/tmp/circle", circle, sizeof(circle) - 1, 0755));
	CHECK(run("/tmp/circle", argv, no_environment) == 100 + ELOOP);
	CHECK(write_file("/tmp/script", "#!/none\n", 8, 0755));
	CHECK(run("/tmp/script", argv, no_environment) == 100 + ENOENT);
	unlink("/tmp/script");
	unlink("/tmp/circle");
}

static void not_executable(void)
{
	char *const argv[] = { "x", NULL };

	CHECK(run("/tmp/none", argv, no_environment) == 100 + ENOENT);
	CHECK(run("/tmp", argv, no_environment) == 100 + EACCES);
	CHECK(write_file("/tmp/plain", "text\n", 5, 0644));
	CHECK(run("/tmp/plain", argv, no_environment) == 100 + EACCES);
	CHECK(chmod("/tmp/plain", 0755) == 0);
	CHECK(run("/tmp/plain", argv, no_environment) == 100 + ENOEXEC);
	CHECK(write_file("/tmp/plain", "", 0, 0755));
	CHECK(run("/tmp/plain", argv, no_environment) == 100 + ENOEXEC);
	unlink("/tmp/plain");
}

static void too_much(void)
{
	enum { COUNT = 64, SIZE = 128 << 10 };
	static char *argv[COUNT + 1];
	char *text = malloc(SIZE + 1);

	CHECK(text);
	memset(text, 'a', SIZE);
	text[SIZE] = 0;
	argv[0] = text;
	CHECK(run("/bin/busybox", argv, no_environment) == 100 + E2BIG);
	text[SIZE - 2] = 0;
	for (int i = 0; i < COUNT; i++)
		argv[i] = text;
	CHECK(run("/bin/busybox", argv, no_environment) == 100 + E2BIG);
	free(text);
}

/*
 * Each byte of the ELF header and of the first program header, changed: the exec may fail, or the
 * program may run or die, and the machine goes on.
 */
static void damaged_elf(void)
{
	static unsigned char image[256 << 10];
	char *const argv[] = { "true", NULL };
	static const unsigned char values[] = { 0x00, 0x7f, 0x80, 0xff };
	int file = open("/bin/busybox", O_RDONLY);
	ssize_t size = read(file, image, sizeof(image));

	close(file);
	CHECK(size > (ssize_t)sizeof(Elf64_Ehdr));
	signal(SIGCHLD, SIG_DFL);
	for (size_t at = 0; at < sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr); at++) {
		unsigned char old = image[at];

		image[at] = values[at % sizeof(values)];
		CHECK(write_file("/tmp/damaged", image, 4096, 0755));
		image[at] = old;
		pid_t pid = fork();
		if (pid == 0) {
			alarm(1);
			execve("/tmp/damaged", argv, no_environment);
			_exit(0);
		}
		CHECK(status_of(pid) >= 0);
	}
	unlink("/tmp/damaged");
}

static void elf_of_others(void)
{
	Elf64_Ehdr header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
			      .e_type = ET_EXEC,
			      .e_machine = EM_X86_64,
			      .e_version = 1,
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = 1,
			      .e_phoff = sizeof(header) };
	char *const argv[] = { "x", NULL };

	CHECK(write_file("/tmp/other", &header, sizeof(header), 0755));
	CHECK(run("/tmp/other", argv, no_environment) == 100 + ENOEXEC);
	header.e_machine = EM_RISCV;
	header.e_ident[EI_CLASS] = ELFCLASS32;
	CHECK(write_file("/tmp/other", &header, 52, 0755));
	int status = run("/tmp/other", argv, no_environment);
	CHECK(status == 100 + ENOEXEC || status < 0);
	unlink("/tmp/other");
}

int main(void)
{
	RUN(arguments_and_environment);
	RUN(auxiliary_vector);
	RUN(descriptors_over_exec);
	RUN(signals_over_exec);
	RUN(scripts);
	RUN(not_executable);
	RUN(too_much);
	RUN(damaged_elf);
	RUN(elf_of_others);
	return guest_result();
}
