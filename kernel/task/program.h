/* SPDX-License-Identifier: MIT */
/*
 * What the files of exec share: a program on its way into a new address space. Nobody else includes
 * it.
 *
 *	exec.c		the course of it: prepare everything, then commit
 *	exec_open.c	finding the file; scripts; whose rights the program gets
 *	exec_args.c	gathering the argument and environment strings
 *	exec_load.c	mapping ELF files
 *	exec_stack.c	the first stack: strings, argv, envp, auxiliary vector
 *	dethread.c	making the process single-threaded
 */
#ifndef TASK_PROGRAM_H
#define TASK_PROGRAM_H

#include "lib/types.h"
#include "task/elf.h"

struct cred;
struct file;
struct mm_struct;

enum { EXEC_HEAD_SIZE = 256, SCRIPT_DEPTH_MAX = 4 };

/* Where the arguments come from. */
struct exec_source {
	bool kernel; /* arrays of kernel pointers, for init */
	const char *const *kernel_arguments, *const *kernel_environment;
	uaddr_t arguments, environment; /* user addresses of arrays of user pointers; 0: empty */
};

/* Strings one after the other, with their zeros, as they will stand on the stack. */
struct exec_strings {
	char *buffer;
	size_t used, size;
	size_t limit; /* E2BIG above, pointers counted too */
	u32 argc, envc;
	size_t arguments_end, environment_end; /* offsets; the file name follows */
};

struct script { /* one "#!" line */
	char line[EXEC_HEAD_SIZE];
	char *interpreter;
	char *argument; /* NULL: none */
};

/* An ELF file that was checked, and where it was mapped. */
struct exec_elf {
	struct file *file; /* referenced */
	struct elf_header header;
	struct elf_segment *segments; /* kmalloc'd */
	struct elf_image image;
	uaddr_t bias; /* what was added to the file's addresses */
};

struct exec {
	const char *path; /* as given: the name of the task, AT_EXECFN, a script's argument */
	char head[EXEC_HEAD_SIZE]; /* the program file's first bytes, zero-filled */
	unsigned int script_count;
	struct script *scripts[SCRIPT_DEPTH_MAX]; /* outermost (the given path) first */
	struct exec_elf program;
	struct exec_elf interpreter; /* file NULL: none */
	struct exec_strings strings;
	struct cred *cred;    /* to be current's, or NULL: it keeps its own */
	bool secure;	      /* runs with other rights than its caller's */
	bool plain;	      /* with no other ids, and of files that its caller may read */
	struct mm_struct *mm; /* the new space; NULL again once it is current's */
	uaddr_t stack;	      /* sp at the start */
};

/* Opens the program, going through "#!" lines to the file that is to be loaded. 0 or -errno. May
 * sleep, as all here. */
int exec_open(struct exec *exec, int dirfd, int flags) must_check;
/* The rights of the program: fills cred and secure. 0, -ENOMEM. */
int exec_credentials(struct exec *exec) must_check;
/* Fills strings. 0, -E2BIG, -EFAULT, -ENOMEM, -EINTR. */
int exec_gather(struct exec *exec, const struct exec_source *source) must_check;
/* Reads and checks program and interpreter; then maps both into exec->mm. 0 or -errno. */
int exec_read_elf(struct exec *exec) must_check;
int exec_load(struct exec *exec) must_check;
/* A place for a stack's upper end. */
uaddr_t exec_choose_stack(const struct exec *exec);
u64 exec_random(const struct exec *exec, u64 span); /* [0, span); 0 as personality(2) wants */
/* Maps the stack below mm->stack_top, and the vDSO, and fills the stack; sets exec->stack. 0 or
 * -errno. */
int exec_make_stack(struct exec *exec) must_check;

/* A file that may be executed, by name in kernel memory; ERR_PTR(-EACCES, -ETXTBSY, ...). */
struct file *exec_open_file(int dirfd, const char *name, int flags) must_check;

#endif
