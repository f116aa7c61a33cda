/* SPDX-License-Identifier: MIT */
/*
 * exec: the first stack of a program, as the System V ABI and the C libraries expect it. Upwards
 * from sp:
 *
 *	argc, argv[0..argc-1], 0, envp[0..envc-1], 0, auxiliary vector of pairs, ended by AT_NULL
 *	16 random bytes
 *	the strings: arguments, environment, file name
 *	8 bytes of zeros
 *
 * The stack lies in the last 2 MiB of user space with the vDSO above it, so that both share a leaf
 * table. The place is random by pages, and by 16 bytes within.
 */
#include "arch/layout.h"
#include "arch/sigframe.h"
#include "arch/vdso.h"
#include "base/machine.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/program.h"
#include "uapi/process.h"
#include "uapi/rseq.h"
#include "vm/space.h"

enum {
	AUXV_PAIRS_MAX = 32,
	RANDOM_SIZE = 16,
	END_ZEROS = 8,
	STACK_SPREAD_PAGES = 128, /* below the vDSO's place */
};

#define VDSO_PLACE (USER_END - 256 * KiB)

struct auxv {
	u64 words[2 * AUXV_PAIRS_MAX];
	u32 count; /* words */
};

static void auxv_add(struct auxv *auxv, u64 type, u64 value)
{
	assert(auxv->count + 2 <= ARRAY_SIZE(auxv->words));
	auxv->words[auxv->count++] = type;
	auxv->words[auxv->count++] = value;
}

static u64 isa_bit(char letter)
{
	return 1UL << (letter - 'A');
}

static u64 hwcap(void)
{
	u64 bits = isa_bit('I') | isa_bit('M') | isa_bit('A') | isa_bit('C');

	if (machine.has_fpu)
		bits |= isa_bit('F') | isa_bit('D');
	return machine.has_vector ? bits | isa_bit('V') : bits;
}

static void fill_auxv(struct auxv *auxv, const struct exec *exec, uaddr_t random, uaddr_t name)
{
	const struct exec_elf *program = &exec->program;
	const struct cred *cred = exec->cred ? exec->cred : current->cred;

	auxv_add(auxv, AT_SYSINFO_EHDR, exec->mm->vdso);
	/* Sizes and shapes of caches, which are not known. */
	for (unsigned int i = AT_CACHES_FIRST; i <= AT_CACHES_LAST; i++)
		auxv_add(auxv, i, 0);
	auxv_add(auxv, AT_MINSIGSTKSZ, arch_sigframe_size_max());
	auxv_add(auxv, AT_HWCAP, hwcap());
	auxv_add(auxv, AT_PAGESZ, PAGE_SIZE);
	auxv_add(auxv, AT_CLKTCK, USER_HZ);
	if (program->image.headers)
		auxv_add(auxv, AT_PHDR, program->image.headers + program->bias);
	auxv_add(auxv, AT_PHENT, sizeof(struct elf_segment));
	auxv_add(auxv, AT_PHNUM, program->image.count);
	auxv_add(auxv, AT_BASE, exec->interpreter.bias);
	auxv_add(auxv, AT_FLAGS, 0);
	auxv_add(auxv, AT_ENTRY, program->image.entry + program->bias);
	auxv_add(auxv, AT_UID, cred->uid);
	auxv_add(auxv, AT_EUID, cred->euid);
	auxv_add(auxv, AT_GID, cred->gid);
	auxv_add(auxv, AT_EGID, cred->egid);
	auxv_add(auxv, AT_SECURE, exec->secure);
	auxv_add(auxv, AT_RANDOM, random);
	auxv_add(auxv, AT_EXECFN, name);
	auxv_add(auxv, AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_SIZE);
	auxv_add(auxv, AT_RSEQ_ALIGN, RSEQ_ALIGN);
	auxv_add(auxv, AT_NULL, 0);
}

/* Pointers to count strings that follow each other from text on, which will stand at address; then
 * 0. */
static u64 *put_pointers(u64 *words, const char *text, uaddr_t address, u32 count)
{
	const char *at = text;

	while (count--) {
		*words++ = address + (uaddr_t)(at - text);
		at += strlen(at) + 1;
	}
	*words++ = 0;
	return words;
}

static int put_stack(struct mm_struct *mm, uaddr_t address, void *from, size_t size)
{
	ssize_t done = vm_access(mm, address, from, size, true, false);

	if (done < 0)
		return (int)done;
	return done == (ssize_t)size ? 0 : -ENOMEM;
}

/* The words below the random bytes, which go to base; sets exec->stack. */
static int put_words(struct exec *exec, const struct auxv *auxv, uaddr_t base, uaddr_t strings)
{
	const struct exec_strings *text = &exec->strings;
	size_t pointers = 1 + (size_t)text->argc + 1 + text->envc + 1;
	size_t size = (pointers + auxv->count) * sizeof(u64);
	u64 *words = kmalloc(size), *at = words;
	int error;

	if (!words)
		return -ENOMEM;
	exec->stack = ALIGN_DOWN(base - size, 16);
	*at++ = text->argc;
	at = put_pointers(at, text->buffer, strings, text->argc);
	at = put_pointers(at, text->buffer + text->arguments_end, strings + text->arguments_end,
			  text->envc);
	memcpy(at, auxv->words, auxv->count * sizeof(u64));
	error = put_stack(exec->mm, exec->stack, words, size);
	kfree(words);
	return error;
}

static int fill_stack(struct exec *exec, uaddr_t top)
{
	const struct exec_strings *text = &exec->strings;
	struct mm_struct *mm = exec->mm;
	struct auxv auxv = { .count = 0 };
	uaddr_t strings = top - END_ZEROS - text->used;
	uaddr_t base = ALIGN_DOWN(strings - RANDOM_SIZE, 16);
	u8 random[RANDOM_SIZE];
	int error;

	mm->arg_start = strings;
	mm->arg_end = mm->env_start = strings + text->arguments_end;
	mm->env_end = strings + text->environment_end;
	fill_auxv(&auxv, exec, base, strings + text->environment_end);
	memcpy(mm->auxv, auxv.words, auxv.count * sizeof(u64));
	mm->auxv_words = auxv.count;
	error = put_stack(mm, strings, text->buffer, text->used);
	if (error)
		return error;
	random_bytes(random, sizeof(random));
	error = put_stack(mm, base, random, sizeof(random));
	return error ? error : put_words(exec, &auxv, base, strings);
}

static int map_vdso(struct mm_struct *mm)
{
	u64 size = (u64)(vdso_image_end - vdso_image_start);
	int error = vm_map_special(mm, VDSO_PLACE, vdso_data, VDSO_DATA_SIZE, PROT_READ);

	mm->vdso = VDSO_PLACE + VDSO_DATA_SIZE;
	return error ? error
		     : vm_map_special(mm, mm->vdso, vdso_image_start, size, PROT_READ | PROT_EXEC);
}

uaddr_t exec_choose_stack(const struct exec *exec)
{
	u64 page = 1 + exec_random(exec, STACK_SPREAD_PAGES);

	return VDSO_PLACE - page * PAGE_SIZE;
}

int exec_make_stack(struct exec *exec)
{
	struct mm_struct *mm = exec->mm;
	int error = vm_map_stack(mm, mm->stack_top, exec->program.image.stack_executable);

	if (!error)
		error = map_vdso(mm);
	return error ? error : fill_stack(exec, mm->stack_top - (exec_random(exec, 0x400) & 0x3f0));
}
