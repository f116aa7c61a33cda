/* SPDX-License-Identifier: MIT */
/*
 * Checks of ELF files: see task/elf.h. Pure: bytes in, verdict out. Every number comes from the
 * file, so every sum is checked before it is made.
 */
#include "arch/layout.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "task/elf.h"

enum { IDENT_CLASS = 4, CLASS_64 = 2 };

/* Like Linux, believes the machine's number, whatever byte order and versions say. */
static bool is_ours(const struct elf_header *header)
{
	return !memcmp(header->ident, "\177ELF", 4) && header->ident[IDENT_CLASS] == CLASS_64 &&
	       header->machine == EM_RISCV;
}

/* [start, start + size) lies in [0, end). */
static bool range_within(u64 start, u64 size, u64 end)
{
	return size <= end && start <= end - size;
}

int elf_check_header(const struct elf_header *header, u64 file_size)
{
	if (!is_ours(header))
		return -ENOEXEC;
	if (header->type != ET_EXEC && header->type != ET_DYN)
		return -ENOEXEC;
	if (header->phentsize != sizeof(struct elf_segment) || !header->phnum ||
	    header->phnum > ELF_SEGMENTS_MAX)
		return -ENOEXEC;
	if (!range_within(header->phoff, (u64)header->phnum * sizeof(struct elf_segment),
			  file_size))
		return -ENOEXEC;
	return 0;
}

static bool load_is_sound(const struct elf_segment *segment, u64 file_size)
{
	return segment->filesz <= segment->memsz &&
	       range_within(segment->offset, segment->filesz, file_size) &&
	       range_within(segment->vaddr, segment->memsz, USER_END - PAGE_SIZE) &&
	       (segment->offset - segment->vaddr) % PAGE_SIZE == 0;
}

static void note_headers(struct elf_image *image, const struct elf_header *header,
			 const struct elf_segment *segment)
{
	u64 size = (u64)header->phnum * sizeof(*segment);

	if (header->phoff >= segment->offset &&
	    range_within(header->phoff - segment->offset, size, segment->filesz))
		image->headers = header->phoff - segment->offset + segment->vaddr;
}

static void note_extent(struct elf_image *image, const struct elf_segment *segment)
{
	uaddr_t end = segment->vaddr + segment->filesz;

	if (!image->high)
		image->low = ALIGN_DOWN(segment->vaddr, PAGE_SIZE);
	image->high = ALIGN_UP(segment->vaddr + segment->memsz, PAGE_SIZE);
	if (segment->flags & PF_X) {
		if (!image->code_end)
			image->code_start = segment->vaddr;
		image->code_end = end;
	} else {
		image->data_start = segment->vaddr;
		image->data_end = end;
	}
}

static int check_load(struct elf_image *image, const struct elf_header *header,
		      const struct elf_segment *segment, u64 file_size)
{
	if (!load_is_sound(segment, file_size))
		return -ENOEXEC;
	if (!segment->memsz)
		return 0;
	if (image->high && segment->vaddr < image->high - PAGE_SIZE)
		return -ENOEXEC; /* not in rising order, or more than a page's overlap */
	note_extent(image, segment);
	note_headers(image, header, segment);
	return 0;
}

static int check_interpreter(struct elf_image *image, const struct elf_segment *segment,
			     u64 file_size)
{
	if (image->interpreter)
		return 0; /* the first one counts */
	if (segment->filesz < 2 || segment->filesz > ELF_INTERPRETER_MAX)
		return -ENOEXEC;
	if ((s64)segment->offset < 0)
		return -EINVAL;
	if (!range_within(segment->offset, segment->filesz, file_size))
		return -EIO;
	image->interpreter = segment;
	return 0;
}

int elf_check(const struct elf_header *header, const struct elf_segment *segments, u64 file_size,
	      struct elf_image *image)
{
	*image = (struct elf_image){
		.position_independent = header->type == ET_DYN,
		.stack_executable = true, /* unless PT_GNU_STACK says otherwise */
		.count = header->phnum,
		.entry = header->entry,
	};
	for (unsigned int i = 0; i < header->phnum; i++) {
		const struct elf_segment *segment = &segments[i];
		int error = 0;

		if (segment->type == PT_LOAD)
			error = check_load(image, header, segment, file_size);
		else if (segment->type == PT_INTERP)
			error = check_interpreter(image, segment, file_size);
		else if (segment->type == PT_GNU_STACK)
			image->stack_executable = segment->flags & PF_X;
		if (error)
			return error;
	}
	return image->high ? 0 : -ENOEXEC;
}
