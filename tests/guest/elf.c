/* SPDX-License-Identifier: MIT */
/*
 * Executables with one field of a header changed: those that only what runs could need are
 * ignored, the others refuse the execution, or end the new program by SIGSEGV where the old one is
 * given up already.
 */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "guest.h"

enum { BASE = 0x10000, ANSWER = 42, REFUSED = 100, PAGE = 4096 };

/* What becomes of an image, besides an errno. */
enum { RUNS = 1000, DIES };

struct image {
	Elf64_Ehdr header;
	Elf64_Phdr load, other;
	uint32_t code[3];
	char text[PAGE - sizeof(Elf64_Ehdr) - 2 * sizeof(Elf64_Phdr) - 12];
};

static const struct image sound = {
	.header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		    .e_type = ET_EXEC,
		    .e_machine = EM_RISCV,
		    .e_version = EV_CURRENT,
		    .e_entry = BASE + offsetof(struct image, code),
		    .e_phoff = offsetof(struct image, load),
		    .e_ehsize = sizeof(Elf64_Ehdr),
		    .e_phentsize = sizeof(Elf64_Phdr),
		    .e_phnum = 2 },
	.load = { .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_X,
		  .p_vaddr = BASE,
		  .p_filesz = sizeof(struct image),
		  .p_memsz = sizeof(struct image),
		  .p_align = PAGE },
	.code = { 0x05d00893 /* li a7, 93 */, 0x02a00513 /* li a0, 42 */, 0x00000073 /* ecall */ },
};

/* Writes the first bytes of an image, executes them, and tells what became of it. */
static int outcome_of(const struct image *image, size_t size)
{
	static char *const argv[] = { "x", NULL };
	int fd = open("/tmp/elf-test", O_WRONLY | O_CREAT | O_TRUNC, 0755), status;
	bool written = write(fd, image, size) == (ssize_t)size;
	pid_t pid;

	close(fd);
	if (!written)
		return -1;
	pid = fork();
	if (pid == 0) {
		alarm(20);
		execve("/tmp/elf-test", argv, argv + 1);
		_exit(REFUSED + errno);
	}
	status = status_of(pid);
	unlink("/tmp/elf-test");
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSEGV ? DIES : -1;
	if (WEXITSTATUS(status) > REFUSED)
		return WEXITSTATUS(status) - REFUSED;
	return WEXITSTATUS(status) == ANSWER ? RUNS : -1;
}

/* A change that ends the program late may be noticed early. */
static bool as_expected(int outcome, int expected)
{
	return outcome == expected ||
	       (expected == DIES && (outcome == ENOEXEC || outcome == EINVAL || outcome == ENOMEM));
}

struct change {
	const char *name;
	size_t offset, size;
	uint64_t value;
	int outcome;
};

#define CHANGE(field, value, outcome)                                                              \
	{                                                                                          \
#field " = " #value, offsetof(struct image, field),                                \
			sizeof(((struct image *)NULL)->field), (uint64_t)(value), outcome          \
	}

static const struct change changes[] = {
	CHANGE(header.e_ident[0], 0x7e, ENOEXEC),
	CHANGE(header.e_ident[1], 'e', ENOEXEC),
	CHANGE(header.e_ident[2], 0, ENOEXEC),
	CHANGE(header.e_ident[3], 0xff, ENOEXEC),
	CHANGE(header.e_ident[EI_CLASS], 0, ENOEXEC),
	CHANGE(header.e_ident[EI_CLASS], 3, ENOEXEC),
	CHANGE(header.e_ident[EI_DATA], ELFDATA2MSB, RUNS),
	CHANGE(header.e_ident[EI_VERSION], 0, RUNS),
	CHANGE(header.e_ident[EI_OSABI], 0xff, RUNS),
	CHANGE(header.e_ident[EI_NIDENT - 1], 0xff, RUNS),
	CHANGE(header.e_type, ET_NONE, ENOEXEC),
	CHANGE(header.e_type, ET_REL, ENOEXEC),
	CHANGE(header.e_type, ET_CORE, ENOEXEC),
	CHANGE(header.e_type, 0xffff, ENOEXEC),
	CHANGE(header.e_machine, EM_NONE, ENOEXEC),
	CHANGE(header.e_machine, EM_X86_64, ENOEXEC),
	CHANGE(header.e_machine, 0xffff, ENOEXEC),
	CHANGE(header.e_version, 0, RUNS),
	CHANGE(header.e_entry, 0, DIES),
	CHANGE(header.e_entry, 0xffffffff80000000, DIES),
	CHANGE(header.e_entry, 0x4000000000, DIES),
	CHANGE(header.e_entry, ~0ul, DIES),
	CHANGE(header.e_entry, BASE + offsetof(struct image, code) + 1, DIES),
	CHANGE(header.e_phoff, 0, DIES),
	CHANGE(header.e_phoff, sizeof(struct image), ENOEXEC),
	CHANGE(header.e_phoff, sizeof(struct image) - 8, ENOEXEC),
	CHANGE(header.e_phoff, LONG_MAX, ENOEXEC),
	CHANGE(header.e_phoff, ~0ul, ENOEXEC),
	CHANGE(header.e_shoff, ~0ul, RUNS),
	CHANGE(header.e_flags, ~0u, RUNS),
	CHANGE(header.e_ehsize, 0, RUNS),
	CHANGE(header.e_phentsize, 0, ENOEXEC),
	CHANGE(header.e_phentsize, sizeof(Elf64_Phdr) + 1, ENOEXEC),
	CHANGE(header.e_phentsize, 0xffff, ENOEXEC),
	CHANGE(header.e_phnum, 0, ENOEXEC),
	CHANGE(header.e_phnum, 0xffff, ENOEXEC),
	CHANGE(header.e_phnum, 200, ENOEXEC),
	CHANGE(header.e_shentsize, 0xffff, RUNS),
	CHANGE(header.e_shnum, 0xffff, RUNS),
	CHANGE(header.e_shstrndx, 0xffff, RUNS),
	CHANGE(load.p_type, PT_NULL, DIES),
	CHANGE(load.p_type, 0x12345, DIES),
	CHANGE(load.p_flags, 0, DIES),
	CHANGE(load.p_flags, ~0u, RUNS),
	CHANGE(load.p_offset, 1, DIES),
	CHANGE(load.p_offset, LONG_MAX, DIES),
	CHANGE(load.p_offset, ~0ul - PAGE + 1, DIES),
	CHANGE(load.p_vaddr, BASE + 8, DIES),
	CHANGE(load.p_vaddr, 0xffffffff80000000, DIES),
	CHANGE(load.p_vaddr, 0x3ffffff000, DIES),
	CHANGE(load.p_vaddr, ~0ul - PAGE + 1, DIES),
	CHANGE(load.p_paddr, ~0ul, RUNS),
	CHANGE(load.p_filesz, sizeof(struct image) + 1, DIES),
	CHANGE(load.p_filesz, ~0ul, DIES),
	CHANGE(load.p_memsz, sizeof(struct image) - 1, DIES),
	CHANGE(load.p_memsz, 0x4000000000, DIES),
	CHANGE(load.p_memsz, ~0ul, DIES),
	CHANGE(load.p_align, 0, RUNS),
	CHANGE(load.p_align, 3, RUNS),
	CHANGE(load.p_align, ~0ul, RUNS),
};

/* Says which change had another outcome. */
static bool check_change(const struct change *change)
{
	struct image image = sound;
	int outcome;

	memcpy((char *)&image + change->offset, &change->value, change->size);
	outcome = outcome_of(&image, sizeof(image));
	if (as_expected(outcome, change->outcome))
		return true;
	printf("%s: outcome %d, not %d\n", change->name, outcome, change->outcome);
	return false;
}

static void every_field(void)
{
	bool good = true;

	CHECK(outcome_of(&sound, sizeof(sound)) == RUNS);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		good &= check_change(&changes[i]);
	CHECK(good);
}

static void every_length(void)
{
	for (size_t size = 0; size < offsetof(struct image, code); size += 7)
		CHECK(outcome_of(&sound, size) == ENOEXEC);
}

static int outcome_of_interpreter(const char *name, uint64_t offset, uint64_t size)
{
	struct image image = sound;

	memcpy(image.text, name, strlen(name) + 1);
	image.other = (Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = offset, .p_filesz = size };
	return outcome_of(&image, sizeof(image));
}

static const char interpreter[] = "/tmp/elf-interpreter";

static bool write_interpreter(const void *bytes, size_t size)
{
	int fd = open(interpreter, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	bool written = write(fd, bytes, size) == (ssize_t)size;

	close(fd);
	return written;
}

static void interpreters(void)
{
	static const char none[] = "/tmp/no-such-interpreter";
	enum { TEXT = offsetof(struct image, text) };

	CHECK(outcome_of_interpreter(none, TEXT, sizeof(none)) == ENOENT);
	CHECK(outcome_of_interpreter("/tmp", TEXT, 5) == EACCES);
	CHECK(outcome_of_interpreter(none, TEXT, sizeof(none) - 1) == ENOEXEC);
	CHECK(outcome_of_interpreter(none, TEXT, 0) == ENOEXEC);
	CHECK(outcome_of_interpreter(none, TEXT, 1) == ENOEXEC);
	CHECK(outcome_of_interpreter(none, TEXT, PATH_MAX + 1) == ENOEXEC);
	CHECK(outcome_of_interpreter(none, TEXT, ~0ul) == ENOEXEC);
	CHECK(outcome_of_interpreter(none, sizeof(struct image), 5) == EIO);
	CHECK(outcome_of_interpreter(none, ~0ul, 5) == EINVAL);

	CHECK(write_interpreter(&sound, 10));
	CHECK(outcome_of_interpreter(interpreter, TEXT, sizeof(interpreter)) == EIO);
	CHECK(write_interpreter(sound.text, 1000));
	CHECK(outcome_of_interpreter(interpreter, TEXT, sizeof(interpreter)) == ELIBBAD);
	CHECK(write_interpreter(&sound, sizeof(sound.header)));
	CHECK(outcome_of_interpreter(interpreter, TEXT, sizeof(interpreter)) == ELIBBAD);
	unlink(interpreter);
}

int main(void)
{
	RUN(every_field);
	RUN(every_length);
	RUN(interpreters);
	return guest_result();
}
