/* SPDX-License-Identifier: MIT */
/*
 * ELF executables: the file format (System V ABI, chapters 4 and 5; RISC-V ELF psABI), and the
 * checks that make a file safe to load. The checks look at bytes only: tests/unit/test_elf.c runs
 * them on the host.
 */
#ifndef TASK_ELF_H
#define TASK_ELF_H

#include "lib/assert.h"
#include "lib/types.h"

struct elf_header { /* Elf64_Ehdr */
	u8 ident[16];
	u16 type;
	u16 machine;
	u32 version;
	u64 entry;
	u64 phoff; /* of the program headers in the file */
	u64 shoff;
	u32 flags;
	u16 ehsize;
	u16 phentsize;
	u16 phnum;
	u16 shentsize;
	u16 shnum;
	u16 shstrndx;
};

struct elf_segment { /* Elf64_Phdr */
	u32 type;
	u32 flags;
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 filesz;
	u64 memsz;
	u64 align;
};

static_assert(sizeof(struct elf_header) == 64 && sizeof(struct elf_segment) == 56, "ELF64");

enum elf_constants {
	ET_EXEC = 2,
	ET_DYN = 3,
	ET_CORE = 4,
	EM_RISCV = 243,
	PT_LOAD = 1,
	PT_INTERP = 3,
	PT_NOTE = 4,
	PT_GNU_STACK = 0x6474e551,
	PF_X = 1,
	PF_W = 2,
	PF_R = 4,
	ELF_SEGMENTS_MAX = 512,
	ELF_INTERPRETER_MAX = 4096,
};

/* What elf_check() found out: what loading needs beside the segments. Addresses are the file's. */
struct elf_image {
	bool position_independent;
	bool stack_executable;
	u16 count; /* of segments */
	uaddr_t entry;
	uaddr_t headers;		       /* of the program headers in memory; 0: not loaded */
	uaddr_t low, high;		       /* the loaded pages: [low, high) */
	uaddr_t code_start, code_end;	       /* bytes of the executable segments */
	uaddr_t data_start, data_end;	       /* bytes of the others that lie in the file */
	const struct elf_segment *interpreter; /* PT_INTERP, or NULL */
};

/* May this header be used to read the program headers? 0, -ENOEXEC. */
int elf_check_header(const struct elf_header *header, u64 file_size) must_check;
/* Checks the header's phnum segments, and fills in *image: 0, -ENOEXEC. After it: loadable segments
 * rise by address without overflow, lie in user space and in the file, and have offset and address
 * equal modulo the page size. */
int elf_check(const struct elf_header *header, const struct elf_segment *segments, u64 file_size,
	      struct elf_image *image) must_check;

static inline int elf_protection(const struct elf_segment *segment)
{
	return (segment->flags & PF_R ? 1 : 0) | (segment->flags & PF_W ? 2 : 0) |
	       (segment->flags & PF_X ? 4 : 0);
}

#endif
