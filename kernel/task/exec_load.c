/* SPDX-License-Identifier: MIT */
/*
 * exec: ELF files into the new address space. The space is not yet anybody's, so nothing here is
 * seen by the program that runs, and every failure leaves it as it was.
 *
 * A program at fixed addresses (ET_EXEC) goes where it says. One that can go anywhere (ET_DYN) goes
 * to two thirds of user space, moved by a random distance, with room for its heap above; the
 * interpreter that it names (PT_INTERP) goes where mmap puts it.
 *
 * A segment is the file's pages, mapped privately, and anonymous pages up to memsz; what the last
 * file page holds past filesz is cleared.
 */
#include "arch/layout.h"
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/program.h"
#include "vm/space.h"
#include "vm/vmo.h"

#define PROGRAM_BASE ALIGN_UP(USER_END / 3 * 2, GiB)
#define PROGRAM_SPREAD                                                                             \
	(GiB / 4) /* the program and its first heap stay within one table of 1 GiB                 \
		   */

/* --- reading --- */

static int read_exactly(struct file *file, void *buffer, size_t size, u64 offset)
{
	ssize_t got = kernel_read(file, buffer, size, (loff_t)offset);

	if (got < 0)
		return (int)got;
	return got == (ssize_t)size ? 0 : -EIO;
}

/* elf->file and elf->header are there. */
static int read_segments(struct exec_elf *elf)
{
	u64 file_size = inode_size(elf->file->inode);
	int error = elf_check_header(&elf->header, file_size);
	size_t size = (size_t)elf->header.phnum * sizeof(struct elf_segment);

	if (error)
		return error;
	elf->segments = kmalloc(size);
	if (!elf->segments)
		return -ENOMEM;
	error = read_exactly(elf->file, elf->segments, size, elf->header.phoff);
	return error ? error : elf_check(&elf->header, elf->segments, file_size, &elf->image);
}

static struct file *open_interpreter(const struct exec_elf *program)
{
	const struct elf_segment *segment = program->image.interpreter;
	char *name = kmalloc(segment->filesz);
	struct file *file;
	int error;

	if (!name)
		return ERR_PTR(-ENOMEM);
	error = read_exactly(program->file, name, segment->filesz, segment->offset);
	if (!error && name[segment->filesz - 1])
		error = -ENOEXEC;
	file = error ? ERR_PTR(error) : exec_open_file(AT_FDCWD, name, 0);
	kfree(name);
	return file;
}

int exec_read_elf(struct exec *exec)
{
	struct exec_elf *interpreter = &exec->interpreter;
	struct file *file;
	int error;

	memcpy(&exec->program.header, exec->head, sizeof(exec->program.header));
	error = read_segments(&exec->program);
	if (error || !exec->program.image.interpreter)
		return error;
	file = open_interpreter(&exec->program);
	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	interpreter->file = file;
	error = read_exactly(file, &interpreter->header, sizeof(interpreter->header), 0);
	if (!error)
		error = read_segments(interpreter);
	return error == -ENOEXEC ? -ELIBBAD : error;
}

/* --- mapping --- */

static int map_file_pages(struct mm_struct *mm, struct file *file, uaddr_t start, u64 length,
			  int prot, u64 offset)
{
	struct vmo *object;
	long result;

	if (!file->ops->map)
		return -ENOEXEC;
	object = file->ops->map(file, prot, MAP_PRIVATE);
	if (IS_ERR(object))
		return (int)PTR_ERR(object);
	result = vm_map(mm, start, length, prot, MAP_PRIVATE | MAP_FIXED, file, object, offset);
	if (object)
		vmo_put(object);
	return result < 0 ? (int)result : 0;
}

static int map_zero_pages(struct mm_struct *mm, uaddr_t start, u64 length, int prot)
{
	long result = vm_map(mm, start, length, prot, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, NULL,
			     NULL, 0);

	return result < 0 ? (int)result : 0;
}

/* Clears from address to the end of its page, which holds file content. */
static int clear_tail(struct mm_struct *mm, uaddr_t address)
{
	static char zeros[PAGE_SIZE]; /* only read */
	u64 size = ALIGN_UP(address, PAGE_SIZE) - address;
	ssize_t done;

	if (!size)
		return 0;
	done = vm_access(mm, address, zeros, size, true, true);
	if (done < 0)
		return (int)done;
	return done == (ssize_t)size ? 0 : -ENOMEM;
}

static int map_segment(struct mm_struct *mm, const struct exec_elf *elf,
		       const struct elf_segment *segment)
{
	uaddr_t address = segment->vaddr + elf->bias;
	uaddr_t start = ALIGN_DOWN(address, PAGE_SIZE);
	uaddr_t file_end = ALIGN_UP(address + segment->filesz, PAGE_SIZE);
	uaddr_t end = ALIGN_UP(address + segment->memsz, PAGE_SIZE);
	int prot = elf_protection(segment);
	int error = 0;

	if (!segment->filesz)
		file_end = start;
	if (file_end > start)
		error = map_file_pages(mm, elf->file, start, file_end - start, prot,
				       segment->offset - (address - start));
	if (!error && segment->memsz > segment->filesz && file_end > start && prot & PROT_WRITE)
		error = clear_tail(mm, address + segment->filesz);
	if (!error && end > file_end)
		error = map_zero_pages(mm, file_end, end - file_end, prot);
	return error;
}

static int map_segments(struct mm_struct *mm, const struct exec_elf *elf)
{
	int error = 0;

	for (unsigned int i = 0; !error && i < elf->image.count; i++)
		if (elf->segments[i].type == PT_LOAD && elf->segments[i].memsz)
			error = map_segment(mm, elf, &elf->segments[i]);
	return error;
}

static int load_program(const struct exec *exec, struct exec_elf *elf)
{
	struct mm_struct *mm = exec->mm;

	if (elf->image.position_independent)
		elf->bias = PROGRAM_BASE +
			    ALIGN_DOWN(exec_random(exec, PROGRAM_SPREAD), PAGE_SIZE) -
			    elf->image.low;
	if (elf->image.high - elf->image.low > USER_END / 4)
		return -ENOMEM;
	return map_segments(mm, elf);
}

/* Lets mmap find a hole for the whole, and fills it. */
static int load_interpreter(struct mm_struct *mm, struct exec_elf *elf)
{
	u64 size = elf->image.high - elf->image.low;
	long base;
	int error;

	if (elf->image.position_independent) {
		base = vm_map(mm, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, NULL, NULL, 0);
		if (base < 0)
			return (int)base;
		error = vm_unmap(mm, (uaddr_t)base, size);
		if (error)
			return error;
		elf->bias = (uaddr_t)base - elf->image.low;
	}
	return map_segments(mm, elf);
}

int exec_load(struct exec *exec)
{
	const struct elf_image *image = &exec->program.image;
	struct mm_struct *mm = exec->mm;
	uaddr_t bias;
	int error = load_program(exec, &exec->program);

	if (error)
		return error;
	bias = exec->program.bias;
	mm->code_start = image->code_start + bias;
	mm->code_end = image->code_end + bias;
	mm->data_start = image->data_start + bias;
	mm->data_end = image->data_end + bias;
	mm->brk_start = mm->brk = image->high + bias;
	return exec->interpreter.file ? load_interpreter(mm, &exec->interpreter) : 0;
}
