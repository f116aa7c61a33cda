/* SPDX-License-Identifier: MIT */
/* sources: kernel/task/elf.c tests/unit/host.c */
/*
 * Checks of ELF files: a sound one passes with the right facts, each field that matters is refused
 * when it is wrong, and no pattern of bits makes the checks pass something that loading could not
 * bear.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "task/elf.h"

enum { SEGMENTS = 4, FILE_SIZE = 0x5000, FLIPS = 200000 };

static struct elf_header header;
static struct elf_segment segments[SEGMENTS];
static struct elf_image image;

/* Interpreter, code with the headers, data with .bss, stack. */
static int sound_file(void **state)
{
	header = (struct elf_header){
		.ident = "\177ELF\2\1\1",
		.type = ET_DYN,
		.machine = EM_RISCV,
		.version = 1,
		.entry = 0x1234,
		.phoff = 64,
		.phentsize = sizeof(struct elf_segment),
		.phnum = SEGMENTS,
	};
	segments[0] = (struct elf_segment){ .type = PT_INTERP, .offset = 0x300, .filesz = 20 };
	segments[1] = (struct elf_segment){
		.type = PT_LOAD, .flags = PF_R | PF_X, .filesz = 0x2800, .memsz = 0x2800
	};
	segments[2] = (struct elf_segment){ .type = PT_LOAD,
					    .flags = PF_R | PF_W,
					    .offset = 0x2e00,
					    .vaddr = 0x3e00,
					    .filesz = 0x400,
					    .memsz = 0x3000 };
	segments[3] = (struct elf_segment){ .type = PT_GNU_STACK, .flags = PF_R | PF_W };
	return 0;
}

static int check(void)
{
	int error = elf_check_header(&header, FILE_SIZE);

	return error ? error : elf_check(&header, segments, FILE_SIZE, &image);
}

static void sound(void **state)
{
	assert_int_equal(check(), 0);
	assert_true(image.position_independent);
	assert_false(image.stack_executable);
	assert_int_equal(image.entry, 0x1234);
	assert_int_equal(image.headers, 64);
	assert_int_equal(image.low, 0);
	assert_int_equal(image.high, 0x7000);
	assert_int_equal(image.code_start, 0);
	assert_int_equal(image.code_end, 0x2800);
	assert_int_equal(image.data_start, 0x3e00);
	assert_int_equal(image.data_end, 0x4200);
	assert_ptr_equal(image.interpreter, &segments[0]);
}

static void fixed_addresses(void **state)
{
	header.type = ET_EXEC;
	segments[1].vaddr = 0x10000;
	segments[2].vaddr = 0x13e00;
	assert_int_equal(check(), 0);
	assert_false(image.position_independent);
	assert_int_equal(image.low, 0x10000);
	assert_int_equal(image.headers, 0x10040);
}

static void stack_without_header_is_executable(void **state)
{
	header.phnum = 3;
	assert_int_equal(check(), 0);
	assert_true(image.stack_executable);
}

/* One wrong value at a time. */
#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		sound_file(NULL);                                                                  \
		field = value;                                                                     \
		assert_int_equal(check(), -ENOEXEC);                                               \
	} while (0)

static void header_fields(void **state)
{
	for (unsigned int i = 0; i < 4; i++)
		REFUSED(header.ident[i], 'x');
	REFUSED(header.ident[4], 1); /* 32-bit */
	REFUSED(header.type, 0);
	REFUSED(header.type, 1);
	REFUSED(header.type, 4);
	REFUSED(header.machine, 62);
	REFUSED(header.phentsize, 32);
	REFUSED(header.phentsize, 57);
	REFUSED(header.phnum, 0);
	REFUSED(header.phnum, ELF_SEGMENTS_MAX + 1);
	REFUSED(header.phnum, 0xffff);
	REFUSED(header.phoff, FILE_SIZE);
	REFUSED(header.phoff, FILE_SIZE - sizeof(segments) + 1);
	REFUSED(header.phoff, ~0UL);
	REFUSED(header.phoff, ~0UL - sizeof(segments) + 1);
}

static void segment_fields(void **state)
{
	REFUSED(segments[1].filesz, 0x2801);	/* more than memsz */
	REFUSED(segments[1].offset, 1);		/* another offset in the page than the address */
	REFUSED(segments[1].offset, FILE_SIZE); /* beyond the file */
	REFUSED(segments[1].offset, ~0UL & ~0xfffUL);
	REFUSED(segments[1].vaddr, 0x8000); /* above the next one */
	REFUSED(segments[2].vaddr, USER_END + 0xe00);
	REFUSED(segments[2].vaddr, ~0xfffUL + 0xe00);
	REFUSED(segments[2].memsz, USER_END);
	REFUSED(segments[2].memsz, ~0UL);
	REFUSED(segments[2].filesz, 0x3000); /* ends beyond the file */
	REFUSED(segments[0].filesz, 0);
	REFUSED(segments[0].filesz, 1);
	REFUSED(segments[0].filesz, ELF_INTERPRETER_MAX + 1);
	sound_file(NULL);
	segments[0].offset = FILE_SIZE;
	assert_int_equal(check(), -EIO);
	segments[0].offset = ~0UL;
	assert_int_equal(check(), -EINVAL);
}

static void nothing_to_load(void **state)
{
	segments[1].type = segments[2].type = 0;
	assert_int_equal(check(), -ENOEXEC);
	sound_file(NULL);
	segments[1].filesz = segments[1].memsz = 0;
	segments[2].filesz = segments[2].memsz = 0;
	assert_int_equal(check(), -ENOEXEC);
}

static void every_length(void **state)
{
	for (u64 size = 0; size < FILE_SIZE; size++) {
		int error = elf_check_header(&header, size);

		if (!error)
			error = elf_check(&header, segments, size, &image);
		if (size < 0x3200)
			assert_true(error == -ENOEXEC || error == -EIO);
		else
			assert_int_equal(error, 0);
	}
}

/* What exec_load.c relies on. */
static void assert_loadable(void)
{
	u64 end = 0;

	assert_in_range(header.phnum, 1, SEGMENTS);
	for (unsigned int i = 0; i < header.phnum; i++) {
		const struct elf_segment *segment = &segments[i];

		if (segment->type != PT_LOAD || !segment->memsz)
			continue;
		assert_true(segment->filesz <= segment->memsz);
		assert_true(segment->memsz <= USER_END &&
			    segment->vaddr <= USER_END - segment->memsz);
		assert_true(segment->filesz <= FILE_SIZE &&
			    segment->offset <= FILE_SIZE - segment->filesz);
		assert_int_equal((segment->vaddr - segment->offset) % PAGE_SIZE, 0);
		assert_true(segment->vaddr / PAGE_SIZE + 1 >= end);
		end = DIV_ROUND_UP(segment->vaddr + segment->memsz, PAGE_SIZE);
	}
	assert_true(image.low < image.high && image.high <= USER_END);
	assert_int_equal(image.high, end * PAGE_SIZE);
}

static void random_flips(void **state)
{
	unsigned int passed = 0;

	for (unsigned int i = 0; i < FLIPS; i++) {
		sound_file(NULL);
		for (u64 flips = host_random() % 4 + 1; flips; flips--) {
			u64 bit = host_random() % ((sizeof(header) + sizeof(segments)) * 8);
			u8 *bytes = (u8 *)&header;

			if (bit >= sizeof(header) * 8) {
				bit -= sizeof(header) * 8;
				bytes = (u8 *)segments;
			}
			bytes[bit / 8] ^= (u8)(1 << bit % 8);
		}
		if (header.phnum > SEGMENTS)
			continue; /* the caller reads as many as the header says */
		if (!check()) {
			assert_loadable();
			passed++;
		}
	}
	assert_in_range(passed, FLIPS / 100, FLIPS - FLIPS / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sound, sound_file),
		cmocka_unit_test_setup(fixed_addresses, sound_file),
		cmocka_unit_test_setup(stack_without_header_is_executable, sound_file),
		cmocka_unit_test(header_fields),
		cmocka_unit_test(segment_fields),
		cmocka_unit_test_setup(nothing_to_load, sound_file),
		cmocka_unit_test_setup(every_length, sound_file),
		cmocka_unit_test(random_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
